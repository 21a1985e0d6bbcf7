"""Sums of the blocks that one host has marked, at the places that they have among those that any host has marked."""

import numpy as np
from numba import njit

from holdem_mpi.kernels.traversal.merge_logs import BLOCK

_ZERO, _ONE = np.uint64(0), np.uint64(1)


@njit(cache=True, _nrt=False)
def spread_sums(own_marks, own, marks, packed):
    """Copy the sums ``own`` (PackedSums of the blocks of ``own_marks``) to ``packed``, which has more blocks.

    marks: uint64[segment, ...], all of ``own_marks`` among them; packed: PackedSums of the blocks of ``marks``, in
    place; blocks that ``own`` lacks are zero.
    """
    for segment in range(marks.shape[0]):
        source, target = own.starts[segment], packed.starts[segment]
        for place in range(marks.shape[1]):
            left, mine = marks[segment, place], own_marks[segment, place]
            while left != _ZERO:
                others = left & (left - _ONE)
                if mine & (left ^ others):
                    for entry in range(BLOCK):
                        packed.values[target + entry] = own.values[source + entry]
                    source += BLOCK
                else:
                    for entry in range(BLOCK):
                        packed.values[target + entry] = 0
                target += BLOCK
                left = others
