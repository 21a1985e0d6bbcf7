"""What known hands are worth at a showdown, over all cards to come."""

import numpy as np
from numba import njit

from holdem_mpi.kernels.cards.evaluator import evaluate
from holdem_mpi.kernels.traversal.payoff import value_of_many


@njit(cache=True)
def strengths_of_run_outs(evaluator, hands, board, missing, strengths):
    """Strengths of ``hands`` (int64[player, 2]) on ``board`` (int64[card]) with ``missing`` cards, 0 to 2, to come.

    strengths: int64[run-out, player], larger is better, written; one for each set of cards that nobody holds.
    """
    used = np.zeros(52, np.bool_)
    for player in range(len(hands)):
        used[hands[player]] = True
    used[board] = True
    left = np.flatnonzero(~used)
    cards, seen = np.empty(7, np.int64), 2 + board.size
    cards[2:seen] = board
    at = 0
    for first in range(left.size if missing > 0 else 1):
        for second in range(first + 1, left.size if missing > 1 else first + 2):
            if missing > 0:
                cards[seen] = left[first]
            if missing > 1:
                cards[seen + 1] = left[second]
            for player in range(len(hands)):
                cards[:2] = hands[player]
                strengths[at, player] = evaluate(evaluator, cards, seen + missing)
            at += 1


@njit(cache=True)
def mean_winnings(tree, kind, strengths, player):
    """Mean of ``value_of_many`` of terminal 0 of ``tree`` over ``strengths`` (int64[run-out, player])."""
    total = 0.0
    for at in range(len(strengths)):
        total += value_of_many(tree, 0, kind, strengths[at], player)
    return total / len(strengths)
