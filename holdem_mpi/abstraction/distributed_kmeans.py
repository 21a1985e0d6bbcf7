"""k-means over ranks, with one result on any number of them.

Each rank works on its share of the same points. Sums over members, costs and counts are integers, so their sums over
ranks do not depend on who added what; each point's nearest centre depends on the point and the centres alone. The start
is k-means++ (Arthur and Vassilvitskii 2007) from a counter-based stream that all ranks draw alike; the steps are
Lloyd's, over a fixed sample, which is a single mini-batch; empty buckets take the point that lies farthest off.
"""

from collections.abc import Callable

import numpy as np

from holdem_mpi.abstraction.kmeans_metrics import Metric
from holdem_mpi.errors import ConfigError
from holdem_mpi.kernels import rng
from holdem_mpi.kernels.clustering.kmeans import FAR
from holdem_mpi.parallel.communicator import Communicator

# Steps after which Lloyd's algorithm is ended: by then few points move.
MAX_STEPS = 20


def cluster_points(
    comm: Communicator,
    metric: Metric,
    points: np.ndarray,
    deals: np.ndarray,
    k: int,
    stream: tuple[int, int],
    name: str,
    say: Callable[[str], None] = lambda text: None,
) -> np.ndarray:
    """Centres of ``k`` buckets, in rising order of their keys; collective.

    points: [n, width], the same on every rank; deals: int64[n], how often each counts; stream: (seed, street); name:
    the street's, for messages; ``say`` is told of the steps. No bucket is empty. ConfigError where fewer points than
    buckets differ.
    """
    first, last = len(points) * comm.rank // comm.size, len(points) * (comm.rank + 1) // comm.size
    own, weight = np.ascontiguousarray(points[first:last]), np.ascontiguousarray(deals[first:last])
    start = _spread_centres(comm, metric, points, (first, last), weight, k, stream, name)
    say(f"{name}: k-means++ has chosen {k} of {len(points)} points")
    order, keys = metric.in_order(start)
    centres, bucket = start[order], metric.guess(own, keys)
    steps, before = 0, None
    while True:
        cost = metric.assign(own, centres, keys, bucket)
        sums, members = metric.empty_sums(k, own), np.zeros(k, np.int64)
        metric.add(own, weight, bucket, sums, members)
        comm.allreduce_sum(sums)
        comm.allreduce_sum(members)
        empty = np.flatnonzero(members == 0)
        if len(empty):
            centres, keys, bucket = _refilled(comm, metric, points, first, cost, centres, empty, bucket, name)
            continue
        if steps == MAX_STEPS or (before is not None and np.array_equal(centres, before)):
            say(f"{name}: {steps} steps of k-means")
            return centres
        before, moved = centres, metric.means(sums, members)
        order, keys = metric.in_order(moved)
        centres, bucket, steps = moved[order], _renumbered(bucket, order), steps + 1


def _renumbered(bucket: np.ndarray, order: np.ndarray) -> np.ndarray:
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return place[bucket]


def _draw(state: np.ndarray, bound: int) -> int:
    """Uniform in [0, bound) up to 2**-64, the same on every rank."""
    return (int(rng.draw_word(state)) << 32 | int(rng.draw_word(state))) * bound >> 64


def _spread_centres(
    comm: Communicator,
    metric: Metric,
    points: np.ndarray,
    share: tuple[int, int],
    weight: np.ndarray,
    k: int,
    stream: tuple[int, int],
    name: str,
) -> np.ndarray:
    """k-means++: each centre is a point drawn by its deals and its squared distance from the centres before."""
    state = np.zeros(10, np.uint64)
    rng.open_stream(state, stream[0], rng.DOMAIN_CLUSTERS, 0, 0, 0, stream[1])
    own = np.ascontiguousarray(points[share[0] : share[1]])
    keys, cost = metric.keys_of_points(own), np.full(len(own), FAR, np.int64)
    chosen: list[int] = []
    for _ in range(k):
        pull = weight * metric.potential(cost) if chosen else weight
        pull_of_rank = np.zeros(comm.size, np.int64)
        pull_of_rank[comm.rank] = pull.sum()
        comm.allreduce_sum(pull_of_rank)
        total = int(pull_of_rank.sum())
        if total == 0:
            raise ConfigError(f"{k} buckets for the {name}: expected at most {len(chosen)}, for so many hands differ")
        at = _draw(state, total)
        before = int(pull_of_rank[: comm.rank].sum())
        place = np.zeros(1, np.int64)
        if before <= at < before + int(pull_of_rank[comm.rank]):
            place[0] = share[0] + np.searchsorted(np.cumsum(pull), at - before, side="right")
        comm.allreduce_sum(place)
        chosen.append(int(place[0]))
        metric.approach(own, keys, metric.centres_at(points[chosen[-1] :][:1]), cost)
    return metric.centres_at(points[chosen])


def _refilled(
    comm: Communicator,
    metric: Metric,
    points: np.ndarray,
    first: int,
    cost: np.ndarray,
    centres: np.ndarray,
    empty: np.ndarray,
    bucket: np.ndarray,
    name: str,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(centres, keys, guesses) with each empty bucket's centre at the point that is then farthest from all centres."""
    own, cost, centres = points[first : first + len(cost)], cost.copy(), centres.copy()
    keys_of_points = metric.keys_of_points(own)
    for centre in empty:
        # The largest cost of each rank and its place; the lowest place where costs are equal.
        found = np.zeros((comm.size, 2), np.int64)
        if len(cost):
            farthest = int(np.argmax(cost))
            found[comm.rank] = cost[farthest], first + farthest
        comm.allreduce_sum(found)
        rank = int(np.argmax(found[:, 0]))
        if found[rank, 0] == 0:
            raise ConfigError(f"{len(centres)} buckets for the {name}: expected fewer, for so many hands do not differ")
        centres[centre] = metric.centres_at(points[found[rank, 1] :][:1])[0]
        metric.approach(own, keys_of_points, centres[centre : centre + 1], cost)
    order, keys = metric.in_order(centres)
    return centres[order], keys, _renumbered(bucket, order)
