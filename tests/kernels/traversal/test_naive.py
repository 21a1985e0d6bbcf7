"""The production traversals and lanes add what their plain twins add, draw for draw."""

import numpy as np
import pytest
from helpers.naive import NaiveHand, NaiveLane, merged_of_table
from helpers.naive_lanes import EXPLORATION, dense, game_of, naive_lane, random_table

from holdem_mpi.kernels.arrays import (
    C_FAULTS,
    C_ROWS,
    C_VISITS,
    P_AVERAGE_INLINE,
    P_EXPLORATION,
    P_LANE_WEIGHT,
    P_PRUNE_BELOW,
    P_REGRET_BOUND,
    P_REGRET_SCALE,
    P_STRATEGY_SCALE,
)
from holdem_mpi.kernels.traversal.lane import SAMPLER_EXTERNAL, SAMPLER_OUTCOME
from holdem_mpi.kernels.traversal.merge_rows import add_rows
from holdem_mpi.kernels.traversal.traverse_average import traverse_average
from holdem_mpi.kernels.traversal.traverse_external import traverse_external
from holdem_mpi.kernels.traversal.traverse_outcome import traverse_outcome
from holdem_mpi.training.fixed_point import FixedPoint
from holdem_mpi.training.lane_runner import LaneRunner, new_deal, new_delta, new_stream, new_workspace

pytestmark = pytest.mark.kernels

KERNELS = {"external": traverse_external, "outcome": traverse_outcome, "average": traverse_average}
TOY_GAMES = [("kuhn", 2), ("kuhn", 3), ("leduc", 2), ("leduc", 3)]
GAMES = [*TOY_GAMES, ("flop_holdem", 2)]


def random_hand(layout, generator):
    buckets = [generator.integers(0, size, layout.tree.num_players).tolist() for size in layout.num_buckets]
    # Few strengths, so that ties are common.
    return NaiveHand(buckets, generator.integers(0, 3, layout.tree.num_players).tolist())


def fill_deal(layout, hand, deal):
    for street, buckets in enumerate(hand.bucket):
        for player, bucket in enumerate(buckets):
            deal.segment[street, player] = layout.base_pair[street, player] + bucket * layout.width[street, player]
    deal.strength[:] = hand.strength


class Twins:
    """A kernel and its twin, on the same merged table and the same script of draws."""

    def __init__(self, game, table, script, **settings):
        self.layout, tables = game
        self.code, self.table, self.script = self.layout.code(), table, script
        self.deal, self.work = new_deal(self.layout, tables), new_workspace(self.layout)
        self.stream = new_stream(script)
        self.delta = new_delta(5000, 30_000, np.float64)
        self.used = 0
        self.naive = NaiveLane(
            self.layout, merged_of_table(self.layout, table), self._draw, exploration=EXPLORATION, **settings
        )
        params = self.work.params
        params[P_LANE_WEIGHT] = self.naive.lane_weight
        params[P_REGRET_SCALE], params[P_STRATEGY_SCALE] = self.naive.regret_scale, self.naive.strategy_scale
        params[P_EXPLORATION], params[P_REGRET_BOUND] = EXPLORATION, np.inf
        params[P_AVERAGE_INLINE], params[P_PRUNE_BELOW] = self.naive.average_inline, self.naive.prune_below

    def _draw(self):
        self.used += 1
        return self.script[self.used - 1]

    def traverse(self, sampler, hand, player):
        """One traversal by each, compared: draws used, value, nodes visited."""
        fill_deal(self.layout, hand, self.deal)
        value = KERNELS[sampler](self.code, self.table, self.delta, self.deal, self.stream, self.work, player)
        expected = getattr(self.naive, sampler)(hand, player)
        assert self.stream.state[0] == self.used <= len(self.script)
        assert self.delta.counters[C_VISITS] == self.naive.visits
        if expected is not None:
            assert abs(value - expected) <= 1e-9 * max(1, abs(expected))

    def compare(self):
        """All that was added, row by row."""
        ours = np.zeros(2 * self.layout.num_pairs)
        add_rows(self.delta, ours)
        rows = self.naive.rows()
        assert self.delta.counters[C_ROWS] == len(rows) and self.delta.counters[C_FAULTS] == 0
        np.testing.assert_allclose(ours, dense(self.layout, rows), rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("sampler", ["external", "outcome", "average"])
@pytest.mark.parametrize(("name", "num_players"), GAMES)
@pytest.mark.parametrize("lane_weight", [1.0, 6.0])
def test_traversals_in_a_row_add_what_the_twins_add(name, num_players, sampler, lane_weight):
    game = game_of(name, num_players)
    generator = np.random.default_rng(num_players)
    settings = {"lane_weight": lane_weight, "regret_scale": 4.0, "strategy_scale": 2.0}
    twins = Twins(game, random_table(game[0], 1), generator.random(20_000), **settings)
    for _ in range(15):
        for player in range(num_players):
            # Each hand twice: the second time its rows have regrets of their own.
            hand = random_hand(game[0], generator)
            twins.traverse(sampler, hand, player)
            twins.traverse(sampler, hand, player)
    twins.compare()


def test_own_additions_are_seen_lane_weight_times():
    """One traversal makes the strategies of the next, and the weight decides how much."""
    game = game_of("kuhn", 2)
    generator = np.random.default_rng(0)
    hand = random_hand(game[0], generator)
    added = []
    for lane_weight in (0.0, 1.0, 1000.0):
        twins = Twins(game, random_table(game[0], 2, spread=1.0), np.full(100, 0.5), lane_weight=lane_weight)
        for player in (0, 1, 0, 1):
            twins.traverse("external", hand, player)
        twins.compare()
        added.append(dense(game[0], twins.naive.rows()))
    assert not np.allclose(added[0], added[1]) and not np.allclose(added[1], added[2])


@pytest.mark.parametrize(("name", "num_players"), [("leduc", 2), ("leduc", 3), ("flop_holdem", 2)])
def test_pruning_passes_over_what_the_twin_passes_over(name, num_players):
    game = game_of(name, num_players)
    generator = np.random.default_rng(5)
    twins = Twins(
        game, random_table(game[0], 3), generator.random(20_000), prune_below=-4.0, average_inline=num_players == 2
    )
    for _ in range(20):
        for player in range(num_players):
            twins.traverse("external", random_hand(game[0], generator), player)
    twins.compare()
    assert twins.naive.pruned > 20


def runner_of(game, lanes, seed, sampler, average_inline, scales, small=None, **pruning):
    runner = LaneRunner(
        game[0],
        game[0].code(),
        game[1],
        lanes=lanes,
        seed=seed,
        sampler={"external": SAMPLER_EXTERNAL, "outcome": SAMPLER_OUTCOME}[sampler],
        exploration=EXPLORATION,
        average_inline=average_inline,
        scales=scales,
        **pruning,
    )
    if small is not None:
        runner.delta = new_delta(*small)
    return runner


@pytest.mark.parametrize("sampler", ["external", "outcome"])
@pytest.mark.parametrize("name", ["leduc", "leduc_3p", "flop_holdem"])
def test_a_lane_that_outgrows_its_rows_again_and_again(name, sampler):
    num_players, batch_size = (3, 20) if name == "leduc_3p" else (2, 100)
    game = game_of(name, num_players)
    table, inline = random_table(game[0], 4), sampler == "external" and num_players == 2
    scales = FixedPoint(8.0, 16.0, np.inf)
    runner = runner_of(game, 5, 77, sampler, inline, scales, small=(4, 16, np.float64))
    runner.run(table, 3, 2, batch_size)
    naive = naive_lane(
        game, table, 3, 2, batch_size, 77, sampler,
        lane_weight=5.0, regret_scale=8.0, strategy_scale=16.0, average_inline=inline,
    )  # fmt: skip
    ours = np.zeros(2 * game[0].num_pairs)
    add_rows(runner.delta, ours)
    assert runner.rows == len(naive.rows()) and runner.delta.rows.size > 8 * 4
    assert runner.visits == naive.visits
    # Lanes feed on their own sums, so that rounding errors grow a little with the iterations.
    np.testing.assert_allclose(ours, dense(game[0], naive.rows()), rtol=1e-9, atol=1e-9)


def test_a_lane_prunes_in_a_share_of_its_iterations():
    game = game_of("leduc", 2)
    table, scales = random_table(game[0], 6), FixedPoint(2.0, 2.0, np.inf)
    pruning = {"prune_below": -3.0, "prune_probability": 0.6}
    runner = runner_of(game, 2, 1, "external", True, scales, (200, 2000, np.float64), **pruning)
    runner.run(table, 0, 0, 100, prune=True)
    settings = {"lane_weight": 2.0, "regret_scale": 2.0, "strategy_scale": 2.0}
    naive = naive_lane(game, table, 0, 0, 100, 1, "external", prune_probability=0.6, prune_below=-6.0, **settings)
    ours = np.zeros(2 * game[0].num_pairs)
    add_rows(runner.delta, ours)
    np.testing.assert_allclose(ours, dense(game[0], naive.rows()), rtol=1e-9, atol=1e-9)
    assert naive.pruned > 0 and runner.visits == naive.visits
    runner.clear()
    runner.run(table, 0, 0, 100, prune=False)
    assert runner.visits > naive.visits


@pytest.mark.parametrize("sampler", ["external", "outcome"])
def test_every_contribution_is_rounded_before_it_is_added(sampler):
    """Integer deltas, bit by bit; 2,100 iterations need more than one kernel call."""
    game, batch_size = game_of("kuhn", 2), 2100
    table, scales = random_table(game[0], 8), FixedPoint(64.0, 64.0, np.inf)
    runner = runner_of(game, 3, 5, sampler, sampler == "external", scales)
    runner.run(table, 1, 1, batch_size)
    naive = naive_lane(
        game, table, 1, 1, batch_size, 5, sampler, lane_weight=3.0, regret_scale=64.0, strategy_scale=64.0,
        average_inline=sampler == "external", quantise=True,
    )  # fmt: skip
    ours = np.zeros(2 * game[0].num_pairs, np.int64)
    add_rows(runner.delta, ours)
    assert ours.tolist() == dense(game[0], naive.rows()).tolist()
