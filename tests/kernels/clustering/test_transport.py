"""The approximate transport against the exact one, its bounds, and nearest centres against all transports."""

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.stats import wasserstein_distance

from holdem_mpi.abstraction.kmeans_metrics import HistogramMetric, ground_of_equities, ground_of_vectors
from holdem_mpi.kernels.clustering import transport as kernel

pytestmark = pytest.mark.kernels
CARDS = 7
BUCKETS = 9


def ground_and_points(kind, count, seed=0):
    rng = np.random.default_rng(seed)
    if kind == "equities":
        ground = ground_of_equities(np.sort(rng.random(BUCKETS)))
    else:
        ground = ground_of_vectors(np.sort(rng.integers(0, 900, size=(BUCKETS, 6)).astype(np.int16), axis=0))
    return ground, np.sort(rng.integers(BUCKETS, size=(count, CARDS)).astype(np.uint16), axis=1)


def centres_of(rng, count):
    centres = rng.random((count, BUCKETS)) * (rng.random((count, BUCKETS)) < 0.6) + 1e-3
    return CARDS * centres / centres.sum(axis=1, keepdims=True)


def exact(ground, point, centre):
    """Earth mover's distance by linear programming, summed over the cards."""
    mass = np.bincount(point, minlength=BUCKETS).astype(float)
    each = np.arange(BUCKETS * BUCKETS)
    rows = np.zeros((2 * BUCKETS, BUCKETS * BUCKETS))
    rows[each // BUCKETS, each] = 1
    rows[BUCKETS + each % BUCKETS, each] = 1
    done = linprog(ground.distance.reshape(-1), A_eq=rows, b_eq=np.concatenate([mass, centre]))
    assert done.success
    return done.fun


def naive_transport(ground, point, centre):
    """The same in plain Python: each bucket in turn to its nearest, then its second nearest."""
    left, capacity, cost = {}, list(map(float, centre)), 0.0
    for bucket in point.tolist():
        left[bucket] = left.get(bucket, 0.0) + 1.0
    for place in range(BUCKETS):
        for bucket in left:
            target = int(ground.order[bucket, place])
            moved = min(left[bucket], capacity[target])
            cost += moved * int(ground.distance[bucket, target])
            left[bucket] -= moved
            capacity[target] -= moved
    return cost


@pytest.mark.parametrize("kind", ["equities", "vectors"])
def test_between_its_bounds(kind):
    ground, points = ground_and_points(kind, 12)
    centres = centres_of(np.random.default_rng(1), 12)
    workspace, excess = kernel.transport_workspace(BUCKETS, CARDS), []
    for point, centre in zip(points, centres):
        found = kernel.transport(ground, point, centre, np.inf, workspace)
        assert found == pytest.approx(naive_transport(ground, point, centre), rel=1e-9)
        least = exact(ground, point, centre)
        heights = wasserstein_distance(ground.height, ground.height, np.bincount(point, minlength=BUCKETS), centre)
        assert CARDS * heights <= least * (1 + 1e-9) + 1e-6 and least <= found * (1 + 1e-9)
        excess.append(found / least - 1)
        assert (
            kernel.transport(ground, point, centre, found / 2, workspace) > found / 2
        )  # given up, but above the limit
    assert np.mean(excess) < 0.25


@pytest.mark.parametrize("kind", ["equities", "vectors"])
def test_nothing_to_carry_costs_nothing(kind):
    ground, points = ground_and_points(kind, 5)
    workspace = kernel.transport_workspace(BUCKETS, CARDS)
    for point in points:
        own = np.bincount(point, minlength=BUCKETS).astype(float)
        assert kernel.transport(ground, point, own, np.inf, workspace) == 0


@pytest.mark.parametrize("kind", ["equities", "vectors"])
def test_nearest_centres_are_those_of_all_transports(kind):
    ground, points = ground_and_points(kind, 40, seed=2)
    workspace = HistogramMetric(ground, CARDS)
    centres = centres_of(np.random.default_rng(3), 6)
    order, keys = workspace.in_order(centres)
    centres = centres[order]
    workspace = kernel.transport_workspace(BUCKETS, CARDS)
    every = np.floor([[kernel.transport(ground, point, c, np.inf, workspace) for c in centres] for point in points])
    for bucket in (workspace.guess(points, keys), np.zeros(40, np.int32), np.full(40, 5, np.int32)):
        cost = workspace.assign(points, centres, keys, bucket)
        np.testing.assert_array_equal(cost, every.min(axis=1))
        np.testing.assert_array_equal(bucket, every.argmin(axis=1))


def test_approach_lowers_costs_to_the_nearest():
    ground, points = ground_and_points("vectors", 30, seed=4)
    workspace, cost = HistogramMetric(ground, CARDS), np.full(30, 1 << 31)
    centres = workspace.centres_at(points[:4])
    for one in range(4):
        workspace.approach(points, workspace.keys_of_points(points), centres[one : one + 1], cost)
    workspace = kernel.transport_workspace(BUCKETS, CARDS)
    every = [[kernel.transport(ground, point, c, np.inf, workspace) for c in centres] for point in points]
    np.testing.assert_array_equal(cost, np.floor(every).min(axis=1))
    assert np.all(cost[:4] == 0)


def test_slices_hold_the_mean_height_of_each_card():
    ground = ground_of_equities(np.array([0.0, 0.5, 1.0]))
    workspace = HistogramMetric(ground, 2)
    half = int(ground.height[1])
    assert workspace._slices(np.array([[0.5, 1.0, 0.5], [2.0, 0.0, 0.0]])).tolist() == [
        [half // 2, half + half // 2],
        [0, 0],
    ]
    sums, members = workspace.empty_sums(2, np.zeros((1, 2))), np.zeros(2, np.int64)
    workspace.add(np.array([[0, 2], [1, 1]], np.uint16), np.array([3, 1]), np.array([1, 1], np.int32), sums, members)
    assert workspace.means(sums[1:], members[1:]).tolist() == [[0.75, 0.5, 0.75]]
