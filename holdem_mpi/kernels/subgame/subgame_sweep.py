"""Range against range from one street to the last: the sweeps of vector CFR over a subgame's tree.

Values and ranges are vectors over a player's hands, one after another for each (node, action), so that the loops over
hands become vector instructions. A subgame has one to three streets: the first, whose nodes come once; below each
branch (first card to come) of three, the street between; below each runout (all cards to come) the last one. Nodes keep
one block of regrets and one of strategy sums each time that they come. A subgame of one street is a single runout, and
nothing above. A sweep for player i changes i's regrets and the other's strategy sums: on the way down it is the other's
reach that is known. ``go_down`` and ``finish_sweep`` make a sweep; where the branches are divided over ranks, the
values of all are brought together in between.

Counterfactual regret minimisation: Zinkevich et al. 2007; alternating updates and floors (CFR+): Tammelin 2014;
discounts (DCFR): Brown and Sandholm 2019.
"""

import numpy as np
from numba import njit

from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.kernels.subgame.subgame_ends import value_ends
from holdem_mpi.kernels.subgame.subgame_hands import add_up, learn_regrets, mix, send, take_best
from holdem_mpi.kernels.subgame.subgame_locks import bind, impose, lock_at
from holdem_mpi.kernels.subgame.subgame_types import (
    AVERAGE,
    BEST,
    BEST_LATER,
    LAST,
    MIDDLE,
    NUM_WEIGHTS,
    UPDATE,
    UPDATE_LATER,
    UPPER,
    W_NEGATIVE,
    W_POSITIVE,
    W_STRATEGY,
)


@njit(cache=True, _nrt=False)
def _base(game, part, where):
    """First entry of the block of a part of the tree; where: 0 on the first street, on the one between the branch, on
    the last one the runout.
    """
    block, runouts = game.block, game.runout_card.size
    if part == UPPER:
        return np.int64(0)
    if part == LAST:
        return block[UPPER] + where * block[LAST]
    return block[UPPER] + runouts * block[LAST] + where * block[MIDDLE]


@njit(inline="always", _nrt=False)
def _send_down(game, sums, workspace, player, mode, node, place):
    """Reach of the other player below its decision ``node``; in an update, its strategy sums. place: see ``_base``."""
    rows = game.sent[player, game.first_row[node] : game.first_row[node + 1]]
    part, where = place
    start, scratch, hands = _base(game, part, where) + game.offset[node], workspace.scratch, game.count[1 - player]
    if mode == UPDATE:
        decay = workspace.weight[W_STRATEGY]
        send(sums.regret, sums.strategy, (start, start), hands, workspace.reach, rows, scratch, decay)
        lock = lock_at(game.locks, node, where)
        if lock >= 0:
            impose(game.locks, lock, sums.strategy, start, hands, rows.size - 1)
    else:
        starts = start, np.int64(0)
        send(sums.strategy, workspace.unkept, starts, hands, workspace.reach, rows, scratch, np.float32(0.0))


@njit(inline="always", _nrt=False)
def _find_value(game, sums, workspace, player, mode, node, place):
    """Value of ``player`` at a decision from those of its children, which are known; in an update, its regrets.

    place: see ``_base``.
    """
    rows = game.row[game.first_row[node] : game.first_row[node + 1]]
    part, where = place
    start, hands, value = _base(game, part, where) + game.offset[node], game.count[player], workspace.value
    if game.player[node] != player:
        add_up(hands, value, rows)
        return
    lock = lock_at(game.locks, node, where)
    if mode == UPDATE:
        positive, negative = workspace.weight[W_POSITIVE], workspace.weight[W_NEGATIVE]
        learn_regrets(sums.regret, start, hands, value, rows, workspace.scratch, positive, negative)
        if lock >= 0:
            impose(game.locks, lock, sums.regret, start, hands, rows.size - 1)
    elif mode == BEST:
        take_best(hands, value, rows)
        if lock >= 0:
            bind(game.locks, lock, value, rows)
    else:
        mix(sums.strategy, start, hands, value, rows, workspace.scratch)


@njit(cache=True, _nrt=False)
def _block_hands(game, workspace, player, source, first, dealt):
    """Reach at the entries that a card leads to, rows from ``first`` on: without the other's hands that it blocks.

    dealt: row of ``Subgame.order``.
    """
    other = 1 - player
    order, live, hands = game.order[dealt, other], game.live[dealt, other], game.count[other]
    for number in range(source.shape[1]):
        reach, above = workspace.reach[first + number], workspace.reach[source[player, number]]
        for hand in range(hands):
            reach[hand] = above[hand]
        for place in range(live, hands):
            reach[order[place]] = np.float32(0.0)


@njit(cache=True, _nrt=False)
def _add_images(image, hands, entry, value, total):
    """Add the values of a card's entries, rows ``entry`` of ``value``, to the totals of the renamings ``image`` that
    make itself and the cards that it stands for. (Hands that it blocks have values of zero.)
    """
    for renaming in image:
        for number in range(entry.size):
            more, sums = value[entry[number]], total[renaming, number]
            for hand in range(hands):
                sums[hand] += more[hand]


@njit(cache=True, _nrt=False)
def _take_totals(game, workspace, player, entry, total, share):
    """Values of entries: the means over the cards to come, of which each pair of hands leaves one in ``share``."""
    hands = game.count[player]
    for number in range(entry.size):
        value, same = workspace.value[entry[number]], total[0, number]
        for hand in range(hands):
            value[hand] = same[hand]
        for renaming in range(1, total.shape[0]):
            for hand in range(hands):
                value[game.renamed[renaming, player, hand]] += total[renaming, number, hand]
        for hand in range(hands):
            value[hand] *= share


@njit(cache=True, _nrt=False)
def _sweep_runout(game, sums, workspace, player, mode, runout):
    """The last street of a sweep on one runout: values of its entries."""
    place = LAST, np.int64(runout)
    rows = game.kind.size + (game.entry.size if game.share.size == 2 else 0)
    _block_hands(game, workspace, player, game.last_source, rows, runout)
    for entry in game.last_entry:
        for node in range(entry, game.end[entry]):
            if game.kind[node] == KIND_DECISION and game.player[node] != player:
                _send_down(game, sums, workspace, player, mode, node, place)
    value_ends(game, workspace, player, LAST, runout)
    for entry in game.last_entry:
        for node in range(game.end[entry] - 1, entry - 1, -1):
            if game.kind[node] == KIND_DECISION:
                _find_value(game, sums, workspace, player, mode, node, place)


@njit(cache=True, _nrt=False)
def _sweep_middle(game, sums, workspace, player, mode, branch):
    """The street between and the last one below a branch: values of its entries."""
    runouts, place = game.runout_card.size, (MIDDLE, np.int64(branch))
    _block_hands(game, workspace, player, game.source, game.kind.size, runouts + branch)
    for node in game.middle:
        if game.kind[node] == KIND_DECISION and game.player[node] != player:
            _send_down(game, sums, workspace, player, mode, node, place)
    workspace.last_total[:] = np.float32(0.0)
    for runout in range(game.first_runout[branch], game.first_runout[branch + 1]):
        _sweep_runout(game, sums, workspace, player, mode, runout)
        image = game.image[game.runout_image[runout] : game.runout_image[runout + 1]]
        _add_images(image, game.count[player], game.last_entry, workspace.value, workspace.last_total)
    _take_totals(game, workspace, player, game.last_entry, workspace.last_total, game.share[1])
    value_ends(game, workspace, player, MIDDLE, runouts + branch)
    for node in game.middle[::-1]:
        if game.kind[node] == KIND_DECISION:
            _find_value(game, sums, workspace, player, mode, node, place)


@njit(cache=True, _nrt=False)
def sweep_branches(game, sums, workspace, player, mode, branches):
    """All that lies below some first cards to come (int64[n], places among the own ones): fills their rows of
    ``workspace.passed``.
    """
    later = UPDATE if mode == UPDATE_LATER else BEST if mode == BEST_LATER else mode
    hands = game.count[player]
    for branch in branches:
        if game.share.size == 2:
            _sweep_middle(game, sums, workspace, player, later, branch)
        else:
            _sweep_runout(game, sums, workspace, player, later, branch)
        for number in range(game.entry.size):
            value, passed = workspace.value[game.entry[number]], workspace.passed[game.own[branch], number]
            for hand in range(hands):
                passed[hand] = value[hand]


@njit(cache=True, _nrt=False)
def go_down(game, sums, workspace, player, mode, branches):
    """The first street of a sweep for ``player``, down, then ``sweep_branches``: row 0 of ``workspace.reach`` holds the
    other's range.
    """
    first = AVERAGE if mode in (UPDATE_LATER, BEST_LATER) else mode
    for node in game.upper:
        if game.kind[node] == KIND_DECISION and game.player[node] != player:
            _send_down(game, sums, workspace, player, first, node, (UPPER, np.int64(0)))
    sweep_branches(game, sums, workspace, player, mode, branches)


@njit(cache=True, _nrt=False)
def add_branches(game, workspace, player, branches):
    """Add the rows of ``workspace.passed`` of some first cards to come (int64[n], places among those of all ranks), in
    this order, and their images to ``workspace.total``.
    """
    for branch in branches:
        image = game.image[game.branch_image[branch] : game.branch_image[branch + 1]]
        _add_images(image, game.count[player], game.every_entry, workspace.passed[branch], workspace.total)


@njit(cache=True, _nrt=False)
def come_up(game, sums, workspace, player, mode):
    """The first street of a sweep, up; ``workspace.total`` holds sums over all branches. Row 0 of ``workspace.value``
    is then the value of each hand against the other's range.
    """
    first = AVERAGE if mode in (UPDATE_LATER, BEST_LATER) else mode
    _take_totals(game, workspace, player, game.entry, workspace.total, game.share[0])
    value_ends(game, workspace, player, UPPER, game.live.shape[0] - 1)
    for node in game.upper[::-1]:
        if game.kind[node] == KIND_DECISION:
            _find_value(game, sums, workspace, player, first, node, (UPPER, np.int64(0)))


@njit(cache=True, _nrt=False)
def finish_sweep(game, sums, workspace, player, mode):
    """What is left of a sweep once ``workspace.passed`` holds every branch of all ranks."""
    workspace.total[:] = np.float32(0.0)
    add_branches(game, workspace, player, game.every_branch)
    come_up(game, sums, workspace, player, mode)


@njit(cache=True, _nrt=False)
def sweep(game, sums, workspace, player, mode):
    """A whole sweep for ``player``, of a game whose branches are all its own."""
    go_down(game, sums, workspace, player, mode, game.every_branch)
    finish_sweep(game, sums, workspace, player, mode)


@njit(cache=True, _nrt=False)
def run_iterations(game, sums, workspace, range_of_player, weight_of_iteration, mode):
    """As many iterations of alternating updates as ``weight_of_iteration`` has rows.

    range_of_player: float32[player, hand]; weight_of_iteration: float32[iteration, NUM_WEIGHTS]; mode: UPDATE, or
    UPDATE_LATER where the first street is locked.
    """
    for iteration in range(weight_of_iteration.shape[0]):
        for weight in range(NUM_WEIGHTS):
            workspace.weight[weight] = weight_of_iteration[iteration, weight]
        for player in range(2):
            for hand in range(game.count[1 - player]):
                workspace.reach[0, hand] = range_of_player[1 - player, hand]
            sweep(game, sums, workspace, player, mode)
