"""What k-means needs of a kind of points: costs, nearest centres, means, in numbers that add up exactly over ranks.

A metric holds no points. Centres are kept in rising order of their keys, which rise with equity. Costs are int64:
squared distances (``VectorMetric`` of L2), the earth mover's distance (of L1), or a transport's cost.
"""

import numpy as np

from holdem_mpi.kernels.clustering import kmeans, transport
from holdem_mpi.kernels.clustering.kmeans import FAR, L1, L2

# Costs that grow as distances are shifted so far before they are squared, for k-means++ sums that fit int64.
_L1_SHIFT = 4
_TRANSPORT_SHIFT = 10
# Buckets that a table of ground distances may be held of.
MAX_GROUND = 10_000


def _squared(cost: np.ndarray, shift: int) -> np.ndarray:
    """Squares of costs in steps of 2**shift; 0 for no cost alone."""
    return np.maximum(cost >> shift, cost > 0) ** 2


class VectorMetric:
    """Integer vectors under L1 or squared L2. Centres: int16[k, width], means rounded to nearest."""

    def __init__(self, norm: int) -> None:
        assert norm in (L1, L2)
        self.norm = norm

    def keys_of_points(self, points: np.ndarray) -> np.ndarray:
        """int64[points]: sums of the coordinates."""
        return points.sum(axis=1, dtype=np.int64)

    def centres_at(self, points: np.ndarray) -> np.ndarray:
        """Centres that lie at given points."""
        return points.copy()

    def in_order(self, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(int64[k] places of the centres in rising order of their keys, the sorted keys); equal ones by coordinate."""
        keys = centres.sum(axis=1, dtype=np.int64)
        order = np.lexsort((*centres.T[::-1], keys))
        return order, keys[order]

    def approach(self, points: np.ndarray, keys: np.ndarray, centre: np.ndarray, cost: np.ndarray) -> None:
        """Lower ``cost`` in place to that of one more centre ([1, width])."""
        kmeans.approach(self.norm, points, keys, centre, cost)

    def potential(self, cost: np.ndarray) -> np.ndarray:
        """int64: squared distances, up to a factor, by which k-means++ draws."""
        return cost if self.norm == L2 else _squared(cost, _L1_SHIFT)

    def guess(self, points: np.ndarray, keys: np.ndarray) -> np.ndarray:
        """int32[points]: for each point a centre to begin the search for the nearest at."""
        bucket = np.empty(len(points), np.int32)
        kmeans.guess_by_key(points, keys, bucket)
        return bucket

    def assign(self, points: np.ndarray, centres: np.ndarray, keys: np.ndarray, bucket: np.ndarray) -> np.ndarray:
        """int64[points]: the cost of each point's nearest centre, whose number replaces the guess in ``bucket``."""
        cost = np.empty(len(points), np.int64)
        kmeans.assign_points(self.norm, points, centres, keys, bucket, cost)
        return cost

    def empty_sums(self, k: int, points: np.ndarray) -> np.ndarray:
        """int64 zeros for ``add``: sums of the members of ``k`` buckets."""
        return np.zeros((k, points.shape[1]), np.int64)

    def add(self, points: np.ndarray, deals: np.ndarray, bucket: np.ndarray, sums: np.ndarray, members: np.ndarray):
        """Add the points of each bucket to its sum and its number of members, in place."""
        kmeans.add_members(points, deals, bucket, sums, members)

    def means(self, sums: np.ndarray, members: np.ndarray) -> np.ndarray:
        """Centres from sums of members, of which no bucket lacks one."""
        return ((2 * sums + members[:, None]) // (2 * members[:, None])).astype(np.int16)

    def between(self, centres: np.ndarray, one: int) -> np.ndarray:
        """float64[k]: distance from one centre to all."""
        gaps = centres.astype(np.int64) - centres[one]
        return np.abs(gaps).sum(axis=1).astype(float) if self.norm == L1 else np.sqrt((gaps**2).sum(axis=1))


class HistogramMetric:
    """Histograms over the next street's buckets under the transport of ``kernels.transport``. Points:
    uint16[points, cards]; centres: float64[k, buckets], whose rows sum up to the cards.

    Lloyd's steps take the mean histogram, as Ganzfried and Sandholm (2014) do; under this distance a step may raise the
    total cost.
    """

    def __init__(self, ground: transport.Ground, cards: int) -> None:
        self.ground, self.cards = ground, cards

    def keys_of_points(self, points: np.ndarray) -> np.ndarray:
        """int64[points]: sums of the heights."""
        keys = np.empty(len(points), np.int64)
        transport.height_of_points(self.ground, points, keys)
        return keys

    def centres_at(self, points: np.ndarray) -> np.ndarray:
        """See ``VectorMetric``."""
        buckets = len(self.ground.height)
        return np.array([np.bincount(point, minlength=buckets) for point in points], np.float64)

    def in_order(self, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See ``VectorMetric``; equal keys by number."""
        # Not a matrix product: its order of addition depends on the library.
        keys = np.array([float((centre * self.ground.height).cumsum()[-1]) for centre in centres])
        order = np.argsort(keys, kind="stable")
        return order, keys[order]

    def approach(self, points: np.ndarray, keys: np.ndarray, centre: np.ndarray, cost: np.ndarray) -> None:
        """See ``VectorMetric``."""
        key = self.in_order(centre)[1][0]
        transport.approach_histograms(self.ground, points, keys, centre, key, self._slices(centre), cost)

    def potential(self, cost: np.ndarray) -> np.ndarray:
        """See ``VectorMetric``."""
        return _squared(cost, _TRANSPORT_SHIFT)

    def guess(self, points: np.ndarray, keys: np.ndarray) -> np.ndarray:
        """See ``VectorMetric``."""
        near = np.searchsorted(keys, self.keys_of_points(points).astype(np.float64))
        return np.minimum(near, len(keys) - 1).astype(np.int32)

    def assign(self, points: np.ndarray, centres: np.ndarray, keys: np.ndarray, bucket: np.ndarray) -> np.ndarray:
        """See ``VectorMetric``."""
        cost = np.empty(len(points), np.int64)
        own = self.keys_of_points(points)
        transport.assign_histograms(self.ground, points, own, centres, keys, self._slices(centres), bucket, cost)
        return cost

    def _slices(self, centres: np.ndarray) -> np.ndarray:
        slices = np.empty((len(centres), self.cards), np.int64)
        transport.slice_heights(self.ground, centres, slices)
        return slices

    def empty_sums(self, k: int, points: np.ndarray) -> np.ndarray:
        """See ``VectorMetric``."""
        return np.zeros((k, len(self.ground.height)), np.int64)

    def add(self, points: np.ndarray, deals: np.ndarray, bucket: np.ndarray, sums: np.ndarray, members: np.ndarray):
        """See ``VectorMetric``."""
        transport.add_histograms(points, deals, bucket, sums, members)

    def means(self, sums: np.ndarray, members: np.ndarray) -> np.ndarray:
        """See ``VectorMetric``."""
        return sums / members[:, None]


Metric = VectorMetric | HistogramMetric


def ground_of_vectors(centres: np.ndarray) -> transport.Ground:
    """Ground distances between buckets clustered under L1 by outcomes (``points.OutcomePoints``): the earth mover's
    distance of their mean histograms.
    """
    wide = centres.astype(np.int32)
    distance = np.empty((len(wide), len(wide)), np.int32)
    for bucket, centre in enumerate(wide):
        distance[bucket] = np.abs(wide - centre).sum(axis=1)
    return _ground(distance, wide.sum(axis=1, dtype=np.int64))


def ground_of_equities(equity: np.ndarray) -> transport.Ground:
    """Ground distances between buckets that are told apart by their mean equity (float64[buckets], 0 to 1) alone."""
    height = np.rint(equity * FAR / 4096).astype(np.int64)
    return _ground(np.abs(height[:, None] - height[None, :]).astype(np.int32), height)


def _ground(distance: np.ndarray, height: np.ndarray) -> transport.Ground:
    order = np.argsort(distance, axis=1, kind="stable").astype(np.uint16)
    return transport.Ground(distance, order, height, np.argsort(height, kind="stable"))
