"""The late merge of small tables: whole tables of integers travel between all ranks while the next batch runs."""

import time

import numpy as np

from holdem_mpi.kernels.traversal.merge_rows import apply_whole
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host_ranks import SharedArray
from holdem_mpi.parallel.waiting import Sending
from holdem_mpi.training.late_merge import LateMerger
from holdem_mpi.training.whole_merge import WholeMerger


class LateWholeMerger(LateMerger, WholeMerger):
    """Sums integer deltas over ranks and adds them to the table one batch later."""

    def __init__(self, comm: Communicator, table: SharedArray, sums: np.ndarray, floor: float, flags: int) -> None:
        """flags: how many numbers each ``merge`` is given; the rest as for ``WholeMerger``."""
        super().__init__(comm, table, sums, floor)
        self._num_flags = flags
        self._travelling = np.zeros(flags + sums.size, np.int64)
        self._sending: Sending | None = None

    def poke(self) -> bool:
        return self._sending is not None and not self._sending.is_done()

    def finish(self) -> np.ndarray:
        if self._sending is not None:
            begin = time.perf_counter()
            self._sending.wait("a sum over ranks")
            self._sending = None
            self.exchange_seconds += time.perf_counter() - begin
        return self._travelling[: self._num_flags].copy()

    def merge(self, flags: np.ndarray) -> None:
        if not self._add_held():
            first, last = self._table.own(self._sums.size)
            arrived = self._travelling[self._num_flags :]
            apply_whole(self._table.array[first:last], arrived[first:last], self._floor)
        self._travelling[: self._num_flags] = flags
        self._travelling[self._num_flags :] = self._sums
        self._sending = self._comm.begin.sum(self._travelling)
        if self._table.parts > 1:
            self._comm.host.barrier()

    def grow(self, rounds: int) -> None:
        """Nothing to do: sums are never full."""

    def _arrived_sums(self) -> tuple[np.ndarray, np.ndarray]:
        sums = self._travelling[self._num_flags :]
        entries = np.flatnonzero(sums)
        return entries, sums[entries]

    @property
    def bytes_in_use(self) -> int:
        """Bytes of its own."""
        return self._travelling.nbytes
