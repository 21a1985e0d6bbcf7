"""Know how good a policy is, and look at it: ``python -m holdem_mpi.evaluate exploitability --policy DIR``."""

import argparse
import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import holdem_mpi.parallel.startup  # noqa: F401, before all that takes long
from holdem_mpi.cli import Subcommand, add_reading_options, check_bounds, check_seed, run_subcommand
from holdem_mpi.config.load import load_config
from holdem_mpi.config.profile_config import profile_help
from holdem_mpi.config.search_effort import LEAVES
from holdem_mpi.config.shipped import shipped_blueprints
from holdem_mpi.errors import EXIT_OK
from holdem_mpi.evaluation.option import OPTIONS_OF_MEASURE, all_options, options_of
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.notices import heard
from holdem_mpi.parallel.processes import run_command
from holdem_mpi.text import whole

if TYPE_CHECKING:
    from holdem_mpi.game.game import Game

_POLICY = f"folder of a run or of a policy, or a shipped blueprint's name ({', '.join(shipped_blueprints())})"
_PLAYER = f"{_POLICY}, or a baseline's"


def _add_policy_options(parser: argparse.ArgumentParser, policy: str) -> None:
    """``--policy``, ``--checkpoint``, ``--ledger`` and ``--json``."""
    parser.add_argument("--policy", required=True, metavar="DIR", help=policy)
    parser.add_argument(
        "--checkpoint", metavar="N", help="evaluate what the run was at that checkpoint, or at all of them"
    )
    parser.add_argument("--ledger", metavar="FILE", help="keep the result there (default: DIR/evaluations.jsonl)")
    parser.add_argument("--json", action="store_true", help="print one JSON object for each policy")


def _evaluate_policies(
    arguments: argparse.Namespace,
    comm: Communicator,
    measure: Callable[[str], dict[str, Any]],
    options: dict[str, Any],
    lines_of: Callable[[dict[str, Any]], list[str]],
) -> None:
    """Measure each policy that ``arguments`` name, print the result, and add it to the run's ledger.

    measure: from a name that ``open_run_policy`` takes to a result that JSON can hold, the same on every rank.
    options: what beside the policy decides the result. Collective.
    """
    from holdem_mpi.evaluation.ledger import CpuTimer, keep
    from holdem_mpi.policy.policy_files import policies_of
    from holdem_mpi.storage.line_log import check_log

    if arguments.ledger is not None:
        comm.on_root(lambda: check_log(arguments.ledger, "--ledger"))
    for policy in comm.on_root(lambda: policies_of(arguments.policy, arguments.checkpoint)):
        timer = CpuTimer(comm)
        result = measure(policy)
        if comm.rank == 0:
            heard()
            print("\n".join([json.dumps(result)] if arguments.json else lines_of(result)), flush=True)
        keep(timer, comm, policy, arguments.subcommand, result, options, arguments.ledger)


def _game(arguments: argparse.Namespace) -> "Game | None":
    from holdem_mpi.game.game import Game

    return Game(load_config(arguments.game).game) if arguments.game else None


def _add_exploitability(parser: argparse.ArgumentParser) -> None:
    _add_policy_options(parser, _PLAYER)
    parser.add_argument("--game", metavar="NAME|FILE", help="the game of a baseline, such as limit_holdem")
    for option in OPTIONS_OF_MEASURE["exploitability"]:
        option.add_to(parser)
    _add_search_iterations(
        parser, "measure the agent that searches at each decision; of leduc, or games up to the flop:"
    )
    parser.add_argument("--out", metavar="DIR", help="folder that keeps finished flops (default: in the run's)")


def _add_search_iterations(parser: Any, text: str) -> None:
    """``--search-iterations``; ``text`` begins its help."""
    more = "so many iterations, or three numbers for flop, turn and river; the seed decides the rest"
    parser.add_argument("--search-iterations", metavar="N", help=f"{text} {more}")


def _run_exploitability(arguments: argparse.Namespace, comm: Communicator) -> None:
    from holdem_mpi.evaluation.exploitability import exploitability_lines, exploitability_of

    game, flops, seed = arguments.game, arguments.flops, arguments.seed
    iterations = arguments.search_iterations
    options = options_of("exploitability", {"flops": flops, "seed": seed})
    if iterations is not None:
        options |= {"seed": seed, "search_iterations": iterations}
    _evaluate_policies(
        arguments,
        comm,
        lambda policy: exploitability_of(comm, policy, game, flops, seed, arguments.out, iterations),
        options,
        exploitability_lines,
    )


def _add_gains(parser: argparse.ArgumentParser) -> None:
    _add_policy_options(parser, _POLICY)
    for option in OPTIONS_OF_MEASURE["gains"]:
        option.add_to(parser)


def _run_gains(arguments: argparse.Namespace, comm: Communicator) -> None:
    from holdem_mpi.evaluation.gains import gains_lines, gains_of_policy

    deals, seed = arguments.deals, arguments.seed
    options = options_of("gains", {"deals": deals, "seed": seed})
    _evaluate_policies(arguments, comm, lambda policy: gains_of_policy(comm, policy, deals, seed), options, gains_lines)


def _add_lbr(parser: argparse.ArgumentParser) -> None:
    _add_policy_options(parser, _PLAYER)
    parser.add_argument("--game", metavar="NAME|FILE", help="the game of a baseline: a shipped one, or a YAML config")
    for option in OPTIONS_OF_MEASURE["lbr"]:
        option.add_to(parser)
    search = parser.add_mutually_exclusive_group()
    search.add_argument("--search-ms", type=float, metavar="MS", help="the policy searches, MS milliseconds a decision")
    _add_search_iterations(search, "the policy searches,")
    parser.add_argument("--search-streets", metavar="STREETS", help="on which it searches, such as turn,river")
    parser.add_argument("--search-leaves", choices=LEAVES, help="where its searches end (default: cards)")
    parser.add_argument("--purify", type=float, metavar="P", help="searching, it leaves out actions rarer than P")
    parser.add_argument("--screen", type=whole, metavar="N", help="ask a search of N raises, chosen by the blueprint")
    parser.add_argument("--out", metavar="DIR", help="folder that keeps hands with search (default: in the run's)")
    parser.add_argument("--top", type=whole, default=10, metavar="N", help="show the N costliest lines (default: 10)")


def _run_lbr(arguments: argparse.Namespace, comm: Communicator) -> None:
    from holdem_mpi.evaluation.lbr import LbrOptions, lbr_lines, measure_lbr

    check_bounds("top", arguments.top, 0, 10**6)
    options = LbrOptions(**{name: getattr(arguments, name) for name in LbrOptions._fields})
    game = _game(arguments)
    _evaluate_policies(
        arguments,
        comm,
        lambda policy: measure_lbr(policy, game, options, comm, arguments.out),
        options.to_json(),
        lambda result: lbr_lines(result, arguments.top),
    )


def _add_match(parser: argparse.ArgumentParser) -> None:
    _add_policy_options(parser, f"whose winnings are told: {_PLAYER}")
    parser.add_argument("--against", required=True, metavar="DIR|NAME", help=f"the opponent: {_PLAYER}")
    parser.add_argument("--hands", type=whole, default=2000, metavar="N", help="hands in all (default: 2000)")
    parser.add_argument("--seed", type=whole, default=0, help="seed of cards and draws (default: 0)")
    parser.add_argument("--game", metavar="NAME", help="a shipped game, where neither player is a folder")
    parser.add_argument("--want", type=float, metavar="MBB", help="say how many hands make the interval +- MBB")
    search = parser.add_mutually_exclusive_group()
    search.add_argument("--search-ms", type=float, metavar="MS", help="--policy searches after the flop, MS a decision")
    _add_search_iterations(search, "--policy searches,")
    parser.add_argument("--search-streets", metavar="STREETS", help="on which it searches, such as turn,river")
    parser.add_argument("--search-leaves", choices=LEAVES, help="where its searches end (default: cards)")
    parser.add_argument("--no-aivat", action="store_true", help="play faster, without the AIVAT figure")


def _run_match(arguments: argparse.Namespace, comm: Communicator) -> None:
    from holdem_mpi.evaluation.match import match_lines, match_of

    names = ("hands", "seed", "game", "want", "search_ms", "search_iterations", "search_streets")
    options = {name: getattr(arguments, name) for name in names}
    options["aivat"] = not arguments.no_aivat
    options |= {"search_leaves": arguments.search_leaves} if arguments.search_leaves else {}
    _evaluate_policies(
        arguments,
        comm,
        lambda policy: match_of(comm, policy, arguments.against, **options),
        {"against": arguments.against, **options},
        match_lines,
    )


def _add_cross(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("players", nargs="+", metavar="DIR|NAME", help=f"two to twelve players of one game: {_PLAYER}")
    parser.add_argument("--hands", type=whole, default=2000, metavar="N", help="hands of a match (default: 2000)")
    parser.add_argument("--seed", type=whole, default=0, help="seed of cards and draws (default: 0)")
    parser.add_argument("--game", metavar="NAME", help="a shipped game, where two of them are baselines")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _run_cross(arguments: argparse.Namespace, comm: Communicator) -> None:
    from holdem_mpi.evaluation.cross_table import cross_lines, cross_table

    result = cross_table(comm, arguments.players, arguments.hands, arguments.seed, arguments.game)
    if comm.rank == 0:
        print("\n".join([json.dumps(result)] if arguments.json else cross_lines(result)), flush=True)


def _add_compare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", metavar="RUN", help="folders of runs")
    parser.add_argument(
        "--measure", choices=sorted(OPTIONS_OF_MEASURE), default="exploitability", help="default: %(default)s"
    )
    parser.add_argument("--last", action="store_true", help="only what each run came to, not its earlier checkpoints")
    parser.add_argument(
        "--plot", metavar="FILE", help="draw it, as .png, .svg or .pdf (pip install 'holdem_mpi[plot]')"
    )
    for flag, option in all_options().items():
        names = [name for name, own in OPTIONS_OF_MEASURE.items() if flag in [each.flag for each in own]]
        option.add_to(parser, default=None, help=f"of {' and '.join(names)}: {option.text}")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object")
    form.add_argument("--csv", action="store_true", help="print comma-separated values")


def _run_compare(arguments: argparse.Namespace, comm: Communicator) -> None:
    from holdem_mpi.evaluation.compare import compare_runs, comparison_lines, csv_lines
    from holdem_mpi.reporting.plot import check_plot, plot_comparison

    if arguments.plot:
        comm.on_root(lambda: check_plot(arguments.plot))
    given = {option.name: getattr(arguments, option.name) for option in all_options().values()}
    options = options_of(arguments.measure, given)
    found = compare_runs(arguments.runs, arguments.measure, options, arguments.last, comm)
    if comm.rank == 0:
        lines = csv_lines(found) if arguments.csv else comparison_lines(found)
        print("\n".join([json.dumps(found)] if arguments.json else lines), flush=True)
    if arguments.plot:
        comm.on_root(lambda: plot_comparison(found, arguments.plot))


def _add_chart(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--policy", required=True, metavar="DIR", help=_POLICY)
    parser.add_argument(
        "--line", default="", help="betting before the decision, such as c or r300 (default: the first)"
    )
    parser.add_argument("--csv", metavar="FILE", help="write every class of hands, each size of a raise apart")
    parser.add_argument("--plot", metavar="FILE", help="draw it, as .png, .svg or .pdf, each size of a raise apart")


def _run_chart(arguments: argparse.Namespace, comm: Communicator) -> None:
    from holdem_mpi.evaluation.preflop_chart import chart_text

    lines = comm.on_root(lambda: chart_text(arguments.policy, arguments.line, arguments.csv, arguments.plot))
    if comm.rank == 0:
        print("\n".join(lines))


def _add_strategy(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--policy", required=True, metavar="DIR", help=f"{_POLICY}, or RUN@CHECKPOINT")
    parser.add_argument("--board", default="", metavar="CARDS", help="the public cards, such as 'Qh 7h 2c'")
    parser.add_argument("--betting", default="", help="before the decision, such as r300c/c (default: the first one)")
    parser.add_argument("--hand", metavar="CARDS", help="tell of this hand alone, such as AhKh")
    parser.add_argument("--json", action="store_true", help="print one JSON object, with every hand")
    parser.add_argument("--csv", metavar="FILE", help="write every hand: bucket, visited, reach, probabilities")


def _run_strategy(arguments: argparse.Namespace, comm: Communicator) -> None:
    from holdem_mpi.evaluation.strategy import StrategyOptions, strategy_text

    options = StrategyOptions(
        policy=arguments.policy,
        board=arguments.board,
        betting=arguments.betting,
        hand=arguments.hand,
        csv=arguments.csv,
        as_json=arguments.json,
    )
    text = strategy_text(comm, options)
    if comm.rank == 0:
        print(text, flush=True)


def _add_difference(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("policies", nargs=2, metavar="POLICY", help=f"{_POLICY}, or RUN@CHECKPOINT; two of one game")
    parser.add_argument("--hands", type=whole, default=2000, metavar="N", help="hands in all (default: 2000)")
    parser.add_argument("--seed", type=whole, default=0, help="seed of boards and actions (default: 0)")
    parser.add_argument("--top", type=whole, default=10, metavar="N", help="show the N largest (default: 10)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _run_difference(arguments: argparse.Namespace, comm: Communicator) -> None:
    from holdem_mpi.evaluation.difference import DifferenceOptions, difference_lines, difference_of

    options = DifferenceOptions(arguments.hands, arguments.seed, arguments.top)
    result = difference_of(comm, *arguments.policies, options)
    if comm.rank == 0:
        print("\n".join([json.dumps(result)] if arguments.json else difference_lines(result)), flush=True)


def _add_review(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--hands",
        required=True,
        nargs="+",
        metavar="FILE",
        help="PHH, PokerStars or GGPoker text, folders, ACPC logs",
    )
    parser.add_argument("--policy", required=True, metavar="DIR", help=_POLICY)
    parser.add_argument("--profile", metavar="NAME|FILE", help=profile_help())
    parser.add_argument("--hero", metavar="NAME", help="whose decisions (default: the profile's hero)")
    text = "who played this policy, or PLAYER (a folder, a baseline), without search: for AIVAT; may be given again"
    parser.add_argument("--known", action="append", default=[], metavar="NAME[=PLAYER]", help=text)
    parser.add_argument("--seed", type=whole, default=0, help="of the players' draws (default: 0)")
    add_reading_options(parser)
    parser.add_argument("--csv", metavar="FILE", help="write every decision")
    parser.add_argument("--top", type=whole, default=10, metavar="N", help="show the N dearest decisions (default: 10)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _run_review(arguments: argparse.Namespace, comm: Communicator) -> None:
    from holdem_mpi.evaluation.review_report import ReviewOptions, review_lines, review_of
    from holdem_mpi.hands.room_records import Reading

    check_seed(arguments.seed)
    check_bounds("top", arguments.top, 0, 10**6)
    options = ReviewOptions(
        policy=arguments.policy,
        files=tuple(arguments.hands),
        profile=arguments.profile,
        hero=arguments.hero,
        known=tuple(arguments.known),
        seed=arguments.seed,
        csv=arguments.csv,
        top=arguments.top,
        reading=Reading(arguments.anonymous, arguments.as_table),
    )
    result = review_of(comm, options)
    if comm.rank == 0:
        print("\n".join([json.dumps(result)] if arguments.json else review_lines(result)), flush=True)


SUBCOMMANDS = {
    "exploitability": Subcommand(
        "exact NashConv in the real game, or bounds from sampled flops", _add_exploitability, _run_exploitability
    ),
    "gains": Subcommand(
        "what a best response within the abstraction gains, by seat, of any number", _add_gains, _run_gains
    ),
    "lbr": Subcommand(
        "local best response: a lower bound of a policy's exploitability, or of seats' gains", _add_lbr, _run_lbr
    ),
    "match": Subcommand("two players against each other on duplicate deals, in every seat", _add_match, _run_match),
    "cross": Subcommand("several players, each against each: a table of matches", _add_cross, _run_cross),
    "review": Subcommand("a player's decisions in hands that were played, against a policy", _add_review, _run_review),
    "compare": Subcommand("runs, or a run's checkpoints, over iterations and CPU seconds", _add_compare, _run_compare),
    "difference": Subcommand(
        "where, and how much, two policies of one game play otherwise", _add_difference, _run_difference
    ),
    "strategy": Subcommand(
        "what a policy does at any decision of any street, hand by hand", _add_strategy, _run_strategy
    ),
    "chart": Subcommand("13 x 13 preflop chart", _add_chart, _run_chart),
}


def main(comm: Communicator) -> int:
    """Parse, evaluate, print."""
    run_subcommand("python -m holdem_mpi.evaluate", __doc__, SUBCOMMANDS, comm)
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(run_command(main))
