"""External sampling MCCFR (Lanctot et al. 2009): all actions of the updating player, one of everybody else's.

Several traversals at once, by queues of nodes instead of a stack: while one waits for a row, the others' are at work.
"""

import numpy as np
from numba import njit

from holdem_mpi.kernels.arrays import (
    ACTIONS_SHIFT,
    C_VISITS,
    KIND_DECISION,
    LAST_STREET_BIT,
    P_AVERAGE_INLINE,
    P_LANE_WEIGHT,
    P_REGRET_BOUND,
    P_REGRET_SCALE,
    P_STRATEGY_SCALE,
    PLAYER_SHIFT,
    STREET_SHIFT,
    TERMINAL_SHIFT,
)
from holdem_mpi.kernels.prefetch import prefetch
from holdem_mpi.kernels.traversal.payoff import value_of_many
from holdem_mpi.kernels.traversal.regret import draw, match_regrets, positive_regrets, sample_positive
from holdem_mpi.kernels.traversal.sinks import add_regrets, add_strategy, entries_in_use

_ZERO, _ONE, _TWO, _THREE = (np.uint64(number) for number in range(4))
_HALF = np.uint64(32)
_LOWER = np.uint64(0xFFFFFFFF)
_UPPER = np.uint64(0xFFFFFFFF << 32)
_TRAVERSAL_AT = np.uint64(48)
_ACTIONS_AT = np.uint64(40)
_PAIR = np.uint64((1 << 40) - 1)
_KIND = np.uint32(3)
_DECISION = np.uint32(KIND_DECISION)
_PLAYER_SHIFT, _STREET_SHIFT, _ACTIONS_SHIFT = (
    np.uint32(PLAYER_SHIFT),
    np.uint32(STREET_SHIFT),
    np.uint32(ACTIONS_SHIFT),
)
_SEVEN, _255 = np.uint32(7), np.uint32(255)


@njit(cache=True, _nrt=False, inline="always")
def _enqueue(tree, table, sink, work, ends, child, link, traversal):
    """Put a node into the queue of its kind, its row asked for; the queues' new ends (own, others', terminal).

    Without a branch on the kind, which no predictor could guess.
    """
    head = tree.code[child]
    owner = np.uint64((head >> _PLAYER_SHIFT) & _SEVEN)
    street = np.uint64((head >> _STREET_SHIFT) & _KIND)
    decision = np.uint64((head & _KIND) == _DECISION)
    own = np.uint64(owner == work.player[traversal]) & decision
    others = decision - own
    pair = work.segment[work.of_deal[traversal] + street * work.players + owner] * decision
    pair += np.uint64(tree.code[child + _ONE])
    of_own, of_others, of_terminal = ends
    place = of_own if own else (of_others if others else of_terminal)
    work.nodes[place] = child | (link << _HALF)
    work.places[place] = pair | (traversal << _TRAVERSAL_AT)
    entry = (pair * decision) << _ONE
    prefetch(table, entry)
    last = entries_in_use(sink, np.uint64((head >> _ACTIONS_SHIFT) & _255)) - _ONE
    prefetch(table, entry + last * decision)  # a row may lie in two lines of the cache
    return of_own + own, of_others + others, of_terminal + (_ONE - decision)


@njit(cache=True, _nrt=False, inline="always")
def _actions_to_pass(table, pair, actions, head, work, start, threshold):
    """Bits of the actions that pruning passes over (Brown and Sandholm 2019): their merged regret lies below the
    threshold and they would not be played; never on the last street or where they end the hand.
    """
    passed = _ZERO
    if threshold > -np.inf and not head & np.uint32(LAST_STREET_BIT):
        for index in range(actions):
            action = np.uint64(index)
            if (
                np.float64(table[_TWO * pair + action]) < threshold
                and work.sigma[start + action] == 0.0
                and not (head >> np.uint32(TERMINAL_SHIFT + index)) & np.uint32(1)
            ):
                passed |= _ONE << action
    return passed


@njit(cache=True, _nrt=False, inline="always")
def _value_terminals(tree, work, traversals, first, last):
    """Give the terminal nodes of the queue their values."""
    for index in range(first, last):
        place = work.places[index]
        traversal, terminal = place >> _TRAVERSAL_AT, place & _PAIR
        player = work.player[traversal]
        if work.players == _TWO:
            value = tree.fixed_of_terminal[terminal * _TWO + player]
            value += tree.matched_of_terminal[terminal] * work.ahead[traversal]
        else:
            kind = tree.code[work.nodes[index] & _LOWER] & _KIND
            strength = work.strength[traversal // work.players]
            value = value_of_many(tree, terminal, kind, strength, np.int64(player))
        work.value[work.nodes[index] >> _HALF] = value


@njit(cache=True, _nrt=False, inline="always")
def traverse_external(tree, table, sink, work, traversals):
    """Walk traversals 0 to ``traversals`` (not included) at once; their sampled values in chips are left in
    ``work.value``.

    At the updating player's nodes the regret of every action is added to ``sink``, once all have been walked: none sees
    what another adds. With two players, the opponent's strategy is added at the opponent's nodes, where chance and the
    updating player have reach 1 or are sampled, so that it is weighted by the owner's reach alone.

    tree: TreeCode; table: float[entries], read only; sink: SegmentLogs, DenseDelta, or an InPlace of ``table`` itself,
    changed; work: TraversalWorkspace, its deals and streams filled in, the rest overwritten.
    """
    code, params = tree.code, work.params
    nodes, places, sigma = work.nodes, work.places, work.sigma
    widest, scratch = work.widest, work.scratch
    strategy_scale = params[P_STRATEGY_SCALE]
    average_inline = params[P_AVERAGE_INLINE] != 0.0
    of_actions = np.uint64(traversals)
    own, others, terminal = _ZERO, work.capacity, work.capacity + work.capacity
    ends = own, others, terminal
    for index in range(traversals):
        ends = _enqueue(tree, table, sink, work, ends, _ZERO, np.uint64(index), np.uint64(index))
    while own < ends[0] or others < ends[1]:
        while own < ends[0]:
            node, link = nodes[own] & _LOWER, nodes[own] >> _HALF
            pair, traversal = places[own] & _PAIR, places[own] >> _TRAVERSAL_AT
            head = code[node]
            actions = np.uint64((head >> _ACTIONS_SHIFT) & _255)
            start = own * widest
            match_regrets(table, sink, pair, actions, work, sigma, start)
            passed = _actions_to_pass(table, pair, actions, head, work, start, work.prune_below[traversal])
            work.kept[own] = pair | (actions << _ACTIONS_AT)
            work.links[own] = link
            work.pruned[own] = passed
            own += _ONE
            for index in range(actions):
                action = np.uint64(index)
                if not (passed >> action) & _ONE:
                    child = np.uint64(code[node + _TWO + action])
                    ends = _enqueue(tree, table, sink, work, ends, child, of_actions + start + action, traversal)
        while others < ends[1]:
            node = nodes[others] & _LOWER
            pair, traversal = places[others] & _PAIR, places[others] >> _TRAVERSAL_AT
            actions = np.uint64((code[node] >> _ACTIONS_SHIFT) & _255)
            total = positive_regrets(table, sink, pair, actions, params[P_LANE_WEIGHT], scratch, _ZERO)
            if average_inline:
                positive = total > 0.0
                factor = strategy_scale / (total if positive else 1.0)
                each = 0.0 if positive else strategy_scale * work.uniform[actions]
                add_strategy(sink, pair, actions, scratch, factor, each)
            chosen = sample_positive(scratch, total, actions, draw(work, traversal))
            child = np.uint64(code[node + _TWO + chosen])
            link = nodes[others] >> _HALF
            others += _ONE
            ends = _enqueue(tree, table, sink, work, ends, child, link, traversal)
    _value_terminals(tree, work, traversals, terminal, ends[2])
    sink.counters[C_VISITS] += np.int64(ends[0] + (ends[1] - work.capacity) + (ends[2] - terminal))
    scale, bound = params[P_REGRET_SCALE], params[P_REGRET_BOUND]
    value = work.value
    while own > _ZERO:
        own -= _ONE
        start = own * widest
        first = of_actions + start
        pair, actions = work.kept[own] & _PAIR, work.kept[own] >> _ACTIONS_AT
        passed = work.pruned[own]
        mean = 0.0
        if passed:
            for index in range(actions):
                action = np.uint64(index)
                mean += 0.0 if (passed >> action) & _ONE else sigma[start + action] * value[first + action]
            for index in range(actions):
                if (passed >> np.uint64(index)) & _ONE:  # so that nothing is added to its regret
                    value[first + np.uint64(index)] = mean
        elif _TWO <= actions <= _THREE:
            mean = sigma[start] * value[first] + sigma[start + _ONE] * value[first + _ONE]
            if actions == _THREE:
                mean += sigma[start + _TWO] * value[first + _TWO]
        else:
            for index in range(actions):
                mean += sigma[start + np.uint64(index)] * value[first + np.uint64(index)]
        value[work.links[own]] = mean
        add_regrets(sink, pair, actions, value, first, mean, scale, bound)
