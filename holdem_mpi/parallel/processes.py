"""A command on every process that the launcher started: the communicator of them all, its signals, errors and end."""

import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable

from holdem_mpi.errors import EXIT_OK, EXIT_REQUEUE, EXIT_SOFTWARE, UserError
from holdem_mpi.parallel.builds import check_builds
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.mpi_communicator import MpiCommunicator
from holdem_mpi.parallel.startup import SIGNALS, STOPPED, launcher_says


def world() -> Communicator:
    """The communicator of all ranks; one process where no MPI library is found.

    UserError where a launcher started N processes that do not see each other: each would train alone into the same
    folder.
    """
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


def run_command(main: Callable[[Communicator], int]) -> int:
    """Run ``main`` on every rank and return its exit code; errors are printed once, and no rank is left waiting.

    Ctrl-C, SIGTERM and SIGUSR1 end the command with EXIT_REQUEUE, where ``main`` does not catch them itself.
    """
    try:
        comm = world()
    except UserError as error:
        if launcher_says()[1] == 0:
            print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    for number in SIGNALS:  # after MPI's start, which takes SIGUSR1 for itself
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup and background jobs leave them
            signal.signal(number, signal.default_int_handler)
    try:
        check_builds(comm)
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
            print(str(stop) or STOPPED, file=sys.stderr, flush=True)
        code = EXIT_REQUEUE
    except BaseException:
        rank = f"rank {comm.rank}:\n" if comm.size > 1 else ""
        print(rank + traceback.format_exc(), file=sys.stderr, flush=True)
        code = EXIT_SOFTWARE
    if comm.size > 1:
        comm.abort(code)
    return code
