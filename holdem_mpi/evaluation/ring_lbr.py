"""Local best response among several: a player that looks one action ahead, and so bounds what a seat can gain.

As ``local_best_response`` for two (Lisy and Bowling, arXiv:1612.07547): it knows the policy that all others play, and
from it what they may hold. It values each action as if nobody bet after it: who does not fold goes to the showdown. The
others' ranges are taken for independent of each other, and so is beating each of them; side pots are left out. That
makes it a worse player, never a wrong bound: whatever it does is one legal way to play, and what it wins is counted on
hands that are dealt and played.
"""

import functools
import itertools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from holdem_mpi.cards import NUM_HANDS, cards_of_hand, hands_holding
from holdem_mpi.evaluation.local_best_response import LbrSettings, raises_of
from holdem_mpi.game.rules import CALL, FOLD, BettingState
from holdem_mpi.policy.players import Player, Strategy

_Memos = tuple
"""The policy's memo before each action of the hand, and the one now."""
Margins = Callable[[int, tuple[int, ...]], np.ndarray | None]
"""Of a hand and a board: float64[hand], wins less losses against each hand, as a fraction of the boards to come."""


class _Opponent(NamedTuple):
    """Another player who is left. folds: how likely it folds. equity: against the hands that do not."""

    seat: int
    folds: float
    equity: float


class RingLbrPlayer:
    """Plays the local best response to ``player`` in all other seats. num_hands: of the deck; seen: public cards by
    street.
    """

    has_range = False

    def __init__(
        self, player: Player, settings: LbrSettings, margins: Margins, num_hands: int, seen: tuple[int, ...]
    ) -> None:
        self.name, self._player, self._settings = f"local best response to {player.name}", player, settings
        self._num_hands, self._seen = num_hands, seen
        self._margins = functools.lru_cache(64)(margins)
        self._kept: dict[tuple, np.ndarray] = {}

    def start(self) -> _Memos:
        """The policy's memo at the start of a hand."""
        return (self._player.start(),)

    def follow(self, memo: _Memos, state: BettingState, action: int, u: float) -> _Memos:
        """The policy's memos with that after ``action``."""
        return (*memo, self._player.follow(memo[-1], state, action, u))

    def outcomes(self, memo: _Memos, state: BettingState, action: int) -> tuple[tuple[float, _Memos], ...]:
        """(probability, memos) of all that ``follow`` may give."""
        return tuple((p, (*memo, after)) for p, after in self._player.outcomes(memo[-1], state, action))

    def strategy(self, memo: _Memos, state: BettingState, board: tuple[int, ...]) -> Strategy:
        """(actions, float64[hand, action]): one action of each hand that the board leaves."""
        chosen = [
            None if blocked else self._choose(memo, state, board, hand)
            for hand, blocked in enumerate(hands_holding(board, self._num_hands))
        ]
        actions = sorted({action for action in chosen if action is not None})
        sigma = [[float(action == each) for each in actions] for action in chosen]
        return tuple(actions), np.array(sigma)

    def strategy_of_hand(self, memo: _Memos, state: BettingState, board: tuple[int, ...], hand: int) -> Strategy:
        """(the action, its probability 1)."""
        return (self._choose(memo, state, board, hand),), np.ones(1)

    def _choose(self, memo: _Memos, state: BettingState, board: tuple[int, ...], hand: int) -> int:
        if not self._settings.first_round <= state.street + 1 <= self._settings.last_round:
            return CALL
        values = self.values(memo, state, board, hand)
        return max(values, key=values.__getitem__)

    def values(self, memo: _Memos, state: BettingState, board: tuple[int, ...], hand: int) -> dict[int, float]:
        """Chips won over the whole hand that it expects of each action, in order fold, call, raises; of a check or call
        alone where too many cards are to come to know what hands win of each other.
        """
        margins = self._margins(hand, board)
        if margins is None:
            return {CALL: 0.0}
        seat, legal = state.player, state.legal()
        reach = self._reach(memo, state, board) * ~self._blocked(hand, board)
        called = state.contributions[seat] + legal.call_amount
        values = {FOLD: -float(state.contributions[seat])} if legal.can_fold else {}
        left = [other for other, out in enumerate(state.folded) if not out and other != seat]
        stay = [_Opponent(other, 0.0, _equity(reach[other], margins)) for other in left]
        values[CALL] = self._worth(state, called, stay)
        for action in raises_of(state, self._settings.fractions):
            others = self._answers(memo[-1], state, action, board, reach, margins, left)
            values[action] = self._worth(state, action, others)
        return values

    def _answers(self, memo, state, action, board, reach, margins, left) -> list[_Opponent]:
        """What each of the others does about a raise, all before it having folded."""
        memo, at = self._after(memo, state, action), state.apply(action)
        found = {other: _Opponent(other, 0.0, _equity(reach[other], margins)) for other in left}
        while not at.is_over and at.street == state.street and at.player != state.player:
            seat = at.player
            actions, sigma = self._player.strategy(memo, at, board)
            folding = sigma[:, actions.index(FOLD)] if FOLD in actions else np.zeros(self._num_hands)
            kept, total = reach[seat] * (1.0 - folding), float(reach[seat].sum())
            folds = 1.0 - float(kept.sum()) / total if total > 0.0 else 0.0
            found[seat] = _Opponent(seat, folds, _equity(kept, margins))
            step = FOLD if at.legal().can_fold else CALL
            memo, at = self._after(memo, at, step), at.apply(step)
        return list(found.values())

    def _after(self, memo, state: BettingState, action: int):
        """The policy's likeliest memo after ``action``."""
        return max(self._player.outcomes(memo, state, action), key=lambda each: each[0])[1]

    def _worth(self, state: BettingState, level: int, others: list[_Opponent]) -> float:
        """Chips expected with ``level`` put in: who folds loses what is in, others put in as much or all they have."""
        value, seat = 0.0, state.player
        for stays in itertools.product((False, True), repeat=len(others)):
            chance = np.prod([1.0 - of.folds if stay else of.folds for of, stay in zip(others, stays)])
            if chance == 0.0:
                continue
            put_in = dict(enumerate(state.contributions))
            callers = [of for of, stay in zip(others, stays) if stay]
            for of in callers:
                put_in[of.seat] = max(put_in[of.seat], min(level, state.rules.most[of.seat]))
            own = min(level, max(chips for other, chips in put_in.items() if other != seat))
            put_in[seat] = own
            pot = sum(min(chips, own) for chips in put_in.values()) + state.rules.dead
            value += chance * (pot * float(np.prod([of.equity for of in callers])) - own)
        return value

    def _blocked(self, hand: int, board: tuple[int, ...]) -> np.ndarray:
        """bool[hand], hands that share a card with ``hand`` or the board."""
        return _sharing(hand, self._num_hands) | hands_holding(board, self._num_hands)

    def _reach(self, memo: _Memos, state: BettingState, board: tuple[int, ...]) -> np.ndarray:
        """float64[player, hand], how likely each hand of each player has done what it did."""
        actions = [(street, action) for street, of in enumerate(state.history) for action in of]
        if len(self._kept) > 64:
            self._kept.clear()
        reach, at = np.ones((len(state.folded), self._num_hands)), BettingState.start(state.rules)
        for number, (street, action) in enumerate(actions):
            shown = board[: self._seen[street]]
            key = (memo[: number + 1], tuple(actions[: number + 1]), shown)
            if key not in self._kept:
                known, sigma = self._player.strategy(memo[number], at, shown)
                after = reach.copy()
                if action in known:
                    after[at.player] *= sigma[:, known.index(action)]
                if not after[at.player].any():  # as after a bet that was taken for another one: it says nothing
                    after = reach.copy()
                self._kept[key] = after
            reach, at = self._kept[key], at.apply(action)
        return reach


def _equity(reach: np.ndarray, margins: np.ndarray) -> float:
    """The share of showdowns that are won against a range; a half where it is empty."""
    total = float(reach.sum())
    return 0.5 + 0.5 * float(reach @ margins) / total if total > 0.0 else 0.5


@functools.lru_cache(4096)
def _sharing(hand: int, num_hands: int) -> np.ndarray:
    if num_hands == NUM_HANDS:
        return hands_holding(cards_of_hand(hand), num_hands)
    return np.arange(num_hands) == hand
