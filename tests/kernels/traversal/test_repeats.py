"""The parts that ``bench kernel`` times are those of an iteration."""

import numpy as np
import pytest

from holdem_mpi.config.load import load_config
from holdem_mpi.kernels.arrays import C_VISITS, P_STRATEGY_SCALE
from holdem_mpi.kernels.cards.evaluator import evaluate, evaluator_tables
from holdem_mpi.kernels.traversal.lane import LaneKey
from holdem_mpi.kernels.traversal.repeats import repeat_averages, repeat_deals, repeat_evaluations
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.training.algorithm import algorithm_of
from holdem_mpi.training.dense_delta import new_dense_delta
from holdem_mpi.training.lane_logs import LaneLogs
from holdem_mpi.training.lane_runner import new_deal, new_workspace
from holdem_mpi.training.start import build_problem

pytestmark = pytest.mark.kernels


@pytest.fixture
def problem():
    """Leduc by outcome sampling, which leaves strategy sums to the average policy's pass."""
    keys = {"solver.sampler": "outcome", "solver.draws": "independent", "lanes": 1, "solver.seed": 3}
    config = load_config("leduc", keys)
    return build_problem(config, Communicator())


def test_averages_are_those_of_a_lane(problem):
    layout = problem.layout
    table = np.random.default_rng(1).random(2 * layout.num_pairs)
    runner = algorithm_of(problem.config).runner(problem, Communicator())
    runner.traversals.work.params[0] = 0.0  # what a lane has added itself is not read
    runner.run(table, 5, 2, 20)
    work, delta = new_workspace(layout), new_dense_delta(table.size)
    work.params[P_STRATEGY_SCALE] = problem.scales.strategy_scale
    deal, key = new_deal(layout, problem.tables), LaneKey(np.uint64(3), 0, 5, 2, 0, 20, 0)
    assert repeat_averages(layout.code(), table, delta, problem.tables, deal, work, key) == 20
    sums = np.concatenate([np.repeat([False, True], actions) for actions in np.diff(layout.first_pair_of_row())])
    assert delta.values[sums].any() and not delta.values[~sums].any()
    assert np.array_equal(delta.values[sums], runner.sums[sums])
    assert 20 * 2 < delta.counters[C_VISITS] < runner.visits


def test_it_stops_where_logs_might_be_full(problem):
    layout = problem.layout
    logs, table = LaneLogs(layout, Communicator(), True, 4), np.zeros(2 * layout.num_pairs)
    work, deal = new_workspace(layout, 4), new_deal(layout, problem.tables)
    # Beside what an iteration fills: chunk 0, and one for each log.
    chunks = logs.own.words.size // int(logs.own.last + 1) - 1 - logs.own.first.size
    key = LaneKey(np.uint64(3), 0, 5, 2, 0, 20, chunks // 4 + 1)
    assert repeat_averages(layout.code(), table, logs.own, problem.tables, deal, work, key) == 0
    assert logs.own.pool[0] == 1 and not logs.own.first.any()
    assert repeat_averages(layout.code(), table, logs.own, problem.tables, deal, work, key._replace(chunks=1)) == 20
    assert logs.own.pool[0] > 1


def test_deals_and_evaluations(problem):
    deal, state = new_deal(problem.layout, problem.tables), np.zeros(10, np.uint64)
    sums = [repeat_deals(problem.layout.code(), problem.tables, deal, state, 0, last) for last in (10, 20)]
    rest = repeat_deals(problem.layout.code(), problem.tables, deal, state, 10, 20)
    assert sums[1] == sums[0] + rest and sums[0] > 0
    hands = np.array([np.random.default_rng(seed).choice(52, 7, replace=False) for seed in range(20)])
    tables = evaluator_tables()
    assert repeat_evaluations(tables, hands) == sum(evaluate(tables, hand, 7) for hand in hands)
