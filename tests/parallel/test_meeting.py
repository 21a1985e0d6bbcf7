"""Ranks of a host that meet in shared memory: nobody leaves early, everybody hears all, sleepers are woken."""

import threading
import time

import numpy as np
import pytest

from holdem_mpi.parallel import meeting
from holdem_mpi.parallel.meeting import WORDS, Alarm, Meeting
from holdem_mpi.parallel.waiting import Waiter


def nothing():
    """In the place of a fence, and of MPI's progress: threads of one process need neither."""


def run_together(size, work):
    """Call ``work(rank, meeting)`` in a thread for each rank; what each returns."""
    memory, found = np.zeros(Meeting.words_of(size), np.int64), [None] * size

    def one(rank):
        found[rank] = work(rank, Meeting(memory, (rank, size), nothing, nothing, Waiter(polite=True), True))

    threads = [threading.Thread(target=one, args=(rank,)) for rank in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return found


@pytest.mark.parametrize("futex", [True, False])
def test_everybody_hears_what_all_say_meeting_after_meeting(futex, monkeypatch):
    if not futex:
        monkeypatch.setattr(meeting, "_SYSTEM_CALL", {})

    def work(rank, ours):
        heard = []
        for number in range(200):
            words = np.arange(rank + number, rank + number + 1 + number % WORDS, dtype=np.int64)
            heard.append(ours.meet(words, "a test").copy())
        return heard

    for heard in run_together(4, work):
        for number, said in enumerate(heard):
            expected = np.arange(4)[:, None] + number + np.arange(1 + number % WORDS)
            np.testing.assert_array_equal(said, expected)


def test_nobody_leaves_before_the_last_has_come():
    come, left = [], []

    def work(rank, ours):
        time.sleep(0.05 * rank)
        come.append(rank)
        ours.meet(np.zeros(0, np.int64), "a test")
        left.append(len(come))

    run_together(3, work)
    assert left == [3, 3, 3]


def test_an_alarm_wakes_who_sleeps_and_lets_nobody_sleep_who_comes_late():
    word, slept = np.zeros(1, np.int32), []
    alarm = Alarm(word)

    def sleeper():
        begin = time.monotonic()
        alarm.sleep(0, 30.0)
        slept.append(time.monotonic() - begin)

    thread = threading.Thread(target=sleeper)
    thread.start()
    time.sleep(0.05)
    alarm.ring(1)
    thread.join(60)
    sleeper()  # the number is another one already
    assert len(slept) == 2 and max(slept) < 20.0


def test_where_the_system_forbids_it_an_alarm_looks_again():
    alarm = Alarm(np.zeros(1, np.int32))
    if alarm._call is not None:
        alarm._address.value = 8  # no memory of ours
    alarm.sleep(0, 1e-3)
    assert alarm._call is None
    begin = time.monotonic()
    alarm.sleep(0, 30.0)
    assert time.monotonic() - begin < 20.0


def test_a_rank_of_the_only_host_sleeps_until_it_is_woken():
    """Each look of one that waits takes a core from one that works: a hundred a second at most."""
    calls, memory = [], np.zeros(Meeting.words_of(2), np.int64)
    ours = Meeting(memory, (0, 2), nothing, lambda: calls.append(1), Waiter(polite=True), True)
    other = Meeting(memory, (1, 2), nothing, nothing, Waiter(polite=True), True)
    timer = threading.Timer(0.3, lambda: other.meet(np.array([5], np.int64), "a test"))
    begin = time.monotonic()
    timer.start()
    assert ours.meet(np.array([7], np.int64), "a test").tolist() == [[7], [5]]
    assert len(calls) <= 4 + 100 * (time.monotonic() - begin)
    timer.join()


def test_while_it_waits_a_rank_lets_others_go_on_and_is_watched():
    """Without that, ranks that are still in a collective would wait for one that has left it."""
    calls = []
    memory = np.zeros(Meeting.words_of(2), np.int64)
    waiter = Waiter(polite=True)
    ours = Meeting(memory, (0, 2), nothing, lambda: calls.append("progress"), waiter, False)
    other = Meeting(memory, (1, 2), nothing, nothing, Waiter(polite=True), True)
    timer = threading.Timer(0.1, lambda: other.meet(np.array([5], np.int64), "a test"))
    timer.start()
    assert ours.meet(np.array([7], np.int64), "a test").tolist() == [[7], [5]]
    assert len(calls) > 2
    timer.join()
