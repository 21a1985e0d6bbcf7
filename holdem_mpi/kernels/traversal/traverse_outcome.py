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
from holdem_mpi.kernels.traversal.regret import draw, match_regrets, positive_regrets, sample_positive
from holdem_mpi.kernels.traversal.sinks import add_regrets

_ZERO, _ONE, _TWO, _THREE = (np.uint64(number) for number in range(4))


@njit(cache=True, _nrt=False, inline="always")
def _sample_history(tree, table, sink, work, traversal):
    """Walk one history: (terminal value in chips, the updating player's sampling reach, its nodes, visits).

    The nodes are left in ``work.path``, their strategies in ``work.sigma``.
    """
    code, player = tree.code, work.player[traversal]
    exploration, weight = work.params[P_EXPLORATION], work.params[P_LANE_WEIGHT]
    begin = traversal * work.depth
    depth, node, visits, sampling_reach = _ZERO, _ZERO, 1, 1.0
    while True:
        head = code[node]
        kind = head & np.uint32(3)
        if kind != np.uint32(KIND_DECISION):
            strength = work.strength[traversal // work.players]
            value = terminal_value(tree, np.uint64(code[node + _ONE]), kind, strength, np.int64(player))
            return value, sampling_reach, depth, visits
        visits += 1
        owner = np.uint64((head >> np.uint32(PLAYER_SHIFT)) & np.uint32(7))
        street = np.uint64((head >> np.uint32(STREET_SHIFT)) & np.uint32(3))
        actions = np.uint64((head >> np.uint32(ACTIONS_SHIFT)) & np.uint32(255))
        pair = work.segment[work.of_deal[traversal] + street * work.players + owner] + np.uint64(code[node + _ONE])
        if owner == player:
            start = (begin + depth) * work.widest
            match_regrets(table, sink, pair, actions, work, work.sigma, start)
            for index in range(actions):
                action = np.uint64(index)
                explored = exploration * work.uniform[actions] + (1.0 - exploration) * work.sigma[start + action]
                work.scratch[action] = explored
            chosen = sample_positive(work.scratch, 1.0, actions, draw(work, traversal))
            sampling_reach *= work.scratch[chosen]
            place = (begin + depth) * _THREE
            work.path[place] = pair
            work.path[place + _ONE] = chosen
            work.path[place + _TWO] = actions
            depth += _ONE
        else:
            total = positive_regrets(table, sink, pair, actions, weight, work.scratch, _ZERO)
            chosen = sample_positive(work.scratch, total, actions, draw(work, traversal))
        node = np.uint64(code[node + _TWO + chosen])


@njit(cache=True, _nrt=False, inline="always")
def traverse_outcome(tree, table, sink, work, traversals):
    """Sample a history for each of traversals 0 to ``traversals`` (not included); unbiased estimates of their values in
    chips are left in ``work.value``.

    The updating player's actions come from the exploring policy (exploration / A + (1 - exploration) * sigma), the
    others' from their own strategies, so chance and the others cancel in the importance weight: what remains is
    1 / (the updating player's sampling reach). Regrets go to ``sink`` at the updating player's nodes, once all have
    been walked. Average strategies are the work of ``traverse_average``.

    Arguments as in ``traverse_external``.
    """
    scale, bound = work.params[P_REGRET_SCALE], work.params[P_REGRET_BOUND]
    for index in range(traversals):
        traversal = np.uint64(index)
        payoff, sampling_reach, depth, visits = _sample_history(tree, table, sink, work, traversal)
        sink.counters[C_VISITS] += visits
        work.value[traversal] = payoff / sampling_reach
        work.kept[traversal] = depth
    first = np.uint64(traversals)
    for index in range(traversals):
        traversal = np.uint64(index)
        # From the last of the player's nodes to the first: ``value`` is the sampled counterfactual value of the action
        # that was taken; the other actions' is zero.
        value, depth = work.value[traversal], work.kept[traversal]
        while depth != _ZERO:
            depth -= _ONE
            place = traversal * work.depth + depth
            pair, chosen, actions = (
                work.path[place * _THREE],
                work.path[place * _THREE + _ONE],
                work.path[place * _THREE + _TWO],
            )
            mean = work.sigma[place * work.widest + chosen] * value
            for other in range(actions):
                work.value[first + np.uint64(other)] = 0.0
            work.value[first + chosen] = value
            add_regrets(sink, pair, actions, work.value, first, mean, scale, bound)
            value = mean
        work.value[traversal] = value
