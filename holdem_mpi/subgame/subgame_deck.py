"""The cards of a subgame: hold'em's, whose board is complete with 3, 4 or 5 cards, or a toy deck's.

A hand is two cards, for the kernels as well. In a toy deck, whose hands are single cards, the second card is one that
no other hand has. So a hand blocks itself alone, and sums over both its cards count itself twice, as in hold'em.
"""

import functools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from holdem_mpi.cards import CARDS_OF_HAND, NUM_CARDS, NUM_HANDS, hands_holding
from holdem_mpi.game.toy import ToyDeck
from holdem_mpi.kernels.cards.evaluator import evaluator_tables
from holdem_mpi.kernels.cards.showdown import showdown_workspace
from holdem_mpi.kernels.cards.sweep import rank_hands, ranked_hands


@dataclass(frozen=True)
class SubgameDeck:
    """What cards there are, and which of them are whose.

    num_cards: of the deck, card = rank * suits + suit.
    suits: those that can be renamed.
    private: cards that a player holds.
    complete: cards of a board on which hands are shown.
    card: int64[hand, 2], see above.
    groups: from a complete board to int64[hand], 0 for the weakest hands, equal for equal ones, -1 for those that the
        board blocks.
    """

    num_cards: int
    suits: int
    private: int
    complete: int
    card: np.ndarray
    groups: Callable[[Sequence[int]], np.ndarray]

    def blocked(self, board: Sequence[int]) -> np.ndarray:
        """bool[hand], hands that hold a card of the board."""
        return hands_holding(board, len(self.card))

    def runouts(self, board: Sequence[int]) -> int:
        """Runouts that each pair of hands leaves: next cards, or 1 where the board is complete."""
        return 1 if len(board) == self.complete else self.num_cards - len(board) - 2 * self.private

    def renamed_card(self, card: int, suits: Sequence[int]) -> int:
        """The card that a card becomes when suit s is renamed ``suits[s]``."""
        return card - card % self.suits + suits[card % self.suits]

    def renamed_hands(self, suits: Sequence[int]) -> np.ndarray:
        """int64[hand], the hand that each becomes when suit s is renamed ``suits[s]``."""
        card = np.array([self.renamed_card(card, suits) for card in range(self.num_cards)])
        renamed = np.concatenate([card, card + self.num_cards])[self.card]
        return self._hand_of_cards[renamed[:, 0], renamed[:, 1]]

    @functools.cached_property
    def _hand_of_cards(self) -> np.ndarray:
        hand = np.zeros((2 * self.num_cards,) * 2, np.int64)
        for order in ((0, 1), (1, 0)):
            hand[tuple(self.card[:, order].T)] = np.arange(len(self.card))
        return hand


@functools.cache
def holdem_deck(complete: int = 5) -> SubgameDeck:
    """Hold'em's deck, hands 0..1325, where hands are shown on ``complete`` board cards."""
    tables, workspace, ranked = evaluator_tables(), showdown_workspace(), ranked_hands()
    alone = threading.Lock()  # they are one for all threads of a server

    def groups(board: Sequence[int]) -> np.ndarray:
        with alone:
            rank_hands(tables, np.array(board, np.int64), len(board), workspace, ranked)
            return _groups(ranked, NUM_HANDS)

    return SubgameDeck(num_cards=NUM_CARDS, suits=4, private=2, complete=complete, card=CARDS_OF_HAND, groups=groups)


def toy_subgame_deck(toy: ToyDeck) -> SubgameDeck:
    """A toy deck's: hand = card; hands are shown on no board (Kuhn) or on one card (Leduc)."""

    def groups(board: Sequence[int]) -> np.ndarray:
        public = board[0] if board else None
        strength = [-1 if card == public else toy.strength(card, public) for card in range(toy.num_cards)]
        levels = np.unique([level for level in strength if level >= 0])
        return np.where(np.array(strength) < 0, -1, np.searchsorted(levels, strength))

    card = np.arange(toy.num_cards)[:, None] + np.array([0, toy.num_cards])
    return SubgameDeck(
        num_cards=toy.num_cards, suits=toy.copies, private=1, complete=toy.public_cards, card=card, groups=groups
    )


def _groups(ranked, hands: int) -> np.ndarray:
    """int64[hand], the group of each hand of RankedHands, -1 for those that are not in it."""
    group = np.full(hands, -1)
    starts = ranked.first_of_group[: ranked.count[1] + 1]
    group[ranked.hand[: ranked.count[0]]] = np.repeat(np.arange(ranked.count[1]), np.diff(starts))
    return group
