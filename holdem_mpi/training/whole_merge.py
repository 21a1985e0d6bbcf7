"""The merge of small tables: whole tables of integers are summed over all ranks."""

import time

import numpy as np

from holdem_mpi.kernels.traversal.merge_rows import apply_whole
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host_ranks import SharedArray


class WholeMerger:
    """Sums integer deltas over ranks (never totals) and adds them to the table: the same on any number of ranks.

    bytes_sent: of the last merge; exchange_seconds: of all merges, in which ranks sent and waited.
    """

    def __init__(self, comm: Communicator, table: SharedArray, sums: np.ndarray, floor: float) -> None:
        """sums: int64[entries], what this rank's lanes have added; floor: no regret stays below it."""
        self._comm, self._table, self._sums, self._floor = comm, table, sums, floor
        self.bytes_sent = sums.nbytes if comm.size > 1 else 0
        self.exchange_seconds = 0.0

    def add_round(self) -> None:
        """Nothing to do: sums are never full."""

    def merge(self) -> None:
        """Add every rank's sums to the table; collective. All ranks then see the whole sum."""
        begin = time.perf_counter()
        self._comm.allreduce_sum(self._sums)
        self.exchange_seconds += time.perf_counter() - begin
        first, last = self._table.own(self._sums.size)
        apply_whole(self._table.array[first:last], self._sums[first:last], self._floor)
        if self._table.parts > 1:
            self._comm.host.barrier()

    @property
    def bytes_in_use(self) -> int:
        """Bytes of its own."""
        return 0
