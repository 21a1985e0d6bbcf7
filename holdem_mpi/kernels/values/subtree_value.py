"""What the rest of the last street is worth when two ranges meet on a complete board and both follow known policies."""

from typing import NamedTuple

import numpy as np
from numba import njit

from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_FOLD
from holdem_mpi.kernels.cards.hands import NO_CARD
from holdem_mpi.kernels.values.range_values import pair_weight, showdown_won

MAX_DEPTH = 64


class LastStreet(NamedTuple):
    """A public tree and its layout, as far as the last street needs them.

    kind, player: uint8 and int8[node]; parent, first_edge, child, terminal, first_pair: int64, of nodes and edges as in
    PublicTree and Layout; stake: float64[terminal, player]; folded: uint8[terminal]; base, width: int64[player], first
    pair of bucket 0 on the last street, and pairs of one bucket.
    """

    kind: np.ndarray
    player: np.ndarray
    parent: np.ndarray
    first_edge: np.ndarray
    child: np.ndarray
    terminal: np.ndarray
    first_pair: np.ndarray
    stake: np.ndarray
    folded: np.ndarray
    base: np.ndarray
    width: np.ndarray


@njit(cache=True)
def _act(tree, node, parent, probability, bucket, above, here):
    """Reaches at ``node`` from those at its parent: the owner's are multiplied by the action's probabilities."""
    player = tree.player[parent]
    action = 0
    while tree.child[tree.first_edge[parent] + action] != node:
        action += 1
    base = tree.base[player] + tree.first_pair[parent] + action
    here[:] = above
    for i in range(above.shape[1]):
        if above[player, i] != 0.0:
            here[player, i] *= probability[base + bucket[player, i] * tree.width[player]]


@njit(cache=True)
def subtree_value(tree, probabilities, bucket_of_hand, ranked, reach, root):
    """Player 0's expected chips below decision node ``root`` of the last street.

    probabilities: (float[pairs] of player 0's policy, of player 1's); bucket_of_hand: int64[2, hand], of each player's
    abstraction; ranked: RankedHands of the board; reach: float64[2, hand] at ``root``. About 8 us a terminal node.
    """
    live = ranked.count[0]
    bucket = np.empty((2, live), np.int64)
    reaches = np.empty((MAX_DEPTH, 2, live))
    for i in range(live):
        for side in range(2):
            bucket[side, i] = bucket_of_hand[side, ranked.hand[i]]
            reaches[0, side, i] = reach[side, ranked.hand[i]]
    depth_of = np.zeros(MAX_DEPTH, np.int64)
    depth_of[0] = root
    sums = np.zeros((2, NO_CARD + 2))
    total = 0.0
    depth = 0
    # Nodes are in depth-first order, so the path to a node is still there when its turn comes.
    for node in range(root + 1, tree.kind.size):
        parent = tree.parent[node]
        if parent < root:
            break
        while depth_of[depth] != parent:
            depth -= 1
        depth += 1
        depth_of[depth] = node
        if tree.player[parent] == 0:
            _act(tree, node, parent, probabilities[0], bucket, reaches[depth - 1], reaches[depth])
        else:
            _act(tree, node, parent, probabilities[1], bucket, reaches[depth - 1], reaches[depth])
        if tree.kind[node] == KIND_DECISION:
            continue
        stake = tree.stake[tree.terminal[node]]
        if tree.kind[node] == KIND_FOLD:
            paid = -stake[0] if tree.folded[tree.terminal[node]] & 1 else stake[1]
            total += paid * pair_weight(ranked, reaches[depth], sums)
        else:
            total += min(stake[0], stake[1]) * showdown_won(ranked, reaches[depth], sums)
    weight = pair_weight(ranked, reaches[0], sums)
    return total / weight if weight > 0.0 else 0.0
