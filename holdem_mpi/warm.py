"""Compile all kernels ahead, on all cores: ``python -m holdem_mpi.warm``; on a cluster once a node, by mpirun."""

import sys

import holdem_mpi.parallel.startup  # noqa: F401, before all that takes long
from holdem_mpi.cli import Parser
from holdem_mpi.errors import EXIT_OK, UserError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.processes import run_command


def parser() -> Parser:
    """The command's options."""
    parser = Parser(prog="python -m holdem_mpi.warm", description=__doc__)
    text = "a command: compile what it needs only (default: what all of them need)"
    parser.add_argument("commands", nargs="*", metavar="COMMAND", help=text)
    parser.add_argument("--for", dest="listed", metavar="LIST", help="the same as a list, such as train,resolve")
    parser.add_argument("--processes", type=int, metavar="N", help="processes that compile (default: one a core)")
    return parser


def main(comm: Communicator) -> int:
    """Parse, then compile on the first rank of each host, while the others wait."""
    given = parser().parse_args()
    if given.processes is not None and given.processes < 1:
        raise UserError(f"--processes {given.processes}: expected at least 1")
    from holdem_mpi.performance.compile_ahead import compile_ahead

    listed = [name.strip() for name in (given.listed or "").split(",") if name.strip()]
    compile_ahead(comm, [*given.commands, *listed], given.processes)
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(run_command(main))
