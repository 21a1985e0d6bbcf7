"""What a lane has added to a table, entry by entry."""

import numpy as np

from holdem_mpi.kernels.arrays import NUM_COUNTERS, DenseDelta


def new_dense_delta(entries: int, dtype: type = np.int64) -> DenseDelta:
    """A DenseDelta of zeros."""
    return DenseDelta(np.zeros(max(entries, 1), dtype), np.zeros(NUM_COUNTERS, np.int64))
