"""Measure this machine: ``mpirun -n 16 python -m holdem_mpi.bench scaling --game limit_holdem --out scaling``."""

import sys

import holdem_mpi.starting  # noqa: F401, before all that takes long
from holdem_mpi.drivers.bench_verbs import BENCHMARKS
from holdem_mpi.drivers.options import Parser
from holdem_mpi.errors import EXIT_OK
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.processes import run_command


def parser() -> Parser:
    """The command's verbs and options."""
    parser = Parser(prog="python -m holdem_mpi.bench", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, benchmark in BENCHMARKS.items():
        benchmark.add_options(verbs.add_parser(name, help=benchmark.help))
    return parser


def main(comm: Communicator) -> int:
    """Parse, measure, print."""
    arguments = parser().parse_args()
    BENCHMARKS[arguments.verb].run(arguments, comm)
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(run_command(main))
