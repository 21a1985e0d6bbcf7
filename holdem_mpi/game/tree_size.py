"""How large a game's public tree is, without building it: betting states that play on alike are counted once."""

from dataclasses import dataclass

import numpy as np

from holdem_mpi.game.betting import Menu
from holdem_mpi.game.rules import BettingState, Rules

# States to remember; a game with more of them is not counted, but built or refused by its number of nodes.
MAX_STATES = 1 << 17


@dataclass(frozen=True)
class TreeSize:
    """How large a public tree is.

    nodes: of the tree.
    rows: object[street, player] of Python ints, decision nodes.
    pairs: object[street, player] of Python ints, actions of the decision nodes.
    """

    nodes: int
    rows: np.ndarray
    pairs: np.ndarray

    def table_pairs(self, num_buckets: tuple[int, ...]) -> int:
        """Pairs of a whole table with ``num_buckets`` by street, as ``Layout.num_pairs``."""
        return int(sum(buckets * sum(pairs) for buckets, pairs in zip(num_buckets, self.pairs.tolist())))

    def table_rows(self, num_buckets: tuple[int, ...]) -> int:
        """Rows of that table, as ``Layout.num_rows``."""
        return int(sum(buckets * sum(rows) for buckets, rows in zip(num_buckets, self.rows.tolist())))


def _key(state: BettingState) -> tuple:
    """All that decides how ``state`` goes on: everything but its history."""
    raises = state.num_raises, state.largest_raise
    return state.street, state.player, state.contributions, state.folded, raises, state.acted, state.to_act


def count_tree(rules: Rules, menu: Menu) -> TreeSize | None:
    """Size of the tree that ``build_tree(rules, menu)`` makes; None where MAX_STATES different states do not do.

    Numbers are exact, however large.
    """
    # By key: nodes, then rows and pairs of each (street, player), of the subtree.
    known: dict[tuple, np.ndarray] = {}
    places = rules.num_streets * rules.num_players
    ended = np.zeros(1 + 2 * places, object)
    ended[0] = 1
    start = BettingState.start(rules)
    # Depth first, on a stack of our own: hands are longer than Python's recursion is deep.
    pending: list[tuple[BettingState, list[BettingState] | None]] = [(start, None)]
    while pending:
        state, children = pending.pop()
        key = _key(state)
        if key in known:
            continue
        if len(known) >= MAX_STATES:
            return None
        if state.is_over:
            known[key] = ended
        elif children is None:
            children = [state.apply(action) for action in menu(state)]
            pending.append((state, children))
            pending.extend((child, None) for child in children)
        else:
            count = sum((known[_key(child)] for child in children), start=np.zeros_like(ended))
            place = state.street * rules.num_players + state.player
            count[[0, 1 + place]] += 1
            count[1 + places + place] += len(children)
            known[key] = count
    count = known[_key(start)]
    rows, pairs = count[1:].reshape(2, rules.num_streets, rules.num_players)
    return TreeSize(int(count[0]), rows, pairs)
