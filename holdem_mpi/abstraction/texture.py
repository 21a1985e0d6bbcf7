"""A street's buckets by the texture of the board, and within a texture by percentile of the expected hand strength."""

import numpy as np

from holdem_mpi.abstraction import features
from holdem_mpi.abstraction.board_textures import textures_of_street
from holdem_mpi.abstraction.bucket_files import BucketTableKey
from holdem_mpi.abstraction.features import STREET_NAMES, blank_of, board_indexer
from holdem_mpi.abstraction.percentile import (
    StreetBuckets,
    bucket_dtype,
    contiguous,
    percentile_buckets,
    share,
    statistics,
    sums_at,
)
from holdem_mpi.cards import NUM_HANDS
from holdem_mpi.config.buckets import LEAST_OF_TEXTURE
from holdem_mpi.errors import ConfigError
from holdem_mpi.kernels.cards.texture_counts import count_by_texture, look_up_by_texture
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.reporting.progress import Reporter

# Strengths are told apart to this many parts of one, or exactly where they have fewer values.
_MOST_BINS = 8192


def textures_for(street: int, buckets: int) -> np.ndarray:
    """int32[boards]: the finest textures of a street's canonical boards that leave each ``LEAST_OF_TEXTURE`` buckets on
    average, or the coarsest.
    """
    every = textures_of_street(street)
    fitting = [textures for textures in every if (textures.max() + 1) * LEAST_OF_TEXTURE <= buckets]
    return fitting[-1] if fitting else every[0]


def share_out(buckets: int, deals: np.ndarray, most: np.ndarray) -> np.ndarray:
    """int64[textures]: how many of ``buckets`` each texture has, by the square root of its deals, at least one.

    most: how many each can have at most. ConfigError where they can have fewer than ``buckets`` together.
    """
    if most.sum() < buckets:
        raise ConfigError(f"--buckets: {buckets} by texture, expected at most {most.sum()}, whose strengths differ")
    wanted = np.sqrt(deals.astype(np.float64))
    low, high = 0.0, 1.0 * buckets / wanted.min()
    for _ in range(200):  # the factor whose rounded shares are as many as there are, or just fewer
        factor = (low + high) / 2
        count = np.clip((factor * wanted).astype(np.int64), 1, most)
        low, high = (factor, high) if count.sum() <= buckets else (low, factor)
    count = np.clip((low * wanted).astype(np.int64), 1, most)
    short = np.argsort(-np.where(count < most, low * wanted - count, -np.inf), kind="stable")
    count[short[: buckets - count.sum()]] += 1
    return count


def by_texture(comm: Communicator, key: BucketTableKey, reporter: Reporter) -> StreetBuckets:
    """Buckets by the texture of the board and percentile of the expected hand strength on such boards. Collective."""
    boards = features.number_of_boards(key.street)
    first, last = share(boards, comm.rank, comm.size)
    textures = textures_for(key.street, key.buckets)
    values = sums_at(comm, key.street, key.final_street, [(first, last)], reporter)[first]
    span = features.largest_numerator(key.street, key.final_street) + 1
    deals, sums = (np.zeros((textures.max() + 1, min(span, _MOST_BINS)), np.int64) for _ in range(2))
    count_by_texture(
        board_indexer(key.street), first, values, blank_of(values), textures[first:last], span, deals, sums
    )
    comm.allreduce_sum(deals)
    comm.allreduce_sum(sums)
    count = share_out(key.buckets, deals.sum(1), np.count_nonzero(deals, axis=1))
    bucket_of_bin = _bucket_of_bin(deals, count, key)
    place, counted = bucket_of_bin[:, :-1][deals > 0], deals[deals > 0]
    deals_of, sums_of = np.zeros(key.buckets, np.int64), np.zeros(key.buckets, np.int64)
    np.add.at(deals_of, place, counted)
    np.add.at(sums_of, place, sums[deals > 0])

    def rows_of(start: int, end: int) -> np.ndarray:
        rows = np.empty((end - start, NUM_HANDS), bucket_of_bin.dtype)
        part = values[start - first : end - first]
        look_up_by_texture(part, blank_of(values), textures[start:end], span, bucket_of_bin, rows)
        return rows

    about = {
        "first_of_texture": (np.cumsum(count) - count).tolist(),
        "statistics": statistics(deals_of, sums_of, span - 1),
    }
    return StreetBuckets(contiguous(boards, comm.size), rows_of, about)


def warm_up_textures(key: BucketTableKey, values: np.ndarray) -> None:
    """Run the kernels once on strengths of the first boards (unsigned[boards, 1326])."""
    textures_of_street(key.street)
    textures, span = np.zeros(len(values), np.int32), features.largest_numerator(key.street, key.final_street) + 1
    deals, sums = (np.zeros((1, min(span, _MOST_BINS)), np.int64) for _ in range(2))
    count_by_texture(board_indexer(key.street), 0, values, blank_of(values), textures, span, deals, sums)
    dtype = bucket_dtype(key.buckets)
    rows, bucket_of_bin = np.empty(values.shape, dtype), np.zeros((1, deals.shape[1] + 1), dtype)
    look_up_by_texture(values, blank_of(values), textures, span, bucket_of_bin, rows)


def _bucket_of_bin(deals: np.ndarray, count: np.ndarray, key: BucketTableKey) -> np.ndarray:
    """unsigned[textures, bins + 1] bucket of each bin, rising within a texture; the last column marks overlaps."""
    dtype = bucket_dtype(key.buckets)
    found = np.empty((len(deals), deals.shape[1] + 1), dtype)
    first = 0
    for texture, buckets in enumerate(count.tolist()):
        within = percentile_buckets(deals[texture], buckets, STREET_NAMES[key.street])
        found[texture] = within.astype(np.int64) + first
        found[texture, -1] = np.iinfo(dtype).max
        first += buckets
    return found
