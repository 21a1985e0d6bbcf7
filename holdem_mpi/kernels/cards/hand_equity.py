"""How strong every hand is against a random one, over all boards to come."""

import numpy as np
from numba import njit

from holdem_mpi.kernels.cards.hands import NUM_HANDS
from holdem_mpi.kernels.cards.isomorphism import orbit_size, unindex_hand
from holdem_mpi.kernels.cards.showdown import sweep_board


@njit(cache=True)
def add_completions(tables, board, seen, workspace, sums):
    """Add 2 * wins + ties of every hand over all boards that complete a hold'em board; return their number.

    board: int64[n] with ``seen`` cards, of which at most two are to come; the rest is scratch. sums: int64[1326], added
    to; a hand counts only on boards that it does not overlap. 10 us a board.
    """
    n = board.size
    numerators = np.empty(NUM_HANDS, np.int64)
    used = 0
    for i in range(seen):
        used |= 1 << board[i]
    boards = 0
    for first in range(52 if n > seen else 1):
        if n > seen and used >> first & 1:
            continue
        for second in range(first if n > seen + 1 else 1):
            if n > seen + 1:
                if used >> second & 1:
                    continue
                board[seen + 1] = second
            if n > seen:
                board[seen] = first
            sweep_board(tables, board, n, workspace, numerators)
            for hand in range(NUM_HANDS):
                sums[hand] += numerators[hand]
            boards += 1
    return boards


@njit(cache=True)
def add_all_boards(tables, ix, workspace, sums):
    """``add_completions`` before any card is dealt, over the canonical boards of ``ix``, each as often as it stands for
    real ones. So the sums of all hands of a preflop class together are those over all boards. 2 s for five cards.
    """
    n = ix.first_card_of_round[-1]
    board = np.empty(n, np.int64)
    numerators = np.empty(NUM_HANDS, np.int64)
    for index in range(ix.first_index_of_config[-1]):
        unindex_hand(ix, index, board)
        sweep_board(tables, board, n, workspace, numerators)
        orbit = orbit_size(ix, index)
        for hand in range(NUM_HANDS):
            sums[hand] += orbit * numerators[hand]
