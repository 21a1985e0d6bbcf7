"""Exact sums of showdown values over the boards to come, for every hand on every canonical board of a street.

The work goes over the canonical boards of the game's last street once each. A complete board B stands for orbit(B) real
boards, and each of its sub-boards F is isomorphic to one canonical board C: so B's showdown values, with suits renamed
as F becomes C, count orbit(B) times towards C. Summed over the orbit of C rather than for C itself, that is
orbit(C) * total, up to those renamings of suits that leave C as it is, which the sum over B does not tell apart;
averaging over that group G restores each hand's own value, and since orbit(C) * |G| = 24,
``total(C)[hand] = sum over g in G of sums(C)[g(hand)] / 24``, exactly. This takes 134,459 sweeps for any street of
hold'em, where going from each canonical flop over its turns and rivers takes two million.
"""

import functools
import itertools
from typing import NamedTuple

import numpy as np
from numba import njit

from holdem_mpi.kernels.cards.hands import NUM_HANDS, blank_overlaps, hand_cards
from holdem_mpi.kernels.cards.isomorphism import index_board, orbit_size, unindex_hand
from holdem_mpi.kernels.cards.showdown import sweep_board


class SuitMaps(NamedTuple):
    """The 24 renamings of suits.

    map_of_code: int64[256], by ``map[0] << 6 | map[1] << 4 | map[2] << 2 | map[3]``; suit_of_suit: uint8[24, 4];
    source_of_hand: int16[24, 1326], the hand that a map turns into this one.
    """

    map_of_code: np.ndarray
    suit_of_suit: np.ndarray
    source_of_hand: np.ndarray


@functools.cache
def suit_maps() -> SuitMaps:
    """SuitMaps of all 24 renamings of suits, built once in a process."""
    maps = np.array(list(itertools.permutations(range(4))), dtype=np.uint8)
    code = maps @ np.array([64, 16, 4, 1])
    map_of_code = np.zeros(256, dtype=np.int64)
    map_of_code[code] = np.arange(24)
    high, low = hand_cards()
    hand = np.zeros((52, 52), dtype=np.int64)
    hand[high, low] = hand[low, high] = np.arange(NUM_HANDS)
    source_of_hand = np.zeros((24, NUM_HANDS), dtype=np.int16)
    for number, suits in enumerate(maps):
        card = 4 * (np.arange(52) >> 2) + suits[np.arange(52) & 3]
        source_of_hand[number, hand[card[high], card[low]]] = np.arange(NUM_HANDS)
    return SuitMaps(map_of_code, maps, source_of_hand)


@njit(cache=True)
def sweep_rows(tables, ix, first, workspace, rows, blank):
    """Showdown values of the complete boards ``first`` onwards, one to each row.

    ix: indexer of the boards; rows: integer[boards, 1326], written: 2 * wins + ties, ``blank`` where cards overlap.
    """
    n = ix.first_card_of_round[-1]
    board = np.empty(n, np.int64)
    for row in range(len(rows)):
        unindex_hand(ix, first + row, board)
        sweep_board(tables, board, n, workspace, rows[row])
        blank_overlaps(board, n, rows[row], blank)


@njit(cache=True)
def add_sweeps(tables, indexers, maps, subsets, boards, workspace, power, sums):
    """Add the showdown values of complete boards, or their squares, to the canonical boards of an earlier street.

    indexers: (complete boards, earlier boards); maps: ``suit_maps()``; subsets: int64[subsets, cards], which of a
    complete board's cards make an earlier one; boards: (first, last) complete board, last not included; power: 1 or 2;
    sums: uint32 (power 1) or uint64[earlier boards, 1326], added to: at most 24 times the largest total.
    """
    complete_ix, earlier_ix = indexers
    n = complete_ix.first_card_of_round[-1]
    board = np.empty(n, np.int64)
    earlier = np.empty(subsets.shape[1], np.int64)
    suit_map = np.empty(4, np.uint8)
    values = np.empty(NUM_HANDS, np.uint32)
    for index in range(boards[0], boards[1]):
        unindex_hand(complete_ix, index, board)
        sweep_board(tables, board, n, workspace, values)
        weight = orbit_size(complete_ix, index)
        for hand in range(NUM_HANDS):
            values[hand] *= np.uint32(weight) * (values[hand] if power == 2 else np.uint32(1))
        for subset in range(len(subsets)):
            for i in range(subsets.shape[1]):
                earlier[i] = board[subsets[subset, i]]
            row = index_board(earlier_ix, earlier, suit_map)
            code = np.int64(suit_map[0]) << 6 | np.int64(suit_map[1]) << 4 | np.int64(suit_map[2]) << 2
            number = maps.map_of_code[code | np.int64(suit_map[3])]
            source = maps.source_of_hand[number]
            total = sums[row]
            for hand in range(NUM_HANDS):
                total[hand] += values[source[hand]]


@njit(cache=True)
def settle_rows(ix, maps, first, rows, blank):
    """Turn sums of ``add_sweeps`` over all complete boards into totals, in place.

    ix: indexer of the earlier boards; rows: unsigned[boards, 1326], those of board ``first`` onwards; ``blank`` is
    written where cards overlap.
    """
    n = ix.first_card_of_round[-1]
    board = np.empty(n, np.int64)
    sums = np.empty(NUM_HANDS, np.int64)
    for row in range(len(rows)):
        unindex_hand(ix, first + row, board)
        on_board = 0
        for card in board:
            on_board |= 1 << card
        sums[:] = 0
        for number in range(24):
            renamed = 0
            for card in board:
                renamed |= 1 << (card & ~3) + np.int64(maps.suit_of_suit[number, card & 3])
            if renamed == on_board:
                for hand in range(NUM_HANDS):
                    sums[hand] += rows[row, maps.source_of_hand[number, hand]]
        for hand in range(NUM_HANDS):
            rows[row, hand] = sums[hand] // 24
        blank_overlaps(board, n, rows[row], blank)


@njit(cache=True)
def count_values(ix, first, rows, blank, count_of_value):
    """Add every real deal behind ``rows`` (boards ``first`` onwards) to ``count_of_value`` (int64, by value)."""
    for row in range(len(rows)):
        deals = orbit_size(ix, first + row)
        for hand in range(NUM_HANDS):
            value = np.int64(rows[row, hand])
            if value != blank:
                count_of_value[value] += deals


@njit(cache=True)
def look_up_rows(rows, blank, bucket_of_value, buckets):
    """Write the bucket of each value to ``buckets`` (uint8 or uint16[boards, 1326]); ``blank`` takes the last entry."""
    overlap = bucket_of_value[len(bucket_of_value) - 1]
    for row in range(len(rows)):
        for hand in range(NUM_HANDS):
            value = np.int64(rows[row, hand])
            buckets[row, hand] = bucket_of_value[value] if value != blank else overlap
