"""Late merges: the sums of a batch are added to the table after the next batch, and travel while that one runs.

What is added, and in which order, is what a merge at once would add, one batch later. So the table after a batch is the
same for any number of ranks and hosts here, too.
"""

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np

from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host_ranks import SharedArray


class HeldSums(NamedTuple):
    """What the sums of the last batch will make of the table: entries int64[...], ascending, and values of the table's
    dtype, what these entries will be. Nothing else changes them before.
    """

    entries: np.ndarray
    values: np.ndarray


class LateMerger(ABC):
    """Adds what a batch has summed up once the next one is done.

    Each ``finish`` waits for the sums of the last batch, each ``merge`` adds them and sends the next ones on their way.
    """

    _comm: Communicator
    _table: SharedArray
    _floor: float
    _held: HeldSums | None = None

    @abstractmethod
    def finish(self) -> np.ndarray:
        """Wait for the sums of the last batch; what all ranks gave to its ``merge``, summed. Collective.

        Zeros before the first batch. May be called again before the next ``merge``.
        """

    @abstractmethod
    def merge(self, flags: np.ndarray) -> None:
        """Add the sums of the last batch to the table, and send off those of this one, with ``flags`` (int64[...], as
        ``finish`` returns them). Collective, after ``finish``; the ranks of a host have met since they walked.
        """

    @abstractmethod
    def grow(self, rounds: int) -> None:
        """Make more room for what a batch logs, where it took so many rounds. Collective, after ``merge``."""

    @abstractmethod
    def poke(self) -> bool:
        """Let the sums go on travelling; whether they still do, so that this is to be called again."""

    @abstractmethod
    def _arrived_sums(self) -> tuple[np.ndarray, np.ndarray]:
        """(entries, sums) of the last batch, none of them zero; empty where there was none."""

    def held(self) -> HeldSums:
        """What will become of the table once the last batch is added; on ranks that own a table's first part.

        Empty on the others. The table stays as it is. Collective.
        """
        self.finish()
        if self._held is None:
            entries, sums = self._arrived_sums() if self._table.part == 0 else (np.zeros(0, np.int64),) * 2
            table = self._table.array
            after = np.maximum(table[entries].astype(np.float64) + sums, self._floor)
            self._held = HeldSums(entries, after.astype(table.dtype))
        return self._held

    def hold(self, held: HeldSums) -> None:
        """Take this for what the last batch has summed up, where a run goes on from a checkpoint."""
        self._held = held

    def swap(self) -> None:
        """Exchange what is held for what the table has there: once to see the last batch, again to go on.

        Collective.
        """
        held, table = self.held(), self._table.array
        before = table[held.entries]
        self._comm.host.barrier()
        if self._table.part == 0:
            table[held.entries] = held.values
        self._held = HeldSums(held.entries, before)
        self._comm.host.barrier()

    def _add_held(self) -> bool:
        """Add what is held, if anything is; whether it was. Between two barriers of the host."""
        if self._held is None:
            return False
        if self._table.part == 0:
            self._table.array[self._held.entries] = self._held.values
        self._held = None
        return True
