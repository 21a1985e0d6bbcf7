"""Whole runs under mpirun: one digest on any number of ranks, through stops, kills and resumes."""

import json
import os
import signal
import time
from pathlib import Path

import pytest
from helpers.launching import Job, run_here

from benchmarks.checks.kills import Killing, Scenario

LEDUC = ("--game", "leduc", "--lanes", 6, "--seed", 5, "--iters", 1_500_000)
OFTEN = ("--log-interval", 0.05, "--checkpoint-interval", 0.1)


@pytest.fixture(scope="module")
def whole_digest(tmp_path_factory):
    """Digest of the Leduc run on one process, never interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    done = run_here(("-m", "holdem_mpi.train", *LEDUC, "--logdir", "run"), folder)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "run" / "summary.json").read_text())["digest"]


def wait_for_metrics(folder: Path, job: Job) -> None:
    """Wait until the run has trained for a while."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and job.process.poll() is None:
        if (folder / "metrics.jsonl").exists() and (folder / "metrics.jsonl").read_bytes().count(b"\n") > 2:
            return
        time.sleep(0.01)
    pytest.fail(f"no metrics: {job.finish().stderr}")


@pytest.mark.parametrize("ranks", [2, 3, 6])
def test_one_digest_on_any_number_of_ranks(train, ranks, whole_digest):
    summary = train(ranks, *LEDUC)
    assert summary["digest"] == whole_digest and summary["ranks"] == ranks and summary["lanes"] == 6


def test_one_digest_in_holdem(train, mpirun, tmp_path):
    assert mpirun(2, "-m", "holdem_mpi.abstract", "--buckets", "169,20", "--out", "tables").returncode == 0
    options = (
        "--game",
        "flop_holdem",
        "--buckets",
        "169,20",
        "--bucket-dir",
        "tables",
        "--lanes",
        6,
        "--iters",
        24_000,
    )
    summaries = [train(ranks, *options, "--iters", 24_000, logdir=f"run{ranks}") for ranks in (1, 2, 3, 6)]
    assert len({summary["digest"] for summary in summaries}) == 1
    assert len({summary["bucket_digest"] for summary in summaries}) == 1
    vector = (*options, "--batch-size", 1)
    for ending in (("--sampler", "public", "--iters", 12), ("--sampler", "full", "--iters", 1)):
        digests = {train(ranks, *vector, *ending, logdir=f"{ending[1]}{ranks}")["digest"] for ranks in (1, 2, 3)}
        assert len(digests) == 1


@pytest.mark.parametrize("sampler", ["public", "full"])
def test_vector_form_killed_and_resumed(start, train, tmp_path, sampler):
    options = ("--game", "leduc", "--sampler", sampler, "--algorithm", "cfr+", "--lanes", 6, "--batch-size", 50)
    options += ("--iters", 60_000 if sampler == "public" else 2000)
    digest = train(1, *options, logdir="whole")["digest"]
    job = start(2, "-m", "holdem_mpi.train", *options, *OFTEN, "--logdir", "run")
    wait_for_metrics(tmp_path / "run", job)
    os.kill(job.ranks()[1], signal.SIGKILL)
    assert job.finish(timeout=60).returncode != 0
    assert train(3, "--resume", "--iters", options[-1])["digest"] == digest


@pytest.mark.parametrize("target", ["mpirun", "one rank"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1, signal.SIGINT])
def test_stopped_and_resumed_on_other_ranks(start, train, tmp_path, whole_digest, target, number):
    job = start(3, "-m", "holdem_mpi.train", *LEDUC, *OFTEN, "--logdir", "run")
    wait_for_metrics(tmp_path / "run", job)
    os.kill(job.process.pid if target == "mpirun" else job.ranks()[1], number)
    done = job.finish(timeout=60)
    assert done.returncode == 75, done.stderr
    half = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert half["stopped_by"] == "signal" and half["iterations"] < 1_500_000 and half["digest"] != whole_digest
    summary = train(2, "--resume")
    assert summary["digest"] == whole_digest and summary["iterations"] == 1_500_000 and summary["ranks"] == 2
    iterations = [json.loads(line)["iterations"] for line in (tmp_path / "run" / "metrics.jsonl").open()]
    assert iterations == sorted(set(iterations)) and iterations[-1] == 1_500_000


def test_ranks_that_outnumber_the_cores_rest(start, train, tmp_path, whole_digest):
    """With one core for three ranks one of them trains; a signal to another one ends the run, which can go on."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        job = start(3, "-m", "holdem_mpi.train", *LEDUC, *OFTEN, "--logdir", "run", "--spare-ranks", "rest")
    finally:
        os.sched_setaffinity(0, cores)
    wait_for_metrics(tmp_path / "run", job)
    at_work = int((tmp_path / "run" / "run.lock").read_text().split()[1].strip(","))
    os.kill(next(pid for pid in job.ranks() if pid != at_work), signal.SIGTERM)
    done = job.finish(timeout=60)
    assert done.returncode == 75 and "3 ranks on fewer cores: 1 of them work" in done.stderr, done.stderr
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["ranks"] == 1
    assert train(1, "--resume")["digest"] == whole_digest


def test_resume_on_three_ranks_multiplies_nothing(train, tmp_path):
    options = ("--game", "kuhn", "--lanes", 3, "--seed", 1)
    train(1, *options, "--iters", 6000)
    first = train(1, "--resume", "--iters", 12000)
    train(1, *options, "--iters", 6000, logdir="other")
    assert train(3, "--resume", "--iters", 12000, logdir="other")["digest"] == first["digest"]
    # Nothing left to do: the table is loaded, shared and saved again as it was.
    again = train(3, "--resume", "--iters", 12000, logdir="other")
    assert again["digest"] == first["digest"] and again["iterations"] == 12000


def test_killed_ranks_cost_nothing(tmp_path, whole_digest):
    scenario = Scenario((*LEDUC, *OFTEN), 3.0, ())
    killing = Killing(tmp_path, time.time_ns(), scenario)
    assert killing.killed(0, ("start", "training", "save", "end")) == whole_digest
    assert killing.counts["start"] == killing.counts["training"] == killing.counts["save"] == 1
    assert killing.slowest_end < 60


def test_time_budget_ends_a_run_that_can_go_on(train, whole_digest):
    summary = train(2, *LEDUC, "--time-budget", 0.3)
    assert summary["stopped_by"] == "time budget" and 0.3 <= summary["seconds"] < 5
    assert summary["iterations"] < 1_500_000
    assert train(1, "--resume", "--time-budget", 100)["digest"] == whole_digest


def test_num_workers(mpirun, tmp_path):
    cores = len(os.sched_getaffinity(0))
    for number, ranks in ((1, 1), (2, 2), (0, cores)):
        done = mpirun(
            1, "-m", "holdem_mpi.train", "--game", "kuhn", "--iters", 2000, "--num-workers", number, "--logdir", number
        )
        assert done.returncode == 0, done.stderr
        assert json.loads((tmp_path / str(number) / "summary.json").read_text())["ranks"] == ranks
