"""Hands whose strategy is fixed at a decision: what a sweep puts back, and what binds a best response."""

import numpy as np
from numba import njit


@njit(cache=True, _nrt=False)
def lock_at(locks, node, place):
    """Number of a decision's lock at one of its places (first street: 0; else branch or runout); -1: none."""
    first = locks.of_node[node]
    return locks.at[first + place] if first >= 0 else np.int32(-1)


@njit(cache=True, _nrt=False)
def impose(locks, number, table, start, hands, actions):
    """Make the locked hands' entries of ``table``, a decision's from ``start`` on, their probabilities."""
    for entry in range(locks.first[number], locks.first[number + 1]):
        for action in range(actions):
            table[start + action * hands + locks.hand[entry]] = locks.share[entry, action]


@njit(cache=True, _nrt=False)
def bind(locks, number, value, rows):
    """Value of a decision where the locked hands keep to their strategies; rows: as for ``mix``."""
    here = value[rows[0]]
    for entry in range(locks.first[number], locks.first[number + 1]):
        hand, mean = locks.hand[entry], np.float32(0.0)
        for action in range(rows.size - 1):
            mean += locks.share[entry, action] * value[rows[1 + action], hand]
        here[hand] = mean
