"""Hands that a board does not tell apart: equal up to the renamings of suits that leave the board as it is."""

import numpy as np
from numba import njit

from holdem_mpi.kernels.isomorphism import unindex_hand


@njit(cache=True)
def number_classes(ix, maps, first, rows, counts):
    """Number the classes of hands on the canonical boards ``first`` onwards, from 0 on each board.

    ix: indexer of the boards; maps: ``hand_strength.suit_maps()``; rows: uint32[boards, 1326], written: the hand's
    class, in order of its lowest hand, and the dtype's largest number where hand and board overlap; counts:
    int64[boards], written: classes.
    """
    n = ix.first_card_of_round[-1]
    board = np.empty(n, np.int64)
    card_of_hand = np.empty((1326, 2), np.int64)
    for high in range(52):
        for low in range(high):
            card_of_hand[high * (high - 1) // 2 + low, 0] = high
            card_of_hand[high * (high - 1) // 2 + low, 1] = low
    for row in range(len(rows)):
        unindex_hand(ix, first + row, board)
        on_board = 0
        for card in board:
            on_board |= 1 << card
        for hand in range(1326):
            rows[row, hand] = hand
        for number in range(24):
            renamed = 0
            for card in board:
                renamed |= 1 << (card & ~3) + np.int64(maps.suit_of_suit[number, card & 3])
            if renamed == on_board:
                for hand in range(1326):
                    rows[row, hand] = min(rows[row, hand], maps.source_of_hand[number, hand])
        # Lowest hands come before the others of their class, whose entries still name them.
        classes = 0
        for hand in range(1326):
            if on_board >> card_of_hand[hand, 0] & 1 or on_board >> card_of_hand[hand, 1] & 1:
                rows[row, hand] = 0xFFFFFFFF
            elif rows[row, hand] == hand:
                rows[row, hand] = classes
                classes += 1
            else:
                rows[row, hand] = rows[row, rows[row, hand]]
        counts[row] = classes
