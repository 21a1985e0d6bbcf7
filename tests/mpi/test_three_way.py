"""Three players' solver has one digest on any number of ranks, and says the same everywhere."""

import numpy as np
import pytest
from helpers.three_way_spots import crowded_ranges, river_tree

from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.subgame.spot_solving import StopRules, solve
from holdem_mpi.subgame.three_way_solver import ThreeWaySolver
from holdem_mpi.subgame.three_way_team import ThreeWayLeader, follow

pytestmark = pytest.mark.mpi


def new_solver(comm):
    board = [0, 17, 26, 40, 51]
    ranges = crowded_ranges(np.random.default_rng(6), board, 12, 40)
    return ThreeWaySolver(river_tree((10, 25, 40), most=2), board, ranges, comm=comm)


def test_one_digest(comm, alone):
    shared, single = new_solver(comm), new_solver(alone)
    shared.run(12)
    single.run(12)
    assert np.array_equal(shared.gains(), single.gains())  # while each knows its own pieces alone
    shared.gather()
    assert shared.digest == single.digest and shared.comm.size == 1
    assert np.array_equal(shared.values(1, True), single.values(1, True))
    single.run(1)
    assert shared.digest != single.digest


def test_a_team_solves_as_one_does(comm):
    solver, stops = new_solver(comm), StopRules(1.0, None, 500)
    expected = new_solver(Communicator())
    if comm.rank:
        follow(solver)
    else:
        leader = ThreeWayLeader(solver)
        solved = solve(leader, 30, stops, lambda check, left: None)
        leader.finish()
        assert solved.stopped_by == "target" and solver.iterations == solved.last.iterations
    done = np.array([solver.iterations])
    comm.bcast(done)
    assert done[0] == solver.iterations > 8
    expected.run(solver.iterations)
    assert solver.digest == expected.digest
    assert 100 * solver.gains().sum() / 3 / 30 <= 1.0
