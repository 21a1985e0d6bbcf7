"""Commands started as a user starts them: alone, or under the mpirun that belongs to this Python."""

import contextlib
import io
import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
import warnings
from pathlib import Path
from unittest import mock

from holdem_mpi.parallel import processes
from holdem_mpi.parallel.communicator import Communicator

# Lines of ``parallel/notices.py``, which come where a machine is slow or kernels were never compiled.
_NOTICE = re.compile(
    r"^(starting|compiling kernels|building the betting tree|laying out the table|writing the policy|measuring|"
    r"counting|first batch|evaluate \w+|bench \w+|resolve|abstract|preparing) ?[^\n]*: [0-9:]+\n",
    re.MULTILINE,
)
# Seconds after which a started command is taken for hung. Compiling all kernels takes half a minute of it, once.
TIMEOUT = 240


def launcher() -> str:
    """The mpirun beside this Python, else the one on the path. FileNotFoundError without one: no test passes so."""
    beside = Path(sys.executable).parent / "mpirun"
    found = str(beside) if beside.exists() else shutil.which("mpirun")
    if found is None:
        raise FileNotFoundError("no mpirun found: the tests need an MPI library (pip install -e '.[mpich]')")
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


def all_work(ranks: int, arguments: tuple[str, ...]) -> tuple[str, ...]:
    """The arguments, with ``--spare-ranks work`` for a training on several ranks that does not say: what tests ask of
    three ranks must not be done by two, on a machine of two cores.
    """
    trains = arguments[:2] == ("-m", "holdem_mpi.train") and ranks > 1 and "--spare-ranks" not in arguments
    return (*arguments, "--spare-ranks", "work") if trains else arguments


def run_here(arguments: tuple, cwd: Path, comm: Communicator | None = None) -> subprocess.CompletedProcess:
    """``python -m holdem_mpi.NAME OPTIONS`` in this process, on one rank or on those of ``comm``: its words and code.

    A process of its own costs a second of imports, and one more to load kernels. Whatever is tested of the process
    itself (signals, kills, environment, imports) needs a Job.
    """
    dash_m, module, *options = all_work(comm.size if comm else 1, tuple(map(str, arguments)))
    assert dash_m == "-m" and "--num-workers" not in options  # that option would replace this process
    handlers = {number: signal.getsignal(number) for number in processes.SIGNALS}
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch.object(processes, "world", lambda: comm or Communicator()),
        mock.patch.object(sys, "argv", [module, *options]),
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("ignore", ".*found in sys.modules", RuntimeWarning)
        try:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
            code = 0
        except SystemExit as done:
            code = int(done.code or 0)
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
    return subprocess.CompletedProcess([module, *options], code, out.getvalue(), without_notices(err.getvalue()))


def without_notices(text: str) -> str:
    """What was said on standard error but for what a slow machine adds."""
    return _NOTICE.sub("", text)


def _heed_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Job:
    """``python ARGUMENTS`` on n ranks (1: no mpirun), in a session of its own; all of them train (``all_work``)."""

    def __init__(self, ranks: int, arguments: tuple, cwd: Path, **environment: str) -> None:
        prefix = [launcher(), "-n", str(ranks)] if ranks > 1 else []
        command = [*prefix, sys.executable, *all_work(ranks, tuple(map(str, arguments)))]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=cwd,
            env=child_environment(**environment),
            start_new_session=True,
            # Where the tests themselves run in the background of a shell, Ctrl-C is ignored, and children inherit that.
            preexec_fn=_heed_interrupts,
        )

    def ranks(self) -> list[int]:
        """Process ids of the running ranks. Linux only."""
        below, todo = [], [self.process.pid]
        while todo:
            children = _children(todo.pop())
            below += children
            todo += children
        return [pid for pid in [self.process.pid, *below] if _is_python(pid)]

    def finish(self, timeout: float = TIMEOUT) -> subprocess.CompletedProcess:
        """Wait for the end. TimeoutExpired where it does not come."""
        out, err = self.process.communicate(timeout=timeout)
        return subprocess.CompletedProcess(self.process.args, self.process.returncode, out, without_notices(err))

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
