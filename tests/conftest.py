"""Starting commands as a user does: alone, or under the mpirun that belongs to this Python."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

# Seconds after which a started command is taken for hung.
TIMEOUT = 120


def launcher() -> str:
    """The mpirun beside this Python, else the one on the path. A test that needs it fails without."""
    beside = Path(sys.executable).parent / "mpirun"
    found = str(beside) if beside.exists() else shutil.which("mpirun")
    if found is None:
        pytest.fail("no mpirun found: the tests need an MPI library (pip install '.[mpich]')")
    return found


def child_environment(**more: str) -> dict[str, str]:
    """What children see: one thread a rank, and what Open MPI wants where it runs as root on few cores."""
    settings = {
        "NUMBA_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    }
    return {**os.environ, **settings, **more}


class Job:
    """``python ARGUMENTS`` on n ranks (1: no mpirun) in a session of its own; killed whole when the test ends."""

    def __init__(self, ranks: int, arguments: tuple, cwd: Path, **environment: str) -> None:
        prefix = [launcher(), "-n", str(ranks)] if ranks > 1 else []
        command = [*prefix, sys.executable, *map(str, arguments)]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=cwd,
            env=child_environment(**environment),
            start_new_session=True,
        )

    def ranks(self) -> list[int]:
        """Process ids of the running ranks."""
        if not Path("/proc").is_dir():
            pytest.fail("no /proc: these tests need Linux")
        below, todo = [], [self.process.pid]
        while todo:
            children = _children(todo.pop())
            below += children
            todo += children
        return [pid for pid in [self.process.pid, *below] if _is_python(pid)]

    def finish(self, timeout: float = TIMEOUT) -> subprocess.CompletedProcess:
        """Wait for the end. TimeoutExpired where it does not come."""
        out, err = self.process.communicate(timeout=timeout)
        return subprocess.CompletedProcess(self.process.args, self.process.returncode, out, err)

    def kill(self) -> None:
        """End whatever is left of it."""
        if self.process.poll() is None:
            for pid in [*self.ranks(), self.process.pid]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
        self.process.communicate()


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _is_python(pid: int) -> bool:
    try:
        return "python" in os.path.basename(os.readlink(f"/proc/{pid}/exe"))
    except OSError:
        return False


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
def mpirun(start):
    """``mpirun(n, *arguments, **environment)``: ``python ARGUMENTS`` on n ranks, waited for; a CompletedProcess."""

    def mpirun(ranks: int, *arguments, timeout: float = TIMEOUT, **environment: str) -> subprocess.CompletedProcess:
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
