"""How large a game's public tree is, without building it: betting states that play on alike are counted once."""

from dataclasses import dataclass

import numpy as np

from holdem_mpi.errors import ConfigError
from holdem_mpi.game.betting import Menu
from holdem_mpi.game.rules import BettingState, Rules
from holdem_mpi.game.tree import MAX_NODES, PublicTree, kernel_arguments, small_tree
from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_SHOWDOWN
from holdem_mpi.kernels.betting.count_states import (
    COUNTED,
    DECISIONS,
    NUM_COUNTS,
    PAIRS,
    SHOWDOWNS,
    STREET_ENDS,
    TOO_MANY_NODES,
    StateSets,
    count_states,
)

# States to remember at a time, of a street after so many actions: at first, and at most (a gigabyte with six players).
FEWEST_STATES, MOST_STATES = 1 << 15, 1 << 21


@dataclass(frozen=True)
class TreeSize:
    """How large a public tree is.

    nodes: of the tree.
    rows: int64[street, player], decision nodes.
    pairs: int64[street, player], actions of the decision nodes.
    street_ends: int64[street, player], those actions that lead to a later street.
    showdowns: int64[street, player], those that lead to a showdown.
    """

    nodes: int
    rows: np.ndarray
    pairs: np.ndarray
    street_ends: np.ndarray
    showdowns: np.ndarray

    def table_pairs(self, num_buckets: tuple[int, ...]) -> int:
        """Pairs of a whole table with ``num_buckets`` by street, as ``Layout.num_pairs``."""
        return sum(buckets * sum(pairs) for buckets, pairs in zip(num_buckets, self.pairs.tolist()))

    def table_rows(self, num_buckets: tuple[int, ...]) -> int:
        """Rows of that table, as ``Layout.num_rows``."""
        return sum(buckets * sum(rows) for buckets, rows in zip(num_buckets, self.rows.tolist()))


def count_tree(rules: Rules, menu: Menu, start: BettingState | None = None) -> TreeSize | None:
    """Exact size of the tree that ``build_tree(rules, menu, start)`` makes; None where MOST_STATES different states
    at a time do not do and it may yet be small enough to be built.

    menu: one with numbers. ConfigError where the tree cannot be counted, and has more than MAX_NODES nodes.
    """
    start = start or BettingState.start(rules)
    small = small_tree(rules, menu, start)
    if small is not None:
        return size_of(small)
    room, nodes = FEWEST_STATES, 0
    while room <= MOST_STATES:
        counts = np.zeros((NUM_COUNTS, rules.num_streets * rules.num_players), np.int64)
        outcome = _count(rules, menu, start, room, counts, MAX_NODES if room == MOST_STATES else 0)
        nodes = 1 + int(counts[1].sum())
        if outcome == COUNTED:
            return TreeSize(nodes, *counts.reshape(NUM_COUNTS, rules.num_streets, rules.num_players))
        if outcome == TOO_MANY_NODES:
            break
        room *= 8
    if nodes > MAX_NODES:
        raise ConfigError(
            f"game: its betting tree has more than {nodes} nodes; expected at most {MAX_NODES} (fewer bet sizes or "
            "raises)"
        )
    return None


def size_of(tree: PublicTree) -> TreeSize:
    """The size of a tree that was built."""
    decision, above = tree.kind_of_node == KIND_DECISION, tree.parent_of_node[1:]
    place = tree.street_of_node.astype(np.int64) * tree.num_players + tree.player_of_node
    later = decision[1:] & (tree.street_of_node[1:] > tree.street_of_node[above])
    shows = tree.kind_of_node[1:] == KIND_SHOWDOWN
    counts = np.zeros((NUM_COUNTS, tree.num_streets * tree.num_players), np.int64)
    np.add.at(counts[DECISIONS], place[decision], 1)
    np.add.at(counts[PAIRS], place[decision], tree.num_actions()[decision])
    np.add.at(counts[STREET_ENDS], place[above[later]], 1)
    np.add.at(counts[SHOWDOWNS], place[above[shows]], 1)
    return TreeSize(tree.num_nodes, *counts.reshape(NUM_COUNTS, tree.num_streets, tree.num_players))


def _count(rules: Rules, menu: Menu, start: BettingState, room: int, counts: np.ndarray, enough: int) -> int:
    """What ``count_states`` says of the whole tree, with ``room`` for so many states at a time."""
    numbers, menu_arrays, actions = kernel_arguments(rules, menu.numbers)
    row = menu.numbers.row(start)
    sets = StateSets(
        rows=np.empty((3, room, len(row)), np.int64),
        times=np.empty((3, room), np.int64),
        slots=np.full((3, 2 * room), -1, np.int32),
        slot=np.empty((3, room), np.int32),
        size=np.array([1, 0, 0]),
    )
    # Its slot is emptied later on; any will do.
    sets.rows[0, 0], sets.times[0, 0], sets.slot[0, 0] = row, 1, 0
    return count_states(numbers, menu_arrays, actions, sets, counts, enough)
