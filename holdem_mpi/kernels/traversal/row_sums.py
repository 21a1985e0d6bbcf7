"""Summing touched rows: each row has one owner among the ranks, who adds up what all ranks have for it.

Rows travel in pieces of at most PIECE pairs, so that long ones are shared out too. Owners come from a multiplicative
hash of blocks of 32 pairs: neighbours in the table stay together, and owners get equal shares.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from holdem_mpi.kernels.arrays import C_ROWS, PAIR_BITS, SLOT_BITS
from holdem_mpi.kernels.prefetch import prefetch
from holdem_mpi.kernels.traversal.rows import place_of, touch_row

PIECE = 64
# A place is a pair with its block's number multiplied by an odd number modulo 2**31: order and owners are by place.
_BLOCK_BITS = 31
_GOLDEN = 0x4F1BBCDD
_FACTOR = np.uint64(_GOLDEN)
_INVERSE = np.uint64(pow(_GOLDEN, -1, 1 << _BLOCK_BITS))
_BLOCK_MASK = np.uint64((1 << _BLOCK_BITS) - 1)
_ZERO, _ONE, _TWO, _FIVE, _31 = (np.uint64(number) for number in (0, 1, 2, 5, 31))
_PIECE = np.uint64(PIECE)
_PAIR_BITS = np.uint64(PAIR_BITS)
_PAIR_MASK = np.uint64((1 << PAIR_BITS) - 1)
_SLOT_BITS = np.uint64(SLOT_BITS)
_SLOT_MASK = np.uint64((1 << SLOT_BITS) - 1)
# A word packs a piece's place and its pairs, as 36 and 28 bits.
_LENGTH_BITS = np.uint64(64 - PAIR_BITS)
_LENGTH_MASK = np.uint64((1 << (64 - PAIR_BITS)) - 1)
# Pieces ahead whose memory is asked for.
_AHEAD = 8


class Outbox(NamedTuple):
    """Pieces on their way from one rank to all owners: a section for each.

    rows: uint64[owner, pieces], pairs << PAIR_BITS | first pair; values: int64[owner, entries], piece after piece
    without gaps; used: int64[owner, 2], pieces and entries filled.
    """

    rows: np.ndarray
    values: np.ndarray
    used: np.ndarray


@njit(cache=True, _nrt=False, inline="always")
def owner_of(pair, owners):
    """Owner (of ``owners``, uint64) of the pieces that begin in the block of ``pair``."""
    block = ((pair >> _FIVE) * _FACTOR) & _BLOCK_MASK
    return (((block << _FIVE) | (pair & _31)) * owners) >> _PAIR_BITS


def first_word(owner: int, owners: int) -> int:
    """Least word of ``owner``'s pieces (2**64 for ``owner == owners``): owners have consecutive ranges of words."""
    return -(-(owner << PAIR_BITS) // owners) << (64 - PAIR_BITS)


@njit(cache=True, _nrt=False, inline="always")
def _add_piece(sums, pair, length, values, source):
    """Add ``values[source:]`` to the piece of ``sums``."""
    target, into = touch_row(sums, pair, length), sums.values
    end = target + _TWO * length
    while target < end:
        into[target] += values[source]
        target += _ONE
        source += _ONE


@njit(cache=True, _nrt=False)
def divide_rows(delta, start, outbox, sums, me):
    """Give the rows of ``delta`` (DeltaRows) to their owners: to ``sums`` where that is ``me``, else to ``outbox``.

    start: (row, pair within it, entry of delta.values) to begin with. Returns where a section was full, as ``start`` of
    the next call; the row is delta's number of rows where all is done. ``sums`` (DeltaRows) must have room.
    """
    row, offset, entry = np.int64(start[0]), np.uint64(start[1]), np.uint64(start[2])
    values, out_rows, out_values, used = delta.values, outbox.rows, outbox.values, outbox.used
    owners = np.uint64(used.shape[0])
    for owner in range(used.shape[0]):
        used[owner, 0] = used[owner, 1] = 0
    while row < delta.counters[C_ROWS]:
        first = delta.rows[row] & _PAIR_MASK
        pairs = delta.rows[row] >> _PAIR_BITS
        while offset < pairs:
            length = min(pairs - offset, _PIECE)
            owner = owner_of(first + offset, owners)
            if owner == np.uint64(me):
                _add_piece(sums, first + offset, length, values, entry)
            else:
                place, target = used[owner, 0], np.uint64(used[owner, 1])
                if place == out_rows.shape[1] or target + _TWO * length > np.uint64(out_values.shape[1]):
                    return row, np.int64(offset), np.int64(entry)
                out_rows[owner, place] = (length << _PAIR_BITS) | (first + offset)
                for index in range(_TWO * length):
                    out_values[owner, target + np.uint64(index)] = values[entry + np.uint64(index)]
                used[owner, 0] = place + 1
                used[owner, 1] = np.int64(target + _TWO * length)
            offset += length
            entry += _TWO * length
        row += 1
        offset = _ZERO
    return row, np.int64(0), np.int64(entry)


@njit(cache=True, _nrt=False)
def take_rows(rows, values, sums):
    """Add pieces (uint64[pieces], int64[entries], as in an Outbox) to ``sums`` (DeltaRows, in place, with room)."""
    mask = np.uint64(sums.hash_table.size) - _ONE
    source = np.uint64(0)
    for row in range(rows.size):
        if row + _AHEAD < rows.size:
            prefetch(sums.hash_table, place_of(rows[np.uint64(row + _AHEAD)] & _PAIR_MASK, mask))
        length = rows[row] >> _PAIR_BITS
        _add_piece(sums, rows[row] & _PAIR_MASK, length, values, source)
        source += _TWO * length


@njit(cache=True, _nrt=False)
def words_of_rows(sums, words):
    """Fill ``words`` (uint64[pieces]) with the pieces of ``sums``: place << 28 | pairs."""
    for row in range(words.size):
        pair = sums.rows[row] & _PAIR_MASK
        block = ((pair >> _FIVE) * _FACTOR) & _BLOCK_MASK
        place = (block << _FIVE) | (pair & _31)
        words[row] = (place << _LENGTH_BITS) | (sums.rows[row] >> _PAIR_BITS)


@njit(cache=True, _nrt=False, inline="always")
def _pair_of(word):
    place = word >> _LENGTH_BITS
    return ((((place >> _FIVE) * _INVERSE) & _BLOCK_MASK) << _FIVE) | (place & _31)


@njit(cache=True, _nrt=False)
def entries_of_words(words):
    """Table entries of all pieces in ``words``."""
    total = np.int64(0)
    for word in words:
        total += np.int64(_TWO * (word & _LENGTH_MASK))
    return total


@njit(cache=True, _nrt=False)
def pack_words(sums, words, packed):
    """Fill ``packed`` (int64[entries]) with the pieces ``words`` of ``sums``, in this order; zeros where none."""
    table, values = sums.hash_table, sums.values
    mask = np.uint64(table.size) - _ONE
    target = np.uint64(0)
    for index in range(words.size):
        if index + _AHEAD < words.size:
            prefetch(table, place_of(_pair_of(words[np.uint64(index + _AHEAD)]), mask))
        pair = _pair_of(words[index])
        end = target + _TWO * (words[index] & _LENGTH_MASK)
        place = place_of(pair, mask)
        found = table[place]
        while found != _ZERO and found >> _SLOT_BITS != pair + _ONE:
            place = (place + _ONE) & mask
            found = table[place]
        source = (found & _SLOT_MASK) << _ONE
        while target < end:
            packed[target] = values[source] if found != _ZERO else 0
            source += _ONE
            target += _ONE


@njit(cache=True, _nrt=False)
def apply_words(table, words, packed, floor):
    """Add ``packed`` (int64) to the pieces ``words`` of ``table`` (float[2 * pairs], in place), none below ``floor``.

    ``floor`` is negative or zero, so strategy sums never meet it.
    """
    source = np.uint64(0)
    for index in range(words.size):
        if index + _AHEAD < words.size:
            ahead = words[np.uint64(index + _AHEAD)]
            first = _TWO * _pair_of(ahead)
            prefetch(table, first)
            prefetch(table, first + _TWO * (ahead & _LENGTH_MASK) - _ONE)
        target = _TWO * _pair_of(words[index])
        end = target + _TWO * (words[index] & _LENGTH_MASK)
        while target < end:
            table[target] = max(table[target] + packed[source], floor)
            source += _ONE
            target += _ONE
