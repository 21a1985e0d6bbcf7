"""AIVAT for hands of any number of players whose strategies and hands are all known (Burch et al., AAAI 2018).

A guess is made of what the measured seat wins: what it would if nobody bet any more, its share of the pots over all
cards to come. At each action, what the guess is in the mean of the acting player's own mixture, less what it is after
the action that was drawn, is added to the chips; at each card to come, what it was before less what it is after, which
is zero in the mean since the guess before is the mean over all of them. So the expectation stays what it is, whatever
the guess is worth.

Before the flop no guess is made: the luck of the hands dealt and of the flop stays.
"""

import functools

import numpy as np

from holdem_mpi.evaluation.aivat import PlayedHand
from holdem_mpi.game.deck import Board, Deck
from holdem_mpi.game.rules import BettingState
from holdem_mpi.kernels.arrays import KIND_FOLD, KIND_SHOWDOWN, TreeCode
from holdem_mpi.kernels.traversal.run_outs import mean_winnings

# Cards to come beyond which no guess is made.
_MOST_TO_COME = 2
_NO_INTS, _NO_FLOATS, _NO_PLACES = np.zeros(0, np.uint32), np.zeros(1), np.zeros((0, 0), np.uint64)


class RingAivat:
    """Estimates of what a seat wins in hands that were played with ``deck``."""

    def __init__(self, deck: Deck) -> None:
        self._deck = deck
        self._strengths = functools.lru_cache(64)(deck.run_outs)

    def estimate(self, hand: PlayedHand, seat: int, chips: float) -> float:
        """The chips that ``seat`` has won in the hand, with the luck taken off. The hand's actions carry mixtures."""
        total, board = chips, ()
        for decision in hand.decisions:
            total += self._luck_of_cards(hand, decision.state, board, decision.board, seat)
            board = decision.board
            actions, probabilities = decision.mixture
            for action, probability in zip(actions, probabilities):
                if probability > 0.0 or action == decision.action:
                    weight = probability / sum(probabilities) - (action == decision.action)
                    total += weight * self._guess(hand, decision.state.apply(action), board, seat)
        if hand.end.is_showdown:
            total += self._luck_of_cards(hand, hand.end, board, hand.board, seat)
        return total

    def _luck_of_cards(self, hand: PlayedHand, state: BettingState, before: Board, after: Board, seat: int) -> float:
        """What the guess was before the cards of ``after``, less what it is with them, street by street."""
        total, board = 0.0, before
        while len(board) < len(after):
            now = after[: next(seen for seen in self._deck.seen if seen > len(board))]
            if self._to_come(board) <= _MOST_TO_COME:
                total += self._guess(hand, state, board, seat) - self._guess(hand, state, now, seat)
            board = now
        return total

    def _to_come(self, board: Board) -> int:
        return self._deck.seen[-1] - len(board)

    def _guess(self, hand: PlayedHand, state: BettingState, board: Board, seat: int) -> float:
        """Chips of ``seat`` if nobody bets any more; 0 where too many cards are to come."""
        if self._to_come(board) > _MOST_TO_COME:
            return 0.0
        folded = sum(1 << other for other, out in enumerate(state.folded) if out)
        tree = TreeCode(
            code=_NO_INTS,
            stake_of_terminal=np.array([state.stakes]),
            folded_of_terminal=np.array([folded], np.uint8),
            fixed_of_terminal=_NO_FLOATS,
            matched_of_terminal=_NO_FLOATS,
            base_pair=_NO_PLACES,
            width=_NO_PLACES,
        )
        kind = KIND_FOLD if state.folded.count(False) == 1 else KIND_SHOWDOWN
        return float(mean_winnings(tree, kind, self._strengths(hand.hands, board), seat))
