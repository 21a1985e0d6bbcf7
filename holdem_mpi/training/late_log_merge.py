"""The late merge of logs: packed sums travel between hosts while the next batch runs."""

import time
from enum import Enum
from typing import NamedTuple

import numpy as np

from holdem_mpi.kernels.calls import KernelCall
from holdem_mpi.kernels.traversal.merge_logs import (
    BLOCK,
    PackedSums,
    apply_packed,
    count_marks,
    mark_segments,
    pack_segments,
)
from holdem_mpi.kernels.traversal.spread_sums import spread_sums
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host_ranks import SharedArray
from holdem_mpi.parallel.waiting import Sending
from holdem_mpi.training.lane_logs import LaneLogs
from holdem_mpi.training.late_merge import LateMerger
from holdem_mpi.training.log_merge import NO_WINDOWS, LogMerger


class _Way(Enum):
    """How far the sums of the last batch are: the marks of all groups are brought together first, then the sums.

    NO_ROOM: what all groups have together does not fit into the memory of this one, which its ranks have to widen.
    """

    ARRIVED, MARKS, NO_ROOM, SUMS, SETTLED = range(5)


class _Sums(NamedTuple):
    """Sums of a batch: marks uint64[segment, ...] of the blocks that have any, and these blocks packed."""

    marks: np.ndarray
    packed: PackedSums


class LateLogMerger(LateMerger, LogMerger):
    """As ``LogMerger``, one batch later. A group packs its own sums as the batch ends, by its own marks, and is done
    with its logs; its first rank then sees to it that they travel, whenever it is asked to (``poke``).

    What the ranks of a group have in common (``_room``) are two lots of marks and sums: of one group alone, those of
    the last batch and of this one; of several, the group's own, and those of all groups together.
    """

    def __init__(
        self,
        comm: Communicator,
        table: SharedArray,
        logs: LaneLogs,
        strategy_scale: float,
        floor: float,
        flags: int,
    ) -> None:
        """flags: how many numbers each ``merge`` is given; the rest as for ``LogMerger``. Collective."""
        self._flags = np.zeros(flags, np.int64)
        super().__init__(comm, table, logs, strategy_scale, floor)

    def _form_groups(self) -> None:
        super()._form_groups()
        self._call[spread_sums] = KernelCall(spread_sums)
        self._way, self._lot = _Way.SETTLED, 0
        self._last: _Sums | None = None
        self._own_sums: _Sums | None = None
        self._needed = 0
        self._asked = np.zeros_like(self._flags)
        self._sending = Sending([], [])

    @property
    def _packs(self) -> bool:
        return True

    def _compile_exchange(self) -> None:
        super()._compile_exchange()
        marks = np.zeros((0, self._mark_words), np.uint64)
        packed = PackedSums(np.zeros(1, np.int64), np.zeros(0, np.int64))
        self._call[spread_sums](marks, packed, marks, packed)

    @property
    def _leads(self) -> bool:
        return self._leaders is not None

    def _room(self, name: str, size: int) -> np.ndarray:
        """int64[at least ``size``] that the ranks of the group have in common, who all ask at once."""
        kept = self._memory.get(name)
        if kept is None or kept.array.size < size:
            if kept is not None:
                self._comm.host.release(kept)
            size, dtype = max(1, size + size // 4), np.dtype(np.int64)
            kept = (
                self._comm.host.shared_here(size, dtype) if self._grouped else SharedArray(np.zeros(size, dtype), 0, 1)
            )
            self._memory[name] = kept
        return kept.array

    def _marks(self, lot: int) -> np.ndarray:
        words = self._logs.segments * self._mark_words
        return self._room(f"marks {lot}", words)[:words].view(np.uint64).reshape(-1, self._mark_words)

    @property
    def _board(self) -> np.ndarray:
        """int64[ranks of the group + 2, flags]: what each rank gave to ``merge``; its sum over all; the room needed."""
        lines = self._own[1] + 2
        return self._room("board", lines * self._flags.size)[: lines * self._flags.size].reshape(lines, -1)

    def _places(self, marks: np.ndarray, first: int) -> tuple[np.ndarray, int]:
        """(where the blocks of each segment begin, from ``first`` on; where the last one ends)."""
        counts = np.zeros(self._logs.segments, np.int64)
        self._call[count_marks](marks, counts)
        ends = first + np.cumsum(BLOCK * counts)
        return ends - BLOCK * counts, int(ends[-1])

    def merge(self, flags: np.ndarray) -> None:
        self._comm.host.sync()
        sums = self._pack()
        self._board[self._own[0]] = flags
        self._comm.host.barrier()
        self._logs.forget()
        self._add_last()
        self._comm.host.barrier()
        self._rounds = 0
        self._send_marks(sums)

    def _pack(self) -> _Sums:
        """What the group has logged, summed and packed."""
        logs, own, lot = self._group_logs, self._own, self._lot
        pending, marks = self._pending if self._rounds else NO_WINDOWS, self._marks(lot)
        self._call[mark_segments](logs, own, pending, marks)
        self._barrier()
        starts, end = self._places(marks, 0)
        packed = PackedSums(self._room(f"sums {lot}", end), starts)
        self._call[pack_segments](logs, own, self._table.array, self._work, pending, marks, packed, self._scale)
        return _Sums(marks, packed)

    def _add_last(self) -> None:
        if not self._add_held() and self._last is not None:
            own = self._own if self._grouped else (self._table.part, self._table.parts)
            marks, packed = self._last
            self._call[apply_packed](own, marks, packed, self._table.array, self._logs.bits, self._floor)
        self._last = None

    def _send_marks(self, sums: _Sums) -> None:
        """Begin to bring the groups' sums together: their marks come first."""
        self._own_sums, self._way = sums, _Way.ARRIVED
        self._asked = self._board[:-2].sum(axis=0)
        if self._groups == 1:
            self._lot = 1 - self._lot
            return
        together = self._marks(1)
        if self._leads:
            together[:] = sums.marks
            self._sending, self._way = self._leaders.begin.union(together), _Way.MARKS

    def _send_sums(self) -> None:
        """The marks of all groups are here: send this one's sums, laid out by them."""
        marks, first = self._marks(1), self._flags.size
        starts, end = self._places(marks, first)
        if self._own[1] > 1 and ("sums 1" not in self._memory or self._memory["sums 1"].array.size < end):
            self._needed, self._way = end, _Way.NO_ROOM
            return
        values = self._room("sums 1", end)
        self._call[spread_sums](*self._own_sums, marks, PackedSums(values, starts))
        values[:first] = self._asked
        self._sending, self._way = self._leaders.begin.sum(values[:end]), _Way.SUMS

    def poke(self) -> bool:
        if self._way in (_Way.MARKS, _Way.SUMS) and self._sending.is_done():
            self._go_on()
        return self._way in (_Way.MARKS, _Way.SUMS)

    def _go_on(self) -> None:
        if self._way == _Way.MARKS:
            self._send_sums()
        else:
            self._way = _Way.ARRIVED

    def _await(self) -> None:
        """On the first rank of a group: wait until the sums are here, or there is no room for them; tell the others."""
        while self._way in (_Way.MARKS, _Way.SUMS):
            self._sending.wait("the sums of other hosts")
            self._go_on()
        needs_room = self._way == _Way.NO_ROOM
        self._board[-1, 0] = self._needed if needs_room else 0
        if not needs_room:
            self._board[-2] = self._asked if self._groups == 1 else self._room("sums 1", 0)[: self._flags.size]

    def finish(self) -> np.ndarray:
        if self._way == _Way.SETTLED:
            return self._flags
        begin, host, first = time.perf_counter(), self._comm.host, self._flags.size
        if self._leads:
            self._await()
        host.barrier()
        if needed := int(self._board[-1, 0]):
            self._room("sums 1", needed)
            if self._leads:
                self._send_sums()
                self._await()
            host.barrier()
        self._flags, self._last, self._way = self._board[-2].copy(), self._own_sums, _Way.SETTLED
        if self._groups > 1:
            marks = self._marks(1)
            starts, end = self._places(marks, first)
            self._last = _Sums(marks, PackedSums(self._room("sums 1", end), starts))
            self.bytes_sent = 8 * end + marks.nbytes
        self.exchange_seconds += time.perf_counter() - begin
        return self._flags

    def _arrived_sums(self) -> tuple[np.ndarray, np.ndarray]:
        if self._last is None:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        marks, packed = self._last
        segments, blocks = np.nonzero(np.unpackbits(marks.view(np.uint8), axis=1, bitorder="little"))
        firsts = (segments << (int(self._logs.bits) + 1)) + BLOCK * blocks
        entries = (firsts[:, None] + np.arange(BLOCK)).reshape(-1)
        sums = packed.values[packed.starts[0] : packed.starts[0] + entries.size]
        some = np.flatnonzero(sums)
        some = some[np.argsort(entries[some])]
        return entries[some], sums[some]

    def grow(self, rounds: int) -> None:
        if self._may_grow:
            held = self.held()
            self._may_grow = self._logs.grow(1 << rounds.bit_length())
            if self._may_grow:
                self._form_groups()
            self.hold(held)
