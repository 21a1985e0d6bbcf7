"""k-means against a plain twin, its start, and what it does with empty buckets and too few points."""

import numpy as np
import pytest
from helpers.cluster_cases import KINDS, case

from holdem_mpi.abstraction import distributed_kmeans
from holdem_mpi.abstraction.distributed_kmeans import MAX_STEPS, cluster_points
from holdem_mpi.abstraction.kmeans_metrics import VectorMetric
from holdem_mpi.errors import ConfigError
from holdem_mpi.kernels.clustering.kmeans import L2
from holdem_mpi.parallel.communicator import Communicator


def cluster(kind, k, seed=0, count=400):
    metric, points, deals = case(kind, count)
    return cluster_points(Communicator(), metric, points, deals, k, (seed, 1), "turn")


def naive_lloyd(points, deals, centres):
    """Lloyd's steps in exact integers: the lowest of the nearest centres, means rounded half up, sorted by sums."""
    for _ in range(MAX_STEPS):
        gaps = points[:, None, :].astype(int) - centres[None, :, :]
        bucket = (gaps**2).sum(axis=2).argmin(axis=1)
        moved = []
        for one in range(len(centres)):
            weight = deals[bucket == one]
            total = (points[bucket == one] * weight[:, None]).sum(axis=0)
            moved.append([(2 * t + weight.sum()) // (2 * weight.sum()) for t in total.tolist()])
        moved = np.array(sorted(moved, key=lambda centre: (sum(centre), centre)))
        if np.array_equal(moved, centres):
            return centres
        centres = moved
    return centres


def test_equals_its_plain_twin(monkeypatch):
    metric, points, deals = case("squares")
    starts = []
    original = distributed_kmeans._spread_centres
    monkeypatch.setattr(
        distributed_kmeans, "_spread_centres", lambda *given: starts.append(original(*given)) or starts[0]
    )
    found = cluster_points(Communicator(), metric, points, deals, 7, (0, 1), "turn")
    order, _ = metric.in_order(starts[0])
    np.testing.assert_array_equal(found, naive_lloyd(points, deals, starts[0][order].astype(int)))


@pytest.mark.parametrize("kind", KINDS)
def test_no_bucket_is_empty_and_keys_rise(kind):
    for k in (1, 9, 60):
        metric, points, _ = case(kind)
        centres = cluster(kind, k)
        order, keys = metric.in_order(centres)
        assert len(centres) == k and np.array_equal(order, np.arange(k)) and np.all(np.diff(keys) >= 0)
        bucket = metric.guess(points, keys)
        metric.assign(points, centres, keys, bucket)
        assert set(bucket.tolist()) == set(range(k))


@pytest.mark.parametrize("kind", KINDS)
def test_the_seed_decides(kind):
    np.testing.assert_array_equal(cluster(kind, 9, seed=1), cluster(kind, 9, seed=1))
    assert not np.array_equal(cluster(kind, 9, seed=1), cluster(kind, 9, seed=2))


@pytest.mark.parametrize("kind", KINDS)
def test_more_buckets_than_points_that_differ(kind):
    _, points, _ = case(kind, 30)
    different = len(np.unique(points, axis=0))
    assert len(cluster(kind, different, count=30)) == different
    with pytest.raises(ConfigError, match=f"{different + 1} buckets for the turn: expected at most {different},"):
        cluster(kind, different + 1, count=30)


def test_empty_buckets_take_the_points_that_are_farthest_off(monkeypatch):
    points = np.array([[0, 0], [1, 0], [500, 500], [900, 900]], np.int16)
    start = np.array([[0, 0], [4000, 4000], [4050, 4050]], np.int16)
    monkeypatch.setattr(distributed_kmeans, "_spread_centres", lambda *given: start)
    found = cluster_points(Communicator(), VectorMetric(L2), points, np.array([1, 1, 1, 1]), 3, (0, 1), "turn")
    assert found.tolist() == [[1, 0], [500, 500], [900, 900]]  # the mean of 0 and 1 is rounded up


def test_the_start_draws_far_points_of_many_deals():
    points = np.concatenate([np.zeros((50, 2)), [[4000, 4000]], np.full((50, 2), 100)]).astype(np.int16)
    deals = np.ones(101, np.int64)
    for seed in range(20):
        state = (seed, 1)
        start = distributed_kmeans._spread_centres(
            Communicator(), VectorMetric(L2), points, (0, 101), deals, 2, state, "turn"
        )
        assert [4000, 4000] in start.tolist()
