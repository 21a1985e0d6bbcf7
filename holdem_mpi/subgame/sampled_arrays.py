"""The arrays of a sampled subgame: its tree cut into rounds of betting, its hands, its scratch."""

import itertools
import weakref
from typing import Any

import numpy as np

from holdem_mpi.cards import CARDS_OF_HAND, NUM_HANDS
from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_FOLD
from holdem_mpi.kernels.cards.showdown import showdown_workspace
from holdem_mpi.kernels.cards.sweep import ranked_hands
from holdem_mpi.kernels.simd import WIDTH as BLOCK
from holdem_mpi.kernels.subgame.sampled_types import (
    ROUND_DECISION,
    ROUND_ENTRY,
    ROUND_FOLD,
    ROUND_SHOWDOWN,
    WIDTH,
    BoardStream,
    SampledGame,
    SampledSums,
    SampledWorkspace,
)
from holdem_mpi.kernels.subgame.subgame_types import NUM_WEIGHTS


class _SampledRounds:
    """The tree's rounds, depth first, and the local nodes of each. nodes: the tree's node of each local."""

    def __init__(self, tree: PublicTree) -> None:
        self.first = [0]
        self.nodes: list[int] = []
        self.kind: list[int] = []
        self.target: list[int] = []
        self.children: list[list[int]] = []
        pending = [0]
        while pending:
            entries: list[int] = []
            self._add_round(tree, pending.pop(), entries)
            self.first.append(len(self.nodes))
            pending += reversed(entries)
        # Rounds come in the order in which their entries were met, depth first.
        round_of_node = {self.nodes[first]: number for number, first in enumerate(self.first[:-1])}
        for local, kind in enumerate(self.kind):
            self.target[local] = round_of_node[self.nodes[local]] if kind == ROUND_ENTRY else -1

    def _add_round(self, tree: PublicTree, root: int, entries: list[int]) -> None:
        street, stack = tree.street_of_node[root], [(root, -1)]
        while stack:
            node, above = stack.pop()
            local = len(self.nodes)
            if above >= 0:
                self.children[above].append(local)
            self.nodes.append(node)
            self.children.append([])
            self.target.append(-1)
            end = _end_of_checks(tree, node) if tree.street_of_node[node] != street else node
            if tree.kind_of_node[end] != KIND_DECISION:
                self.nodes[local] = end
                self.kind.append(ROUND_FOLD if tree.kind_of_node[end] == KIND_FOLD else ROUND_SHOWDOWN)
            elif tree.street_of_node[node] != street:
                self.kind.append(ROUND_ENTRY)
                entries.append(node)
            else:
                self.kind.append(ROUND_DECISION)
                stack += [(int(child), local) for child in tree.children(node)[::-1]]


def _end_of_checks(tree: PublicTree, node: int) -> int:
    """The end of the hand that ``node`` leads to without a choice, else ``node``."""
    end = node
    while tree.kind_of_node[end] == KIND_DECISION:
        if len(tree.actions(end)) > 1:
            return node
        end = int(tree.children(end)[0])
    return end


def build_sampled(
    tree: PublicTree,
    board: list[int],
    hands_of_player: list[np.ndarray],
    num_buckets: tuple[int, ...],
    valued: int = 0,
) -> tuple[SampledGame, np.ndarray, int]:
    """(arrays, the tree's node of each local one, entries of regrets). num_buckets: of the card abstraction, by street
    of the game. valued: the decision of the root's street whose actions are valued.
    """
    nodes, parts = _betting_of(tree)
    kind, player, first, street = parts["kind"], parts["player"], parts["first_local"], parts["street"]
    streets, most = tree.num_streets, max(hands.size for hands in hands_of_player)
    buckets = np.repeat(np.array(num_buckets, np.int64)[:, None], 2, axis=1)
    buckets[street[0]] = [hands.size for hands in hands_of_player]
    round_of_local = np.repeat(np.arange(street.size), np.diff(first))
    counts = np.diff(parts["first_edge"]).astype(np.int64)
    width = np.where(kind == ROUND_DECISION, counts * buckets[street[round_of_local], np.maximum(player, 0)], 0)
    game = SampledGame(
        **parts,
        offset=np.cumsum(width) - width,
        buckets=buckets,
        **_hands(hands_of_player, most),
        board=np.array([*board, *[0] * (sum(tree.rules.board_cards) - len(board))], np.int64),
        seen=np.cumsum(tree.rules.board_cards).astype(np.int64),
        known=np.array([len(board)], np.int64),
        order=np.zeros((1, 2, most), np.int32),
        strength=np.zeros((1, 2, most), np.int32),
        live=np.zeros((1, 2), np.int32),
        valued=np.flatnonzero(nodes[: first[1]] == valued),
        bucket=np.broadcast_to(np.arange(most, dtype=np.int32), (streets, 2, most)).copy(),
    )
    return game, nodes, int(width.sum())


# Of trees that somebody keeps: a search comes to the same betting again and again, with other cards.
_bettings: weakref.WeakKeyDictionary[PublicTree, tuple[np.ndarray, dict[str, Any]]] = weakref.WeakKeyDictionary()


def _betting_of(tree: PublicTree) -> tuple[np.ndarray, dict[str, Any]]:
    """(the tree's node of each local one, those arrays of ``SampledGame`` that are the same whatever the cards)."""
    if tree not in _bettings:
        _bettings[tree] = _new_betting(tree)
    return _bettings[tree]


def _new_betting(tree: PublicTree) -> tuple[np.ndarray, dict[str, Any]]:
    rounds = _SampledRounds(tree)
    nodes, kind = np.array(rounds.nodes), np.array(rounds.kind, np.uint8)
    first = np.array(rounds.first, np.int32)
    player = np.where(kind == ROUND_DECISION, tree.player_of_node[nodes], -1).astype(np.int8)
    counts = [len(children) for children in rounds.children]
    first_edge = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    row = _rows(rounds, player)
    column, column_local, num_columns = _columns(kind, first, row)
    return nodes, {
        "first_local": first,
        "first_edge_of_round": first_edge[first],
        "street": tree.street_of_node[nodes[first[:-1]]].astype(np.int8),
        "kind": kind,
        "player": player,
        "first_edge": first_edge,
        "child": np.array([child for children in rounds.children for child in children], np.int32),
        "row": row,
        "column": column,
        "column_local": column_local,
        "num_columns": num_columns,
        "stake": _stakes(tree, nodes, kind),
        "target": np.array(rounds.target, np.int32),
    }


def _hands(hands_of_player: list[np.ndarray], most: int) -> dict[str, np.ndarray]:
    hand, card = np.zeros((2, most), np.int32), np.zeros((2, most, 2), np.int32)
    twin, index = np.full((2, most), -1, np.int32), np.full((2, NUM_HANDS), -1, np.int32)
    for seat, hands in enumerate(hands_of_player):
        hand[seat, : hands.size], index[seat, hands] = hands, np.arange(hands.size)
        card[seat, : hands.size] = CARDS_OF_HAND[hands]
    for seat, hands in enumerate(hands_of_player):
        twin[seat, : hands.size] = index[1 - seat, hands]
    count = np.array([hands.size for hands in hands_of_player], np.int64)
    return {"count": count, "hand": hand, "card": card, "twin": twin, "index": index}


def _rows(rounds: _SampledRounds, player: np.ndarray) -> np.ndarray:
    """int32[player, local], see ``SampledGame``."""
    row = np.zeros((2, len(rounds.nodes)), np.int32)
    for start in rounds.first[:-1]:
        row[:, start] = start
    for local, children in enumerate(rounds.children):
        for child in children:
            row[:, child] = row[:, local]
            row[player[local], child] = child
    return row


def _columns(kind: np.ndarray, first: np.ndarray, row: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(column, column_local, num_columns), see ``SampledGame``."""
    ends = (kind == ROUND_FOLD) | (kind == ROUND_SHOWDOWN)
    column = np.full((2, kind.size), -1, np.int32)
    rows_of: list[list[list[int]]] = [[], []]
    for player in range(2):
        for start, end in itertools.pairwise(first.tolist()):
            numbers: dict[int, int] = {}
            for local in start + np.flatnonzero(ends[start:end]):
                column[player, local] = numbers.setdefault(int(row[1 - player, local]), len(numbers))
            rows_of[player].append(list(numbers))
    num_columns = np.array([[len(rows) for rows in of_player] for of_player in rows_of], np.int32)
    column_local = np.zeros((2, first.size - 1, max(1, int(num_columns.max()))), np.int32)
    for player in range(2):
        for at, rows in enumerate(rows_of[player]):
            column_local[player, at, : len(rows)] = rows
    return column, column_local, num_columns


def _stakes(tree: PublicTree, nodes: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """float32[player, local], see ``SampledGame``."""
    stake = np.zeros((2, nodes.size), np.float32)
    for local in np.flatnonzero((kind == ROUND_FOLD) | (kind == ROUND_SHOWDOWN)):
        terminal = tree.terminal_of_node[nodes[local]]
        stake[:, local] = tree.stake_of_terminal[terminal].min()
        if kind[local] == ROUND_FOLD:
            stake[int(tree.folded_of_terminal[terminal] >> 1 & 1), local] *= -1
    return stake


def sampled_sums(game: SampledGame, entries: int) -> SampledSums:
    """SampledSums of ``game``, all zero."""
    valued = int(game.valued[0])
    hands = int(game.count[game.player[valued]])
    actions = int(game.first_edge[valued + 1] - game.first_edge[valued])
    own_entries = int(game.offset[game.first_local[1]]) if game.street.size > 1 else entries
    return SampledSums(
        np.zeros(entries, np.float32), np.zeros(own_entries, np.float32), np.zeros((actions, hands)), np.zeros(hands)
    )


def sampled_workspace(game: SampledGame) -> SampledWorkspace:
    """SampledWorkspace for sweeps over ``game``."""
    hands, rounds = game.hand.shape[1], game.street.size
    met = [int(street) for street in set(game.street.tolist())]
    buckets = int(game.buckets[met].max())
    locals_, edges = int(np.diff(game.first_local).max()), int(np.diff(game.first_edge_of_round).max())

    def zeros(*shape: int) -> np.ndarray:
        return np.zeros(shape, np.float32)

    return SampledWorkspace(
        reach=zeros(rounds, hands),
        value=zeros(rounds, hands),
        sigma=zeros(edges, buckets),
        x=zeros(locals_, buckets),
        y=zeros(locals_, buckets),
        worth=zeros(locals_, buckets),
        x_column=zeros(buckets, WIDTH),
        y_fold=zeros(buckets, WIDTH),
        y_show=zeros(buckets, WIDTH),
        of_fold=zeros(buckets, WIDTH),
        of_show=zeros(buckets, WIDTH),
        one=np.ones(hands, np.float32),
        weight=zeros(NUM_WEIGHTS),
        part=zeros(WIDTH),
        side_by_side=zeros(hands, BLOCK),
        by_card=np.zeros((53, BLOCK)),
        gain=zeros(hands, BLOCK),
        every=zeros(hands, BLOCK),
    )


def board_stream(board: list[int], name: tuple[int, int, int]) -> BoardStream:
    """The stream (seed, decision, rank) of public cards after ``board``."""
    left = np.array([card for card in range(52) if card not in board], np.int64)
    return BoardStream(
        name=np.array(name, np.uint64).view(np.int64),  # a seed has all 64 bits
        state=np.zeros(10, np.uint64),
        cards=np.tile(np.concatenate([left, np.zeros(52 - left.size, np.int64)]), (2, 1)),
        taken=np.zeros(2, np.int64),
        ranked=ranked_hands(),
        workspace=showdown_workspace(),
        bucket_of_hand=np.zeros(NUM_HANDS, np.int64),
    )
