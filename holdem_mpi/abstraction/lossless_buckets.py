"""Lossless buckets: one for each hand and board up to a renaming of suits, those of one board next to each other.

Which of a board's cards came on an earlier street is forgotten, as in all bucket tables. Buckets of one canonical board
are consecutive, so that vector-form training walks through a table from its beginning to its end.
"""

import numpy as np

from holdem_mpi.abstraction.features import CARDS_OF_STREET, board_indexer
from holdem_mpi.cards import NUM_HANDS
from holdem_mpi.config.buckets import LOSSLESS_BUCKETS
from holdem_mpi.kernels.cards.hand_strength import suit_maps
from holdem_mpi.kernels.cards.lossless import number_classes


def is_lossless(street: int, buckets: int) -> bool:
    """Whether ``buckets`` is the number of lossless ones on a street from the flop on."""
    return buckets == LOSSLESS_BUCKETS[CARDS_OF_STREET[street]]


def lossless_rows(street: int, first_board: int, last_board: int) -> tuple[np.ndarray, np.ndarray]:
    """(uint32[boards, 1326], int64[boards]): classes of hands numbered from 0 on each board, and their numbers.

    Hands that overlap the board hold the largest uint32. About 12 us a board.
    """
    rows = np.empty((last_board - first_board, NUM_HANDS), np.uint32)
    counts = np.empty(last_board - first_board, np.int64)
    number_classes(board_indexer(street), suit_maps(), first_board, rows, counts)
    return rows, counts


def shift_rows(rows: np.ndarray, first_bucket: np.ndarray) -> None:
    """Add each board's first bucket to its classes, in place; marks of overlaps stay."""
    rows += np.where(rows == np.iinfo(rows.dtype).max, 0, first_bucket[:, None]).astype(rows.dtype)
