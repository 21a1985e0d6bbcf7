"""Know how good a policy is, and look at it: ``python -m holdem_mpi.evaluate exploitability --policy DIR``."""

import json
import sys

from holdem_mpi.drivers.judge import chart_lines, exploitability_of
from holdem_mpi.drivers.options import Parser, whole
from holdem_mpi.errors import EXIT_OK
from holdem_mpi.parallel.communicator import Communicator, run_command


def parser() -> Parser:
    """The command's verbs and options."""
    parser = Parser(prog="python -m holdem_mpi.evaluate", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    exact = verbs.add_parser("exploitability", help="exact NashConv in the real game, or bounds from sampled flops")
    exact.add_argument("--game", metavar="NAME", help="the game of a baseline, such as limit_holdem")
    exact.add_argument("--flops", type=whole, metavar="N", help="estimate from N sampled flops (default: all)")
    exact.add_argument("--seed", type=whole, default=0, help="of the sample (default: 0)")
    exact.add_argument("--out", metavar="DIR", help="folder that keeps finished flops (default: in the run's)")
    exact.add_argument("--json", action="store_true", help="print one JSON object")
    chart = verbs.add_parser("chart", help="13 x 13 preflop chart")
    chart.add_argument("--line", default="", help="betting before the decision, such as c or r300 (default: the first)")
    for verb in (exact, chart):
        verb.add_argument(
            "--policy", required=True, metavar="DIR", help="folder of a run or of a policy, or a baseline"
        )
    return parser


def main(comm: Communicator) -> int:
    """Parse, evaluate, print on rank 0."""
    arguments = parser().parse_args()
    if arguments.verb == "chart":
        lines = comm.on_root(lambda: chart_lines(arguments.policy, arguments.line))
    else:
        result = exploitability_of(
            comm, arguments.policy, arguments.game, arguments.flops, arguments.seed, arguments.out
        )
        lines = [json.dumps(result)] if arguments.json else [f"{key}: {value}" for key, value in result.items()]
    if comm.rank == 0:
        print("\n".join(lines))
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(run_command(main))
