"""Hands as points to be clustered: a feature for each method, on any range of boards of a street.

A source's ``at(first, last)`` gives (points [boards, 1326, width], numerators [boards, 1326]): the features, and the
sums of 2 * wins + ties whose largest is ``features.largest_numerator``. Entries of hands that overlap the board mean
nothing. Only one hand of each class that a board does not tell apart is clustered (``classes_at``), for all its deals.
"""

from typing import Protocol

import numpy as np

from holdem_mpi.abstraction import features
from holdem_mpi.cards import CLASS_OF_HAND, NUM_CARDS, NUM_CLASSES, NUM_HANDS
from holdem_mpi.kernels.cards.evaluator import evaluator_tables
from holdem_mpi.kernels.cards.hand_strength import suit_maps
from holdem_mpi.kernels.cards.lossless import find_classes
from holdem_mpi.kernels.cards.showdown import showdown_workspace
from holdem_mpi.kernels.clustering.hand_features import (
    CLUSTERS,
    EQUITY_STEPS,
    STEPS_AN_OUTCOME,
    count_class_outcomes,
    count_outcomes,
    list_next_buckets,
    weigh_clusters,
)

# Bins of equity (Johanson et al. 2013 take 50; an odd number has one half in the middle of a bin).
BINS = 49


class PointSource(Protocol):
    """Points of a street's hands: ``width`` coordinates of ``dtype``."""

    width: int
    dtype: type

    def at(self, first_board: int, last_board: int) -> tuple[np.ndarray, np.ndarray]:
        """(points [boards, 1326, width], numerators [boards, 1326]) of boards first up to last."""


def classes_at(street: int, first_board: int, last_board: int) -> tuple[np.ndarray, np.ndarray]:
    """(int32[boards, 1326] lowest hand of each one's class, -1 for overlaps; int32[boards, 1326] real deals behind a
    lowest hand, else 0). About 12 us a board.
    """
    lowest = np.empty((last_board - first_board, NUM_HANDS), np.int32)
    deals = np.empty_like(lowest)
    find_classes(features.board_indexer(street), suit_maps(), first_board, lowest, deals)
    return lowest, deals


def bin_of_value(final_street: int) -> np.ndarray:
    """uint8[values]: the bin, 0 to BINS - 1, of each showdown value 2 * wins + ties."""
    values = features.largest_numerator(final_street, final_street) + 1
    return (BINS * np.arange(values) // values).astype(np.uint8)


class OutcomePoints:
    """Histograms of the equity after the last card, on the street before the last: int16[.., BINS - 1], L1 is the earth
    mover's distance. 0.9 ms a turn.
    """

    width, dtype = BINS - 1, np.int16

    def __init__(self, street: int) -> None:
        self.street, self._bins = street, bin_of_value(street + 1)

    def at(self, first_board: int, last_board: int) -> tuple[np.ndarray, np.ndarray]:
        """See ``PointSource``."""
        points = np.empty((last_board - first_board, NUM_HANDS, self.width), np.int16)
        numerators = np.empty(points.shape[:2], np.uint32)
        ix = features.board_indexer(self.street)
        count_outcomes(evaluator_tables(), ix, first_board, showdown_workspace(), self._bins, points, numerators)
        return points, numerators


class ClusterPoints:
    """Equity against each cluster of opponents (OCHS) on the last street: int16[.., CLUSTERS]."""

    width, dtype = CLUSTERS, np.int16

    def __init__(self, final_street: int, cluster_of_class: np.ndarray) -> None:
        self.street, self._clusters = final_street, cluster_of_class[CLASS_OF_HAND].astype(np.int8)

    def at(self, first_board: int, last_board: int) -> tuple[np.ndarray, np.ndarray]:
        """See ``PointSource``."""
        points = np.empty((last_board - first_board, NUM_HANDS, self.width), np.int16)
        numerators = np.empty(points.shape[:2], np.uint16)
        ix = features.board_indexer(self.street)
        weigh_clusters(evaluator_tables(), ix, first_board, showdown_workspace(), self._clusters, points, numerators)
        return points, numerators


class StrengthPoints:
    """Expected hand strength and its square, in EQUITY_STEPS: int16[.., 2]. Both sums are given for the pieces of
    boards that this rank works on: {first board: integer[boards, 1326]}.
    """

    width, dtype = 2, np.int16

    def __init__(self, street: int, final_street: int, sums: dict[int, np.ndarray], squares: dict[int, np.ndarray]):
        self._sums, self._squares = sums, squares
        self._largest = features.largest_numerator(street, final_street)
        self._largest_square = features.largest_square(street, final_street)

    def at(self, first_board: int, last_board: int) -> tuple[np.ndarray, np.ndarray]:
        """See ``PointSource``; the boards lie in one piece."""
        first = max(piece for piece in self._sums if piece <= first_board)
        rows = slice(first_board - first, last_board - first)
        sums, squares = self._sums[first][rows], self._squares[first][rows]
        points = np.empty((*sums.shape, 2), np.int16)
        points[..., 0] = np.rint(sums * (EQUITY_STEPS / self._largest)).clip(0, EQUITY_STEPS)
        points[..., 1] = np.rint(squares * (EQUITY_STEPS / self._largest_square)).clip(0, EQUITY_STEPS)
        return points, sums


class NextBucketPoints:
    """The buckets that the next card may bring, rising: uint16[.., cards]; for two cards or more to come."""

    dtype = np.uint16

    def __init__(self, street: int, next_table: np.ndarray, sums: dict[int, np.ndarray]) -> None:
        self.street, self._table, self._sums = street, next_table, sums
        self.width = NUM_CARDS - 2 - features.CARDS_OF_STREET[street]

    def at(self, first_board: int, last_board: int) -> tuple[np.ndarray, np.ndarray]:
        """See ``PointSource``; the boards lie in one piece of the sums."""
        points = np.zeros((last_board - first_board, NUM_HANDS, self.width), np.uint16)
        indexers = (features.board_indexer(self.street), features.board_indexer(self.street + 1))
        list_next_buckets(indexers, first_board, self._table, points)
        points.sort(axis=2)
        first = max(piece for piece in self._sums if piece <= first_board)
        return points, self._sums[first][first_board - first : last_board - first]


def empty_class_counts() -> np.ndarray:
    """int64[169, BINS] of zeros, for ``add_class_outcomes``."""
    return np.zeros((NUM_CLASSES, BINS), np.int64)


def add_class_outcomes(final_street: int, first_board: int, last_board: int, counts: np.ndarray) -> None:
    """Add the equities of all hands on complete boards to their preflop class's histogram, in place. 25 us a board."""
    ix, boards = features.board_indexer(final_street), (first_board, last_board)
    bins = bin_of_value(final_street)
    class_of_hand = CLASS_OF_HAND.astype(np.uint16)
    count_class_outcomes(evaluator_tables(), ix, boards, showdown_workspace(), class_of_hand, bins, counts)


def class_points(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(int16[169, BINS - 1] points as of ``OutcomePoints``, to the same scale; int64[169] hands of each class)."""
    above = counts[:, ::-1].cumsum(axis=1)[:, -2::-1]
    scale = 46 * STEPS_AN_OUTCOME
    points = (2 * scale * above + counts.sum(axis=1, keepdims=True)) // (2 * counts.sum(axis=1, keepdims=True))
    return points.astype(np.int16), np.bincount(CLASS_OF_HAND, minlength=NUM_CLASSES)
