"""A spot solved around locks: strategies of hands that are fixed at decisions of its first street."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.kernels.subgame.subgame_types import UPDATE
from holdem_mpi.subgame.solver import SubgameSolver


class Lock(NamedTuple):
    """What is fixed at one decision.

    actions: taken from the root of the tree on, in the unit of its rules.
    hands: bool[1326], those that are locked.
    strategy: float64[1326, action], rows of probabilities; of the others no matter what.
    """

    actions: tuple[int, ...]
    hands: np.ndarray
    strategy: np.ndarray


class _Fixed(NamedTuple):
    """A lock in the solver's places. hands: int64[locked]. sigma: float32[action, locked]."""

    hands: np.ndarray
    sigma: np.ndarray


class LockedSolver(SubgameSolver):
    """A ``SubgameSolver`` whose locked hands keep to their strategies, and in best responses as well: exploitability
    is what remains of the rest. Of locks of one decision later ones count, hand by hand.
    """

    def __init__(self, *given: Any, locks: Sequence[Lock], **options: Any) -> None:
        super().__init__(*given, **options)
        self._fixed: dict[int, _Fixed] = {}
        for node, of_node in self._by_node(locks).items():
            hands = self.hands[int(self.tree.player_of_node[node])]
            locked = np.zeros(len(self.deck.card), bool)
            strategy = np.zeros((len(self.deck.card), len(self.tree.actions(node))))
            for lock in of_node:
                locked |= lock.hands
                strategy[lock.hands] = lock.strategy[lock.hands]
            places = np.flatnonzero(locked[hands])
            self._fixed[node] = _Fixed(places, strategy[hands[places]].T.astype(np.float32))
        self._impose()

    def _by_node(self, locks: Sequence[Lock]) -> dict[int, list[Lock]]:
        found: dict[int, list[Lock]] = {}
        for lock in locks:
            node = 0
            for action in lock.actions:
                node = int(self.tree.children(node)[self.tree.actions(node).tolist().index(action)])
            found.setdefault(node, []).append(lock)
        return found

    def _impose(self) -> None:
        """Make the locked hands' strategies those of the sums: current ones and average ones."""
        for node, (hands, sigma) in self._fixed.items():
            for table in self.sums:
                self._block(node, 0, table)[:, hands] = sigma

    def run(self, iterations: int, stop: Callable[[], bool] = lambda: False) -> None:
        """As of ``SubgameSolver``; ``stop`` is asked before each iteration as well."""
        if not self._fixed:
            super().run(iterations, stop)
            return
        first, last = self.iterations, self.iterations + iterations
        weight, team_stop = self.weights.table(last, first), self.team.stopper(stop)
        while self.iterations < last and not team_stop.agree():
            self.workspace.weight[:] = weight[self.iterations - first]
            for player in range(2):
                self.begin_sweep(player)
                done = self._sweep_down(self.game, player, UPDATE, team_stop)
                self._impose()
                if not done:
                    return
            self.iterations += 1

    def value_sums(self, player: int, best: bool, locked: bool = False) -> np.ndarray:
        """As of ``SubgameSolver``; a best response is bound to the player's locks."""
        values = super().value_sums(player, best, locked)
        return self._bound(player)[0] if best and not locked else values

    def best_strategies(self, player: int) -> dict[int, np.ndarray]:
        """{node: float64[hand, action]} of the player's best response to the other's average strategy at its decisions
        of the first street: 1 for the action taken, the first of equal ones; a locked hand's own probabilities.
        """
        super().value_sums(player, True)
        self._bound(player)
        found = {}
        for node in self._first_street():
            if self.tree.player_of_node[node] == player:
                below = self._below(node, player)
                strategy = np.zeros(below.T.shape)
                strategy[np.arange(len(strategy)), below.argmax(axis=0)] = 1.0
                if node in self._fixed:
                    strategy[self._fixed[node].hands] = self._fixed[node].sigma.T
                found[node] = strategy
        return found

    def _first_street(self) -> list[int]:
        """Its decisions, the root first."""
        decision = self.tree.kind_of_node == KIND_DECISION
        return np.flatnonzero(decision & (self.tree.street_of_node == self.tree.street_of_node[0])).tolist()

    def _below(self, node: int, player: int) -> np.ndarray:
        """float64[action, hand], values of the nodes that a decision's actions lead to."""
        return self.workspace.value[self.tree.children(node), : self.hands[player].size].astype(np.float64)

    def _bound(self, player: int) -> np.ndarray:
        """float64[1, hand]: the root's values, once the first street's after a sweep for best responses are made anew
        from below, in place, with locked hands keeping to their strategies.
        """
        mine = self.hands[player].size
        for node in reversed(self._first_street()):
            below = self._below(node, player)
            if self.tree.player_of_node[node] != player:
                value = below.sum(axis=0)
            else:
                value = below.max(axis=0)
                if node in self._fixed:
                    hands, sigma = self._fixed[node]
                    value[hands] = (sigma * below[:, hands]).sum(axis=0)
            self.workspace.value[node, :mine] = value
        return self.workspace.value[:1, :mine].astype(np.float64)
