"""What the sampled search of three and more players works with."""

from typing import NamedTuple

import numpy as np

# Kinds of nodes: the first three are those of kernels/arrays.py; a leaf is where the searched street ends.
RING_LEAF = 3
# What a player may do from a leaf on: its blueprint, or the blueprint that folds, calls or raises more often.
NUM_CONTINUATIONS = 4


class RingEnds(NamedTuple):
    """What was put in, as ``value_of_many`` reads it, by node of the searched tree.

    stake_of_terminal: float64[node, player], chips. folded_of_terminal: uint8[node], a bit for each player.
    """

    stake_of_terminal: np.ndarray
    folded_of_terminal: np.ndarray


class RingTree(NamedTuple):
    """The searched street's tree, depth first.

    kind: uint8[node]; player: int8[node]; first_edge: int32[node + 1]; child: int32[edge].
    gives_up: uint8[edge], 1 where the action is a fold.
    offset: int64[node], first entry of a decision: its entries are [group, action].
    line: int32[node], the action that leads to the decision that is sought, -1 where none does.
    leaf: int32[node], number of a leaf, -1 elsewhere.
    own_above, own_action: int32[node], the same player's decision before this one, and the action there; -1: none.
    averaged: int64[...], the decisions whose average strategies are kept. valued: int64[1], the one whose actions are.
    """

    kind: np.ndarray
    player: np.ndarray
    first_edge: np.ndarray
    child: np.ndarray
    gives_up: np.ndarray
    offset: np.ndarray
    line: np.ndarray
    leaf: np.ndarray
    own_above: np.ndarray
    own_action: np.ndarray
    averaged: np.ndarray
    valued: np.ndarray


class RingLeaves(NamedTuple):
    """Where the blueprint goes on from each leaf.

    record: int64[leaf], its decision in the blueprint's ``TreeCode``; -1: all check to the end.
    scale: float64[leaf], real chips of one of the blueprint's.
    before: float64[leaf, player], the blueprint's chips put in there.
    offset: int64[leaf, player], first entry of the player's choice, [group, NUM_CONTINUATIONS]; -1: it has none.
    """

    record: np.ndarray
    scale: np.ndarray
    before: np.ndarray
    offset: np.ndarray


class RingRanges(NamedTuple):
    """What players may hold.

    hand: int32[player, place]; cumulative: float64[player, place], sums of weights up to a hand; count: int64[player].
    cards: int64[hand, cards of a hand]; mask: uint64[hand], a bit for each of them.
    group: int32[hand], what a decision of the searched street tells hands apart by.
    board: int64[known], the public cards. players: int64[...], those who decide or have a choice, in order.
    """

    hand: np.ndarray
    cumulative: np.ndarray
    count: np.ndarray
    cards: np.ndarray
    mask: np.ndarray
    group: np.ndarray
    board: np.ndarray
    players: np.ndarray


class RingBlueprint(NamedTuple):
    """The policy that leaves go on by.

    kind_of_edge: int8[place of ``TreeCode.code``], 1 a fold, 2 a call, 3 a raise, 0 what is no action.
    probability: float[pair].
    """

    kind_of_edge: np.ndarray
    probability: np.ndarray


class RingSums(NamedTuple):
    """What is learnt.

    regret, strategy: float64[entry]; choice: float64[entry of a leaf], regrets.
    value: float64[group, action], sums of the valued decision's actions; weight: float64[group], of how much.
    """

    regret: np.ndarray
    strategy: np.ndarray
    choice: np.ndarray
    value: np.ndarray
    weight: np.ndarray


class RingWork(NamedTuple):
    """Scratch of one traversal.

    stream: uint64[10]. visited: int64[node], nodes met, -1 - node where the player has just folded; below: int64[node],
    where a node's first child stands in ``visited``; value, share: float64[node]; sigma: float64[node, action].
    group: int64[player]; choice: int64[player]; scratch: float64[action]. sigma_of_choice, value_of_choice:
    float64[NUM_CONTINUATIONS].
    """

    stream: np.ndarray
    visited: np.ndarray
    below: np.ndarray
    value: np.ndarray
    share: np.ndarray
    sigma: np.ndarray
    group: np.ndarray
    choice: np.ndarray
    scratch: np.ndarray
    sigma_of_choice: np.ndarray
    value_of_choice: np.ndarray
