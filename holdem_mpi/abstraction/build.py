"""Buckets by percentile of a feature: exact counts of real deals, thresholds, tables.

Counts of ranks add up, so each works on its own boards, sums the counts with the others, and finds the same thresholds.
"""

import numpy as np

from holdem_mpi.abstraction.features import blank_of, board_indexer
from holdem_mpi.errors import ConfigError
from holdem_mpi.kernels.cards.hand_strength import count_values, look_up_rows


def bucket_dtype(buckets: int) -> np.dtype:
    """The least of uint8, uint16 and uint32 that leaves its largest number to mark hands that overlap the board."""
    return np.dtype(np.uint8 if buckets < 1 << 8 else np.uint16 if buckets < 1 << 16 else np.uint32)


def empty_counts(largest: int) -> np.ndarray:
    """int64[largest + 1] of zeros, for ``add_counts``."""
    return np.zeros(largest + 1, dtype=np.int64)


def add_counts(street: int, first_board: int, values: np.ndarray, counts: np.ndarray) -> None:
    """Count the real deals of boards ``first_board`` onwards (``values``: integer[boards, 1326]) by value, in place."""
    count_values(board_indexer(street), first_board, values, blank_of(values), counts)


def percentile_buckets(counts: np.ndarray, buckets: int, name: str) -> np.ndarray:
    """Bucket of each value, such that bucket b holds the deals between quantiles b / buckets and (b + 1) / buckets.

    counts: int64, deals by value; name: the street's, for the message. The result is one longer than counts, its last
    entry the mark of overlaps, in the dtype of ``bucket_dtype``. Buckets rise with the value. Equal values share a
    bucket, that of their middle deal; where one value holds more deals than a bucket should, the values after it move
    down (and the last ones up) so that no bucket is empty. ConfigError where there are fewer values than buckets.
    """
    values = np.flatnonzero(counts)
    if len(values) < buckets:
        raise ConfigError(f"--buckets: {buckets} for the {name}, expected at most the {len(values)} values that differ")
    deals = counts[values]
    ends = np.cumsum(deals)
    middle = 2 * ends - deals
    wanted = buckets * middle // (2 * ends[-1])
    # A bucket may be at most one above that of the value before, the first value is in bucket 0, and enough values must
    # remain for the buckets above.
    place = np.arange(len(values))
    wanted[0] = 0
    bucket = np.maximum(np.minimum.accumulate(wanted - place), buckets - len(values)) + place
    dtype = bucket_dtype(buckets)
    bucket_of_value = np.zeros(len(counts) + 1, dtype=dtype)
    bucket_of_value[values] = bucket
    bucket_of_value[-1] = np.iinfo(dtype).max
    return bucket_of_value


def bucket_sums(counts: np.ndarray, bucket_of_value: np.ndarray, buckets: int) -> tuple[np.ndarray, np.ndarray]:
    """(int64[buckets] deals of each bucket, int64[buckets] sums of their values)."""
    values = np.flatnonzero(counts)
    deals, sums = np.zeros(buckets, np.int64), np.zeros(buckets, np.int64)
    np.add.at(deals, bucket_of_value[values], counts[values])
    np.add.at(sums, bucket_of_value[values], counts[values] * values)
    return deals, sums


def bucket_rows(values: np.ndarray, bucket_of_value: np.ndarray) -> np.ndarray:
    """Bucket table rows [boards, 1326] of ``values`` (integer[boards, 1326]), in the dtype of ``bucket_of_value``."""
    rows = np.empty(values.shape, dtype=bucket_of_value.dtype)
    look_up_rows(values, blank_of(values), bucket_of_value, rows)
    return rows
