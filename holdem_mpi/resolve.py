"""Solve the spot in front of you, range against range: ``mpirun -n 4 python -m holdem_mpi.resolve --spot FILE``."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

import holdem_mpi.parallel.startup  # noqa: F401, before all that takes long
from holdem_mpi.cli import Parser, Subcommand
from holdem_mpi.config.spot_config import shipped_spots, stop_overrides
from holdem_mpi.errors import EXIT_OK, UserError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.notices import Notice
from holdem_mpi.parallel.processes import run_command
from holdem_mpi.text import did_you_mean, named, shown, whole

if TYPE_CHECKING:
    from holdem_mpi.subgame.spot_report import ReportFiles

PROGRAM = "python -m holdem_mpi.resolve"

# Option, key of the spot file's solver, type, help.
_STOPS: list[tuple[str, str, Any, str]] = [
    ("--target-pct", "target_pct", float, "stop at this exploitability, in percent of the pot"),
    ("--time", "time", float, "stop after so many seconds, building included"),
    ("--iterations", "iterations", whole, "stop after so many iterations"),
]


def parser() -> Parser:
    """The command's options."""
    others = "; ".join(f"{PROGRAM} {name}: {each.help}" for name, each in SUBCOMMANDS.items())
    parser = Parser(prog=PROGRAM, description=__doc__, epilog=others)
    shipped = ", ".join(shipped_spots())
    parser.add_argument("--spot", metavar="FILE", help=f"YAML spot file, or a shipped spot ({shipped})")
    text = "solve on from a folder that --out has written: its own spot, or with --spot the same one with other locks"
    parser.add_argument("--continue", dest="folder", metavar="DIR", help=text)
    _add_stops(parser)
    text = "folder that keeps the solution, every street of it; FILE.json: EVs and the decisions of this street as JSON"
    parser.add_argument("--out", metavar="DIR|FILE.json", help=text)
    parser.add_argument("--no-state", action="store_true", help="keep no more than show needs: solving cannot go on")
    parser.add_argument("--csv", metavar="FILE", help="save the hands with EVs and the strategy now as CSV")
    text = "also tell what this position's best response to the other's strategy does and wins"
    parser.add_argument("--exploit", metavar="POSITION", help=text)
    parser.add_argument("--plan", action="store_true", help="solve nothing: print nodes, memory and times")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the tables")
    return parser


def _add_stops(parser: argparse.ArgumentParser) -> None:
    for option, _, kind, text in _STOPS:
        name = option[2:].upper().replace("-", "_")
        parser.add_argument(option, type=kind, metavar=name, help=f"{text}; the file's stops do not count then")


def stops_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """Overrides of the file's stops: those given replace all of them; iterations stay the last resort of a target, but
    not those that were asked for before what is solved on.
    """
    given = {key: (option, getattr(arguments, key)) for option, key, _, _ in _STOPS}
    overrides = stop_overrides({key: each for key, each in given.items() if each[1] is not None})
    if overrides and getattr(arguments, "folder", None) is not None:
        overrides.setdefault("solver.iterations", None)
    return overrides


def main(comm: Communicator, arguments: list[str] | None = None) -> int:
    """Run a subcommand where the first word names one; else parse, solve on all ranks, report on rank 0.

    ``arguments`` are those of the command line where none are given.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    with Notice("resolve", if_quiet=True):
        return _run(comm, arguments)


def _run(comm: Communicator, arguments: list[str]) -> int:
    if arguments and not arguments[0].startswith("-"):
        return _run_subcommand(arguments[0], comm, arguments[1:])
    options = parser()
    given = options.parse_args(arguments)
    if given.spot is None and given.folder is None:
        options.error("the following arguments are required: --spot, or --continue")
    overrides = stops_of(given)
    if given.plan:
        if given.out or given.csv or given.folder:
            raise UserError("--plan: nothing is solved; expected it without --out, --csv and --continue")
        from holdem_mpi.subgame.spot_plan import show_plan

        return comm.on_root(lambda: show_plan(given.spot, overrides, given.json)) or EXIT_OK
    from holdem_mpi.subgame.spot_report import resolve_spot

    return resolve_spot(comm, given.spot, overrides, _files(given), given.exploit)


def _files(given: argparse.Namespace) -> "ReportFiles":
    """Where the result goes. UserError where options do not fit each other."""
    from holdem_mpi.subgame.keeping import Folder
    from holdem_mpi.subgame.spot_report import ReportFiles

    json_file = given.out if given.out is not None and given.out.lower().endswith(".json") else None
    folder = None if given.out == json_file else Folder(given.out, "--out", state=not given.no_state)
    if given.folder is not None:
        if folder:
            text = (
                "a solution that is solved on stays in its folder; expected a FILE.json, or no --out (copy the folder"
            )
            raise UserError(f"--out {given.out}: {text} to have both)")
        folder = Folder(given.folder, "--continue", goes_on=True)
    if given.no_state and (folder is None or folder.goes_on):
        raise UserError("--no-state: expected it beside --out DIR")
    return ReportFiles(json_file, given.csv, given.json, folder)


def _add_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--solution", required=True, metavar="DIR", help="folder that --out or Solution.save wrote")
    text = (
        'actions from the start on, "check, bet 25"; on later streets with the cards, "check, check, card 3c, bet 20"'
    )
    parser.add_argument("--line", metavar="ACTIONS", help=f"{text} (default: the decision that the spot asks for)")
    text = "what comes where the line has a street end and names no card: 3c, or 3c4d for turn and river"
    parser.add_argument("--card", metavar="CARDS", default="", help=text)
    parser.add_argument("--csv", metavar="FILE", help="save every hand as CSV")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the tables")
    parser.add_argument("--verify", action="store_true", help="check all bytes of the solution first")


def _run_show(given: argparse.Namespace, comm: Communicator) -> None:
    from holdem_mpi.subgame.solution_show import ShowOptions, show_solution

    options = ShowOptions(
        solution=given.solution,
        line=given.line,
        cards=given.card,
        verify=given.verify,
        csv=given.csv,
        as_json=given.json,
    )
    comm.on_root(lambda: show_solution(options))


def _add_report(parser: argparse.ArgumentParser) -> None:
    shipped = ", ".join(shipped_spots())
    text = f"the template: YAML spot file, or a shipped spot ({shipped}); its board does not matter"
    parser.add_argument("--spot", required=True, metavar="FILE", help=text)
    boards = parser.add_mutually_exclusive_group(required=True)
    text = "all 1,755 flops, N that stand for them, those of a file (one a line), or flops with commas between"
    boards.add_argument("--flops", type=named, metavar="all|N|FILE|FLOPS", help=text)
    boards.add_argument("--turns", type=named, metavar="FLOP", help="the turn cards of a flop, such as Ks7h2h")
    parser.add_argument("--out", metavar="DIR", help="folder of the report; one that was stopped goes on there")
    _add_stops(parser)
    parser.add_argument("--solutions", action="store_true", help="also keep each board's solution")
    parser.add_argument("--plan", action="store_true", help="solve nothing: print number of boards, memory and times")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")


def _run_report(given: argparse.Namespace, comm: Communicator) -> int:
    from holdem_mpi.subgame.report_farm import run_report
    from holdem_mpi.subgame.report_plan import show_report_plan
    from holdem_mpi.subgame.report_request import ReportRequest

    request = ReportRequest(given.spot, stops_of(given), given.flops, given.turns)
    if given.plan:
        if given.out or given.solutions:
            raise UserError("--plan: nothing is solved; expected it without --out and --solutions")
        comm.on_root(lambda: show_report_plan(request, comm.size, given.json))
    else:
        run_report(comm, request, given.out, given.solutions, given.json)
    return EXIT_OK


# What stands in the place of the first option, and solves no spot by itself.
SUBCOMMANDS: dict[str, Subcommand] = {
    "show": Subcommand("look at any decision of a solution, on any street", _add_show, _run_show),
    "report": Subcommand("the same spot on many boards: a table, means and pictures", _add_report, _run_report),
}


def _run_subcommand(name: str, comm: Communicator, arguments: list[str]) -> int:
    if name not in SUBCOMMANDS:
        hint = did_you_mean(name, list(SUBCOMMANDS)) or f"; expected {', '.join(SUBCOMMANDS)}, or options"
        raise UserError(f"{shown(name)}: no such subcommand{hint} ({PROGRAM} --help shows them)")
    subcommand = SUBCOMMANDS[name]
    options = Parser(prog=f"{PROGRAM} {name}", description=subcommand.help)
    subcommand.add_options(options)
    return subcommand.run(options.parse_args(arguments), comm) or EXIT_OK


if __name__ == "__main__":
    sys.exit(run_command(main))
