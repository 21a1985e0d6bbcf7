"""The first thing that a command imports: a signal during the imports after it ends the command with one line, an error
there ends the job, and Numba finds a place for what it compiles.

Imports take a second or more, in which Python would answer Ctrl-C with a traceback out of some library. ``run_command``
takes over when they are done. Where many ranks import on few cores it takes far longer, and rank 0 says so.
"""

import logging
import os
import signal
import socket
import sys
import threading
import time
from types import FrameType, TracebackType

from holdem_mpi.errors import EXIT_REQUEUE
from holdem_mpi.parallel.cache_place import place_kernels

STOPPED = "stopped by a signal; nothing was left to save"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
_LAUNCHER_SIZES = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE")
_LAUNCHER_RANKS = ("PMI_RANK", "OMPI_COMM_WORLD_RANK")
# The same of a SLURM step. The batch script and the shell of an allocation have SLURM_NTASKS and SLURM_PROCID as well,
# where one process runs.
_STEP_SIZES = ("SLURM_STEP_NUM_TASKS", "SLURM_NTASKS")
_STEP_RANK = "SLURM_PROCID"
# Seconds of imports after which rank 0 of several says that it is at them, and between two such lines.
_FIRST_SECONDS, _SECONDS_A_LINE = 1.0, 7.0
_imported = threading.Event()
# SLURM's numbers for what no srun with several tasks started (batch script, interactive shell, ...) begin here.
_FIRST_SPECIAL_STEP = 0xFFFFFFF0


def launcher_says() -> tuple[int, int]:
    """(size, rank) that the launcher put into the environment; (1, 0) where there is no launcher. The innermost
    launcher counts: mpirun's variables before those of the SLURM step that it may run in.
    """
    if _in_step():
        return _number_of(*_LAUNCHER_SIZES, *_STEP_SIZES, default=1), _number_of(
            *_LAUNCHER_RANKS, _STEP_RANK, default=0
        )
    return _number_of(*_LAUNCHER_SIZES, default=1), _number_of(*_LAUNCHER_RANKS, default=0)


def _in_step() -> bool:
    """Whether srun started this process, as a task of a step."""
    step = _number_of("SLURM_STEP_ID", "SLURM_STEPID", default=_FIRST_SPECIAL_STEP)
    return step < _FIRST_SPECIAL_STEP


def _number_of(*names: str, default: int) -> int:
    """The first of these environment variables that holds a number."""
    return next((int(os.environ[name]) for name in names if os.environ.get(name, "").isdecimal()), default)


def _end(number: int, frame: FrameType | None) -> None:
    if launcher_says()[1] == 0:
        os.write(2, f"{STOPPED}\n".encode())
    os._exit(EXIT_REQUEUE)


def starts() -> None:
    """Say no more that ranks are starting: all is imported, and a command is at work."""
    _imported.set()


def _tell_starting(ranks: int) -> None:
    from holdem_mpi.text import duration

    begin, wait = time.monotonic(), _FIRST_SECONDS
    while not _imported.wait(wait):
        os.write(2, f"starting {ranks} ranks: {duration(time.monotonic() - begin)}\n".encode())
        wait = _SECONDS_A_LINE


def is_command() -> bool:
    """Whether the program that runs is a command of ours (``python -m holdem_mpi.NAME``)."""
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    return spec is not None and spec.name.startswith("holdem_mpi.")


def _fail(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print an error that came before MPI, and end the job: ranks that start wait for this one for ever, and a launcher
    ends them only where one dies of a signal.
    """
    sys.__excepthook__(kind, error, trace)
    if launcher_says()[0] > 1:
        os.write(2, f"rank {launcher_says()[1]} on {socket.gethostname()} could not start\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)


if launcher_says()[1]:  # what is to be told once, rank 0 tells
    logging.getLogger("holdem_mpi").setLevel(logging.ERROR)
place_kernels()
if is_command():
    sys.excepthook = _fail
    for _number in SIGNALS:
        if signal.getsignal(_number) is not signal.SIG_IGN:  # as nohup and background jobs leave them
            signal.signal(_number, _end)
    if launcher_says()[0] > 1 and launcher_says()[1] == 0:
        threading.Thread(target=_tell_starting, args=(launcher_says()[0],), name="starting", daemon=True).start()
