"""The hands as kernels number them: their cards, and which of them the cards of a board block.

A hand of hold'em is two cards, ``high`` > ``low``, numbered by the higher card and then by the lower one, 0..1325. A
toy deck's hands are single cards, hand = card; their second card is NO_CARD, which blocks nothing.
"""

import functools
from typing import NamedTuple

import numpy as np
from numba import njit

NUM_CARDS = 52
NUM_HANDS = 1326
NO_CARD = 52


class HandCards(NamedTuple):
    """int64[hand] each: the cards of every hand."""

    high: np.ndarray
    low: np.ndarray


@functools.cache
def hand_cards(num_hands: int = NUM_HANDS) -> HandCards:
    """Cards of the 1,326 hands of hold'em, or of the single cards of a toy deck. Read-only."""
    if num_hands == NUM_HANDS:
        high, low = np.tril_indices(NUM_CARDS, -1)
    else:
        high, low = np.arange(num_hands), np.full(num_hands, NO_CARD)
    high.flags.writeable = low.flags.writeable = False
    return HandCards(high, low)


@njit(cache=True, inline="always")
def hand_of(high, low):
    """Hand of two cards (int64), ``high`` > ``low``."""
    return (high * (high - 1) >> 1) + low


@njit(cache=True)
def blank_overlaps(board, n, values, blank):
    """Set the entries of ``values`` (integer[1326]) whose hand holds one of the first ``n`` cards of ``board``."""
    for i in range(n):
        card = np.int64(board[i])
        for other in range(NUM_CARDS):
            high, low = max(card, other), min(card, other)
            if high != low:
                values[hand_of(high, low)] = blank
