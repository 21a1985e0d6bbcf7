"""Tables whose rows are divided over ranks, brought to rank 0 piece by piece while it writes them to a file."""

from collections.abc import Callable, Iterator

import numpy as np

from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.storage.array_folder import Streamed
from holdem_mpi.storage.atomic import CHUNK_BYTES

_TAG = 12


class RankRows:
    """A table of which each rank has some rows, in the order of ranks.

    counts: rows of each rank. row: shape of one. dtype: of all. rows: gives the own rows from one number (of the own
    ones) up to another, C-contiguous; it is asked for a few at a time, so that they may be made as they are needed.

    Rank 0 goes through ``pieces``, the others call ``give``: both for the same tables in the same order.
    """

    def __init__(
        self,
        comm: Communicator,
        counts: list[int],
        row: tuple[int, ...],
        dtype: type,
        rows: Callable[[int, int], np.ndarray],
    ) -> None:
        self._comm, self._counts, self._row, self._dtype, self._rows = comm, counts, row, np.dtype(dtype), rows
        bytes_of_row = max(1, int(np.prod(row, dtype=np.int64)) * self._dtype.itemsize)
        self._step = max(1, CHUNK_BYTES // bytes_of_row)
        self._pieces = self._all_pieces()

    @property
    def streamed(self) -> Streamed:
        """The table as ``save_array_folder`` writes it; for rank 0."""
        return Streamed((sum(self._counts), *self._row), self._dtype, lambda: self._pieces)

    def whole(self) -> np.ndarray:
        """The table in memory; for one rank alone."""
        return np.concatenate([np.zeros((0, *self._row), self._dtype), *self._pieces])

    def give(self) -> None:
        """Send the own rows to rank 0; for all others."""
        for first, end in self._spans(self._comm.rank):
            self._comm.send(np.ascontiguousarray(self._rows(first, end)), 0, _TAG)

    def drain(self) -> None:
        """Take what ``pieces`` has left, where writing went wrong: the others send it all the same."""
        for _ in self._pieces:
            pass

    def _all_pieces(self) -> Iterator[np.ndarray]:
        for first, end in self._spans(0):
            yield self._rows(first, end)
        for rank in range(1, self._comm.size):
            for first, end in self._spans(rank):
                piece = np.empty((end - first, *self._row), self._dtype)
                self._comm.receive(piece.reshape(-1), rank, _TAG)
                yield piece

    def _spans(self, rank: int) -> list[tuple[int, int]]:
        count = self._counts[rank]
        return [(first, min(first + self._step, count)) for first in range(0, count, self._step)]
