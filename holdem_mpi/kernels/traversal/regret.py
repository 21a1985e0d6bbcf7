"""Regret matching and sampling: what every traversal does at a decision node."""

import numpy as np
from numba import njit

from holdem_mpi.kernels import rng
from holdem_mpi.kernels.arrays import STREAM_WORDS
from holdem_mpi.kernels.traversal.sinks import current_regret

_ZERO, _ONE, _TWO, _THREE, _FOUR, _FIVE = (np.uint64(number) for number in range(6))
_SIX, _SEVEN, _EIGHT, _NINE = (np.uint64(number) for number in range(6, 10))
_STREAM_WORDS = np.uint64(STREAM_WORDS)
_TO_UNIT = 2.0**-32


@njit(cache=True, _nrt=False, inline="always")
def draw(work, traversal):
    """Next uniform float64 in (0, 1) of a traversal's stream; as ``rng.draw_unit``, for the array of all streams."""
    state, base = work.random, traversal * _STREAM_WORDS
    if work.script.size != 0:
        position = state[base]
        state[base] = position + _ONE
        return work.script[position]
    left = state[base + _NINE]
    if left != _ZERO:
        state[base + _NINE] = left - _ONE
        word = state[base + _FIVE + left]
    else:
        word, second, third, fourth = rng.philox4x32(
            state[base], state[base + _ONE], state[base + _TWO], state[base + _THREE], state[base + _FOUR],
            state[base + _FIVE],
        )  # fmt: skip
        state[base] += _ONE
        state[base + _SIX] = fourth
        state[base + _SEVEN] = third
        state[base + _EIGHT] = second
        state[base + _NINE] = _THREE
    return (np.float64(word) + 0.5) * _TO_UNIT


@njit(cache=True, _nrt=False, inline="always")
def positive_regrets(table, sink, pair, actions, weight, out, start):
    """Write the positive parts of a row's regrets to ``out[start:]`` (float64); their sum.

    Rows of two and three actions, which are most, are read without a branch on their number.
    """
    entry = _TWO * pair
    if _TWO <= actions <= _THREE:
        has_third = np.uint64(actions > _TWO)
        first = max(current_regret(table, sink, entry, weight), 0.0)
        second = max(current_regret(table, sink, entry + _ONE, weight), 0.0)
        third = max(current_regret(table, sink, entry + _ONE + has_third, weight), 0.0) * np.float64(has_third)
        out[start] = first
        out[start + _ONE] = second
        out[start + _TWO] = third
        return first + second + third
    total = 0.0
    for index in range(actions):
        action = np.uint64(index)
        regret = max(current_regret(table, sink, entry + action, weight), 0.0)
        out[start + action] = regret
        total += regret
    return total


@njit(cache=True, _nrt=False, inline="always")
def match_regrets(table, sink, pair, actions, work, out, start):
    """Regret matching (Hart and Mas-Colell 2000): writes ``actions`` probabilities to ``out[start:]``; uniform where no
    regret is positive. Three places of ``out`` are written at least.
    """
    total = positive_regrets(table, sink, pair, actions, work.params[_ZERO], out, start)
    positive = total > 0.0
    inverse = 1.0 / (total if positive else 1.0)
    each = 0.0 if positive else work.uniform[actions]
    out[start] = out[start] * inverse + each
    out[start + _ONE] = out[start + _ONE] * inverse + each
    out[start + _TWO] = out[start + _TWO] * inverse + each
    for index in range(_THREE, actions):
        out[start + np.uint64(index)] = out[start + np.uint64(index)] * inverse + each


@njit(cache=True, _nrt=False, inline="always")
def sample_positive(positive, total, actions, uniform):
    """Action whose interval of the cumulative ``positive`` (which sums to ``total``) holds ``uniform`` of it.

    Without a branch on the outcome, which no predictor could guess. ``uniform`` is at most 1 - 2**-33, and rounding
    cannot reach an action of weight zero at the end: at most the last but one sum is compared with.
    """
    if not total > 0.0:
        return np.uint64(uniform * np.float64(actions))
    at = uniform * total
    cumulative = 0.0
    chosen = _ZERO
    for index in range(actions - _ONE):
        cumulative += positive[np.uint64(index)]
        chosen += np.uint64(at >= cumulative)
    return chosen
