"""Lanes do not see each other, and no digest depends on where they keep what they add, or on how much fits there."""

from itertools import pairwise

import numpy as np
import pytest
from helpers.naive_lanes import dense, naive_lane

from holdem_mpi.config.load import load_config
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host_ranks import SharedArray
from holdem_mpi.training import algorithm as algorithms
from holdem_mpi.training import lane_logs, lane_runner
from holdem_mpi.training.algorithm import algorithm_of
from holdem_mpi.training.lane_runner import LogRunner, SmallTableRunner
from holdem_mpi.training.log_merge import LogMerger
from holdem_mpi.training.start import build_problem, trainer_for
from holdem_mpi.training.trainer import Progress, table_digest

SAMPLERS = ["external", "outcome"]
PRUNING = {"enabled": True, "threshold": -2.0, "floor": -5.0, "after": 900}


@pytest.fixture(params=["small", "logs"])
def kind(request, monkeypatch):
    """Whether lanes have tables of their own, or logs; the games here are small enough for both."""
    if request.param == "logs":
        monkeypatch.setattr(algorithms, "SMALL_PAIRS", 0)
    else:
        monkeypatch.setattr(algorithms, "SMALL_PAIRS", 1 << 30)
    return request.param


@pytest.fixture
def logging(monkeypatch):
    """All lanes write logs."""
    monkeypatch.setattr(algorithms, "SMALL_PAIRS", 0)


def problem_of(name="leduc", **overrides):
    config = load_config(name, {"lanes": 3, "batch_size": 100, **overrides})
    return build_problem(config, Communicator())


def trained(problem, batches):
    trainer = trainer_for(problem, Communicator(), None, Progress())
    for _ in range(batches):
        trainer.batch()
    return trainer


def runner_of(problem):
    return algorithm_of(problem.config).runner(problem, Communicator())


def added(problem, table, lanes, runner=None, batch=4):
    """What lanes add together, float64 by table entry (exact, as all sums here are below 2**53)."""
    runner = runner or runner_of(problem)
    for lane in lanes:
        runner.run(table, batch, lane, 100, number=300 * batch)
    # Strategies are those of the table that lanes saw; so it comes with a zero for each sum, and is taken away again.
    after = table.astype(np.float64)
    runner.merger(Communicator(), SharedArray(after, 0, 1), -np.inf).merge()
    runner.clear()
    return after - table


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("name", ["leduc", "leduc_3p"])
def test_a_lane_adds_the_same_in_any_order_and_after_any_other(name, sampler, kind):
    problem = problem_of(name, **{"solver.sampler": sampler})
    table = trained(problem, 3).table
    alone = [added(problem, table, [lane]) for lane in range(3)]
    assert all(np.any(one != other) for one, other in pairwise(alone))
    runner = runner_of(problem)
    assert isinstance(runner, SmallTableRunner if kind == "small" else LogRunner)
    for order in ([0, 1, 2], [2, 0, 1], [1, 2, 0], [0], [1]):
        expected = sum(alone[lane] for lane in order)
        assert added(problem, table, order, runner).tolist() == expected.tolist()


def test_a_lane_reads_the_table_and_leaves_it_alone(kind):
    problem = problem_of()
    table = trained(problem, 3).table
    before, runner = table.copy(), runner_of(problem)
    runner.run(table, 4, 0, 100)
    assert table.tobytes() == before.tobytes()
    assert np.any(added(problem, table, [0]) != added(problem, 0 * table, [0]))


def test_batches_and_seeds_draw_apart(kind):
    problem, other = problem_of(), problem_of(**{"solver.seed": 1})
    table = np.zeros(2 * problem.layout.num_pairs)
    first = added(problem, table, [0])
    assert np.any(first != added(problem, table, [0], batch=5)) and np.any(first != added(other, table, [0]))


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_batch_is_what_the_twins_of_its_lanes_add(kind, sampler, precision):
    """From a table with history, in integers: entry by entry, the sum over all lanes, and no regret below the floor."""
    keys = {"solver.sampler": sampler, "solver.precision": precision, "solver.algorithm": "cfr"}
    floor = {"enabled": True, "threshold": -1.0, "floor": -1.0, "after": 10**9} if sampler == "external" else {}
    problem = problem_of(**keys, **({"solver.pruning": floor} if floor else {}))
    trainer = trained(problem, 3)
    before, scales = trainer.table.copy(), problem.scales
    settings = {
        "regret_scale": scales.regret_scale,
        "strategy_scale": scales.strategy_scale,
        "average_inline": sampler == "external",
        "quantise": True,
        "lane_weight": 3.0 if kind == "small" else 0.0,
    }
    trainer.batch()
    game, groups = (problem.layout, problem.tables), 100 if kind == "small" else [range(100)]
    settings["exploration"] = problem.config.solver.exploration
    seed, each = problem.config.solver.seed, 2 if kind == "small" else 1  # deals of an iteration
    numbers = [(900 + 100 * lane) * each for lane in range(3)]
    lanes = [
        naive_lane(game, before, 3, lane, groups, seed, sampler, number=numbers[lane], **settings) for lane in range(3)
    ]
    sums = sum(dense(problem.layout, lane.rows()) for lane in lanes)
    least = problem.regret_floor() if floor else -np.inf
    expected = np.where(sums != 0, np.maximum(before.astype(np.float64) + sums, least), before).astype(precision)
    # Outcome sampling has so many steps a chip that the last bits of a strategy move some of them.
    steps = 64 if sampler == "outcome" else 0
    np.testing.assert_allclose(trainer.table, expected, rtol=1e-12, atol=steps)
    assert trainer.table.dtype == precision and np.count_nonzero(sums) > 300
    assert trainer.progress.visits > 0 and (not floor or (trainer.table == least).any())


def settings_of(sampler, precision, lanes=3):
    settings = {
        "lanes": lanes,
        "solver.precision": precision,
        "solver.sampler": sampler,
        "solver.discount_interval": 600,
    }
    return settings | ({"solver.pruning": PRUNING} if sampler == "external" else {})


@pytest.fixture
def rounds(monkeypatch):
    """A list that gains an entry for each round in which logs are worked off before their batch is done."""
    calls, plain = [], LogMerger.add_round

    def add_round(self):
        calls.append(self)
        plain(self)

    monkeypatch.setattr(LogMerger, "add_round", add_round)
    return calls


def rounds_of_batches(trainer, rounds, batches):
    counts = []
    for _ in range(batches):
        rounds.clear()
        trainer.batch()
        counts.append(len(rounds))
    return counts


@pytest.mark.parametrize("lanes", [1, 3])
@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_digest_does_not_depend_on_the_room_for_logs(logging, monkeypatch, rounds, lanes, precision, sampler):
    """Logs that hold all of a batch, logs that are full again and again, and some that grow after a batch of that."""
    digests, found = set(), []
    for first, most in ((8 << 20, 256 << 20), (0, 0), (0, 256 << 20)):
        monkeypatch.setattr(lane_logs, "_FIRST_BYTES", first)
        monkeypatch.setattr(lane_logs, "_MOST_BYTES", most)
        monkeypatch.setattr(lane_logs, "_CHUNK_WORDS", 16 if first == 0 else 256)
        problem = problem_of(batch_size=600, **settings_of(sampler, precision, lanes))
        trainer = trainer_for(problem, Communicator(), None, Progress())
        found.append(rounds_of_batches(trainer, rounds, 6))
        digests.add(table_digest(trainer.table, trainer.progress))
        assert trainer.table.dtype == precision and np.isfinite(trainer.table).all()
        assert np.count_nonzero(trainer.table) > 500
    assert len(digests) == 1
    enough, never, growing = found
    assert not any(enough) and all(count > 1 for count in never)
    assert growing[0] == never[0] and not any(growing[1:])


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("name", ["leduc", "leduc_3p"])
def test_the_digest_does_not_depend_on_how_many_are_walked_at_once(logging, monkeypatch, name, sampler):
    digests = set()
    for at_once in (1, 3, 8):
        monkeypatch.setattr(lane_runner, "_AT_ONCE", at_once)
        trainer = trained(problem_of(name, **settings_of(sampler, "float64")), 10)
        assert trainer.runner.traversals.work.strength.shape[0] == at_once
        digests.add(table_digest(trainer.table, trainer.progress))
    assert len(digests) == 1


def test_lanes_share_their_work_out_over_runners(kind):
    """What ranks do: each runs its lanes on its own runner, and the deltas are summed."""
    problem = problem_of()
    trainer = trained(problem, 2)
    table = trainer.table.copy()
    whole = added(problem, table, [0, 2], batch=2) + added(problem, table, [1], batch=2)
    trainer.batch()
    assert trainer.table.tobytes() == (table + whole).tobytes()


def test_logs_that_cannot_hold_what_is_asked_of_them_say_so(logging, monkeypatch):
    monkeypatch.setattr(lane_logs, "_FIRST_BYTES", 0)
    runner = runner_of(problem_of())
    with pytest.raises(MemoryError, match="the logs of a rank are full"):
        runner.run(np.zeros(2 * 672), 0, 0, 100_000)


def test_the_digest_tells_runs_apart(kind):
    digests = set()
    for settings in ({}, {"solver.seed": 1}, {"lanes": 4}, {"batch_size": 75}, {"solver.precision": "float32"}):
        trainer = trained(problem_of(**settings), 4)
        digests.add(table_digest(trainer.table, trainer.progress))
    assert len(digests) == 5


def test_tables_up_to_a_size_are_small(monkeypatch):
    problem = problem_of("leduc")
    assert isinstance(runner_of(problem), SmallTableRunner)
    for size, kind in ((problem.layout.num_pairs, SmallTableRunner), (problem.layout.num_pairs - 1, LogRunner)):
        monkeypatch.setattr(algorithms, "SMALL_PAIRS", size)
        assert isinstance(runner_of(problem), kind)


def test_pruning_starts_after_its_iterations_and_skips_visits(kind):
    pruning = {"enabled": True, "threshold": -0.001, "floor": -1e6, "after": 600, "probability": 1.0}
    plain, pruned = trained(problem_of(), 2), trained(problem_of(**{"solver.pruning": pruning}), 2)
    assert plain.table.tobytes() == pruned.table.tobytes()
    for trainer in (plain, pruned):
        for _ in range(20):
            trainer.batch()
    assert pruned.progress.visits < 0.95 * plain.progress.visits


def test_no_regret_falls_below_the_floor(kind):
    pruning = {"enabled": True, "threshold": -1.0, "floor": -1.0, "after": 10**6}
    trainer = trained(problem_of(**{"solver.pruning": pruning}), 10)
    assert trainer.table.min() == -1.0 * trainer.problem.scales.regret_scale
    assert trained(problem_of(), 10).table.min() < -2.0 * trainer.problem.scales.regret_scale
