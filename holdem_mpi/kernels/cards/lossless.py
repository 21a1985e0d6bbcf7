"""Hands that a board does not tell apart: equal up to the renamings of suits that leave the board as it is."""

import numpy as np
from numba import njit

from holdem_mpi.kernels.cards.hands import NUM_HANDS, blank_overlaps
from holdem_mpi.kernels.cards.isomorphism import orbit_size, unindex_hand


@njit(cache=True)
def find_lowest(board, maps, lowest):
    """Write the lowest hand that the board does not tell apart from each to ``lowest`` (int32[1326]), -1 where hand and
    board overlap. board: int64[n]; maps: ``hand_strength.suit_maps()``.
    """
    on_board = 0
    for card in board:
        on_board |= 1 << card
    for hand in range(NUM_HANDS):
        lowest[hand] = hand
    for number in range(24):
        renamed = 0
        for card in board:
            renamed |= 1 << (card & ~3) + np.int64(maps.suit_of_suit[number, card & 3])
        if renamed == on_board:
            for hand in range(NUM_HANDS):
                lowest[hand] = min(lowest[hand], maps.source_of_hand[number, hand])
    blank_overlaps(board, len(board), lowest, -1)


@njit(cache=True)
def find_classes(ix, maps, first, lowest, deals):
    """``find_lowest`` of the canonical boards ``first`` onwards, one to each row of ``lowest`` (int32[boards, 1326]).

    deals: int32[boards, 1326], written: the real deals behind each lowest hand, 0 for all others.
    """
    board = np.empty(ix.first_card_of_round[-1], np.int64)
    for row in range(len(lowest)):
        unindex_hand(ix, first + row, board)
        find_lowest(board, maps, lowest[row])
        orbit = orbit_size(ix, first + row)
        deals[row] = 0
        for hand in range(NUM_HANDS):
            if lowest[row, hand] >= 0:
                deals[row, lowest[row, hand]] += orbit


@njit(cache=True)
def number_classes(ix, maps, first, rows, counts):
    """Number the classes of hands on the canonical boards ``first`` onwards, from 0 on each board.

    ix: indexer of the boards; maps: ``hand_strength.suit_maps()``; rows: uint32[boards, 1326], written: the hand's
    class, in order of its lowest hand, and the dtype's largest number where hand and board overlap; counts:
    int64[boards], written: classes.
    """
    board = np.empty(ix.first_card_of_round[-1], np.int64)
    lowest = np.empty(NUM_HANDS, np.int32)
    for row in range(len(rows)):
        unindex_hand(ix, first + row, board)
        find_lowest(board, maps, lowest)
        # Lowest hands come before the others of their class.
        classes = 0
        for hand in range(NUM_HANDS):
            if lowest[hand] < 0:
                rows[row, hand] = 0xFFFFFFFF
            elif lowest[hand] == hand:
                rows[row, hand] = classes
                classes += 1
            else:
                rows[row, hand] = rows[row, lowest[hand]]
        counts[row] = classes
