"""Hands counted and put into buckets by the texture of the board, by strength and by how much of it is open.

Strength: a hand's sum of showdown values over the boards to come. Its bin is ``strength * bins // span``: bins of equal
width over the ``span`` numbers that strengths may be. Spread: the variance of its showdown values over those boards, in
256 bins of equal width from 0 to a quarter of the square of the largest value.
"""

import numpy as np
from numba import njit

from holdem_mpi.kernels.cards.hands import NUM_HANDS
from holdem_mpi.kernels.cards.isomorphism import orbit_size, unindex_hand


@njit(cache=True, nogil=True)
def list_boards_into(ix, boards):
    """Write the cards of all canonical boards of an indexer to ``boards`` (int64[boards, cards])."""
    for board in range(len(boards)):
        unindex_hand(ix, board, boards[board])


@njit(cache=True, nogil=True)
def count_by_texture(ix, first, rows, blank, texture_of_row, span, deals):
    """Add every real deal behind ``rows`` (boards ``first`` onwards) to ``deals`` by texture and bin of strength.

    rows: unsigned[boards, 1326], ``blank`` where cards overlap; texture_of_row: int32[boards]; deals: int64[textures,
    bins].
    """
    bins = deals.shape[1]
    for row in range(len(rows)):
        weight = orbit_size(ix, first + row)
        deals_here = deals[texture_of_row[row]]
        for hand in range(NUM_HANDS):
            value = np.int64(rows[row, hand])
            if value != blank:
                deals_here[value * bins // span] += weight


@njit(cache=True, nogil=True)
def count_buckets(ix, first, buckets, rows, deals, sums):
    """Add every real deal behind boards ``first`` onwards to ``deals``, its strength to ``sums``, by bucket (int64[k]).

    buckets: unsigned[boards, 1326], k or more where cards overlap; rows: strengths, unsigned[boards, 1326].
    """
    for row in range(len(buckets)):
        weight = orbit_size(ix, first + row)
        for hand in range(NUM_HANDS):
            bucket = np.int64(buckets[row, hand])
            if bucket < len(deals):
                deals[bucket] += weight
                sums[bucket] += weight * np.int64(rows[row, hand])


@njit(cache=True, nogil=True)
def look_up_by_texture(rows, blank, texture_of_row, span, bucket_of_bin, buckets):
    """Write the bucket of each strength to ``buckets`` (unsigned[boards, 1326]), its largest number for ``blank``.

    bucket_of_bin: of the dtype of ``buckets``, [textures, bins + 1]; its last column holds that number.
    """
    bins = bucket_of_bin.shape[1] - 1
    for row in range(len(rows)):
        bucket_here = bucket_of_bin[texture_of_row[row]]
        for hand in range(NUM_HANDS):
            value = np.int64(rows[row, hand])
            buckets[row, hand] = bucket_here[value * bins // span] if value != blank else bucket_here[bins]


@njit(cache=True, nogil=True)
def spread_rows(rows, blank, squares, largest, spreads):
    """Write each hand's bin of spread to ``spreads`` (uint8[boards, 1326]); integers alone, so exact everywhere.

    rows: strengths, uint32[boards, 1326], ``blank`` where cards overlap (0 is written there); squares: uint64[boards,
    1326], sums of squared showdown values; largest: of both, int64[2], below 2^23 and 2^33.
    """
    for row in range(len(rows)):
        for hand in range(NUM_HANDS):
            value = np.int64(rows[row, hand])
            spreads[row, hand] = 0
            if value != blank:
                mean = (value << 20) // largest[0]
                square = (np.int64(squares[row, hand]) << 20) // largest[1]
                spreads[row, hand] = min(max(square - (mean * mean >> 20), 0) >> 10, 255)


@njit(cache=True, nogil=True)
def count_spreads(ix, first, cells, spreads, counts):
    """Add every real deal behind boards ``first`` onwards to ``counts`` (int64[cells, 256]) by cell and spread.

    cells: unsigned[boards, 1326], its largest number where cards overlap; spreads: uint8[boards, 1326].
    """
    for row in range(len(cells)):
        weight = orbit_size(ix, first + row)
        for hand in range(NUM_HANDS):
            cell = np.int64(cells[row, hand])
            if cell < len(counts):
                counts[cell, spreads[row, hand]] += weight


@njit(cache=True, nogil=True)
def split_cells(cells, spreads, bucket_of, buckets):
    """Write the bucket of each hand's cell and spread to ``buckets`` (unsigned[boards, 1326]).

    cells, spreads: as of ``count_spreads``; bucket_of: of the dtype of ``buckets``, [cells + 1, 256], its last row what
    hands that overlap the board have.
    """
    last = len(bucket_of) - 1
    for row in range(len(cells)):
        for hand in range(NUM_HANDS):
            buckets[row, hand] = bucket_of[min(np.int64(cells[row, hand]), last), spreads[row, hand]]
