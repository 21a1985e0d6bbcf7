"""Build a card abstraction, and look into it: ``python -m holdem_mpi.abstract --recipe pluribus --out DIR``."""

import argparse
import shlex
import sys
from typing import TYPE_CHECKING

import holdem_mpi.parallel.startup  # noqa: F401, before all that takes long
from holdem_mpi.cli import Parser
from holdem_mpi.errors import EXIT_OK
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.notices import Notice
from holdem_mpi.parallel.processes import run_command
from holdem_mpi.text import named

if TYPE_CHECKING:
    from holdem_mpi.abstraction.request import AbstractionRequest

DEFAULT_BUCKETS = "169,50,50,50"
PROGRAM = "python -m holdem_mpi.abstract"


def _add_source(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--buckets",
        type=named,
        metavar="169,F,T,R",
        help="buckets of each street by percentile, 169 first; fewer than four for a game that ends earlier; or the "
        f"folder of an abstraction (default {DEFAULT_BUCKETS})",
    )
    source.add_argument(
        "--recipe", type=named, metavar="NAME", help="a shipped recipe (configs/recipes), or a YAML file"
    )


def _parser() -> Parser:
    parser = Parser(prog=PROGRAM, description=f"{__doc__} Verbs: show, plot.")
    _add_source(parser)
    parser.add_argument(
        "--out", type=named, metavar="DIR", help="folder of the tables (default: the user's cache folder)"
    )
    parser.add_argument("--verify", action="store_true", help="check the SHA-256 of every table")
    parser.add_argument("--plan", action="store_true", help="build nothing: print time, memory and disk")
    return parser


def _inspection_parser(subcommand: str) -> Parser:
    text = {
        "show": "Name a hand's bucket, its size, its mean equity and its neighbours.",
        "plot": "Draw sizes and mean equities of the buckets of each street (needs matplotlib).",
    }
    parser = Parser(prog=f"{PROGRAM} {subcommand}", description=text[subcommand])
    _add_source(parser)
    parser.add_argument(
        "--bucket-dir", type=named, metavar="DIR", help="folder of the tables (default: the user's cache folder)"
    )
    if subcommand == "show":
        parser.add_argument("--hand", required=True, metavar="CARDS", help="two cards, such as AhKh")
        parser.add_argument("--board", default="", metavar="CARDS", help="3 to 5 cards; none before the flop")
    else:
        parser.add_argument("--plot", required=True, metavar="FILE", help="a .png, .svg or .pdf file")
    return parser


def _request(options: argparse.Namespace, comm: Communicator) -> "AbstractionRequest":
    from holdem_mpi.abstraction.request import request_of

    return request_of(comm, options.buckets or DEFAULT_BUCKETS, options.recipe)


def _build_command(options: argparse.Namespace) -> str:
    """What builds the tables that ``show`` and ``plot`` look for."""
    source = ["--recipe", options.recipe] if options.recipe else ["--buckets", options.buckets or DEFAULT_BUCKETS]
    return f"{PROGRAM} {shlex.join(source + (['--out', options.bucket_dir] if options.bucket_dir else []))}"


def _build(comm: Communicator, arguments: list[str]) -> None:
    options = _parser().parse_args(arguments)
    request = _request(options, comm)
    if options.plan:
        from holdem_mpi.abstraction.build_plan import show_build_plan

        show_build_plan(comm, request, options.out)
        return
    from holdem_mpi.abstraction.build_abstraction import open_tables, write_index
    from holdem_mpi.abstraction.request import ensure_requested

    abstraction = ensure_requested(comm, request, options.out)
    if options.verify:
        comm.on_root(lambda: len(open_tables(abstraction, verify=True)))
    if options.out is not None:
        comm.on_root(lambda: write_index(abstraction, options.out))
    if comm.rank == 0:
        print(f"digest {abstraction.digest}")
        for path in abstraction.paths:
            print(path)


def main(comm: Communicator, arguments: list[str]) -> int:
    """Parse, then build on all ranks and print the digest and the files on rank 0, or look into what is built."""
    with Notice("abstract", if_quiet=True):
        _run(comm, arguments)
    return EXIT_OK


def _run(comm: Communicator, arguments: list[str]) -> None:
    if arguments[:1] not in (["show"], ["plot"]):
        _build(comm, arguments)
        return
    subcommand = arguments[0]
    options = _inspection_parser(subcommand).parse_args(arguments[1:])
    from holdem_mpi.abstraction.inspect_buckets import BucketInspection, plot_buckets, show_hand

    inspection = BucketInspection(_request(options, comm), options.bucket_dir, _build_command(options))
    if subcommand == "show":
        show_hand(comm, inspection, options.hand, options.board)
    else:
        plot_buckets(comm, inspection, options.plot)


if __name__ == "__main__":
    sys.exit(run_command(lambda comm: main(comm, sys.argv[1:])))
