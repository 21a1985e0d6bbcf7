"""Whole tables and a lane's rows add up to what plain dense addition gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdem_mpi.kernels.arrays import C_ENTRIES, C_ROWS, PAIR_BITS, RowPattern
from holdem_mpi.kernels.traversal.merge_rows import (
    add_rows,
    apply_rows,
    apply_whole,
    discount_rows,
)
from holdem_mpi.kernels.traversal.regret import match_regrets
from holdem_mpi.kernels.traversal.rows import move_keys, place_of, touch_row
from holdem_mpi.training.lane_runner import new_delta

pytestmark = pytest.mark.kernels

LARGEST_SUM = 2**59


@st.composite
def tables(draw, largest=1000):
    """(first pair of each row, [rows touched by each lane], {(lane, row): sums})."""
    actions = draw(st.lists(st.integers(2, 16), min_size=1, max_size=60))
    first = np.concatenate(([0], np.cumsum(actions)))
    lanes = draw(st.lists(st.lists(st.integers(0, len(actions) - 1), unique=True), min_size=1, max_size=4))
    seed = draw(st.integers(0, 2**32))
    generator = np.random.default_rng(seed)
    sums = {
        (lane, row): generator.integers(-largest, largest, 2 * actions[row], dtype=np.int64)
        for lane, rows in enumerate(lanes)
        for row in rows
    }
    return first, lanes, sums


def delta_of(first, lanes, sums):
    """DeltaRows as lanes leave them: row after row, in order of first touch."""
    delta = new_delta(300, 10_000)
    for lane, rows in enumerate(lanes):
        delta.hash_table.fill(0)
        for row in rows:
            actions = first[row + 1] - first[row]
            slot = touch_row(delta, np.uint64(first[row]), np.uint64(actions))
            delta.values[int(slot) : int(slot) + 2 * actions] += sums[lane, row]
    return delta


def dense_of(first, lanes, sums):
    whole = np.zeros(2 * first[-1], np.int64)
    for lane, rows in enumerate(lanes):
        for row in rows:
            whole[2 * first[row] : 2 * first[row + 1]] += sums[lane, row]
    return whole


@given(tables(LARGEST_SUM))
@settings(deadline=None, max_examples=60)
def test_whole_sums_are_the_dense_ones(case):
    delta, dense = delta_of(*case), dense_of(*case)
    whole = np.zeros_like(dense)
    add_rows(delta, whole)
    assert whole.tolist() == dense.tolist()


@given(tables(), st.sampled_from([np.float64, np.float32]), st.sampled_from([-np.inf, -700.0]), st.integers(0, 2**32))
@settings(deadline=None, max_examples=60)
def test_rows_and_whole_give_one_table_and_keep_the_floor(case, dtype, floor, seed):
    first, lanes, _ = case
    table = np.random.default_rng(seed).normal(0, 500, 2 * first[-1]).astype(dtype)
    table = np.maximum(table, dtype(floor))
    dense = dense_of(*case)
    expected = np.maximum(table.astype(np.float64) + dense, floor).astype(dtype)
    delta = delta_of(*case)
    by_whole = table.copy()
    apply_whole(by_whole, dense, floor)
    assert by_whole.tobytes() == expected.tobytes()
    if len(lanes) == 1:
        alone = table.copy()
        apply_rows(alone, delta, floor)
        assert alone.tobytes() == expected.tobytes()


@given(tables(), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
@settings(deadline=None, max_examples=30)
def test_discounts_meet_regrets_by_sign_and_strategy_sums_apart(case, positive, negative, strategy):
    first, _, _ = case
    table = np.random.default_rng(1).normal(size=2 * first[-1])
    expected = table.copy()
    for begin, end in zip(2 * first[:-1], 2 * first[1:]):
        regrets, sums = np.split(expected[begin:end], 2)
        regrets *= np.where(regrets > 0, positive, negative)
        sums *= strategy
    # One place of one segment that holds all the rows.
    whole = np.array([0]), np.array([first[-1]]), np.array([0, 1]), np.array([0, first.size - 1])
    discount_rows(table, RowPattern(*whole, first[:-1], np.diff(first)), (0, 1), (positive, negative, strategy))
    np.testing.assert_array_equal(table, expected)
    assert not np.signbit(table[table == 0]).any()


@given(st.lists(st.integers(0, 2**30), unique=True, min_size=1, max_size=300), st.randoms())
@settings(deadline=None, max_examples=40)
def test_a_row_keeps_its_slot_when_touched_again_and_when_the_hash_table_grows(rows, random):
    delta = new_delta(len(rows), 4 * len(rows))
    pairs = [np.uint64(2 * row) for row in rows]
    slots = {int(pair): int(touch_row(delta, pair, np.uint64(2))) for pair in pairs}
    assert sorted(slots.values()) == list(range(0, 4 * len(rows), 4))
    grown = np.zeros(2 * delta.hash_table.size, np.uint64)
    move_keys(delta.hash_table, grown)
    assert np.count_nonzero(grown) == len(rows)
    bigger = delta._replace(hash_table=grown)
    random.shuffle(pairs)
    for pair in pairs:
        assert int(touch_row(delta, pair, np.uint64(2))) == slots[int(pair)]
        assert int(touch_row(bigger, pair, np.uint64(2))) == slots[int(pair)]
    assert delta.counters[C_ROWS] == len(rows) and delta.counters[C_ENTRIES] == 4 * len(rows)
    assert sorted(int(row) & ((1 << PAIR_BITS) - 1) for row in delta.rows) == sorted(map(int, pairs))
    mask = np.uint64(delta.hash_table.size - 1)
    assert all(int(place_of(pair, mask)) < delta.hash_table.size for pair in pairs)


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=16), st.integers(1, 8), st.integers(0, 2**32))
@settings(deadline=None, max_examples=60)
def test_regret_matching_is_proportional_to_positive_regret(own, lane_weight, seed):
    actions = len(own)
    delta = new_delta(4, 200)
    slot = touch_row(delta, np.uint64(6), np.uint64(actions))
    delta.values[int(slot) : int(slot) + actions] = own
    merged = np.random.default_rng(seed).integers(-1000, 1000, actions).astype(np.float64)
    table = np.full(12 + 2 * actions, np.nan)
    table[12 : 12 + actions] = merged
    sigma = np.full(actions + 2, np.nan)
    match_regrets(table, delta, np.uint64(6), slot, np.uint64(actions), float(lane_weight), sigma, np.uint64(2))
    positive = np.maximum(merged + lane_weight * np.array(own), 0)
    expected = positive / positive.sum() if positive.sum() > 0 else np.full(actions, 1 / actions)
    np.testing.assert_allclose(sigma[2:], expected, rtol=1e-14, atol=0)
    assert np.isnan(sigma[:2]).all()
