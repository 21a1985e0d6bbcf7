"""Know how good a policy is, and look at it: ``python -m holdem_mpi.evaluate exploitability --policy DIR``."""

import sys

import holdem_mpi.starting  # noqa: F401, before all that takes long
from holdem_mpi.drivers.options import Parser
from holdem_mpi.drivers.verbs import VERBS
from holdem_mpi.errors import EXIT_OK
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.processes import run_command


def parser() -> Parser:
    """The command's verbs and options."""
    parser = Parser(prog="python -m holdem_mpi.evaluate", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, verb in VERBS.items():
        verb.add_options(verbs.add_parser(name, help=verb.help))
    return parser


def main(comm: Communicator) -> int:
    """Parse, evaluate, print."""
    arguments = parser().parse_args()
    VERBS[arguments.verb].run(arguments, comm)
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(run_command(main))
