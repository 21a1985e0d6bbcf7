"""Measure this machine: ``mpirun -n 16 python -m holdem_mpi.bench scaling --game limit_holdem --out scaling``."""

import sys

import holdem_mpi.starting  # noqa: F401, before all that takes long
from holdem_mpi.drivers.bench_verbs import BENCHMARKS
from holdem_mpi.drivers.verbs import run_verb
from holdem_mpi.errors import EXIT_OK
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.processes import run_command


def main(comm: Communicator) -> int:
    """Parse, measure, print."""
    run_verb("python -m holdem_mpi.bench", __doc__, BENCHMARKS, comm)
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(run_command(main))
