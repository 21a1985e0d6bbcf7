"""A command on every process that the launcher started: the communicator of them all, its signals, errors and end."""

import functools
import os
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from types import TracebackType

from holdem_mpi.errors import EXIT_OK, EXIT_REQUEUE, EXIT_SOFTWARE, UserError
from holdem_mpi.parallel.builds import check_builds
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host import free_shared_memory
from holdem_mpi.parallel.mpi_communicator import MpiCommunicator
from holdem_mpi.parallel.notices import heard, told_compiling
from holdem_mpi.parallel.startup import SIGNALS, STOPPED, launcher_says, starts

# Seconds that rank 0 has to print an error that all ranks have, before another one does and ends the job.
_PATIENCE = 1.0
# What MPICH allocates in /dev/shm for each rank, and touches in its start or when messages come.
_MPICH_BYTES = 11 << 19


def check_room_for_mpi() -> None:
    """UserError where /dev/shm has no room for what MPICH keeps there for each rank of a host: it would end in a bus
    error, in its start or later. Other libraries' launchers do not say how many ranks a host has; they are not checked.
    """
    ranks = os.environ.get("MPI_LOCALNRANKS", "")
    needed = (int(ranks) if ranks.isdecimal() else 1) * _MPICH_BYTES
    free = free_shared_memory()
    if needed > _MPICH_BYTES and free < needed:
        raise UserError(
            f"/dev/shm has {free / 2**20:.3g} MiB free, and MPICH needs some {needed / 2**20:.0f} MiB for {ranks} "
            "ranks of a host; expected more space (docker: --shm-size=1g), or fewer ranks"
        )


def world() -> Communicator:
    """The communicator of all ranks; one process where no MPI library is found.

    UserError where a launcher started N processes that do not see each other: each would train alone into the same
    folder; and as ``check_room_for_mpi``.
    """
    check_room_for_mpi()
    comm: Communicator
    try:
        with warnings.catch_warnings():
            # mpi4py warns of a foreign launcher; below that is an error, told by one rank.
            warnings.simplefilter("ignore", RuntimeWarning)
            from mpi4py import MPI
    except (ImportError, RuntimeError):
        comm = Communicator()
    else:
        comm = MpiCommunicator(MPI.COMM_WORLD) if MPI.COMM_WORLD.Get_size() > 1 else Communicator()
    expected, _ = launcher_says()
    if expected > 1 and comm.size == 1:
        raise UserError(
            f"the launcher started {expected} processes, but each sees only itself: mpi4py found "
            "another MPI library than the launcher's, or none; expected one communicator of all of them "
            "(use the mpirun of the installed MPI library, or unset the launcher's variables to run one process)"
        )
    return comm


@functools.cache
def library_world() -> Communicator:
    """The communicator of a program that uses this package as a library: all ranks under a launcher, else one process.

    MPI is not touched without a launcher, where a notebook or a script needs none; but what the program has started
    itself is used. With several ranks an error that nobody catches from now on ends all of them, since the others would
    wait for ever. UserError as in ``world``, and where the ranks run different builds. Collective at its first call.
    """
    if launcher_says()[0] == 1 and "mpi4py.MPI" not in sys.modules:
        return Communicator()
    comm = world()
    if comm.size > 1:
        check_builds(comm)
        sys.excepthook = functools.partial(_end_all, comm)
    return comm


def _end_all(comm: Communicator, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print an error that nobody has caught, and end all ranks. A UserError comes on all of them: rank 0 prints it."""
    code = EXIT_SOFTWARE
    if isinstance(error, UserError):
        code = error.exit_code
        if comm.rank:
            time.sleep(_PATIENCE)
    elif isinstance(error, KeyboardInterrupt):
        code = EXIT_REQUEUE
    print(f"rank {comm.rank}:", file=sys.stderr)
    sys.__excepthook__(kind, error, trace)
    comm.abort(code)


def _launchers_words(comm: Communicator) -> str:
    """What is said of the lines that a launcher prints after ours where ranks are ended, lest they be read instead."""
    return " (what mpirun prints below this says no more)" if comm.size > 1 else ""


def run_command(main: Callable[[Communicator], int]) -> int:
    """Run ``main`` on every rank and return its exit code; errors are printed once, and no rank is left waiting.

    Ctrl-C, SIGTERM and SIGUSR1 end the command with EXIT_REQUEUE, where ``main`` does not catch them itself.
    """
    try:
        comm = world()
    except UserError as error:
        starts()
        if launcher_says()[1] == 0:
            print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    for number in SIGNALS:  # after MPI's start, which takes SIGUSR1 for itself
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup and background jobs leave them
            signal.signal(number, signal.default_int_handler)
    try:
        check_builds(comm)
        starts()
        heard()
        with told_compiling():
            code = main(comm)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # whoever reads the output has seen enough, as in ``| head``
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    except UserError as error:
        if comm.rank == 0:
            print(f"error: {error}", file=sys.stderr, flush=True)
        return error.exit_code
    except SystemExit as done:  # --help, on every rank alike
        return int(done.code or 0)
    except KeyboardInterrupt as stop:
        if comm.rank == 0:
            print((str(stop) or STOPPED) + _launchers_words(comm), file=sys.stderr, flush=True)
        code = EXIT_REQUEUE
    except BaseException:
        rank = f"rank {comm.rank}:\n" if comm.size > 1 else ""
        print(f"{rank}{traceback.format_exc()}{_launchers_words(comm)}", file=sys.stderr, flush=True)
        code = EXIT_SOFTWARE
    if comm.size > 1:
        comm.abort(code)
    return code
