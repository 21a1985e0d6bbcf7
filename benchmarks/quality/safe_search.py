"""What gadgets do to searched strategies, on decisions of the blueprint's self-play on the turn and the river.

    python -m benchmarks.quality.safe_search [--river 48] [--turn 12] [--iterations 400,60] [--seed 0]

Each decision is solved anew from there on, in the blueprint's own game, for the ranges that Bayes' rule gives: without
a gadget, with the re-solve gadget, with maxmargin. So the opponent's best response to (blueprint until here, the new
strategy from here on) can be told apart from his best response to the blueprint, exactly, for every hand. In percent of
the pot, means over the decisions:

- gain, his range: what he gains by hand, over the blueprint's range of his; below zero he loses.
- gain, any hand: over all hands alike, what those gain that gain (he comes with those, if he knows).
- largest: the hand that gains most.
- change: distance (half the absolute differences) of our root strategy from the blueprint's, over our range.
- gap: twice the exploitability of the new strategy in the game that was solved, the solver's rest.

Then how long iterations take with and without a gadget, and finding the alternatives.
"""

import argparse
import platform
import sys
import time

import numba
import numpy as np

import holdem_mpi
from holdem_mpi.config.shipped import config_folder
from holdem_mpi.evaluation.estimate import Estimate
from holdem_mpi.hands.profile import open_profile
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.play.dry_runner import _self_play
from holdem_mpi.policy.open_player import open_player
from holdem_mpi.policy.players import BlueprintPlayer
from holdem_mpi.policy.range_tracker import RangeTracker
from holdem_mpi.policy.ranges import pruned
from holdem_mpi.subgame.alternatives import Alternatives
from holdem_mpi.subgame.gadget import Gadget
from holdem_mpi.subgame.solver import SubgameSolver

KINDS = ("unsafe", "resolve", "maxmargin")
COLUMNS = ("gain_range", "gain_any", "largest", "change", "gap")


def decisions(player: BlueprintPlayer, profile, wanted: dict[int, int], seed: int):
    """(street, ranges, betting, board) of the first decisions on each street."""
    left, tracker = dict(wanted), RangeTracker(player.blueprint, seed)
    for number, hand in enumerate(_self_play(profile, player, 10_000, seed)):
        for step in hand.decisions():
            street = step.state.street
            if left.get(street, 0) > 0:
                left[street] -= 1
                yield street, tracker.ranges(number, step.state, step.board), step.state, step.board
        if not any(left.values()):
            return


def best_against(solution: SubgameSolver, hero: int, weight: np.ndarray) -> np.ndarray:
    """float64[1326], the opponent's best response values to a solution, for every hand, NaN where the board blocks."""
    ranges = np.ones((2, 1326))
    ranges[hero] = weight
    quality_of = SubgameSolver(solution.tree, solution.board, ranges)
    for node in np.flatnonzero(solution.tree.player_of_node == hero).tolist():
        deeper = node not in solution.game.upper and solution.game.upper.size
        cards = quality_of.game.runout_card.tolist() if deeper else [-1]
        for runout, card in enumerate(cards):
            of_card = solution.game.runout_card.tolist().index(card) if deeper else 0
            quality_of.set_strategy(node, solution.strategy(node, of_card), runout)
    values = np.full(1326, np.nan)
    values[quality_of.hands[1 - hero]] = quality_of.values(1 - hero, True)
    return values


def compare(blueprint, street, ranges, state, board, iterations: int) -> dict[str, dict[str, float]]:
    """{kind: {column: percent of the pot}} of one decision, with milliseconds."""
    hero, pot = state.player, sum(state.contributions)
    # Renamings of suits would fold cards by the ranges, which differ by kind: tiny differences end that.
    weight = pruned(ranges.weight, 5e-3) * (1 + 1e-6 * np.random.default_rng(0).random((2, 1326)))
    begin = time.perf_counter()
    known = Alternatives(blueprint, ranges.place.node, board, hero, weight[hero])
    alternative = known.find()
    took = 1e3 * (time.perf_counter() - begin)
    tree, found = known._tree, {}
    old = blueprint.strategy(ranges.place.node, board)
    for kind in KINDS:
        gadget = None if kind == "unsafe" else Gadget(kind, 1 - hero, alternative)
        solver = SubgameSolver(tree, list(board), weight, gadget=gadget)
        begin = time.perf_counter()
        solver.run(iterations)
        spent = 1e3 * (time.perf_counter() - begin) / iterations
        gap = 2 * solver.exploitability()
        gain = best_against(solver, hero, weight[hero]) - alternative
        free, theirs = ~np.isnan(gain), weight[1 - hero]
        mine = weight[hero][solver.hands[hero]]
        moved = np.abs(solver.strategy(0) - old[solver.hands[hero]]).sum(axis=1) / 2
        values = (
            float(gain[free] @ theirs[free] / theirs[free].sum()),
            float(np.maximum(gain[free], 0).mean()),
            float(gain[free].max()),
            pot * float(mine @ moved / mine.sum()),
            gap,
        )
        found[kind] = {name: 100 * value / pot for name, value in zip(COLUMNS, values)}
        found[kind] |= {"ms": spent, "alternatives_ms": took, "hands": sum(each.size for each in solver.hands)}
    return found


def table(rows: list[dict], title: str) -> list[str]:
    """Markdown."""
    lines = [f"| {title} | gain, his range | gain, any hand | largest | change | gap | ms an iteration | hands |"]
    lines.append("|---" * 8 + "|")
    for kind in KINDS:
        of_column = [np.array([row[kind][name] for row in rows], np.float64) for name in COLUMNS]
        estimates = [Estimate.of_values(values, "% of the pot") for values in of_column]
        cells = [f"{estimate.mean:.2f} ± {estimate.half_width:.2f}" for estimate in estimates]
        ms, hands = (np.median([row[kind][name] for row in rows]) for name in ("ms", "hands"))
        lines.append(f"| {kind} | " + " | ".join([*cells, f"{ms:.3g}", f"{hands:.0f}"]) + " |")
    took = [row["unsafe"]["alternatives_ms"] for row in rows]
    quartiles = np.percentile(took, (50, 0, 100))
    lines.append("\nfinding the alternatives: median {:.1f} ms ({:.1f} to {:.1f})\n".format(*quartiles))
    return lines


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--river", type=int, default=48, help="decisions on the river")
    parser.add_argument("--turn", type=int, default=12)
    parser.add_argument("--iterations", default="400,60", help="on the river, on the turn")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    _, player = open_player(str(config_folder() / "blueprints" / "nolimit_hu_200bb"), None, Communicator())
    profile = open_profile("nolimit_hu_200bb")
    on_river, on_turn = (int(each) for each in given.iterations.split(","))
    rows: dict[int, list[dict]] = {2: [], 3: []}
    first = True
    for street, *rest in decisions(player, profile, {2: given.turn, 3: given.river}, given.seed):
        if first:  # compiled or loaded, not measured
            compare(player.blueprint, street, *rest, 1)
            first = False
        rows[street].append(compare(player.blueprint, street, *rest, on_river if street == 3 else on_turn))
        print(f"{len(rows[2])} turns, {len(rows[3])} rivers", file=sys.stderr, flush=True)
    print(
        f"python {' '.join(sys.orig_argv[1:])}\nholdem_mpi {holdem_mpi.__version__}, "
        f"Python {platform.python_version()}, NumPy {np.__version__}, Numba {numba.__version__}; seed {given.seed}; "
        "% of the pot, mean ± 95 %\n"
    )
    for street, name, iterations in ((3, "river", on_river), (2, "turn", on_turn)):
        if len(rows[street]) > 1:
            print("\n".join(table(rows[street], f"{len(rows[street])} {name}s, {iterations} iterations")))


if __name__ == "__main__":
    main()
