"""The average policy's own pass: weights by the owner's reach alone, for any number of players and any sampler."""

import numpy as np
from numba import njit

from holdem_mpi.kernels.arrays import (
    ACTIONS_SHIFT,
    C_VISITS,
    KIND_DECISION,
    P_LANE_WEIGHT,
    P_STRATEGY_SCALE,
    PLAYER_SHIFT,
    STREET_SHIFT,
)
from holdem_mpi.kernels.traversal.regret import draw, match_regrets, sample_action
from holdem_mpi.kernels.traversal.rows import to_fixed, touch_row

_ONE = np.uint64(1)
_TWO = np.uint64(2)
_ZERO = np.uint64(0)


@njit(cache=True, _nrt=False, inline="always")
def traverse_average(tree, table, delta, deal, stream, work, player):
    """One sampled history that adds ``player``'s strategy at each of its nodes.

    The owner's actions are sampled from its strategy, everybody else's uniformly. So a row is met with probability
    (chance) * (owner's reach) * (a number that depends on the row's betting alone and never changes): normalised, its
    sums are the average policy weighted by the owner's reach. External sampling's own visits would be weighted by the
    reach of every player but the updating one, which is that only with two players.

    Arguments as in ``traverse_external``.
    """
    code = tree.code
    lane_weight = work.params[P_LANE_WEIGHT]
    scale = work.params[P_STRATEGY_SCALE]
    visits = 0
    node = _ZERO
    while True:
        head = code[node]
        if head & np.uint32(3) != KIND_DECISION:
            delta.counters[C_VISITS] += visits
            return
        visits += 1
        owner = np.uint64((head >> np.uint32(PLAYER_SHIFT)) & np.uint32(7))
        actions = np.uint64((head >> np.uint32(ACTIONS_SHIFT)) & np.uint32(255)) & np.uint64(255)
        if owner == np.uint64(player):
            street = np.uint64((head >> np.uint32(STREET_SHIFT)) & np.uint32(3))
            pair = deal.segment[street, owner] + np.uint64(code[node + _ONE])
            slot = touch_row(delta, pair, actions)
            match_regrets(table, delta, pair, slot, actions, lane_weight, work.scratch, _ZERO)
            for index in range(actions):
                a = np.uint64(index)
                delta.values[slot + actions + a] += to_fixed(work.scratch[a] * scale, delta.values)
            chosen = sample_action(work.scratch, _ZERO, actions, draw(stream))
        else:
            chosen = np.uint64(draw(stream) * np.float64(actions))
        node = np.uint64(code[node + _TWO + chosen])
