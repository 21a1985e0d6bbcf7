"""No batch can overflow an integer sum, whatever is sampled, and no scale is so coarse that it shows."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdem_mpi.abstraction.deal_tables import tables_of_deck
from holdem_mpi.config.load import load_config
from holdem_mpi.errors import ConfigError
from holdem_mpi.game.game import Game
from holdem_mpi.kernels.traversal.lane import SAMPLER_EXTERNAL, SAMPLER_OUTCOME
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host_ranks import SharedArray
from holdem_mpi.training.fixed_point import (
    FixedPoint,
    capacity_of_iteration,
    choose_scales,
    largest_weight,
    most_nodes,
    narrow_scales,
    payoff_range,
)
from holdem_mpi.training.lane_runner import LogRunner, SmallTableRunner
from holdem_mpi.training.start import build_problem, trainer_for
from holdem_mpi.training.trainer import Progress

EXPLORATION = 0.6
TOY_GAMES = [("kuhn", 2), ("kuhn", 3), ("leduc", 2), ("leduc", 3)]


def toy(name, num_players):
    game = load_config(name, {"game.players": num_players}).game
    return Game(game).layout(), tables_of_deck(Game(game).toy_deck)


def sampling_of(layout, sampler, scales, seed=0):
    return {
        "seed": seed,
        "sampler": sampler,
        "exploration": EXPLORATION,
        "average_inline": sampler == SAMPLER_EXTERNAL and layout.tree.num_players == 2,
        "scales": scales,
    }


def runner_of(layout, tables, *sampling):
    """Lanes with a table of their own."""
    return SmallTableRunner(layout, layout.code(), tables, lanes=1, **sampling_of(layout, *sampling))


def log_runner(layout, tables, wide, *sampling):
    """Lanes that write logs."""
    sampling = sampling_of(layout, *sampling)
    return LogRunner(layout, layout.code(), tables, comm=Communicator(), wide=wide, **sampling)


def adverse_table(layout, seed):
    """Every row plays one action for sure, so that the sampling reach of the others is the least there is."""
    generator = np.random.default_rng(seed)
    table = np.zeros(2 * layout.num_pairs)
    first = layout.first_pair_of_row()
    for start, end in pairwise(first):
        table[2 * start + generator.integers(end - start)] = 1e12
    return table


@given(
    st.sampled_from(TOY_GAMES), st.integers(1, 2**52), st.floats(1, 1e12), st.floats(1e-3, 1e9), st.integers(0, 2**62)
)
@settings(deadline=None, max_examples=200)
def test_sums_stay_below_two_to_the_62_or_the_batch_is_refused(game, contributions, weight, chips, extra):
    tree = toy(*game)[0].tree
    tree = replace(tree, stake_of_terminal=tree.stake_of_terminal * chips)
    contributions = max(1, contributions - extra)
    try:
        scales = choose_scales(tree, contributions, weight)
    except ConfigError as error:
        assert f"no fixed-point scale fits {contributions} iterations a batch" in str(error) and "\n" not in str(error)
        # Refused only where it had to be: one bit more than 2**16 steps does not fit.
        assert math.log2(contributions) + math.log2(weight) + 17 + 3 > 62
        return
    assert contributions * math.ceil(scales.regret_bound) <= 2**62
    assert contributions * round(scales.strategy_scale) <= 2**62
    assert scales.regret_bound >= payoff_range(tree) * weight * scales.regret_scale
    assert payoff_range(tree) * scales.regret_scale >= 2**16
    assert scales.strategy_scale >= 2**9
    for scale in (scales.regret_scale, scales.strategy_scale):
        assert math.frexp(scale)[0] == 0.5, "a power of two"


def test_payoff_range():
    # Kuhn: at most two chips won, two lost. Leduc: 13 in by each. With three, the others' chips are there to win.
    for (name, players), chips in {("kuhn", 2): 4, ("leduc", 2): 26, ("kuhn", 3): 6, ("leduc", 3): 39}.items():
        assert payoff_range(toy(name, players)[0].tree) == chips


def test_largest_weight_is_that_of_the_least_likely_history():
    # Kuhn's first player acts twice, with two actions each time; Leduc's acts four times: check, call a raise of a
    # bet, then the same on the second street (2, 3, 2 and 3 actions).
    assert largest_weight(toy("kuhn", 2)[0].tree, 0.5) == (2 / 0.5) ** 2
    assert largest_weight(toy("leduc", 2)[0].tree, 0.5) == pytest.approx((2 * 3 * 2 * 3) / 0.5**4)
    assert largest_weight(toy("kuhn", 2)[0].tree, 1.0) == 4


@pytest.mark.parametrize(("name", "num_players"), TOY_GAMES)
@pytest.mark.parametrize("sampler", [SAMPLER_EXTERNAL, SAMPLER_OUTCOME])
def test_no_sampled_contribution_passes_its_bound(name, num_players, sampler):
    layout, tables = toy(name, num_players)
    weight = largest_weight(layout.tree, EXPLORATION) if sampler == SAMPLER_OUTCOME else 1.0
    largest = 0
    for seed in range(5):
        scales = choose_scales(layout.tree, 1, weight)
        runner = runner_of(layout, tables, sampler, scales, seed)
        table = adverse_table(layout, seed)
        for lane in range(60):
            runner.run(table, 0, lane, 1)
            assert runner.faults == 0
            # A traversal of each player: a regret gets one contribution, a strategy sum as well.
            largest = max(largest, int(np.abs(runner.sums).max()))
            assert largest <= max(scales.regret_bound, scales.strategy_scale)
            runner.clear()
    # The bound is of the right size, not just large.
    assert largest > 0.005 * scales.regret_bound


@given(st.sampled_from(TOY_GAMES), st.integers(1, 2**40), st.floats(1e-3, 1e9))
@settings(deadline=None, max_examples=100)
def test_narrow_contributions_fit_32_bits_and_their_sums_63(game, contributions, chips):
    tree = toy(*game)[0].tree
    tree = replace(tree, stake_of_terminal=tree.stake_of_terminal * chips)
    scales, wide = narrow_scales(tree, contributions), choose_scales(tree, contributions)
    # Regrets are differences of two values, which lie within the payoff range.
    assert 2**16 <= payoff_range(tree) * scales.regret_scale <= scales.regret_bound <= 2**30 * (1 + 1e-8)
    assert scales.strategy_scale <= 2**30 and scales.strategy_scale <= wide.strategy_scale
    assert scales.regret_scale <= wide.regret_scale
    assert contributions * math.ceil(scales.regret_bound) <= 2**62
    # No coarser than needed.
    assert scales.regret_scale == wide.regret_scale or payoff_range(tree) * scales.regret_scale > 2**29


@pytest.mark.parametrize(("name", "num_players"), TOY_GAMES)
def test_narrow_logs_hold_the_largest_contribution(name, num_players):
    """As the twin with 64 bits does: nothing is cut off, where every row plays one action for sure."""
    layout, tables = toy(name, num_players)
    scales, largest = narrow_scales(layout.tree, 1), 0
    for seed in range(5):
        table = adverse_table(layout, seed)
        narrow, wide = (log_runner(layout, tables, one, SAMPLER_EXTERNAL, scales, seed) for one in (False, True))
        added = []
        for runner in (narrow, wide):
            runner.run(table, 0, 0, 60)
            added.append(np.zeros(table.size, np.int64))
            _sum_logs(runner, table, added[-1])
        assert added[0].tolist() == added[1].tolist()
        largest = max(largest, int(np.abs(added[0]).max()))
    assert largest > 0.1 * scales.regret_bound


def _sum_logs(runner, table, sums):
    """Add what the logs of a runner hold to ``sums`` (int64), entry by entry, as a round does."""
    merger = runner.merger(Communicator(), SharedArray(table, 0, 1), -np.inf)
    merger.add_round()
    for window, entries in enumerate(merger._pending):
        first = window << (runner.logs.bits + 1)
        part = sums[first : first + entries.size]
        part += entries[: part.size]


@pytest.mark.parametrize(("name", "num_players"), TOY_GAMES)
@pytest.mark.parametrize("sampler", [SAMPLER_EXTERNAL, SAMPLER_OUTCOME])
def test_no_iteration_writes_more_than_there_is_room_for(name, num_players, sampler):
    layout, tables = toy(name, num_players)
    rows, entries = capacity_of_iteration(layout)
    wide = sampler == SAMPLER_OUTCOME
    runner = log_runner(layout, tables, wide, sampler, FixedPoint(1.0, 1.0, np.inf))
    most, chunk = 0, int(runner.sink.last) + 1
    longest = 1 + (runner.logs.widest << wide)
    for lane in range(100):
        table = adverse_table(layout, lane) if lane % 2 else np.zeros(2 * layout.num_pairs)
        runner.run(table, 1, lane, 1)
        written = runner.sink.at.astype(np.int64)[runner.sink.first > 0] - chunk
        # All that this iteration wrote fits a chunk a log here, so the ends of the logs tell how much it was.
        words = int((written % chunk).sum())
        assert runner.sink.pool[0] == 1 + np.count_nonzero(runner.sink.first)
        assert words <= 2 * rows + (entries << wide) <= runner.logs.chunks_of_iteration * (chunk - longest)
        most = max(most, words)
        runner.clear()
    assert sampler == SAMPLER_OUTCOME or most > (2 * rows + entries) / 16


@pytest.mark.parametrize(("name", "num_players"), TOY_GAMES)
def test_no_traversal_visits_more_nodes_than_it_has_space_for(name, num_players):
    layout, tables = toy(name, num_players)
    most = sum(most_nodes(layout.tree, player) for player in range(num_players))
    runner = runner_of(layout, tables, SAMPLER_EXTERNAL, FixedPoint(1.0, 1.0, np.inf))
    visits = []
    for lane in range(200):
        runner.run(adverse_table(layout, lane), 1, lane, 1)
        visits.append(runner.visits)
        runner.clear()
    assert max(visits) <= most + (0 if num_players == 2 else num_players * int(runner.traversals.work.depth))
    assert max(visits) > 0.6 * most  # not every deal lets all happen


def test_what_passes_the_bound_is_counted_and_not_added():
    """Nothing is within a bound below zero; within half a chip are the values of some nodes."""
    layout, tables = toy("kuhn", 2)
    table = np.zeros(2 * layout.num_pairs)
    regrets, faults = np.arange(table.size) % 4 < 2, []
    for bound in (-1.0, 4.0, np.inf):
        scales = FixedPoint(8.0, 8.0, bound)
        runner = runner_of(layout, tables, SAMPLER_EXTERNAL, scales)
        logged = log_runner(layout, tables, False, SAMPLER_EXTERNAL, scales)
        for one in (runner, logged):
            one.run(table, 0, 0, 50)
        sums = np.zeros(table.size, np.int64)
        _sum_logs(logged, table, sums)
        for added in (runner.sums, sums):
            assert np.any(added[regrets]) == (bound > 0) and np.any(added[~regrets])
        faults.append((runner.faults, logged.faults))
    assert faults[0][1] > faults[1][1] > 0 < faults[1][0] and faults[2] == (0, 0)


@pytest.mark.parametrize("name", ["leduc", "leduc_3p"])
def test_a_table_that_is_not_finite_stops_the_batch_where_it_arises(name):
    config = load_config(name, {"lanes": 2, "batch_size": 50})
    trainer = trainer_for(build_problem(config, Communicator()), Communicator(), None, Progress())
    trainer.batch()
    trainer.table[:] = np.inf
    with pytest.raises(ArithmeticError, match=r"batch 1: [0-9]+ contributions were not finite or beyond their bound"):
        trainer.batch()
    assert trainer.progress.batch == 1 and np.isinf(trainer.table).all()


def test_a_batch_that_no_scale_fits_is_refused_in_one_line():
    config = load_config("leduc_3p", {"lanes": 2**20, "batch_size": 2**28, "solver.sampler": "outcome"})
    with pytest.raises(ConfigError, match=r"^batch_size: no fixed-point scale fits") as refusal:
        build_problem(config, Communicator())
    assert "\n" not in str(refusal.value) and "expected a smaller batch" in str(refusal.value)
