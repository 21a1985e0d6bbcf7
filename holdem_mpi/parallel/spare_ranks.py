"""The ranks of a job that work, and those that rest: with more ranks than cores on a host, one rank a core works."""

import os
import signal
import sys
import time
from collections.abc import Callable

import numpy as np

from holdem_mpi.errors import UserError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.stop_flag import StopFlag
from holdem_mpi.text import counted

# Of the message that ends the rest of a rank.
_TAG_DONE = 41
# Seconds between two looks of a rank that rests: fourteen of them take a hundredth of a core.
_LOOK = 0.1


def run_on_team(comm: Communicator, work: Callable[[Communicator], int], all_work: bool = False) -> int:
    """Call ``work`` on the ranks that work, of each host one a core at most; its exit code, on every rank.

    More ranks than cores could only take turns, at what fewer do faster: the others rest until the work is done, and
    hand on a signal that reaches them. Rank 0, which always works, says so in a line. all_work: nobody rests.

    UserError of ``work`` on the ranks that work alone. Collective.
    """
    if all_work or comm.size == 1:
        return work(comm)
    team = comm.host.one_a_core()
    works, pids = np.zeros(comm.size, np.int64), np.zeros(comm.hosts, np.int64)
    works[comm.rank] = team is not None
    if comm.host.rank == 0:
        pids[comm.host.number] = os.getpid()
    comm.allreduce_sum(works)
    comm.allreduce_sum(pids)
    if team is None:
        return _rest(comm, int(pids[comm.host.number]))
    resting = np.flatnonzero(works == 0).tolist()
    if not resting:
        team.free()
        return work(comm)
    if comm.rank == 0:
        print(
            f"{counted(comm.size, 'rank')} on fewer cores: {team.size} of them work, and do what the other "
            f"{len(resting)} would do in turn (--spare-ranks work: all take turns)",
            file=sys.stderr,
            flush=True,
        )
    try:
        code = work(team)
    except UserError as error:
        _wake(comm, resting, error.exit_code)
        raise
    _wake(comm, resting, code)
    team.free()
    return code


def _wake(comm: Communicator, resting: list[int], code: int) -> None:
    for rank in resting if comm.rank == 0 else ():
        comm.send(np.array([code], np.int64), rank, _TAG_DONE)


def _rest(comm: Communicator, leader: int) -> int:
    """Sleep until rank 0 says with which code the work has ended. leader: process id of a rank of this host that works;
    a signal that comes here ends the work as one there does.
    """
    code = np.zeros(1, np.int64)
    done, told = comm.start_receive(code, 0, _TAG_DONE), False
    with StopFlag() as stop:
        while not done.is_done():
            if stop.signal_number and not told:
                os.kill(leader, signal.SIGTERM)  # not SIGINT, whose fourth ends a rank where it stands
                told = True
            time.sleep(_LOOK)
    return int(code[0])
