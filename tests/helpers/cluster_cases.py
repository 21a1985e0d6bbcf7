"""Points of three kinds that tests cluster: (metric, points, deals)."""

import numpy as np

from holdem_mpi.abstraction.kmeans_metrics import HistogramMetric, VectorMetric, ground_of_vectors
from holdem_mpi.kernels.clustering.kmeans import L1, L2

KINDS = ("squares", "distances", "histograms")


def case(kind, count=400):
    """``count`` points in some heaps; int64 deals of 1 to 24."""
    rng = np.random.default_rng(KINDS.index(kind))
    deals = rng.integers(1, 25, size=count)
    if kind == "histograms":
        ground = ground_of_vectors(np.sort(rng.integers(0, 3000, size=(12, 6)).astype(np.int16), axis=0))
        first = rng.integers(12, size=(count, 1))
        points = np.clip(first + rng.integers(-2, 3, size=(count, 5)), 0, 11).astype(np.uint16)
        return HistogramMetric(ground, 5), np.sort(points, axis=1), deals
    heap = rng.integers(0, 3500, size=(9, 1))[rng.integers(9, size=count)]
    points = (heap + rng.integers(0, 500, size=(count, 8))).astype(np.int16)
    return VectorMetric(L2 if kind == "squares" else L1), points, deals
