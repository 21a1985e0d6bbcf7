"""What the house takes of a pot."""

import math
from typing import NamedTuple

import numpy as np

from holdem_mpi.game.tree import PublicTree


class Rake(NamedTuple):
    """share: of the pot at its end, without chips that nobody has called; cap: chips at most, in the rules' unit."""

    share: float = 0.0
    cap: float = math.inf

    def at_ends(self, tree: PublicTree) -> np.ndarray:
        """float64[terminal], chips that are taken where a hand of two players ends."""
        return np.minimum(self.cap, self.share * 2 * tree.stake_of_terminal.min(axis=1))


NO_RAKE = Rake()
