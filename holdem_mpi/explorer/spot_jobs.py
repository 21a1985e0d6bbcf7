"""Jobs that solve spots: how many at once, on how many cores, how much memory and time; they end with the server."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from starlette.concurrency import run_in_threadpool

from holdem_mpi.errors import UserError
from holdem_mpi.explorer.endpoint import Pause
from holdem_mpi.explorer.job_limits import JobLimits
from holdem_mpi.explorer.spot_store import LOG, PROGRESS, STATE, SpotStore
from holdem_mpi.parallel.host import available_cores, available_memory
from holdem_mpi.parallel.launch import mpirun, mpirun_settings
from holdem_mpi.subgame.spot import Spot
from holdem_mpi.subgame.spot_plan import on_ranks, plan_of
from holdem_mpi.text import gibibytes

# Seconds that a job has to end by itself, the share of the free memory that one may take, seconds between two looks.
_GRACE, _MEMORY_SHARE, _LOOK_SECONDS = 20.0, 0.8, 0.4
_LAUNCHERS = ("PMI", "OMPI_", "PRTE_", "SLURM_", "MPI_LOCAL")
_THREADS = {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class JobPlan(NamedTuple):
    """What a job would take, about. ranks: processes. memory: bytes of all of them. seconds: least and most."""

    ranks: int
    memory: int
    seconds: tuple[float, float]


def job_plan(spot: Spot, ranks: int) -> JobPlan:
    """The plan of a job of at most so many ranks; a spot without cards to come takes one."""
    if len(spot.board) == 5:
        ranks = 1
    plan = plan_of(spot)
    fullest, each = on_ranks(spot, ranks)
    memory = ranks * fullest if ranks > 1 else plan.memory
    low, high = (plan.build_seconds + count * each for count in plan.iterations)
    return JobPlan(ranks, memory, (low, high))


class SpotJobs:
    """The jobs of a server.

    store: where their spots are kept.
    """

    def __init__(self, store: SpotStore, limits: JobLimits) -> None:
        self.store, self.limits = store, limits
        self._running: dict[str, subprocess.Popen] = {}
        self._lock = threading.Lock()

    def memory_limit(self) -> int:
        """Bytes that a job may take now."""
        free = int(_MEMORY_SHARE * available_memory())
        return free if self.limits.memory is None else min(free, self.limits.memory)

    def most_ranks(self) -> int:
        """Processes that a job may have: cores that are there, or one where no mpirun is."""
        most = self.limits.ranks or available_cores()
        return most if mpirun() else 1

    def start(self, spot: Spot, keys: dict[str, Any], ranks: int = 1, begin: Path | None = None) -> str:
        """Solve a spot; the job's name. keys: those of its file. begin: folder of the solution to go on from, of the
        same spot with other locks or stops. UserError where a limit forbids it.
        """
        words = self._words(spot, ranks)
        with self._lock:
            self._refuse_too_many()
            name = self.store.new(keys)
            self._launch(name, words, begin)
        return name

    def go_on(self, name: str, spot: Spot, keys: dict[str, Any], ranks: int = 1) -> None:
        """Solve on from where a job has stopped; keys: its own with other stops. UserError where it runs still, or a
        limit forbids it.
        """
        words = self._words(spot, ranks)
        with self._lock:
            if name in self.running():
                raise UserError(f"{name} is being solved; expected it to end or to be stopped first")
            self._refuse_too_many()
            self.store.change(name, keys)
            self._launch(name, words, None)

    def _words(self, spot: Spot, ranks: int) -> list[str]:
        """The start of a job's command line. UserError where it takes more than it may."""
        if ranks > self.most_ranks():
            raise UserError(f"{ranks} cores: a job may take {self.most_ranks()} here")
        plan = job_plan(spot, ranks)
        if plan.memory > self.memory_limit():
            need, limit = gibibytes(plan.memory), gibibytes(self.memory_limit())
            fewer = "fewer sizes, hands or cores" if plan.ranks > 1 else "fewer sizes or hands"
            raise UserError(f"the spot needs {need} of memory, a job may take {limit}; expected {fewer}")
        launcher = mpirun()
        return [launcher, "-n", str(plan.ranks)] if launcher and plan.ranks > 1 else []

    def _refuse_too_many(self) -> None:
        running = self.running()
        if len(running) >= self.limits.jobs:
            raise UserError(f"{', '.join(running)} is being solved; expected it to end or to be stopped first")

    def _launch(self, name: str, words: list[str], begin: Path | None) -> None:
        folder = self.store.folder(name)
        command = [*words, sys.executable, "-m", "holdem_mpi.explorer.solve_job", str(folder), str(self.limits.seconds)]
        with open(folder / LOG, "wb") as log:
            self._running[name] = subprocess.Popen(
                [*command, str(begin)] if begin else command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=job_environment(),
                start_new_session=True,
            )

    def running(self) -> list[str]:
        """Names of those that have not ended."""
        return [name for name, process in self._running.items() if process.poll() is None]

    def stop(self, name: str) -> None:
        """Let a job end with what it has. NotFoundError where there is none of that name."""
        self.store.folder(name)
        process = self._running.get(name)
        if process is not None and process.poll() is None:
            _end_of_input(process.stdin)

    def close(self) -> None:
        """End all of them, each with what it has, by force where one does not."""
        with self._lock:
            ending = [process for process in self._running.values() if process.poll() is None]
            for process in ending:
                _end_of_input(process.stdin)
            end = time.monotonic() + _GRACE
            for process in ending:
                try:
                    process.wait(max(0.1, end - time.monotonic()))
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)  # a session of its own: its ranks as well
                    process.wait()

    def view(self, name: str) -> dict[str, Any]:
        """How a job goes: its checks, whether it runs, and how it ended."""
        checks = self.store.progress(name)
        runs = name in self.running()
        state = {} if runs else self.store.state(name)
        error = state.get("error") or (None if runs or state else self.store.last_error(name))
        word = "runs" if runs else "failed" if error else "ended" if state else "broke off"
        return {
            "name": name,
            "state": word,
            "stopped_by": state.get("stopped_by"),
            "error": error,
            "checks": _thinned(checks),
            "responses": not runs and bool(self.store.exploit(name)),
            "kept": _stamp(self.store.folder(name) / "solution" / "manifest.json"),
        }

    def stamp(self, name: str) -> tuple[Any, ...]:
        """What changes when there is something new to say of a job."""
        folder = self.store.folder(name)
        return (name in self.running(), _stamp(folder / PROGRESS), _stamp(folder / STATE))


async def job_events(jobs: SpotJobs, name: str, pause: Pause) -> AsyncIterator[str]:
    """Server-sent events: the view of a job whenever it has something new to say, until it ends.

    pause: waits so many seconds, and says whether to go on.
    """
    before: tuple[Any, ...] | None = None
    while await pause(_LOOK_SECONDS if before else 0.0):
        now = await run_in_threadpool(jobs.stamp, name)
        if now == before:
            continue
        before = now
        told = await run_in_threadpool(jobs.view, name)
        yield f"data: {json.dumps(told)}\n\n"
        if told["state"] != "runs":
            return


def job_environment() -> dict[str, str]:
    """Of a job: one launcher's, whatever started the server."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(_LAUNCHERS)}
    return mpirun_settings() | own | _THREADS


def _end_of_input(stream: IO[bytes] | None) -> None:
    if stream is not None and not stream.closed:
        stream.close()


def _thinned(checks: list[dict[str, Any]], most: int = 300) -> list[dict[str, Any]]:
    step = max(1, -(-len(checks) // most))
    return checks[::-1][::step][::-1]


def _stamp(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None
