"""Whether a trained policy's first raises make sense: the game's rules, as data that any sound chart keeps to.

    python -m benchmarks.checks.charts RUN [RUN...]

For hold'em of three and more players with blinds of the first two seats, where all before have folded: aces never fold,
72 offsuit never raises first in, in the first seat, and each later seat up to the button opens more hands than the one
before. Ends with 1 where one is not kept.
"""

import argparse
import sys

import numpy as np

from holdem_mpi.cards import CLASS_OF_HAND, NUM_CLASSES, class_name
from holdem_mpi.game.rules import CALL, FOLD
from holdem_mpi.game.seat_names import seat_names
from holdem_mpi.game.tree import PublicTree
from holdem_mpi.policy.policy_files import open_first_street
from holdem_mpi.policy.tabular import TabularPolicy

# An average keeps a little of what the first iterations tried.
NEVER = 0.01
ACES, WORST = "AA", "72o"
HANDS_OF_CLASS = np.bincount(CLASS_OF_HAND)


def first_decisions(tree: PublicTree) -> list[int]:
    """The decisions that come where all before have folded, in order of action."""
    nodes, node = [], 0
    while tree.street_of_node[node] == 0 and len(nodes) < tree.num_players - 1:
        nodes.append(node)
        actions = tree.actions(node).tolist()
        if FOLD not in actions:
            break
        node = int(tree.children(node)[actions.index(FOLD)])
    return nodes


def share(policy: TabularPolicy, node: int, which: np.ndarray) -> np.ndarray:
    """float64[class], probability of the actions ``which`` (bool[action])."""
    return np.asarray(policy.of_node(node), np.float64)[:, which].sum(axis=1)


def faults_of(policy: TabularPolicy) -> tuple[list[str], list[str]]:
    """(a line for each position, what is not kept to)."""
    tree, lines, faults, opened = policy.layout.tree, [], [], []
    names = {class_name(number): number for number in range(NUM_CLASSES)}
    positions = seat_names(tree.rules)
    for node in first_decisions(tree):
        actions, seat = tree.actions(node), int(tree.player_of_node[node])
        raises, folds = share(policy, node, actions > CALL), share(policy, node, actions == FOLD)
        wide = 100 * float(raises @ HANDS_OF_CLASS) / HANDS_OF_CLASS.sum()
        lines.append(
            f"{positions[seat]:<4} opens {wide:5.1f} %, folds AA {folds[names[ACES]]:.4f}, "
            f"raises 72o {raises[names[WORST]]:.4f}"
        )
        if folds[names[ACES]] > NEVER:
            faults.append(f"{positions[seat]} folds {ACES} with probability {folds[names[ACES]]:.4f}")
        if not opened and raises[names[WORST]] > NEVER:
            faults.append(f"{positions[seat]} raises {WORST} with probability {raises[names[WORST]]:.4f}")
        if seat >= 2 and opened and wide <= opened[-1][1]:
            faults.append(
                f"{positions[seat]} opens {wide:.1f} % of hands, {opened[-1][0]} before it {opened[-1][1]:.1f}"
            )
        if seat >= 2:
            opened.append((positions[seat], wide))
    return lines, faults


def main() -> int:
    """Print the opening shares of each run's policy, and what is wrong with them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", metavar="RUN", help="folder of a run or a policy, or RUN@CHECKPOINT")
    wrong = 0
    for run in parser.parse_args().runs:
        lines, faults = faults_of(open_first_street(run)[1])
        print("\n".join([f"{run}:", *(f"  {line}" for line in lines), *(f"  WRONG: {fault}" for fault in faults)]))
        wrong += len(faults)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
