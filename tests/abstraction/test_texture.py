"""Textures: what they tell apart, how buckets are shared out among them, and the tables that come of it."""

import io
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from holdem_mpi.abstraction import features
from holdem_mpi.abstraction.board_textures import textures_of_street
from holdem_mpi.abstraction.bucket_files import read_bucket_manifest
from holdem_mpi.abstraction.build_abstraction import ensure_abstraction, open_tables
from holdem_mpi.abstraction.texture import share_out, textures_for
from holdem_mpi.cards import parse_cards
from holdem_mpi.config.buckets import COARSEST_TEXTURES, LEAST_OF_TEXTURE
from holdem_mpi.errors import ConfigError
from holdem_mpi.kernels.cards.isomorphism import index_board, orbit_size
from holdem_mpi.parallel.communicator import Communicator

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


def test_a_table_by_texture():
    """A game that ends on the flop: buckets of a texture are its own, rise with equity, and count their deals."""
    buckets = 300

    def built(folder=None):
        found = ensure_abstraction(Communicator(), (169, buckets), 1, folder, QUIET, ("lossless", "texture"))
        (table,) = open_tables(found)
        return found, np.array(table)

    abstraction, table = built()
    textures = textures_for(1, buckets)
    first = read_bucket_manifest(abstraction.paths[0], abstraction.keys[0])
    begins = np.array(first["first_of_texture"])
    values = features.final_numerators(1, 0, len(table)).astype(np.int64)
    overlap = values == 65535
    assert np.all(table[overlap] == np.iinfo(table.dtype).max) and not np.any(table[~overlap] >= buckets)
    of_board = np.broadcast_to(textures[:, None], table.shape)[~overlap]
    assert np.array_equal(np.searchsorted(begins, table[~overlap], side="right") - 1, of_board)

    order = np.lexsort((values[~overlap], of_board))
    assert np.all(np.diff(table[~overlap][order].astype(np.int64)) >= 0)

    weight = np.array([orbit_size(features.board_indexer(1), board) for board in range(len(table))])
    weights = np.broadcast_to(weight[:, None], table.shape)[~overlap]
    deals = np.bincount(table[~overlap], weights=weights, minlength=buckets).astype(np.int64)
    assert deals.tolist() == first["statistics"]["deals"] and deals.min() > 0 and deals.sum() == 22100 * 1176
    equity = np.bincount(table[~overlap], weights=weights * values[~overlap]) / deals / features.largest_numerator(1, 1)
    assert np.allclose(equity, first["statistics"]["equity"], rtol=1e-12)
    assert built()[0].digest == abstraction.digest
