"""Communicators over all ranks, over this rank alone, and over a part of them."""

import pytest
from mpi4py import MPI

from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.mpi_communicator import MpiCommunicator
from holdem_mpi.parallel.processes import world


@pytest.fixture(params=["world", "self", "split"])
def comm(request):
    """The same calls must hold over every communicator; ``split`` is one of the even and one of the odd ranks."""
    own = {
        "world": MPI.COMM_WORLD.Dup,
        "self": MPI.COMM_SELF.Dup,
        "split": lambda: MPI.COMM_WORLD.Split(MPI.COMM_WORLD.Get_rank() % 2),
    }[request.param]()
    made = MpiCommunicator(own)
    yield made
    made.free()  # with what it has of its host: MPI has room for some two thousand communicators


@pytest.fixture
def everyone():
    """All ranks."""
    comm = world()
    assert comm.size == MPI.COMM_WORLD.Get_size() > 1, "run under mpirun -n 2 or more"
    return comm


@pytest.fixture(params=[None, 1, 2])
def cluster(request):
    """All ranks, on this host, on hosts of one, and on hosts of two (the last one of one, where ranks are odd)."""
    made = MpiCommunicator(MPI.COMM_WORLD.Dup(), request.param)
    yield made
    made.free()


@pytest.fixture
def alone():
    """One process, as without mpirun."""
    return Communicator()
