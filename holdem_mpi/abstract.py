"""Build a card abstraction: ``python -m holdem_mpi.abstract --buckets 169,50,50,50 [--out DIR]``."""

import sys

import holdem_mpi.starting  # noqa: F401, before all that takes long
from holdem_mpi.abstraction.features import CARDS_OF_STREET
from holdem_mpi.config_schema import LOSSLESS_BUCKETS
from holdem_mpi.drivers.builder import ensure_abstraction, open_tables
from holdem_mpi.drivers.options import Parser
from holdem_mpi.errors import EXIT_OK, ConfigError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.processes import run_command

DEFAULT_BUCKETS = "169,50,50,50"


def _parser() -> Parser:
    parser = Parser(prog="python -m holdem_mpi.abstract", description=__doc__)
    parser.add_argument(
        "--buckets",
        default=DEFAULT_BUCKETS,
        metavar="169,F,T,R",
        help="buckets of each street, 169 first; fewer than four for a game that ends earlier (default %(default)s)",
    )
    parser.add_argument("--out", metavar="DIR", help="folder of the tables (default: the user's cache folder)")
    parser.add_argument("--verify", action="store_true", help="check the SHA-256 of every table")
    return parser


def parse_buckets(text: str) -> tuple[int, ...]:
    """The numbers of ``169,50,50,50``. ConfigError where they are none."""
    try:
        cards = (0, *CARDS_OF_STREET[1:], *(0 for _ in text.split(",")))
        words = zip(text.split(","), cards)
        return tuple(LOSSLESS_BUCKETS[seen] if word == "lossless" else int(word) for word, seen in words)
    except (KeyError, ValueError):
        raise ConfigError(f"--buckets {text}: expected numbers between commas, such as {DEFAULT_BUCKETS}") from None


def main(comm: Communicator, arguments: list[str]) -> int:
    """Parse, build on all ranks, print the digest and the files on rank 0."""
    options = _parser().parse_args(arguments)
    buckets = parse_buckets(options.buckets)
    abstraction = ensure_abstraction(comm, buckets, len(buckets) - 1, options.out)
    if options.verify:
        comm.on_root(lambda: len(open_tables(abstraction, verify=True)))
    if comm.rank == 0:
        print(f"digest {abstraction.digest}")
        for path in abstraction.paths:
            print(path)
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(run_command(lambda comm: main(comm, sys.argv[1:])))
