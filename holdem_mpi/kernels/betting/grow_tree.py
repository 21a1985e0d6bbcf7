"""Walks every betting sequence that a menu allows, depth first, and writes the nodes down as arrays."""

from typing import NamedTuple

import numpy as np
from numba import njit

from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_FOLD, KIND_SHOWDOWN
from holdem_mpi.kernels.betting.betting_rules import CHIPS, DEAD, FOLDED, PLAYER, PLAYERS, STREET, act
from holdem_mpi.kernels.betting.spot_actions import follow, offered

MAX_ACTIONS = 16

# A pending state's row begins with the node above it and the edge that leads to it.
ABOVE, EDGE, ROW = range(3)

# Places of ``at``.
NODES, EDGES, TERMINALS, PENDING, TOO_MANY = range(5)


class TreeArrays(NamedTuple):
    """What is written, with room to spare.

    small: int8[node, 3], kind, player and street. links: int64[node, 3], parent, terminal and first edge. edges:
    int64[edge, 2], child and action. stake: float64[terminal, player], with dead chips as
    everybody's equal part. folded: uint8[terminal].
    """

    small: np.ndarray
    links: np.ndarray
    edges: np.ndarray
    stake: np.ndarray
    folded: np.ndarray


@njit(cache=True)
def grow_tree(rules, menu, last_street, pending, actions, tree, at):
    """Go on with a walk until it is done or an array is full. Changes all arguments but the first three in place.

    rules: int64[NUM_RULES]. menu: MenuArrays. last_street: states of later streets are ends, without stakes.
    pending: int64[room, ROW + words], states still to be walked, the next one last; all but the first two numbers of
        each are a row of ``betting_rules``, or of ``spot_actions`` where the menu is a spot's.
    actions: int64, room for a decision's actions.
    at: int64[5]: nodes, edges and terminals written, states that are pending, and the number of actions of a decision
        that has more than MAX_ACTIONS, where the walk ended with one; else 0.

    The walk is done where no state is pending. Seconds: about a quarter of a million nodes.
    """
    width = pending.shape[1] - ROW
    row = np.empty(width, np.int64)
    while at[PENDING]:
        node, first, terminal, top = at[NODES], at[EDGES], at[TERMINALS], at[PENDING] - 1
        full = node == len(tree.small) or terminal == len(tree.folded)
        if full or first + MAX_ACTIONS > len(tree.edges) or top + MAX_ACTIONS > len(pending):
            return
        for word in range(width):
            row[word] = pending[top, ROW + word]
        above, decision = pending[top, ABOVE], row[PLAYER] >= 0 and row[STREET] <= last_street
        if above >= 0:
            tree.edges[pending[top, EDGE], 0] = node
        tree.small[node, 1], tree.small[node, 2] = row[PLAYER], row[STREET]
        tree.links[node, 0], tree.links[node, 1], tree.links[node, 2] = above, -1, first
        at[NODES], at[PENDING] = node + 1, top
        if decision:
            tree.small[node, 0] = KIND_DECISION
            count = offered(menu, rules, row, actions)
            if count > MAX_ACTIONS:
                at[TOO_MANY] = count
                return
            for number in range(count):
                place = top + count - 1 - number
                tree.edges[first + number, 1] = actions[number]
                pending[place, ABOVE], pending[place, EDGE] = node, first + number
                child = pending[place, ROW:]
                for word in range(width):
                    child[word] = row[word]
                act(rules, child, actions[number])
                follow(menu, rules, row, child, actions[number])
            at[EDGES], at[PENDING] = first + count, top + count
            continue
        left = 0
        for seat in range(rules[PLAYERS]):
            left += 1 - ((row[FOLDED] >> seat) & 1)
            tree.stake[terminal, seat] = row[CHIPS + seat] + rules[DEAD] / rules[PLAYERS]
        tree.small[node, 0] = KIND_SHOWDOWN if left > 1 else KIND_FOLD
        tree.links[node, 1] = terminal
        tree.folded[terminal] = row[FOLDED]
        at[TERMINALS] = terminal + 1
