"""A SLURM of four nodes on this machine, and the job scripts submitted to it as a user would."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numba

import holdem_mpi.kernels  # noqa: F401, which says where compiled kernels are kept

from .launching import child_environment

HOME = Path(__file__).parents[2]
_SCRIPTS = HOME / "tests" / "jobs"
ENDED = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "BOOT_FAIL", "DEADLINE")
# Seconds after which what a test waits for is taken never to come.
TIMEOUT = 240


def until(found: Callable[[], object], what: Callable[[], str]) -> None:
    """Wait until ``found()`` is true. AssertionError with ``what()`` where that takes too long."""
    end = time.monotonic() + TIMEOUT
    while not found():
        assert time.monotonic() < end, what()
        time.sleep(0.2)


class SlurmJob:
    """One submitted job; its log is ``NAME.out`` in the cluster's folder."""

    def __init__(self, cluster: "Cluster", number: str, log: Path) -> None:
        self.cluster, self.number, self._log = cluster, number, log

    @property
    def log(self) -> str:
        """What the job has printed so far."""
        return self._log.read_text() if self._log.exists() else ""

    def field(self, name: str) -> str:
        """A field that ``scontrol show job`` prints, such as JobState or Restarts."""
        shown = self.cluster.command("scontrol", "show", "job", "-o", self.number)
        return re.search(rf"(?:^| ){name}=(\S*)", shown)[1]

    def start_of(self, restarts: int) -> None:
        """Wait until the job script runs for the time after ``restarts`` restarts."""
        self.until(lambda: f"restart {restarts}: " in self.log)

    def until(self, found: Callable[[], object]) -> None:
        """Wait until ``found()``, with the job's log in the error."""
        until(found, lambda: f"job {self.number}, {self.field('JobState')}:\n{self.log}")

    def end(self, state: str = "COMPLETED") -> None:
        """Wait for the job's end, which must be in ``state``."""
        self.until(lambda: self.field("JobState") in ENDED)
        assert self.field("JobState") == state, self.log


class Cluster:
    """``submit`` runs ``sbatch`` in ``folder``; the jobs run in this Python's environment."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root, self.folder = root, folder
        self.environment = child_environment(
            SLURM_CONF=str(root / "slurm.conf"),
            HOLDEM_MPI_HOME=str(HOME),
            HOLDEM_MPI_VENV=sys.prefix if (Path(sys.prefix) / "bin" / "activate").exists() else "",
            NUMBA_CACHE_DIR=str(Path(numba.config.CACHE_DIR).parent),
            PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        )

    def start(self) -> None:
        """Start the daemons; AssertionError, with what they say, where that fails."""
        self._script("start_slurm.sh")

    def stop(self) -> None:
        """End all jobs and daemons."""
        self._script("stop_slurm.sh")

    def _script(self, name: str) -> None:
        done = subprocess.run(
            ["bash", str(_SCRIPTS / name), str(self.root)], stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def command(self, *words: str, **environment: str) -> str:
        """Run a command in the cluster's folder, and give what it prints."""
        done = subprocess.run(
            words,
            cwd=self.folder,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def submit(
        self, name: str, script: str, *words: object, options: str = "--ntasks=2", shell: str = ":", **environment: str
    ) -> SlurmJob:
        """``sbatch OPTIONS jobs/SCRIPT.sbatch WORDS``, in a shell that has done ``shell`` before."""
        path = str(HOME / "jobs" / f"{script}.sbatch")
        sbatch = ("sbatch", "--parsable", f"--output={name}.out", *options.split(), path, *map(str, words))
        number = self.command("bash", "-c", f'{shell}; exec "$@"', "bash", *sbatch, **environment)
        return SlurmJob(self, number.strip(), self.folder / f"{name}.out")
