"""Know how good a policy is, and look at it: ``python -m holdem_mpi.evaluate exploitability --policy DIR``."""

import sys
from argparse import Namespace

import holdem_mpi.starting  # noqa: F401, before all that takes long
from holdem_mpi.config import load_config
from holdem_mpi.drivers.evaluations import add_compare, add_policy_options, compare_runs, evaluate_policies
from holdem_mpi.drivers.judge import chart_lines, exploitability_of
from holdem_mpi.drivers.lbr import LBR_OPTIONS, LbrOptions, lbr_lines, measure_lbr
from holdem_mpi.drivers.options import Parser
from holdem_mpi.errors import EXIT_OK
from holdem_mpi.parallel.communicator import Communicator, run_command


def parser() -> Parser:
    """The command's verbs and options."""
    parser = Parser(prog="python -m holdem_mpi.evaluate", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    exact = verbs.add_parser("exploitability", help="exact NashConv of a small game's policy")
    add_policy_options(exact)
    chart = verbs.add_parser("chart", help="13 x 13 preflop chart")
    chart.add_argument("--line", default="", help="betting before the decision, such as c or r300 (default: the first)")
    add_compare(verbs.add_parser("compare", help="runs, or a run's checkpoints, over iterations and CPU seconds"))
    chart.add_argument("--policy", required=True, metavar="DIR", help="folder of a run or of a policy")
    _add_lbr(verbs.add_parser("lbr", help="local best response: a lower bound of a two-player policy's exploitability"))
    return parser


def _add_lbr(lbr: Parser) -> None:
    add_policy_options(lbr, "folder of a run or of a policy, or a baseline's name")
    lbr.add_argument("--game", metavar="NAME|FILE", help="the game of a baseline: a shipped one, or a YAML config")
    for option in LBR_OPTIONS:
        option.add_to(lbr)


def _lbr(arguments: Namespace, comm: Communicator) -> None:
    options = LbrOptions(*(getattr(arguments, name) for name in LbrOptions._fields))
    game = load_config(arguments.game).game if arguments.game else None
    evaluate_policies(
        arguments, comm, lambda policy: measure_lbr(policy, game, options, comm), options._asdict(), lbr_lines
    )


def main(comm: Communicator) -> int:
    """Parse, evaluate, print."""
    arguments = parser().parse_args()
    if arguments.verb == "chart":
        lines = comm.on_root(lambda: chart_lines(arguments.policy, arguments.line))
        if comm.rank == 0:
            print("\n".join(lines))
    elif arguments.verb == "compare":
        compare_runs(arguments, comm)
    elif arguments.verb == "lbr":
        _lbr(arguments, comm)
    else:
        evaluate_policies(
            arguments,
            comm,
            lambda policy: comm.on_root(lambda: exploitability_of(policy)),
            {},
            lambda result: [f"{key}: {value}" for key, value in result.items()],
        )
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(run_command(main))
