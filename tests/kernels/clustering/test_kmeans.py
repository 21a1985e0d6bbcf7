"""Nearest centres that are found by their keys, against all distances; sums of members."""

import numpy as np
import pytest

from holdem_mpi.abstraction.kmeans_metrics import VectorMetric
from holdem_mpi.kernels.clustering import kmeans
from holdem_mpi.kernels.clustering.kmeans import FAR, L1, L2

pytestmark = pytest.mark.kernels


def costs(metric, points, centres):
    gaps = points[:, None, :].astype(np.int64) - centres[None, :, :]
    return np.abs(gaps).sum(axis=2) if metric == L1 else (gaps**2).sum(axis=2)


@pytest.mark.parametrize("metric", [L1, L2])
@pytest.mark.parametrize("width", [2, 8])
def test_nearest_centres_and_the_lowest_of_equal_ones(metric, width):
    rng = np.random.default_rng(width)
    points = rng.integers(0, 6, size=(60, width)).astype(np.int16)  # few values: many ties
    workspace = VectorMetric(metric)
    centres = rng.integers(0, 6, size=(12, width)).astype(np.int16)
    order, keys = workspace.in_order(centres)
    centres = centres[order]
    expected = costs(metric, points, centres)
    for bucket in (workspace.guess(points, keys), rng.integers(12, size=60).astype(np.int32)):
        cost = workspace.assign(points, centres, keys, bucket)
        np.testing.assert_array_equal(cost, expected.min(axis=1))
        np.testing.assert_array_equal(bucket, expected.argmin(axis=1))


@pytest.mark.parametrize("metric", [L1, L2])
def test_the_largest_coordinates_do_not_overflow(metric):
    points = np.array([[0] * 48, [11776 if metric == L1 else 4095] * 48], np.int16)
    workspace = VectorMetric(metric)
    bucket = np.ones(2, np.int32)
    cost = workspace.assign(points, points[:1], workspace.keys_of_points(points[:1]), bucket * 0)
    assert cost[1] == costs(metric, points, points)[1, 0] < FAR


def test_approach_lowers_costs_to_the_nearest():
    rng = np.random.default_rng(3)
    points, centres = (rng.integers(0, 4000, size=(n, 8)).astype(np.int16) for n in (40, 5))
    for metric in (L1, L2):
        workspace, cost = VectorMetric(metric), np.full(40, FAR, np.int64)
        keys = workspace.keys_of_points(points)
        for centre in range(5):
            workspace.approach(points, keys, centres[centre : centre + 1], cost)
        np.testing.assert_array_equal(cost, costs(metric, points, centres).min(axis=1))


def test_members_add_up_and_means_are_rounded_to_nearest():
    points = np.array([[1, 2], [2, 2], [10, 0]], np.int16)
    sums, members = np.zeros((3, 2), np.int64), np.zeros(3, np.int64)
    kmeans.add_members(points, np.array([1, 2, 5]), np.array([0, 0, 2], np.int32), sums, members)
    assert sums.tolist() == [[5, 6], [0, 0], [50, 0]] and members.tolist() == [3, 0, 5]
    assert VectorMetric(L2).means(sums[[0, 2]], members[[0, 2]]).tolist() == [[2, 2], [10, 0]]
