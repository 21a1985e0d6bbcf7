"""What hands both players may hold after some betting, if they play a blueprint: Bayes' rule along the real history."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from holdem_mpi.game.rules import BettingState
from holdem_mpi.solver.blueprint import Blueprint
from holdem_mpi.solver.translation import Place, follow, is_on_tree, start_place

# Every action is given this much probability at least, so that a hand that the blueprint would not have played so is
# unlikely instead of impossible: a range is never empty.
LEAST = 1e-3


class Ranges(NamedTuple):
    """After some actions.

    weight: float64[player, hand], each row's largest 1; zero where a hand overlaps the board. place: on the blueprint's
    tree. state: the real betting. translated: names of the actions that the tree does not have, ``r350 as r400``.
    """

    weight: np.ndarray
    place: Place
    state: BettingState
    translated: tuple[str, ...]


def start_ranges(blueprint: Blueprint) -> Ranges:
    """All hands alike, at the start of a hand."""
    place = start_place(blueprint.tree)
    return Ranges(np.ones((2, blueprint.num_hands)), place, place.state, ())


def ranges_after_action(blueprint: Blueprint, before: Ranges, action: int, board: Sequence[int], u: float) -> Ranges:
    """The ranges once the player to act has taken ``action`` with ``board`` in sight; ``u`` as in ``follow``.

    Where the tree has no decision left here, the action says nothing of the hand. IllegalAction where the rules do not
    allow the action.
    """
    tree, state = blueprint.tree, before.state
    after = state.apply(action)
    place = follow(tree, before.place, state, action, u)
    weight, translated = before.weight.copy(), before.translated
    if is_on_tree(tree, before.place, state) and place.node >= 0:
        choice = int(np.flatnonzero(tree.children(before.place.node) == place.node)[0])
        taken = int(tree.actions(before.place.node)[choice])
        sigma = blueprint.strategy(before.place.node, tuple(board))[:, choice]
        weight[state.player] *= np.maximum(sigma, LEAST)
        weight[state.player] /= weight[state.player].max()
        if taken != action or before.place.state != state:
            translated += (f"r{action} as r{taken}",) if action > 0 else ()
    elif place.node < 0 and before.place.node >= 0:
        translated += (f"r{action} has no place on the tree" if action > 0 else "left the tree",)
    return Ranges(weight, place, after, translated)


def ranges_of_history(
    blueprint: Blueprint, history: Sequence[Sequence[int]], board: Sequence[int], draw: Callable[[], float]
) -> Ranges:
    """The ranges after ``history`` (actions by street) with ``board`` as it lies now; ``draw`` gives each ``u``."""
    ranges = start_ranges(blueprint)
    for street, actions in enumerate(history):
        seen = tuple(board[: blueprint.seen[street]])
        for action in actions:
            ranges = ranges_after_action(blueprint, ranges, action, seen, draw())
    return ranges._replace(weight=on_board(ranges.weight, board))


def on_board(weight: np.ndarray, board: Sequence[int]) -> np.ndarray:
    """``weight`` with zeros where a hand overlaps the board."""
    high, low = np.tril_indices(52, -1)
    return np.where(np.isin(high, board) | np.isin(low, board), 0.0, weight)
