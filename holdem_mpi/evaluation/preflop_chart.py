"""A 13 x 13 chart of a preflop decision."""

import numpy as np

from holdem_mpi.cards import CLASS_OF_HAND, NUM_CLASSES, NUM_HANDS
from holdem_mpi.errors import UserError
from holdem_mpi.game.seat_names import seat_with_name
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.names import action_name, betting_to
from holdem_mpi.policy.policy_files import open_run_policy
from holdem_mpi.reporting.hand_grid import grid_lines


def chart_lines(folder: str, line: str) -> list[str]:
    """A 13 x 13 chart of the preflop decision that ``line`` leads to: pairs on the diagonal, suited hands above it.

    Each cell: percent that the hand raises (any size), calls or checks; the rest folds. An infoset that training never
    visited shows ``.``.
    """
    game, policy, _ = open_run_policy(folder, Communicator())  # one rank prints it, by itself
    if game.is_toy or game.rules.board_cards[0]:
        raise UserError(f"{folder}: {game.name} has no preflop hands; expected a hold'em policy")
    layout, tree = policy.layout, policy.layout.tree
    nodes = {
        betting_to(layout, int(node)): int(node)
        for node in np.flatnonzero((tree.kind_of_node == KIND_DECISION) & (tree.street_of_node == 0))
    }
    line = "".join(line.split()).lower().removesuffix("/")
    if line not in nodes:
        known = ", ".join(name or "(none)" for name in list(nodes)[:12])
        raise UserError(f"--line {line!r}: no preflop decision comes after it; expected one of {known}")
    node = nodes[line]
    sigma = policy.of_node(node)
    actions = [action_name(action) for action in tree.actions(node)]
    raises = np.array([name.startswith("r") for name in actions])
    calls = np.array([name == "c" for name in actions])
    seat = seat_with_name(game.rules, int(tree.player_of_node[node]))
    lines = [
        f"{game.name}: {seat} to act after {line or 'the blinds'}; actions {' '.join(actions)}",
        "cell: % raise / % call or check (the rest folds); suited above the diagonal",
    ]
    cells = []
    for preflop_class in range(NUM_CLASSES):
        raised, called = (100 * sigma[preflop_class, which].sum() for which in (raises, calls))
        cells.append(f"{raised:.0f}/{called:.0f}" if policy.of_row(node, preflop_class)[1] else ".")
    lines += grid_lines(cells, 6)
    total = sigma @ np.stack([raises, calls]).T
    weight = np.bincount(CLASS_OF_HAND) / NUM_HANDS
    mean = 100 * weight @ total
    folded = max(0.0, 100 - mean.sum())
    lines.append(f"all hands: {mean[0]:.1f} % raise, {mean[1]:.1f} % call or check, {folded:.1f} % fold")
    return lines
