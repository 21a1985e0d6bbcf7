"""Search at one decision, in short steps, whatever the street: what the search service drives on every rank."""

from typing import Any, Protocol

import numpy as np

from holdem_mpi.game.betting import Menu
from holdem_mpi.game.rules import BettingState
from holdem_mpi.game.tree import build_tree
from holdem_mpi.solver.subgame import SubgameSolver

# Seconds that a step should take about: short against a deadline, long against the clock's and the messages' cost.
STEP_SECONDS = 2e-3


class RootSearch(Protocol):
    """A search that is under way.

    actions: those of the root, in real chips. iterations: done so far.
    """

    actions: tuple[int, ...]
    iterations: int

    def step(self) -> None:
        """Go on for a few milliseconds."""

    def root_sums(self) -> np.ndarray:
        """float64[1326, action], strategy sums of the player to act: reach times strategy, over iterations."""

    def root_values(self) -> np.ndarray:
        """float64[1326, action], value of each action to each hand under the average strategies, NaN where unknown; in
        chips from the start of the hand.
        """


def new_search(
    state: BettingState,
    menu: Menu,
    board: tuple[int, ...],
    weight: np.ndarray,
    tables: Any,
    stream: tuple[int, int, int],
) -> RootSearch:
    """A search from ``state`` on, with ``weight`` float32[player, 1326] as ranges.

    tables: DealTables whose buckets stand for hands on streets to come. stream: (seed, decision, rank) of its random
    public cards.
    """
    return RiverSearch(state, menu, board, weight)


class RiverSearch:
    """The last street, solved to the end."""

    def __init__(self, state: BettingState, menu: Menu, board: tuple[int, ...], weight: np.ndarray) -> None:
        self.tree = build_tree(state.rules, menu, state)
        self.actions = tuple(int(action) for action in self.tree.actions(0))
        self._solver = SubgameSolver(self.tree, list(board), weight)
        self._player = state.player
        self._chunk = 1

    @property
    def iterations(self) -> int:
        """Done so far."""
        return self._solver.iterations

    def step(self) -> None:
        """A few iterations."""
        self._solver.run(self._chunk)
        self._chunk = min(2 * self._chunk, 4)
