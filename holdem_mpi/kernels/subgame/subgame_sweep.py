"""Range against range from one street to the last: the sweeps of vector CFR over a subgame's tree.

Values and ranges are vectors over a player's hands, one after another for each (node, action), so that the loops over
hands become vector instructions. A subgame has one to three streets: the first, whose nodes come once; below each
branch (first card to come) of three, the street between; below each runout (all cards to come) the last one. Nodes keep
one block of regrets and one of strategy sums each time that they come. A subgame of one street is a single runout, and
nothing above. A sweep for player i changes i's regrets and the other's strategy sums: on the way down it is the other's
reach that is known. ``go_down``, ``sweep_branch`` of each branch and ``come_up`` make a sweep.

Counterfactual regret minimisation: Zinkevich et al. 2007; alternating updates and floors (CFR+): Tammelin 2014;
discounts (DCFR): Brown and Sandholm 2019.
"""

import numpy as np
from numba import njit

from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.kernels.subgame.subgame_ends import value_ends
from holdem_mpi.kernels.subgame.subgame_types import (
    AVERAGE,
    BEST,
    BEST_LATER,
    LAST,
    MIDDLE,
    NUM_WEIGHTS,
    TINY,
    UPDATE,
    UPDATE_LATER,
    UPPER,
    W_NEGATIVE,
    W_POSITIVE,
    W_STRATEGY,
)


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
def _send_down(game, sums, workspace, player, mode, node, base):
    """Reach of the other player below its decision ``node``; in an update, its strategy sums."""
    other = 1 - player
    hands = game.count[other]
    reach, scale, even = workspace.reach, workspace.scale, workspace.even
    table = sums.regret if mode == UPDATE else sums.strategy
    decay = workspace.weight[W_STRATEGY]
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
def _decide(game, sums, workspace, player, mode, node, base):
    """Value of the player's own decision from those below; in an update, its regrets."""
    hands = game.count[player]
    edge = game.first_edge[node]
    actions = game.first_edge[node + 1] - edge
    start = base + game.offset[node]
    value = workspace.value
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
    scale, even = workspace.scale, workspace.even
    _normalise(table, start, actions, hands, scale, even)
    for hand in range(hands):
        value[node, hand] = zero
    for action in range(actions):
        at = start + action * hands
        below = game.child[edge + action]
        for hand in range(hands):
            value[node, hand] += (max(table[at + hand], zero) * scale[hand] + even[hand]) * value[below, hand]
    if mode == UPDATE:
        positive, negative = workspace.weight[W_POSITIVE], workspace.weight[W_NEGATIVE]
        for action in range(actions):
            at = start + action * hands
            below = game.child[edge + action]
            for hand in range(hands):
                regret = table[at + hand]
                kept = regret * (positive if regret > zero else negative)
                table[at + hand] = kept + value[below, hand] - value[node, hand]


@njit(cache=True, _nrt=False)
def _find_value(game, sums, workspace, player, mode, node, base):
    """Value of ``player`` at a decision from those of its children, which are known."""
    if game.player[node] == player:
        _decide(game, sums, workspace, player, mode, node, base)
        return
    hands = game.count[player]
    for hand in range(hands):
        workspace.value[node, hand] = workspace.value[game.child[game.first_edge[node]], hand]
    for edge in range(game.first_edge[node] + 1, game.first_edge[node + 1]):
        below = game.child[edge]
        for hand in range(hands):
            workspace.value[node, hand] += workspace.value[below, hand]


@njit(cache=True, _nrt=False)
def _block_hands(game, workspace, player, source, first, dealt):
    """Reach at the entries that a card leads to, rows from ``first`` on: without the other's hands that it blocks."""
    other = 1 - player
    reach = workspace.reach
    for number in range(source.shape[1]):
        row, above = first + number, source[player, number]
        for hand in range(game.count[other]):
            blocked = game.card[other, hand, 0] == dealt or game.card[other, hand, 1] == dealt
            reach[row, hand] = np.float32(0.0) if blocked else reach[above, hand]


@njit(cache=True, _nrt=False)
def _add_images(game, workspace, player, entry, first, end, total):
    """Add the values of a card's entries to their totals: its own, which is image ``first``, and those of the cards
    that it stands for. (Hands that it blocks have values of zero.)
    """
    hands = game.count[player]
    for number in range(entry.size):
        node = entry[number]
        for hand in range(hands):
            total[number, hand] += workspace.value[node, hand]
        for image in range(first + 1, end):
            renaming = game.image[image]
            for hand in range(hands):
                total[number, game.renamed[renaming, player, hand]] += workspace.value[node, hand]


@njit(cache=True, _nrt=False)
def _sweep_runout(game, sums, workspace, player, mode, runout, total):
    """The last street of a sweep on one runout: adds all entries, and all images, to ``total``."""
    base = game.block[UPPER] + runout * game.block[LAST]
    rows = game.kind.size + (game.entry.size if game.share.size == 2 else 0)
    _block_hands(game, workspace, player, game.last_source, rows, game.runout_card[runout])
    for entry in game.last_entry:
        for node in range(entry, game.end[entry]):
            if game.kind[node] == KIND_DECISION and game.player[node] != player:
                _send_down(game, sums, workspace, player, mode, node, base)
    value_ends(game, workspace, player, LAST, runout)
    for entry in game.last_entry:
        for node in range(game.end[entry] - 1, entry - 1, -1):
            if game.kind[node] == KIND_DECISION:
                _find_value(game, sums, workspace, player, mode, node, base)
    first, end = game.runout_image[runout], game.runout_image[runout + 1]
    _add_images(game, workspace, player, game.last_entry, first, end, total)


@njit(cache=True, _nrt=False)
def _take_totals(game, workspace, player, entry, total, share):
    """Values of entries: the means over the cards to come, of which each pair of hands leaves one in ``share``."""
    for number in range(entry.size):
        for hand in range(game.count[player]):
            workspace.value[entry[number], hand] = total[number, hand] * share


@njit(cache=True, _nrt=False)
def _sweep_middle(game, sums, workspace, player, mode, branch):
    """The street between and the last one below a branch: adds all entries, and all images, to ``workspace.total``."""
    runouts = game.runout_card.size
    base = game.block[UPPER] + runouts * game.block[LAST] + branch * game.block[MIDDLE]
    _block_hands(game, workspace, player, game.source, game.kind.size, game.branch_card[branch])
    for node in game.middle:
        if game.kind[node] == KIND_DECISION and game.player[node] != player:
            _send_down(game, sums, workspace, player, mode, node, base)
    workspace.last_total[:] = np.float32(0.0)
    for runout in range(game.first_runout[branch], game.first_runout[branch + 1]):
        _sweep_runout(game, sums, workspace, player, mode, runout, workspace.last_total)
    _take_totals(game, workspace, player, game.last_entry, workspace.last_total, game.share[1])
    value_ends(game, workspace, player, MIDDLE, runouts + branch)
    for node in game.middle[::-1]:
        if game.kind[node] == KIND_DECISION:
            _find_value(game, sums, workspace, player, mode, node, base)
    first, end = game.branch_image[branch], game.branch_image[branch + 1]
    _add_images(game, workspace, player, game.entry, first, end, workspace.total)


@njit(cache=True, _nrt=False)
def go_down(game, sums, workspace, player, mode):
    """The first street of a sweep for ``player``, down: row 0 of ``workspace.reach`` holds the other's range. Zeroes
    ``workspace.total``.
    """
    first = AVERAGE if mode in (UPDATE_LATER, BEST_LATER) else mode
    for node in game.upper:
        if game.kind[node] == KIND_DECISION and game.player[node] != player:
            _send_down(game, sums, workspace, player, first, node, 0)
    workspace.total[:] = np.float32(0.0)


@njit(cache=True, _nrt=False)
def sweep_branch(game, sums, workspace, player, mode, branch):
    """All that lies below a first card to come: adds the values of its entries, with all images, to
    ``workspace.total``.
    """
    later = UPDATE if mode == UPDATE_LATER else BEST if mode == BEST_LATER else mode
    if game.share.size == 2:
        _sweep_middle(game, sums, workspace, player, later, branch)
    else:
        _sweep_runout(game, sums, workspace, player, later, branch, workspace.total)


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
            _find_value(game, sums, workspace, player, first, node, 0)


@njit(cache=True, _nrt=False)
def sweep(game, sums, workspace, player, mode):
    """A whole sweep for ``player``: down the first street, over every branch, and up again."""
    go_down(game, sums, workspace, player, mode)
    for branch in range(game.branch_card.size):
        sweep_branch(game, sums, workspace, player, mode, branch)
    come_up(game, sums, workspace, player, mode)


@njit(cache=True, _nrt=False)
def run_iterations(game, sums, workspace, range_of_player, weight_of_iteration, first, last, mode):
    """Iterations ``first`` to ``last`` (not included) of alternating updates.

    range_of_player: float32[player, hand]; weight_of_iteration: float32[iteration, NUM_WEIGHTS]; mode: UPDATE, or
    UPDATE_LATER where the first street is locked.
    """
    for iteration in range(first, last):
        for weight in range(NUM_WEIGHTS):
            workspace.weight[weight] = weight_of_iteration[iteration, weight]
        for player in range(2):
            for hand in range(game.count[1 - player]):
                workspace.reach[0, hand] = range_of_player[1 - player, hand]
            sweep(game, sums, workspace, player, mode)


@njit(cache=True, _nrt=False)
def sweep_branches(game, sums, workspace, player, mode, branches):
    """``sweep_branch`` on each of ``branches`` (int64[n], places among the cards to come)."""
    for place in range(branches.size):
        sweep_branch(game, sums, workspace, player, mode, branches[place])
