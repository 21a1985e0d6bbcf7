"""Values at the ends of a hand, range against range: all folds and showdowns of a board side by side.

The other's reach at up to LANES ends is laid beside one another, [hand, lane], and both players' hands are walked once,
weakest first. So the sorted order, the cards and the branches are paid for once, and the sums are vector instructions.
"""

import numpy as np
from numba import njit

from holdem_mpi.kernels.subgame.subgame_types import E_FOLD, E_ROW, E_SHOWDOWN, LANES


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
def compare(game, room, player, runout, lanes):
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
def value_ends(game, room, player, part, runout):
    """Values of all folds and showdowns of a part: the stake, times the reach that ``compare`` finds."""
    other, ends = 1 - player, game.ends[part, player]
    zero = np.float32(0.0)
    for first in range(0, game.num_ends[part, player], LANES):
        used = min(LANES, game.num_ends[part, player] - first)
        lanes = (used + 7) & ~7  # whole vectors; the lanes beyond those used hold what was there before
        for lane in range(used):
            row = ends[first + lane, E_ROW]
            for hand in range(game.count[other]):
                room.beside[hand, lane] = room.reach[row, hand]
        compare(game, room, player, runout, lanes)
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
