"""Questions and answers between rank 0 and its members, without a collective."""

import time

import numpy as np
import pytest

from holdem_mpi.parallel.team import Member, Team

pytestmark = pytest.mark.mpi


def answer_all(comm, delay=0.0):
    """A member that answers each question with its letters backwards, ``delay`` seconds later."""
    member = Member(comm)
    while (question := member.next_question()) is not None:
        time.sleep(delay)
        member.answer(question.number, question.body[::-1])


def collect(team, number, wanted, patience=20.0):
    found, end = [], time.perf_counter() + patience
    while len(found) < wanted and time.perf_counter() < end:
        found += team.answers(number)
        time.sleep(1e-3)
    return found


@pytest.mark.parametrize("size", [0, 5, 3_000_000])
def test_every_member_answers_the_question_it_was_asked(comm, size):
    if comm.rank:
        answer_all(comm)
    else:
        team = Team(comm, comm.size - 1)
        letters = (np.arange(size) % 251).astype(np.uint8)
        for number in range(3):
            assert team.ask(number, letters) == comm.size - 1
            found = collect(team, number, comm.size - 1)
            assert sorted(message.rank for message in found) == list(range(1, comm.size))
            assert all(np.array_equal(message.body, letters[::-1]) for message in found)
        assert team.dismiss(20.0) == [] and team.late == 0
    comm.barrier()


def test_answers_to_older_questions_are_dropped_and_counted(comm):
    if comm.rank:
        answer_all(comm, delay=0.2)
    else:
        team = Team(comm, comm.size - 1)
        team.ask(0, np.zeros(1, np.uint8))
        time.sleep(0.1)
        team.ask(1, np.ones(1, np.uint8))
        found = collect(team, 1, comm.size - 1)
        assert all(message.number == 1 for message in found) and len(found) == comm.size - 1
        assert team.late == comm.size - 1
        assert team.dismiss(20.0) == []
    comm.barrier()


def test_a_member_sees_that_its_question_is_stale_and_takes_the_newest(comm):
    if comm.rank:
        member, taken = Member(comm), []
        while (question := member.next_question()) is not None:
            taken.append(question.number)
            while question.number == 0 and not member.is_stale():
                time.sleep(1e-3)
            member.answer(question.number, np.array(taken, np.uint8))
        assert taken[0] == 0 and taken[-1] == 3
    else:
        team = Team(comm, comm.size - 1)
        team.ask(0, np.empty(0, np.uint8))
        time.sleep(0.2)
        for number in (1, 2, 3):
            team.ask(number, np.empty(0, np.uint8))
        assert all(message.body[-1] == 3 for message in collect(team, 3, comm.size - 1))
        assert team.dismiss(20.0) == []
    comm.barrier()
