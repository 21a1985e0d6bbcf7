"""Textures: what they tell apart, how buckets are shared out among them, and the tables that come of it."""

import io
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from holdem_mpi.abstraction import features
from holdem_mpi.abstraction.board_textures import textures_of_street
from holdem_mpi.abstraction.bucket_files import read_bucket_manifest
from holdem_mpi.abstraction.build_abstraction import ensure_abstraction, open_tables
from holdem_mpi.abstraction.percentile import sums_at
from holdem_mpi.abstraction.texture import share_out, split_by_spread, textures_for
from holdem_mpi.cards import parse_cards
from holdem_mpi.config.buckets import COARSEST_TEXTURES, LEAST_OF_TEXTURE
from holdem_mpi.errors import ConfigError
from holdem_mpi.kernels.cards.isomorphism import index_board, orbit_size
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.reporting.progress import Reporter

QUIET = Console(file=io.StringIO())


def texture(level, board):
    cards = np.array(parse_cards(board))
    row = index_board(features.board_indexer(len(cards) - 2), cards, np.zeros(4, np.uint8))
    return int(textures_of_street(len(cards) - 2)[level][row])


@pytest.mark.parametrize("street", [1, 2, 3])
def test_finer_textures_refine_coarser_ones(street):
    every = textures_of_street(street)
    for coarse, fine in itertools.pairwise(every):
        pairs = np.unique(np.stack([fine, coarse], 1), axis=0)
        assert len(pairs) == fine.max() + 1 > coarse.max() + 1
        assert sorted(set(fine.tolist())) == list(range(fine.max() + 1))
    assert every[0].max() + 1 == COARSEST_TEXTURES[features.CARDS_OF_STREET[street]]


@pytest.mark.parametrize(
    ("level", "one", "other", "alike"),
    [
        (0, "AhKd2c", "9h8d7c", True),
        (0, "AhKh2c", "AhKd2c", False),
        (0, "AhKh2h", "AhKh2c", False),
        (0, "AhAd2c", "AhKd2c", False),
        (0, "Ah Kh 2c 3c", "Ah Kh 2c 3d", False),
        (0, "Ah Kh 2c 3c 4d", "9h 7d 2c 3c 4d", True),  # no flush can come of two
        (0, "Ah Kh 2h 3c 4d", "Ah Kd 2h 3c 4d", False),
        (0, "Ah Ad 2c 2d 4d", "Ah Ad Ac 2d 4d", False),
        (1, "9h8d7c", "9h8d2c", False),  # straights on the first alone
        (1, "Ah 5d 4c", "Ah 9d 4c", False),  # the wheel
        (1, "Ah 9d 4c", "Kh 9d 4c", False),
        (1, "Kh 9d 4c", "Kh 8d 3c", True),
        (1, "9h 8d 7c 6s", "9h 8d 7c 2s", False),
        (2, "Kh 9d 4c", "Kh 8d 3c", True),
        (2, "Kh 9d 4c", "Kh Qd 4c", False),
        (2, "Ah 9d 9c", "Ah 3d 3c", False),
        (3, "Kh 9d 4c", "Kh 8d 3c", False),
        (3, "Kh 9d 4c", "Ks 9h 3d", True),
    ],
)
def test_what_textures_tell_apart(level, one, other, alike):
    assert (texture(level, one) == texture(level, other)) == alike


@given(
    st.lists(st.tuples(st.integers(1, 10**9), st.integers(1, 40)), min_size=1, max_size=30),
    st.integers(1, 200),
)
def test_buckets_are_shared_out_whole(textures, buckets):
    deals, most = (np.array(column, np.int64) for column in zip(*textures))
    buckets = max(buckets, len(deals))
    if most.sum() < buckets:
        with pytest.raises(ConfigError, match=f"{buckets} by texture, expected at most {most.sum()}"):
            share_out(buckets, deals, most)
        return
    count = share_out(buckets, deals, most)
    assert count.sum() == buckets and np.all((count >= 1) & (count <= most))


def test_buckets_go_by_the_root_of_the_deals():
    assert share_out(60, np.array([1, 4, 9]) * 1000, np.array([99, 99, 99])).tolist() == [10, 20, 30]
    assert share_out(60, np.array([1, 4, 9]) * 1000, np.array([99, 99, 12])).tolist() == [16, 32, 12]
    assert share_out(7, np.array([1, 10**12, 1]), np.array([9, 9, 9])).tolist() == [1, 5, 1]


@pytest.mark.parametrize("street", [1, 2, 3])
def test_the_finest_that_leave_enough_buckets_are_taken(street):
    sizes = [int(textures.max()) + 1 for textures in textures_of_street(street)]
    for size, finer in itertools.pairwise(sizes):
        assert textures_for(street, LEAST_OF_TEXTURE * size).max() + 1 == size
        assert textures_for(street, LEAST_OF_TEXTURE * finer - 1).max() + 1 == size


@given(st.lists(st.lists(st.integers(0, 50), min_size=256, max_size=256), min_size=1, max_size=5), st.integers(0, 5))
@settings(max_examples=30)
def test_cells_are_split_where_their_hands_differ_most(counts, splits):
    counts = np.array(counts, np.int64)
    counts[:, 7] += 1  # no cell is empty
    spread = np.arange(256)

    def squares(part):
        return np.sum(part * (spread - np.average(spread, weights=part)) ** 2) if part.sum() else np.inf

    worth, cuts = [], []
    for cell in counts:
        left = [
            squares(np.where(spread <= cut, cell, 0)) + squares(np.where(spread > cut, cell, 0)) for cut in range(255)
        ]
        cuts.append(min(left))
        worth.append((squares(cell) - min(left)) / np.sqrt(cell.sum()))
    possible = np.isfinite(worth)
    if possible.sum() < splits:
        with pytest.raises(ConfigError, match=f"turn, expected at most {len(counts) + possible.sum()}, whose hands"):
            split_by_spread(counts, splits, "turn")
        return
    bucket_of = split_by_spread(counts, splits, "turn")
    two = bucket_of[:, -1] > bucket_of[:, 0]
    assert two.sum() == splits and np.array_equal(np.unique(bucket_of), np.arange(len(counts) + splits))
    for cell, buckets, split, least in zip(counts, bucket_of, two, cuts):
        assert np.all(np.diff(buckets) >= 0)
        if split:
            parts = [np.where(buckets == bucket, cell, 0) for bucket in (buckets[0], buckets[-1])]
            assert sum(map(squares, parts)) == pytest.approx(least, rel=1e-9, abs=1e-9)
    if 0 < splits < len(counts):
        assert np.array(worth)[two].min() >= np.array(worth)[~two].max() - 1e-6


def build(buckets, methods):
    found = ensure_abstraction(Communicator(), (169, *buckets), len(buckets), None, QUIET, ("lossless", *methods))
    return found, [np.array(table) for table in open_tables(found)]


def check_table(street, final_street, buckets, table, values, manifest):
    """A texture's buckets are its own, and what the manifest says of them is what is counted."""
    overlap = values == features.blank_of(values)
    assert np.all(table[overlap] == np.iinfo(table.dtype).max) and not np.any(table[~overlap] >= buckets)
    begins = np.array(manifest["first_of_texture"])
    of_board = np.broadcast_to(textures_for(street, buckets)[:, None], table.shape)[~overlap]
    assert np.array_equal(np.searchsorted(begins, table[~overlap], side="right") - 1, of_board)
    weight = np.array([orbit_size(features.board_indexer(street), board) for board in range(len(table))])
    weights = np.broadcast_to(weight[:, None], table.shape)[~overlap].astype(np.float64)
    deals = np.bincount(table[~overlap], weights=weights, minlength=buckets)
    assert deals.tolist() == manifest["statistics"]["deals"] and deals.min() > 0
    largest = features.largest_numerator(street, final_street)
    equity = np.bincount(table[~overlap], weights=weights * values[~overlap]) / deals / largest
    assert np.allclose(equity, manifest["statistics"]["equity"], rtol=1e-9)
    return of_board, overlap, weights


def test_a_table_of_the_last_street():
    """A game that ends on the flop: buckets rise with strength, and strong hands have more of them."""
    found, (table,) = build((300,), ("texture",))
    values = features.final_numerators(1, 0, len(table))
    manifest = read_bucket_manifest(found.paths[0], found.keys[0])
    of_board, overlap, _ = check_table(1, 1, 300, table, values, manifest)
    order = np.lexsort((values[~overlap], of_board))
    assert np.all(np.diff(table[~overlap][order].astype(np.int64)) >= 0)
    for deals in np.split(np.array(manifest["statistics"]["deals"]), manifest["first_of_texture"][1:]):
        if len(deals) >= 12:
            assert deals[-len(deals) // 3 :].mean() < 0.7 * deals[: len(deals) // 3].mean()
    assert build((300,), ("texture",))[0].digest == found.digest


def test_a_table_of_an_earlier_street():
    """A game that ends on the turn: on the flop, hands of one strength part by how much of it is open."""
    found, (table, _) = build((400, 300), ("texture", "texture"))
    comm, part = Communicator(), [(0, len(table))]
    values, squares = (sums_at(comm, 1, 2, part, Reporter(comm, QUIET), power)[0] for power in (1, 2))
    manifest = read_bucket_manifest(found.paths[0], found.keys[0])
    _, overlap, weights = check_table(1, 2, 400, table, values, manifest)

    strength, square = (
        sums[~overlap] / largest(1, 2)
        for sums, largest in ((values, features.largest_numerator), (squares, features.largest_square))
    )
    bucket = table[~overlap]
    low, high = np.full(400, np.inf), np.zeros(400)
    np.minimum.at(low, bucket, strength)
    np.maximum.at(high, bucket, strength)
    spread = np.bincount(bucket, weights=weights * (square - strength**2)) / np.bincount(bucket, weights=weights)
    begins = set(manifest["first_of_texture"])
    pairs = [b for b in range(399) if low[b + 1] < high[b] and b + 1 not in begins]
    assert len(pairs) == 400 * 40 // 100
    assert all(spread[b] < spread[b + 1] for b in pairs)
