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
from holdem_mpi.kernels.arrays import C_ENTRIES, C_ROWS
from holdem_mpi.kernels.traversal.lane import SAMPLER_EXTERNAL, SAMPLER_OUTCOME
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.training.fixed_point import (
    FixedPoint,
    capacity_of_iteration,
    choose_scales,
    largest_weight,
    payoff_range,
)
from holdem_mpi.training.lane_runner import LaneRunner
from holdem_mpi.training.start import build_problem, trainer_for
from holdem_mpi.training.trainer import Progress

EXPLORATION = 0.6
TOY_GAMES = [("kuhn", 2), ("kuhn", 3), ("leduc", 2), ("leduc", 3)]


def toy(name, num_players):
    game = load_config(name, {"game.players": num_players}).game
    return Game(game).layout(), tables_of_deck(Game(game).toy_deck)


def runner_of(layout, tables, sampler, scales, seed=0):
    return LaneRunner(
        layout,
        layout.code(),
        tables,
        lanes=1,
        seed=seed,
        sampler=sampler,
        exploration=EXPLORATION,
        average_inline=sampler == SAMPLER_EXTERNAL and layout.tree.num_players == 2,
        scales=scales,
    )


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
            values = runner.delta.values[: runner.delta.counters[C_ENTRIES]]
            # A traversal of each player: a regret gets one contribution, a strategy sum as well.
            largest = max(largest, int(np.abs(values).max()))
            assert largest <= max(scales.regret_bound, scales.strategy_scale)
            runner.clear()
    # The bound is of the right size, not just large.
    assert largest > 0.02 * scales.regret_bound


@pytest.mark.parametrize(("name", "num_players"), TOY_GAMES)
@pytest.mark.parametrize("sampler", [SAMPLER_EXTERNAL, SAMPLER_OUTCOME])
def test_no_iteration_touches_more_rows_than_there_is_room_for(name, num_players, sampler):
    layout, tables = toy(name, num_players)
    rows, entries = capacity_of_iteration(layout)
    runner = runner_of(layout, tables, sampler, FixedPoint(1.0, 1.0, np.inf))
    most = 0
    for lane in range(100):
        runner.run(adverse_table(layout, lane) if lane % 2 else np.zeros(2 * layout.num_pairs), 1, lane, 1)
        assert runner.delta.counters[C_ROWS] <= rows and runner.delta.counters[C_ENTRIES] <= entries
        most = max(most, runner.rows)
        runner.clear()
    assert sampler == SAMPLER_OUTCOME or most > rows / 4


def test_what_passes_the_bound_is_counted_and_not_added():
    layout, tables = toy("kuhn", 2)
    runner = runner_of(layout, tables, SAMPLER_EXTERNAL, FixedPoint(8.0, 8.0, 0.5))
    runner.run(np.zeros(2 * layout.num_pairs), 0, 0, 50)
    assert runner.faults > 0
    regrets = [runner.delta.values[slot : slot + 2] for slot in range(0, int(runner.delta.counters[C_ENTRIES]), 4)]
    # With half a unit as the bound, only zeros get through.
    assert not np.any(regrets)


def test_a_table_that_is_not_finite_stops_the_batch_where_it_arises():
    config = load_config("leduc", {"lanes": 2, "batch_size": 50})
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
