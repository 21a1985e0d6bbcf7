"""Mail that may be late, stale or lie unread: numbers and order hold, and nobody waits for another rank."""

import os
import time

import numpy as np
import pytest

from holdem_mpi.parallel.mailbox import Mailbox

pytestmark = pytest.mark.mpi

# Far above what an MPI library sends without asking the receiver.
LARGE = 4 << 20
EMPTY = np.zeros(0, np.uint8)


def wait_for(mail, count, seconds=20.0):
    """``count`` messages, or those that came in the time."""
    found, until = [], time.perf_counter() + seconds
    while len(found) < count and time.perf_counter() < until:
        found += mail.wait(until)
    return found


def content(rank, number, size):
    """uint8[size], different for every rank and number."""
    return ((np.arange(size) * (rank + 3) + number) % 251).astype(np.uint8)


def post_patiently(mail, rank, number, kind, body, seconds=20.0):
    until = time.perf_counter() + seconds
    while not mail.post(rank, number, kind, body):
        assert time.perf_counter() < until, "the mail is never taken"
        mail.collect()  # two ranks that both only post would wait for each other
        time.sleep(1e-3)


def test_messages_of_any_size_come_whole_and_in_order(everyone):
    sizes = [0, 1, 100, LARGE, 7, 30_000, 100_000, 0, LARGE + 1, 3]
    mail = Mailbox(everyone)
    if everyone.rank:
        for number, size in enumerate(sizes):
            post_patiently(mail, 0, number, number % 3, content(everyone.rank, number, size))
    else:
        found = wait_for(mail, len(sizes) * (everyone.size - 1))
        for rank in range(1, everyone.size):
            own = [message for message in found if message.rank == rank]
            assert [(message.number, message.kind) for message in own] == [(n, n % 3) for n in range(len(sizes))]
            for number, message in enumerate(own):
                assert np.array_equal(message.body, content(rank, number, sizes[number]))
    everyone.barrier()
    assert mail.collect() == []


def test_arrays_of_any_kind_are_bytes(everyone):
    mail = Mailbox(everyone)
    sent = np.arange(24, dtype=np.float32).reshape(4, 6)[:, ::2]
    if everyone.rank == 0:
        for rank in range(1, everyone.size):
            assert mail.post(rank, 2**40, 5, sent)
    else:
        (message,) = wait_for(mail, 1)
        assert (message.rank, message.number, message.kind) == (0, 2**40, 5)
        assert np.array_equal(message.body.view(np.float32).reshape(4, 3), sent)
    everyone.barrier()


def test_both_ways_at_once(everyone):
    mail, body = Mailbox(everyone), content(everyone.rank, 1, LARGE)
    others = [rank for rank in range(everyone.size) if rank != everyone.rank]
    posted = [mail.post(rank, 1, 0, body) for rank in others]
    assert all(posted)
    found = wait_for(mail, len(others))
    assert sorted(message.rank for message in found) == others
    for message in found:
        assert np.array_equal(message.body, content(message.rank, 1, LARGE))
    everyone.barrier()


def test_mail_that_lies_unread_stops_further_mail_but_nobody(everyone):
    """The last rank looks at its mail late: rank 0 is told so at once, and others get theirs."""
    mail, last = Mailbox(everyone), everyone.size - 1
    if everyone.rank == 0:
        begin = time.perf_counter()
        assert mail.post(last, 1, 0, content(0, 1, LARGE))
        refused = [not mail.post(last, number, 0, EMPTY) for number in range(2, 30)]
        assert all(refused) and time.perf_counter() - begin < 0.5
        for rank in range(1, last):
            assert mail.post(rank, 1, 0, EMPTY)
    elif everyone.rank < last:
        assert [message.number for message in wait_for(mail, 1)] == [1]
    everyone.barrier()
    if everyone.rank == last:
        (message,) = wait_for(mail, 1)
        assert message.number == 1 and np.array_equal(message.body, content(0, 1, LARGE))
    if everyone.rank == 0:
        post_patiently(mail, last, 30, 0, EMPTY)
    elif everyone.rank == last:
        assert [message.number for message in wait_for(mail, 1)] == [30]
    everyone.barrier()
    assert mail.collect() == []


def test_late_mail_is_known_by_its_number(everyone):
    """Answers to decision 1 that come with decision 2 can be told apart."""
    mail = Mailbox(everyone)
    if everyone.rank:
        assert [message.number for message in wait_for(mail, 1)] == [1]
        everyone.barrier()  # rank 0 has given up on decision 1
        post_patiently(mail, 0, 1, 3, content(everyone.rank, 1, 50))
        assert [message.number for message in wait_for(mail, 1)] == [2]
        post_patiently(mail, 0, 2, 3, content(everyone.rank, 2, 50))
    else:
        for rank in range(1, everyone.size):
            assert mail.post(rank, 1, 0, EMPTY)
        assert mail.wait(time.perf_counter() + 0.05) == []
        everyone.barrier()
        for rank in range(1, everyone.size):
            assert mail.post(rank, 2, 0, EMPTY)
        found = wait_for(mail, 2 * (everyone.size - 1))
        for number in (1, 2):
            of_number = [message for message in found if message.number == number]
            assert sorted(message.rank for message in of_number) == list(range(1, everyone.size))
            assert all(np.array_equal(m.body, content(m.rank, number, 50)) for m in of_number)
    everyone.barrier()


def test_waiting_ends_in_time_and_takes_no_core(everyone):
    mail = Mailbox(everyone)
    everyone.barrier()
    begin, worked = time.perf_counter(), time.process_time()
    assert mail.wait(begin + 1.0) == []
    assert 1.0 <= time.perf_counter() - begin < 3.0 and time.process_time() - worked < 0.1
    begin = time.perf_counter()
    assert mail.wait(begin - 1.0) == [] and time.perf_counter() - begin < 0.5
    everyone.barrier()


def test_waiting_ends_with_the_first_message(everyone):
    mail = Mailbox(everyone)
    if everyone.rank == 0:
        begin = time.perf_counter()
        assert mail.wait(begin + 60.0)[0].number == 4
        assert 0.1 < time.perf_counter() - begin < 30.0
    else:
        time.sleep(0.2)
        mail.post(0, 4, 0, EMPTY)
    everyone.barrier()
    mail.collect()
    everyone.barrier()


def test_one_process_has_no_mail(alone):
    mail = Mailbox(alone)
    assert mail.collect() == [] and mail.wait(0.0) == []
    with pytest.raises(ValueError, match="rank 1"):
        mail.post(1, 1, 0, EMPTY)


def test_first_ranks(comm):
    for count in range(1, comm.size + 1):
        team = comm.first_ranks(count)
        assert (team is None) == (comm.rank >= count)
        if team:
            assert (team.rank, team.size) == (comm.rank, count)
            ranks = np.array([1], np.int64)
            team.allreduce_sum(ranks)
            assert ranks[0] == count


@pytest.mark.parametrize("cores", ["one", "one a rank", "many"])
def test_as_many_ranks_as_cores(comm, cores, monkeypatch):
    """Those that all ranks of a host may use together: each may be bound to one of its own."""
    own = {"one": {3}, "one a rank": {comm.rank}, "many": set(range(64))}[cores]
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: own)
    team = comm.host.one_a_core()
    assert (team is None) == (cores == "one" and comm.rank > 0)
    if team:
        assert (team.rank, team.size) == (comm.rank, 1 if cores == "one" else comm.size)


def test_first_ranks_have_mail_of_their_own(everyone):
    """What goes over the part is not seen over the whole, and the other way round."""
    team, whole = everyone.first_ranks(everyone.size - 1), Mailbox(everyone)
    if everyone.rank:
        assert whole.post(0, 1, 0, EMPTY)
        if team:
            assert Mailbox(team).post(0, 2, 0, EMPTY)
    everyone.barrier()
    if everyone.rank == 0:
        assert sorted(message.number for message in wait_for(whole, everyone.size - 1)) == [1] * (everyone.size - 1)
        part = Mailbox(team)
        assert [message.number for message in wait_for(part, team.size - 1)] == [2] * (team.size - 1)
        assert whole.collect() == part.collect() == []
    everyone.barrier()


def test_mail_that_was_taken_keeps_nothing_back(everyone):
    """The sender makes no call in between: that its last letter was taken shows when it posts the next one."""
    mail, body, count = Mailbox(everyone), content(everyone.rank, 1, 100_000), 8
    for number in range(count):
        if everyone.rank == 0:
            refused = [rank for rank in range(1, everyone.size) if not mail.post(rank, number, 0, body)]
            assert refused == []
        else:
            assert [message.number for message in wait_for(mail, 1)] == [number]
            if number % 2:
                time.sleep(2e-3)
        if everyone.rank == 0:
            time.sleep(0.1)
    everyone.barrier()


def test_flush_moves_a_long_message_and_ends_in_time(everyone):
    """When flush returns early, all is on its way; with nobody who takes it, flush gives up."""
    mail = Mailbox(everyone)
    if everyone.rank == 0:
        for rank in range(1, everyone.size):
            assert mail.post(rank, 1, 0, content(0, 1, LARGE))
        assert any(mail._out.values())
        mail.flush(time.perf_counter() + 60.0)
        assert not any(mail._out.values())
        assert all(mail.post(rank, 2, 0, EMPTY) for rank in range(1, everyone.size))
    else:
        (message,) = wait_for(mail, 1)
        assert message.number == 1 and np.array_equal(message.body, content(0, 1, LARGE))
        assert [message.number for message in wait_for(mail, 1)] == [2]
    everyone.barrier()
    if everyone.rank == 0:
        assert mail.post(1, 3, 0, content(0, 3, LARGE))
        begin = time.perf_counter()
        mail.flush(begin + 0.2)
        assert 0.15 < time.perf_counter() - begin < 30.0
    everyone.barrier()
    if everyone.rank == 1:
        assert [message.number for message in wait_for(mail, 1)] == [3]
    elif everyone.rank == 0:
        mail.flush(time.perf_counter() + 20.0)
    everyone.barrier()
