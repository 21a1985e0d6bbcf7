"""The public tree: every betting sequence of a game once, as arrays. Cards are not in it."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np

from holdem_mpi.errors import ConfigError
from holdem_mpi.game.rules import BettingState, Rules
from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_FOLD, KIND_SHOWDOWN

MAX_NODES = 1 << 26
MAX_ACTIONS = 16


@dataclass(frozen=True)
class PublicTree:
    """Nodes in depth-first order, the root first.

    kind_of_node: uint8[node], KIND_DECISION, KIND_FOLD or KIND_SHOWDOWN.
    player_of_node: int8[node], who acts; -1 at terminal nodes.
    street_of_node: int8[node].
    parent_of_node: int64[node], -1 for the root.
    terminal_of_node: int64[node], -1 at decision nodes.
    first_edge_of_node: int64[node + 1]; edges of a node are first_edge[node] to first_edge[node + 1].
    child_of_edge: int64[edge].
    action_of_edge: int64[edge], in the unit of ``rules``: FOLD, CALL, or the total after a raise.
    stake_of_terminal: float64[terminal, player], chips put in.
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
    menu: Callable[[BettingState], list[int]],
    start: BettingState | None = None,
    most_nodes: int = MAX_NODES,
) -> PublicTree:
    """Walk every sequence that ``menu`` (state -> its actions) allows from ``start`` on, by default the whole hand.

    Nodes are depth first.

    ConfigError where the tree grows beyond ``most_nodes`` nodes or a node has more than MAX_ACTIONS actions.
    """
    kind, player, street, parent, terminal = [], [], [], [], []
    edges_of_node: list[list[tuple[int, int]]] = []
    stake, folded = [], []
    pending: list[tuple[BettingState, int, int]] = [(start or BettingState.start(rules), -1, 0)]
    while pending:
        state, above, action = pending.pop()
        node = len(kind)
        if node >= most_nodes:
            raise ConfigError(
                f"game: its betting tree has more than {most_nodes} nodes; expected fewer sizes or raises"
            )
        if above >= 0:
            edges_of_node[above].append((action, node))
        parent.append(above)
        street.append(state.street)
        edges_of_node.append([])
        if state.is_over:
            kind.append(KIND_SHOWDOWN if state.is_showdown else KIND_FOLD)
            player.append(-1)
            terminal.append(len(stake))
            stake.append(state.contributions)
            folded.append(sum(1 << seat for seat, out in enumerate(state.folded) if out))
            continue
        kind.append(KIND_DECISION)
        player.append(state.player)
        terminal.append(-1)
        actions = menu(state)
        if len(actions) > MAX_ACTIONS:
            raise ConfigError(f"game.bet_sizes: {len(actions)} actions at one decision; expected at most {MAX_ACTIONS}")
        pending.extend((state.apply(choice), node, choice) for choice in reversed(actions))
    counts = np.array([len(edges) for edges in edges_of_node], np.int64)
    flat = [edge for edges in edges_of_node for edge in edges]
    return PublicTree(
        rules=rules,
        kind_of_node=np.array(kind, np.uint8),
        player_of_node=np.array(player, np.int8),
        street_of_node=np.array(street, np.int8),
        parent_of_node=np.array(parent, np.int64),
        terminal_of_node=np.array(terminal, np.int64),
        first_edge_of_node=np.concatenate(([0], np.cumsum(counts))),
        child_of_edge=np.array([child for _, child in flat], np.int64),
        action_of_edge=np.array([action for action, _ in flat], np.int64),
        stake_of_terminal=np.array(stake, np.float64),
        folded_of_terminal=np.array(folded, np.uint8),
    )
