"""Hands' strengths counted, and looked up, by the texture of the board.

A strength's bin is ``strength * bins // span``: bins of equal width over the ``span`` numbers that strengths may be.
"""

import numpy as np
from numba import njit

from holdem_mpi.kernels.cards.hands import NUM_HANDS
from holdem_mpi.kernels.cards.isomorphism import orbit_size, unindex_hand


@njit(cache=True)
def list_boards_into(ix, boards):
    """Write the cards of all canonical boards of an indexer to ``boards`` (int64[boards, cards])."""
    for board in range(len(boards)):
        unindex_hand(ix, board, boards[board])


@njit(cache=True)
def count_by_texture(ix, first, rows, blank, texture_of_row, span, deals, sums):
    """Add every real deal behind ``rows`` (boards ``first`` onwards) to ``deals`` and its strength to ``sums``.

    rows: unsigned[boards, 1326], ``blank`` where cards overlap; texture_of_row: int32[boards]; deals, sums:
    int64[textures, bins].
    """
    bins = deals.shape[1]
    for row in range(len(rows)):
        weight = orbit_size(ix, first + row)
        texture = texture_of_row[row]
        for hand in range(NUM_HANDS):
            value = np.int64(rows[row, hand])
            if value != blank:
                place = value * bins // span
                deals[texture, place] += weight
                sums[texture, place] += weight * value


@njit(cache=True)
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
