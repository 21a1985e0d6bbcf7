"""What a terminal node pays, from stakes and strengths; no rule of any one game."""

import numpy as np
from numba import njit

from holdem_mpi.kernels.arrays import KIND_FOLD


@njit(cache=True, _nrt=False)
def _pot_share(stake, folded, strength, player):
    """Chips that ``player`` (not folded) gets back, side pots by levels of stake, ties split exactly."""
    num_players = stake.size
    level = 0.0
    share = 0.0
    while True:
        following = np.inf
        for other in range(num_players):
            if level < stake[other] < following:
                following = stake[other]
        if following > stake[player]:
            return share
        pot = 0.0
        winners = 0.0
        best = True
        for other in range(num_players):
            if stake[other] > level:
                pot += following - level
            if stake[other] >= following and not (folded >> other) & 1:
                if strength[other] > strength[player]:
                    best = False
                elif strength[other] == strength[player]:
                    winners += 1.0
        if best:
            share += pot / winners
        level = following


@njit(cache=True, _nrt=False)
def value_of_many(tree, terminal, kind, strength, player):
    """``terminal_value`` with more than two players."""
    stake = tree.stake_of_terminal[terminal]
    folded = np.int64(tree.folded_of_terminal[terminal])
    if (folded >> player) & 1:
        return -stake[player]
    if kind == KIND_FOLD:
        total = 0.0
        for other in range(stake.size):
            total += stake[other]
        return total - stake[player]
    return _pot_share(stake, folded, strength, player) - stake[player]


@njit(cache=True, _nrt=False, inline="always")
def terminal_value(tree, terminal, kind, strength, player):
    """Net chips (float64) of ``player`` at a terminal node. Inlined: a call would copy the headers of all arrays."""
    if tree.stake_of_terminal.shape[1] == 2:
        mine = tree.stake_of_terminal[terminal, player]
        others = tree.stake_of_terminal[terminal, 1 - player]
        if kind == KIND_FOLD:
            value = -mine if (tree.folded_of_terminal[terminal] >> player) & 1 else others
        else:
            matched = min(mine, others)
            ahead = np.int64(strength[player] > strength[1 - player])
            behind = np.int64(strength[player] < strength[1 - player])
            value = matched * np.float64(ahead - behind)
    else:
        value = value_of_many(tree, terminal, kind, strength, player)
    return value
