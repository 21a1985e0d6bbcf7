"""A street's buckets by percentile of the expected hand strength, and without loss."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.abstraction import features
from holdem_mpi.abstraction import lossless_buckets as lossless
from holdem_mpi.abstraction.bucket_files import BucketTableKey
from holdem_mpi.abstraction.features import blank_of, board_indexer
from holdem_mpi.cards import NUM_HANDS
from holdem_mpi.errors import ConfigError, DataError
from holdem_mpi.kernels.cards.hand_strength import count_values, look_up_rows
from holdem_mpi.parallel.cache_place import CACHE_VARIABLE
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.reporting.progress import Reporter

# Rows in one message (at most 22 MB over all ranks).
ROWS_A_SLAB = 4096
# Boards in one call of a kernel (about 5 ms).
_BOARDS_A_CALL = 256

# Boards (start, end) that a rank makes the rows of, in the order in which they travel; ranks have equally many pieces,
# empty ones included.
Pieces = list[tuple[int, int]]


class StreetBuckets(NamedTuple):
    """The buckets of a street, found but not written yet.

    pieces: of the boards, for each rank.
    rows_of: bucket rows of a piece of this rank.
    about: what the manifest says besides the table.
    centres: int16[k, width] that hands were clustered about, where they are kept.
    """

    pieces: list[Pieces]
    rows_of: Callable[[int, int], np.ndarray]
    about: dict[str, Any]
    centres: np.ndarray | None = None


def cut(first: int, last: int) -> list[tuple[int, int]]:
    """The boards first..last in pieces of one call of a kernel."""
    return [(at, min(at + _BOARDS_A_CALL, last)) for at in range(first, last, _BOARDS_A_CALL)]


def share(items: int, rank: int, size: int) -> tuple[int, int]:
    """First and last (not included) of the contiguous part of ``items`` that a rank owns."""
    return items * rank // size, items * (rank + 1) // size


def contiguous(boards: int, size: int) -> list[Pieces]:
    """Pieces of contiguous parts. They are cut within each rank's part, so that every rank has something to send each
    time.
    """
    slabs = -(-boards // ROWS_A_SLAB)

    def piece(rank: int, slab: int) -> tuple[int, int]:
        first, last = share(boards, rank, size)
        start, end = share(last - first, slab, slabs)
        return first + start, first + end

    return [[piece(rank, slab) for slab in range(slabs)] for rank in range(size)]


def all_see(comm: Communicator, folder: str | os.PathLike[str], paths: Sequence[Path]) -> None:
    """DataError, on every rank alike, unless every rank sees files that rank 0 has. Collective."""
    unseen = np.array([0 if all(path.exists() for path in paths) else 1], dtype=np.int64)
    comm.allreduce_or(unseen)
    if unseen[0]:
        raise DataError(
            f"{folder}: a rank does not see the bucket tables that rank 0 has there; expected a folder that all hosts "
            f"share, named by {CACHE_VARIABLE}"
        )


def sums_at(
    comm: Communicator, street: int, final_street: int, pieces: Pieces, reporter: Reporter, power: int = 1
) -> dict[int, np.ndarray]:
    """Numerators (power 1: uint16 or uint32) or sums of squares (2: uint64) of pieces of a street's boards, computed by
    all ranks together: {first board of a piece: integer[boards, 1326]}. Collective. A rank holds the whole street's
    sums meanwhile, 87 MB for the turn, twice that for squares.
    """
    name = features.STREET_NAMES[street]
    if street == final_street:
        dtype = np.uint16 if power == 1 else np.uint64
        found = {start: np.empty((end - start, NUM_HANDS), dtype) for start, end in pieces}
        for start, end in reporter.over(name, [part for first, last in pieces for part in cut(first, last)]):
            values = features.final_numerators(final_street, start, end)
            piece = max(first for first in found if first <= start)
            found[piece][start - piece : end - piece] = values if power == 1 else values.astype(np.uint64) ** 2
        return found
    complete = features.number_of_boards(final_street)
    sums = features.empty_sums(street, power)
    for start, end in reporter.over(name, cut(*share(complete, comm.rank, comm.size))):
        features.add_to_sums(street, final_street, start, end, sums, power)
    for start in range(0, len(sums), ROWS_A_SLAB):
        comm.allreduce_sum(sums[start : start + ROWS_A_SLAB])
    found = {start: sums[start:end].copy() for start, end in pieces}
    for start, rows in found.items():
        features.settle_sums(street, start, rows)
    return found


def statistics(deals: np.ndarray, equity_sums: np.ndarray, largest: int) -> dict[str, list]:
    """What a manifest says of each bucket: real deals, and their mean equity (0 to 1). int64 each."""
    pairs = zip(deals.tolist(), equity_sums.tolist())
    return {"deals": deals.tolist(), "equity": [total / (count * largest) for count, total in pairs]}


def by_percentile(comm: Communicator, key: BucketTableKey, reporter: Reporter) -> StreetBuckets:
    """Buckets by percentile of the expected hand strength."""
    boards = features.number_of_boards(key.street)
    first, last = share(boards, comm.rank, comm.size)
    values = sums_at(comm, key.street, key.final_street, [(first, last)], reporter)[first]
    largest = features.largest_numerator(key.street, key.final_street)
    counts = empty_counts(largest)
    add_counts(key.street, first, values, counts)
    comm.allreduce_sum(counts)
    bucket_of_value = percentile_buckets(counts, key.buckets, features.STREET_NAMES[key.street])
    deals, sums = bucket_sums(counts, bucket_of_value, key.buckets)

    def rows_of(start: int, end: int) -> np.ndarray:
        return bucket_rows(values[start - first : end - first], bucket_of_value)

    return StreetBuckets(contiguous(boards, comm.size), rows_of, {"statistics": statistics(deals, sums, largest)})


def without_loss(comm: Communicator, key: BucketTableKey, reporter: Reporter) -> StreetBuckets:
    """A bucket for each class of hands that a board does not tell apart."""
    boards = features.number_of_boards(key.street)
    count_of_board = np.zeros(boards, np.int64)
    for start, end in reporter.over(features.STREET_NAMES[key.street], cut(*share(boards, comm.rank, comm.size))):
        count_of_board[start:end] = lossless.lossless_rows(key.street, start, end)[1]
    comm.allreduce_sum(count_of_board)
    first_bucket = np.cumsum(count_of_board) - count_of_board

    def rows_of(start: int, end: int) -> np.ndarray:
        rows, _ = lossless.lossless_rows(key.street, start, end)
        lossless.shift_rows(rows, first_bucket[start:end])
        return rows

    return StreetBuckets(contiguous(boards, comm.size), rows_of, {})


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
