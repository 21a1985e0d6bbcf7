"""Sums over ranks that are begun now and waited for later, while ranks do something else."""

import numpy as np

from holdem_mpi.parallel.waiting import Sending


class Beginning:
    """Begins sums over the ranks of a communicator; here of one process, with nothing to wait for.

    They go on only while a rank asks ``Sending.is_done`` or waits, and must be waited for. All ranks begin what is
    collective in one order.
    """

    def sum(self, buffer: np.ndarray) -> Sending:
        """Begin to sum ``buffer`` (any shape, C-contiguous) over ranks, in place."""
        return Sending([], [buffer])

    def union(self, buffer: np.ndarray) -> Sending:
        """Begin a bitwise or of an integer ``buffer`` over ranks, in place."""
        return Sending([], [buffer])
