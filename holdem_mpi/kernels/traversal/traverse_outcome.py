"""Outcome sampling MCCFR (Lanctot et al. 2009): one history a traversal, importance-weighted."""

import numpy as np
from numba import njit

from holdem_mpi.kernels.arrays import (
    ACTIONS_SHIFT,
    C_VISITS,
    KIND_DECISION,
    P_EXPLORATION,
    P_LANE_WEIGHT,
    P_REGRET_BOUND,
    P_REGRET_SCALE,
    PLAYER_SHIFT,
    STREET_SHIFT,
)
from holdem_mpi.kernels.traversal.payoff import terminal_value
from holdem_mpi.kernels.traversal.regret import add_fixed, draw, match_regrets, sample_action
from holdem_mpi.kernels.traversal.rows import touch_row

_ONE = np.uint64(1)
_TWO = np.uint64(2)
_ZERO = np.uint64(0)


@njit(cache=True, _nrt=False, inline="always")
def traverse_outcome(tree, table, delta, deal, stream, work, player):
    """One sampled history for ``player``; returns an unbiased estimate of its value in chips.

    The updating player's actions come from the exploring policy (exploration / A + (1 - exploration) * sigma), the
    others' from their own strategies, so chance and the others cancel in the importance weight: what remains is
    1 / (the updating player's sampling reach). Regrets go to ``delta`` at the updating player's nodes. Average
    strategies are the work of ``traverse_average``.

    Arguments as in ``traverse_external``.
    """
    code = tree.code
    params = work.params
    lane_weight = params[P_LANE_WEIGHT]
    exploration = params[P_EXPLORATION]
    max_actions = np.uint64(work.scratch.size)
    frame = work.frame
    depth = _ZERO
    visits = 1
    node = _ZERO
    sampling_reach = 1.0
    while True:
        head = code[node]
        kind = head & np.uint32(3)
        if kind != KIND_DECISION:
            break
        visits += 1
        owner = np.uint64((head >> np.uint32(PLAYER_SHIFT)) & np.uint32(7))
        street = np.uint64((head >> np.uint32(STREET_SHIFT)) & np.uint32(3))
        actions = np.uint64((head >> np.uint32(ACTIONS_SHIFT)) & np.uint32(255)) & np.uint64(255)
        pair = deal.segment[street, owner] + np.uint64(code[node + _ONE])
        slot = touch_row(delta, pair, actions)
        if owner == np.uint64(player):
            start = depth * max_actions
            match_regrets(table, delta, pair, slot, actions, lane_weight, work.sigma, start)
            uniform = exploration / np.float64(actions)
            for index in range(actions):
                a = np.uint64(index)
                work.scratch[a] = uniform + (1.0 - exploration) * work.sigma[start + a]
            chosen = sample_action(work.scratch, _ZERO, actions, draw(stream))
            sampling_reach *= work.scratch[chosen]
            frame[depth, 2] = slot
            frame[depth, 3] = chosen
            frame[depth, 4] = actions
            depth += _ONE
        else:
            match_regrets(table, delta, pair, slot, actions, lane_weight, work.scratch, _ZERO)
            chosen = sample_action(work.scratch, _ZERO, actions, draw(stream))
        node = np.uint64(code[node + _TWO + chosen])
    payoff = terminal_value(tree, code[node + _ONE], kind, deal.strength, player)
    # From the last of the player's nodes to the first: ``value`` is the sampled counterfactual value of the action
    # that was taken; the other actions' is zero.
    value = payoff / sampling_reach
    scale = params[P_REGRET_SCALE]
    bound = params[P_REGRET_BOUND]
    while depth != _ZERO:
        depth -= _ONE
        start = depth * max_actions
        slot = frame[depth, 2]
        chosen = frame[depth, 3]
        actions = frame[depth, 4]
        of_node = work.sigma[start + chosen] * value
        for index in range(actions):
            a = np.uint64(index)
            add_fixed(delta, slot + a, ((value if a == chosen else 0.0) - of_node) * scale, bound)
        value = of_node
    delta.counters[C_VISITS] += visits
    return value
