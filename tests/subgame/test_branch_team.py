"""Branches shared out over ranks, and a stop on one process; over many: tests/mpi."""

import itertools

import numpy as np
import pytest

from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.subgame.branch_team import BranchTeam, share_out


@pytest.mark.parametrize(
    ("work", "ranks", "starts"),
    [
        ([1] * 35, 1, [0, 35]),
        ([1] * 35, 2, [0, 18, 35]),
        ([1] * 35, 4, [0, 9, 18, 27, 35]),
        ([5, 1, 1, 1, 1, 1], 2, [0, 1, 6]),
        ([1], 3, [0, 1, 1, 1]),
    ],
)
def test_parts_are_contiguous_and_even(work, ranks, starts):
    assert share_out(work, ranks).tolist() == starts


def test_the_largest_part_is_as_small_as_can_be():
    generator = np.random.default_rng(5)
    for _ in range(20):
        work = generator.integers(1, 50, 8).tolist()
        starts = share_out(work, 3)
        cuts = [(0, i, j, 8) for i in range(9) for j in range(i, 9)]
        largest = [max(sum(work[a:b]) for a, b in itertools.pairwise(cut)) for cut in [starts.tolist(), *cuts]]
        assert largest[0] == min(largest)


def test_one_process_stops_when_it_is_told():
    team, told = BranchTeam(Communicator(), [1, 1]), []
    stop = team.stopper(lambda: bool(told))
    assert team.is_alone and list(team.own) == [0, 1] and team.most(1.5, -2) == [1.5, -2]
    assert not stop() and not stop.agree()
    told.append(1)
    assert stop() and stop.agree()
    told.clear()
    assert stop() and stop.agree()  # for good
