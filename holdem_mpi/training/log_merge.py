"""The merge of logs: each segment of the table has an owner among the ranks of a host, who works all logs of it off."""

import time

import numpy as np

from holdem_mpi.kernels.calls import KernelCall
from holdem_mpi.kernels.traversal.merge_logs import (
    BLOCK,
    HostLogs,
    MergeWorkspace,
    PackedSums,
    add_round,
    apply_packed,
    apply_pending,
    count_marks,
    mark_segments,
    merge_segments,
    pack_segments,
)
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.compile_once import compile_once
from holdem_mpi.parallel.host import no_room_to_exchange
from holdem_mpi.parallel.host_ranks import SharedArray
from holdem_mpi.training.lane_logs import LaneLogs

NO_WINDOWS = np.zeros((0, 0), np.int64)


class LogMerger:
    """Sums what all lanes of all ranks have logged, in integers, and adds each sum to the table once.

    Where ranks of a host share memory they are a group; else each rank is a group of its own. In a group each segment
    has an owner. Between groups, the first ranks agree on the blocks that were touched anywhere, and sum the blocks,
    packed, by Allreduce. So the table after a batch is the same for any number of ranks and hosts, bit by bit.

    Logs that are full before a batch is done are worked off in rounds: their sums wait, as the table must not change.

    bytes_sent: of the last merge, between groups; exchange_seconds: of all merges, in which groups sent and waited.
    """

    def __init__(
        self, comm: Communicator, table: SharedArray, logs: LaneLogs, strategy_scale: float, floor: float
    ) -> None:
        """table: what the ranks of a host have in common; floor: no regret stays below it. Collective."""
        self._comm, self._table, self._logs = comm, table, logs
        self._scale, self._floor = strategy_scale, floor
        apart = np.array([table.parts < comm.host.size], np.int64)
        comm.allreduce_max(apart)
        self._one_table = not apart[0]
        self._memory: dict[str, SharedArray] = {}
        self._form_groups()
        spare = -(-2 * logs.widest // BLOCK) * BLOCK
        pairs, entries = (1 << logs.bits) + logs.widest, (2 << logs.bits) + spare
        self._work = MergeWorkspace(np.zeros(pairs, np.int64), np.zeros(pairs, np.int32), np.zeros(entries, np.int64))
        self._rounds, self._may_grow = 0, True
        self.bytes_sent = 0
        self.exchange_seconds = 0.0
        if self._packs:
            compile_once(comm, self._compile_exchange)

    @property
    def _packs(self) -> bool:
        """Whether sums are packed at all."""
        return self._groups > 1

    def _form_groups(self) -> None:
        """Who works with whom, which is for the logs to say: these may have been made anew. Collective."""
        comm = self._comm
        self._grouped = self._logs.together and self._one_table
        self._own = (comm.host.rank, comm.host.size) if self._grouped else (0, 1)
        self._groups = comm.hosts if self._grouped else comm.size
        self._leaders = comm.host.leaders() if self._grouped else comm
        self._pending = NO_WINDOWS
        kernels = merge_segments, add_round, apply_pending, mark_segments, count_marks, pack_segments, apply_packed
        self._call = {kernel: KernelCall(kernel) for kernel in kernels}
        for shared in self._memory.values():
            comm.host.release(shared)
        self._memory.clear()

    def _compile_exchange(self) -> None:
        """Run what only packed sums need on nothing at all, so that it is compiled once a host."""
        marks, own = np.zeros((0, self._mark_words), np.uint64), (0, 1)
        packed = PackedSums(np.zeros(1, np.int64), np.zeros(0, np.int64))
        logs, table = self._logs.alone, self._table.array
        self._call[mark_segments](logs, own, NO_WINDOWS, marks)
        self._call[count_marks](marks, packed.starts)
        self._call[pack_segments](logs, own, table, self._work, NO_WINDOWS, marks, packed, self._scale)
        self._call[apply_packed](own, marks, packed, table, logs.bits, self._floor)

    @property
    def _group_logs(self) -> HostLogs:
        return self._logs.of_host if self._grouped else self._logs.alone

    def add_round(self) -> None:
        """Work off logs of which some are full, before their batch is done. They are empty then. Collective; the ranks
        have met since they wrote them.
        """
        self._comm.host.sync()
        if not self._rounds and not self._pending.size:
            windows = len(range(self._own[0], self._logs.segments, self._own[1]))
            self._pending = np.zeros((windows, self._work.window.size), np.int64)
        self._rounds += 1
        self._call[add_round](self._group_logs, self._own, self._table.array, self._work, self._pending, self._scale)
        self._comm.host.barrier()
        self._logs.forget()

    def merge(self) -> None:
        """Add what all ranks have logged to the table. All of them then see the whole sum. Collective; the ranks have
        met since they wrote their logs.
        """
        self._comm.host.sync()
        table, logs, own = self._table.array, self._group_logs, self._own
        if self._groups > 1:
            self._exchange()
        elif self._rounds:
            self._call[add_round](logs, own, table, self._work, self._pending, self._scale)
            self._barrier()
            self._call[apply_pending](own, self._pending, table, logs.bits, self._floor)
        else:
            self._call[merge_segments](logs, own, table, self._work, self._scale, self._floor)
        self._comm.host.barrier()
        self._logs.forget()
        if self._rounds and self._may_grow:
            self._may_grow = self._logs.grow(1 << self._rounds.bit_length())
            self._form_groups()
        self._rounds = 0

    def _barrier(self) -> None:
        if self._own[1] > 1:
            self._comm.host.barrier()

    def _exchange(self) -> None:
        """Sum what the groups have for each block, and add it to the table."""
        table, logs, own = self._table.array, self._group_logs, self._own
        pending = self._pending if self._rounds else NO_WINDOWS
        words = self._logs.segments * self._mark_words
        marks = self._in_common("marks", words)[:words].view(np.uint64).reshape(-1, self._mark_words)
        self._call[mark_segments](logs, own, pending, marks)
        self._barrier()
        begin = time.perf_counter()
        if self._leaders is not None:
            self._leaders.allreduce_or(marks)
        self._barrier()
        self.exchange_seconds += time.perf_counter() - begin
        counts = np.zeros(self._logs.segments, np.int64)
        self._call[count_marks](marks, counts)
        starts = np.concatenate(([0], np.cumsum(BLOCK * counts)))
        packed = PackedSums(self._in_common("packed", int(starts[-1])), starts[:-1].copy())
        self._call[pack_segments](logs, own, table, self._work, pending, marks, packed, self._scale)
        self._barrier()
        begin = time.perf_counter()
        if self._leaders is not None:
            self._leaders.allreduce_sum(packed.values[: starts[-1]])
        self._barrier()
        self.exchange_seconds += time.perf_counter() - begin
        self.bytes_sent = int(8 * starts[-1]) + marks.nbytes
        applied = own if self._grouped else (self._table.part, self._table.parts)
        self._call[apply_packed](applied, marks, packed, table, logs.bits, self._floor)

    @property
    def _mark_words(self) -> int:
        return -(-(self._work.window.size // BLOCK) // 64)

    def _in_common(self, name: str, size: int) -> np.ndarray:
        """int64[at least ``size``] that the group has in common; ``size`` is the same on all ranks. Collective."""
        if name not in self._memory or self._memory[name].array.size < size:
            if name in self._memory:
                self._comm.host.release(self._memory[name])
            size = max(1, size + size // 4)
            if self._grouped:
                self._memory[name] = self._comm.host.shared_array(size, np.dtype(np.int64))
                short = np.array([self._memory[name].parts < self._comm.host.size], np.int64)
                self._comm.allreduce_max(short)  # a host of one rank has always room
                if short[0]:
                    raise no_room_to_exchange(8 * size)
            else:
                self._memory[name] = SharedArray(np.zeros(size, np.int64), 0, 1)
        return self._memory[name].array

    @property
    def bytes_in_use(self) -> int:
        """Bytes of its own."""
        arrays = [*self._work, self._pending, *(shared.array for shared in self._memory.values())]
        return sum(array.nbytes for array in arrays)
