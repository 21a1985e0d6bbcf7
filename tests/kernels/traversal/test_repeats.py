"""The parts that ``bench kernel`` times are those of an iteration."""

import numpy as np
import pytest

from holdem_mpi.config.load import load_config
from holdem_mpi.kernels.arrays import C_ROWS, P_LANE_WEIGHT, P_STRATEGY_SCALE
from holdem_mpi.kernels.cards.evaluator import evaluate, evaluator_tables
from holdem_mpi.kernels.traversal.lane import LaneKey
from holdem_mpi.kernels.traversal.merge_rows import add_rows
from holdem_mpi.kernels.traversal.repeats import repeat_averages, repeat_deals, repeat_evaluations
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.training.algorithm import algorithm_of
from holdem_mpi.training.fixed_point import capacity_of_iteration
from holdem_mpi.training.lane_runner import new_deal, new_delta, new_stream, new_workspace
from holdem_mpi.training.start import build_problem

pytestmark = pytest.mark.kernels


@pytest.fixture
def problem():
    """Leduc by outcome sampling, which leaves strategy sums to the average policy's pass."""
    config = load_config("leduc", {"solver.sampler": "outcome", "lanes": 1, "solver.seed": 3})
    return build_problem(config, Communicator())


def test_averages_are_those_of_a_lane(problem):
    layout, capacity = problem.layout, capacity_of_iteration(problem.layout)
    table = np.random.default_rng(1).random(2 * layout.num_pairs)
    runner = algorithm_of(problem.config).runner(problem, Communicator())
    runner.traversals.work.params[P_LANE_WEIGHT] = 0.0  # what a lane has added itself is not read
    runner.run(table, 5, 2, 20)
    expected = np.zeros(table.size, np.int64)
    add_rows(runner.delta, expected)
    work, delta = new_workspace(layout), new_delta(40 * capacity[0], 40 * capacity[1])
    work.params[P_STRATEGY_SCALE] = problem.scales.strategy_scale
    deal, key = new_deal(layout, problem.tables), LaneKey(np.uint64(3), 0, 5, 2, 0, 20, *capacity)
    assert repeat_averages(layout.code(), table, delta, problem.tables, deal, new_stream(), work, key) == 20
    found = np.zeros(table.size, np.int64)
    add_rows(delta, found)
    sums = np.concatenate([np.repeat([False, True], actions) for actions in np.diff(layout.first_pair_of_row())])
    assert found[sums].any() and not found[~sums].any()
    assert np.array_equal(found[sums], expected[sums])
    # Without capacity for another iteration's rows it stops, and says where.
    delta.counters[C_ROWS] = delta.rows.size - capacity[0] + 1
    assert repeat_averages(layout.code(), table, delta, problem.tables, deal, new_stream(), work, key) == 0


def test_deals_and_evaluations(problem):
    deal, state = new_deal(problem.layout, problem.tables), np.zeros(10, np.uint64)
    sums = [repeat_deals(problem.layout.code(), problem.tables, deal, state, 0, last) for last in (10, 20)]
    rest = repeat_deals(problem.layout.code(), problem.tables, deal, state, 10, 20)
    assert sums[1] == sums[0] + rest and sums[0] > 0
    hands = np.array([np.random.default_rng(seed).choice(52, 7, replace=False) for seed in range(20)])
    tables = evaluator_tables()
    assert repeat_evaluations(tables, hands) == sum(evaluate(tables, hand, 7) for hand in hands)
