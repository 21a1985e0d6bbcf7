"""The cards of a match: who gets which, what a showdown is worth to whole ranges, which boards can follow."""

import functools
import itertools
import math
from collections.abc import Sequence

import numpy as np

from holdem_mpi.cards import CLASS_OF_HAND, NUM_CARDS, NUM_HANDS, cards_of_hand, hand_of_cards, hands_of_card
from holdem_mpi.game.pots import payoffs
from holdem_mpi.game.rules import BettingState
from holdem_mpi.game.toy import ToyDeck
from holdem_mpi.kernels import rng
from holdem_mpi.kernels.cards.evaluator import evaluator_tables
from holdem_mpi.kernels.cards.hands import hand_cards
from holdem_mpi.kernels.cards.showdown import showdown_workspace
from holdem_mpi.kernels.cards.sweep import rank_hands, ranked_hands, ranked_toy_hands
from holdem_mpi.kernels.traversal.run_outs import strengths_of_run_outs
from holdem_mpi.kernels.values.range_values import all_in_sums, free_mass, showdown_sums

Board = tuple[int, ...]


class Deck:
    """The cards of a match: hold'em's deck, or a toy deck whose hands are single cards. What showdowns are worth to
    whole ranges it knows of two players.

    A deck says which cards and hands there are, deals them, and knows what showdowns are worth. ``ToyDeck`` is the
    small deck of Kuhn and Leduc itself, ``SubgameDeck`` what a subgame needs of either.

    num_cards, num_hands: how many there are.
    seen: public cards seen by street.
    cards: HandCards, the cards of every hand.
    """

    def __init__(self, board_cards: Sequence[int], toy: ToyDeck | None = None) -> None:
        self._toy = toy
        self.num_cards = toy.num_cards if toy else NUM_CARDS
        self.num_hands = toy.num_cards if toy else NUM_HANDS
        self.seen = tuple(int(total) for total in np.cumsum(board_cards))
        self.cards = hand_cards(self.num_hands)
        self._workspace, self._ranked = showdown_workspace(), ranked_hands()
        self._stream = np.zeros(10, np.uint64)
        self.ranked = functools.lru_cache(256)(self._rank)

    @property
    def class_of_hand(self) -> np.ndarray:
        """int64[hand], the preflop class of a hand; in a toy deck the hand itself."""
        return np.arange(self.num_hands) if self._toy else CLASS_OF_HAND

    def disjoint(self) -> np.ndarray:
        """bool[hand, hand], whether two hands share no card."""
        free = np.ones((self.num_hands, self.num_hands), bool)
        for holds in hands_of_card(self.num_hands):
            free[np.ix_(holds, holds)] = False
        return free

    def draw(self, seed: int, number: int, players: int = 2) -> tuple[tuple[int, ...], Board]:
        """(hands by seat) and the whole board of deal ``number`` for so many players, which depend on nothing else."""
        rng.open_stream(self._stream, np.uint64(seed), rng.DOMAIN_MATCH_DEAL, number, 0, 0, 0)
        private = 1 if self._toy else 2
        cards: list[int] = []
        while len(cards) < players * private + self.seen[-1]:
            card = int(rng.draw_below(self._stream, self.num_cards))
            if card not in cards:
                cards.append(card)
        hands = tuple(self._hand(cards[private * seat : private * (seat + 1)]) for seat in range(players))
        return hands, tuple(cards[players * private :])

    def _hand(self, cards: list[int]) -> int:
        return cards[0] if self._toy else hand_of_cards(*cards)

    def mass(self, reach: np.ndarray) -> np.ndarray:
        """float64[hand], the reach (float64[hand]) of all hands that share no card with each hand."""
        mass = np.empty(self.num_hands)
        free_mass(self.cards, reach, mass)
        return mass

    def next_boards(self, board: Board) -> np.ndarray:
        """int64[board, seen], every board of the next street; those of a street of several cards in one order each."""
        more = self.seen[self.seen.index(len(board)) + 1] - len(board)
        left = [card for card in range(self.num_cards) if card not in board]
        return np.array([board + extra for extra in itertools.combinations(left, more)], np.int64)

    def _rank(self, board: Board):
        """RankedHands of a complete board: the hands it leaves, in order of strength."""
        if self._toy:
            public = board[0] if board else None
            strength = np.array([self._toy.strength(card, public) for card in range(self.num_cards)])
            return ranked_toy_hands(strength, public)
        ranked = ranked_hands()
        rank_hands(evaluator_tables(), np.array(board, np.int64), len(board), self._workspace, ranked)
        return ranked

    def can_finish(self, board: Board) -> bool:
        """Whether all boards that complete ``board`` can be gone through at once."""
        return self.seen[-1] - len(board) <= 2

    def finish(self, board: Board, reach: np.ndarray) -> float:
        """Mean over pairs of hands and boards to come of seat 0's result at a showdown, -1 to 1.

        reach: float64[2, hand], zero where a hand overlaps the board.
        """
        if len(board) == self.seen[-1]:
            won, weight = showdown_sums(self.ranked(board), reach)
        elif self._toy:
            left = [self._rank((card,)) for card in range(self.num_cards)]
            won, weight = np.sum([showdown_sums(ranked, reach) for ranked in left], axis=0)
        else:
            complete = np.zeros(self.seen[-1], np.int64)
            complete[: len(board)] = board
            won, weight = all_in_sums(evaluator_tables(), complete, len(board), reach, self._workspace, self._ranked)
        return float(won / weight)

    def winnings(self, state: BettingState, board: Board, hands: Sequence[int | None]) -> tuple[int, ...]:
        """Net chips by seat of a hand that is over. hands: by seat; only a showdown looks at them and at the board."""
        strengths = [0] * len(hands)
        for seat, hand in enumerate(hands if state.is_showdown else ()):
            if not state.folded[seat]:
                strengths[seat] = self.strength(board, hand)
        return tuple(payoffs(state.contributions, state.folded, strengths, "seat", state.rules.antes_paid))

    def result(self, board: Board, hands: tuple[int, int]) -> int:
        """1, 0 or -1: whether seat 0 wins, ties or loses the showdown of two hands on the complete board."""
        return int(np.sign(self.strength(board, hands[0]) - self.strength(board, hands[1])))

    def run_outs(self, hands: tuple[int, ...], board: Board) -> np.ndarray:
        """int64[run-out, player], strengths of known hands by every set of cards to come, at most two, that nobody
        holds; larger is better.
        """
        missing = self.seen[-1] - len(board)
        if self._toy:
            left = [card for card in range(self.num_cards) if card not in hands] if missing else [*board, None][:1]
            return np.array([[self._toy.strength(hand, public) for hand in hands] for public in left], np.int64)
        count = math.comb(self.num_cards - 2 * len(hands) - len(board), missing)
        cards, strengths = np.array([cards_of_hand(hand) for hand in hands]), np.empty((count, len(hands)), np.int64)
        strengths_of_run_outs(evaluator_tables(), cards, np.array(board, np.int64), missing, strengths)
        return strengths

    def strength(self, board: Board, hand: int) -> int:
        """The strength of a hand on the complete board, from 1: larger is better, equal is a tie."""
        ranked = self.ranked(board)
        place = int(np.flatnonzero(ranked.hand[: ranked.count[0]] == hand)[0])
        return int(np.searchsorted(ranked.first_of_group[: ranked.count[1]], place, side="right"))
