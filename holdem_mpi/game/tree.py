"""The public tree: every betting sequence of a game once, as arrays. Cards are not in it."""

from dataclasses import dataclass, fields, replace

import numpy as np

from holdem_mpi.errors import ConfigError
from holdem_mpi.game.betting import Menu, MenuNumbers
from holdem_mpi.game.rules import BettingState, Rules
from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_FOLD, KIND_SHOWDOWN
from holdem_mpi.kernels.betting.grow_tree import (
    MAX_ACTIONS,
    NODES,
    PENDING,
    ROW,
    TERMINALS,
    TOO_MANY,
    TreeArrays,
    grow_tree,
)
from holdem_mpi.kernels.betting.spot_actions import MenuArrays

MAX_NODES = 1 << 26
# A tree of fewer nodes is walked sooner in Python (a hundredth of a second) than a compiled kernel is loaded.
SMALL = 1500
_FIRST_ROOM, _FIRST_PENDING = 1 << 16, 1 << 10


@dataclass(frozen=True, eq=False)
class PublicTree:
    """Nodes in depth-first order, the root first. A tree is equal to itself alone.

    kind_of_node: uint8[node], KIND_DECISION, KIND_FOLD or KIND_SHOWDOWN.
    player_of_node: int8[node], who acts; -1 at terminal nodes.
    street_of_node: int8[node].
    parent_of_node: int64[node], -1 for the root.
    terminal_of_node: int64[node], -1 at decision nodes.
    first_edge_of_node: int64[node + 1]; edges of a node are first_edge[node] to first_edge[node + 1].
    child_of_edge: int64[edge].
    action_of_edge: int64[edge], in the unit of ``rules``: FOLD, CALL, or the total after a raise.
    stake_of_terminal: float64[terminal, player], chips put in, as ``BettingState.stakes``.
    folded_of_terminal: uint8[terminal], bit p set where player p has folded.
    """

    rules: Rules
    kind_of_node: np.ndarray
    player_of_node: np.ndarray
    street_of_node: np.ndarray
    parent_of_node: np.ndarray
    terminal_of_node: np.ndarray
    first_edge_of_node: np.ndarray
    child_of_edge: np.ndarray
    action_of_edge: np.ndarray
    stake_of_terminal: np.ndarray
    folded_of_terminal: np.ndarray

    @property
    def num_nodes(self) -> int:
        """Nodes, terminal ones included."""
        return self.kind_of_node.size

    @property
    def num_streets(self) -> int:
        """Betting rounds of the game."""
        return len(self.rules.board_cards)

    @property
    def num_players(self) -> int:
        """Players of the game."""
        return len(self.rules.stacks)

    def children(self, node: int) -> np.ndarray:
        """Child nodes, in the order of the actions."""
        return self.child_of_edge[self.first_edge_of_node[node] : self.first_edge_of_node[node + 1]]

    def actions(self, node: int) -> np.ndarray:
        """Actions of a decision node, in the unit of ``rules``."""
        return self.action_of_edge[self.first_edge_of_node[node] : self.first_edge_of_node[node + 1]]

    def num_actions(self) -> np.ndarray:
        """int64[node], 0 at terminal nodes."""
        return np.diff(self.first_edge_of_node)

    def line_to(self, node: int) -> list[tuple[int, int]]:
        """The (node, action index) pairs from the root to ``node``."""
        line = []
        while self.parent_of_node[node] >= 0:
            parent = int(self.parent_of_node[node])
            line.append((parent, int(np.flatnonzero(self.children(parent) == node)[0])))
            node = parent
        return line[::-1]

    def subtree(self, node: int) -> "PublicTree":
        """The tree from ``node`` on; its numbers of terminals stay."""
        end = node + 1
        while end < self.num_nodes and self.parent_of_node[end] >= node:
            end += 1
        edges = slice(int(self.first_edge_of_node[node]), int(self.first_edge_of_node[end]))
        parent = self.parent_of_node[node:end] - node
        parent[0] = -1
        return replace(
            self,
            kind_of_node=self.kind_of_node[node:end],
            player_of_node=self.player_of_node[node:end],
            street_of_node=self.street_of_node[node:end],
            parent_of_node=parent,
            terminal_of_node=self.terminal_of_node[node:end],
            first_edge_of_node=self.first_edge_of_node[node : end + 1] - edges.start,
            child_of_edge=self.child_of_edge[edges] - node,
            action_of_edge=self.action_of_edge[edges],
        )


ARRAYS = tuple(field.name for field in fields(PublicTree) if field.name != "rules")


def build_tree(
    rules: Rules,
    menu: Menu,
    start: BettingState | None = None,
    most_nodes: int = MAX_NODES,
    streets: int | None = None,
) -> PublicTree:
    """Walk every sequence that ``menu`` (state -> its actions) allows from ``start`` on, by default the whole hand.

    Nodes are depth first. With ``streets``, nodes of later streets are ends, showdowns of what was put in so far.

    Menus with numbers (game/betting.py) are walked by a kernel, which is compiled for that, a few seconds once: but for
    trees of less than SMALL nodes, which plain Python has sooner. It alone walks menus that are just functions.

    ConfigError where the tree grows beyond ``most_nodes`` nodes or a node has more than MAX_ACTIONS actions.
    """
    start = start or BettingState.start(rules)
    last = rules.num_streets - 1 if streets is None else streets - 1
    numbers = getattr(menu, "numbers", None)
    tree = _walk(rules, menu, start, most_nodes if numbers is None else min(SMALL, most_nodes), last)
    if tree is None and numbers is not None and most_nodes > SMALL:
        tree = _grow(rules, numbers, start, most_nodes, last)
    if tree is None:
        raise ConfigError(f"game: its betting tree has more than {most_nodes} nodes; expected fewer sizes or raises")
    return tree


def small_tree(rules: Rules, menu: Menu, start: BettingState) -> PublicTree | None:
    """The tree from ``start`` on where it has at most SMALL nodes, else None."""
    return _walk(rules, menu, start, SMALL, rules.num_streets - 1)


def kernel_arguments(rules: Rules, menu: MenuNumbers) -> tuple[np.ndarray, MenuArrays, np.ndarray]:
    """(rules, menu, room for a decision's actions), as kernels/betting takes them."""
    return np.array(rules.numbers), menu.arrays, np.empty(max(menu.room, MAX_ACTIONS), np.int64)


def _refuse_actions(count: int) -> None:
    if count > MAX_ACTIONS:
        raise ConfigError(f"game.bet_sizes: {count} actions at one decision; expected at most {MAX_ACTIONS}")


def _walk(rules: Rules, menu: Menu, start: BettingState, most_nodes: int, last_street: int) -> PublicTree | None:
    """The tree, walked in Python; None where it grows beyond ``most_nodes``."""
    kind, player, street, parent, terminal, counts = [], [], [], [], [], []
    child_of_edge, action_of_edge, stake, folded = [], [], [], []
    pending: list[tuple[BettingState, int, int]] = [(start, -1, 0)]
    while pending:
        state, above, edge = pending.pop()
        node = len(kind)
        if node >= most_nodes:
            return None
        if above >= 0:
            child_of_edge[edge] = node
        parent.append(above)
        street.append(state.street)
        player.append(state.player)
        if state.is_over or state.street > last_street:
            kind.append(KIND_FOLD if state.folded.count(False) == 1 else KIND_SHOWDOWN)
            terminal.append(len(stake))
            counts.append(0)
            stake.append(state.stakes)
            folded.append(sum(1 << seat for seat, out in enumerate(state.folded) if out))
            continue
        kind.append(KIND_DECISION)
        terminal.append(-1)
        actions = menu(state)
        _refuse_actions(len(actions))
        counts.append(len(actions))
        first = len(action_of_edge)
        action_of_edge += actions
        child_of_edge += [0] * len(actions)
        pending.extend((state.apply(action), node, first + place) for place, action in reversed([*enumerate(actions)]))
    return PublicTree(
        rules=rules,
        kind_of_node=np.array(kind, np.uint8),
        player_of_node=np.array(player, np.int8),
        street_of_node=np.array(street, np.int8),
        parent_of_node=np.array(parent, np.int64),
        terminal_of_node=np.array(terminal, np.int64),
        first_edge_of_node=np.concatenate(([0], np.cumsum(counts))),
        child_of_edge=np.array(child_of_edge, np.int64),
        action_of_edge=np.array(action_of_edge, np.int64),
        stake_of_terminal=np.array(stake, np.float64),
        folded_of_terminal=np.array(folded, np.uint8),
    )


def _grow(rules: Rules, menu: MenuNumbers, start: BettingState, most_nodes: int, last_street: int) -> PublicTree | None:
    """The tree, walked by the kernel; None where it grows beyond ``most_nodes``."""
    players, row = rules.num_players, menu.row(start)
    numbers, menu_arrays, actions = kernel_arguments(rules, menu)
    pending, at = np.zeros((_FIRST_PENDING, ROW + len(row)), np.int64), np.zeros(5, np.int64)
    pending[0], at[PENDING] = [-1, 0, *row], 1
    room = min(_FIRST_ROOM, most_nodes)
    tree = TreeArrays(*(np.empty(0, dtype) for dtype in (np.int8, np.int64, np.int64, np.float64, np.uint8)))
    while at[PENDING]:
        if at[NODES] >= most_nodes:
            return None
        # Larger where they are: what has no page of memory yet takes none.
        for array, shape in zip(tree, ((room, 3), (room, 3), (room + len(pending), 2), (room, players), (room,))):
            array.resize(shape, refcheck=False)
        grow_tree(numbers, menu_arrays, last_street, pending, actions, tree, at)
        _refuse_actions(int(at[TOO_MANY]))
        if at[NODES] == room:
            room = min(2 * room, most_nodes)
        elif at[PENDING]:
            pending = np.concatenate((pending, np.zeros_like(pending)))
    return _taken_apart(rules, tree, *(int(count) for count in at[: TERMINALS + 1]))


def _taken_apart(rules: Rules, tree: TreeArrays, nodes: int, edges: int, terminals: int) -> PublicTree:
    """The tree of a kernel's arrays, of which only so much is filled."""
    kind, player, street = (np.ascontiguousarray(of_node) for of_node in tree.small[:nodes].T)
    parent, terminal, first_edge = (np.ascontiguousarray(of_node) for of_node in tree.links[:nodes].T)
    child, action = (np.ascontiguousarray(of_edge) for of_edge in tree.edges[:edges].T)
    return PublicTree(
        rules=rules,
        kind_of_node=kind.view(np.uint8),
        player_of_node=player,
        street_of_node=street,
        parent_of_node=parent,
        terminal_of_node=terminal,
        first_edge_of_node=np.append(first_edge, edges),
        child_of_edge=child,
        action_of_edge=action,
        stake_of_terminal=tree.stake[:terminals].copy(),
        folded_of_terminal=tree.folded[:terminals].copy(),
    )
