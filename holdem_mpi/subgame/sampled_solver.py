"""A subgame with several streets to come, on public cards drawn at random; later streets know buckets, not hands."""

import numpy as np

from holdem_mpi.cards import without_blocked
from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.cards.deal import DealTables
from holdem_mpi.kernels.subgame.sampled_sweep import run_sampled
from holdem_mpi.subgame.sampled_arrays import board_stream, build_sampled, sampled_sums, sampled_workspace
from holdem_mpi.subgame.weights import Weights


class SampledSolver:
    """Solves one subgame by public chance sampling; single process.

    tree: from the spot on. board: the cards that lie there. ranges: float[player, 1326], weights of hands; those that
    overlap the board count nothing. tables: buckets of the streets to come; num_buckets: how many, by street of the
    game. stream: (seed, decision, rank) of the cards to come. valued: the decision of the root's street whose actions
    are valued. ValueError where a range is empty.

    One iteration is an update of each player on a board of its own. The average strategy of the root's street, which
    knows every hand, is what it is for.
    """

    def __init__(
        self,
        tree: PublicTree,
        board: list[int],
        ranges: np.ndarray,
        tables: DealTables,
        num_buckets: tuple[int, ...],
        stream: tuple[int, int, int] = (0, 0, 0),
        weights: Weights | None = None,
        valued: int = 0,
    ) -> None:
        self.tree, self.board = tree, list(board)
        ranges = without_blocked(ranges, board)
        self.hands = [np.flatnonzero(of_player > 0) for of_player in ranges]
        if not all(hands.size for hands in self.hands):
            raise ValueError("no two hands of the ranges can meet")
        self.weights = weights or Weights(alpha=1.5, beta=0.5, gamma=2.0)
        self.iterations = 0
        self.game, nodes, entries = build_sampled(tree, self.board, self.hands, num_buckets, valued)
        self._local_of_node = {int(node): local for local, node in enumerate(nodes[: self.game.first_local[1]])}
        self._valued = valued
        self.sums, self.workspace = sampled_sums(self.game, entries), sampled_workspace(self.game)
        self.ranges = np.zeros((2, self.game.hand.shape[1]), np.float32)
        for player, hands in enumerate(self.hands):
            self.ranges[player, : hands.size] = ranges[player, hands] / ranges[player, hands].max()
        self._tables, self._stream = tables, board_stream(self.board, stream)

    def run(self, iterations: int) -> None:
        """Do ``iterations`` more iterations."""
        first, last = self.iterations, self.iterations + iterations
        weight = self.weights.table(last)
        run_sampled(
            self.game, self.sums, self.workspace, self.ranges, self._tables, self._stream, weight, (first, last)
        )
        self.iterations = last

    def strategy_sums(self, node: int) -> np.ndarray:
        """float64[hand, action], reach times strategy at a decision of the root's street, summed over iterations."""
        local = self._local_of_node[node]
        first, last = self.game.first_edge[local], self.game.first_edge[local + 1]
        hands = self.hands[int(self.game.player[local])].size
        start = int(self.game.offset[local])
        sums = self.sums.strategy[start : start + (last - first) * hands]
        return sums.reshape(last - first, hands).T.astype(np.float64)

    def action_values(self, node: int | None = None) -> np.ndarray:
        """float64[hand, action] of the player to act at ``valued``, the one ``node`` that may be asked for: chips won
        on average, from the start of the whole hand on, by each action there, over the iterations so far as the average
        strategy weights them. NaN where unknown.
        """
        if node not in (None, self._valued):
            raise ValueError(f"node {node}: expected {self._valued}, whose actions were valued")
        mass = self.sums.mass[:, None]
        return np.divide(self.sums.value.T, mass, out=np.full(self.sums.value.T.shape, np.nan), where=mass > 1e-9)
