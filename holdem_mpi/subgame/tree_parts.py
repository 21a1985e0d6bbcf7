"""A subgame's tree in parts: where cards are dealt, where sums lie, which reach comes to an end of the hand."""

from typing import Any

import numpy as np

from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_FOLD, KIND_SHOWDOWN
from holdem_mpi.kernels.simd import WIDTH as BLOCK
from holdem_mpi.kernels.subgame.subgame_types import (
    E_FOLD,
    E_SHOWDOWN,
    LAST,
    MIDDLE,
    N_BOTH,
    N_ENDS,
    N_FOLDS,
    UPPER,
    VECTOR,
)


def deals_of(tree: PublicTree) -> int:
    """Cards to come, one before each street after the tree's first."""
    return tree.num_streets - 1 - int(tree.street_of_node[0])


def parts_of(tree: PublicTree) -> tuple[list[np.ndarray], np.ndarray]:
    """(int32[entry] for each deal, uint8[node]): where streets begin, see ``Subgame``, and each node's part. Where no
    card is to come, the root is where the last street begins.
    """
    part = np.full(tree.num_nodes, UPPER, np.uint8)
    first, deals = int(tree.street_of_node[0]), deals_of(tree)
    if not deals:
        part[:] = LAST
        return [np.zeros(1, np.int32)], part
    above = np.where(tree.parent_of_node < 0, 0, tree.parent_of_node)
    show, fold = tree.kind_of_node == KIND_SHOWDOWN, tree.kind_of_node == KIND_FOLD
    end, entries = subtree_ends(tree), []
    for deal in range(1, deals + 1):
        deep = tree.street_of_node >= first + deal
        # A fold keeps the street of the decision before it.
        starts = np.flatnonzero((deep | show) & ~deep[above] & ~fold)
        for entry in starts:
            part[entry : end[entry]] = LAST if deal == deals else MIDDLE
        entries.append(starts.astype(np.int32))
    return entries, part


def counts_of(hands_of_player: list[np.ndarray]) -> np.ndarray:
    """int32[player], hands as kernels count them, see ``Subgame``."""
    return np.array([-(-hands.size // VECTOR) * VECTOR for hands in hands_of_player], np.int32)


def offsets_of(
    tree: PublicTree, count: np.ndarray, decision: np.ndarray, part: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(int64[node], int64[part]): where each decision's sums lie in its block, and the sizes of the blocks. count: see
    ``Subgame``.
    """
    size = np.where(decision, tree.num_actions() * count[np.where(decision, tree.player_of_node, 0)], 0)
    offset, block = np.zeros(tree.num_nodes, np.int64), np.zeros(3, np.int64)
    for number in (UPPER, LAST, MIDDLE):
        sizes = np.where(part == number, size, 0)
        offset[part == number] = (np.cumsum(sizes) - sizes)[part == number]
        block[number] = sizes.sum()
    return offset, block


def reach_rows_of(tree: PublicTree, entries: list[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """(int32[player, node], int32[player, entry] for each deal): see ``Subgame``."""
    row = np.zeros((2, tree.num_nodes), np.int32)
    sources = [np.zeros((2, of_deal.size), np.int32) for of_deal in entries]
    firsts = [tree.num_nodes, tree.num_nodes + entries[0].size]
    deals_of_node: dict[int, list[tuple[int, int]]] = {}
    for deal, of_deal in enumerate(entries):
        for number, entry in enumerate(of_deal):
            deals_of_node.setdefault(int(entry), []).append((deal, number))
    for player in range(2):
        for node in range(tree.num_nodes):
            above = tree.parent_of_node[node]
            if above >= 0:
                moved = tree.player_of_node[above] != player
                row[player, node] = node if moved else row[player, above]
            for deal, number in deals_of_node.get(node, ()):
                sources[deal][player, number] = row[player, node]
                row[player, node] = firsts[deal] + number
    return row, sources


def families_of(tree: PublicTree, reach_row: np.ndarray) -> dict[str, np.ndarray]:
    """first_row, row and sent: see ``Subgame``."""
    first = tree.first_edge_of_node + np.arange(tree.num_nodes + 1)
    row = np.zeros(first[-1], np.int32)
    row[first[:-1]] = np.arange(tree.num_nodes)
    others = np.ones(row.size, bool)
    others[first[:-1]] = False
    row[others] = tree.child_of_edge
    sent = np.stack([row, row])
    sent[:, first[:-1]] = reach_row
    return {"first_row": first.astype(np.int32), "row": row, "sent": sent}


def ends_of(
    tree: PublicTree, part: np.ndarray, reach_row: np.ndarray, stake: np.ndarray, rake: np.ndarray
) -> dict[str, np.ndarray]:
    """end_row, ends, end_stake and num_ends: see ``Subgame``. A row comes to one decision at most, so to one fold and
    one showdown. stake: float64[node], chips that a player wins or loses; rake: see ``Subgame``.
    """
    most = -(-tree.num_nodes // BLOCK) * BLOCK
    row, num_ends = np.zeros((3, 2, most), np.int64), np.zeros((3, 2, 3), np.int32)
    ends, stakes = np.full((3, 2, 2, most), tree.num_nodes, np.int64), np.zeros((3, 2, 2, most), np.float32)
    for player in range(2):
        found: dict[tuple[int, int], list[int]] = {}
        for node in np.flatnonzero(tree.kind_of_node != KIND_DECISION).tolist():
            of_row = found.setdefault((int(part[node]), int(reach_row[player, node])), [-1, -1])
            of_row[E_FOLD if tree.kind_of_node[node] == KIND_FOLD else E_SHOWDOWN] = node
        for of_part in (UPPER, LAST, MIDDLE):
            rows = [(at, *of_row) for (where, at), of_row in found.items() if where == of_part]
            rows.sort(key=lambda of_row: (of_row[1 + E_SHOWDOWN] < 0, of_row[1 + E_FOLD] >= 0))
            num_ends[of_part, player, N_ENDS] = len(rows)
            num_ends[of_part, player, N_BOTH] = sum(of_row[1 + E_FOLD] < 0 for of_row in rows)
            num_ends[of_part, player, N_FOLDS] = sum(of_row[1 + E_SHOWDOWN] >= 0 for of_row in rows)
            for place, (at, *nodes) in enumerate(rows):
                row[of_part, player, place] = at
                for kind, node in enumerate(nodes):
                    if node >= 0:
                        ends[of_part, player, kind, place] = node
                        stakes[of_part, player, kind, place] = _stake(tree, node, player, stake, rake)
    return {"end_row": row, "ends": ends, "end_stake": stakes, "num_ends": num_ends}


def _stake(tree: PublicTree, node: int, player: int, stake: np.ndarray, rake: np.ndarray) -> float:
    """Chips that a hand wins with each hand that it meets at a fold, or beats at a showdown (rake is apart there)."""
    if tree.kind_of_node[node] != KIND_FOLD:
        return float(stake[node])
    folded = int(tree.folded_of_terminal[tree.terminal_of_node[node]] >> 1) & 1
    if folded == player:
        return -float(stake[node])
    return float(stake[node]) - (float(rake[node]) if rake.size else 0.0)


def subtree_ends(tree: PublicTree) -> np.ndarray:
    """int32[node], the first node after each subtree."""
    end = np.arange(1, tree.num_nodes + 1, dtype=np.int32)
    for node in range(tree.num_nodes - 1, 0, -1):
        above = tree.parent_of_node[node]
        end[above] = max(end[above], end[node])
    return end


def ranges_at(solver: Any, node: int) -> np.ndarray:
    """float[player, hand], a solver's ranges as its average strategies narrow them on the way to ``node``."""
    ranges = solver.ranges.copy()
    for above, action in solver.tree.line_to(node):
        player = int(solver.tree.player_of_node[above])
        ranges[player, : solver.hands[player].size] *= solver.strategy(above)[:, action]
    return ranges
