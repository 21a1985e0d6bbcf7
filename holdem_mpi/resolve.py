"""Solve the spot in front of you, range against range: ``mpirun -n 4 python -m holdem_mpi.resolve --spot FILE``."""

import argparse
import sys
from typing import Any

import holdem_mpi.parallel.startup  # noqa: F401, before all that takes long
from holdem_mpi.cli import Parser, Subcommand
from holdem_mpi.config.spot_config import shipped_spots, stop_overrides
from holdem_mpi.errors import EXIT_OK, UserError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.processes import run_command
from holdem_mpi.text import whole

PROGRAM = "python -m holdem_mpi.resolve"
# What stands in the place of the first option, and solves no spot by itself.
SUBCOMMANDS: dict[str, Subcommand] = {}

# Option, key of the spot file's solver, type, help.
_STOPS: list[tuple[str, str, Any, str]] = [
    ("--target-pct", "target_pct", float, "stop at this exploitability, in percent of the pot"),
    ("--time", "time", float, "stop after so many seconds, building included"),
    ("--iterations", "iterations", whole, "stop after so many iterations"),
]


def parser() -> Parser:
    """The command's options."""
    parser = Parser(prog=PROGRAM, description=__doc__)
    shipped = ", ".join(shipped_spots())
    parser.add_argument("--spot", required=True, metavar="FILE", help=f"YAML spot file, or a shipped spot ({shipped})")
    for option, _, kind, text in _STOPS:
        name = option[2:].upper().replace("-", "_")
        parser.add_argument(option, type=kind, metavar=name, help=f"{text}; the file's stops do not count then")
    parser.add_argument("--out", metavar="FILE", help="save everything as JSON: EVs, and each decision of this street")
    parser.add_argument("--csv", metavar="FILE", help="save the hands with EVs and the strategy now as CSV")
    text = "also tell what this position's best response to the other's strategy does and wins"
    parser.add_argument("--exploit", metavar="POSITION", help=text)
    parser.add_argument("--plan", action="store_true", help="solve nothing: print nodes, memory and times")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the tables")
    return parser


def stops_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """Overrides of the file's stops: those given replace all of them; iterations stay the last resort of a target."""
    given = {key: (option, getattr(arguments, key)) for option, key, _, _ in _STOPS}
    return stop_overrides({key: each for key, each in given.items() if each[1] is not None})


def main(comm: Communicator, arguments: list[str]) -> int:
    """Run a subcommand where the first word names one; else parse, solve on all ranks, report on rank 0."""
    if arguments[:1] and arguments[0] in SUBCOMMANDS:
        return _run_subcommand(arguments[0], comm, arguments[1:])
    given = parser().parse_args(arguments)
    overrides = stops_of(given)
    if given.plan:
        if given.out or given.csv:
            raise UserError("--plan: nothing is solved; expected it without --out and --csv")
        from holdem_mpi.subgame.spot_plan import show_plan

        return comm.on_root(lambda: show_plan(given.spot, overrides, given.json)) or EXIT_OK
    from holdem_mpi.subgame.spot_report import ReportFiles, resolve_spot

    return resolve_spot(comm, given.spot, overrides, ReportFiles(given.out, given.csv, given.json), given.exploit)


def _run_subcommand(name: str, comm: Communicator, arguments: list[str]) -> int:
    subcommand = SUBCOMMANDS[name]
    options = Parser(prog=f"{PROGRAM} {name}", description=subcommand.help)
    subcommand.add_options(options)
    return subcommand.run(options.parse_args(arguments), comm) or EXIT_OK


if __name__ == "__main__":
    sys.exit(run_command(lambda comm: main(comm, sys.argv[1:])))
