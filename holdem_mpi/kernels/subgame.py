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

from holdem_mpi.kernels.arrays import KIND_DECISION

# What a sweep does.
UPDATE = 0  # of regrets and strategy sums, with current strategies
BEST = 1  # best response of the player to the other's average strategy
AVERAGE = 2  # value of the player's own average strategy against the other's

# Indices of the weights that a sweep multiplies sums by, before it adds to them.
W_POSITIVE = 0
W_NEGATIVE = 1
W_STRATEGY = 2
NUM_WEIGHTS = 3

# Sums that are no more count as none: the inverse of a smaller one could be infinite.
TINY = np.float32(1e-30)

# Rows of reach whose ends of the hand are valued at once, side by side; the widest that stays in the first cache.
LANES = 16

# Where ends lie: on the upper streets or on the last one. What ``Subgame.ends`` says of a row.
UPPER, LAST = 0, 1
E_ROW, E_FOLD, E_SHOWDOWN = 0, 1, 2


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
    ends: int32[part, player, end, 3], for a sweep of the player: a row of ``Room.reach``, the fold and the showdown
        that it comes to (-1: none); by UPPER and LAST part. num_ends: int32[part, player].
    order: int32[runout + 1, player, place], the hands that the runout leaves, weakest first, then those that it
        blocks; strength: likewise by place, of those left; live: int32[runout + 1, player], how many those are. The
        last row, for the upper streets, has every hand.
    runout_card: int32[runout], -1 where the board was complete.
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
    ends: np.ndarray
    num_ends: np.ndarray
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
    scale, even: float32[hand], see ``_normalise``; weight: float32[NUM_WEIGHTS].
    beside: float32[hand, LANES], reach of some rows side by side; held: float64[53, LANES], of them by card, and of
    all; gain, every: float32[hand, LANES], reach that a hand beats less that which beats it, and all that it can meet.
    """

    reach: np.ndarray
    value: np.ndarray
    total: np.ndarray
    scale: np.ndarray
    even: np.ndarray
    weight: np.ndarray
    beside: np.ndarray
    held: np.ndarray
    gain: np.ndarray
    every: np.ndarray


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


@njit(inline="always")
def _add_hand(held, beside, high, low, hand, lanes):
    """Add a hand's reach to that of its cards and of all. (One loop each: more, and they are not vector loops.)"""
    for lane in range(lanes):
        held[high, lane] += beside[hand, lane]
    for lane in range(lanes):
        held[low, lane] += beside[hand, lane]
    for lane in range(lanes):
        held[52, lane] += beside[hand, lane]


@njit(cache=True, _nrt=False)
def _compare(game, room, player, runout, lanes):
    """Fill ``room.gain`` and ``room.every`` for the rows in ``room.beside``.

    Hands come weakest first. What a hand beats has been added before its equals are, what it does not lose to, after
    them; the other's same hand counts in neither, for it falls out of the difference.
    """
    other = 1 - player
    held, beside, gain, every = room.held, room.beside, room.gain, room.every
    card, mine_card = game.card[other], game.card[player]
    order, their_order = game.order[runout, player], game.order[runout, other]
    strength, their_strength = game.strength[runout, player], game.strength[runout, other]
    mine, theirs = game.live[runout, player], game.live[runout, other]
    held[:] = 0.0
    place, seen = 0, 0
    while place < mine:
        level, first = strength[place], place
        while seen < theirs and their_strength[seen] < level:
            hand = their_order[seen]
            _add_hand(held, beside, card[hand, 0], card[hand, 1], hand, lanes)
            seen += 1
        while place < mine and strength[place] == level:
            hand = order[place]
            high, low = mine_card[hand, 0], mine_card[hand, 1]
            for lane in range(lanes):
                gain[hand, lane] = held[52, lane] - held[high, lane] - held[low, lane]
            place += 1
        while seen < theirs and their_strength[seen] == level:
            hand = their_order[seen]
            _add_hand(held, beside, card[hand, 0], card[hand, 1], hand, lanes)
            seen += 1
        for again in range(first, place):
            hand = order[again]
            high, low = mine_card[hand, 0], mine_card[hand, 1]
            for lane in range(lanes):
                gain[hand, lane] += held[52, lane] - held[high, lane] - held[low, lane]
    for rest in range(seen, theirs):
        hand = their_order[rest]
        _add_hand(held, beside, card[hand, 0], card[hand, 1], hand, lanes)
    for place in range(mine):
        hand = order[place]
        high, low, twin = mine_card[hand, 0], mine_card[hand, 1], game.twin[player, hand]
        for lane in range(lanes):
            every[hand, lane] = held[52, lane] - held[high, lane] - held[low, lane]
        for lane in range(lanes):
            gain[hand, lane] -= every[hand, lane]
        if twin >= 0:
            for lane in range(lanes):
                every[hand, lane] += beside[twin, lane]


@njit(cache=True, _nrt=False)
def _value_ends(game, room, player, part, runout):
    """Values of all folds and showdowns of a part: the stake, times the reach that ``_compare`` finds."""
    other, ends = 1 - player, game.ends[part, player]
    zero = np.float32(0.0)
    for first in range(0, game.num_ends[part, player], LANES):
        used = min(LANES, game.num_ends[part, player] - first)
        lanes = (used + 7) & ~7  # whole vectors; the lanes beyond those used hold what was there before
        for lane in range(used):
            row = ends[first + lane, E_ROW]
            for hand in range(game.count[other]):
                room.beside[hand, lane] = room.reach[row, hand]
        _compare(game, room, player, runout, lanes)
        for place in range(game.live[runout, player], game.count[player]):
            hand = game.order[runout, player, place]
            for lane in range(lanes):
                room.gain[hand, lane] = zero
                room.every[hand, lane] = zero
        for lane in range(used):
            fold, show = ends[first + lane, E_FOLD], ends[first + lane, E_SHOWDOWN]
            if fold >= 0:
                stake = -game.stake[fold] if game.player[fold] == player else game.stake[fold]
                for hand in range(game.count[player]):
                    room.value[fold, hand] = stake * room.every[hand, lane]
            if show >= 0:
                stake = game.stake[show]
                for hand in range(game.count[player]):
                    room.value[show, hand] = stake * room.gain[hand, lane]


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
    _value_ends(game, room, player, LAST, runout)
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
    _value_ends(game, room, player, UPPER, game.runout_card.size)
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
