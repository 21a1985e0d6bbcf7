"""Where what a traversal adds goes: to the rows that a lane has touched (DeltaRows), or into the table (InPlace).

The kind is known when a kernel is compiled, so that neither costs the other anything.
"""

import numpy as np
from numba import njit, types
from numba.extending import overload

from holdem_mpi.kernels.arrays import C_ENTRIES, C_ROWS, PAIR_BITS, SLOT_BITS, InPlace
from holdem_mpi.kernels.prefetch import prefetch

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ONE = np.uint64(1)
_TWO = np.uint64(2)
_ZERO = np.uint64(0)
_FOUR = np.uint64(4)
_FIVE = np.uint64(5)
_15 = np.uint64(15)
_FIBONACCI_SHIFT = np.uint64(32)
_SLOT_BITS = np.uint64(SLOT_BITS)
_SLOT_MASK = np.uint64((1 << SLOT_BITS) - 1)
_PAIR_BITS = np.uint64(PAIR_BITS)


def _is_in_place(kind):
    """Whether a Numba type is that of an InPlace."""
    return getattr(kind, "instance_class", None) is InPlace


def to_fixed(amount, like):
    """``amount`` (float64, already scaled) as an entry of ``like``: rounded to the nearest integer, ties to even, or
    unchanged where ``like`` holds floats. Truncation would be biased.
    """
    return np.int64(np.rint(amount)) if like.dtype.kind == "i" else amount


@overload(to_fixed, inline="always")
def _to_fixed(amount, like):
    if isinstance(like.dtype, types.Integer):
        return lambda amount, like: np.int64(np.rint(amount))
    return lambda amount, like: amount


@njit(cache=True, _nrt=False, inline="always")
def place_of(pair, mask):
    """Where the search for a row begins in a hash table of ``mask`` + 1 places.

    Rows of one block of 32 pairs lie side by side (a row has two pairs at least, so ``pair >> 1`` tells them apart):
    rows that are neighbours in the table are met one after another, and each cache line is fetched once for several.
    """
    block = ((pair >> _FIVE) * _GOLDEN) >> _FIBONACCI_SHIFT
    return ((block << _FOUR) + ((pair >> _ONE) & _15)) & mask


def _touch_delta(delta, pair, actions):
    mask = np.uint64(delta.hash_table.size) - _ONE
    start = place_of(pair, mask)
    key = pair + _ONE
    for probe in range(delta.hash_table.size):
        place = (start + np.uint64(probe)) & mask
        found = delta.hash_table[place]
        if found >> _SLOT_BITS == key:
            return (found & _SLOT_MASK) << _ONE
        if found == _ZERO:
            slot = np.uint64(delta.counters[C_ENTRIES])
            delta.hash_table[place] = (key << _SLOT_BITS) | (slot >> _ONE)
            delta.rows[np.uint64(delta.counters[C_ROWS])] = (actions << _PAIR_BITS) | pair
            delta.counters[C_ROWS] += 1
            delta.counters[C_ENTRIES] = np.int64(slot + _TWO * actions)
            return slot
    raise IndexError("no space for another row")


def _touch_in_place(delta, pair, actions):
    return _TWO * pair


def touch_row(delta, pair, actions):
    """Slot of the row at ``pair`` in ``delta.values``: found, or added. Open addressing, linear probing.

    The caller has made sure that there is space (``has_capacity``), and that unused values are zero
    (``lane.clear_delta``). In place, a row's slot is its place in the table.
    """
    return (_touch_in_place if isinstance(delta, InPlace) else _touch_delta)(delta, pair, actions)


@overload(touch_row, inline="always")
def _touch_row(delta, pair, actions):
    return _touch_in_place if _is_in_place(delta) else _touch_delta


def _sum_of_both(table, delta, entry, slot, lane_weight):
    return np.float64(table[entry]) + lane_weight * np.float64(delta.values[slot])


def _table_alone(table, delta, entry, slot, lane_weight):
    return np.float64(table[entry])


def merged_regret(table, delta, entry, slot, lane_weight):
    """A merged regret plus ``lane_weight`` times the lane's own; in place, both are one."""
    kind = _table_alone if isinstance(delta, InPlace) else _sum_of_both
    return kind(table, delta, entry, slot, lane_weight)


@overload(merged_regret, inline="always")
def _merged_regret(table, delta, entry, slot, lane_weight):
    return _table_alone if _is_in_place(delta) else _sum_of_both


def _add_fixed_point(delta, slot, amount):
    delta.values[slot] += to_fixed(amount, delta.values)


def _add_above_floor(delta, slot, amount):
    delta.values[slot] = max(delta.values[slot] + amount, delta.floor)


def add_to_row(delta, slot, amount):
    """Add to a regret: in fixed point where ``delta`` holds integers; in place, where nothing stays below the floor,
    one rank's addition may be lost to another's at the same moment.
    """
    (_add_above_floor if isinstance(delta, InPlace) else _add_fixed_point)(delta, slot, amount)


@overload(add_to_row, inline="always")
def _add_to_row(delta, slot, amount):
    return _add_above_floor if _is_in_place(delta) else _add_fixed_point


def _prefetch_place(delta, pair):
    prefetch(delta.hash_table, place_of(pair, np.uint64(delta.hash_table.size) - _ONE))


def _prefetch_nothing(delta, pair):
    pass


def prefetch_row(delta, pair):
    """Ask for what finding the row at ``pair`` will read, beside the table; changes nothing."""


@overload(prefetch_row, inline="always")
def _prefetch_row(delta, pair):
    return _prefetch_nothing if _is_in_place(delta) else _prefetch_place


def _room_in_delta(delta, rows, entries):
    return delta.counters[C_ROWS] + rows <= delta.rows.size and delta.counters[C_ENTRIES] + entries <= delta.values.size


def _always_room(delta, rows, entries):
    return True


def has_capacity(delta, rows, entries):
    """Whether so many more rows and entries fit."""
    return (_always_room if isinstance(delta, InPlace) else _room_in_delta)(delta, rows, entries)


@overload(has_capacity, inline="always")
def _has_room(delta, rows, entries):
    return _always_room if _is_in_place(delta) else _room_in_delta


@njit(cache=True)
def move_keys(source, target):
    """Put every row of one hash table (uint64[capacity]) into a larger, empty one, in place."""
    mask = np.uint64(target.size) - _ONE
    for index in range(source.size):
        found = source[index]
        if found != _ZERO:
            place = place_of((found >> _SLOT_BITS) - _ONE, mask)
            while target[place] != _ZERO:
                place = (place + _ONE) & mask
            target[place] = found
