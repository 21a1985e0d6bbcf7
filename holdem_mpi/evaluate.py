"""Know how good a policy is, and look at it: ``python -m holdem_mpi.evaluate exploitability --policy DIR``."""

import sys

import holdem_mpi.starting  # noqa: F401, before all that takes long
from holdem_mpi.drivers.verbs import VERBS, run_verb
from holdem_mpi.errors import EXIT_OK
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.processes import run_command


def main(comm: Communicator) -> int:
    """Parse, evaluate, print."""
    run_verb("python -m holdem_mpi.evaluate", __doc__, VERBS, comm)
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(run_command(main))
