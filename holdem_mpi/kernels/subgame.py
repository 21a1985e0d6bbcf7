"""Range against range on one street and the next: the sweeps of vector CFR over a subgame's tree.

Values and ranges are vectors over a player's hands, one after another for each (node, action), so that the loops over
hands become vector instructions. A subgame starts on the street before the last, whose runouts (next public cards) it
enumerates, or on the last one, which is a single runout. Nodes of the last street keep one block of regrets and one of
strategy sums for each runout. A sweep for player i changes i's regrets and the other's strategy sums: on the way down
it is the other's reach that is known.

Counterfactual regret minimisation: Zinkevich et al. 2007; alternating updates and floors (CFR+): Tammelin 2014;
discounts (DCFR): Brown and Sandholm 2019.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_FOLD

# What a sweep does.
UPDATE = 0  # of regrets and strategy sums, with current strategies
BEST = 1  # best response of the player to the other's average strategy
AVERAGE = 2  # value of the player's own average strategy against the other's

# Indices of the weights that a sweep multiplies sums by, before it adds to them.
W_POSITIVE = 0
W_NEGATIVE = 1
W_STRATEGY = 2
NUM_WEIGHTS = 3


class Subgame(NamedTuple):
    """What is fixed: the tree, the hands, the runouts.

    kind: uint8[node]; player: int8[node], who acts, or who folded at the end. first_edge: int32[node + 1] and child:
        int32[edge], nodes depth first, the root first. end: int32[node], the first node after its subtree.
    stake: float32[node], chips that a player wins or loses at an end of the hand.
    offset: int64[node], first entry of a decision node in its block (upper streets: of the table).
    reach_row: int32[player, node], for a sweep of the player: the row of ``Room.reach`` with the other's reach.
    entry: int32[entry], nodes where the last street begins, or hands are shown before it; source: int32[player, entry],
        the row that carries the other's reach to it. upper: int32[upper], all other nodes but those below entries.
    count: int32[player], hands; card: int32[player, hand, 2]; twin: int32[player, hand], where the other player has
        the same hand, or -1.
    block: int64[2], entries of the upper streets, entries of one runout.
    order: int32[runout, player, place], the hands that the runout leaves, weakest first; strength: likewise by place.
    live: int32[runout, player], how many. runout_card: int32[runout], -1 where the board was complete.
    first_image: int32[runout + 1], image: int32[image, player, hand]: the hand that a hand becomes when a renaming of
        suits makes this runout one that stands for it (the runout itself first).
    """

    kind: np.ndarray
    player: np.ndarray
    first_edge: np.ndarray
    child: np.ndarray
    end: np.ndarray
    stake: np.ndarray
    offset: np.ndarray
    reach_row: np.ndarray
    entry: np.ndarray
    source: np.ndarray
    upper: np.ndarray
    count: np.ndarray
    card: np.ndarray
    twin: np.ndarray
    block: np.ndarray
    order: np.ndarray
    strength: np.ndarray
    live: np.ndarray
    runout_card: np.ndarray
    first_image: np.ndarray
    image: np.ndarray


class Sums(NamedTuple):
    """What a solver learns: regret and strategy, float32[block[0] + runouts * block[1]], [action, hand] by node."""

    regret: np.ndarray
    strategy: np.ndarray


class Room(NamedTuple):
    """Scratch of one sweep.

    reach: float32[node + entry, hand], the other player's by node, and by entry without the hands that a runout blocks.
    value: float32[node, hand]; total: float32[entry, hand], values of entries summed over runouts.
    sigma: float32[hand]; held: float64[53], reach by card, and of all; weight: float32[NUM_WEIGHTS].
    """

    reach: np.ndarray
    value: np.ndarray
    total: np.ndarray
    sigma: np.ndarray
    held: np.ndarray
    weight: np.ndarray


@njit(cache=True, _nrt=False)
def _send_down(game, sums, room, player, mode, node, base):
    """Reach of the other player below its decision ``node``; in an update, its strategy sums."""
    other = 1 - player
    hands = game.count[other]
    reach, total = room.reach, room.sigma
    table = sums.regret if mode == UPDATE else sums.strategy
    decay = room.weight[W_STRATEGY]
    zero = np.float32(0.0)
    edge = game.first_edge[node]
    actions = game.first_edge[node + 1] - edge
    row = game.reach_row[player, node]
    start = base + game.offset[node]
    for hand in range(hands):
        total[hand] = zero
    for action in range(actions):
        at = start + action * hands
        for hand in range(hands):
            total[hand] += max(table[at + hand], zero)
    even = np.float32(1.0 / actions)
    for hand in range(hands):
        # What a unit of positive regret is worth; a hand without any plays evenly.
        total[hand] = reach[row, hand] / total[hand] if total[hand] > zero else np.float32(-1.0)
    for action in range(actions):
        at = start + action * hands
        below = game.child[edge + action]
        for hand in range(hands):
            scaled = max(table[at + hand], zero) * total[hand]
            reach[below, hand] = scaled if total[hand] >= zero else reach[row, hand] * even
        if mode == UPDATE:
            for hand in range(hands):
                sums.strategy[at + hand] = sums.strategy[at + hand] * decay + reach[below, hand]


@njit(cache=True, _nrt=False)
def _value_fold(game, room, player, node, row):
    """Value of a fold: the stake, times the reach of the other's hands that share no card."""
    other = 1 - player
    held = room.held
    held[:] = 0.0
    for hand in range(game.count[other]):
        weight = np.float64(room.reach[row, hand])
        held[game.card[other, hand, 0]] += weight
        held[game.card[other, hand, 1]] += weight
        held[52] += weight
    stake = np.float64(game.stake[node])
    if game.player[node] == player:
        stake = -stake
    for hand in range(game.count[player]):
        free = held[52] - held[game.card[player, hand, 0]] - held[game.card[player, hand, 1]]
        twin = game.twin[player, hand]
        if twin >= 0:
            free += np.float64(room.reach[row, twin])
        room.value[node, hand] = np.float32(stake * free)


@njit(cache=True, _nrt=False)
def _value_showdown(game, room, player, node, row, runout):
    """Value of a showdown: the stake, times the reach of weaker hands less that of stronger ones."""
    other = 1 - player
    held = room.held
    stake = np.float64(game.stake[node])
    order, strength = game.order, game.strength
    mine, theirs = game.live[runout, player], game.live[runout, other]
    for hand in range(game.count[player]):
        room.value[node, hand] = np.float32(0.0)
    held[:] = 0.0
    below = 0
    for place in range(mine):
        while below < theirs and strength[runout, other, below] < strength[runout, player, place]:
            hand = order[runout, other, below]
            weight = np.float64(room.reach[row, hand])
            held[game.card[other, hand, 0]] += weight
            held[game.card[other, hand, 1]] += weight
            held[52] += weight
            below += 1
        hand = order[runout, player, place]
        won = held[52] - held[game.card[player, hand, 0]] - held[game.card[player, hand, 1]]
        room.value[node, hand] = np.float32(stake * won)
    held[:] = 0.0
    above = theirs - 1
    for place in range(mine - 1, -1, -1):
        while above >= 0 and strength[runout, other, above] > strength[runout, player, place]:
            hand = order[runout, other, above]
            weight = np.float64(room.reach[row, hand])
            held[game.card[other, hand, 0]] += weight
            held[game.card[other, hand, 1]] += weight
            held[52] += weight
            above -= 1
        hand = order[runout, player, place]
        lost = held[52] - held[game.card[player, hand, 0]] - held[game.card[player, hand, 1]]
        room.value[node, hand] -= np.float32(stake * lost)


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
    total = room.sigma
    for hand in range(hands):
        total[hand] = zero
        value[node, hand] = zero
    for action in range(actions):
        at = start + action * hands
        for hand in range(hands):
            total[hand] += max(table[at + hand], zero)
    for action in range(actions):
        at = start + action * hands
        below = game.child[edge + action]
        for hand in range(hands):
            value[node, hand] += max(table[at + hand], zero) * value[below, hand]
    even = np.float32(1.0 / actions)
    for hand in range(hands):
        if total[hand] > zero:
            value[node, hand] /= total[hand]
        else:
            mean = zero
            for action in range(actions):
                mean += value[game.child[edge + action], hand]
            value[node, hand] = mean * even
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
def _find_value(game, sums, room, player, mode, node, base, runout):
    """Value of ``player`` at a node from those of its children, which are known."""
    if game.kind[node] == KIND_FOLD:
        _value_fold(game, room, player, node, game.reach_row[player, node])
    elif game.kind[node] != KIND_DECISION:
        _value_showdown(game, room, player, node, game.reach_row[player, node], runout)
    elif game.player[node] == player:
        _decide(game, sums, room, player, mode, node, base)
    else:
        hands = game.count[player]
        for hand in range(hands):
            room.value[node, hand] = np.float32(0.0)
        for edge in range(game.first_edge[node], game.first_edge[node + 1]):
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
        end = game.end[entry]
        for node in range(entry, end):
            if game.kind[node] == KIND_DECISION and game.player[node] == other:
                _send_down(game, sums, room, player, mode, node, base)
        for node in range(end - 1, entry - 1, -1):
            _find_value(game, sums, room, player, mode, node, base, runout)
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
    for place in range(game.upper.size - 1, -1, -1):
        _find_value(game, sums, room, player, mode, game.upper[place], 0, -1)


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
