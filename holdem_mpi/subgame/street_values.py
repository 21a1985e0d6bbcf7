"""What hands win, and best responses do, at the decisions of a solved spot's streets after the first one."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from holdem_mpi.cards import NUM_HANDS, hands_holding
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.subgame.locks import Lock, marks_of
from holdem_mpi.subgame.solver import SubgameSolver
from holdem_mpi.subgame.spot import Spot
from holdem_mpi.subgame.spot_exploit import best_strategies
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
        solver = _solver_of(spot, entry, cards, self.reach, played)
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


def best_on_street(
    spot: Spot, entry: int, cards: tuple[int, ...], reach: np.ndarray, played: Strategies, player: int
) -> dict[int, np.ndarray]:
    """{node of the spot's tree: float64[1326, action]} of a player's best response to what the other one plays from
    ``entry`` on, at its decisions of that street: see ``best_strategies``. Its own ``reach`` does not matter.

    ValueError where the other one never comes there.
    """
    free = reach.copy()
    free[player] = spot.ranges[player] * ~hands_holding(cards)
    locks = [
        lock._replace(actions=lock.actions[len(path) :], cards=lock.cards[len(cards) :])
        for path in [tuple(int(spot.tree.actions(node)[action]) for node, action in spot.tree.line_to(entry))]
        for lock in spot.locks
        if lock.actions[: len(path)] == path and all(card in (None, there) for card, there in zip(lock.cards, cards))
    ]
    solver = _solver_of(spot, entry, cards, _scaled(spot, cards, free), played, locks)
    found = {}
    for node, strategy in best_strategies(solver, player).items():
        found[entry + node] = np.full((NUM_HANDS, strategy.shape[1]), 1.0 / strategy.shape[1])
        found[entry + node][solver.hands[player]] = strategy
    return found


def _solver_of(
    spot: Spot,
    entry: int,
    cards: tuple[int, ...],
    reach: np.ndarray,
    played: Strategies,
    locks: Sequence[Lock] = (),
) -> SubgameSolver:
    """Of the tree from ``entry`` on, its average strategies those that are ``played``."""
    tree, board = spot.tree.subtree(entry), [*spot.board, *cards]
    # Equal are cards that the solution has as equal, so by renamings that keep the spot's board and locks.
    known = [hands_holding(some).astype(np.float64) for some in (spot.board, *([card] for card in cards))]
    known += marks_of(spot.locks, holdem_deck())
    solver = SubgameSolver(tree, board, reach, rake=spot.rake, locks=locks, marks=known)
    here, dealt = int(tree.street_of_node[0]), solver.game.runout_card.tolist()
    decision = tree.kind_of_node == KIND_DECISION
    for node in np.flatnonzero(decision & (tree.street_of_node == here)).tolist():
        mine = solver.hands[int(tree.player_of_node[node])]
        solver.set_strategy(node, played.strategy_at(entry + node, cards)[mine])
    later = np.flatnonzero(decision & (tree.street_of_node > here)).tolist()
    rows = played.rows_of(cards, dealt, solver.hands) if later else None
    for node in later:
        solver.set_strategy(node, played.strategies_in(entry + node, rows), None)
    return solver


def _scaled(spot: Spot, cards: tuple[int, ...], reach: np.ndarray) -> np.ndarray:
    """See ``LaterStreet.reach``. ValueError where a player never comes there."""
    most = reach.max(axis=1, keepdims=True)
    if not most.all():
        raise ValueError("a player never comes here")
    there = (spot.ranges > 0) & ~hands_holding([*spot.board, *cards])
    return np.where(there, np.maximum(reach / most, _NEVER), 0.0)
