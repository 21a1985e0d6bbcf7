"""What every hand is worth at a terminal node against a range: vectors over hands, with card removal, in O(hands).

Arrays are [hand, column]: a column is one betting sequence, or one terminal node, with a range of its own; columns are
independent and adjacent in memory, so that the loops over them become vector instructions. A range is the opponent's
reach probability of each hand. After Johanson et al., "Accelerating best response calculation in large extensive
games" (IJCAI 2011).

A hand of two cards is blocked by hands that hold either; the sums over both cards count the hand itself twice, which
cancels at a showdown and is added back at a fold. In a toy deck, whose hands are single cards, the second card is
NO_CARD, which blocks nothing.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from holdem_mpi.kernels.cards.hands import NO_CARD, NUM_HANDS, hand_of
from holdem_mpi.kernels.cards.showdown import CARD_MASK, STRENGTH_SHIFT, ShowdownWorkspace, sort_hands


class RankedHands(NamedTuple):
    """The hands that a complete board leaves, weakest first; filled by ``rank_hands`` in hold'em.

    count: int64[2], hands, and groups of equal strength.
    hand: int32[n]; high, low: int32[n], their cards. first_of_group: int32[n + 1], and the number of hands at the end.
    """

    count: np.ndarray
    hand: np.ndarray
    high: np.ndarray
    low: np.ndarray
    first_of_group: np.ndarray


def ranked_hands(num_hands: int = NUM_HANDS) -> RankedHands:
    """Empty RankedHands with space for ``num_hands``."""
    arrays = (np.zeros(size, np.int32) for size in (num_hands, num_hands, num_hands, num_hands + 1))
    return RankedHands(np.zeros(2, np.int64), *arrays)


def ranked_toy_hands(strength: np.ndarray, public: int | None) -> RankedHands:
    """RankedHands of a toy deck: ``strength`` int[card] once ``public`` (None for none) lies on the board."""
    ranked = ranked_hands(strength.size)
    cards = [card for card in np.argsort(strength, kind="stable") if card != public]
    ranked.hand[: len(cards)] = ranked.high[: len(cards)] = cards
    ranked.low[:] = NO_CARD
    starts = [i for i in range(len(cards)) if i == 0 or strength[cards[i]] != strength[cards[i - 1]]]
    ranked.first_of_group[: len(starts) + 1] = [*starts, len(cards)]
    ranked.count[:] = len(cards), len(starts)
    return ranked


@njit(cache=True)
def rank_hands(tables, board, n, workspace: ShowdownWorkspace, ranked):
    """Fill ``ranked`` with the hands of a complete hold'em board of ``n`` = 3, 4 or 5 cards (5 us)."""
    hands = sort_hands(tables, board, n, workspace)
    groups = 0
    before = -1
    for i in range(hands):
        entry = workspace.order[i]
        high = np.int64(entry >> 6 & CARD_MASK)
        low = np.int64(entry & CARD_MASK)
        ranked.hand[i] = hand_of(high, low)
        ranked.high[i] = high
        ranked.low[i] = low
        if entry >> STRENGTH_SHIFT != before:
            before = entry >> STRENGTH_SHIFT
            ranked.first_of_group[groups] = i
            groups += 1
    ranked.first_of_group[groups] = hands
    ranked.count[0] = hands
    ranked.count[1] = groups


@njit(cache=True, _nrt=False)
def add_up(ranked, reach, sums):
    """Fill ``sums`` (float64[54, columns]): of each card the reach of the hands that hold it, and in row 53 of all
    hands.

    reach: float[hand, column]. Row NO_CARD stays zero.
    """
    columns = sums.shape[1]
    sums[:] = 0.0
    for i in range(ranked.count[0]):
        hand, high, low = ranked.hand[i], ranked.high[i], ranked.low[i]
        for column in range(columns):
            weight = reach[hand, column]
            sums[53, column] += weight
            sums[high, column] += weight
            sums[low, column] += weight
    sums[NO_CARD] = 0.0


@njit(cache=True, _nrt=False)
def sweep_fold(ranked, reach, sums, value):
    """Write the reach of the opponent's hands that share no card with each hand to ``value`` (float[hand, column]).

    sums: of ``add_up`` for ``reach``. Hands that the board overlaps are left as they are.
    """
    columns = sums.shape[1]
    for i in range(ranked.count[0]):
        hand, high, low = ranked.hand[i], ranked.high[i], ranked.low[i]
        twice = 0.0 if low == NO_CARD else 1.0
        for column in range(columns):
            value[hand, column] = (
                sums[53, column] - sums[high, column] - sums[low, column] + twice * reach[hand, column]
            )


@njit(cache=True, _nrt=False)
def sweep_showdown(ranked, reach, sums, running, value):
    """Write each hand's reach-weighted wins less losses to ``value`` (float[hand, column]); ties count nothing.

    sums: of ``add_up`` for ``reach``; running: float64[54, columns], scratch. Hands that the board overlaps are left.

    Wins are the weaker hands W, losses what neither they nor equal ones E are of all C: W - (C - W - E).
    """
    columns = sums.shape[1]
    running[:] = 0.0
    for group in range(ranked.count[1]):
        first, end = ranked.first_of_group[group], ranked.first_of_group[group + 1]
        for i in range(first, end):
            hand, high, low = ranked.hand[i], ranked.high[i], ranked.low[i]
            for column in range(columns):
                weaker = running[53, column] - running[high, column] - running[low, column]
                every = sums[53, column] - sums[high, column] - sums[low, column]
                value[hand, column] = weaker - every
        for i in range(first, end):
            hand, high, low = ranked.hand[i], ranked.high[i], ranked.low[i]
            for column in range(columns):
                weight = reach[hand, column]
                running[53, column] += weight
                running[high, column] += weight
                running[low, column] += weight
        if ranked.low[first] == NO_CARD:
            running[NO_CARD] = 0.0
        for i in range(first, end):
            hand, high, low = ranked.hand[i], ranked.high[i], ranked.low[i]
            for column in range(columns):
                value[hand, column] += running[53, column] - running[high, column] - running[low, column]
