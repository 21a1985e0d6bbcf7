"""A simple opponent that looks at its cards: it plays its equity against a random hand, and no more."""

import functools
from math import comb

import numpy as np

from holdem_mpi.cards import CLASS_OF_HAND, NUM_HANDS, hands_holding
from holdem_mpi.game.deck import Board, Deck
from holdem_mpi.game.rules import CALL, FOLD, BettingState
from holdem_mpi.kernels.cards.evaluator import evaluator_tables
from holdem_mpi.kernels.cards.hand_equity import add_all_boards, add_completions
from holdem_mpi.kernels.cards.isomorphism import build_indexer
from holdem_mpi.kernels.cards.showdown import showdown_workspace
from holdem_mpi.policy.players import Memoryless, Strategy

NAME = "pot-odds"
# Equity from which it bets or raises the pot.
RAISE_FROM = 0.7


class PotOddsPlayer(Memoryless):
    """Bets or raises the pot with an equity of at least RAISE_FROM; else checks, or calls where its equity is at least
    the price, the call's share of the pot after it; else folds. Equity: against a random hand, ties count half.
    """

    name = NAME

    def __init__(self, deck: Deck) -> None:
        self._deck = deck
        self._equities = functools.lru_cache(256)(self._all_equities)

    def equity(self, board: Board) -> np.ndarray:
        """float64[hand], each hand's equity against a random one; 0 where it overlaps the board."""
        return self._equities(tuple(sorted(board)))

    def _all_equities(self, board: Board) -> np.ndarray:
        deck = self._deck
        free = ~hands_holding(board, deck.num_hands)
        if deck.num_hands != NUM_HANDS:
            reach = np.stack([np.zeros(deck.num_hands), free.astype(np.float64)])
            equity = np.zeros(deck.num_hands)
            for hand in np.flatnonzero(free):
                reach[0] = 0.0
                reach[0, hand] = 1.0
                equity[hand] = (1 + deck.finish(board, reach)) / 2
            return equity
        total, workspace, sums = deck.seen[-1], showdown_workspace(), np.zeros(NUM_HANDS, np.int64)
        # A hand meets each opponent on the boards that neither overlaps; the sums count wins twice.
        opponents, to_come = comb(50 - total, 2), total - len(board)
        if board:
            complete = np.zeros(total, np.int64)
            complete[: len(board)] = board
            add_completions(evaluator_tables(), complete, len(board), workspace, sums)
            return free * sums / (2 * opponents * comb(50 - len(board), to_come))
        add_all_boards(evaluator_tables(), build_indexer((total,)), workspace, sums)
        mean = np.bincount(CLASS_OF_HAND, sums) / np.bincount(CLASS_OF_HAND)
        return mean[CLASS_OF_HAND] / (2 * opponents * comb(50, total))

    def _choices(self, state: BettingState) -> tuple[tuple[int, ...], float]:
        """(what it does with a weak, a middling and a strong hand, the price)."""
        legal = state.legal()
        pot = state.pot + legal.call_amount
        size = state.contributions[state.player] + legal.call_amount + pot
        strong = min(max(size, legal.min_raise_to), legal.max_raise_to) if legal.max_raise_to else CALL
        return (FOLD if legal.can_fold else CALL, CALL, strong), legal.call_amount / pot

    def strategy(self, memo: None, state: BettingState, board: Board) -> Strategy:
        """(legal actions, float64[hand, action]): one action for every hand that the board leaves."""
        choices, price = self._choices(state)
        equity = self.equity(board)
        kind = np.where(equity >= RAISE_FROM, 2, np.where(equity >= price, 1, 0))
        actions = tuple(sorted(set(choices)))
        place = np.array([actions.index(choice) for choice in choices])[kind]
        free = ~hands_holding(board, self._deck.num_hands)
        return actions, free[:, None] * (place[:, None] == np.arange(len(actions))).astype(np.float64)

    def strategy_of_hand(self, memo: None, state: BettingState, board: Board, hand: int) -> Strategy:
        """(legal actions, float64[action]): the row of ``strategy`` for one hand."""
        actions, sigma = self.strategy(memo, state, board)
        return actions, sigma[hand]
