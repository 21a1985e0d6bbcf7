"""Values at the ends of a hand, range against range: all folds and showdowns of a board side by side.

The other's reach at up to WIDTH ends is laid beside one another, [hand, column]. Sums by card are paid for once by fold
and showdown, the sorted order and its branches once for all showdowns; columns are read and written in blocks of
``simd.WIDTH``, which are vectors by construction.
"""

import numpy as np
from numba import njit

from holdem_mpi.kernels import simd
from holdem_mpi.kernels.simd import add, load, load_single, multiply, spread, store, store_single, subtract
from holdem_mpi.kernels.subgame.subgame_types import E_FOLD, E_SHOWDOWN, N_BOTH, N_ENDS, N_FOLDS, WIDTH
from holdem_mpi.kernels.subgame.tiles import lay_tile, take_tile

BLOCK = simd.WIDTH


@njit(inline="always")
def _add_hand(by_card, high, low, every, reach):
    """Add a block of a hand's reach to that of its cards and of all; rows of blocks of ``by_card``."""
    store(by_card, high, add(load(by_card, high), reach))
    store(by_card, low, add(load(by_card, low), reach))
    store(by_card, every, add(load(by_card, every), reach))


@njit(cache=True, _nrt=False)
def sum_by_card(by_card, side_by_side, card, order, live, blocks):
    """Fill ``by_card`` with minus the reach of the other's hands by card, and of all of them in row 52.

    card: int32[hand, 2], order: int32[place], live: how many places hold hands that the board leaves; all the other's.
    blocks: of columns, the first ones.
    """
    each = np.uint64(side_by_side.shape[1] // BLOCK)
    for row in range(np.uint64(53)):
        for block in range(np.uint64(blocks)):
            store(by_card, row * each + block, spread(0.0))
    for place in range(live):
        hand = np.uint64(order[place])
        high, low = np.uint64(card[hand, 0]) * each, np.uint64(card[hand, 1]) * each
        for block in range(np.uint64(blocks)):
            reach = load_single(side_by_side, hand * each + block)
            store(by_card, high + block, subtract(load(by_card, high + block), reach))
            store(by_card, low + block, subtract(load(by_card, low + block), reach))
            every = np.uint64(52) * each + block
            store(by_card, every, subtract(load(by_card, every), reach))


@njit(cache=True, _nrt=False)
def meet(game, workspace, player, runout, first, blocks):
    """Fill blocks ``first`` to ``blocks`` of ``workspace.every`` after ``sum_by_card``."""
    by_card, side_by_side, every = workspace.by_card, workspace.side_by_side, workspace.every
    order, card, twins = game.order[runout, player], game.card[player], game.twin[player]
    each = np.uint64(every.shape[1] // BLOCK)
    for place in range(game.live[runout, player]):
        hand = np.uint64(order[place])
        high, low = np.uint64(card[hand, 0]) * each, np.uint64(card[hand, 1]) * each
        twin = twins[hand]
        for block in range(np.uint64(first), np.uint64(blocks)):
            total = load(by_card, np.uint64(52) * each + block)
            met = subtract(add(load(by_card, high + block), load(by_card, low + block)), total)
            if twin >= 0:
                met = add(met, load_single(side_by_side, np.uint64(twin) * each + block))
            store_single(every, hand * each + block, met)


@njit(cache=True, _nrt=False)
def compare(game, workspace, player, runout, blocks):
    """Fill the first blocks of ``workspace.gain`` after ``sum_by_card``.

    Hands come weakest first. What a hand beats has been added twice to minus all, its equals once. The other's same
    hand falls out.
    """
    other = 1 - player
    by_card, side_by_side, gain = workspace.by_card, workspace.side_by_side, workspace.gain
    card, mine_card = game.card[other], game.card[player]
    order, their_order = game.order[runout, player], game.order[runout, other]
    strength, their_strength = game.strength[runout, player], game.strength[runout, other]
    mine, theirs = game.live[runout, player], game.live[runout, other]
    each, end, two = np.uint64(gain.shape[1] // BLOCK), np.uint64(blocks), spread(2.0)
    all_of_them = np.uint64(52) * each
    place, seen = 0, 0
    while place < mine:
        level = strength[place]
        while seen < theirs and their_strength[seen] < level:
            hand = np.uint64(their_order[seen])
            high, low = np.uint64(card[hand, 0]) * each, np.uint64(card[hand, 1]) * each
            for block in range(end):
                reach = multiply(two, load_single(side_by_side, hand * each + block))
                _add_hand(by_card, high + block, low + block, all_of_them + block, reach)
            seen += 1
        equal = seen
        while seen < theirs and their_strength[seen] == level:
            hand = np.uint64(their_order[seen])
            high, low = np.uint64(card[hand, 0]) * each, np.uint64(card[hand, 1]) * each
            for block in range(end):
                reach = load_single(side_by_side, hand * each + block)
                _add_hand(by_card, high + block, low + block, all_of_them + block, reach)
            seen += 1
        while place < mine and strength[place] == level:
            hand = np.uint64(order[place])
            high, low = np.uint64(mine_card[hand, 0]) * each, np.uint64(mine_card[hand, 1]) * each
            for block in range(end):
                left = subtract(load(by_card, all_of_them + block), load(by_card, high + block))
                store_single(gain, hand * each + block, subtract(left, load(by_card, low + block)))
            place += 1
        for again in range(equal, seen):
            hand = np.uint64(their_order[again])
            high, low = np.uint64(card[hand, 0]) * each, np.uint64(card[hand, 1]) * each
            for block in range(end):
                reach = load_single(side_by_side, hand * each + block)
                _add_hand(by_card, high + block, low + block, all_of_them + block, reach)


@njit(cache=True, _nrt=False)
def _leave_out(game, filled, player, runout, first, blocks):
    """Make blocks of what ``meet`` or ``compare`` fills zero for hands that the board blocks."""
    each, order = np.uint64(filled.shape[1] // BLOCK), game.order[runout, player]
    for place in range(game.live[runout, player], game.count[player]):
        hand = np.uint64(order[place])
        for block in range(np.uint64(first), np.uint64(blocks)):
            store_single(filled, hand * each + block, spread(0.0))


@njit(cache=True, _nrt=False)
def _take_rake(game, workspace, ends, player, shows):
    """Take the rake out of the first showdowns' values: all of it where a hand wins, half of it where it ties."""
    for column in range(shows):
        node = ends[column]
        half, value = np.float32(0.5) * game.rake[node], workspace.value[node]
        for hand in range(game.count[player]):
            value[hand] -= half * (workspace.gain[hand, column] + workspace.every[hand, column])


@njit(cache=True, _nrt=False)
def _take_out(workspace, source, hands, ends, stake, blocks):
    """Values of the ends in blocks[0] to blocks[1] of the columns of ``source``: times their stakes."""
    for block in range(blocks[0], blocks[1]):
        nodes, stakes = ends[block * BLOCK : (block + 1) * BLOCK], stake[block * BLOCK : (block + 1) * BLOCK]
        for hand in range(np.uint64(0), np.uint64(hands), np.uint64(BLOCK)):
            take_tile(source, hand, np.uint64(block * BLOCK), workspace.value, nodes, stakes)


@njit(cache=True, _nrt=False)
def value_ends(game, workspace, player, part, runout):
    """Values of all folds and showdowns of a part, see ``Subgame.ends``: stakes, and where any is, less rake."""
    other, number = 1 - player, game.num_ends[part, player]
    order, theirs, hands = game.order[runout, other], game.live[runout, other], game.count[player]
    raked = len(game.rake) > 0
    for first in range(0, number[N_ENDS], WIDTH):
        rows = game.end_row[part, player, first:]
        folds_at, shows_at = game.ends[part, player, E_FOLD, first:], game.ends[part, player, E_SHOWDOWN, first:]
        used = min(WIDTH, number[N_ENDS] - first)
        blocks = (used + BLOCK - 1) // BLOCK  # columns beyond those used go nowhere
        for block in range(blocks):
            some = rows[block * BLOCK : (block + 1) * BLOCK]
            for hand in range(np.uint64(0), np.uint64(game.count[other]), np.uint64(BLOCK)):
                lay_tile(workspace.reach, some, hand, workspace.side_by_side, np.uint64(block * BLOCK))
        sum_by_card(workspace.by_card, workspace.side_by_side, game.card[other], order, theirs, blocks)
        folds = max(0, number[N_BOTH] - first)
        if raked or folds < used:
            begin = 0 if raked else folds // BLOCK
            meet(game, workspace, player, runout, begin, blocks)
            _leave_out(game, workspace.every, player, runout, begin, blocks)
            stake = game.end_stake[part, player, E_FOLD, first:]
            _take_out(workspace, workspace.every, hands, folds_at, stake, (begin, blocks))
        shows = min(used, number[N_FOLDS] - first)
        if shows > 0:
            end = (shows + BLOCK - 1) // BLOCK
            compare(game, workspace, player, runout, end)
            _leave_out(game, workspace.gain, player, runout, 0, end)
            stake = game.end_stake[part, player, E_SHOWDOWN, first:]
            _take_out(workspace, workspace.gain, hands, shows_at, stake, (0, end))
            if raked:
                _take_rake(game, workspace, shows_at, player, shows)
