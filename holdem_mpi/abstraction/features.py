"""Expected hand strength of every hand on every canonical board, as exact integers.

A hand's numerator is the sum of 2 * wins + ties against a uniform opponent over all boards to come. On a given street
all hands share the denominator (twice the opponents times the boards to come), so numerators rank hands. A game that
ends on the flop or the turn shows down there: its feature is that of its own last street.

Arrays are ``[board_iso, hand]``: board_iso is the index of the canonical board, hand (0..1325) in its suits. Hands that
overlap the board hold the largest number of the dtype.
"""

import itertools
from math import comb

import numpy as np

from holdem_mpi.cards import NUM_HANDS
from holdem_mpi.kernels.cards.evaluator import evaluator_tables
from holdem_mpi.kernels.cards.hand_strength import add_sweeps, settle_rows, suit_maps, sweep_rows
from holdem_mpi.kernels.cards.isomorphism import Indexer, build_indexer, indexer_size
from holdem_mpi.kernels.cards.showdown import showdown_workspace

# Name and version of the way from cards to buckets: a table made another way is foreign.
RECIPE = "ehs-percentile-1"
TEXTURE_RECIPE = "texture-1"
STREET_NAMES = ("preflop", "flop", "turn", "river")
CARDS_OF_STREET = (0, 3, 4, 5)


def board_indexer(street: int) -> Indexer:
    """Indexer of the boards of a street after the flop."""
    return build_indexer((CARDS_OF_STREET[street],))


def number_of_boards(street: int) -> int:
    """Canonical boards of a street: 1,755, 16,432 and 134,459."""
    return indexer_size(board_indexer(street))


def largest_numerator(street: int, final_street: int) -> int:
    """Numerator of a hand that always wins: twice the opponents times the boards to come."""
    seen, final = CARDS_OF_STREET[street], CARDS_OF_STREET[final_street]
    return 2 * comb(50 - final, 2) * comb(50 - seen, final - seen)


def final_numerators(final_street: int, first_board: int, last_board: int) -> np.ndarray:
    """uint16[last - first, 1326]: numerators of the game's last street."""
    rows = np.empty((last_board - first_board, NUM_HANDS), dtype=np.uint16)
    sweep_rows(evaluator_tables(), board_indexer(final_street), first_board, showdown_workspace(), rows, blank_of(rows))
    return rows


def largest_square(street: int, final_street: int) -> int:
    """The sum of the squares of a hand that always wins, over the boards to come."""
    seen, final = CARDS_OF_STREET[street], CARDS_OF_STREET[final_street]
    return (2 * comb(50 - final, 2)) ** 2 * comb(50 - seen, final - seen)


def empty_sums(street: int, power: int = 1) -> np.ndarray:
    """uint32[boards, 1326] of zeros, or uint64 for squares (power 2), for ``add_to_sums``."""
    return np.zeros((number_of_boards(street), NUM_HANDS), dtype=np.uint32 if power == 1 else np.uint64)


def add_to_sums(
    street: int, final_street: int, first_board: int, last_board: int, sums: np.ndarray, power: int = 1
) -> None:
    """Add complete boards of ``final_street``, ``first_board`` up to but not ``last_board``, to ``sums``, in place.
    power: 1 for sums of showdown values, 2 for those of their squares.

    Ranks share the complete boards, and their ``sums`` add up. About 25 us a board.
    """
    subsets = np.array(list(itertools.combinations(range(CARDS_OF_STREET[final_street]), CARDS_OF_STREET[street])))
    indexers = (board_indexer(final_street), board_indexer(street))
    boards = (first_board, last_board)
    add_sweeps(evaluator_tables(), indexers, suit_maps(), subsets, boards, showdown_workspace(), power, sums)


def settle_sums(street: int, first_board: int, sums: np.ndarray) -> None:
    """Turn rows of sums over all complete boards into numerators, in place: ``sums[0]`` belongs to ``first_board``."""
    settle_rows(board_indexer(street), suit_maps(), first_board, sums, blank_of(sums))


def blank_of(values: np.ndarray) -> int:
    """The number that marks overlap with the board in an array of that dtype."""
    return int(np.iinfo(values.dtype).max)
