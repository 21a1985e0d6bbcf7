"""The merge: what all lanes of all ranks have added since the last one, summed and applied on every rank alike."""

import time

import numpy as np

from holdem_mpi.kernels.arrays import C_ENTRIES, DeltaRows
from holdem_mpi.kernels.traversal.merge_rows import add_rows, apply_rows, apply_whole
from holdem_mpi.parallel.communicator import Communicator, SharedArray
from holdem_mpi.training.row_merge import RowMerger, SharedMemoryShortage

# Merges in each form before ``auto`` settles on the one whose fastest was fastest.
_TRIES = 3
# Merges between two looks at how much is touched, and the factor by which that must have changed for new trials.
_LOOK_EVERY, _FACTOR = 32, 2
# ``auto`` tries whole tables up to this many entries, and larger ones where each rank touches this share of them: a
# table of integers is then not much more than what a rank holds anyway.
_WHOLE_UP_TO, _WHOLE_FROM_SHARE = 1 << 16, 1 / 4


class Merger:
    """Sums integer deltas over ranks (never totals) and adds them to the table.

    Integer sums do not depend on their order, and each is added to the table at once, so all forms give one table, bit
    by bit, on any number of ranks and hosts:

    - ``whole``: each rank adds its rows to a table of integers, and all tables are summed.
    - ``rows``: ranks exchange the rows that they touched.
    - ``node``: ranks of a host sum their rows through shared memory; the first of each exchanges them with other hosts.

    ``form`` is the one last used, ``bytes_sent`` what this rank then sent.
    """

    def __init__(self, comm: Communicator, table: SharedArray, lanes: int, mode: str, floor: float) -> None:
        """mode: one of the forms, or ``auto``; floor: no regret stays below it, in fixed-point units. Collective.

        Where the ranks of a host do not share a table, or the memory for it is short, ``node`` means ``rows``.
        """
        self._comm, self._table, self._floor = comm, table, floor
        self._alone = comm.size == 1 and lanes == 1
        self._mode = mode
        self._candidates, self._best = ["rows"], "rows"
        self._turns: list[tuple[int, int]] = []  # (candidate, attempt) still to try
        self._times = np.zeros((1, _TRIES), np.int64)
        self.form = self._best if mode == "auto" else mode
        apart = np.array([table.parts < comm.split_host()[1]], np.int64)
        comm.allreduce_max(apart)
        self._node_works = not apart[0]
        self._by_rows: dict[str, RowMerger] = {}
        self._whole = np.zeros(0, np.int64)
        self._merges = self._tried_at = 0
        self.bytes_sent = 0

    def merge(self, delta: DeltaRows) -> None:
        """Add every rank's ``delta`` to the table; collective. All ranks then see the whole sum."""
        if self._alone:
            apply_rows(self._table.array, delta, self._floor)
            return
        if self._mode == "auto":
            self._choose(delta)
        else:
            self._merge_as(self._mode, delta)
        self._merges += 1

    def _merge_as(self, form: str, delta: DeltaRows) -> None:
        if form == "node" and not self._node_works:
            form = "rows"
        try:
            self.form = form
            if form == "whole":
                self._merge_whole(delta)
            else:
                if form not in self._by_rows:
                    self._by_rows[form] = RowMerger(self._comm, self._table, self._floor, form == "node")
                self._by_rows[form].merge(delta)
                self.bytes_sent = self._by_rows[form].bytes_sent
        except SharedMemoryShortage:
            self._node_works = False
            if form in self._by_rows:
                self._by_rows.pop(form).close()
            self._merge_as("rows", delta)
            return
        if self._table.parts > 1:
            self._comm.host_barrier()

    def _merge_whole(self, delta: DeltaRows) -> None:
        if not self._whole.size:
            self._whole = np.empty(self._table.array.size, np.int64)
        sums = self._whole
        sums.fill(0)
        add_rows(delta, sums)
        self._comm.allreduce_sum(sums)
        self.bytes_sent = sums.nbytes
        first, last = self._table.own(sums.size)
        apply_whole(self._table.array[first:last], sums[first:last], self._floor)

    def _choose(self, delta: DeltaRows) -> None:
        """Merge in the form whose turn it is to be tried, or in the one that was fastest."""
        if self._merges % _LOOK_EVERY == 0:
            self._look(int(delta.counters[C_ENTRIES]))
        if not self._turns:
            self._merge_as(self._best, delta)
            return
        which, attempt = self._turns.pop(0)
        self._comm.barrier()  # so that a slow lane is not taken for a slow form
        begin = time.perf_counter_ns()
        self._merge_as(self._candidates[which], delta)
        self._times[which, attempt] = time.perf_counter_ns() - begin
        if not self._turns:
            self._comm.allreduce_max(self._times)  # a merge takes as long as on its slowest rank
            self._best = self._candidates[int(self._times.min(axis=1).argmin())]
            if self._best != "whole":
                self._whole = np.zeros(0, np.int64)

    def _look(self, entries: int) -> None:
        """Begin new trials where much more or less is touched than at the last ones."""
        touched = np.array([entries], np.int64)
        self._comm.allreduce_sum(touched)
        if self._tried_at / _FACTOR < touched[0] < self._tried_at * _FACTOR:
            return
        self._tried_at = int(touched[0])
        # Where ranks share memory, ``rows`` was never the faster one, and each rank would hold what all ranks touched.
        shared = self._node_works and self._comm.hosts < self._comm.size
        self._candidates = ["node" if shared else "rows"]
        size = self._table.array.size
        if size <= _WHOLE_UP_TO or touched[0] >= _WHOLE_FROM_SHARE * size * self._comm.size:
            self._candidates.append("whole")
        self._best = self._candidates[0]
        self._times = np.zeros((len(self._candidates), _TRIES), np.int64)
        if len(self._candidates) > 1:
            self._turns = [(which, attempt) for attempt in range(_TRIES) for which in range(len(self._candidates))]
