"""Values at the ends of a hand, range against range: all folds and showdowns of a board side by side.

The other's reach at up to WIDTH ends is laid beside one another, [hand, column]. Sums by card are paid for once by fold
and showdown, the sorted order and its branches once for all showdowns; the loops over columns are vector instructions.
"""

import numpy as np
from numba import njit

from holdem_mpi.kernels.subgame.subgame_types import E_FOLD, E_ROW, E_SHOWDOWN, N_BOTH, N_ENDS, N_FOLDS, WIDTH


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
def sum_by_card(by_card, side_by_side, card, order, live, columns):
    """Fill ``by_card`` with minus the reach of the other's hands by card, and of all of them in row 52.

    card: int32[hand, 2], order: int32[place], live: how many places hold hands that the board leaves; all the other's.
    """
    for row in range(53):
        for column in range(columns):
            by_card[row, column] = 0.0
    for place in range(live):
        hand = order[place]
        high, low = card[hand, 0], card[hand, 1]
        for column in range(columns):
            by_card[high, column] -= side_by_side[hand, column]
        for column in range(columns):
            by_card[low, column] -= side_by_side[hand, column]
        for column in range(columns):
            by_card[52, column] -= side_by_side[hand, column]


@njit(cache=True, _nrt=False)
def meet(game, workspace, player, runout, first, columns):
    """Fill columns ``first`` to ``columns`` of ``workspace.every`` after ``sum_by_card``."""
    by_card, side_by_side, every = workspace.by_card, workspace.side_by_side, workspace.every
    order, card, twins = game.order[runout, player], game.card[player], game.twin[player]
    start, end = np.uint64(first), np.uint64(columns)  # indices that cannot be negative make vector loops
    for place in range(game.live[runout, player]):
        hand = order[place]
        high, low, twin = card[hand, 0], card[hand, 1], twins[hand]
        for column in range(start, end):
            every[hand, column] = by_card[high, column] + by_card[low, column] - by_card[52, column]
        if twin >= 0:
            for column in range(start, end):
                every[hand, column] += side_by_side[twin, column]


@njit(cache=True, _nrt=False)
def compare(game, workspace, player, runout, columns):
    """Fill ``workspace.gain`` for the first columns of ``workspace.side_by_side`` after ``sum_by_card``.

    Hands come weakest first. What a hand beats has been added twice to minus all, its equals once. The other's same
    hand falls out.
    """
    other = 1 - player
    by_card, side_by_side, gain = workspace.by_card, workspace.side_by_side, workspace.gain
    card, mine_card = game.card[other], game.card[player]
    order, their_order = game.order[runout, player], game.order[runout, other]
    strength, their_strength = game.strength[runout, player], game.strength[runout, other]
    mine, theirs = game.live[runout, player], game.live[runout, other]
    two = np.float32(2.0)
    place, seen = 0, 0
    while place < mine:
        level = strength[place]
        while seen < theirs and their_strength[seen] < level:
            hand = their_order[seen]
            high, low = card[hand, 0], card[hand, 1]
            for column in range(columns):
                by_card[high, column] += two * side_by_side[hand, column]
            for column in range(columns):
                by_card[low, column] += two * side_by_side[hand, column]
            for column in range(columns):
                by_card[52, column] += two * side_by_side[hand, column]
            seen += 1
        equal = seen
        while seen < theirs and their_strength[seen] == level:
            hand = their_order[seen]
            _add_hand(by_card, side_by_side, card[hand, 0], card[hand, 1], hand, columns)
            seen += 1
        while place < mine and strength[place] == level:
            hand = order[place]
            high, low = mine_card[hand, 0], mine_card[hand, 1]
            for column in range(columns):
                gain[hand, column] = by_card[52, column] - by_card[high, column] - by_card[low, column]
            place += 1
        for again in range(equal, seen):
            hand = their_order[again]
            _add_hand(by_card, side_by_side, card[hand, 0], card[hand, 1], hand, columns)


@njit(cache=True, _nrt=False)
def _lay_beside(reach, ends, hands, side_by_side, used):
    """Lay rows of reach side by side: ``ends``'s first ``used`` ones. (Four at a time, so that lines stay cached.)"""
    whole = used & ~3
    for column in range(0, whole, 4):
        a, b = reach[ends[column, E_ROW]], reach[ends[column + 1, E_ROW]]
        c, d = reach[ends[column + 2, E_ROW]], reach[ends[column + 3, E_ROW]]
        for hand in range(hands):
            side_by_side[hand, column] = a[hand]
            side_by_side[hand, column + 1] = b[hand]
            side_by_side[hand, column + 2] = c[hand]
            side_by_side[hand, column + 3] = d[hand]
    for column in range(whole, used):
        a = reach[ends[column, E_ROW]]
        for hand in range(hands):
            side_by_side[hand, column] = a[hand]


@njit(cache=True, _nrt=False)
def _stake(game, node, player):
    """Chips that a hand wins with each hand that it meets at a fold, or beats at a showdown."""
    if game.player[node] == player:
        return -game.stake[node]
    if game.player[node] >= 0 and len(game.rake) > 0:
        return game.stake[node] - game.rake[node]
    return game.stake[node]


@njit(cache=True, _nrt=False)
def _take_rake(game, workspace, ends, player, shows):
    """Take the rake out of the first showdowns' values: all of it where a hand wins, half of it where it ties."""
    for column in range(shows):
        node = ends[column, E_SHOWDOWN]
        half, value = np.float32(0.5) * game.rake[node], workspace.value[node]
        for hand in range(game.count[player]):
            value[hand] -= half * (workspace.gain[hand, column] + workspace.every[hand, column])


@njit(cache=True, _nrt=False)
def _take_out(game, value, ends, kind, source, player, span):
    """Values of the folds or showdowns (``kind``) in columns span[0] to span[1] of ``source``: times their stakes."""
    hands, first = game.count[player], span[0]
    whole = first + ((span[1] - first) & ~3)
    for column in range(first, whole, 4):
        n0, n1, n2, n3 = ends[column, kind], ends[column + 1, kind], ends[column + 2, kind], ends[column + 3, kind]
        a, b, c, d = value[n0], value[n1], value[n2], value[n3]
        s0, s1 = _stake(game, n0, player), _stake(game, n1, player)
        s2, s3 = _stake(game, n2, player), _stake(game, n3, player)
        for hand in range(hands):
            a[hand] = s0 * source[hand, column]
            b[hand] = s1 * source[hand, column + 1]
            c[hand] = s2 * source[hand, column + 2]
            d[hand] = s3 * source[hand, column + 3]
    for column in range(whole, span[1]):
        n0 = ends[column, kind]
        a, s0 = value[n0], _stake(game, n0, player)
        for hand in range(hands):
            a[hand] = s0 * source[hand, column]


@njit(cache=True, _nrt=False)
def value_ends(game, workspace, player, part, runout):
    """Values of all folds and showdowns of a part, see ``Subgame.ends``: stakes, and where any is, less rake."""
    other, number = 1 - player, game.num_ends[part, player]
    order, live = game.order[runout, player], game.live[runout, player]
    raked = len(game.rake) > 0
    zero = np.float32(0.0)
    for first in range(0, number[N_ENDS], WIDTH):
        ends = game.ends[part, player, first:]
        used = min(WIDTH, number[N_ENDS] - first)
        columns = (used + 7) & ~7  # whole vectors; the columns beyond those used hold what was there before
        _lay_beside(workspace.reach, ends, game.count[other], workspace.side_by_side, used)
        theirs = game.live[runout, other]
        sum_by_card(
            workspace.by_card, workspace.side_by_side, game.card[other], game.order[runout, other], theirs, columns
        )
        folds = max(0, number[N_BOTH] - first)
        if raked or folds < used:
            meet(game, workspace, player, runout, 0 if raked else folds & ~7, columns)
            for place in range(live, game.count[player]):
                workspace.every[order[place], :] = zero
        if folds < used:
            _take_out(game, workspace.value, ends, E_FOLD, workspace.every, player, (folds, used))
        shows = min(used, number[N_FOLDS] - first)
        if shows > 0:
            compare(game, workspace, player, runout, (shows + 7) & ~7)
            for place in range(live, game.count[player]):
                workspace.gain[order[place], :] = zero
            _take_out(game, workspace.value, ends, E_SHOWDOWN, workspace.gain, player, (0, shows))
            if raked:
                _take_rake(game, workspace, ends, player, shows)
