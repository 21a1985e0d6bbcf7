"""Traversals that update a table in place add what their plain twins add (``mode: racing``)."""

import numpy as np
import pytest
from helpers.naive_lanes import EXPLORATION, dense, game_of, groups_of, naive_lane, random_table

from holdem_mpi.kernels.traversal.lane import SAMPLER_EXTERNAL, SAMPLER_OUTCOME
from holdem_mpi.training.fixed_point import FixedPoint
from holdem_mpi.training.in_place_runner import InPlaceRunner
from holdem_mpi.training.lane_runner import iterations_at_once

pytestmark = pytest.mark.kernels

SAMPLERS = {"external": SAMPLER_EXTERNAL, "outcome": SAMPLER_OUTCOME}


def runner_on(table, game, sampler, inline, seed, bound=np.inf, floor=-np.inf, **pruning):
    settings = {"seed": seed, "sampler": SAMPLERS[sampler], "exploration": EXPLORATION, "average_inline": inline}
    scales = FixedPoint(1.0, 1.0, bound)
    return InPlaceRunner(table, floor, game[0], game[0].code(), game[1], scales=scales, **settings, **pruning)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize(("name", "num_players"), [("kuhn", 3), ("leduc", 2), ("leduc", 3), ("flop_holdem", 2)])
def test_what_is_added_is_what_the_twin_adds(name, num_players, sampler):
    """Eight iterations are walked at once, and two are left of each call's ten; the next ones see what these add."""
    game, spans = game_of(name, num_players), [(first, first + 10) for first in range(0, 40, 10)]
    merged, inline = random_table(game[0], 4), sampler == "external" and num_players == 2
    assert iterations_at_once(game[0]) == 8
    table = np.nan_to_num(merged)
    runner = runner_on(table, game, sampler, inline, 77)
    for first, last in spans:
        runner.run_on(3, 2, first, last)
    settings = {"lane_weight": 1.0, "average_inline": inline}
    naive = naive_lane(game, merged, 3, 2, groups_of(8, *spans), 77, sampler, **settings)
    expected = np.nan_to_num(merged) + dense(game[0], naive.rows())
    np.testing.assert_allclose(table, expected, rtol=1e-9, atol=1e-9)
    assert np.count_nonzero(table != np.nan_to_num(merged)) > 20
    assert (runner.visits, runner.faults) == (naive.visits, 0)


def test_no_regret_falls_below_the_floor_and_strategies_are_free_of_it():
    game = game_of("leduc", 2)
    tables = [np.zeros(2 * game[0].num_pairs) for _ in range(2)]
    for table, floor in zip(tables, (-3.0, -np.inf)):
        runner_on(table, game, "external", True, 5, floor=floor).run_on(0, 0, 0, 200)
    assert tables[0].min() == -3.0 and tables[1].min() < -20


@pytest.mark.parametrize("num_players", [2, 3])
def test_pruning_reads_the_table_as_it_is(num_players):
    """Regrets that have fallen below the threshold since are passed over as the twin passes over them."""
    game = game_of("leduc", num_players)
    pruning = {"prune_below": -2.0, "prune_probability": 0.75}
    tables = [np.zeros(2 * game[0].num_pairs) for _ in range(2)]
    settings = {"lane_weight": 1.0, "prune_weight": 1.0, "average_inline": num_players == 2}
    visits = []
    for table, prune in zip(tables, (False, True)):
        runner = runner_on(table, game, "external", num_players == 2, 1, **pruning)
        runner.run_on(0, 0, 0, 200, prune)
        visits.append(runner.visits)
    naive = naive_lane(game, 0 * tables[1], 0, 0, groups_of(8, (0, 200)), 1, "external", **settings | pruning)
    np.testing.assert_allclose(tables[1], dense(game[0], naive.rows()), rtol=1e-9, atol=1e-9)
    assert visits[1] == naive.visits and naive.pruned > 100
    assert visits[1] < 0.9 * visits[0]


def test_what_passes_the_bound_is_counted_and_not_added():
    game = game_of("leduc", 2)
    table = np.zeros(2 * game[0].num_pairs)
    runner = runner_on(table, game, "external", False, 1, bound=0.4)
    runner.run_on(0, 0, 0, 20)
    assert runner.faults > 0 and table.min() >= -20 * 2 * 0.4
    table[:] = np.inf
    runner.clear()
    runner.run_on(0, 0, 0, 20)
    assert runner.faults > 0
