"""Regret matching and sampling: what every traversal does at a decision node."""

import numpy as np
from numba import njit

from holdem_mpi.kernels import rng
from holdem_mpi.kernels.arrays import C_FAULTS, KIND_DECISION, PLAYER_SHIFT, STREET_SHIFT
from holdem_mpi.kernels.prefetch import prefetch
from holdem_mpi.kernels.traversal.rows import add_to_row, merged_regret, prefetch_row

_ONE = np.uint64(1)
_TWO = np.uint64(2)
_ZERO = np.uint64(0)


@njit(cache=True, _nrt=False, inline="always")
def draw(stream):
    """Next uniform float64 in (0, 1) of a RandomStream."""
    if stream.script.size != 0:
        position = stream.state[0]
        stream.state[0] = position + _ONE
        return stream.script[position]
    return rng.draw_unit(stream.state)


@njit(cache=True, _nrt=False, inline="always")
def prefetch_children(tree, table, delta, segment, node, actions):
    """Ask for the rows of a node's children: their addresses are known long before they are read, and a table does not
    fit the cache.
    """
    for action in range(actions):
        child = np.uint64(tree.code[node + _TWO + np.uint64(action)])
        head = tree.code[child]
        if head & np.uint32(3) == KIND_DECISION:
            owner = np.uint64((head >> np.uint32(PLAYER_SHIFT)) & np.uint32(7))
            street = np.uint64((head >> np.uint32(STREET_SHIFT)) & np.uint32(3))
            pair = segment[street, owner] + np.uint64(tree.code[child + _ONE])
            prefetch(table, _TWO * pair)
            prefetch(table, _TWO * pair + _ONE + _ONE)
            prefetch_row(delta, pair)


@njit(cache=True, _nrt=False, inline="always")
def match_regrets(table, delta, pair, slot, actions, lane_weight, sigma, start):
    """Regret matching (Hart and Mas-Colell 2000) on merged regrets plus ``lane_weight`` times the lane's own.

    Writes ``actions`` probabilities to ``sigma[start:]``; uniform where no regret is positive.
    """
    total = 0.0
    entry = _TWO * pair
    for action in range(actions):
        a = np.uint64(action)
        regret = merged_regret(table, delta, entry + a, slot + a, lane_weight)
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
    add_to_row(delta, entry, amount)
