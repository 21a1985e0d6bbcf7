"""Tables of several hosts, each updated in place by its own ranks, brought together."""

import numpy as np

from holdem_mpi.parallel.communicator import Communicator, SharedArray

# Table entries that travel together: a buffer of 8 MB.
_CHUNK = 1 << 20


class HostSums:
    """Sums what hosts have added to their tables since they were last alike: differences, never totals.

    The first rank of each host keeps a copy of the table as it was then, where there is more than one host.
    """

    def __init__(self, comm: Communicator, table: SharedArray, floor: float) -> None:
        """floor: no regret stays below it. Collective."""
        self._comm = comm
        self._table = table.array
        self._floor = floor
        self.needed = comm.num_hosts() > 1
        self._leads = self.needed and table.part == 0
        self._last = table.array.copy() if self._leads else table.array[:0]
        self.bytes_sent = 0

    def remember(self) -> None:
        """Take the table, now the same on all hosts, for what was merged. Collective; nobody changes it meanwhile."""
        if self._leads:
            np.copyto(self._last, self._table)
        if self.needed:
            self._comm.host_barrier()

    def exchange(self) -> None:
        """Give every host what all of them have added. Collective; meanwhile nobody changes the tables."""
        self._comm.host_barrier()
        if self._leads:
            for start in range(0, self._table.size, _CHUNK):
                now, last = self._table[start : start + _CHUNK], self._last[start : start + _CHUNK]
                added = now - last
                self._comm.sum_over_hosts(added)
                np.maximum(last + added, self._floor, out=last)
                np.copyto(now, last)
            self.bytes_sent = self._table.nbytes
        self._comm.host_barrier()
