"""What hands win at the decisions of a solved spot's streets after the first one."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from holdem_mpi.cards import NUM_HANDS, hands_holding
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.subgame.locks import marks_of
from holdem_mpi.subgame.solver import SubgameSolver
from holdem_mpi.subgame.spot import Spot
from holdem_mpi.subgame.subgame_deck import holdem_deck

# Of the likeliest hand's weight, what a hand of the range that never comes to a street has there: it is told as well
# what it would win, and the others' numbers stay as they are.
_NEVER = 1e-10


class Rows(NamedTuple):
    """Where strategies are kept of decisions after some cards, a row each.

    row: int64[card], of the table. place: int64[card, hand] by player, of each of some hands in it.
    """

    row: np.ndarray
    place: tuple[np.ndarray, np.ndarray]


class Strategies(Protocol):
    """What a solution plays, by node of the spot's tree."""

    def strategy_at(self, node: int, cards: tuple[int, ...]) -> np.ndarray:
        """float64[1326, action] at a decision once these cards have come."""

    def rows_of(self, cards: tuple[int, ...], more: Sequence[int], hands: Sequence[np.ndarray]) -> Rows:
        """Of decisions after ``cards`` and one of ``more``, for some hands by player."""

    def strategies_in(self, node: int, rows: Rows) -> np.ndarray:
        """float32[card, hand, action] at a decision."""


class LaterStreet:
    """A street after the spot's first one, with what comes after it, as it is played on the cards that came.

    entry: the node where it begins. cards: after the spot's board. reach: float64[player, 1326], weights of hands
    there; ``reach`` is that with the largest of each player as 1, and next to nothing in the place of 0 for hands of
    the spot's ranges. played: by the solution. ValueError where no two hands can meet there.
    """

    def __init__(self, spot: Spot, entry: int, cards: tuple[int, ...], reach: np.ndarray, played: Strategies) -> None:
        self._entry = entry
        self.reach = _scaled(spot, cards, reach)
        tree, board = spot.tree.subtree(entry), [*spot.board, *cards]
        # Equal are cards that the solution has as equal, so by renamings that keep the spot's board and locks.
        known = [hands_holding(some).astype(np.float64) for some in (spot.board, *([card] for card in cards))]
        known += marks_of(spot.locks, holdem_deck())
        solver = SubgameSolver(tree, board, self.reach, rake=spot.rake, marks=known)
        here, dealt = int(tree.street_of_node[0]), solver.game.runout_card.tolist()
        decision = tree.kind_of_node == KIND_DECISION
        for node in np.flatnonzero(decision & (tree.street_of_node == here)).tolist():
            mine = solver.hands[int(tree.player_of_node[node])]
            solver.set_strategy(node, played.strategy_at(entry + node, cards)[mine])
        later = np.flatnonzero(decision & (tree.street_of_node > here)).tolist()
        rows = played.rows_of(cards, dealt, solver.hands) if later else None
        for node in later:
            solver.set_strategy(node, played.strategies_in(entry + node, rows), None)
        self._hands, self._value = solver.hands, []
        for player in range(2):
            solver.value_sums(player, False)
            self._value.append(solver.workspace.value[:, : solver.hands[player].size].copy())

    def value(self, player: int, node: int) -> np.ndarray:
        """float64[1326], chips that each hand wins from a node of the spot's tree on, summed over what the other one
        holds there by ``reach`` and the strategies on the way.
        """
        full = np.zeros(NUM_HANDS)
        full[self._hands[player]] = self._value[player][node - self._entry]
        return full


def _scaled(spot: Spot, cards: tuple[int, ...], reach: np.ndarray) -> np.ndarray:
    """See ``LaterStreet.reach``. ValueError where a player never comes there."""
    most = reach.max(axis=1, keepdims=True)
    if not most.all():
        raise ValueError("a player never comes here")
    there = (spot.ranges > 0) & ~hands_holding([*spot.board, *cards])
    return np.where(there, np.maximum(reach / most, _NEVER), 0.0)
