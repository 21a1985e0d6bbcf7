"""The public tree cut into the blocks that vector-form CFR works through."""

import numpy as np

from holdem_mpi.errors import ConfigError
from holdem_mpi.game.layout import Layout
from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_FOLD
from holdem_mpi.kernels.vector.vector_arrays import (
    B_ENTRIES,
    B_ENTRY,
    B_FIRST_ROUND,
    B_FOLD,
    B_PAIR,
    B_ROUNDS,
    B_ROW,
    B_ROWS,
    B_SHOWDOWN,
    B_STREET,
    NUM_BLOCK,
    VectorPlan,
)

# Terminal nodes of a kind that are valued together, where one round alone does not have more: reach and value of 1,176
# hands there are 2 * 0.5 MB, half of a core's cache.
MOST_COLUMNS = 56


class _PlanRounds:
    """Rounds in depth-first order: of each its decision nodes, terminal nodes and the rounds that follow.

    before: int64[node, player], pair (within its segment) of the player's last action in the round that a node ends or
    goes on with; -1 where there is none. within: the same for the round that a decision node belongs to.
    """

    def __init__(self, layout: Layout) -> None:
        tree = layout.tree
        self.street: list[int] = []
        self.nodes: list[list[int]] = []
        self.folds: list[list[int]] = []
        self.showdowns: list[list[int]] = []
        self.entries: list[list[tuple[int, int]]] = []
        self.before = np.full((tree.num_nodes, 2), -1, np.int64)
        self.within = np.full((tree.num_nodes, 2), -1, np.int64)
        round_of_node = np.full(tree.num_nodes, -1, np.int64)
        edge_of_node = np.zeros(tree.num_nodes, np.int64)
        edge_of_node[tree.child_of_edge] = np.arange(tree.child_of_edge.size)
        for node in range(tree.num_nodes):
            above = int(tree.parent_of_node[node])
            if above >= 0:
                action = edge_of_node[node] - tree.first_edge_of_node[above]
                self.before[node] = self.within[above]
                self.before[node, tree.player_of_node[above]] = layout.pair_of_node[above] + action
            if tree.kind_of_node[node] != KIND_DECISION:
                lists = self.folds if tree.kind_of_node[node] == KIND_FOLD else self.showdowns
                lists[round_of_node[above]].append(node)
            elif above >= 0 and tree.street_of_node[node] == tree.street_of_node[above]:
                self.within[node] = self.before[node]
                round_of_node[node] = round_of_node[above]
                self.nodes[round_of_node[node]].append(node)
            else:
                if above >= 0:
                    self.entries[round_of_node[above]].append((node, len(self.street)))
                round_of_node[node] = len(self.street)
                self.street.append(int(tree.street_of_node[node]))
                self.nodes.append([node])
                for lists in (self.folds, self.showdowns, self.entries):
                    lists.append([])


def build_plan(layout: Layout) -> VectorPlan:
    """VectorPlan of a two-player game. ConfigError with more players."""
    if layout.tree.num_players != 2:
        raise ConfigError(
            f"solver.sampler: public and full are for two players, the game has {layout.tree.num_players}; "
            "expected external or outcome"
        )
    return _PlanWriter(layout).plan()


class _PlanWriter:
    """Fills the lists of a VectorPlan, block after block."""

    def __init__(self, layout: Layout) -> None:
        self._layout, self._rounds = layout, _PlanRounds(layout)
        streets = self._rounds.street
        self._order = sorted(range(len(streets)), key=lambda one: (streets[one], one))
        self._number = {one: place for place, one in enumerate(self._order)}
        self._block: list[list[int]] = []
        self._row: list[list[int]] = []
        self._showdown: list[list[int]] = []
        self._fold: list[list[int]] = []
        self._entry: list[list[int]] = []
        self._pay: tuple[list[float], list[list[float]]] = ([], [])

    def plan(self) -> VectorPlan:
        """The VectorPlan: blocks of all streets, in order."""
        layout = self._layout
        streets = layout.tree.num_streets
        first_block = [0]
        for street in range(streets):
            blocks = self._grouped([one for one in self._order if self._rounds.street[one] == street])
            for members in blocks:
                self._add_leaves(street, members)
            for player in range(2):
                for at, members in enumerate(blocks, first_block[-1]):
                    self._add_rows(self._block[at], members, player)
            first_block.append(len(self._block))
        pattern = layout.pattern()
        is_sum = np.concatenate([np.arange(2 * actions) >= actions for actions in pattern.actions])
        end = [0] * NUM_BLOCK
        end[B_STREET], end[B_FIRST_ROUND] = streets, len(self._order)
        end[B_SHOWDOWN], end[B_FOLD], end[B_ENTRY] = len(self._showdown), len(self._fold), len(self._entry)
        return VectorPlan(
            block=np.array([*self._block, end], np.int64),
            first_block=np.array(first_block, np.int64),
            row=np.array(self._row, np.uint32).reshape(-1, 5),
            is_sum=is_sum.astype(np.uint8),
            first_entry=np.concatenate(([0], np.cumsum(2 * layout.width)[:-1])).reshape(streets, 2),
            showdown=np.array(self._showdown, np.int32).reshape(-1, 3),
            showdown_pay=np.array(self._pay[0], np.float64),
            fold=np.array(self._fold, np.int32).reshape(-1, 3),
            fold_pay=np.array(self._pay[1], np.float64).reshape(-1, 2),
            entry=np.array(self._entry, np.int32).reshape(-1, 4),
            base_pair=layout.base_pair.astype(np.uint64),
            width=layout.width.astype(np.uint64),
        )

    def _grouped(self, members: list[int]) -> list[list[int]]:
        """Neighbouring rounds together as long as they have no more than MOST_COLUMNS terminal nodes of a kind."""
        groups: list[list[int]] = []
        columns = [0, 0]
        for one in members:
            more = [len(self._rounds.showdowns[one]), len(self._rounds.folds[one])]
            if not groups or max(columns[0] + more[0], columns[1] + more[1]) > MOST_COLUMNS:
                groups.append([])
                columns = [0, 0]
            groups[-1].append(one)
            columns = [columns[0] + more[0], columns[1] + more[1]]
        return groups

    def _mine(self, members: list[int], player: int) -> list[int]:
        """The player's decision nodes in some rounds, in table order."""
        owner = self._layout.tree.player_of_node
        return [node for one in members for node in self._rounds.nodes[one] if owner[node] == player]

    def _add_rows(self, block: list[int], members: list[int], player: int) -> None:
        """A player's rows of a block, into the list and into the block's record."""
        mine = self._mine(members, player)
        pair_of_node, first = self._layout.pair_of_node, self._first_pair(members, player)
        block[B_ROW + player], block[B_ROWS + player] = len(self._row), len(mine)
        block[B_PAIR + player] = first
        local = {node: at for at, one in enumerate(members) for node in self._rounds.nodes[one]}
        for node in mine:
            pair = int(self._rounds.within[node, player])
            sequence = local[node] if pair < 0 else len(members) + pair - first
            actions, before = len(self._layout.tree.actions(node)), int(pair_of_node[node]) - first
            self._row.append([2 * before, actions, sequence, local[node], len(members) + before])
            block[B_ENTRIES + player] += 2 * actions

    def _first_pair(self, members: list[int], player: int) -> int:
        mine = self._mine(members, player)
        return int(self._layout.pair_of_node[mine[0]]) if mine else 0

    def _add_leaves(self, street: int, members: list[int]) -> None:
        """A block's record, its terminal nodes and the rounds that follow."""
        rounds, tree = self._rounds, self._layout.tree
        block = [0] * NUM_BLOCK
        block[B_STREET], block[B_FIRST_ROUND], block[B_ROUNDS] = street, self._number[members[0]], len(members)
        block[B_SHOWDOWN], block[B_FOLD], block[B_ENTRY] = len(self._showdown), len(self._fold), len(self._entry)
        self._block.append(block)
        first = [self._first_pair(members, player) for player in range(2)]

        def leaf(local: int, node: int) -> list[int]:
            before = [int(pair) for pair in rounds.before[node]]
            own = [local if before[p] < 0 else len(members) + before[p] - first[p] for p in range(2)]
            return [local, *own]

        for local, one in enumerate(members):
            for node in rounds.showdowns[one]:
                self._showdown.append(leaf(local, node))
                self._pay[0].append(float(tree.stake_of_terminal[tree.terminal_of_node[node]].min()))
            for node in rounds.folds[one]:
                terminal = tree.terminal_of_node[node]
                stake, folded = tree.stake_of_terminal[terminal], int(tree.folded_of_terminal[terminal])
                self._fold.append(leaf(local, node))
                self._pay[1].append([float(-stake[p] if folded >> p & 1 else stake[1 - p]) for p in range(2)])
            for node, entered in rounds.entries[one]:
                self._entry.append([*leaf(local, node), self._number[entered]])
