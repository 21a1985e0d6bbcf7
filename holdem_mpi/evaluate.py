"""Know how good a policy is, and look at it: ``python -m holdem_mpi.evaluate exploitability --policy DIR``."""

import json
import sys
from argparse import Namespace

from holdem_mpi.drivers.judge import chart_lines, exploitability_of
from holdem_mpi.drivers.match import match_lines, match_of
from holdem_mpi.drivers.options import Parser, whole
from holdem_mpi.errors import EXIT_OK
from holdem_mpi.parallel.communicator import Communicator, run_command


def parser() -> Parser:
    """The command's verbs and options."""
    parser = Parser(prog="python -m holdem_mpi.evaluate", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    exact = verbs.add_parser("exploitability", help="exact NashConv of a small game's policy")
    exact.add_argument("--json", action="store_true", help="print one JSON object")
    chart = verbs.add_parser("chart", help="13 x 13 preflop chart")
    chart.add_argument("--line", default="", help="betting before the decision, such as c or r300 (default: the first)")
    for verb in (exact, chart):
        verb.add_argument("--policy", required=True, metavar="DIR", help="folder of a run or of a policy")
    _add_match(verbs.add_parser("match", help="two players against each other, heads-up, on duplicate deals"))
    return parser


def _add_match(match: Parser) -> None:
    who = "folder of a run or of a policy, or always-fold, always-call, always-raise, half-half, random, pot-odds"
    match.add_argument("--policy", required=True, metavar="A", help=f"whose winnings are told: {who}")
    match.add_argument("--against", required=True, metavar="B", help="the opponent, likewise")
    match.add_argument("--hands", type=whole, default=2000, metavar="N", help="hands in all (default: 2000)")
    match.add_argument("--seed", type=whole, default=0, metavar="SEED", help="seed of cards and draws (default: 0)")
    match.add_argument("--game", metavar="NAME", help="a shipped game, where neither player is a folder")
    match.add_argument("--want", type=float, metavar="MBB", help="say how many hands make the interval +- MBB")
    match.add_argument("--no-aivat", action="store_true", help="play faster, without the AIVAT figure")
    match.add_argument("--json", action="store_true", help="print one JSON object")


def _match(comm: Communicator, arguments: Namespace) -> list[str]:
    summary = match_of(
        comm,
        arguments.policy,
        arguments.against,
        hands=arguments.hands,
        seed=arguments.seed,
        game=arguments.game,
        aivat=not arguments.no_aivat,
        want=arguments.want,
    )
    return [json.dumps(summary)] if arguments.json else match_lines(summary)


def main(comm: Communicator) -> int:
    """Parse, evaluate on rank 0, print."""
    arguments = parser().parse_args()
    if arguments.verb == "match":
        lines = _match(comm, arguments)
    elif arguments.verb == "chart":
        lines = comm.on_root(lambda: chart_lines(arguments.policy, arguments.line))
    else:
        result = comm.on_root(lambda: exploitability_of(arguments.policy))
        lines = [json.dumps(result)] if arguments.json else [f"{key}: {value}" for key, value in result.items()]
    if comm.rank == 0:
        print("\n".join(lines))
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(run_command(main))
