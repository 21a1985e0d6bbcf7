"""Merging touched rows: ranks that share memory sum theirs through it, and one of each group exchanges the sums."""

from itertools import pairwise

import numpy as np

from holdem_mpi.kernels.arrays import C_ENTRIES, C_ROWS, SLOT_BITS, DeltaRows
from holdem_mpi.kernels.traversal.merge_rows import apply_rows
from holdem_mpi.kernels.traversal.row_sums import (
    PIECE,
    Outbox,
    apply_words,
    divide_rows,
    entries_of_words,
    first_word,
    pack_words,
    take_rows,
    words_of_rows,
)
from holdem_mpi.parallel.communicator import Communicator, SharedArray
from holdem_mpi.training.lane_runner import clear_delta, grown_delta, new_delta

# Pieces, and table entries, of a section of an outbox at first: a section holds one rank's pieces for one owner.
FIRST_ROWS, FIRST_ENTRIES = 512, 4096
# What a rank tells its group: whether it has more to send, its pieces, and the table entries that it owns.
_MORE, _PIECES, _ENTRIES, _NUM_TOLD = range(4)
_WHAT, _INSTEAD = "the buffers of merge: node", "ranks exchange their rows by messages instead"


class SharedMemoryShortage(Exception):  # noqa: N818 - no failure: the merge goes on in another form
    """Shared memory is short, on all ranks alike; the table is as it was."""


class RowMerger:
    """Adds the rows that all ranks touched to the table, at the cost of those rows.

    Groups of ranks are the hosts (``node``), or each rank is a group of its own. In a group each piece of a row has an
    owner, who sums what the group has for it. Where there are several groups, all learn which pieces were touched
    anywhere, in one order; owners put their sums at their places in a packed buffer, which the groups' first ranks
    sum by Allreduce. Each sum is added to the table once.
    """

    def __init__(self, comm: Communicator, table: SharedArray, floor: float, node: bool) -> None:
        """Raises SharedMemoryShortage where ``node`` finds too little shared memory. Collective."""
        self._comm, self._table, self._floor, self._node = comm, table, floor, node
        self._rank, self._size = comm.split_host() if node else (0, 1)
        self._group, self._groups = (comm.host, comm.hosts) if node else (comm.rank, comm.size)
        self._leaders = comm.leaders() if node else comm
        self._sums = new_delta(FIRST_ROWS, FIRST_ENTRIES)
        self._memory: dict[str, SharedArray] = {}
        told = self._allocate("told", self._size * _NUM_TOLD + 2 * self._groups)
        self._told = told[: self._size * _NUM_TOLD].reshape(self._size, _NUM_TOLD)
        self._told_by_groups = told[self._told.size :][: 2 * self._groups]
        self._make_boxes(FIRST_ROWS, FIRST_ENTRIES)
        self._rounds, self._may_grow = 1, True
        self.bytes_sent = 0

    def merge(self, delta: DeltaRows) -> None:
        """Add every rank's ``delta`` to the table. Raises SharedMemoryShortage before the table is changed. Collective.

        A barrier of the ranks that share the table must follow.
        """
        self._grow_boxes()
        self._rounds = self._sum_in_group(delta)
        if self._groups == 1:
            apply_rows(self._table.array, self._sums, self._floor)
        else:
            self._exchange()
        self._forget()

    def close(self) -> None:
        """Give back all shared memory. Collective."""
        for shared in self._memory.values():
            self._comm.release(shared)

    def _forget(self) -> None:
        clear_delta(self._sums)
        self._sums.hash_table.fill(0)

    def _barrier(self) -> None:
        if self._size > 1:
            self._comm.host_barrier()

    def _allocate(self, name: str, size: int) -> np.ndarray:
        """int64[size] zeros, common to the group, in place of what it had under this name. Collective."""
        if self._node:
            new = self._comm.shared_array(max(1, size), np.dtype(np.int64), _WHAT, _INSTEAD)
            if new.window is None and self._comm.hosts < self._comm.size:
                raise SharedMemoryShortage
        else:
            new = SharedArray(np.zeros(size, np.int64), 0, 1)
        if name in self._memory:
            self._comm.release(self._memory[name])
        self._memory[name] = new
        return new.array

    def _with_capacity(self, name: str, size: int) -> np.ndarray:
        """The same with space for ``size``, on which all ranks agree, and a little more; kept where it is enough."""
        if name not in self._memory or self._memory[name].array.size < size:
            return self._allocate(name, size + size // 4)
        return self._memory[name].array

    def _make_boxes(self, rows: int, entries: int) -> None:
        """An outbox for each rank of the group, with sections of such sizes."""
        size = self._size if self._size > 1 else 0
        a_rank = size * (2 + rows + entries)
        memory = self._allocate("boxes", size * a_rank)[: size * a_rank].reshape(size, a_rank)
        self._boxes = []
        for own in memory:
            used, of_rows, values = np.split(own, [2 * size, (2 + rows) * size])
            box = of_rows.view(np.uint64).reshape(size, rows), values.reshape(size, entries), used.reshape(size, 2)
            self._boxes.append(Outbox(*box))
        if not self._boxes:  # a group of one sends nothing
            nothing = np.zeros((1, 0), np.int64)
            self._boxes.append(Outbox(nothing.view(np.uint64), nothing, np.zeros((1, 2), np.int64)))
        self._sections = rows, entries

    def _grow_boxes(self) -> None:
        """Make sections as much larger as the last merge had rounds, where memory allows."""
        if self._rounds > 1 and self._may_grow:
            factor = 1 << (self._rounds - 1).bit_length()
            try:
                self._make_boxes(*(factor * size for size in self._sections))
            except SharedMemoryShortage:
                self._may_grow = False

    def _reserve(self, rows: int, entries: int) -> None:
        """Make the sums large enough for so many more rows and entries."""
        sums = self._sums
        rows, entries = rows + int(sums.counters[C_ROWS]), entries + int(sums.counters[C_ENTRIES])
        if entries > 2 << SLOT_BITS:
            raise MemoryError(
                f"a merge would sum {entries} table entries on one rank; expected a smaller batch_size, or more ranks"
            )
        if rows > sums.rows.size or entries > sums.values.size:
            rows, entries = max(rows, 2 * sums.rows.size), max(entries, 2 * sums.values.size)
            self._sums = grown_delta(sums, rows, entries)

    def _sum_in_group(self, delta: DeltaRows) -> int:
        """Fill the sums with what the group has for the pieces that this rank owns; the rounds that it took."""
        own, rows, entries = self._boxes[self._rank], int(delta.counters[C_ROWS]), int(delta.counters[C_ENTRIES])
        self._reserve(rows + entries // (2 * PIECE), entries)
        start, rounds = (0, 0, 0), 0
        self.bytes_sent = 0
        while True:
            start = divide_rows(delta, start, own, self._sums, self._rank)
            rounds += 1
            if self._size == 1:
                return rounds
            self.bytes_sent += 8 * int(own.used.sum())
            self._told[self._rank, _MORE] = start[0] < rows
            self._comm.host_barrier()
            for source in range(self._rank + 1, self._rank + self._size):  # not all from the same one at once
                box = self._boxes[source % self._size]
                pieces, values = (int(used) for used in box.used[self._rank])
                self._reserve(pieces, values)
                take_rows(box.rows[self._rank, :pieces], box.values[self._rank, :values], self._sums)
            if not self._told[:, _MORE].any():
                return rounds
            self._comm.host_barrier()

    def _exchange(self) -> None:
        """Sum what the groups have for each piece, and add it to the table."""
        words, entries = self._union()
        self._told[self._rank, _ENTRIES] = entries
        self._barrier()
        first, total = self._told[: self._rank, _ENTRIES].sum(), int(self._told[:, _ENTRIES].sum())
        packed = self._with_capacity("packed", total)
        own = packed[first : first + entries]
        pack_words(self._sums, words, own)
        self._barrier()
        if self._leaders is not None:
            self._leaders.allreduce_sum(packed[:total])
            self.bytes_sent += 8 * total
        self._barrier()
        if not self._node:  # ranks that share a table each have all sums, and change a part of it
            lower, upper = _bounds(words, self._table.part, self._table.parts)
            own = own[entries_of_words(words[:lower]) :]
            words = words[lower:upper]
        apply_words(self._table.array, words, own, self._floor)

    def _union(self) -> tuple[np.ndarray, int]:
        """Words of the pieces that this rank owns and any group touched, in order; and their table entries."""
        words = np.empty(int(self._sums.counters[C_ROWS]), np.uint64)
        words_of_rows(self._sums, words)
        words.sort()
        self._told[self._rank, _PIECES] = words.size
        self._barrier()
        if self._leaders is not None:
            numbers = np.zeros((2, self._groups), np.int64)
            numbers[:, self._group] = self._told[:, _PIECES].sum(), self._rounds
            self._leaders.allreduce_sum(numbers)
            self._told_by_groups[:] = numbers.ravel()
        self._barrier()
        counts, rounds = self._told_by_groups.reshape(2, -1)
        self._rounds = int(rounds.max())  # so that all groups grow their boxes together
        starts = np.concatenate(([0], np.cumsum(counts)))
        board = self._with_capacity("words", int(starts[-1])).view(np.uint64)
        place = starts[self._group] + self._told[: self._rank, _PIECES].sum()
        board[place : place + words.size] = words
        self._barrier()
        if self._leaders is not None:
            self._leaders.bcast_parts(board, starts)
            self.bytes_sent += 8 * int(counts[self._group])
        self._barrier()
        lists = [board[start:end] for start, end in pairwise(starts)]
        owned = [words[slice(*_bounds(words, self._rank, self._size))] for words in lists]
        union = np.unique(np.concatenate(owned))
        return union, int(entries_of_words(union))


def _bounds(words: np.ndarray, owner: int, owners: int) -> tuple[int, int]:
    """First and last (not included) of sorted ``words`` that belong to ``owner``."""
    lower = int(np.searchsorted(words, np.uint64(first_word(owner, owners))))
    if owner + 1 == owners:
        return lower, words.size
    return lower, int(np.searchsorted(words, np.uint64(first_word(owner + 1, owners))))


def warm_up_row_merge(table: np.ndarray) -> None:
    """Run the kernels that one process alone does not need, so that they are compiled; adds nothing to ``table``."""
    sums, words = new_delta(FIRST_ROWS, FIRST_ENTRIES), np.zeros(0, np.uint64)
    nothing = np.zeros(0, np.int64)
    take_rows(words, nothing, sums)
    words_of_rows(sums, words)
    entries_of_words(words)
    pack_words(sums, words, nothing)
    apply_words(table, words, nothing, 0.0)
