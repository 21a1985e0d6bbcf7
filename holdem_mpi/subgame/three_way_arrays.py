"""The arrays of a river spot between three players: its tree in pieces, its hands by strength, what its ends pay."""

import numpy as np

from holdem_mpi.game.rules import pots
from holdem_mpi.game.tree import PublicTree
from holdem_mpi.game.tree_size import TreeSize
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.kernels.subgame.three_way_types import (
    AFTER,
    BOTH,
    E_AFTER,
    E_NEXT,
    E_WANTED,
    EVERY,
    NEXT,
    NUM_FOUND,
    ThreeWayGame,
)
from holdem_mpi.subgame.subgame_deck import SubgameDeck, holdem_deck
from holdem_mpi.subgame.tree_parts import subtree_ends

PLAYERS = 3
# The tree is cut into subtrees of at most this share of its work, so that many ranks can have about the same.
_PIECE = 1 / 64
# What an end takes by the bits of what is wanted of it, about: all pairs, then two sums in one walk or one in each.
_FIND = np.array(
    [4 + 4 * (bits > 1) + 4 * (bits >> BOTH & 1) + 2 * (bits >> NEXT & 1) + 2 * (bits >> AFTER) for bits in range(16)]
)


def bytes_of_three(size: TreeSize, board: list[int], ranges: np.ndarray) -> int:
    """Bytes that a solver takes, as far as they grow with tree and ranges; float[player, hand of hold'em]."""
    hands = ((ranges > 0) & ~holdem_deck().blocked(board)).sum(axis=1)
    entries = int((size.pairs @ hands).sum())
    return 16 * entries + 16 * size.nodes * int(hands.max()) + 200 * size.nodes


def build_three_way(
    tree: PublicTree, board: list[int], hands_of_player: list[np.ndarray], deck: SubgameDeck
) -> ThreeWayGame:
    """All that is fixed: see ``ThreeWayGame``. hands_of_player: int64[hand] by player, none on the board."""
    decision = tree.kind_of_node == KIND_DECISION
    count = np.array([hands.size for hands in hands_of_player], np.int32)
    sizes = np.where(decision, tree.num_actions() * count[np.where(decision, tree.player_of_node, 0)], 0)
    row, pay = _rows(tree), _pay(tree)
    top, start, end = _pieces(tree)
    card, twin, order, strength = _hands(board, hands_of_player, deck)
    ends = _ends(tree, row, pay, start, end)
    return ThreeWayGame(
        kind=tree.kind_of_node,
        player=tree.player_of_node,
        first_edge=tree.first_edge_of_node.astype(np.int32),
        child=tree.child_of_edge.astype(np.int32),
        offset=np.cumsum(sizes) - sizes,
        row=row,
        top=top,
        piece_start=start,
        piece_end=end,
        count=count,
        card=card,
        twin=twin,
        order=order,
        strength=strength,
        pay=pay,
        ends=ends[0],
        end_node=ends[1],
        end_start=ends[2],
        piece_ends=ends[3],
    )


def _rows(tree: PublicTree) -> np.ndarray:
    """int32[player, node]: a player's reach changes below his own decisions alone."""
    row = np.zeros((PLAYERS, tree.num_nodes), np.int32)
    row[:, 0] = tree.num_nodes + np.arange(PLAYERS)
    for node in range(1, tree.num_nodes):
        above = tree.parent_of_node[node]
        row[:, node] = row[:, above]
        row[tree.player_of_node[above], node] = node
    return row


def _pay(tree: PublicTree) -> np.ndarray:
    """float64[player, node, NUM_FOUND]: what was put in is lost, each pot is won by a share of those who can win it."""
    pay = np.zeros((PLAYERS, tree.num_nodes, NUM_FOUND))
    for node in np.flatnonzero(tree.kind_of_node != KIND_DECISION):
        terminal = int(tree.terminal_of_node[node])
        stake = tree.stake_of_terminal[terminal]
        folded = [bool(int(tree.folded_of_terminal[terminal]) >> seat & 1) for seat in range(PLAYERS)]
        matched = np.sort(stake)[-2]
        pay[:, node, EVERY] = -np.minimum(stake, matched)
        for amount, eligible in pots(stake.tolist(), folded):
            for seat in eligible:
                others = [(other - seat) % PLAYERS for other in eligible if other != seat]
                kind = EVERY if not others else BOTH if len(others) == 2 else NEXT if others == [1] else AFTER
                pay[seat, node, kind] += amount
    return pay


def _work(tree: PublicTree) -> np.ndarray:
    """int64[node], work below each node, about: what a player's end takes, by how many are left to compare."""
    work = np.ones(tree.num_nodes, np.int64)
    for node in range(tree.num_nodes - 1, -1, -1):
        if tree.kind_of_node[node] != KIND_DECISION:
            folded = int(tree.folded_of_terminal[tree.terminal_of_node[node]]).bit_count()
            work[node] = 4 + 4 * (PLAYERS - 1 - folded)
        if node:
            work[tree.parent_of_node[node]] += work[node]
    return work


def _pieces(tree: PublicTree) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(top, piece_start, piece_end): see ``ThreeWayGame``. The same whatever the number of ranks."""
    work, end = _work(tree), subtree_ends(tree)
    top, start, pending = [], [], [0]
    while pending:
        node = pending.pop()
        if tree.kind_of_node[node] != KIND_DECISION or (node and work[node] <= _PIECE * work[0]):
            start.append(node)
        else:
            top.append(node)
            pending.extend(tree.children(node)[::-1].tolist())
    return np.array(top, np.int32), np.array(start, np.int32), end[start].astype(np.int32)


def share_pieces(game: ThreeWayGame, ranks: int) -> list[np.ndarray]:
    """int64[n] for each rank, its pieces: the largest first, each to whom has least so far."""
    work = [0] * ranks
    mine: list[list[int]] = [[] for _ in range(ranks)]
    each = _FIND[game.ends[:, :, E_WANTED]]
    until = np.concatenate((np.zeros((PLAYERS, 1), np.int64), np.cumsum(each, axis=1)), axis=1)
    size = np.diff(np.take_along_axis(until, game.piece_ends, axis=1), axis=1).sum(axis=0)
    for piece in np.argsort(-size, kind="stable").tolist():
        rank = work.index(min(work))
        work[rank] += int(size[piece])
        mine[rank].append(piece)
    return [np.array(sorted(pieces), np.int64) for pieces in mine]


def _hands(
    board: list[int], hands_of_player: list[np.ndarray], deck: SubgameDeck
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(card, twin, order, strength): see ``ThreeWayGame``."""
    most, group = max(hands.size for hands in hands_of_player), deck.groups(board)
    card = np.zeros((PLAYERS, most, 2), np.int64)
    twin, order, strength = (np.full((PLAYERS, most), -1, np.int32) for _ in range(3))
    for player, hands in enumerate(hands_of_player):
        place_of_hand = np.full(len(deck.card), -1, np.int32)
        following = hands_of_player[(player + 1) % PLAYERS]
        place_of_hand[following] = np.arange(following.size)
        card[player, : hands.size], twin[player, : hands.size] = deck.card[hands], place_of_hand[hands]
        places = np.argsort(group[hands], kind="stable")
        order[player, : hands.size], strength[player, : hands.size] = places, group[hands][places]
    return card, twin, order, strength


def _ends(
    tree: PublicTree, row: np.ndarray, pay: np.ndarray, start: np.ndarray, end: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(ends, end_node, end_start, piece_ends): see ``ThreeWayGame``. Nodes of a piece with the same reach of both
    others are one end.
    """
    terminals = int((tree.kind_of_node != KIND_DECISION).sum())
    ends, end_start = np.zeros((PLAYERS, terminals, 3), np.int64), np.zeros((PLAYERS, terminals + 1), np.int64)
    end_node, piece_ends = np.zeros((PLAYERS, terminals), np.int64), np.zeros((PLAYERS, start.size + 1), np.int64)
    for player in range(PLAYERS):
        others, number, placed = [(player + 1) % PLAYERS, (player + 2) % PLAYERS], 0, 0
        for piece, (first, after) in enumerate(zip(start, end)):
            nodes: dict[tuple[int, int], list[int]] = {}
            for node in range(first, after):
                if tree.kind_of_node[node] != KIND_DECISION:
                    nodes.setdefault((int(row[others[0], node]), int(row[others[1], node])), []).append(node)
            for rows, of_end in nodes.items():
                wanted = (pay[player, of_end] != 0).any(axis=0) @ (1 << np.arange(NUM_FOUND))
                ends[player, number, [E_NEXT, E_AFTER, E_WANTED]] = *rows, wanted
                end_node[player, placed : placed + len(of_end)] = of_end
                number, placed = number + 1, placed + len(of_end)
                end_start[player, number] = placed
            piece_ends[player, piece + 1] = number
    return ends, end_node, end_start, piece_ends
