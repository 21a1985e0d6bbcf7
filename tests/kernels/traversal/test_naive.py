"""The production traversals and lanes add what their plain twins add, draw for draw, wherever it goes."""

import numpy as np
import pytest
from helpers.naive import NaiveHand, NaiveLane, merged_of_table
from helpers.naive_lanes import EXPLORATION, dense, game_of, groups_of, naive_lane, random_table

from holdem_mpi.kernels.arrays import (
    C_FAULTS,
    C_VISITS,
    P_AVERAGE_INLINE,
    P_EXPLORATION,
    P_LANE_WEIGHT,
    P_REGRET_BOUND,
    P_REGRET_SCALE,
    P_STRATEGY_SCALE,
)
from holdem_mpi.kernels.calls import KernelCall
from holdem_mpi.kernels.traversal.lane import SAMPLER_EXTERNAL, SAMPLER_OUTCOME
from holdem_mpi.kernels.traversal.traverse_average import traverse_average
from holdem_mpi.kernels.traversal.traverse_external import traverse_external
from holdem_mpi.kernels.traversal.traverse_outcome import traverse_outcome
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host_ranks import SharedArray
from holdem_mpi.training.dense_delta import new_dense_delta
from holdem_mpi.training.fixed_point import FixedPoint
from holdem_mpi.training.lane_runner import LogRunner, SmallTableRunner, Traversals, new_workspace

pytestmark = pytest.mark.kernels

KERNELS = {"external": traverse_external, "outcome": traverse_outcome, "average": traverse_average}
# Their last argument: how many traversals are walked, or which one.
LAST_ARGUMENT = {"external": 1, "outcome": 1, "average": np.uint64(0)}
SAMPLERS = {"external": SAMPLER_EXTERNAL, "outcome": SAMPLER_OUTCOME}
TOY_GAMES = [("kuhn", 2), ("kuhn", 3), ("leduc", 2), ("leduc", 3)]
GAMES = [*TOY_GAMES, ("flop_holdem", 2)]
CALLS = {}


def random_hand(layout, generator):
    buckets = [generator.integers(0, size, layout.tree.num_players).tolist() for size in layout.num_buckets]
    # Few strengths, so that ties are common.
    return NaiveHand(buckets, generator.integers(0, 3, layout.tree.num_players).tolist())


class Twins:
    """A kernel and its twin, on the same merged table and the same script of draws."""

    def __init__(self, game, table, script, **settings):
        self.layout = game[0]
        self.code, self.table, self.script = self.layout.code(), table, script
        self.work = new_workspace(self.layout, 1, script)
        self.delta = new_dense_delta(table.size, np.float64)
        self.used = 0
        self.naive = NaiveLane(
            self.layout, merged_of_table(self.layout, table), self._draw, exploration=EXPLORATION, **settings
        )
        params = self.work.params
        params[P_LANE_WEIGHT] = self.naive.lane_weight
        params[P_REGRET_SCALE], params[P_STRATEGY_SCALE] = self.naive.regret_scale, self.naive.strategy_scale
        params[P_EXPLORATION], params[P_REGRET_BOUND] = EXPLORATION, np.inf
        params[P_AVERAGE_INLINE] = self.naive.average_inline
        self.work.prune_below[0] = self.naive.prune_below

    def _draw(self):
        self.used += 1
        return self.script[self.used - 1]

    def _load(self, hand, player):
        """Make the first traversal ``player``'s, on a hand."""
        base, width = self.layout.base_pair, self.layout.width
        for street, buckets in enumerate(hand.bucket):
            for seat, bucket in enumerate(buckets):
                place = street * len(buckets) + seat
                self.work.segment[place] = base[street, seat] + bucket * width[street, seat]
        self.work.strength[0] = hand.strength
        self.work.player[0] = player
        self.work.ahead[0] = np.sign(hand.strength[player] - hand.strength[1 - player])

    def traverse(self, sampler, hand, player):
        """One traversal by each, compared: draws used, value, nodes visited."""
        self._load(hand, player)
        call = CALLS.setdefault(sampler, KernelCall(KERNELS[sampler]))
        call(self.code, self.table, self.delta, self.work, LAST_ARGUMENT[sampler])
        expected = getattr(self.naive, sampler)(hand, player)
        self.naive.settle()
        assert self.work.random[0] == self.used <= len(self.script)
        assert self.delta.counters[C_VISITS] == self.naive.visits
        if expected is not None:
            assert abs(self.work.value[0] - expected) <= 1e-9 * max(1, abs(expected))

    def compare(self):
        """All that was added, row by row."""
        assert self.delta.counters[C_FAULTS] == 0
        expected = dense(self.layout, self.naive.rows())
        np.testing.assert_allclose(self.delta.values, expected, rtol=1e-12, atol=1e-9)
        assert np.count_nonzero(expected) > 0


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
    assert twins.naive.pruned > 10


def settings_of(game, seed, sampler, inline, scales, **pruning):
    return {
        "seed": seed,
        "sampler": SAMPLERS[sampler],
        "exploration": EXPLORATION,
        "average_inline": inline,
        "scales": scales,
        **pruning,
    }


def inlines(sampler, num_players):
    return sampler == "external" and num_players == 2


@pytest.mark.parametrize("sampler", ["external", "outcome"])
@pytest.mark.parametrize(("name", "num_players"), [("leduc", 2), ("leduc", 3), ("flop_holdem", 2)])
@pytest.mark.parametrize("at_once", [1, 3])
def test_a_lane_sees_what_it_adds_from_one_call_of_many_to_the_next(name, num_players, sampler, at_once):
    """The iterations that are walked at once do not see each other, nor do the players' traversals of one of them."""
    game, batch_size = game_of(name, num_players), 20 if num_players == 3 else 80
    table, inline = random_table(game[0], 4), inlines(sampler, num_players)
    settings = settings_of(game, 77, sampler, inline, FixedPoint(8.0, 16.0, np.inf))
    traversals = Traversals(game[0], game[0].code(), game[1], at_once=at_once, lane_weight=5, **settings)
    delta = new_dense_delta(table.size, np.float64)
    spans = [(0, 7), (7, batch_size)]
    for first, last in spans:
        assert traversals.run(table, delta, (3, 2, first, last), False) == last - first
    naive = naive_lane(
        game, table, 3, 2, groups_of(at_once, *spans), 77, sampler,
        lane_weight=5.0, regret_scale=8.0, strategy_scale=16.0, average_inline=inline,
    )  # fmt: skip
    assert delta.counters[C_VISITS] == naive.visits and delta.counters[C_FAULTS] == 0
    # Lanes feed on their own sums, so that rounding errors grow a little with the iterations.
    np.testing.assert_allclose(delta.values, dense(game[0], naive.rows()), rtol=1e-9, atol=1e-9)


def small_runner(game, lanes, *settings, **pruning):
    return SmallTableRunner(game[0], game[0].code(), game[1], lanes=lanes, **settings_of(game, *settings, **pruning))


def log_runner(game, wide, *settings, **pruning):
    sampling = settings_of(game, *settings, **pruning)
    return LogRunner(game[0], game[0].code(), game[1], comm=Communicator(), wide=wide, **sampling)


def merged_sums(runner, before, floor=-np.inf):
    """``before`` (float64) with what the logs of a runner have for it."""
    table = before.copy()
    runner.merger(Communicator(), SharedArray(table, 0, 1), floor).merge()
    return table


@pytest.mark.parametrize("sampler", ["external", "outcome"])
@pytest.mark.parametrize(("name", "num_players"), GAMES)
@pytest.mark.parametrize("wide", [False, True])
def test_logs_hold_what_a_lane_adds_to_a_frozen_table(name, num_players, sampler, wide):
    """Rounded, each contribution; bit by bit. Wide numbers do not fit 32 bits."""
    game, batch_size = game_of(name, num_players), 20 if num_players == 3 else 60
    table, inline = np.nan_to_num(random_table(game[0], 8)), inlines(sampler, num_players)
    scales = FixedPoint(2.0**38, 2.0**38, np.inf) if wide else FixedPoint(64.0, 128.0, np.inf)
    runner = log_runner(game, wide, 5, sampler, inline, scales)
    runner.run(table, 1, 2, batch_size)
    naive = naive_lane(
        game, table, 1, 2, [range(batch_size)], 5, sampler, lane_weight=0.0,
        regret_scale=scales.regret_scale, strategy_scale=scales.strategy_scale, average_inline=inline, quantise=True,
    )  # fmt: skip
    expected = dense(game[0], naive.rows())
    assert (runner.visits, runner.faults) == (naive.visits, 0)
    found = merged_sums(runner, table) - table
    if wide:
        # Sums of some 2**40 steps, each of which the last bits of a strategy may move.
        np.testing.assert_allclose(found, expected, rtol=0, atol=batch_size * 2**38 * 1e-12)
        assert np.abs(expected).max() > 2**40
    else:
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
    assert np.count_nonzero(expected) > 8


@pytest.mark.parametrize(("name", "num_players"), [("leduc", 2), ("flop_holdem", 2)])
def test_correlated_draws_go_on_from_lane_to_lane(name, num_players):
    """Iterations of a run have numbers, whatever lane and batch they are in; deals lie at them."""
    game, scales = game_of(name, num_players), FixedPoint(64.0, 128.0, np.inf)
    table, settings = np.nan_to_num(random_table(game[0], 8)), {"regret_scale": 64.0, "strategy_scale": 128.0}
    settings |= {"average_inline": True, "quantise": True}
    small = small_runner(game, 3, 5, "external", True, scales, correlated=True)
    small.begin(4, range(1, 2), 40, False, 1000)
    small.go_on(table)
    each = game[0].tree.num_players
    naive = naive_lane(game, table, 4, 1, 40, 5, "external", number=(1000 + 40) * each, lane_weight=3.0, **settings)
    assert small.sums.tolist() == dense(game[0], naive.rows()).tolist()
    logs = log_runner(game, False, 5, "external", True, scales, correlated=True)
    logs.begin(4, range(1, 2), 40, False, 1000)
    logs.go_on(table)
    naive = naive_lane(game, table, 4, 1, [range(40)], 5, "external", number=1040, lane_weight=0.0, **settings)
    found = merged_sums(logs, table) - table
    np.testing.assert_allclose(found, dense(game[0], naive.rows()), rtol=0, atol=1e-9)
    logs.clear()
    logs.begin(4, range(1, 2), 40, False, 1001)
    logs.go_on(table)
    assert np.abs(merged_sums(logs, table) - table - found).max() > 1


@pytest.mark.parametrize("inline", [True, False])
def test_a_lane_prunes_in_a_share_of_its_traversals(inline):
    game, scales = game_of("leduc", 2), FixedPoint(2.0, 2.0, np.inf)
    table = random_table(game[0], 6)
    pruning = {"prune_below": -3.0, "prune_probability": 0.6}
    runner = small_runner(game, 2, 1, "external", inline, scales, **pruning)
    runner.run(table, 0, 0, 100, prune=True)
    settings = {"lane_weight": 2.0, "regret_scale": 2.0, "strategy_scale": 2.0, "average_inline": inline}
    settings |= {"quantise": True, "prune_below": -6.0, "prune_probability": 0.6}
    naive = naive_lane(game, table, 0, 0, 100, 1, "external", **settings)
    assert runner.sums.tolist() == dense(game[0], naive.rows()).tolist()
    assert naive.pruned > 0 and runner.visits == naive.visits
    frozen = log_runner(game, False, 1, "external", inline, scales, **pruning)
    frozen.run(table, 0, 0, 100, prune=True)
    naive = naive_lane(game, table, 0, 0, [range(100)], 1, "external", **settings | {"lane_weight": 0.0})
    found = merged_sums(frozen, np.nan_to_num(table)) - np.nan_to_num(table)
    np.testing.assert_allclose(found, dense(game[0], naive.rows()), rtol=0, atol=1e-9)
    assert naive.pruned > 0 and frozen.visits == naive.visits
    for after in (runner, frozen):
        after.clear()
        after.run(table, 0, 0, 100, prune=False)
        assert after.visits > naive.visits


@pytest.mark.parametrize("sampler", ["external", "outcome"])
def test_every_contribution_is_rounded_before_it_is_added(sampler):
    """Integer deltas, bit by bit; 2,100 iterations need more than one kernel call."""
    game, batch_size = game_of("kuhn", 2), 2100
    table, scales = random_table(game[0], 8), FixedPoint(64.0, 64.0, np.inf)
    runner = small_runner(game, 3, 5, sampler, sampler == "external", scales)
    runner.run(table, 1, 1, batch_size)
    naive = naive_lane(
        game, table, 1, 1, batch_size, 5, sampler,
        lane_weight=3.0, regret_scale=64.0, strategy_scale=64.0, average_inline=sampler == "external", quantise=True,
    )  # fmt: skip
    assert runner.sums.tolist() == dense(game[0], naive.rows()).tolist()
