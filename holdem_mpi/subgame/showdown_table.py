"""Equities of two ranges on a board: what each pair of hands wins and loses on the cards to come, counted once."""

from collections.abc import Sequence
from itertools import combinations
from math import comb

import numpy as np

from holdem_mpi.cards import CARDS_OF_HAND, NUM_CARDS, NUM_HANDS, mass_of_others
from holdem_mpi.subgame.subgame_deck import holdem_deck

_BOARD, _ABOVE, _BELOW = 5, 2**15 - 1, -(2**15)
# A hand that meets less of the other range than this share of it meets nothing: the rest of subtractions.
_NOTHING = 1e-9


class ShowdownTable:
    """Counted over all boards that ``board`` (3 to 5 cards) may become; with it equities take a product by the reach.

    hands: int64[hand] by player, those that may be held; none that the board blocks.
    """

    def __init__(self, board: Sequence[int], hands: Sequence[np.ndarray]) -> None:
        self._hands, more = [np.asarray(each) for each in hands], _BOARD - len(board)
        self._boards = comb(NUM_CARDS - len(board) - 4, more)
        # int16[hand of 0, hand of 1]: boards on which the first wins less those on which it loses.
        self._margins = np.zeros([each.size for each in self._hands], np.int16)
        left = sorted(set(range(NUM_CARDS)) - set(board))
        for cards in combinations(left, more):
            group = holdem_deck().groups([*board, *cards])
            mine, other = (group[each].astype(np.int16) for each in self._hands)
            # A hand that a card blocks is below all others, and above them: it neither wins nor loses.
            self._margins += _unless_blocked(mine, _BELOW)[:, None] > _unless_blocked(other, _ABOVE)
            self._margins -= _unless_blocked(mine, _ABOVE)[:, None] < _unless_blocked(other, _BELOW)
        mine, other = (CARDS_OF_HAND[each] for each in self._hands)
        for side in range(2):
            self._margins[(mine[:, side, None, None] == other).any(axis=2)] = 0

    def equities(self, reach: np.ndarray) -> np.ndarray:
        """float64[player, 1326], share of the pot of each hand when both ranges (``reach``, float64[player, 1326]) go
        to the showdown; a half where a hand meets nothing, 0 of hands that are not in the table.
        """
        found = np.zeros((2, NUM_HANDS))
        for player, margins in enumerate((self._margins, -self._margins.T)):
            other, mine = reach[1 - player], self._hands[player]
            met = mass_of_others(other)[mine]
            some = met > _NOTHING * other.sum()
            won = margins @ other[self._hands[1 - player]]
            found[player, mine] = 0.5 + 0.5 * np.divide(won, self._boards * met, out=np.zeros(mine.size), where=some)
        return found


def _unless_blocked(group: np.ndarray, instead: int) -> np.ndarray:
    return np.where(group < 0, np.int16(instead), group)
