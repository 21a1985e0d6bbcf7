"""A subgame with a gadget, whose cards ranks share: the sums of the solver alone, up to the order of float32 sums."""

import numpy as np
import pytest
from helpers.subgame_spots import ASYMMETRIC, TURN, both

from holdem_mpi.subgame.divided import DividedSweeps
from holdem_mpi.subgame.gadget import Gadget
from holdem_mpi.subgame.solver import SubgameSolver


def solver_of(kind, player):
    plain, _ = both(TURN, ASYMMETRIC, stack=40)
    ranges = np.zeros((2, 1326))
    for seat, hands in enumerate(plain.hands):
        ranges[seat, hands] = plain.ranges[seat, : hands.size]
    alternative = np.random.default_rng(3).uniform(-15, 15, 1326).astype(np.float32)
    gadget = Gadget(kind, player, alternative) if kind else None
    solver = SubgameSolver(plain.tree, plain.board, ranges, gadget=gadget)
    # As after four iterations: in the first ones actions tie, which the order of float32 sums would decide.
    random = np.random.default_rng(7)
    solver.iterations = 4
    solver.sums.regret[:] = random.uniform(-30, 60, solver.sums.regret.size)
    if kind:
        solver.gadget.sums.regret[:] = random.uniform(-30, 60, solver.gadget.sums.regret.shape)
    return solver


def run_divided(leader, follower, iterations):
    """What rank 0 and another one do between two messages."""
    ours, theirs = DividedSweeps(leader), DividedSweeps(follower)
    cards = np.arange(ours.num_branches)
    for iteration in range(4, 4 + iterations):
        for player in range(2):
            reach = ours.descend(iteration, player)
            theirs.enter(iteration, player, reach.copy())
            ours.value(player, cards[::2].tolist())
            theirs.value(player, cards[1::2].tolist())
            totals = ours.totals
            totals += theirs.totals
            ours.ascend(player)
        ours.finish()


# In plain Python a case takes a quarter of a minute; the other seat runs the same lines.
@pytest.mark.parametrize("player", [pytest.param(0, marks=pytest.mark.kernels), 1])
@pytest.mark.parametrize("kind", [None, "resolve", "maxmargin"])
def test_the_sums_of_the_first_street_and_the_gadget_are_those_of_one_solver(kind, player):
    alone, leader, follower = (solver_of(kind, player) for _ in range(3))
    alone.run(2)
    run_divided(leader, follower, 2)
    assert leader.iterations == 6
    for node in alone.game.upper[alone.tree.player_of_node[alone.game.upper] >= 0].tolist():
        expected = alone.strategy_sums(node)
        np.testing.assert_allclose(leader.strategy_sums(node), expected, rtol=1e-4, atol=1e-5 * expected.max())
    if kind:
        expected = alone.gadget.sums.regret
        np.testing.assert_allclose(leader.gadget.sums.regret, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())
        np.testing.assert_allclose(leader.ranges, alone.ranges, rtol=1e-3, atol=1e-5)
