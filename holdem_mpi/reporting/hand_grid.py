"""The 13 x 13 grid of preflop classes that poker players read: pairs on the diagonal, suited hands above it."""

from collections.abc import Sequence

import numpy as np

from holdem_mpi.cards import CLASS_OF_HAND, NUM_CLASSES, RANKS


def class_means(values: np.ndarray, weight: np.ndarray, class_of_hand: np.ndarray = CLASS_OF_HAND) -> np.ndarray:
    """float64[169]: the mean of ``values`` over the hands of each class, each with its weight; NaN without weight.

    values, weight: float64[hand], weights at least 0. class_of_hand: int64[hand], where these are not all 1,326 hands.
    """
    total = np.bincount(class_of_hand, weight, NUM_CLASSES)
    summed = np.bincount(class_of_hand, weight * values, NUM_CLASSES)
    return np.divide(summed, total, out=np.full(NUM_CLASSES, np.nan), where=total > 0)


def percent_cells(shares: np.ndarray, empty: str = ".") -> list[str]:
    """The cells of shares between 0 and 1 (float64[169]), as whole percent; ``empty`` where there is none (NaN)."""
    return [empty if np.isnan(share) else f"{100 * share:.0f}" for share in shares]


def grid_lines(cells: Sequence[str], width: int = 4) -> list[str]:
    """14 lines: the ranks, then a row for each rank. cells: by class (169), each at most ``width`` - 1 letters."""
    ranks = RANKS[::-1]
    lines = [" " * 3 + "".join(f"{rank:>{width}}" for rank in ranks)]
    for row, rank in enumerate(ranks):
        lines.append(f"{rank:>3}" + "".join(f"{cell:>{width}}" for cell in cells[13 * row : 13 * row + 13]))
    return lines
