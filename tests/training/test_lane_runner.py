"""Lanes do not see each other, and a run's digest does not depend on how its sums are merged."""

from itertools import pairwise

import numpy as np
import pytest

from holdem_mpi.config.load import load_config
from holdem_mpi.kernels.traversal.merge_rows import add_rows
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.training.algorithm import algorithm_of
from holdem_mpi.training.start import build_problem, trainer_for
from holdem_mpi.training.trainer import Progress, table_digest

SAMPLERS = ["external", "outcome"]


def problem_of(name="leduc", **overrides):
    config = load_config(name, {"lanes": 3, "batch_size": 100, **overrides})
    return build_problem(config, Communicator())


def trained(problem, batches):
    trainer = trainer_for(problem, Communicator(), None, Progress())
    for _ in range(batches):
        trainer.batch()
    return trainer


def added(problem, table, lanes, runner=None, batch=4):
    """What lanes add together, int64 by table entry."""
    runner = runner or algorithm_of(problem.config).runner(problem, Communicator())
    for lane in lanes:
        runner.run(table, batch, lane, 100)
    whole = np.zeros(table.size, np.int64)
    add_rows(runner.delta, whole)
    runner.clear()
    return whole


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("name", ["leduc", "leduc_3p"])
def test_a_lane_adds_the_same_in_any_order_and_after_any_other(name, sampler):
    problem = problem_of(name, **{"solver.sampler": sampler})
    table = trained(problem, 3).table
    alone = [added(problem, table, [lane]) for lane in range(3)]
    assert all(np.any(one != other) for one, other in pairwise(alone))
    runner = algorithm_of(problem.config).runner(problem, Communicator())
    for order in ([0, 1, 2], [2, 0, 1], [1, 2, 0], [0], [1]):
        expected = sum(alone[lane] for lane in order)
        assert added(problem, table, order, runner).tolist() == expected.tolist()


def test_a_lane_reads_the_table_and_leaves_it_alone():
    problem = problem_of()
    table = trained(problem, 3).table
    before = table.copy()
    first = added(problem, table, [0])
    assert table.tobytes() == before.tobytes()
    assert np.any(first != added(problem, 0 * table, [0]))


def test_batches_and_seeds_draw_apart():
    problem, other = problem_of(), problem_of(**{"solver.seed": 1})
    table = np.zeros(2 * problem.layout.num_pairs)
    first = added(problem, table, [0])
    assert np.any(first != added(problem, table, [0], batch=5)) and np.any(first != added(other, table, [0]))


@pytest.mark.parametrize("lanes", [1, 3])
@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_digest_does_not_depend_on_the_merge(lanes, precision, sampler):
    """With one lane, the merge is the shortcut of a process alone; with three, whole tables or packed rows."""
    settings = {
        "lanes": lanes,
        "solver.precision": precision,
        "solver.sampler": sampler,
        "solver.discount_interval": 600,
    }
    pruning = {"enabled": True, "threshold": -2.0, "floor": -5.0, "after": 900}
    if sampler == "external":
        settings["solver.pruning"] = pruning
    digests, tables = set(), []
    for merge in ("whole", "rows", "auto"):
        trainer = trained(problem_of(merge=merge, **settings), 12)
        digests.add(table_digest(trainer.table, trainer.progress))
        tables.append(trainer.table)
    assert len(digests) == 1
    assert tables[0].dtype == precision and np.isfinite(tables[0]).all() and np.count_nonzero(tables[0]) > 500


def test_the_digest_tells_runs_apart():
    digests = set()
    for settings in ({}, {"solver.seed": 1}, {"lanes": 4}, {"batch_size": 75}, {"solver.precision": "float32"}):
        trainer = trained(problem_of(**settings), 4)
        digests.add(table_digest(trainer.table, trainer.progress))
    assert len(digests) == 5


def test_three_lanes_split_over_runners_are_one_lane_after_another():
    """What ranks do: each runs its lanes on its own runner, and the deltas are summed."""
    problem = problem_of()
    trainer = trained(problem, 2)
    table = trainer.table.copy()
    whole = added(problem, table, [0, 2], batch=2) + added(problem, table, [1], batch=2)
    trainer.batch()
    assert trainer.table.tobytes() == (table + whole).tobytes()


def test_pruning_starts_after_its_iterations_and_skips_visits():
    pruning = {"enabled": True, "threshold": -0.001, "floor": -1e6, "after": 600, "probability": 1.0}
    plain, pruned = trained(problem_of(), 2), trained(problem_of(**{"solver.pruning": pruning}), 2)
    assert plain.table.tobytes() == pruned.table.tobytes()
    for trainer in (plain, pruned):
        for _ in range(20):
            trainer.batch()
    assert pruned.progress.visits < 0.95 * plain.progress.visits


def test_no_regret_falls_below_the_floor():
    pruning = {"enabled": True, "threshold": -1.0, "floor": -1.0, "after": 10**6}
    trainer = trained(problem_of(**{"solver.pruning": pruning}), 10)
    assert trainer.table.min() == -1.0 * trainer.problem.scales.regret_scale
    assert trained(problem_of(), 10).table.min() < -2.0 * trainer.problem.scales.regret_scale
