"""Fixtures that start commands; see helpers/launching.py."""

import json
import subprocess

import pytest
from helpers.launching import TIMEOUT, Job, run_here


@pytest.fixture
def start(tmp_path):
    """``start(n, *arguments, **environment)``: a Job in the test's folder."""
    jobs: list[Job] = []

    def start(ranks: int, *arguments, **environment: str) -> Job:
        jobs.append(Job(ranks, arguments, tmp_path, **environment))
        return jobs[-1]

    yield start
    for job in jobs:
        job.kill()


@pytest.fixture
def mpirun(start, tmp_path):
    """``mpirun(n, *arguments, **environment)``: ``python ARGUMENTS`` on n ranks, waited for; a CompletedProcess.

    One rank of a command is this process, where neither the environment nor ``--num-workers`` asks for another.
    """

    def mpirun(ranks: int, *arguments, timeout: float = TIMEOUT, **environment: str) -> subprocess.CompletedProcess:
        if ranks == 1 and arguments[0] == "-m" and not environment and "--num-workers" not in arguments:
            return run_here(arguments, tmp_path)
        return start(ranks, *arguments, **environment).finish(timeout)

    return mpirun


@pytest.fixture
def train(mpirun, tmp_path):
    """``train(n, *options, code=0)``: a run in ``logdir`` (default: run) that must end with ``code``; its summary."""

    def train(ranks: int, *options, logdir: str = "run", code: int = 0, **environment: str) -> dict:
        done = mpirun(ranks, "-m", "holdem_mpi.train", "--logdir", logdir, *options, **environment)
        assert done.returncode == code, done.stderr
        return json.loads((tmp_path / logdir / "summary.json").read_text())

    return train
