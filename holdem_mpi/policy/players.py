"""Who plays and can be evaluated: a player says for every hand it may hold with what probabilities it acts.

Players keep no state of a hand: what they must remember of it is a memo that the caller passes along, so one object
serves both seats and many hands.
"""

from collections.abc import Hashable
from typing import Protocol

import numpy as np

from holdem_mpi.cards import hands_holding
from holdem_mpi.game.rules import CALL, FOLD, BettingState
from holdem_mpi.policy.blueprint import Blueprint
from holdem_mpi.policy.translation import Outcomes, Place, follow, is_on_tree, outcomes, real_action, start_place

Strategy = tuple[tuple[int, ...], np.ndarray]


class Player(Protocol):
    """What matches and bounds ask of whoever plays: what it does with every hand, and what it must remember of the
    betting.
    """

    name: str

    def start(self) -> Hashable:
        """The memo at the start of a hand."""

    def follow(self, memo: Hashable, state: BettingState, action: int, u: float) -> Hashable:
        """Memo after ``action`` was taken in ``state``; ``u`` in [0, 1) decides what is random in that."""

    def outcomes(self, memo: Hashable, state: BettingState, action: int) -> tuple[tuple[float, Hashable], ...]:
        """(probability, memo) of every memo that ``follow`` may give, for whoever sums over what is random."""

    def strategy(self, memo: Hashable, state: BettingState, board: tuple[int, ...]) -> Strategy:
        """(legal actions, float64[hand, action]) of the player to act in ``state``.

        Rows of hands that overlap the board are zero, all others sum to 1. Hands are 0..1325, or a toy deck's cards.
        """

    def strategy_of_hand(self, memo: Hashable, state: BettingState, board: tuple[int, ...], hand: int) -> Strategy:
        """(legal actions, float64[action]): one row of ``strategy``, cheaper."""


class BlueprintPlayer:
    """Plays a blueprint; bets that its tree lacks are translated, and where it has no answer it checks or calls.

    iterations: that it was trained for; None where that is not known.
    """

    def __init__(self, name: str, blueprint: Blueprint, iterations: int | None = None) -> None:
        self.name, self.iterations = name, iterations
        self.blueprint = blueprint

    def start(self) -> Place:
        """The place of the tree's root."""
        return start_place(self.blueprint.tree)

    def follow(self, memo: Place, state: BettingState, action: int, u: float) -> Place:
        """The place on the tree after ``action``."""
        return follow(self.blueprint.tree, memo, state, action, u)

    def outcomes(self, memo: Place, state: BettingState, action: int) -> Outcomes:
        """The places on the tree that ``action`` may be taken for."""
        return outcomes(self.blueprint.tree, memo, state, action)

    def strategy(self, memo: Place, state: BettingState, board: tuple[int, ...]) -> Strategy:
        """(legal actions, float64[hand, action]): the blueprint's strategy at the memo's node, in actions that are
        legal in ``state``.
        """
        blueprint = self.blueprint
        if not is_on_tree(blueprint.tree, memo, state):
            return (CALL,), (~hands_holding(board, blueprint.num_hands))[:, None].astype(np.float64)
        return _in_real_actions(blueprint, memo, state, blueprint.strategy(memo.node, board))

    def strategy_of_hand(self, memo: Place, state: BettingState, board: tuple[int, ...], hand: int) -> Strategy:
        """(legal actions, float64[action]): the row of ``strategy`` for one hand."""
        blueprint = self.blueprint
        if not is_on_tree(blueprint.tree, memo, state):
            return (CALL,), np.ones(1)
        actions, sigma = _in_real_actions(
            blueprint, memo, state, blueprint.strategy_of_hand(memo.node, board, hand)[None]
        )
        return actions, sigma[0]


def _in_real_actions(blueprint: Blueprint, place: Place, state: BettingState, sigma: np.ndarray) -> Strategy:
    """``sigma`` (float64[any, tree action]) over real actions; those of the tree's that become one are added up."""
    real = [real_action(place, state, int(a)) for a in blueprint.tree.actions(place.node)]
    actions = sorted(set(real))
    if len(actions) == len(real):
        return tuple(real), sigma
    merged = np.zeros((sigma.shape[0], len(actions)))
    for column, action in enumerate(real):
        merged[:, actions.index(action)] += sigma[:, column]
    return tuple(actions), merged


# Weights of (fold, call, smallest raise, all-in); see ``baseline_mixture``.
BASELINES = {
    "always-fold": (1.0, 0.0, 0.0, 0.0),
    "always-call": (0.0, 1.0, 0.0, 0.0),
    "always-raise": (0.0, 0.0, 1.0, 0.0),
    "half-half": (0.0, 0.5, 0.5, 0.0),
    "random": (0.25, 0.25, 0.25, 0.25),
}
# The baseline that takes each of its legal actions with the same probability.
RANDOM = "random"


def baseline_mixture(name: str, can_fold: bool, smallest: int | None, largest: int | None) -> dict[int, float]:
    """{action: probability} of one of BASELINES where it may raise to ``smallest`` ... ``largest`` (None: not at all).

    It never folds where a check is free. What is not legal goes to a call; ``random`` leaves it out.
    """
    legal = (FOLD if can_fold else CALL, CALL, smallest or CALL, largest or CALL)
    if name == RANDOM:
        return {action: 1.0 / len(set(legal)) for action in sorted(set(legal))}
    weight: dict[int, float] = {}
    for action, probability in zip(legal, BASELINES[name]):
        weight[action] = weight.get(action, 0.0) + probability
    return {action: weight[action] for action in sorted(weight) if weight[action] > 0.0}


class Memoryless:
    """A player whose actions do not depend on the betting before."""

    def start(self) -> None:
        """None: there is nothing to remember."""
        return None

    def follow(self, memo: None, state: BettingState, action: int, u: float) -> None:
        """None: there is nothing to remember."""
        return None

    def outcomes(self, memo: None, state: BettingState, action: int) -> tuple[tuple[float, None], ...]:
        """The one memo that there is, None, with probability 1."""
        return ((1.0, None),)


class BaselinePlayer(Memoryless):
    """One of BASELINES: the same mixture with every hand, at every decision; it never folds where a check is free."""

    def __init__(self, name: str, num_hands: int) -> None:
        self.name = name
        self._num_hands = num_hands

    def _mix(self, state: BettingState) -> tuple[tuple[int, ...], np.ndarray]:
        legal = state.legal()
        mixture = baseline_mixture(self.name, legal.can_fold, legal.min_raise_to, legal.max_raise_to)
        return tuple(mixture), np.array(list(mixture.values()))

    def strategy(self, memo: None, state: BettingState, board: tuple[int, ...]) -> Strategy:
        """The mixture, for every hand that the board leaves."""
        actions, mixture = self._mix(state)
        return actions, ~hands_holding(board, self._num_hands)[:, None] * mixture

    def strategy_of_hand(self, memo: None, state: BettingState, board: tuple[int, ...], hand: int) -> Strategy:
        """(legal actions, float64[action]): the mixture, which is the same for every hand."""
        return self._mix(state)


def chosen(probabilities: np.ndarray, u: float) -> int:
    """Place of the action that ``u`` falls to; never one without probability."""
    ends = np.cumsum(probabilities)
    place = int(np.searchsorted(ends, u * ends[-1], side="right"))
    return min(place, int(np.flatnonzero(probabilities)[-1]))
