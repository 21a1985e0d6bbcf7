"""What a search of a decision has found."""

from typing import NamedTuple

import numpy as np

from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.search.root_search import RootSearch
from holdem_mpi.search.search_audit import BLUEPRINT, PARTIAL, SEARCH


def least_of(config: SearchConfig, exact: bool) -> int:
    """Iterations of a rank on average that it takes to play by what was found."""
    return config.least_iterations if exact else max(config.least_iterations, config.least_drawn)


class Solved(NamedTuple):
    """A search that is over, as whoever asked knows its game.

    search: that of rank 0. seats: of the game's players. base: chips that are left out of its actions.
    """

    search: RootSearch
    seats: tuple[int, ...]
    base: int = 0


class SearchResult(NamedTuple):
    """What search found.

    actions: of the decision.
    sums: float64[1326, action], reach times strategy over the iterations of all ranks that answered.
    values: float64[1326, action], chips from the start of the hand on of each action, NaN where unknown.
    asked, answered: ranks, this one included; one whose iterations are too few to count has not answered.
    iterations: of all ranks; where they shared each iteration, those.
    shared: whether ranks shared each iteration.
    gadget: its kind, or "none".
    exact: whether ``values`` are over all cards to come and hands, of the average strategies; else they are means over
        the cards that were drawn and all iterations, early ones included.
    solved: what this is from, where that is kept.
    """

    actions: tuple[int, ...]
    sums: np.ndarray
    values: np.ndarray
    asked: int
    answered: int
    iterations: int
    shared: bool
    gadget: str = "none"
    exact: bool = True
    solved: Solved | None = None

    @property
    def iterations_a_rank(self) -> float:
        """Iterations that each rank has done, on average."""
        return self.iterations / (1 if self.shared else max(self.answered, 1))

    @property
    def source(self) -> str:
        """``search`` where every rank asked has answered, ``partial search`` where some have."""
        if self.iterations == 0:
            return BLUEPRINT
        return SEARCH if self.answered == self.asked else PARTIAL
