"""What a search of a river gains by more sizes in the same time, by the number of iterations that there is time for.

    python -m benchmarks.quality.more_sizes --policy RUN [--rivers 80] [--iterations 50,100,200,400,600,1200]
        [--extra-bets 0.33,1.5] [--extra-raises 0.5] [--safe auto|unsafe] [--seed 0]

Rivers are the first river decisions of hands of the policy's self-play, from the root that the searching agent takes,
with the ranges that Bayes' rule gives. There the opponent has all sizes everywhere, and the player whose strategy is
sought the menu's sizes alone, or the extra ones as well; both games are searched. ``--iterations`` are those of the
menu's own tree, with its sizes for both players. The strategy without extra sizes is given them all, the other one
fewer, by the nodes of the two trees that a searching agent would have: equal time.

The value of a strategy is against the opponent's best response, with all sizes and his range by the blueprint, exact.
Differences are by river, means with 95 % intervals in chips (blind 100) and in percent of the root's pot.
"""

import argparse
import platform
import sys
from collections.abc import Iterator

import numba
import numpy as np

import holdem_mpi
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.errors import UserError
from holdem_mpi.evaluation.estimate import Estimate
from holdem_mpi.game.betting import Menu
from holdem_mpi.game.rules import BettingState
from holdem_mpi.game.tree import PublicTree, build_tree
from holdem_mpi.hands.profile import Profile, open_profile
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.play.dry_runner import _self_play
from holdem_mpi.policy.open_player import open_player
from holdem_mpi.policy.players import BlueprintPlayer
from holdem_mpi.policy.range_tracker import RangeTracker
from holdem_mpi.search.decision_root import betting_to_search, decision_root
from holdem_mpi.search.menu import search_menu
from holdem_mpi.search.root_search import EnumeratedSearch, SearchRoot
from holdem_mpi.search.service import AUTO
from holdem_mpi.subgame.gadget import Gadget

RIVER = 3


def rivers(player: BlueprintPlayer, profile: Profile, config: SearchConfig, seed: int) -> Iterator[SearchRoot]:
    """The root of each hand's first river decision, with a gadget where the agent's search has one."""
    tracker = RangeTracker(player.blueprint, seed)
    for number, hand in enumerate(_self_play(profile, player, 100_000, seed)):
        step = next((each for each in hand.decisions() if each.state.street == RIVER), None)
        if step is None:
            continue
        before, line = betting_to_search(step.state)
        ranges, taken = tracker.ranges(number, before, step.board), line[0] if line else None
        root, known = decision_root(player.blueprint, ranges, step.board, config.least_weight, taken)
        if known is not None and config.safe == "auto":
            root = root._replace(gadget=Gadget(AUTO, known.opponent, known.find()))
        yield root


def tree_of(root: SearchRoot, own: Menu, other: Menu) -> PublicTree:
    """From ``root`` on, its player with the sizes of ``own``, his opponent with those of ``other``."""

    def actions(at: BettingState) -> list[int]:
        offered = (own if at.player == root.player else other)(at)
        return sorted({*offered, root.taken}) if at == root.state and root.taken is not None else offered

    return build_tree(root.state.rules, actions, root.state)


def value(search: EnumeratedSearch, root: SearchRoot) -> float:
    """Chips that the player of ``root`` wins on average against the best response, the opponent's range the root's."""
    solver, other = search.solver, 1 - root.player
    if solver.gadget:
        solver.take_range(root.weight[other, solver.hands[other]])
    return -solver.mean(other, solver.values(other, True))


def compare(root: SearchRoot, config: SearchConfig, counts: list[int]) -> tuple[list[list[float]], list[int]]:
    """([value with the menu's sizes, with the extra ones too] for each count of iterations; nodes of the small tree and
    of the large one, and of those with the opponent's extra sizes).
    """
    few, many = (search_menu(config, root.state.rules, RIVER, extra=extra) for extra in (False, True))
    trees = [tree_of(root, *menus) for menus in ((few, few), (many, many), (few, many))]
    small, large, mixed = (tree.num_nodes for tree in trees)
    searches = [EnumeratedSearch(tree, root, (0, 0, 0)) for tree in (trees[2], trees[1])]
    found = []
    for count in counts:
        for search, whole in zip(searches, (count, count * small // large)):
            search.run(max(1, whole) - search.iterations)
        found.append([value(search, root) for search in searches])
    return found, [small, large, mixed]


def line(name: str, gains: np.ndarray, pots: np.ndarray) -> str:
    """A row of the table: mean gains (float64[river], chips) with intervals."""
    cells = [Estimate.of_values(values, "") for values in (gains, 100 * gains / pots)]
    texts = [f"{each.mean:+.2f} ± {each.half_width:.2f}" for each in cells]
    return f"| {name} | {texts[0]} | {texts[1]} | {(gains < 0).sum()} of {len(gains)} |"


def numbers(text: str) -> list[float]:
    """``0.5,2``; nothing for none."""
    return [float(number) for number in text.split(",") if number]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--policy", required=True, metavar="RUN", help="of nolimit_hu_200bb")
    parser.add_argument("--rivers", type=int, default=80)
    parser.add_argument("--iterations", type=numbers, default="50,100,200,400,600,1200")
    parser.add_argument(
        "--extra-bets", type=numbers, default="", help="pot fractions besides the profile's (default: none)"
    )
    parser.add_argument("--extra-raises", type=numbers, default="0.5", help="(default: 0.5)")
    parser.add_argument("--safe", choices=("auto", "unsafe"), default="auto")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    if given.rivers < 2:
        parser.error(f"--rivers {given.rivers}: expected at least 2")
    extra = {"extra_bet_sizes": given.extra_bets, "extra_raise_sizes": given.extra_raises}
    try:
        _, player = open_player(given.policy, None, Communicator())
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    profile = open_profile("nolimit_hu_200bb")
    config = profile.search_config({"safe": given.safe})
    config = config.model_copy(update={"menu": config.menu.model_copy(update=extra)})
    counts, values, nodes, pots, safe = [int(each) for each in given.iterations], [], [], [], 0
    for root in rivers(player, profile, config, given.seed):
        found, sizes = compare(root, config, counts)
        values.append(found)
        nodes.append(sizes)
        pots.append(sum(root.state.contributions))
        safe += root.gadget is not None
        print(f"{len(values)} rivers", file=sys.stderr, flush=True)
        if len(values) == given.rivers:
            break
    print(
        f"python {' '.join(sys.orig_argv[1:])}\nholdem_mpi {holdem_mpi.__version__}, Python "
        f"{platform.python_version()}, NumPy {np.__version__}, Numba {numba.__version__}; {len(values)} rivers, {safe} "
        "with a gadget; median nodes {:.0f} with the menu's sizes, {:.0f} with extra ones\n".format(
            *np.median(nodes, axis=0)
        )
    )
    print("| iterations in the small tree | in the large one | gain, chips | gain, % of the pot | rivers that lose |")
    print("|---" * 5 + "|")
    gains = np.diff(np.array(values), axis=2)[:, :, 0]
    for count, of_count in zip(counts, gains.T):
        fewer = np.median([count * small // large for small, large, _ in nodes])
        print(line(f"{count} | {fewer:.0f}", of_count, np.array(pots)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
