"""One street's betting as instructions for the response kernels: columns of one shape share a program.

A column is a betting sequence that enters the street; the kernels work on WIDTH columns at a time. Columns have one
shape where their subtrees within the street differ in chips alone, as all do in limit games with deep stacks. A hand
that is all-in before the street passes through it as a column without decisions.
"""

from dataclasses import dataclass, field

import numpy as np

from holdem_mpi.game.layout import Layout
from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_FOLD
from holdem_mpi.kernels.response.boards import arrange_policy
from holdem_mpi.kernels.response.street import OP_ADD, OP_OPPONENT, OP_OWN, OP_WIDTH, Program
from holdem_mpi.kernels.simd import WIDTH, aligned

_FOLD, _SHOWDOWN, _EXIT, _INSIDE = "fold", "showdown", "exit", "inside"


@dataclass
class StreetProgram:
    """The betting of a street for one responder and the columns of one shape, in blocks of WIDTH.

    columns: nodes by column.
    down, up: instructions before and after the next street's values are known; on the last street ``down`` is all.
    result: value slot of the start.
    slots: how many there are.
    exits: (reach slot, value slot, node by column).
    amounts: float64[column] each.
    opponent_nodes, own_nodes: each player's decisions, nodes by column, each.
    first_edge, first_own_edge: where its actions begin, all one after another, and the end.
    """

    columns: list[int]
    down: list[list[int]] = field(default_factory=list)
    up: list[list[int]] = field(default_factory=list)
    result: int = 0
    slots: int = 1
    exits: list[tuple[int, int, list[int]]] = field(default_factory=list)
    amounts: list[np.ndarray] = field(default_factory=list)
    opponent_nodes: list[list[int]] = field(default_factory=list)
    first_edge: list[int] = field(default_factory=lambda: [0])
    own_nodes: list[list[int]] = field(default_factory=list)
    first_own_edge: list[int] = field(default_factory=lambda: [0])

    @property
    def blocks(self) -> int:
        """Blocks of WIDTH columns."""
        return -(-len(self.columns) // WIDTH)

    def compiled(self, layout: Layout, street: int, opponent: int, strategy: np.ndarray, buckets: np.ndarray) -> tuple:
        """(Program of ``down``, Program of ``up``) with the opponent's probabilities in ``buckets`` (int64[n])."""
        padded = self.blocks * WIDTH
        amount = aligned(self.blocks, max(len(self.amounts), 1), WIDTH)
        for place, chips in enumerate(self.amounts):
            rows = np.zeros(padded)
            rows[: len(chips)] = chips
            amount[:, place] = rows.reshape(self.blocks, WIDTH)
        policy = aligned(self.blocks, len(buckets), self.first_edge[-1], WIDTH)
        pairs = self.pairs(layout, self.opponent_nodes)
        width = int(layout.width[street, opponent])
        arrange_policy(strategy, pairs, np.array(self.first_edge), width, buckets, policy)
        result = np.array([self.result])
        return tuple(
            Program(np.array(ops, np.int64).reshape(-1, OP_WIDTH), result, amount, policy)
            for ops in (self.down, self.up)
        )

    def pairs(self, layout: Layout, nodes: list[list[int]]) -> np.ndarray:
        """int64[column, decision], the first pair of bucket 0's row of a player's decisions; -1 for padding."""
        pairs = np.full((self.blocks * WIDTH, len(nodes)), -1, np.int64)
        for place, by_column in enumerate(nodes):
            street, player = layout.tree.street_of_node[by_column[0]], layout.tree.player_of_node[by_column[0]]
            pairs[: len(by_column), place] = layout.base_pair[street, player] + layout.pair_of_node[by_column]
        return pairs


def programs_of_street(tree: PublicTree, street: int, responder: int, entering: list[int]) -> list[StreetProgram]:
    """A program for each shape among the nodes that enter ``street``, in order of first appearance."""
    groups: dict[tuple, list[int]] = {}
    for node in entering:
        groups.setdefault(_shape(tree, street, node), []).append(node)
    return [_Writer(tree, street, responder).write(columns) for columns in groups.values()]


def _kind(tree: PublicTree, street: int, node: int) -> str:
    if tree.kind_of_node[node] == KIND_DECISION:
        return _INSIDE if tree.street_of_node[node] == street else _EXIT
    if tree.kind_of_node[node] == KIND_FOLD:
        return _FOLD
    return _SHOWDOWN if street == tree.num_streets - 1 else _EXIT


def _shape(tree: PublicTree, street: int, node: int) -> tuple:
    kind = _kind(tree, street, node)
    if kind != _INSIDE:
        return (kind,)
    return (int(tree.player_of_node[node]), *(_shape(tree, street, int(child)) for child in tree.children(node)))


class _Writer:
    def __init__(self, tree: PublicTree, street: int, responder: int) -> None:
        self.tree, self.street, self.responder = tree, street, responder
        self.last = street == tree.num_streets - 1
        self.free: list[int] = []

    def write(self, columns: list[int]) -> StreetProgram:
        self.program = StreetProgram(columns)
        if self.last:  # without exits, all is done in one go
            self.program.up = self.program.down
        kind = _kind(self.tree, self.street, columns[0])
        if kind == _EXIT:
            self.program.result = self._exit(0, columns)
        elif kind == _SHOWDOWN:
            self.program.result = self._slot()
            shown = self._shown(columns)
            self._append(self.program.up, OP_OWN, 0, self.program.result, 0, -1, shown, -1, -1, 0, 0, -1, 0)
        else:
            self.program.result = self._node(0, columns, None)
        self.program.slots += 1  # the kernels' own
        if self.last:
            self.program.up = []
        return self.program

    def _append(self, ops: list[list[int]], *numbers: int) -> None:
        ops.append([*numbers, *[-1] * (OP_WIDTH - len(numbers))])

    def _slot(self) -> int:
        if self.free:
            return self.free.pop()
        self.program.slots += 1
        return self.program.slots - 1

    def _release(self, slot: int) -> None:
        if self.last:  # on other streets reach and values wait for the next street
            self.free.append(slot)

    def _amount(self, chips: np.ndarray) -> int:
        self.program.amounts.append(chips)
        return len(self.program.amounts) - 1

    def _shown(self, nodes: list[int]) -> int:
        return self._amount(self.tree.stake_of_terminal[self.tree.terminal_of_node[nodes]].min(axis=1))

    def _folded(self, nodes: list[int], folder: int) -> int:
        stake = self.tree.stake_of_terminal[self.tree.terminal_of_node[nodes], folder]
        return self._amount(-stake if folder == self.responder else stake)

    def _exit(self, reach: int, nodes: list[int]) -> int:
        value = self._slot()
        self.program.exits.append((reach, value, nodes))
        return value

    def _children(self, nodes: list[int]) -> list[tuple[str, list[int]]]:
        by_column = [[int(child) for child in self.tree.children(node)] for node in nodes]
        by_action = [list(children) for children in zip(*by_column)]
        return [(_kind(self.tree, self.street, children[0]), children) for children in by_action]

    def _node(self, reach: int, nodes: list[int], total: int | None) -> int:
        """Write a decision; its value goes to a new slot, or is added to the slot ``total``. The value slot."""
        if self.tree.player_of_node[nodes[0]] == self.responder:
            return self._own(reach, nodes, total)
        return self._opponent(reach, nodes, total)

    def _own(self, reach: int, nodes: list[int], total: int | None) -> int:
        number, first = len(self.program.own_nodes), self.program.first_own_edge[-1]
        below = self._children(nodes)
        self.program.own_nodes.append(nodes)
        self.program.first_own_edge.append(first + len(below))
        fold = show = fold_edge = show_edge = -1
        values, edges = [], []
        for edge, (kind, children) in enumerate(below):
            if kind == _FOLD:
                fold, fold_edge = self._folded(children, self.responder), edge
            elif kind == _SHOWDOWN:
                show, show_edge = self._shown(children), edge
            else:
                values.append(self._exit(reach, children) if kind == _EXIT else self._node(reach, children, None))
                edges.append(edge)
        value = self._slot() if total is None else total
        one, two = [*values, -1, -1][:2]
        further = number, first, fold_edge, show_edge, *[*edges, -1, -1][:2]
        self._append(self.program.up, OP_OWN, reach, value, int(total is not None), fold, show, one, two, *further)
        for slot in values:
            self._release(slot)
        return value

    def _opponent(self, reach: int, nodes: list[int], total: int | None) -> int:
        program, value, number = self.program, self._slot(), len(self.program.opponent_nodes)
        program.opponent_nodes.append(nodes)
        first = program.first_edge[-1]
        children = self._children(nodes)
        program.first_edge.append(first + len(children))
        fold, show, further, inside = [-1, -1], [-1, -1], [], []
        for edge, (kind, below) in enumerate(children):
            if kind == _FOLD:
                fold = [edge, self._folded(below, 1 - self.responder)]
            elif kind == _SHOWDOWN:
                show = [edge, self._shown(below)]
            else:
                slot = self._slot()
                further += [edge, slot]
                inside.append((kind, slot, below))
        further += [-1] * (4 - len(further))
        self._append(program.down, OP_OPPONENT, reach, value, first, *fold, *show, *further, number)
        for kind, slot, below in inside:
            if kind == _EXIT:
                self._append(program.up, OP_ADD, self._exit(slot, below), value)
            else:
                self._node(slot, below, value)
            self._release(slot)
        if total is not None:
            self._append(program.up, OP_ADD, value, total)
            self._release(value)
            return total
        return value
