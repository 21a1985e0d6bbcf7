"""The first thing that a command imports: a signal during the imports after it ends the command with one line, and an
error there ends the job.

Imports take a second or more, in which Python would answer Ctrl-C with a traceback out of some library. ``run_command``
takes over when they are done.
"""

import os
import signal
import socket
import sys
from types import FrameType, TracebackType

from holdem_mpi.errors import EXIT_REQUEUE

STOPPED = "stopped by a signal; nothing was left to save"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
_LAUNCHER_SIZES = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "SLURM_NTASKS")
_LAUNCHER_RANKS = ("PMI_RANK", "OMPI_COMM_WORLD_RANK", "SLURM_PROCID")


def launcher_says() -> tuple[int, int]:
    """(size, rank) that the launcher put into the environment; (1, 0) where there is no launcher."""
    size = next((int(os.environ[name]) for name in _LAUNCHER_SIZES if os.environ.get(name, "").isdigit()), 1)
    rank = next((int(os.environ[name]) for name in _LAUNCHER_RANKS if os.environ.get(name, "").isdigit()), 0)
    return size, rank


def _end(number: int, frame: FrameType | None) -> None:
    if launcher_says()[1] == 0:
        os.write(2, f"{STOPPED}\n".encode())
    os._exit(EXIT_REQUEUE)


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


if is_command():
    sys.excepthook = _fail
    for _number in SIGNALS:
        if signal.getsignal(_number) is not signal.SIG_IGN:  # as nohup and background jobs leave them
            signal.signal(_number, _end)
