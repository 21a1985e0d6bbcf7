"""Regret matching, fixed point, and the rows that a lane has touched: what every traversal does at a decision node."""

import numpy as np
from numba import njit, types
from numba.extending import overload

from holdem_mpi.kernels import rng
from holdem_mpi.kernels.arrays import (
    C_ENTRIES,
    C_FAULTS,
    C_ROWS,
    KIND_DECISION,
    PAIR_BITS,
    PLAYER_SHIFT,
    SLOT_BITS,
    STREET_SHIFT,
)
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
def draw(stream):
    """Next uniform float64 in (0, 1) of a Stream."""
    if stream.script.size != 0:
        position = stream.state[0]
        stream.state[0] = position + _ONE
        return stream.script[position]
    return rng.draw_unit(stream.state)


@njit(cache=True, _nrt=False, inline="always")
def place_of(pair, mask):
    """Where the search for a row begins in a hash table of ``mask`` + 1 places.

    Rows of one block of 32 pairs lie side by side (a row has two pairs at least, so ``pair >> 1`` tells them apart):
    rows that are neighbours in the table are met one after another, and each cache line is fetched once for several.
    """
    block = ((pair >> _FIVE) * _GOLDEN) >> _FIBONACCI_SHIFT
    return ((block << _FOUR) + ((pair >> _ONE) & _15)) & mask


@njit(cache=True, _nrt=False, inline="always")
def touch_row(delta, pair, actions):
    """Slot of the row at ``pair`` in ``delta.values``: found, or added. Open addressing, linear probing.

    The caller has made sure that there is room (``run_lane``), and that unused values are zero (``lane.clear_delta``).
    """
    mask = np.uint64(delta.hash_table.size) - _ONE
    place = place_of(pair, mask)
    key = pair + _ONE
    while True:
        found = delta.hash_table[place]
        if found >> _SLOT_BITS == key:
            return (found & _SLOT_MASK) << _ONE
        if found == _ZERO:
            break
        place = (place + _ONE) & mask
    slot = np.uint64(delta.counters[C_ENTRIES])
    delta.hash_table[place] = (key << _SLOT_BITS) | (slot >> _ONE)
    delta.rows[np.uint64(delta.counters[C_ROWS])] = (actions << _PAIR_BITS) | pair
    delta.counters[C_ROWS] += 1
    delta.counters[C_ENTRIES] = np.int64(slot + _TWO * actions)
    return slot


@njit(cache=True, _nrt=False, inline="always")
def prefetch_children(tree, table, delta, segment, node, actions):
    """Ask for the rows of a node's children: their addresses are known long before they are read, and a table does not
    fit the cache.
    """
    mask = np.uint64(delta.hash_table.size) - _ONE
    for action in range(actions):
        child = np.uint64(tree.code[node + _TWO + np.uint64(action)])
        head = tree.code[child]
        if head & np.uint32(3) == KIND_DECISION:
            owner = np.uint64((head >> np.uint32(PLAYER_SHIFT)) & np.uint32(7))
            street = np.uint64((head >> np.uint32(STREET_SHIFT)) & np.uint32(3))
            pair = segment[street, owner] + np.uint64(tree.code[child + _ONE])
            prefetch(table, _TWO * pair)
            prefetch(table, _TWO * pair + _ONE + _ONE)
            prefetch(delta.hash_table, place_of(pair, mask))


@njit(cache=True, _nrt=False, inline="always")
def match_regrets(table, delta, pair, slot, actions, lane_weight, sigma, start):
    """Regret matching (Hart and Mas-Colell 2000) on merged regrets plus ``lane_weight`` times the lane's own.

    Writes ``actions`` probabilities to ``sigma[start:]``; uniform where no regret is positive.
    """
    total = 0.0
    entry = _TWO * pair
    for action in range(actions):
        a = np.uint64(action)
        regret = np.float64(table[entry + a]) + lane_weight * np.float64(delta.values[slot + a])
        positive = max(regret, 0.0)
        sigma[start + a] = positive
        total += positive
    if total > 0.0:
        inverse = 1.0 / total
        for action in range(actions):
            sigma[start + np.uint64(action)] *= inverse
    else:
        uniform = 1.0 / np.float64(actions)
        for action in range(actions):
            sigma[start + np.uint64(action)] = uniform


@njit(cache=True, _nrt=False, inline="always")
def sample_action(sigma, start, actions, uniform):
    """Action whose interval of the cumulative ``sigma[start:]`` holds ``uniform``.

    Without a branch on the outcome, which no predictor could guess. ``uniform`` is at most 1 - 2**-33 and the sum of
    ``sigma`` is 1 to within 1e-15, so an action of probability zero at the end is never reached.
    """
    cumulative = 0.0
    chosen = _ZERO
    for action in range(actions - _ONE):
        cumulative += sigma[start + np.uint64(action)]
        chosen += np.uint64(uniform >= cumulative)
    return chosen


@njit(cache=True, _nrt=False, inline="always")
def add_fixed(delta, entry, amount, bound):
    """Add a scaled contribution to an entry; one beyond the bound that the scale comes from (or NaN) is a fault."""
    if not abs(amount) <= bound:
        delta.counters[C_FAULTS] += 1
        return
    delta.values[entry] += to_fixed(amount, delta.values)


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
