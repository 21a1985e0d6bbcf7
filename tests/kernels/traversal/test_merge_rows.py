"""Whole tables of integers are added and discounted as plain addition and multiplication do it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdem_mpi.kernels.arrays import RowPattern
from holdem_mpi.kernels.traversal.merge_rows import apply_whole, discount_rows

pytestmark = pytest.mark.kernels


@st.composite
def rows(draw):
    """First pair of each row."""
    actions = draw(st.lists(st.integers(2, 16), min_size=1, max_size=60))
    return np.concatenate(([0], np.cumsum(actions)))


@given(rows(), st.sampled_from([np.float64, np.float32]), st.sampled_from([-np.inf, -700.0]), st.integers(0, 2**32))
@settings(deadline=None, max_examples=60)
def test_each_sum_is_added_once_and_the_floor_is_kept(first, dtype, floor, seed):
    generator = np.random.default_rng(seed)
    table = np.maximum(generator.normal(0, 500, 2 * first[-1]).astype(dtype), dtype(floor))
    sums = generator.integers(-1000, 1000, table.size)
    expected = np.maximum(table.astype(np.float64) + sums, floor).astype(dtype)
    apply_whole(table, sums, floor)
    assert table.tobytes() == expected.tobytes()


@given(rows(), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
@settings(deadline=None, max_examples=30)
def test_discounts_meet_regrets_by_sign_and_strategy_sums_apart(first, positive, negative, strategy):
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
