"""The merge: what all lanes of all ranks have added since the last one, summed and applied on every rank alike."""

import numpy as np

from holdem_mpi.kernels.arrays import DeltaRows
from holdem_mpi.kernels.merge_rows import (
    add_rows,
    apply_packed,
    apply_rows,
    apply_whole,
    count_before,
    mark_rows,
    pack_rows,
)
from holdem_mpi.parallel.communicator import Communicator, SharedArray

# Pairs up to which a whole table is summed faster than its touched rows are found (2 ranks, 2 cores: about equal here).
WHOLE_UP_TO = 1 << 14
# Share of a larger table's pairs from which it is summed whole: finding a row's place among the touched costs more than
# sending it.
WHOLE_FROM_SHARE = 0.4


class Merger:
    """Sums integer deltas over ranks (never totals) and adds them to the table.

    Integer sums do not depend on their order, so ``whole`` and ``rows`` give one table, bit by bit, on any number of
    ranks. Ranks that share a table each apply the sums to a part of it.
    """

    def __init__(self, comm: Communicator, table: SharedArray, lanes: int, mode: str, floor: float) -> None:
        """mode: ``whole``, ``rows`` or ``auto``; floor: no regret stays below it, in fixed-point units."""
        self._comm = comm
        self._table = table
        self._alone = comm.size == 1 and lanes == 1
        self._floor = floor
        num_pairs = table.array.size // 2
        self._whole = mode == "whole" or (mode == "auto" and num_pairs <= WHOLE_UP_TO)
        self._most_marked = num_pairs * WHOLE_FROM_SHARE if mode == "auto" else np.inf
        self._bits = np.zeros((num_pairs + 63) // 64, np.uint64)
        self._before = np.zeros(self._bits.size, np.int64)
        self._buffer = np.zeros(0, np.int64)
        self.bytes_sent = 0

    def merge(self, delta: DeltaRows) -> None:
        """Add every rank's ``delta`` to the table; collective."""
        if self._alone:
            apply_rows(self._table.array, delta, self._floor)
        elif self._whole:
            self._merge_whole(delta)
        else:
            self._merge_rows(delta)
        if self._table.parts > 1:
            self._comm.host_barrier()

    def _zeros(self, size: int) -> np.ndarray:
        if size > self._buffer.size:
            self._buffer = np.zeros(min(size + size // 4, self._table.array.size), np.int64)
        part = self._buffer[:size]
        part.fill(0)
        return part

    def _merge_whole(self, delta: DeltaRows) -> None:
        sums = self._zeros(self._table.array.size)
        add_rows(delta, sums)
        self._comm.allreduce_sum(sums)
        self.bytes_sent = sums.nbytes
        first, last = self._table.own(sums.size)
        apply_whole(self._table.array[first:last], sums[first:last], self._floor)

    def _merge_rows(self, delta: DeltaRows) -> None:
        self._bits.fill(0)
        mark_rows(delta, self._bits)
        self._comm.allreduce_or(self._bits)
        marked = count_before(self._bits, self._before)
        if marked > self._most_marked:
            self._merge_whole(delta)
            return
        packed = self._zeros(2 * marked)
        pack_rows(delta, self._bits, self._before, packed)
        self._comm.allreduce_sum(packed)
        self.bytes_sent = self._bits.nbytes + packed.nbytes
        first, last = self._table.own(self._bits.size)
        if first < last:
            offset = 2 * self._before[first]
            apply_packed(self._table.array[128 * first :], self._bits[first:last], packed[offset:], self._floor)
