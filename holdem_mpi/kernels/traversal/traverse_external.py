"""External sampling MCCFR (Lanctot et al. 2009): all actions of the updating player, one of everybody else's."""

import numpy as np
from numba import njit

from holdem_mpi.kernels.arrays import (
    ACTIONS_SHIFT,
    C_VISITS,
    KIND_DECISION,
    LAST_STREET_BIT,
    P_AVERAGE_INLINE,
    P_LANE_WEIGHT,
    P_PRUNE_BELOW,
    P_REGRET_BOUND,
    P_REGRET_SCALE,
    P_STRATEGY_SCALE,
    PLAYER_SHIFT,
    STREET_SHIFT,
    TERMINAL_SHIFT,
)
from holdem_mpi.kernels.traversal.payoff import terminal_value
from holdem_mpi.kernels.traversal.regret import add_fixed, draw, match_regrets, prefetch_children, sample_action
from holdem_mpi.kernels.traversal.rows import to_fixed, touch_row

# Entries of a table below which prefetching costs more than it saves.
_FITS_THE_CACHE = 1 << 15
_ONE = np.uint64(1)
_TWO = np.uint64(2)
_ZERO = np.uint64(0)


@njit(cache=True, _nrt=False, inline="always")
def traverse_external(tree, table, delta, deal, stream, work, player):
    """One traversal for ``player`` on one deal; returns its sampled value in chips.

    At the updating player's nodes the regret of every action is added to ``delta``; with two players, the opponent's
    strategy is added at the opponent's nodes, where chance and the updating player have reach 1 or are sampled, so that
    it is weighted by the owner's reach alone. Actions whose merged regret lies below params[P_PRUNE_BELOW] and that
    would not be played are passed over (Brown and Sandholm 2019), never on the last street or where they end the hand.

    tree: TreeCode; table: float[entries], read only; delta: DeltaRows, or an InPlace of ``table`` itself, changed;
    deal: Deal; stream: RandomStream, advanced; work: TraversalWorkspace, its stacks overwritten.
    """
    code = tree.code
    params = work.params
    lane_weight = params[P_LANE_WEIGHT]
    regret_scale = params[P_REGRET_SCALE]
    regret_bound = params[P_REGRET_BOUND]
    strategy_scale = params[P_STRATEGY_SCALE]
    prune_below = params[P_PRUNE_BELOW]
    average_inline = params[P_AVERAGE_INLINE] != 0.0
    max_actions = np.uint64(work.scratch.size)
    large = table.size > _FITS_THE_CACHE
    frame = work.frame
    depth = _ZERO
    visits = 0
    node = _ZERO
    while True:
        # Down to a terminal node, opening the updating player's nodes on the way.
        while True:
            visits += 1
            head = code[node]
            kind = head & np.uint32(3)
            if kind != KIND_DECISION:
                value = terminal_value(tree, code[node + _ONE], kind, deal.strength, player)
                break
            owner = np.uint64((head >> np.uint32(PLAYER_SHIFT)) & np.uint32(7))
            street = np.uint64((head >> np.uint32(STREET_SHIFT)) & np.uint32(3))
            actions = np.uint64((head >> np.uint32(ACTIONS_SHIFT)) & np.uint32(255)) & np.uint64(255)
            pair = deal.segment[street, owner] + np.uint64(code[node + _ONE])
            slot = touch_row(delta, pair, actions)
            if owner == np.uint64(player):
                if large:
                    # All children will be visited, and of each one child: its row is asked for before that is known.
                    prefetch_children(tree, table, delta, deal.segment, node, actions)
                    for index in range(actions):
                        child = np.uint64(code[node + _TWO + np.uint64(index)])
                        width = np.uint64((code[child] >> np.uint32(ACTIONS_SHIFT)) & np.uint32(255))
                        prefetch_children(tree, table, delta, deal.segment, child, width)
                start = depth * max_actions
                match_regrets(table, delta, pair, slot, actions, lane_weight, work.sigma, start)
                pruned = _ZERO
                if prune_below > -np.inf and not head & np.uint32(LAST_STREET_BIT):
                    for action in range(actions):
                        a = np.uint64(action)
                        if (
                            np.float64(table[_TWO * pair + a]) < prune_below
                            and work.sigma[start + a] == 0.0
                            and not (head >> np.uint32(TERMINAL_SHIFT + action)) & np.uint32(1)
                        ):
                            pruned |= _ONE << a
                first = _ZERO
                while (pruned >> first) & _ONE:
                    first += _ONE
                frame[depth, 0] = node
                frame[depth, 2] = slot
                frame[depth, 3] = first
                frame[depth, 4] = actions
                frame[depth, 5] = pruned
                work.expected[depth] = 0.0
                depth += _ONE
                node = np.uint64(code[node + _TWO + first])
            else:
                match_regrets(table, delta, pair, slot, actions, lane_weight, work.scratch, _ZERO)
                if average_inline:
                    for action in range(actions):
                        a = np.uint64(action)
                        delta.values[slot + actions + a] += to_fixed(work.scratch[a] * strategy_scale, delta.values)
                chosen = sample_action(work.scratch, _ZERO, actions, draw(stream))
                node = np.uint64(code[node + _TWO + chosen])
        # Up, closing nodes whose last action has its value.
        while True:
            if depth == _ZERO:
                delta.counters[C_VISITS] += visits
                return value
            top = depth - _ONE
            start = top * max_actions
            action = frame[top, 3]
            actions = frame[top, 4]
            pruned = frame[top, 5]
            work.value[start + action] = value
            work.expected[top] += work.sigma[start + action] * value
            action += _ONE
            while action < actions and (pruned >> action) & _ONE:
                action += _ONE
            if action < actions:
                frame[top, 3] = action
                node = np.uint64(code[frame[top, 0] + _TWO + action])
                break
            value = work.expected[top]
            slot = frame[top, 2]
            for index in range(actions):
                a = np.uint64(index)
                if not (pruned >> a) & _ONE:
                    add_fixed(delta, slot + a, (work.value[start + a] - value) * regret_scale, regret_bound)
            depth = top
