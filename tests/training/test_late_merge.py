"""Late merges: a batch's sums count from the second batch after it on, once, whatever happens to a run meanwhile."""

import json
import os
import signal
import time

import numpy as np
import pytest

from holdem_mpi.config.load import load_config
from holdem_mpi.errors import DataError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host_ranks import SharedArray
from holdem_mpi.policy.policy_files import digest_of_checkpoint, open_run_policy
from holdem_mpi.storage.checkpoint import list_generations, load_generation, save_generation
from holdem_mpi.training import algorithm as algorithms
from holdem_mpi.training.algorithm import algorithm_of
from holdem_mpi.training.mccfr_solver import MCCFRSolver
from holdem_mpi.training.run import Run
from holdem_mpi.training.start import build_problem, trainer_for
from holdem_mpi.training.trainer import Progress

LANES, SIZE = 3, 100
LATE = ("--game", "leduc", "--lanes", 6, "--seed", 5, "--late-merge")


def problem_of(**keys):
    config = load_config("leduc", {"lanes": LANES, "batch_size": SIZE, "late_merge": True, **keys})
    return build_problem(config, Communicator())


def sums_of_batch(problem, table, batch) -> np.ndarray:
    """What the lanes of a batch add to ``table``, which stays as it is; one lane after another, each by itself."""
    total = np.zeros(table.size)
    for lane in range(LANES):
        runner, after = algorithm_of(problem.config).runner(problem, Communicator()), np.array(table, np.float64)
        runner.run(np.array(table), batch, lane, SIZE, number=batch * LANES * SIZE)
        runner.merger(Communicator(), SharedArray(after, 0, 1), -np.inf).merge()
        total += np.rint(after - table)  # sums are integers, a table that was discounted is not
    return total


def is_strategy_sum(layout) -> np.ndarray:
    """bool[entries]: the second half of each row."""
    first = layout.first_pair_of_row()
    halves = [np.repeat([False, True], actions) for actions in np.diff(first)]
    return np.concatenate(halves)


def plain_run(problem, batches) -> tuple[np.ndarray, np.ndarray]:
    """The table after so many batches, and with the last one's sums: a list of these, and a table that lags behind."""
    precision, floor, schedule = problem.config.solver.precision, problem.regret_floor(), problem.schedule()
    table = np.zeros(2 * problem.layout.num_pairs, precision)
    strategy = is_strategy_sum(problem.layout)
    sums, last_discount = [], 0

    def add(number):
        return np.where(sums[number] != 0, np.maximum(table + sums[number], floor), table).astype(precision)

    for batch in range(batches):
        sums.append(sums_of_batch(problem, table, batch))
        if batch:
            table = add(batch - 1)
        added = batch * LANES * SIZE
        factors = schedule.due(added, last_discount)
        if factors:
            by_sign = np.where(table > 0, factors.positive, factors.negative)
            table = (table * np.where(strategy, factors.strategy, by_sign)).astype(precision)
            last_discount = added
    return table, add(batches - 1)


@pytest.mark.parametrize("kind", ["small", "logs"])
@pytest.mark.parametrize(
    "keys",
    [
        {"solver.algorithm": "cfr"},
        {"solver.algorithm": "dcfr", "solver.discount_interval": 600},
        {"solver.sampler": "outcome", "solver.discount_interval": 900},
        {"solver.precision": "float32", "solver.discount_interval": 300},
        {"solver.pruning": {"enabled": True, "threshold": -2.0, "floor": -5.0, "after": 10**9}},
    ],
)
def test_a_run_is_a_plain_one_whose_table_lags_a_batch_behind(kind, keys, monkeypatch):
    monkeypatch.setattr(algorithms, "SMALL_PAIRS", 0 if kind == "logs" else 1 << 30)
    problem = problem_of(**keys)
    trainer = trainer_for(problem, Communicator(), None, Progress())
    for _ in range(7):
        trainer.batch()
    lagging, whole = plain_run(problem, 7)
    assert np.array_equal(trainer.table, lagging)
    trainer.settle()
    assert np.array_equal(trainer.table, whole) and np.any(whole != lagging)
    assert "pruning" not in str(keys) or (whole == problem.regret_floor()).any()


def test_with_nothing_to_learn_from_late_sums_are_the_same_sums(monkeypatch):
    """The second batch of a late run walks the table of the first; and the first two batches' sums come to the same."""
    monkeypatch.setattr(algorithms, "SMALL_PAIRS", 0)
    keys = {"solver.algorithm": "cfr"}
    problems = (problem_of(late_merge=late, **keys) for late in (True, False))
    late, at_once = (trainer_for(problem, Communicator(), None, Progress()) for problem in problems)
    late.batch()
    at_once.batch()
    assert not late.table.any() and at_once.table.any()
    late.batch()
    assert np.array_equal(late.table, at_once.table)


def test_calls_of_run_add_up():
    settings = {"late_merge": True, "solver.discount_interval": 1200}
    with MCCFRSolver("leduc", lanes=2, batch_size=50, settings=settings) as whole:
        whole.run(3000)
    with MCCFRSolver("leduc", lanes=2, batch_size=50, settings=settings) as parts:
        digests = []
        for _ in range(3):
            parts.run(1000)
            digests.append(parts.digest)
    assert digests[-1] == whole.digest and len(set(digests)) == 3
    with MCCFRSolver("leduc", lanes=2, batch_size=50, settings={**settings, "late_merge": False}) as other:
        other.run(3000)
    assert other.digest != whole.digest


def test_checkpoints_stand_for_the_table_with_the_last_batch(train, tmp_path):
    digest = train(1, *LATE, "--iters", 12_000)["digest"]
    run = str(tmp_path / "run")
    number, path = list_generations(tmp_path / "run" / "checkpoints")[-1]
    assert digest_of_checkpoint(run, number) == (digest, 12_000)
    arrays, manifest = load_generation(path)
    entries = arrays["pending_entries"]
    assert entries.size > 100 and (np.diff(entries) > 0).all() and manifest["progress"]["pending"] == 1200
    assert np.any(arrays["table"][entries] != arrays["pending_values"])
    own, saved = (open_run_policy(name, Communicator()) for name in (run, f"{run}@{number}"))
    assert np.allclose(own.policy.probability, saved.policy.probability)


@pytest.mark.parametrize(
    "damaged",
    [
        lambda arrays: arrays.pop("pending_entries"),
        lambda arrays: arrays.clear() or arrays.update(table=np.zeros(10)),
        lambda arrays: arrays.update(pending_entries=arrays["pending_entries"][::-1].copy()),
        lambda arrays: arrays.update(pending_values=arrays["pending_values"][1:]),
        lambda arrays: arrays.update(pending_entries=arrays["pending_entries"] + arrays["table"].size),
    ],
)
def test_a_checkpoint_whose_last_batch_cannot_be_is_refused(train, tmp_path, damaged):
    train(1, *LATE, "--iters", 6000)
    number, path = list_generations(tmp_path / "run" / "checkpoints")[-1]
    arrays, manifest = load_generation(path)
    arrays = {name: np.array(array) for name, array in arrays.items()}
    table = arrays["table"]
    damaged(arrays)
    arrays["table"] = table
    meta = {key: manifest[key] for key in ("fingerprint", "semantic", "progress")}
    save_generation(path.parent, number, arrays, meta)
    config = load_config(tmp_path / "run" / "config.yaml").model_copy(update={"logdir": str(tmp_path / "run")})
    with pytest.raises(DataError, match="last batch"):
        Run(config, Communicator(), resume=True)


@pytest.mark.parametrize("sampler", ["external", "public"])
def test_killed_stopped_and_resumed_on_other_ranks(start, train, tmp_path, sampler):
    options = (*LATE, "--sampler", sampler, "--discount-interval", 5000)
    options += ("--iters", 1_500_000) if sampler == "external" else ("--batch-size", 50, "--iters", 60_000)
    digest = train(1, *options, logdir="whole")["digest"]
    often = ("--log-interval", 0.05, "--checkpoint-interval", 0.1)
    job = start(2, "-m", "holdem_mpi.train", *options, *often, "--logdir", "run")
    wait_for(lambda: list_generations(tmp_path / "run" / "checkpoints"), job)
    os.kill(job.ranks()[1], signal.SIGKILL)
    assert job.finish(timeout=60).returncode != 0
    job = start(3, "-m", "holdem_mpi.train", "--resume", "--logdir", "run")
    metrics = tmp_path / "run" / "metrics.jsonl"
    lines = len(metrics.read_text().splitlines())
    wait_for(lambda: len(metrics.read_text().splitlines()) > lines + 1, job)
    os.kill(job.ranks()[1], signal.SIGTERM)
    done = job.finish(timeout=60)
    assert done.returncode == 75, done.stderr
    half = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert half["stopped_by"] == "signal" and half["digest"] != digest
    assert train(1, "--resume", "--iters", options[-1])["digest"] == digest


def wait_for(seen, job):
    deadline = time.monotonic() + 120
    while not seen():
        if time.monotonic() > deadline or job.process.poll() is not None:
            pytest.fail(job.finish().stderr)
        time.sleep(0.01)


def test_a_run_is_not_resumed_with_merges_of_the_other_kind(train, mpirun):
    train(1, "--game", "kuhn", "--iters", 2000)
    done = mpirun(1, "-m", "holdem_mpi.train", "--logdir", "run", "--resume", "--late-merge", "--iters", 4000)
    assert done.returncode == 64 and "late_merge: was false, now true" in done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--mode", "racing"), "--late-merge: only with mode reproducible"),
        (("--sampler", "full"), "--late-merge: is for the samplers external, outcome and public, not full"),
    ],
)
def test_what_has_no_batches_to_merge_refuses_the_option(mpirun, options, words):
    done = mpirun(1, "-m", "holdem_mpi.train", "--game", "leduc", "--late-merge", *options)
    assert done.returncode == 64 and words in done.stderr and done.stderr.count("\n") == 1
