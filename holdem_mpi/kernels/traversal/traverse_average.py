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
from holdem_mpi.kernels.traversal.regret import draw, positive_regrets, sample_positive
from holdem_mpi.kernels.traversal.sinks import add_strategy

_ZERO, _ONE, _TWO = (np.uint64(number) for number in range(3))


@njit(cache=True, _nrt=False, inline="always")
def traverse_average(tree, table, sink, work, traversal):
    """One sampled history that adds the strategy of ``work.player[traversal]`` at each of its nodes.

    The owner's actions are sampled from its strategy, everybody else's uniformly. So a row is met with probability
    (chance) * (owner's reach) * (a number that depends on the row's betting alone and never changes): normalised, its
    sums are the average policy weighted by the owner's reach. External sampling's own visits would be weighted by the
    reach of every player but the updating one, which is that only with two players.

    Arguments as in ``traverse_external``.
    """
    code, player, scratch = tree.code, work.player[traversal], work.scratch
    weight, scale = work.params[P_LANE_WEIGHT], work.params[P_STRATEGY_SCALE]
    visits, node = 0, _ZERO
    while True:
        head = code[node]
        if head & np.uint32(3) != np.uint32(KIND_DECISION):
            sink.counters[C_VISITS] += visits
            return
        visits += 1
        owner = np.uint64((head >> np.uint32(PLAYER_SHIFT)) & np.uint32(7))
        actions = np.uint64((head >> np.uint32(ACTIONS_SHIFT)) & np.uint32(255))
        if owner == player:
            street = np.uint64((head >> np.uint32(STREET_SHIFT)) & np.uint32(3))
            pair = work.segment[work.of_deal[traversal] + street * work.players + owner] + np.uint64(code[node + _ONE])
            total = positive_regrets(table, sink, pair, actions, weight, scratch, _ZERO)
            positive = total > 0.0
            each = 0.0 if positive else scale * work.uniform[actions]
            add_strategy(sink, pair, actions, scratch, scale / (total if positive else 1.0), each)
            chosen = sample_positive(scratch, total, actions, draw(work, traversal))
        else:
            chosen = np.uint64(draw(work, traversal) * np.float64(actions))
        node = np.uint64(code[node + _TWO + chosen])
