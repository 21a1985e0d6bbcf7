"""Processes that compile kernels beside this one, on the cores that it leaves idle."""

import hashlib
import importlib
import json
import os
import platform
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import llvmlite.binding
import numba

from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host import available_cores

_PROCESS = "holdem_mpi.parallel.compilers"
# What a launcher tells the processes that it starts, of which these are none.
_LAUNCHERS = ("PMI", "OMPI_", "PRTE_", "MPI_", "SLURM_", "HYDI_", "HYDRA_")
# Set where the one that starts them may be bound to a core that a launcher chose, while the host's others wait.
_ANYWHERE = "HOLDEM_MPI_ANY_CORE"


class Job(NamedTuple):
    """Something to be run for what it compiles, and which runs what another process comes to need, on little.

    name: what users are told.
    call: "module:function".
    arguments: of that function, by name; what JSON can hold.
    seconds: of a processor, that it takes where nothing was compiled before; a guess, for the time left.
    """

    name: str
    call: str
    arguments: dict[str, Any]
    seconds: float = 10.0

    def run(self) -> None:
        """Call the function with its arguments, in the process that is asked."""
        module, _, function = self.call.partition(":")
        getattr(importlib.import_module(module), function)(**self.arguments)

    @property
    def mark(self) -> Path:
        """The file that says that this was done, by this version of everything and for this kind of processor."""
        facts = [self.call, self.arguments, numba.__version__, platform.python_version()]
        facts += [llvmlite.binding.get_host_cpu_name(), numba.config.DISABLE_JIT]
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
        return Path(numba.config.CACHE_DIR) / "done" / digest[:16]

    @property
    def is_done(self) -> bool:
        """Whether what this compiles is in the cache."""
        return self.mark.exists()

    def note_done(self) -> None:
        """Keep that this was done. A cache that cannot be written keeps nothing."""
        try:
            self.mark.parent.mkdir(parents=True, exist_ok=True)
            self.mark.touch()
        except OSError:
            pass


class Compilers:
    """Processes that work jobs off. They end with the block that they are opened for, and with this process.

    failed: {a job's name: the last line of its error} of those that could not be run.
    """

    def __init__(self, jobs: Sequence[Job], processes: int, anywhere: bool = False) -> None:
        """processes: how many, at most; anywhere: whether they may leave the cores that this one is bound to."""
        self.failed: dict[str, str] = {}
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        for job in jobs:
            self._jobs.put(job)
        self._done: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._left = len(jobs)
        self._anywhere, self._ended = anywhere, False
        self._processes: list[subprocess.Popen] = []
        for _ in range(min(processes, len(jobs))):
            threading.Thread(target=self._feed, name="compiler", daemon=True).start()

    def _start(self) -> subprocess.Popen:
        package = Path(__file__).parents[2]
        environment = {name: text for name, text in os.environ.items() if not name.startswith(_LAUNCHERS)}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(package), os.environ.get("PYTHONPATH")]))
        environment |= {_ANYWHERE: "1"} if self._anywhere else {}
        process = subprocess.Popen(
            [sys.executable, "-m", _PROCESS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=package,
            env=environment,
            text=True,
        )
        self._processes.append(process)
        return process

    def __enter__(self) -> "Compilers":
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        for process in self._processes:
            process.kill()  # whatever it held is free with that, and half a file is no file
            process.wait()

    def finished(self, seconds: float | None = None) -> Iterator[Job | None]:
        """Each job once it is done, or has failed, until all are; None where none was for so many seconds."""
        while self._left:
            try:
                job = self._done.get(timeout=seconds)
            except queue.Empty:
                yield None
            else:
                self._left -= 1
                yield job

    def _feed(self) -> None:
        """Start a process and hand it one job after another; a new one where it ends."""
        process = None
        while not self._ended:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return
            try:
                process = process or self._start()
                process.stdin.write(json.dumps(job) + "\n")
                process.stdin.flush()
                answer = process.stdout.readline().strip()
            except (OSError, ValueError) as error:
                answer = str(error)
            if answer == "done":
                job.note_done()
            else:
                self.failed[job.name], process = answer or "its process ended", None
            self._done.put(job)


@contextmanager
def compiling_beside(comm: Communicator, jobs: Callable[[], list[Job]]) -> Iterator[None]:
    """Let other processes do those of the jobs that were not done yet while the block runs, on cores that are idle.

    The first rank of each host starts them. The block compiles the same: whichever comes to a kernel first compiles it,
    and what the block leaves it need not have waited for. Without a second core there is nothing but the block.
    """
    cores = max(available_cores(), comm.host.size)
    undone = [job for job in jobs() if not job.is_done] if comm.host.rank == 0 and cores > 1 else []
    if not undone or numba.config.DISABLE_JIT:
        yield
        return
    with Compilers(undone, cores - 1, anywhere=comm.host.size > 1):
        yield
    for job in undone:
        job.note_done()


def _serve() -> None:
    """Work off the jobs that come as lines; whatever they print is lost."""
    if os.environ.get(_ANYWHERE):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
    lines, answers = sys.stdin, os.fdopen(os.dup(1), "w")
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (1, 2):
        os.dup2(null, descriptor)
    for line in lines:
        job = Job(*json.loads(line))
        try:
            job.run()
            answer = "done"
        except BaseException as error:
            answer = f"{type(error).__name__}: {error}".splitlines()[0]
        print(answer, file=answers, flush=True)


if __name__ == "__main__":
    _serve()
