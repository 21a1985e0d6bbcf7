"""Pieces of rows are summed by their owners as dictionaries would do it, however they travel."""

import numpy as np
import pytest
from helpers.naive_merge import PIECE, add_pieces, owner_of_pair, pieces_of_rows, place_of_pair
from hypothesis import given, settings
from hypothesis import strategies as st

from holdem_mpi.kernels.arrays import C_ENTRIES, C_ROWS, PAIR_BITS, SLOT_BITS
from holdem_mpi.kernels.traversal.merge_rows import apply_rows
from holdem_mpi.kernels.traversal.row_sums import (
    Outbox,
    apply_words,
    divide_rows,
    entries_of_words,
    first_word,
    owner_of,
    pack_words,
    take_rows,
    words_of_rows,
)
from holdem_mpi.kernels.traversal.rows import touch_row
from holdem_mpi.training.lane_runner import new_delta

pytestmark = pytest.mark.kernels

LARGEST_SUM = 2**58
ROOM = 400, 20_000


@st.composite
def touched(draw, largest=LARGEST_SUM):
    """(pairs of the table, for each rank its rows of (first pair, entries)); a rank's lanes may touch the same rows."""
    lengths = draw(st.lists(st.sampled_from([2, 3, 7, 64, 65, 200]), min_size=1, max_size=20))
    first = np.cumsum([draw(st.integers(0, 100)), *lengths])
    rows = st.lists(st.integers(0, len(lengths) - 1), max_size=25)
    ranks = draw(st.lists(rows, min_size=1, max_size=4))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    return int(first[-1]), [
        [(int(first[row]), generator.integers(-largest, largest, 2 * lengths[row]).tolist()) for row in rows]
        for rows in ranks
    ]


def delta_of(rows):
    """DeltaRows as a rank's lanes leave them: rows one after another, the same one again where two lanes met it."""
    delta = new_delta(*ROOM)
    for first, entries in rows:
        delta.hash_table.fill(0)
        slot = int(touch_row(delta, np.uint64(first), np.uint64(len(entries) // 2)))
        delta.values[slot : slot + len(entries)] = entries
    delta.hash_table.fill(0)
    return delta


def sums_of_owners(ranks, pieces=400, entries=20_000):
    """(DeltaRows of each owner, rounds): what a host's ranks do, one after another; sections of the sizes given."""
    owners = len(ranks)
    deltas, sums = [delta_of(rows) for rows in ranks], [new_delta(*ROOM) for _ in ranks]
    shapes = ((owners, pieces), np.uint64), ((owners, entries), np.int64), ((owners, 2), np.int64)
    boxes = [Outbox(*(np.full(shape, 77, kind) for shape, kind in shapes)) for _ in ranks]
    starts, rounds, more = [(0, 0, 0)] * owners, 0, True
    while more:
        rounds += 1
        for rank, delta in enumerate(deltas):
            starts[rank] = divide_rows(delta, starts[rank], boxes[rank], sums[rank], rank)
        for owner in range(owners):
            for source in set(range(owners)) - {owner}:
                used = boxes[source].used[owner]
                take_rows(boxes[source].rows[owner, : used[0]], boxes[source].values[owner, : used[1]], sums[owner])
        more = any(start[0] < delta.counters[C_ROWS] for start, delta in zip(starts, deltas))
    return sums, rounds


def as_pieces(sums):
    """(first pair, pairs) -> sums of a DeltaRows, whose hash table must lead there too."""
    found, source = {}, 0
    for row in range(sums.counters[C_ROWS]):
        pair, length = int(sums.rows[row]) & ((1 << PAIR_BITS) - 1), int(sums.rows[row]) >> PAIR_BITS
        assert (pair, length) not in found
        found[pair, length] = sums.values[source : source + 2 * length].tolist()
        assert int(touch_row(sums, np.uint64(pair), np.uint64(length))) == source
        source += 2 * length
    assert source == sums.counters[C_ENTRIES] < 2 << SLOT_BITS
    return found


@given(touched(), st.sampled_from([(400, 20_000), (1, 2 * PIECE), (3, 150)]))
@settings(deadline=None, max_examples=60)
def test_owners_sum_what_all_ranks_have(case, section):
    _, ranks = case
    expected = pieces_of_rows([row for rows in ranks for row in rows])
    sums, rounds = sums_of_owners(ranks, *section)
    found = {}
    for owner, of_owner in enumerate(map(as_pieces, sums)):
        assert all(owner_of_pair(first, len(ranks)) == owner for first, _ in of_owner)
        found.update(of_owner)
    assert found == expected and sum(int(own.counters[C_ROWS]) for own in sums) == len(expected)
    if len(ranks) == 2 and section[0] == 1:  # a piece a round
        sent = [
            sum(owner_of_pair(first, 2) != rank for row in rows for first, _ in pieces_of_rows([row]))
            for rank, rows in enumerate(ranks)
        ]
        assert rounds == max(1, *sent)


@given(touched(1000), st.sampled_from([np.float64, np.float32]), st.sampled_from([-np.inf, -700.0]))
@settings(deadline=None, max_examples=60)
def test_packed_sums_of_hosts_meet_in_one_order_and_keep_the_floor(case, dtype, floor):
    """Each rank stands for a host of its own; the union of their words is laid out alike on all of them."""
    num_pairs, ranks = case
    expected_pieces = pieces_of_rows([row for rows in ranks for row in rows])
    table = np.random.default_rng(3).normal(0, 500, 2 * num_pairs).astype(dtype)
    hosts, lists = [], []
    for rows in ranks:
        hosts += sums_of_owners([rows])[0]
        words = np.empty(int(hosts[-1].counters[C_ROWS]), np.uint64)
        words_of_rows(hosts[-1], words)
        lists.append(words)
    union = np.unique(np.concatenate(lists))
    in_order = sorted(expected_pieces, key=lambda piece: place_of_pair(piece[0]))
    assert [int(word) for word in union] == [place_of_pair(first) << 28 | length for first, length in in_order]
    total = np.zeros(entries_of_words(union), np.int64)
    for sums in hosts:
        packed = np.full(total.size, 77, np.int64)
        pack_words(sums, union, packed)
        total += packed
    assert total.tolist() == [entry for piece in in_order for entry in expected_pieces[piece]]
    applied, at_once = table.copy(), table.copy()
    apply_words(applied, union, total, floor)
    expected = add_pieces(expected_pieces, table, floor)
    assert applied.tobytes() == expected.tobytes()
    for sums in sums_of_owners(ranks)[0]:
        apply_rows(at_once, sums, floor)
    assert at_once.tobytes() == expected.tobytes()


@given(st.integers(0, 2**PAIR_BITS - 2), st.integers(1, 2000))
@settings(deadline=None)
def test_owners_have_consecutive_ranges_of_words(pair, owners):
    owner = int(owner_of(np.uint64(pair), np.uint64(owners)))
    assert owner == owner_of_pair(pair, owners) < owners
    sums = new_delta(1, 4)
    touch_row(sums, np.uint64(pair), np.uint64(2))
    word = np.empty(1, np.uint64)
    words_of_rows(sums, word)
    assert first_word(owner, owners) <= int(word[0]) < first_word(owner + 1, owners)


@pytest.mark.parametrize("owners", [2, 3, 16])
def test_owners_have_equal_shares_of_neighbouring_and_of_distant_rows(owners):
    for step in (3, 32, 7371, 2**20):
        shares = np.bincount([int(owner_of(np.uint64(step * row), np.uint64(owners))) for row in range(4800)])
        assert shares.min() * owners / 4800 > 0.9 and shares.max() * owners / 4800 < 1.1
