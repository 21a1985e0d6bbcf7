"""Range against range on one street and the next: the sweeps of vector CFR over a subgame's tree.

Values and ranges are vectors over a player's hands, one after another for each (node, action), so that the loops over
hands become vector instructions. A subgame starts on the street before the last, whose runouts (next public cards) it
enumerates, or on the last one, which is a single runout. Nodes of the last street keep one block of regrets and one of
strategy sums for each runout. A sweep for player i changes i's regrets and the other's strategy sums: on the way down
it is the other's reach that is known.

Counterfactual regret minimisation: Zinkevich et al. 2007; alternating updates and floors (CFR+): Tammelin 2014;
discounts (DCFR): Brown and Sandholm 2019.
"""

import numpy as np
from numba import njit

from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.kernels.subgame_arrays import (
    BEST,
    LAST,
    NUM_WEIGHTS,
    TINY,
    UPDATE,
    UPPER,
    W_NEGATIVE,
    W_POSITIVE,
    W_STRATEGY,
)
from holdem_mpi.kernels.subgame_ends import value_ends


@njit(cache=True, _nrt=False)
def _normalise(table, start, actions, hands, scale, even):
    """Fill ``scale`` and ``even``: probability = scale * entry above zero + even; a hand without any plays evenly."""
    zero, one, share = np.float32(0.0), np.float32(1.0), np.float32(1.0 / actions)
    for hand in range(hands):
        scale[hand] = zero
    for action in range(actions):
        at = start + action * hands
        for hand in range(hands):
            scale[hand] += max(table[at + hand], zero)
    for hand in range(hands):
        even[hand] = zero if scale[hand] > TINY else share
    for hand in range(hands):
        scale[hand] = one / scale[hand] if scale[hand] > TINY else zero


@njit(cache=True, _nrt=False)
def _send_down(game, sums, room, player, mode, node, base):
    """Reach of the other player below its decision ``node``; in an update, its strategy sums."""
    other = 1 - player
    hands = game.count[other]
    reach, scale, even = room.reach, room.scale, room.even
    table = sums.regret if mode == UPDATE else sums.strategy
    decay = room.weight[W_STRATEGY]
    edge = game.first_edge[node]
    actions = game.first_edge[node + 1] - edge
    row = game.reach_row[player, node]
    start = base + game.offset[node]
    _normalise(table, start, actions, hands, scale, even)
    for hand in range(hands):
        scale[hand] *= reach[row, hand]
    for hand in range(hands):
        even[hand] *= reach[row, hand]
    for action in range(actions):
        at = start + action * hands
        below = game.child[edge + action]
        for hand in range(hands):
            reach[below, hand] = max(table[at + hand], np.float32(0.0)) * scale[hand] + even[hand]
        if mode == UPDATE:
            for hand in range(hands):
                sums.strategy[at + hand] = sums.strategy[at + hand] * decay + reach[below, hand]


@njit(cache=True, _nrt=False)
def _decide(game, sums, room, player, mode, node, base):
    """Value of the player's own decision from those below; in an update, its regrets."""
    hands = game.count[player]
    edge = game.first_edge[node]
    actions = game.first_edge[node + 1] - edge
    start = base + game.offset[node]
    value = room.value
    zero = np.float32(0.0)
    if mode == BEST:
        for hand in range(hands):
            value[node, hand] = value[game.child[edge], hand]
        for action in range(1, actions):
            below = game.child[edge + action]
            for hand in range(hands):
                value[node, hand] = max(value[node, hand], value[below, hand])
        return
    table = sums.regret if mode == UPDATE else sums.strategy
    scale, even = room.scale, room.even
    _normalise(table, start, actions, hands, scale, even)
    for hand in range(hands):
        value[node, hand] = zero
    for action in range(actions):
        at = start + action * hands
        below = game.child[edge + action]
        for hand in range(hands):
            value[node, hand] += (max(table[at + hand], zero) * scale[hand] + even[hand]) * value[below, hand]
    if mode == UPDATE:
        positive, negative = room.weight[W_POSITIVE], room.weight[W_NEGATIVE]
        for action in range(actions):
            at = start + action * hands
            below = game.child[edge + action]
            for hand in range(hands):
                regret = table[at + hand]
                kept = regret * (positive if regret > zero else negative)
                table[at + hand] = kept + value[below, hand] - value[node, hand]


@njit(cache=True, _nrt=False)
def _find_value(game, sums, room, player, mode, node, base):
    """Value of ``player`` at a decision from those of its children, which are known."""
    if game.player[node] == player:
        _decide(game, sums, room, player, mode, node, base)
        return
    hands = game.count[player]
    for hand in range(hands):
        room.value[node, hand] = room.value[game.child[game.first_edge[node]], hand]
    for edge in range(game.first_edge[node] + 1, game.first_edge[node + 1]):
        below = game.child[edge]
        for hand in range(hands):
            room.value[node, hand] += room.value[below, hand]


@njit(cache=True, _nrt=False)
def go_down(game, sums, room, player, mode):
    """The upper streets of a sweep for ``player``, down: row 0 of ``room.reach`` holds the other's range."""
    for place in range(game.upper.size):
        node = game.upper[place]
        if game.kind[node] == KIND_DECISION and game.player[node] != player:
            _send_down(game, sums, room, player, mode, node, 0)
    room.total[:] = np.float32(0.0)


@njit(cache=True, _nrt=False)
def sweep_runout(game, sums, room, player, mode, runout):
    """The last street of a sweep on one runout: adds all entries, and all images, to ``room.total``."""
    base = game.block[0] + runout * game.block[1]
    nodes = game.kind.size
    dealt = game.runout_card[runout]
    other = 1 - player
    for number in range(game.entry.size):
        entry, source = game.entry[number], game.source[player, number]
        for hand in range(game.count[other]):
            blocked = game.card[other, hand, 0] == dealt or game.card[other, hand, 1] == dealt
            room.reach[nodes + number, hand] = np.float32(0.0) if blocked else room.reach[source, hand]
        for node in range(entry, game.end[entry]):
            if game.kind[node] == KIND_DECISION and game.player[node] == other:
                _send_down(game, sums, room, player, mode, node, base)
    value_ends(game, room, player, LAST, runout)
    for number in range(game.entry.size):
        entry = game.entry[number]
        for node in range(game.end[entry] - 1, entry - 1, -1):
            if game.kind[node] == KIND_DECISION:
                _find_value(game, sums, room, player, mode, node, base)
        for image in range(game.first_image[runout], game.first_image[runout + 1]):
            for hand in range(game.count[player]):
                if game.card[player, hand, 0] != dealt and game.card[player, hand, 1] != dealt:
                    room.total[number, game.image[image, player, hand]] += room.value[entry, hand]


@njit(cache=True, _nrt=False)
def come_up(game, sums, room, player, mode, runouts):
    """The upper streets of a sweep, up; ``room.total`` holds sums over runouts, of which each pair of hands has
    ``runouts``. Row 0 of ``room.value`` is then the value of each hand against the other's range.
    """
    share = np.float32(1.0 / runouts)
    for number in range(game.entry.size):
        for hand in range(game.count[player]):
            room.value[game.entry[number], hand] = room.total[number, hand] * share
    value_ends(game, room, player, UPPER, game.runout_card.size)
    for place in range(game.upper.size - 1, -1, -1):
        node = game.upper[place]
        if game.kind[node] == KIND_DECISION:
            _find_value(game, sums, room, player, mode, node, 0)


@njit(cache=True, _nrt=False)
def sweep(game, sums, room, player, mode, runouts):
    """A whole sweep over every runout."""
    go_down(game, sums, room, player, mode)
    for runout in range(game.runout_card.size):
        sweep_runout(game, sums, room, player, mode, runout)
    come_up(game, sums, room, player, mode, runouts)


@njit(cache=True, _nrt=False)
def run_iterations(game, sums, room, range_of_player, weight_of_iteration, first, last, runouts):
    """Iterations ``first`` to ``last`` (not included) of alternating updates.

    range_of_player: float32[player, hand]; weight_of_iteration: float32[iteration, NUM_WEIGHTS].
    """
    for iteration in range(first, last):
        for weight in range(NUM_WEIGHTS):
            room.weight[weight] = weight_of_iteration[iteration, weight]
        for player in range(2):
            for hand in range(game.count[1 - player]):
                room.reach[0, hand] = range_of_player[1 - player, hand]
            sweep(game, sums, room, player, UPDATE, runouts)
