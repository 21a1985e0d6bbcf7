"""What hands all players may hold after some betting if they play a blueprint: Bayes' rule along the real history."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from holdem_mpi.cards import without_blocked
from holdem_mpi.game.rules import BettingState, Rules
from holdem_mpi.policy.blueprint import Blueprint
from holdem_mpi.policy.players import Strategy
from holdem_mpi.policy.translation import Place, follow, is_on_tree, start_place

# Every action is given this much probability at least, so that a hand that the blueprint would not have played so is
# unlikely instead of impossible: a range is never empty.
LEAST = 1e-3


class Ranges(NamedTuple):
    """After some actions.

    weight: float64[player, hand], each row's largest 1.
    place: on the blueprint's tree.
    state: the real betting.
    translated: actions that the tree does not have, each as ``r350 taken for r400``.
    """

    weight: np.ndarray
    place: Place
    state: BettingState
    translated: tuple[str, ...]


def start_ranges(blueprint: Blueprint, rules: Rules | None = None) -> Ranges:
    """All hands alike, at the start of a hand by ``rules``: the tree's, or others that allow more raises."""
    place = start_place(blueprint.tree)
    state = BettingState.start(rules) if rules else place.state
    return Ranges(np.ones((blueprint.tree.num_players, blueprint.num_hands)), place, state, ())


def ranges_after_action(
    blueprint: Blueprint,
    before: Ranges,
    action: int,
    board: Sequence[int],
    u: float,
    played: Strategy | None = None,
) -> Ranges:
    """The ranges once the player to act has taken ``action`` with ``board`` in sight; ``u`` as in ``follow``.

    played: (actions, float64[hand, action]) that the player has played by instead of the blueprint, ``action`` one of
        them. Without it the action says nothing of the hand where the tree has no decision.

    IllegalAction where the rules do not allow the action.
    """
    tree, state = blueprint.tree, before.state
    after = state.apply(action)
    place = follow(tree, before.place, state, action, u)
    weight, translated, sigma = before.weight, before.translated, None
    if is_on_tree(tree, before.place, state) and place.node >= 0:
        choice = int(np.flatnonzero(tree.children(before.place.node) == place.node)[0])
        taken = int(tree.actions(before.place.node)[choice])
        if played is None:
            sigma = blueprint.strategy(before.place.node, tuple(board))[:, choice]
        if action > 0 and taken != action:
            translated += (f"r{action} taken for r{taken}",)
    elif before.place.node >= 0 and place.node < 0:
        translated += (f"r{action} has no place on the tree" if action > 0 else "left the tree",)
    if played is not None:
        sigma = played[1][:, played[0].index(action)]
    if sigma is not None:
        weight = weight.copy()
        weight[state.player] *= np.maximum(sigma, LEAST)
        weight[state.player] /= weight[state.player].max()
    return Ranges(weight, place, after, translated)


def ranges_of_history(
    blueprint: Blueprint, history: Sequence[Sequence[int]], board: Sequence[int], draw: Callable[[int], float]
) -> Ranges:
    """The ranges after ``history`` (actions by street) with ``board`` as it lies now: zero for hands that overlap it.

    draw: gives each action's ``u`` from its number in the hand.
    """
    ranges, number = start_ranges(blueprint), 0
    for street, actions in enumerate(history):
        for action in actions:
            ranges = ranges_after_action(blueprint, ranges, action, board[: blueprint.seen[street]], draw(number))
            number += 1
    return ranges._replace(weight=without_blocked(ranges.weight, board))


def pruned(weight: np.ndarray, least: float, keep: tuple[int, int] | None = None) -> np.ndarray:
    """``weight`` without the hands below ``least`` of their row's largest; ``keep`` (seat, hand) stays, at that."""
    cut = np.where(weight >= least * weight.max(axis=1, keepdims=True), weight, 0.0)
    if keep is not None:
        seat, hand = keep
        cut[seat, hand] = max(weight[seat, hand], least * weight[seat].max())
    return cut
