"""What CFR-BR learns from best responses while they are computed, and what ``response`` does where it learns nothing.

A record is a ResponseRecord or None. Which of them is known when a kernel is compiled, so that the one costs the other
nothing.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from holdem_mpi.kernels.cards.hands import NUM_HANDS
from holdem_mpi.kernels.simd import add, keep_marked, larger, load, mark_larger, multiply, spread, store

# What a ResponseRecord is for: see there.
BEST, MIXED = 1, 2

_HANDS = np.uint64(NUM_HANDS)


class ResponseRecord(NamedTuple):
    """What CFR-BR learns from a response, besides its values.

    mode: BEST, the responder takes the best actions, which are noted, and the opponent's reach of his decisions is
    added up; MIXED, the responder plays ``policy``, the values of his actions are added up, and the opponent takes the
    actions that were noted.
    mark: uint8[block, board, node, 1326, WIDTH], the edge of the best action. node: int64[n], the number there of each
    of the noted player's decisions. reach: float64[blocks, buckets, decisions of the opponent, WIDTH], added to.
    policy, gain: float64[blocks, buckets, edges of the responder, WIDTH], gain is added to. weight: float64[boards],
    of what is added.
    """

    mode: int
    mark: np.ndarray
    node: np.ndarray
    reach: np.ndarray
    policy: np.ndarray
    gain: np.ndarray
    weight: np.ndarray


@njit(cache=True, _nrt=False)
def marks_of(record, block, boards, board, node):
    """Row of ``record.mark`` where the marks of a decision on a board begin."""
    of_block = block * np.uint64(boards.count.shape[0]) + np.uint64(board)
    return (of_block * np.uint64(record.mark.shape[2]) + np.uint64(record.node[node])) * _HANDS


@njit(cache=True, _nrt=False)
def played(program, row, record, marks, edge, weight):
    """``weight`` times the probability of an opponent's action: the policy's, or by the marks all or nothing."""
    if record is None:
        return multiply(weight, load(program.policy, row + np.uint64(edge)))
    if record.mode == BEST:
        return multiply(weight, load(program.policy, row + np.uint64(edge)))
    return keep_marked(record.mark, marks, np.uint8(edge), weight)


@njit(cache=True, _nrt=False)
def note_reach(record, block, bucket, node, board, weight):
    """Add to the reach of an opponent's decision."""
    if record.mode == BEST:
        row = (block * np.uint64(record.reach.shape[1]) + bucket) * np.uint64(record.reach.shape[2]) + np.uint64(node)
        added = multiply(weight, spread(record.weight[board]))
        store(record.reach, row, add(load(record.reach, row), added))


@njit(cache=True, _nrt=False)
def weighed(value, record, marks, row, edge, board, option):
    """The value of the responder's decision once an action worth ``option`` is taken into account."""
    if record is None:
        return larger(value, option)
    if record.mode == BEST:
        mark_larger(record.mark, marks, np.uint8(edge), option, value)
        return larger(value, option)
    at = row + np.uint64(edge)
    added = multiply(option, spread(record.weight[board]))
    store(record.gain, at, add(load(record.gain, at), added))
    return add(value, multiply(load(record.policy, at), option))
