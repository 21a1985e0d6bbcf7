"""Values at the ends of a hand, range against range: all folds and showdowns of a board side by side.

The other's reach at up to WIDTH ends is laid beside one another, [hand, column], and both players' hands are walked
once, weakest first. So the sorted order, the cards and the branches are paid for once, and the sums are vector
instructions.
"""

import numpy as np
from numba import njit

from holdem_mpi.kernels.subgame.subgame_types import E_FOLD, E_ROW, E_SHOWDOWN, WIDTH


@njit(inline="always")
def _add_hand(by_card, side_by_side, high, low, hand, columns):
    """Add a hand's reach to that of its cards and of all. (One loop each: more, and they are not vector loops.)"""
    for column in range(columns):
        by_card[high, column] += side_by_side[hand, column]
    for column in range(columns):
        by_card[low, column] += side_by_side[hand, column]
    for column in range(columns):
        by_card[52, column] += side_by_side[hand, column]


@njit(cache=True, _nrt=False)
def compare(game, workspace, player, runout, columns):
    """Fill ``workspace.gain`` and ``workspace.every`` for the rows in ``workspace.side_by_side``.

    Hands come weakest first. What a hand beats has been added before its equals are, what it does not lose to, after
    them; the other's same hand counts in neither, for it falls out of the difference.
    """
    other = 1 - player
    by_card, side_by_side, gain, every = workspace.by_card, workspace.side_by_side, workspace.gain, workspace.every
    card, mine_card = game.card[other], game.card[player]
    order, their_order = game.order[runout, player], game.order[runout, other]
    strength, their_strength = game.strength[runout, player], game.strength[runout, other]
    mine, theirs = game.live[runout, player], game.live[runout, other]
    by_card[:] = 0.0
    place, seen = 0, 0
    while place < mine:
        level, first = strength[place], place
        while seen < theirs and their_strength[seen] < level:
            hand = their_order[seen]
            _add_hand(by_card, side_by_side, card[hand, 0], card[hand, 1], hand, columns)
            seen += 1
        while place < mine and strength[place] == level:
            hand = order[place]
            high, low = mine_card[hand, 0], mine_card[hand, 1]
            for column in range(columns):
                gain[hand, column] = by_card[52, column] - by_card[high, column] - by_card[low, column]
            place += 1
        while seen < theirs and their_strength[seen] == level:
            hand = their_order[seen]
            _add_hand(by_card, side_by_side, card[hand, 0], card[hand, 1], hand, columns)
            seen += 1
        for again in range(first, place):
            hand = order[again]
            high, low = mine_card[hand, 0], mine_card[hand, 1]
            for column in range(columns):
                gain[hand, column] += by_card[52, column] - by_card[high, column] - by_card[low, column]
    for rest in range(seen, theirs):
        hand = their_order[rest]
        _add_hand(by_card, side_by_side, card[hand, 0], card[hand, 1], hand, columns)
    for place in range(mine):
        hand = order[place]
        high, low, twin = mine_card[hand, 0], mine_card[hand, 1], game.twin[player, hand]
        for column in range(columns):
            every[hand, column] = by_card[52, column] - by_card[high, column] - by_card[low, column]
        for column in range(columns):
            gain[hand, column] -= every[hand, column]
        if twin >= 0:
            for column in range(columns):
                every[hand, column] += side_by_side[twin, column]


@njit(cache=True, _nrt=False)
def value_ends(game, workspace, player, part, runout):
    """Values of all folds and showdowns of a part: the stake, times the reach that ``compare`` finds."""
    other, ends = 1 - player, game.ends[part, player]
    zero = np.float32(0.0)
    for first in range(0, game.num_ends[part, player], WIDTH):
        used = min(WIDTH, game.num_ends[part, player] - first)
        columns = (used + 7) & ~7  # whole vectors; the columns beyond those used hold what was there before
        for column in range(used):
            row = ends[first + column, E_ROW]
            for hand in range(game.count[other]):
                workspace.side_by_side[hand, column] = workspace.reach[row, hand]
        compare(game, workspace, player, runout, columns)
        for place in range(game.live[runout, player], game.count[player]):
            hand = game.order[runout, player, place]
            for column in range(columns):
                workspace.gain[hand, column] = zero
                workspace.every[hand, column] = zero
        for column in range(used):
            fold, show = ends[first + column, E_FOLD], ends[first + column, E_SHOWDOWN]
            if fold >= 0:
                stake = -game.stake[fold] if game.player[fold] == player else game.stake[fold]
                for hand in range(game.count[player]):
                    workspace.value[fold, hand] = stake * workspace.every[hand, column]
            if show >= 0:
                stake = game.stake[show]
                for hand in range(game.count[player]):
                    workspace.value[show, hand] = stake * workspace.gain[hand, column]
