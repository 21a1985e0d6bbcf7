"""A street's buckets by the texture of the board, and within a texture by strength and by how much of it is open.

Strength is the expected hand strength E[HS]; how much is open, on streets with cards to come, is the variance of
what it will be: a draw and a made hand of the same strength differ in it.
"""

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
from holdem_mpi.config.buckets import LEAST_OF_TEXTURE
from holdem_mpi.errors import ConfigError
from holdem_mpi.kernels.cards.texture_counts import (
    count_buckets,
    count_by_texture,
    count_spreads,
    look_up_by_texture,
    split_cells,
    spread_rows,
)
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.reporting.progress import Reporter

# Strengths are told apart to this many parts of one, or exactly where they have fewer values.
_MOST_BINS = 8192
_SPREADS = 256
# A deal counts for the percentiles as 5 at strength 0, rising to 20 at strength 1: strong hands play the large pots.
_WEAKEST, _STRONGEST = 5, 20
# Of the buckets of a street with cards to come, those in a hundred that come of splitting a cell by spread.
_SPLIT = 40


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


def split_by_spread(counts: np.ndarray, splits: int, name: str) -> np.ndarray:
    """int64[cells, 256]: the bucket of each cell's hands by their spread, where ``splits`` of the cells have two.

    counts: int64[cells, 256], real deals; a cell with two has at its best cut the least sum of squared distances from
    the means of both parts; cells are taken by how much of it a cut saves, over the root of their deals. name: the
    street's. ConfigError where fewer cells hold hands of different spread.
    """
    spread = np.arange(counts.shape[1], dtype=np.float64)
    below, weighed = np.cumsum(counts, axis=1), np.cumsum(counts * spread, axis=1)
    above, heavier = below[:, -1:] - below, weighed[:, -1:] - weighed
    between = weighed * weighed / np.maximum(below, 1) + heavier * heavier / np.maximum(above, 1)
    saved = np.where((below > 0) & (above > 0), between, -1.0)
    cut = saved.argmax(1)
    best = saved[np.arange(len(counts)), cut]
    whole = weighed[:, -1] * weighed[:, -1] / below[:, -1]
    worth = np.where(best >= 0, (best - whole) / np.sqrt(below[:, -1]), -np.inf)
    if np.isfinite(worth).sum() < splits:
        most = len(counts) + int(np.isfinite(worth).sum())
        raise ConfigError(f"--buckets: by texture for the {name}, expected at most {most}, whose hands differ")
    two = np.zeros(len(counts), bool)
    two[np.argsort(-worth, kind="stable")[:splits]] = True
    first = np.cumsum(1 + two) - (1 + two)
    return first[:, None] + (two[:, None] & (np.arange(counts.shape[1]) > cut[:, None]))


def by_texture(comm: Communicator, key: BucketTableKey, reporter: Reporter) -> StreetBuckets:
    """Buckets by the texture of the board, strength and spread. Collective. Memory of a rank: its part of the street's
    strengths, and on streets with cards to come those of the whole street for a while (87 MB on the turn) and then
    their squares (twice that).
    """
    boards, final = features.number_of_boards(key.street), key.street == key.final_street
    part = share(boards, comm.rank, comm.size)
    values = sums_at(comm, key.street, key.final_street, [part], reporter)[part[0]]
    splits = 0 if final else key.buckets * _SPLIT // 100
    textures, cells = textures_for(key.street, key.buckets), key._replace(buckets=key.buckets - splits)
    rows, first_of_texture = _cells_of(comm, cells, textures, part[0], values)
    if not final:
        squares = sums_at(comm, key.street, key.final_street, [part], reporter, 2)[part[0]]
        spreads = _spreads(key, values, squares)
        counts = np.zeros((cells.buckets, _SPREADS), np.int64)
        count_spreads(board_indexer(key.street), part[0], rows, spreads, counts)
        comm.allreduce_sum(counts)
        bucket_of = split_by_spread(counts, splits, STREET_NAMES[key.street])
        rows = _split_rows(rows, spreads, bucket_of, bucket_dtype(key.buckets))
        first_of_texture = bucket_of[first_of_texture, 0]
    deals, sums = (np.zeros(key.buckets, np.int64) for _ in range(2))
    count_buckets(board_indexer(key.street), part[0], rows, values, deals, sums)
    comm.allreduce_sum(deals)
    comm.allreduce_sum(sums)
    found = statistics(deals, sums, features.largest_numerator(key.street, key.final_street))
    about = {"first_of_texture": first_of_texture.tolist(), "statistics": found}
    return StreetBuckets(contiguous(boards, comm.size), lambda start, end: rows[start - part[0] : end - part[0]], about)


def _cells_of(
    comm: Communicator, key: BucketTableKey, textures: np.ndarray, first: int, values: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(unsigned[boards, 1326] cells by texture and strength of boards ``first`` onwards, int64[textures] the first cell
    of each texture). Collective.
    """
    span = _span(key)
    here = textures[first : first + len(values)]
    deals = np.zeros((textures.max() + 1, min(span, _MOST_BINS)), np.int64)
    count_by_texture(board_indexer(key.street), first, values, blank_of(values), here, span, deals)
    comm.allreduce_sum(deals)
    count = share_out(key.buckets, deals.sum(1), np.count_nonzero(deals, axis=1))
    begins = np.cumsum(count) - count
    rows = np.empty(values.shape, bucket_dtype(key.buckets))
    bucket_of_bin = np.empty((len(deals), deals.shape[1] + 1), rows.dtype)
    weight = _WEAKEST + np.arange(deals.shape[1]) * (_STRONGEST - _WEAKEST) // deals.shape[1]
    for texture, begin in enumerate(begins.tolist()):
        within = percentile_buckets(deals[texture] * weight, int(count[texture]), STREET_NAMES[key.street])
        bucket_of_bin[texture] = within + np.int64(begin)
    bucket_of_bin[:, -1] = blank_of(rows)
    look_up_by_texture(values, blank_of(values), here, span, bucket_of_bin, rows)
    return rows, begins


def _span(key: BucketTableKey) -> int:
    """How many numbers strengths may be."""
    return features.largest_numerator(key.street, key.final_street) + 1


def _spreads(key: BucketTableKey, values: np.ndarray, squares: np.ndarray) -> np.ndarray:
    """uint8[boards, 1326]: the bin of each hand's spread."""
    streets = key.street, key.final_street
    largest = np.array([features.largest_numerator(*streets), features.largest_square(*streets)])
    spreads = np.empty(values.shape, np.uint8)
    spread_rows(values, blank_of(values), squares, largest, spreads)
    return spreads


def _split_rows(cells: np.ndarray, spreads: np.ndarray, bucket_of: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """unsigned[boards, 1326]: buckets of hands by cell and spread."""
    rows, marked = np.empty(cells.shape, dtype), np.empty((len(bucket_of) + 1, bucket_of.shape[1]), dtype)
    marked[:-1], marked[-1] = bucket_of, blank_of(rows)
    split_cells(cells, spreads, marked, rows)
    return rows


def warm_up_textures(key: BucketTableKey, values: np.ndarray) -> None:
    """Run the kernels once on strengths of the first boards (unsigned[boards, 1326])."""
    textures_of_street(key.street)
    textures, deals = np.zeros(len(values), np.int32), np.zeros((1, _MOST_BINS), np.int64)
    count_by_texture(board_indexer(key.street), 0, values, blank_of(values), textures, _span(key), deals)
    rows = np.empty(values.shape, bucket_dtype(key.buckets))
    bucket_of_bin = np.zeros((1, _MOST_BINS + 1), rows.dtype)
    look_up_by_texture(values, blank_of(values), textures, _span(key), bucket_of_bin, rows)
    if key.street < key.final_street:
        features.add_to_sums(key.street, key.final_street, 0, 1, features.empty_sums(key.street, 2), 2)
        spreads = _spreads(key, values, np.zeros(values.shape, np.uint64))
        counts = np.zeros((1, _SPREADS), np.int64)
        for dtype in {rows.dtype, bucket_dtype(key.buckets - key.buckets * _SPLIT // 100)}:
            count_spreads(board_indexer(key.street), 0, rows.astype(dtype), spreads, counts)
            rows = _split_rows(rows.astype(dtype), spreads, np.zeros_like(counts), rows.dtype)
    count_buckets(board_indexer(key.street), 0, rows, values, *np.zeros((2, 1), np.int64))
