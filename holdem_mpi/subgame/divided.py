"""A subgame whose next public cards are divided among ranks: what each does in a sweep between two messages.

The leader keeps the first street and says with which reach the other player comes to the next one; every rank values
the cards that are its own and keeps what it learns there; the values add up. So the sums of a card are one rank's
alone, and what a lost rank had learnt is lost: whoever takes its cards over starts there afresh. For the same reason
no rank can value the average strategy: the values of the root's actions are kept as they come, iteration by iteration.
A gadget is the leader's: it lies above the first street.
"""

import numpy as np

from holdem_mpi.kernels.subgame.subgame_sweep import add_branches, come_up, go_down, sweep_branches
from holdem_mpi.kernels.subgame.subgame_types import UPDATE, W_STRATEGY
from holdem_mpi.subgame.solver import SubgameSolver


class DividedSweeps:
    """One rank's side. ``num_branches``: cards to divide, equal ones once; rows: reach that enters the next street.

    node: the decision of the first street whose actions are valued.
    """

    def __init__(self, solver: SubgameSolver, node: int = 0) -> None:
        self._solver = solver
        self.num_branches = int(solver.game.branch_card.size)
        self._rows = [np.unique(solver.game.source[player]) for player in range(2)]
        self._node, self._player = node, int(solver.tree.player_of_node[node])
        self._actions = solver.tree.children(node)
        self._value = np.zeros((self._actions.size, solver.hands[self._player].size))
        self._mass = np.zeros(self._value.shape[1])

    def _weigh(self, iteration: int) -> None:
        self._solver.workspace.weight[:] = self._solver.weights.table(iteration + 1, iteration)[0]

    def descend(self, iteration: int, player: int) -> np.ndarray:
        """The leader: the first street of a sweep for ``player``, down. float32[row, hand], for all others."""
        solver, other = self._solver, 1 - player
        self._weigh(iteration)
        hands = solver.hands[other].size
        solver.begin_sweep(player)
        go_down(solver.game, solver.sums, solver.workspace, player, UPDATE, solver.game.own[:0])
        solver.workspace.total[:] = 0.0
        return solver.workspace.reach[self._rows[player], :hands]

    def enter(self, iteration: int, player: int, reach: np.ndarray) -> None:
        """Begin a sweep with the reach that ``descend`` gave; for all ranks but the leader."""
        solver = self._solver
        self._weigh(iteration)
        hands = solver.hands[1 - player].size
        solver.workspace.reach[self._rows[player], :hands] = reach.reshape(-1, hands)
        solver.workspace.total[:] = 0.0

    def value(self, player: int, branches: list[int]) -> None:
        """Add the values of some of the cards to ``totals``."""
        solver, own = self._solver, np.array(branches, np.int64)
        sweep_branches(solver.game, solver.sums, solver.workspace, player, UPDATE, own)
        add_branches(solver.game, solver.workspace, player, own)

    @property
    def totals(self) -> np.ndarray:
        """float32[renaming, entry, hand], see ``SubgameWorkspace``: values summed over this rank's cards, and over what
        the leader adds of others.
        """
        return self._solver.workspace.total

    def ascend(self, player: int) -> None:
        """The leader: the first street, up, once ``totals`` holds every card."""
        solver = self._solver
        come_up(solver.game, solver.sums, solver.workspace, player, UPDATE)
        solver.end_sweep(player)
        if player == self._player:
            decay, hands = float(solver.workspace.weight[W_STRATEGY]), self._value.shape[1]
            self._value = self._value * decay + solver.workspace.value[self._actions, :hands]
            reach = solver.workspace.reach[self._node, : solver.hands[1 - player].size]
            self._mass = self._mass * decay + solver.opposed(player, reach)

    def action_values(self) -> np.ndarray:
        """The leader: float64[hand, action] of the player to act at ``node``, chips won by each action there, over the
        iterations so far as the average strategy weights them; with a gadget against its range. NaN where unknown.
        """
        mass = self._mass[:, None]
        return np.divide(self._value.T, mass, out=np.full(self._value.T.shape, np.nan), where=mass > 0)

    def finish(self) -> None:
        """Count an iteration as complete; for the leader."""
        self._solver.iterations += 1
        if self._solver.gadget:
            self._solver.take_range()
