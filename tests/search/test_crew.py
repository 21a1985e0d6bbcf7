"""Which ranks search a decision: one a core, awake ones before silent ones."""

import numpy as np
import pytest

from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.search.crew import Crew, crew_of_cores, whole_crew
from holdem_mpi.search.service import worth_adding


@pytest.mark.parametrize(
    "hosts, room, silent, asked",
    [
        ([0], [1], set(), []),
        ([0, 0], [1], {1}, []),  # rank 0 has the only core
        ([0, 0, 0, 0], [2], set(), [1]),
        ([0, 0, 0, 0], [2], {1}, [1, 2]),  # one that stands by takes its place, and it is still asked
        ([0, 0, 0, 0], [2], {2, 3}, [1]),
        ([0, 0, 0, 0], [2], {1, 2, 3}, [1, 2, 3]),
        ([0, 0, 0, 0], [3], {2}, [1, 2, 3]),
        ([0, 0, 0, 0], [4], {1}, [1, 2, 3]),
        ([0, 0, 1, 1, 0, 1], [2, 1], set(), [1, 2]),  # a core of another host is no help
        ([0, 0, 1, 1, 0, 1], [2, 1], {1, 2}, [1, 2, 3, 4]),
    ],
)
def test_who_is_asked(hosts, room, silent, asked):
    crew = Crew(hosts, room)
    assert crew.to_ask(silent) == asked
    assert crew.size == 1 + len(crew.to_ask(set()))


def test_one_process_is_its_own_crew():
    for crew in (crew_of_cores(Communicator()), whole_crew(Communicator())):
        assert crew.size == 1 and crew.share == 1.0 and crew.to_ask(set()) == []


@pytest.mark.parametrize(
    "counts, kept",
    [
        ([30, 22], [30, 22]),  # as many on average
        ([30, 10], [30]),
        ([10, 30, 26], [30, 26]),
        ([10, 12], [10, 12]),  # nobody has: it is for whoever asks to say that this is too few
        ([26, 0], [26, 0]),  # one that has done none does not count
    ],
)
def test_a_rank_that_was_asleep_spoils_no_answer(counts, kept):
    found = [(count, np.full((2, 2), float(count))) for count in counts]
    assert [count for count, _ in worth_adding(found, 25)] == kept
