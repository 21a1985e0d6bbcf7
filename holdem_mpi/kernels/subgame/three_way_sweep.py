"""Vector CFR for three players on one street: a sweep over the tree for one of them, in pieces that ranks can share.

A sweep for player i changes i's regrets and the strategy sums of the next player: on the way down the reach of both
others is known, and so each player's sums are added to once an iteration. ``begin_sweep`` goes down the top of the
tree, ``_sweep_piece`` does all there is in one of the subtrees below it, and ``end_sweep`` comes up the top again. What
is learnt in a piece depends on the reach that enters it alone, and what leaves it is the value of its root.
"""

from numba import njit

from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.kernels.subgame.subgame_types import BEST, TINY, UPDATE, W_NEGATIVE, W_POSITIVE, W_STRATEGY
from holdem_mpi.kernels.subgame.three_way_showdown import value_ends


@njit(cache=True, _nrt=False)
def _normalise(table, start, actions, hands, scale, even):
    """Fill ``scale`` and ``even``: probability = scale * entry above zero + even; a hand without any plays evenly."""
    for hand in range(hands):
        scale[hand] = 0.0
    for action in range(actions):
        at = start + action * hands
        for hand in range(hands):
            scale[hand] += max(table[at + hand], 0.0)
    share = 1.0 / actions
    for hand in range(hands):
        even[hand] = 0.0 if scale[hand] > TINY else share
        scale[hand] = 1.0 / scale[hand] if scale[hand] > TINY else 0.0


@njit(cache=True, _nrt=False)
def _send_down(game, sums, workspace, player, mode, node):
    """Reach of the player who acts at ``node``, not the sweep's, below it; in an update, the next player's sums."""
    who = game.player[node]
    hands, reach, scale, even = game.count[who], workspace.reach, workspace.scale, workspace.even
    table = sums.regret if mode == UPDATE else sums.strategy
    learns = mode == UPDATE and who == (player + 1) % 3
    decay = workspace.weight[W_STRATEGY]
    edge, start, row = game.first_edge[node], game.offset[node], game.row[who, node]
    actions = game.first_edge[node + 1] - edge
    _normalise(table, start, actions, hands, scale, even)
    for hand in range(hands):
        scale[hand] *= reach[row, hand]
        even[hand] *= reach[row, hand]
    for action in range(actions):
        at, below = start + action * hands, game.child[edge + action]
        for hand in range(hands):
            reach[below, hand] = max(table[at + hand], 0.0) * scale[hand] + even[hand]
        if learns:
            for hand in range(hands):
                sums.strategy[at + hand] = sums.strategy[at + hand] * decay + reach[below, hand]


@njit(cache=True, _nrt=False)
def _decide(game, sums, workspace, player, mode, node):
    """Value of the sweep's player at his own decision from those below; in an update, his regrets."""
    hands, value, edge, start = game.count[player], workspace.value, game.first_edge[node], game.offset[node]
    actions = game.first_edge[node + 1] - edge
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
        value[node, hand] = 0.0
    for action in range(actions):
        at, below = start + action * hands, game.child[edge + action]
        for hand in range(hands):
            value[node, hand] += (max(table[at + hand], 0.0) * scale[hand] + even[hand]) * value[below, hand]
    if mode == UPDATE:
        positive, negative = workspace.weight[W_POSITIVE], workspace.weight[W_NEGATIVE]
        for action in range(actions):
            at, below = start + action * hands, game.child[edge + action]
            for hand in range(hands):
                regret = table[at + hand]
                kept = regret * (positive if regret > 0.0 else negative)
                table[at + hand] = kept + value[below, hand] - value[node, hand]


@njit(cache=True, _nrt=False)
def _find_value(game, sums, workspace, player, mode, node):
    """Value of ``player`` at a decision from those of its children, which are known."""
    if game.player[node] == player:
        _decide(game, sums, workspace, player, mode, node)
        return
    value = workspace.value
    for hand in range(game.count[player]):
        value[node, hand] = value[game.child[game.first_edge[node]], hand]
    for edge in range(game.first_edge[node] + 1, game.first_edge[node + 1]):
        below = game.child[edge]
        for hand in range(game.count[player]):
            value[node, hand] += value[below, hand]


@njit(cache=True, _nrt=False)
def _sweep_piece(game, sums, workspace, player, mode, piece):
    """The whole of a piece: reaches down, ends, values up."""
    first, end = game.piece_start[piece], game.piece_end[piece]
    for node in range(first, end):
        if game.kind[node] == KIND_DECISION and game.player[node] != player:
            _send_down(game, sums, workspace, player, mode, node)
    value_ends(game, workspace, player, game.piece_ends[player, piece], game.piece_ends[player, piece + 1])
    for node in range(end - 1, first - 1, -1):
        if game.kind[node] == KIND_DECISION:
            _find_value(game, sums, workspace, player, mode, node)


@njit(cache=True, _nrt=False)
def begin_sweep(game, sums, workspace, player, mode, pieces):
    """A sweep for ``player``, but for the top's way up: the top down, and all of ``pieces`` (int64[n])."""
    for node in game.top:
        if game.player[node] != player:
            _send_down(game, sums, workspace, player, mode, node)
    for piece in pieces:
        _sweep_piece(game, sums, workspace, player, mode, piece)


@njit(cache=True, _nrt=False)
def end_sweep(game, sums, workspace, player, mode):
    """The rest of it, once the values of all pieces' roots are known: row 0 of ``workspace.value`` is then the value of
    each hand against the ranges of both others.
    """
    for node in game.top[::-1]:
        _find_value(game, sums, workspace, player, mode, node)
