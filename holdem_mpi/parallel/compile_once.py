"""Compile once a host: ranks that start cold would each compile the same kernels, and share a few cores at it."""

import os
import sys
from collections.abc import Callable

import numba

from holdem_mpi.errors import UserError
from holdem_mpi.parallel.communicator import Communicator


def compile_once(comm: Communicator, warm_up: Callable[[], object]) -> None:
    """Call ``warm_up`` on the first rank of each host, all hosts at once, while the others wait. Collective.

    warm_up: runs every kernel that is needed, once and on little, and meets other ranks in no collective. What it
    compiles is kept in the kernels' cache, from which the host's other ranks load it when they come to need it. Rank 0
    says so where this version of the kernels has no cache yet. A UserError of rank 0 is raised on every rank.
    """
    first = comm.split_host()[0] == 0
    if comm.rank == 0 and not os.path.isdir(numba.config.CACHE_DIR):
        print("compiling the kernels, once for this version", file=sys.stderr, flush=True)
    failed: UserError | None = None
    if first and comm.rank:
        try:
            warm_up()
        except UserError as error:  # as rank 0 says more likely than not; it is told once, below
            failed = error

    def on_root() -> None:
        if first:
            warm_up()

    comm.on_root(on_root)
    if failed:
        raise failed
    comm.host_barrier()
