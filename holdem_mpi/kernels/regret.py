"""Regret matching, fixed point, and the rows that a lane has touched: what every traversal does at a decision node."""

import numpy as np
from numba import njit, types
from numba.extending import overload

from holdem_mpi.kernels import rng
from holdem_mpi.kernels.arrays import C_ENTRIES, C_FAULTS, C_ROWS

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ONE = np.uint64(1)
_TWO = np.uint64(2)
_ZERO = np.uint64(0)
_FIBONACCI_SHIFT = np.uint64(24)


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
def touch_row(delta, pair, actions):
    """Slot of the row at ``pair`` in ``delta.values``: found, or added with zeros. Open addressing, linear probing.

    The caller has made sure that there is room (``lane.ensure_room``).
    """
    mask = np.uint64(delta.hash_table.shape[0]) - _ONE
    place = ((pair * _GOLDEN) >> _FIBONACCI_SHIFT) & mask
    key = pair + _ONE
    while True:
        found = delta.hash_table[place, 0]
        if found == key:
            return delta.hash_table[place, 1]
        if found == _ZERO:
            break
        place = (place + _ONE) & mask
    row = np.uint64(delta.counters[C_ROWS])
    slot = np.uint64(delta.counters[C_ENTRIES])
    delta.hash_table[place, 0] = key
    delta.hash_table[place, 1] = slot
    delta.row_pair[row] = pair
    delta.row_slot[row] = slot
    delta.row_actions[row] = actions
    delta.counters[C_ROWS] += 1
    end = slot + _TWO * actions
    delta.counters[C_ENTRIES] = np.int64(end)
    for entry in range(slot, end):
        delta.values[entry] = 0
    return slot


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
    """Add a scaled contribution to an entry; one beyond the bound that the scale was computed from (NaN too) is a fault."""
    if not abs(amount) <= bound:
        delta.counters[C_FAULTS] += 1
        return
    delta.values[entry] += to_fixed(amount, delta.values)


@njit(cache=True, _nrt=False)
def move_keys(source, target):
    """Put every key of one hash table (uint64[capacity, 2]) into a larger, empty one, in place."""
    mask = np.uint64(target.shape[0]) - _ONE
    for index in range(source.shape[0]):
        key = source[index, 0]
        if key != _ZERO:
            place = (((key - _ONE) * _GOLDEN) >> _FIBONACCI_SHIFT) & mask
            while target[place, 0] != _ZERO:
                place = (place + _ONE) & mask
            target[place, 0] = key
            target[place, 1] = source[index, 1]
