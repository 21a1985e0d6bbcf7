"""Thresholds: percentiles where they can be met, no empty bucket ever."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdem_mpi.abstraction import features, percentile
from holdem_mpi.errors import ConfigError


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=60), st.integers(1, 30))
def test_buckets_rise_and_none_is_empty(deals, buckets):
    counts = np.array(deals, dtype=np.int64)
    differing = np.count_nonzero(counts)
    if differing < buckets:
        with pytest.raises(ConfigError, match=f"{buckets} for the flop"):
            percentile.percentile_buckets(counts, buckets, "flop")
        return
    bucket_of_value = percentile.percentile_buckets(counts, buckets, "flop")
    used = bucket_of_value[:-1][counts > 0]
    assert sorted(set(used.tolist())) == list(range(buckets))
    assert np.all(np.diff(used.astype(np.int64)) >= 0)
    assert bucket_of_value[-1] == 255


@given(st.integers(1, 40), st.integers(1, 9))
def test_equal_counts_give_equal_buckets(buckets, values_a_bucket):
    bucket_of_value = percentile.percentile_buckets(np.full(buckets * values_a_bucket, 7), buckets, "turn")
    assert bucket_of_value[:-1].tolist() == [value // values_a_bucket for value in range(buckets * values_a_bucket)]


def test_small_values_leave_each_bucket_its_share():
    """With no value above a thousandth, each of 50 buckets holds 2 % to within two values."""
    counts = np.random.default_rng(0).integers(1, 100, 20000)
    bucket_of_value = percentile.percentile_buckets(counts, 50, "river")[:-1]
    share = np.bincount(bucket_of_value, weights=counts) / counts.sum()
    assert np.abs(share - 0.02).max() <= 2 * 100 / counts.sum()


def test_dtype_leaves_room_for_the_mark():
    assert percentile.bucket_dtype(255) == np.uint8
    assert percentile.bucket_dtype(256) == np.uint16
    bucket_of_value = percentile.percentile_buckets(np.ones(300, dtype=np.int64), 256, "river")
    assert bucket_of_value.dtype == np.uint16 and bucket_of_value[-1] == 65535


def test_sums_of_buckets_are_those_of_their_deals():
    counts = np.array([4, 0, 1, 5, 2], dtype=np.int64)
    deals, sums = percentile.bucket_sums(counts, np.array([0, 0, 1, 1, 2, 255], np.uint8), 3)
    assert deals.tolist() == [4, 6, 2] and sums.tolist() == [0, 17, 8]


def test_rows_hold_buckets_and_marks():
    values = features.final_numerators(1, 0, 5)
    counts = percentile.empty_counts(features.largest_numerator(1, 1))
    percentile.add_counts(1, 0, values, counts)
    bucket_of_value = percentile.percentile_buckets(counts, 9, "flop")
    rows = percentile.bucket_rows(values, bucket_of_value)
    overlap = values == features.blank_of(values)
    assert np.all(rows[overlap] == 255) and overlap.sum() == 5 * (1326 - 1176)
    assert np.array_equal(rows[~overlap], bucket_of_value[values[~overlap]])
