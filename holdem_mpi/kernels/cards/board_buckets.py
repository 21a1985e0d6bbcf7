"""The bucket of every hand on a board, in the board's own suits."""

import numpy as np
from numba import njit

from holdem_mpi.kernels.cards.deal import D_CARDS, D_DECK, D_PUBLIC, DECK_TOY
from holdem_mpi.kernels.cards.hands import NUM_HANDS, blank_overlaps, hand_of
from holdem_mpi.kernels.cards.isomorphism import index_board


@njit(cache=True)
def _read_board(indexer, bucket_table, board, bucket_of_hand):
    suit_map = np.zeros(4, np.uint8)
    row = NUM_HANDS * index_board(indexer, board, suit_map)
    for high in range(1, 52):
        for low in range(high):
            first = (high & ~3) + np.int64(suit_map[high & 3])
            second = (low & ~3) + np.int64(suit_map[low & 3])
            top, bottom = max(first, second), min(first, second)
            place = row + hand_of(top, bottom)
            bucket_of_hand[hand_of(high, low)] = np.int64(bucket_table[place])
    blank_overlaps(board, board.size, bucket_of_hand, -1)


@njit(cache=True)
def read_board_buckets(tables, street, board, bucket_of_hand):
    """Fill ``bucket_of_hand`` (int64[1326], or int64[card] of a toy deck): -1 where a hand overlaps the board.

    board: int64[seen], exactly the public cards seen on ``street``. 10 us in hold'em.
    """
    if tables.shape[D_DECK] == DECK_TOY:
        public = board[0] if tables.shape[D_PUBLIC] > 0 and board.size > 0 else -1
        for card in range(tables.shape[D_CARDS]):
            bucket_of_hand[card] = -1 if card == public else np.int64(tables.toy_bucket[street, card, max(public, 0)])
    elif board.size == 0:
        for hand in range(bucket_of_hand.size):
            bucket_of_hand[hand] = np.int64(tables.class_of_hand[hand])
    elif board.size == 3:
        _read_board(tables.index_of_3, tables.bucket_of_3, board, bucket_of_hand)
    elif board.size == 4:
        _read_board(tables.index_of_4, tables.bucket_of_4, board, bucket_of_hand)
    else:
        _read_board(tables.index_of_5, tables.bucket_of_5, board, bucket_of_hand)
