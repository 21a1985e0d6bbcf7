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
from holdem_mpi.parallel.communicator import Communicator

# Pairs up to which a whole table is summed faster than its touched rows are found (2 ranks, 2 cores: about equal here).
WHOLE_UP_TO = 1 << 14


class Merger:
    """Sums integer deltas over ranks (never totals) and adds them to each rank's table.

    Integer sums do not depend on their order, so ``whole`` and ``rows`` give one table, bit by bit, on any number of
    ranks.
    """

    def __init__(self, comm: Communicator, num_pairs: int, lanes: int, mode: str, floor: float) -> None:
        """mode: ``whole``, ``rows`` or ``auto``; floor: no regret stays below it, in fixed-point units."""
        self._comm = comm
        self._alone = comm.size == 1 and lanes == 1
        self._floor = floor
        self._whole = mode == "whole" or (mode == "auto" and num_pairs <= WHOLE_UP_TO)
        if self._whole:
            self._buffer = np.zeros(2 * num_pairs, np.int64)
        else:
            self._bits = np.zeros((num_pairs + 63) // 64, np.uint64)
            self._before = np.zeros(self._bits.size, np.int64)
        self.bytes_sent = 0

    def merge(self, table: np.ndarray, delta: DeltaRows) -> None:
        """Add every rank's ``delta`` to ``table`` (in place); collective."""
        if self._alone:
            apply_rows(table, delta, self._floor)
        elif self._whole:
            self._buffer.fill(0)
            add_rows(delta, self._buffer)
            self._comm.allreduce_sum(self._buffer)
            self.bytes_sent = self._buffer.nbytes
            apply_whole(table, self._buffer, self._floor)
        else:
            self._bits.fill(0)
            mark_rows(delta, self._bits)
            self._comm.allreduce_or(self._bits)
            packed = np.zeros(2 * count_before(self._bits, self._before), np.int64)
            pack_rows(delta, self._bits, self._before, packed)
            self._comm.allreduce_sum(packed)
            self.bytes_sent = self._bits.nbytes + packed.nbytes
            apply_packed(table, self._bits, packed, self._floor)
