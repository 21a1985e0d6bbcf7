"""From one process to N ranks: a command starts itself again under the mpirun that goes with the installed MPI."""

import os
import shutil
import sys
from pathlib import Path

from holdem_mpi.errors import EXIT_USAGE, UserError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.startup import launcher_says

_OPTION = "--num-workers"
# More ranks than so many a core are hardly meant.
_RANKS_A_CORE = 2
# What Open MPI's mpirun wants where ranks outnumber cores, and where it runs as root, as in containers. UCX, a part of
# it, prints errors at each start and end that are none; its windows are not used, all of ours being shared memory.
_OPEN_MPI = {
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    "UCX_LOG_LEVEL": "fatal",
    "OMPI_MCA_osc": "^ucx",
}
_AS_ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


def relaunch(module: str, arguments: list[str]) -> None:
    """Where ``--num-workers N`` asks for other than one rank and no launcher is at work, replace this process by
    ``mpirun -n N python -m module arguments``; 0 stands for all cores. Must come before MPI starts.

    Otherwise returns; a number that is none is left to the command's own parser.
    """
    number = _number(arguments)
    if number is None or launcher_says()[0] > 1:
        return
    count = number or len(os.sched_getaffinity(0))
    if count == 1:
        return
    cores = len(os.sched_getaffinity(0)) * _nodes()
    if count > _RANKS_A_CORE * cores:
        print(
            f"note: {_OPTION} {count}: there are {cores} cores, and ranks beyond them slow each other down; "
            f"{_OPTION} 0 starts as many as there are cores",
            file=sys.stderr,
            flush=True,
        )
    launcher = mpirun()
    if launcher is None:
        print(
            f"error: {_OPTION} {number}: no mpirun found; expected an MPI library "
            "(pip install 'holdem_mpi[mpich]', or the cluster's own)",
            file=sys.stderr,
        )
        sys.exit(EXIT_USAGE)
    for name, value in mpirun_settings().items():
        os.environ.setdefault(name, value)
    sys.stdout.flush()
    os.execv(launcher, [launcher, "-n", str(count), sys.executable, "-m", module, *arguments])


def mpirun() -> str | None:
    """The mpirun beside this Python, else the first one on the path; None without one."""
    beside = Path(sys.executable).parent / "mpirun"
    return str(beside) if beside.exists() else shutil.which("mpirun")


def mpirun_settings() -> dict[str, str]:
    """What its environment should have beside what is there already."""
    return _OPEN_MPI | (_AS_ROOT if os.geteuid() == 0 else {})


def check_workers(comm: Communicator, number: int | None) -> None:
    """UserError where ``--num-workers`` contradicts the ranks that a launcher has started."""
    if number is not None and number < 0:
        raise UserError(f"{_OPTION} {number}: expected a number of ranks, or 0 for as many as cores")
    if number and comm.size > 1 and number != comm.size:
        raise UserError(
            f"{_OPTION} {number}: the launcher started {comm.size} ranks; expected {comm.size}, or no option"
        )


def _nodes() -> int:
    """Nodes of the SLURM allocation that mpirun would spread ranks over; 1 without one."""
    text = os.environ.get("SLURM_JOB_NUM_NODES", "")
    return max(1, int(text)) if text.isdecimal() else 1


def _number(arguments: list[str]) -> int | None:
    for index, argument in enumerate(arguments):
        if argument == _OPTION and index + 1 < len(arguments):
            text = arguments[index + 1]
        elif argument.startswith(_OPTION + "="):
            text = argument.partition("=")[2]
        else:
            continue
        return int(text) if text.isdecimal() and text.isascii() else None
    return None
