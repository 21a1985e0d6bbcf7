"""What a lane has added to a table, entry by entry."""

import numpy as np

from holdem_mpi.kernels.arrays import NUM_COUNTERS, DenseDelta


def new_dense_delta(entries: int, dtype: type = np.int64) -> DenseDelta:
    """A DenseDelta for ``entries`` table entries in which nothing was added yet; ``dtype`` of its sums."""
    return DenseDelta(np.zeros(max(entries, 1), dtype), np.zeros(NUM_COUNTERS, np.int64))
