"""Where a (node, bucket, action) lies in a table: the only index arithmetic of the project.

Tables are laid out street, player, bucket, node (depth first), action. A traversal keeps one bucket a street, so the
rows that it visits lie together in one *segment*. Positions count *pairs* (row, action): a row of A actions at pair p
owns table entries 2p to 2(p + A), its A regrets and then its A strategy sums; and policy entries p to p + A.
"""

import hashlib
from dataclasses import dataclass

import numpy as np

from holdem_mpi.errors import ConfigError
from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.arrays import (
    ACTIONS_SHIFT,
    KIND_DECISION,
    LAST_STREET_BIT,
    PAIR_BITS,
    PLAYER_SHIFT,
    STREET_SHIFT,
    TERMINAL_SHIFT,
    RowPattern,
    TreeCode,
)


@dataclass(frozen=True)
class Layout:
    """Positions of rows.

    num_buckets: buckets by street.
    pair_of_node: int64[node], first pair of a decision node's row within its segment; -1 at terminal nodes.
    row_of_node: int64[node], its row within its segment; -1 at terminal nodes.
    width, rows: int64[street, player], pairs and rows of one segment.
    base_pair, base_row: int64[street, player], of bucket 0.
    num_pairs, num_rows: of the whole table.
    """

    tree: PublicTree
    num_buckets: tuple[int, ...]
    pair_of_node: np.ndarray
    row_of_node: np.ndarray
    width: np.ndarray
    rows: np.ndarray
    base_pair: np.ndarray
    base_row: np.ndarray
    num_pairs: int
    num_rows: int

    def pair(self, node: int, bucket: int) -> int:
        """First pair of the row of (node, bucket)."""
        place = self.tree.street_of_node[node], self.tree.player_of_node[node]
        return int(self.base_pair[place] + bucket * self.width[place] + self.pair_of_node[node])

    def row(self, node: int, bucket: int) -> int:
        """Number of the row of (node, bucket), 0 to num_rows - 1, in table order."""
        place = self.tree.street_of_node[node], self.tree.player_of_node[node]
        return int(self.base_row[place] + bucket * self.rows[place] + self.row_of_node[node])

    def rows_of_node(self, node: int) -> np.ndarray:
        """int64[bucket], the numbers of a decision node's rows."""
        place = self.tree.street_of_node[node], self.tree.player_of_node[node]
        buckets = np.arange(self.num_buckets[place[0]])
        return self.base_row[place] + self.rows[place] * buckets + self.row_of_node[node]

    def pairs_of_node(self, node: int) -> np.ndarray:
        """int64[bucket, action], the pairs of a decision node's rows."""
        place = self.tree.street_of_node[node], self.tree.player_of_node[node]
        first = self.base_pair[place] + self.pair_of_node[node]
        starts = first + self.width[place] * np.arange(self.num_buckets[place[0]])
        return starts[:, None] + np.arange(len(self.tree.actions(node)))

    def first_pair_of_row(self) -> np.ndarray:
        """int64[num_rows + 1], first pair of each row in table order, and the end."""
        lengths = []
        num_actions = self.tree.num_actions()
        for street, _, nodes in _segments(self.tree):
            lengths.append(np.tile(num_actions[nodes], self.num_buckets[street]))
        return np.concatenate(([0], np.cumsum(np.concatenate(lengths))))

    def pattern(self) -> RowPattern:
        """Where all rows lie, in a few kilobytes: a list of them outgrows the memory before a table does."""
        nodes = [of_place for _, _, of_place in _segments(self.tree)]
        every = np.concatenate(nodes)
        return RowPattern(
            base_pair=self.base_pair.reshape(-1),
            width=self.width.reshape(-1),
            first_segment=np.concatenate(([0], np.cumsum(np.repeat(self.num_buckets, self.tree.num_players)))),
            first_row=np.concatenate(([0], np.cumsum([of_place.size for of_place in nodes]))),
            pair=self.pair_of_node[every],
            actions=self.tree.num_actions()[every],
        )

    def code(self) -> TreeCode:
        """The tree and this layout, packed for the traversal kernels."""
        tree = self.tree
        num_actions = tree.num_actions()
        record_of_node = np.concatenate(([0], np.cumsum(2 + num_actions)))
        code = np.zeros(record_of_node[-1], np.uint32)
        decision = tree.kind_of_node == KIND_DECISION
        head = tree.kind_of_node.astype(np.uint32)
        seat = np.where(decision, tree.player_of_node, 0).astype(np.uint32)
        head |= seat << np.uint32(PLAYER_SHIFT)
        head |= tree.street_of_node.astype(np.uint32) << np.uint32(STREET_SHIFT)
        head |= num_actions.astype(np.uint32) << np.uint32(ACTIONS_SHIFT)
        head[tree.street_of_node == tree.num_streets - 1] |= np.uint32(LAST_STREET_BIT)
        edge_parent = np.repeat(np.arange(tree.num_nodes), num_actions)
        edge_action = np.arange(tree.child_of_edge.size) - tree.first_edge_of_node[edge_parent]
        ends = ~decision[tree.child_of_edge]
        np.bitwise_or.at(
            head, edge_parent[ends], np.uint32(1) << (TERMINAL_SHIFT + edge_action[ends]).astype(np.uint32)
        )
        code[record_of_node[:-1]] = head
        code[record_of_node[:-1] + 1] = np.where(decision, self.pair_of_node, tree.terminal_of_node)
        code[record_of_node[edge_parent] + 2 + edge_action] = record_of_node[tree.child_of_edge]
        fixed, matched = _payoffs_of_two(tree)
        return TreeCode(
            code=code,
            stake_of_terminal=tree.stake_of_terminal,
            folded_of_terminal=tree.folded_of_terminal,
            fixed_of_terminal=fixed,
            matched_of_terminal=matched,
            base_pair=self.base_pair.astype(np.uint64),
            width=self.width.astype(np.uint64),
        )

    def fingerprint(self) -> str:
        """SHA-256 over the tree and the bucket counts: two tables can be exchanged only if these agree."""
        digest = hashlib.sha256(repr(self.num_buckets).encode())
        tree = self.tree
        for array in (tree.kind_of_node, tree.player_of_node, tree.street_of_node, tree.child_of_edge):
            digest.update(np.ascontiguousarray(array).tobytes())
        for array in (tree.action_of_edge, tree.stake_of_terminal, tree.folded_of_terminal):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


def _payoffs_of_two(tree: PublicTree) -> tuple[np.ndarray, np.ndarray]:
    """(fixed_of_terminal, matched_of_terminal) of a TreeCode; one element each where players are not two."""
    stake, folded = tree.stake_of_terminal, tree.folded_of_terminal
    if tree.num_players != 2:
        return np.zeros(1), np.zeros(1)
    folds = folded != 0
    lost = (folded[:, None] >> np.arange(2)) & 1 == 1
    fixed = np.where(folds[:, None], np.where(lost, -stake, stake[:, ::-1]), 0.0)
    return np.ascontiguousarray(fixed).ravel(), np.where(folds, 0.0, stake.min(axis=1))


def _segments(tree: PublicTree):
    """(street, player, its decision nodes in depth-first order), in table order."""
    decision = tree.kind_of_node == KIND_DECISION
    for street in range(tree.num_streets):
        for player in range(tree.num_players):
            mine = decision & (tree.street_of_node == street) & (tree.player_of_node == player)
            yield street, player, np.flatnonzero(mine)


def build_layout(tree: PublicTree, num_buckets: tuple[int, ...]) -> Layout:
    """Layout of ``tree`` with ``num_buckets`` by street. ConfigError where a segment outgrows 32-bit positions."""
    shape = tree.num_streets, tree.num_players
    pair_of_node = np.full(tree.num_nodes, -1, np.int64)
    row_of_node = np.full(tree.num_nodes, -1, np.int64)
    width, rows = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    base_pair, base_row = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    num_actions = tree.num_actions()
    num_pairs = num_rows = 0
    for street, player, nodes in _segments(tree):
        ends = np.cumsum(num_actions[nodes])
        pair_of_node[nodes] = ends - num_actions[nodes]
        row_of_node[nodes] = np.arange(nodes.size)
        place = street, player
        width[place] = ends[-1] if nodes.size else 0
        rows[place] = nodes.size
        base_pair[place], base_row[place] = num_pairs, num_rows
        num_pairs += int(width[place]) * num_buckets[street]
        num_rows += nodes.size * num_buckets[street]
    if width.max() >= 1 << 32 or tree.num_nodes + tree.child_of_edge.size >= 1 << 31:
        raise ConfigError("game: its betting tree does not fit 32-bit positions; expected fewer sizes or raises")
    if num_pairs >= (1 << PAIR_BITS) - 1:
        raise ConfigError(f"game: {num_pairs} infosets with their actions; expected fewer than 2**{PAIR_BITS}")
    return Layout(
        tree=tree,
        num_buckets=tuple(num_buckets),
        pair_of_node=pair_of_node,
        row_of_node=row_of_node,
        width=width,
        rows=rows,
        base_pair=base_pair,
        base_row=base_row,
        num_pairs=num_pairs,
        num_rows=num_rows,
    )
