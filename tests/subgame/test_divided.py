"""Cards to come divided among ranks, here in one process: the sums of one solver, whoever does which card."""

import numpy as np
import pytest
from helpers.search_roots import BOARDS, RANGES, small_tree, weights_of

from holdem_mpi.cards import parse_cards
from holdem_mpi.subgame.divided import DividedSweeps
from holdem_mpi.subgame.solver import SubgameSolver

SYMMETRIC = (
    {"AcKc": 1, "AdKd": 1, "9c9d": 0.5, "Th9h": 1, "QcJh": 0.4, "QdJh": 0.4},
    {"AcKc": 0.9, "AdKd": 0.9, "9s9h": 1, "QcJc": 1, "QdJd": 1, "Kh7h": 0.25},
)


def new_solver(ranges):
    return SubgameSolver(small_tree(2), parse_cards(BOARDS[2]), weights_of(ranges))


class Team:
    """A leader and others, each with a solver of its own; what would be messages are calls."""

    def __init__(self, ranks, ranges, node=0):
        self.solvers = [new_solver(ranges) for _ in range(ranks)]
        self.sweeps = [DividedSweeps(solver, node) for solver in self.solvers]
        parts = np.array_split(np.arange(self.sweeps[0].num_branches), ranks)
        self.cards = [part.tolist() for part in parts]

    def run(self, iterations):
        leader, others = self.sweeps[0], self.sweeps[1:]
        for iteration in range(self.solvers[0].iterations, self.solvers[0].iterations + iterations):
            for player in range(2):
                reach = leader.descend(iteration, player)
                for sweeps, cards in zip(others, self.cards[1:]):
                    sweeps.enter(iteration, player, reach.reshape(-1).copy())
                    sweeps.value(player, cards)
                leader.value(player, self.cards[0])
                for sweeps in others:
                    totals = leader.totals
                    totals += sweeps.totals
                leader.ascend(player)
            leader.finish()

    def lose(self, rank):
        """The leader takes over what a rank did."""
        self.cards[0] += self.cards.pop(rank)
        self.sweeps.pop(rank)


@pytest.mark.parametrize("ranges", [RANGES, SYMMETRIC])
@pytest.mark.parametrize("ranks", [1, 2, 3])
def test_dividing_the_cards_changes_nothing(ranks, ranges):
    team, alone = Team(ranks, ranges), new_solver(ranges)
    assert sum(map(len, team.cards)) == alone.game.runout_card.size
    # From the second iteration on a hand to which two actions are worth the same takes a little more of either, as the
    # order of float32 sums has it; what it plays in all is still its range, weighted by iteration.
    for iterations in (1, 3):
        team.run(iterations)
        alone.run(iterations)
        for node in np.flatnonzero((alone.tree.street_of_node == 2) & (alone.tree.num_actions() > 0)):
            found, expected = team.solvers[0].strategy_sums(node), alone.strategy_sums(node)
            assert np.allclose(found, expected, rtol=1e-3, atol=1e-5 if iterations == 1 else 2e-3)
        played = (solver.strategy_sums(0).sum(axis=1) for solver in (team.solvers[0], alone))
        assert np.allclose(*played, rtol=1e-5)
    assert team.solvers[0].iterations == 4


@pytest.mark.parametrize(("ranks", "bet"), [(1, True), (3, False)])
def test_the_leader_knows_what_actions_are_worth(ranks, bet):
    """Though it has sums of its own cards only: near those that one solver finds for its average strategy."""
    alone = new_solver(RANGES)
    node = int(alone.tree.children(0)[-1]) if bet else 0
    team = Team(ranks, RANGES, node)
    assert np.isnan(team.sweeps[0].action_values()).all()
    team.run(300)
    alone.run(300)
    found, expected = team.sweeps[0].action_values(), alone.action_values(node)
    likely = alone.strategy(node) > 0.05
    assert np.abs(found - expected)[likely].max() < 1.0 and np.ptp(expected[likely]) > 50
    if ranks > 1:
        assert np.abs(team.solvers[0].action_values(node) - expected)[likely].max() > 2.0


def test_a_lost_ranks_cards_are_taken_over():
    team, alone = Team(3, RANGES), new_solver(RANGES)
    team.run(20)
    team.lose(1)
    team.run(400)
    alone.run(420)
    # What the two find is an equilibrium of the same game: its value is one, whatever was forgotten on the way.
    found, expected = (solver.sums.strategy[: int(alone.game.block[0])] for solver in (team.solvers[0], alone))
    assert not np.array_equal(found, expected)
    strategy, known = (solver.strategy(0) for solver in (team.solvers[0], alone))
    weight = alone.meeting_weight(0)
    assert weight @ np.abs(strategy - known).sum(axis=1) < 0.1
