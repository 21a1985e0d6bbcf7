"""The street in play solved for any number of players: all hands drawn, the blueprint's continuations at its end."""

from collections.abc import Sequence

import numpy as np

from holdem_mpi.cards import hands_holding
from holdem_mpi.game.rules import BettingState
from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.arrays import Deal
from holdem_mpi.kernels.calls import KernelCall
from holdem_mpi.kernels.cards.deal import cards_dealt
from holdem_mpi.kernels.traversal.ring_types import RingRanges
from holdem_mpi.kernels.traversal.ring_walk import run_ring
from holdem_mpi.policy.translation import Place
from holdem_mpi.storage.table_digest import digest_of_table
from holdem_mpi.subgame.ring_arrays import ring_ranges, ring_street, ring_sums, ring_work
from holdem_mpi.subgame.ring_blueprint import RingContinuation


class RingSolver:
    """Solves one street by external sampling with linear weights; single process.

    tree: from ``state`` to the end of its street. place: of ``state`` on the blueprint's tree. board: the public cards.
    ranges: float64[player, hand], weights of all players' hands, of those who have folded too. line: actions from the
    root to the decision that is sought. stream: (seed, decision, rank) of what is drawn. by_hand: whether decisions
    tell all hands apart, else the blueprint's buckets. every: whether average strategies are kept of all decisions,
    else of the one that is sought. biased: whether players may choose other continuations than the blueprint.
    ValueError where hands of the ranges cannot meet.

    hands: int64[hand] by player, those of the ranges. iterations: done.
    """

    def __init__(
        self,
        tree: PublicTree,
        state: BettingState,
        place: Place,
        board: Sequence[int],
        ranges: np.ndarray,
        continuation: RingContinuation,
        *,
        line: Sequence[int] = (),
        stream: tuple[int, int, int] = (0, 0, 0),
        by_hand: bool = False,
        every: bool = False,
        biased: bool = True,
    ) -> None:
        self.tree, self.iterations = tree, 0
        blueprint = continuation.blueprint
        weight = np.where(hands_holding(board, ranges.shape[1]), 0.0, ranges)
        self.hands = [np.flatnonzero(of_player > 0) for of_player in weight]
        bucket = np.arange(weight.shape[1]) if by_hand else blueprint.buckets(state.street, tuple(board))
        buckets, group = np.unique(bucket[bucket >= 0], return_inverse=True)
        self.group = np.zeros(bucket.size, np.int64)
        self.group[bucket >= 0] = group
        self._groups = groups = buckets.size
        street = ring_street(tree, state, place, continuation, line, every)
        self._tree, leaves = street.for_groups(groups)
        if not biased:
            leaves = leaves._replace(offset=np.full(leaves.offset.shape, -1))
        deciding = [seat for seat in range(len(state.folded)) if not state.folded[seat] and not state.is_all_in(seat)]
        tables = continuation.tables
        drawn: RingRanges = ring_ranges(weight, board, tables, self.group, deciding)
        self._game = leaves, street.ends, drawn
        self.sums = ring_sums(self._tree, street.choices * groups, groups)
        widest = int(blueprint.tree.num_actions().max())
        self._work = ring_work(self._tree, len(state.folded), widest)
        self._deal = Deal(
            segment=np.zeros((blueprint.tree.num_streets, len(state.folded)), np.uint64),
            strength=np.zeros(len(state.folded), np.int64),
            cards=np.zeros(cards_dealt(tables), np.int64),
            showdown=np.zeros(7, np.int64),
            suit_map=np.zeros(4, np.uint8),
        )
        self._tables = tables, continuation.code, continuation.arrays
        self._stream, self._run = np.array(stream, np.uint64), KernelCall(run_ring)

    def _block(self, table: np.ndarray, node: int) -> np.ndarray:
        """float64[group, action], a decision's entries; a view."""
        start, actions = int(self._tree.offset[node]), len(self.tree.actions(node))
        return table[start : start + self._groups * actions].reshape(-1, actions)

    def run(self, iterations: int) -> None:
        """Do ``iterations`` more. ValueError where hands of the ranges cannot meet."""
        span = self.iterations, self.iterations + iterations
        if not self._run(self._tree, self._game, self.sums, self._deal, self._work, self._tables, self._stream, span):
            raise ValueError("no hands of the ranges can meet")
        self.iterations = span[1]

    def strategy_sums(self, node: int) -> np.ndarray:
        """float64[hand, action], reach times strategy at a decision, summed over iterations, of the player's hands."""
        return self._block(self.sums.strategy, node)[self.group[self.hands[int(self.tree.player_of_node[node])]]]

    def strategy(self, node: int) -> np.ndarray:
        """float64[hand, action], average strategy of the player's hands; even where nothing was summed."""
        sums = self.strategy_sums(node)
        total = sums.sum(axis=1, keepdims=True)
        return np.where(total > 0, sums / np.where(total > 0, total, 1.0), 1.0 / sums.shape[1])

    def action_values(self, node: int | None = None) -> np.ndarray:
        """float64[hand, action] of the player's hands at the decision that is sought, the one ``node`` that may be
        asked for: chips won from the start of the hand on by each action, over all draws so far; NaN where unknown.
        """
        decision = int(self._tree.valued[0])
        if node not in (None, decision):
            raise ValueError(f"node {node}: expected {decision}, whose actions were valued")
        weight = self.sums.weight[:, None]
        value = np.divide(self.sums.value, weight, out=np.full(self.sums.value.shape, np.nan), where=weight > 0)
        return value[self.group[self.hands[int(self.tree.player_of_node[decision])]]]

    @property
    def digest(self) -> str:
        """SHA-256 of regrets and strategy sums."""
        table = np.concatenate([self.sums.regret, self.sums.strategy, self.sums.choice])
        return digest_of_table(table + 0.0, 0, self.iterations)
