"""A policy that sees cards, and which parts of its tree it ever takes part in."""

from dataclasses import dataclass

import numpy as np

from holdem_mpi.cards import NUM_HANDS
from holdem_mpi.config.game_config import GameConfig
from holdem_mpi.game.layout import Layout
from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_FOLD
from holdem_mpi.kernels.cards.deal import DealTables

FULL_DECK = tuple(range(52))


@dataclass(frozen=True)
class PolicyOnCards:
    """A policy with what it needs to see cards.

    probability: float[num_pairs] in the layout's order.
    class_of_hand: int[1326], buckets before the flop.
    bucket_tables: by street, preflop first (not used): unsigned[board_iso, 1326] of the canonical boards, or without
        rows where all hands are bucket 0.
    deck: the cards of the game, whole ranks times whole suits.
    """

    layout: Layout
    probability: np.ndarray
    class_of_hand: np.ndarray
    bucket_tables: tuple[np.ndarray, ...]
    deck: tuple[int, ...] = FULL_DECK


def used_edges(policy: PolicyOnCards) -> np.ndarray:
    """bool[edge]: whether any bucket takes the action with a probability above zero."""
    layout, tree = policy.layout, policy.layout.tree
    used = np.zeros(tree.child_of_edge.size, np.bool_)
    for street in range(tree.num_streets):
        for player in range(tree.num_players):
            width, buckets = int(layout.width[street, player]), layout.num_buckets[street]
            first = int(layout.base_pair[street, player])
            rows = policy.probability[first : first + width * buckets].reshape(buckets, width)
            found = np.zeros(width, np.bool_)
            for start in range(0, buckets, 1024):
                found |= (rows[start : start + 1024] > 0).any(axis=0)
                if found.all():
                    break
            mine = (tree.kind_of_node == KIND_DECISION) & (tree.street_of_node == street)
            for node in np.flatnonzero(mine & (tree.player_of_node == player)):
                pair, edge = layout.pair_of_node[node], tree.first_edge_of_node[node]
                actions = tree.first_edge_of_node[node + 1] - edge
                used[edge : edge + actions] = found[pair : pair + actions]
    return used


def flop_entries(policy: PolicyOnCards) -> list[int]:
    """Nodes that the betting before the flop leads to where more cards come: the columns of the flop, in tree order."""
    tree = policy.layout.tree
    return [
        node
        for node in range(1, tree.num_nodes)
        if _enters(tree, node, 1) and tree.street_of_node[tree.parent_of_node[node]] == 0
    ]


def _enters(tree: PublicTree, node: int, street: int) -> bool:
    """Whether ``node`` is met with ``street`` dealt, its parent before it: a decision there, or all-in."""
    if tree.kind_of_node[node] == KIND_FOLD:
        return False
    return tree.kind_of_node[node] != KIND_DECISION or tree.street_of_node[node] >= street


def reached_nodes(tree: PublicTree, used: np.ndarray, player: int) -> np.ndarray:
    """bool[node]: whether ``player``, with some buckets, takes every action of his on the way to the node."""
    alive = np.ones(tree.num_nodes, np.bool_)
    for node in range(tree.num_nodes):
        for edge in range(tree.first_edge_of_node[node], tree.first_edge_of_node[node + 1]):
            alive[tree.child_of_edge[edge]] = alive[node] and (tree.player_of_node[node] != player or used[edge])
    return alive


def policy_on_cards(game: GameConfig, layout: Layout, probability: np.ndarray, tables: DealTables) -> PolicyOnCards:
    """A policy (float[num_pairs]) of a hold'em game with the buckets that ``tables`` deal by."""
    by_cards = {3: tables.bucket_of_3, 4: tables.bucket_of_4, 5: tables.bucket_of_5}
    seen = np.cumsum(game.board_cards)[1:].tolist()
    bucket_tables = (np.zeros((0, NUM_HANDS), np.uint8), *(by_cards[cards].reshape(-1, NUM_HANDS) for cards in seen))
    return PolicyOnCards(layout, probability, tables.class_of_hand.astype(np.int64), bucket_tables)
