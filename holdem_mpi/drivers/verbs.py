"""The verbs of ``evaluate``: the options of each, and what it calls."""

import argparse
import json
from collections.abc import Callable
from typing import NamedTuple

from holdem_mpi.config import load_config
from holdem_mpi.drivers.compare import compare, csv_lines, table_lines
from holdem_mpi.drivers.evaluations import add_policy_options, evaluate_policies
from holdem_mpi.drivers.hero import profile_choices
from holdem_mpi.drivers.judge import EXPLOITABILITY_OPTIONS, chart_lines, exploitability_of
from holdem_mpi.drivers.lbr import LBR_OPTIONS, LbrOptions, lbr_lines, measure_lbr
from holdem_mpi.drivers.match import match_lines, match_of
from holdem_mpi.drivers.measures import MEASURES, all_options, options_of
from holdem_mpi.drivers.options import Parser, check_bounds, check_seed, whole
from holdem_mpi.drivers.plot import check_plot, plot_comparison
from holdem_mpi.drivers.review_report import ReviewOptions, review_lines, review_of
from holdem_mpi.game.game import Game
from holdem_mpi.parallel.communicator import Communicator

_PLAYER = "folder of a run or of a policy, or a baseline's name"


class Verb(NamedTuple):
    """add_options: of its parser; run: with the parsed arguments, on every rank."""

    help: str
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Communicator], None]


def run_verb(program: str, description: str | None, verbs: dict[str, Verb], comm: Communicator) -> None:
    """Parse the command line of a program with verbs, and run the verb that it names."""
    parser = Parser(prog=program, description=description)
    names = parser.add_subparsers(dest="verb", required=True)
    for name, verb in verbs.items():
        verb.add_options(names.add_parser(name, help=verb.help))
    arguments = parser.parse_args()
    verbs[arguments.verb].run(arguments, comm)


def _game(arguments: argparse.Namespace) -> Game | None:
    return Game(load_config(arguments.game).game) if arguments.game else None


def _add_exploitability(verb: argparse.ArgumentParser) -> None:
    add_policy_options(verb, _PLAYER)
    verb.add_argument("--game", metavar="NAME|FILE", help="the game of a baseline, such as limit_holdem")
    for option in EXPLOITABILITY_OPTIONS:
        option.add_to(verb)
    verb.add_argument("--out", metavar="DIR", help="folder that keeps finished flops (default: in the run's)")


def _run_exploitability(arguments: argparse.Namespace, comm: Communicator) -> None:
    game, flops, seed = arguments.game, arguments.flops, arguments.seed
    options = options_of("exploitability", {"flops": flops, "seed": seed})
    evaluate_policies(
        arguments,
        comm,
        lambda policy: exploitability_of(comm, policy, game, flops, seed, arguments.out),
        options,
        lambda result: [f"{key}: {value}" for key, value in result.items() if key != "draws_mbb"],
    )


def _add_lbr(verb: argparse.ArgumentParser) -> None:
    add_policy_options(verb, _PLAYER)
    verb.add_argument("--game", metavar="NAME|FILE", help="the game of a baseline: a shipped one, or a YAML config")
    for option in LBR_OPTIONS:
        option.add_to(verb)


def _run_lbr(arguments: argparse.Namespace, comm: Communicator) -> None:
    options = LbrOptions(*(getattr(arguments, name) for name in LbrOptions._fields))
    game = _game(arguments)
    evaluate_policies(
        arguments, comm, lambda policy: measure_lbr(policy, game, options, comm), options._asdict(), lbr_lines
    )


def _add_match(verb: argparse.ArgumentParser) -> None:
    add_policy_options(verb, f"whose winnings are told: {_PLAYER}")
    verb.add_argument("--against", required=True, metavar="DIR|NAME", help=f"the opponent: {_PLAYER}")
    verb.add_argument("--hands", type=whole, default=2000, metavar="N", help="hands in all (default: 2000)")
    verb.add_argument("--seed", type=whole, default=0, help="seed of cards and draws (default: 0)")
    verb.add_argument("--game", metavar="NAME", help="a shipped game, where neither player is a folder")
    verb.add_argument("--want", type=float, metavar="MBB", help="say how many hands make the interval +- MBB")
    verb.add_argument("--search-ms", type=float, metavar="MS", help="--policy searches after the flop, MS a decision")
    verb.add_argument("--no-aivat", action="store_true", help="play faster, without the AIVAT figure")


def _run_match(arguments: argparse.Namespace, comm: Communicator) -> None:
    options = {name: getattr(arguments, name) for name in ("hands", "seed", "game", "want", "search_ms")}
    options["aivat"] = not arguments.no_aivat
    evaluate_policies(
        arguments,
        comm,
        lambda policy: match_of(comm, policy, arguments.against, **options),
        {"against": arguments.against, **options},
        match_lines,
    )


def _add_compare(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("runs", nargs="+", metavar="RUN", help="folders of runs")
    verb.add_argument("--measure", choices=sorted(MEASURES), default="exploitability", help="default: %(default)s")
    verb.add_argument("--last", action="store_true", help="only what each run came to, not its earlier checkpoints")
    verb.add_argument("--plot", metavar="FILE", help="draw it, as .png, .svg or .pdf (pip install 'holdem_mpi[plot]')")
    for flag, option in all_options().items():
        names = [name for name, measure in MEASURES.items() if flag in [each.flag for each in measure.options]]
        option.add_to(verb, default=None, help=f"of {' and '.join(names)}: {option.text}")
    form = verb.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object")
    form.add_argument("--csv", action="store_true", help="print comma-separated values")


def _run_compare(arguments: argparse.Namespace, comm: Communicator) -> None:
    if arguments.plot:
        comm.on_root(lambda: check_plot(arguments.plot))
    given = {option.name: getattr(arguments, option.name) for option in all_options().values()}
    options = options_of(arguments.measure, given)
    found = compare(arguments.runs, arguments.measure, options, arguments.last, comm)
    if comm.rank == 0:
        lines = csv_lines(found) if arguments.csv else table_lines(found)
        print("\n".join([json.dumps(found)] if arguments.json else lines), flush=True)
    if arguments.plot:
        comm.on_root(lambda: plot_comparison(found, arguments.plot))


def _add_chart(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--policy", required=True, metavar="DIR", help="folder of a run or of a policy")
    verb.add_argument("--line", default="", help="betting before the decision, such as c or r300 (default: the first)")


def _run_chart(arguments: argparse.Namespace, comm: Communicator) -> None:
    lines = comm.on_root(lambda: chart_lines(arguments.policy, arguments.line))
    if comm.rank == 0:
        print("\n".join(lines))


def _add_review(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--hands", required=True, nargs="+", metavar="FILE", help="PHH files, folders of them, ACPC logs")
    verb.add_argument("--policy", required=True, metavar="DIR", help="folder of a run or of a policy")
    verb.add_argument("--profile", metavar="NAME|FILE", help=f"the table ({profile_choices()}), or a YAML file")
    verb.add_argument("--hero", metavar="NAME", help="whose decisions (default: the profile's hero)")
    text = "who played this policy, or PLAYER (a folder, a baseline), without search: for AIVAT; may be given again"
    verb.add_argument("--known", action="append", default=[], metavar="NAME[=PLAYER]", help=text)
    verb.add_argument("--seed", type=whole, default=0, help="of the players' draws (default: 0)")
    verb.add_argument("--csv", metavar="FILE", help="write every decision")
    verb.add_argument("--top", type=whole, default=10, metavar="N", help="show the N dearest decisions (default: 10)")
    verb.add_argument("--json", action="store_true", help="print one JSON object")


def _run_review(arguments: argparse.Namespace, comm: Communicator) -> None:
    check_seed(arguments.seed)
    check_bounds("top", arguments.top, 0, 10**6)
    given = (arguments.policy, tuple(arguments.hands), arguments.profile, arguments.hero, tuple(arguments.known))
    result = review_of(comm, ReviewOptions(*given, arguments.seed, arguments.csv, arguments.top))
    if comm.rank == 0:
        print("\n".join([json.dumps(result)] if arguments.json else review_lines(result)), flush=True)


VERBS = {
    "exploitability": Verb(
        "exact NashConv in the real game, or bounds from sampled flops", _add_exploitability, _run_exploitability
    ),
    "lbr": Verb("local best response: a lower bound of a two-player policy's exploitability", _add_lbr, _run_lbr),
    "match": Verb("two players against each other, heads-up, on duplicate deals", _add_match, _run_match),
    "review": Verb("a player's decisions in hands that were played, against a policy", _add_review, _run_review),
    "compare": Verb("runs, or a run's checkpoints, over iterations and CPU seconds", _add_compare, _run_compare),
    "chart": Verb("13 x 13 preflop chart", _add_chart, _run_chart),
}
