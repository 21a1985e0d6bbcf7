"""A service and its ranks: what they find together, what they make of questions that come late or make no sense."""

import contextlib
import time

import numpy as np
import pytest
from helpers.search_roots import pattern_abstraction, root_on, rules_of

from holdem_mpi.config.profile_config import ProfileMenu, StreetSizes
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.parallel.host import available_cores
from holdem_mpi.parallel.mailbox import Mailbox
from holdem_mpi.search import worker as search_worker
from holdem_mpi.search.crew import Crew, crew_of_cores
from holdem_mpi.search.messages import (
    ANSWER,
    ASK,
    LEAVE,
    READY,
    VALUES,
    pack_request,
    pack_step,
    unpack_request,
    unpack_step,
)
from holdem_mpi.search.messages import SearchRequest as Asked
from holdem_mpi.search.planner import SearchMethod
from holdem_mpi.search.search_audit import PARTIAL, SEARCH
from holdem_mpi.search.service import SearchService, send_home
from holdem_mpi.search.worker import serve, wait_for_leave

pytestmark = pytest.mark.mpi

# Room for a machine that does other things too; what is measured is what ranks do, not how fast.
DEADLINE, LATE = 0.15, 0.5
MENU = ProfileMenu(bet_sizes=StreetSizes(flop=[1.0], turn=[1.0], river=[1.0]), extra_bet_sizes=[0.4])
SIZES = {"menu": MENU, "later_raises": []}
SIZES |= {"later_bets": [1.0], "sampled": "never"}


@pytest.fixture(autouse=True)
def polite(monkeypatch):
    """Tests after these keep their priority."""
    monkeypatch.setattr(search_worker, "_NICENESS", 0)


@contextlib.contextmanager
def searching(comm, crew=None, **options):
    """A service on rank 0 while all others serve, None there; on the way out everybody goes home."""
    config, rules, abstraction = SearchConfig(**SIZES, **options), rules_of(), pattern_abstraction()
    comm.barrier()
    if comm.rank:
        serve(comm, config, rules, abstraction)
        yield None
    else:
        service = SearchService(comm, config, rules, abstraction, crew)
        try:
            yield service
        finally:
            left = service.close()
        assert left == []
    comm.barrier()


def warm_up(service, *roots):
    """Compile and load everything, on all ranks."""
    for root in roots:
        service.search(root, time.perf_counter() + 20 * DEADLINE)


def search(service, root, deadline=DEADLINE):
    """(what was found, seconds after the deadline)."""
    end = time.perf_counter() + deadline
    found = service.search(root, end)
    return found, time.perf_counter() - end


@pytest.mark.parametrize("street, share", [(3, "auto"), (2, "auto"), (2, "average"), (1, "auto")])
def test_all_ranks_answer_in_time(everyone, street, share):
    with searching(everyone, share=share) as service:
        if service is None:
            return
        root = root_on(street)
        divided = street == 2 and share == "auto"
        service.config = service.config.model_copy(update={"most_iterations": 40})
        warm_up(service, root)
        service.config = service.config.model_copy(update={"most_iterations": 2000})
        sources = []
        # Six searches; more where others keep the cores so busy that the last one lacked a rank's answer.
        while len(sources) < 6 or (sources[-1] != SEARCH and len(sources) < 60):
            found, late = search(service, root)
            sources.append(found.source)
            assert service.method == SearchMethod(street == 1, divided, None, street == 3)
            assert late < LATE and found.asked == everyone.size and found.shared == divided
            assert 1 <= found.answered <= everyone.size and found.iterations > 0
            inside = root.weight[0] > 0
            assert (found.sums.sum(axis=1)[inside] > 0).all() and found.sums[~inside].max() == 0
            assert np.isfinite(found.values[inside]).all() and np.isnan(found.values[~inside]).all()
            assert set(sources) <= {SEARCH, PARTIAL}
        assert sources[-1] == SEARCH and service.silent == set()


@pytest.mark.parametrize("street", [1, 2, 3])
def test_averaging_ranks_add_their_iterations(everyone, street):
    """With an end by iterations, each rank has that many, and each counts."""
    most = 25
    with searching(everyone, share="average", most_iterations=most) as service:
        if service is None:
            return
        root = root_on(street)
        found, _ = search(service, root, 30.0)
        assert found.answered == found.asked == everyone.size and found.source == SEARCH and not found.shared
        assert found.iterations == most * everyone.size
        gamma = 2.0 if street == 1 else 5.0
        inside = root.weight[0] > 0
        voice = found.sums.sum(axis=1)[inside] / root.weight[0][inside]
        assert voice == pytest.approx(everyone.size * most / (gamma + 1), rel=0.25)


def test_a_divided_search_does_what_one_rank_would(everyone, alone):
    root = root_on(2)
    inside = root.weight[0] > 0
    with searching(everyone) as service:
        if service is None:
            return
        single = SearchService(alone, service.config, rules_of(), pattern_abstraction())
        # Rounding decides ties from the third iteration on; both come near one equilibrium all the same.
        for most, sums_within, values_within in ((2, 1e-4, None), (300, None, 1.0)):
            config = service.config.model_copy(update={"most_iterations": most})
            service.config = single.config = config
            found, expected = search(service, root, 30.0)[0], search(single, root, 30.0)[0]
            assert found.shared and found.answered == everyone.size and not expected.shared
            assert found.iterations == expected.iterations == most and expected.source == SEARCH
            if sums_within:
                assert found.sums == pytest.approx(expected.sums, rel=sums_within, abs=sums_within)
            if values_within:
                likely = inside[:, None] & (expected.sums > 0.05 * expected.sums.sum(axis=1, keepdims=True))
                assert found.values[likely] == pytest.approx(expected.values[likely], abs=values_within)


def test_a_spot_without_hands_that_meet_ends_no_rank(everyone):
    with searching(everyone) as service:
        if service is None:
            return
        for street in (3, 2):
            with pytest.raises(ValueError, match="can meet"):
                search(service, root_on(street, ranges=({"AhKc": 1}, {"AhQc": 1})))
            time.sleep(0.5)  # a request that lies unread keeps the next one back
        found, _ = search(service, root_on(3), 3.0)
        assert found.source == SEARCH and found.answered == everyone.size


def test_ranks_that_were_silent_share_again(everyone):
    """One that missed a divided search is not waited for; once it is heard of, it is."""
    with searching(everyone) as service:
        if service is None:
            return
        warm_up(service, root_on(2))
        service.silent = set(service.others)
        answered = [search(service, root_on(2))[0].answered for _ in range(6)]
        assert everyone.size in answered[1:]


def test_ranks_beyond_the_cores_stand_by(everyone):
    """One is asked where one before it is silent, until that one is heard of again."""
    most, crew = 25, Crew([0] * everyone.size, [2])
    with searching(everyone, crew, most_iterations=most) as service:
        if service is None:
            return
        assert service.size == min(2, everyone.size)
        found, _ = search(service, root_on(3), 120.0)
        assert found.asked == found.answered == service.size and found.iterations == most * service.size
        service.silent = {1}
        asked = [search(service, root_on(3), 30.0)[0].asked]
        assert asked == [min(3, everyone.size)]
        while asked[-1] != service.size:
            assert len(asked) < 50
            time.sleep(0.02)
            asked.append(search(service, root_on(3), 30.0)[0].asked)
        assert service.street_sums().size > 0


def test_a_crew_has_a_rank_for_each_core(cluster):
    crew, hosts = crew_of_cores(cluster), cluster.host.of_ranks()
    assert crew.size == sum(min(available_cores(), hosts.count(host)) for host in set(hosts)) and crew.share == 1.0


def test_weights_that_single_precision_cannot_tell_apart(everyone):
    """All ranks see the same hands and the same cards to come, whatever is lost in the post."""
    ranges = (
        {"AcKc": 1, "AdKd": 1 - 1e-12, "KsTs": 1e-60, "Th9h": 1},
        {"AcKc": 0.9, "AdKd": 0.9, "9s9h": 1, "QcJc": 1, "QdJd": 1},
    )
    with searching(everyone, most_iterations=20) as service:
        if service is None:
            return
        for _ in range(2):
            found, _ = search(service, root_on(2, ranges=ranges), 5.0)
            assert found.shared and found.iterations == 20
        assert found.answered == everyone.size and found.source == SEARCH


def test_the_newest_question_counts(everyone):
    """A rank at work on a request gives it up for the next one, and never answers it."""
    root = root_on(3)
    if everyone.rank:
        serve(everyone, SearchConfig(**SIZES, most_iterations=10**9), rules_of(), pattern_abstraction())
    else:
        mail, begin = Mailbox(everyone), time.perf_counter()
        for number, seconds in ((3, 40.0), (4, 0.1)):
            for rank in range(1, everyone.size):
                assert mail.post(
                    rank, number, ASK, pack_request(Asked(root, seconds, SearchMethod(False, False, None)), rules_of())
                )
            time.sleep(0.5)
        answers, until = mail.collect(), begin + 30.0
        while len(answers) < everyone.size - 1 and time.perf_counter() < until:
            answers += mail.wait(until)
        found = sorted((message.rank, message.number, message.kind) for message in answers)
        assert found == [(rank, 4, ANSWER) for rank in range(1, everyone.size)]
        assert send_home(mail, list(range(1, everyone.size))) == []
    everyone.barrier()


@pytest.mark.parametrize("street", [3, 2])
def test_stale_answers_are_not_used(everyone, alone, street):
    """Ranks that answer each request, and each step, as if it were the one before."""
    mail = Mailbox(everyone)
    if everyone.rank:
        rubbish = np.full(1 + 1326 * 3, 1e9, np.float32)
        while (message := mail.wait(time.perf_counter() + 20.0)[-1]).kind != LEAVE:
            if message.kind == ASK:
                mail.post(0, message.number, READY, rubbish[:0])
                mail.post(0, message.number - 1, ANSWER, rubbish)
            else:
                step, reach, _ = unpack_step(message.body)
                mail.post(0, message.number, VALUES, pack_step(step - 1, np.full_like(reach, 1e9), []))
        search_worker.say_goodbye(mail)
    else:
        service = SearchService(everyone, SearchConfig(**SIZES), rules_of(), pattern_abstraction())
        warm_up(SearchService(alone, service.config, rules_of(), pattern_abstraction()), root_on(street))
        found, _ = search(service, root_on(street), 1.5)
        assert found.answered == 1 and found.source == PARTIAL and 0 < found.iterations <= 2000
        inside = root_on(street).weight[0] > 0
        assert found.sums.max() <= 2000 and np.abs(found.values[inside]).max() <= 125.1
        assert service.close() == []
    everyone.barrier()


def test_a_late_answer_keeps_nobody_from_saying_goodbye(everyone):
    """Rank 0 goes home while answers to its last request, too long to be sent unasked, are under way."""
    mail = Mailbox(everyone)
    if everyone.rank:
        assert mail.post(0, 7, ANSWER, np.zeros(4 << 20, np.uint8))
        everyone.barrier()  # and rank 0 has not looked at its mail
        search_worker.say_goodbye(mail)
        assert [message.kind for message in mail.wait(time.perf_counter() + 20.0)] == [LEAVE]
    else:
        everyone.barrier()
        time.sleep(0.3)
        assert send_home(mail, list(range(1, everyone.size)), patience=10.0) == []
    everyone.barrier()


def test_a_rank_that_wakes_late_is_still_sent_home(everyone):
    """Its earlier mail lies unread when rank 0 first tries."""
    if everyone.rank == 0:
        mail = Mailbox(everyone)
        for rank in range(1, everyone.size):
            mail.post(rank, 1, ASK, np.zeros(4 << 20, np.uint8))
        everyone.barrier()
        assert send_home(mail, list(range(1, everyone.size)), patience=10.0) == []
    else:
        everyone.barrier()
        time.sleep(0.5)
        wait_for_leave(everyone)
    everyone.barrier()


def test_ranks_that_do_not_answer_are_named(everyone):
    last = everyone.size - 1
    if everyone.rank == 0:
        assert send_home(Mailbox(everyone), list(range(1, everyone.size)), patience=1.0) == [last]
        everyone.barrier()
    elif everyone.rank < last:
        wait_for_leave(everyone)
        everyone.barrier()
    else:
        everyone.barrier()
        assert [message.kind for message in Mailbox(everyone).wait(time.perf_counter() + 10.0)] == [LEAVE]
    everyone.barrier()


@pytest.mark.parametrize("actions", [(), (75,), (30, 75)])
def test_questions_are_the_same_after_the_post(actions):
    root = root_on(1, actions=actions)
    asked = Asked(root, 0.25, SearchMethod(True, False, 2, True))
    found = unpack_request(rules_of(), pack_request(asked, rules_of()))
    assert found.root.state == root.state and found.root.board == root.board and found[1:] == asked[1:]
    assert np.allclose(found.root.weight, root.weight)
