"""What a player's hands do at a decision: regret matching, the reach below it, its value and its regrets.

Loops over hands, one pass over all actions where these are two or three, as they mostly are; no action's numbers then
go to memory and back between the steps. Tables are [action, hand] from ``start`` on, reach and value are [node, hand];
a hand without anything above zero plays evenly.
"""

import numpy as np
from numba import njit

from holdem_mpi.kernels.subgame.subgame_types import TINY


@njit(cache=True, _nrt=False)
def _send_two(table, strategy, starts, hands, reach, rows, decay):
    zero, one, share = np.float32(0.0), np.float32(1.0), np.float32(0.5)
    start, kept = starts
    above, a, b = reach[rows[0]], reach[rows[1]], reach[rows[2]]
    from_a, from_b = table[start : start + hands], table[start + hands : start + 2 * hands]
    to_a, to_b = strategy[kept : kept + hands], strategy[kept + hands : kept + 2 * hands]
    for hand in range(hands):
        first, second = max(from_a[hand], zero), max(from_b[hand], zero)
        total = first + second
        scale = above[hand] * (one / total if total > TINY else zero)
        even = zero if total > TINY else above[hand] * share
        first, second = first * scale + even, second * scale + even
        a[hand] = first
        b[hand] = second
        to_a[hand] = to_a[hand] * decay + first
        to_b[hand] = to_b[hand] * decay + second


@njit(cache=True, _nrt=False)
def _send_three(table, strategy, starts, hands, reach, rows, decay):
    zero, one, share = np.float32(0.0), np.float32(1.0), np.float32(1.0 / 3.0)
    start, kept = starts
    above, a, b, c = reach[rows[0]], reach[rows[1]], reach[rows[2]], reach[rows[3]]
    from_a, from_b = table[start : start + hands], table[start + hands : start + 2 * hands]
    from_c = table[start + 2 * hands : start + 3 * hands]
    to_a, to_b = strategy[kept : kept + hands], strategy[kept + hands : kept + 2 * hands]
    to_c = strategy[kept + 2 * hands : kept + 3 * hands]
    for hand in range(hands):
        first, second, third = max(from_a[hand], zero), max(from_b[hand], zero), max(from_c[hand], zero)
        total = first + second + third
        scale = above[hand] * (one / total if total > TINY else zero)
        even = zero if total > TINY else above[hand] * share
        first, second, third = first * scale + even, second * scale + even, third * scale + even
        a[hand] = first
        b[hand] = second
        c[hand] = third
        to_a[hand] = to_a[hand] * decay + first
        to_b[hand] = to_b[hand] * decay + second
        to_c[hand] = to_c[hand] * decay + third


@njit(cache=True, _nrt=False)
def _normalise(table, start, actions, hands, scale, even):
    """Fill ``scale`` and ``even``: probability = scale * entry above zero + even."""
    zero, one, share = np.float32(0.0), np.float32(1.0), np.float32(1.0 / actions)
    for hand in range(hands):
        scale[hand] = max(table[start + hand], zero)
    for action in range(1, actions):
        row = table[start + action * hands : start + action * hands + hands]
        for hand in range(hands):
            scale[hand] += max(row[hand], zero)
    for hand in range(hands):
        total = scale[hand]
        scale[hand] = one / total if total > TINY else zero
        even[hand] = zero if total > TINY else share


@njit(cache=True, _nrt=False)
def send(table, strategy, starts, hands, reach, rows, scratch, decay):
    """Reach of a player below its decision, by the entries of ``table``; it is added to ``strategy``, times ``decay``.

    starts: of the decision in ``table`` and in ``strategy``; rows: int32[1 + actions], of ``reach``, of the decision
    and of what follows each action; scratch: float32[2, hand].
    """
    actions = rows.size - 1
    if actions == 2:
        _send_two(table, strategy, starts, hands, reach, rows, decay)
        return
    if actions == 3:
        _send_three(table, strategy, starts, hands, reach, rows, decay)
        return
    scale, even, above = scratch[0], scratch[1], reach[rows[0]]
    _normalise(table, starts[0], actions, hands, scale, even)
    for hand in range(hands):
        scale[hand] *= above[hand]
        even[hand] *= above[hand]
    for action in range(actions):
        source, below = table[starts[0] + action * hands :], reach[rows[1 + action]]
        target = strategy[starts[1] + action * hands :]
        for hand in range(hands):
            sent = max(source[hand], np.float32(0.0)) * scale[hand] + even[hand]
            below[hand] = sent
            target[hand] = target[hand] * decay + sent


@njit(cache=True, _nrt=False)
def _learn_two(regret, start, hands, value, rows, positive, negative):
    zero, one, share = np.float32(0.0), np.float32(1.0), np.float32(0.5)
    here, a, b = value[rows[0]], value[rows[1]], value[rows[2]]
    of_a, of_b = regret[start : start + hands], regret[start + hands : start + 2 * hands]
    for hand in range(hands):
        old_a, old_b = of_a[hand], of_b[hand]
        first, second = max(old_a, zero), max(old_b, zero)
        total = first + second
        scale, even = one / total if total > TINY else zero, zero if total > TINY else share
        mean = (first * scale + even) * a[hand] + (second * scale + even) * b[hand]
        here[hand] = mean
        of_a[hand] = old_a * (positive if old_a > zero else negative) + (a[hand] - mean)
        of_b[hand] = old_b * (positive if old_b > zero else negative) + (b[hand] - mean)


@njit(cache=True, _nrt=False)
def _learn_three(regret, start, hands, value, rows, positive, negative):
    zero, one, share = np.float32(0.0), np.float32(1.0), np.float32(1.0 / 3.0)
    here, a, b, c = value[rows[0]], value[rows[1]], value[rows[2]], value[rows[3]]
    of_a, of_b = regret[start : start + hands], regret[start + hands : start + 2 * hands]
    of_c = regret[start + 2 * hands : start + 3 * hands]
    for hand in range(hands):
        old_a, old_b, old_c = of_a[hand], of_b[hand], of_c[hand]
        first, second, third = max(old_a, zero), max(old_b, zero), max(old_c, zero)
        total = first + second + third
        scale, even = one / total if total > TINY else zero, zero if total > TINY else share
        mean = (first * scale + even) * a[hand] + (second * scale + even) * b[hand] + (third * scale + even) * c[hand]
        here[hand] = mean
        of_a[hand] = old_a * (positive if old_a > zero else negative) + (a[hand] - mean)
        of_b[hand] = old_b * (positive if old_b > zero else negative) + (b[hand] - mean)
        of_c[hand] = old_c * (positive if old_c > zero else negative) + (c[hand] - mean)


@njit(cache=True, _nrt=False)
def mix(table, start, hands, value, rows, scratch):
    """Value of a decision by the entries of ``table``. rows: int32[1 + actions], of ``value``, as for ``send``."""
    actions, here = rows.size - 1, value[rows[0]]
    scale, even = scratch[0], scratch[1]
    _normalise(table, start, actions, hands, scale, even)
    for action in range(actions):
        source, below = table[start + action * hands :], value[rows[1 + action]]
        if action == 0:
            for hand in range(hands):
                here[hand] = (max(source[hand], np.float32(0.0)) * scale[hand] + even[hand]) * below[hand]
        else:
            for hand in range(hands):
                here[hand] += (max(source[hand], np.float32(0.0)) * scale[hand] + even[hand]) * below[hand]


@njit(cache=True, _nrt=False)
def learn_regrets(regret, start, hands, value, rows, scratch, positive, negative):
    """Value of a player's decision by its regrets, which are then multiplied by ``positive`` or ``negative``, by their
    sign, and added to; see ``mix``.
    """
    actions = rows.size - 1
    if actions == 2:
        _learn_two(regret, start, hands, value, rows, positive, negative)
        return
    if actions == 3:
        _learn_three(regret, start, hands, value, rows, positive, negative)
        return
    mix(regret, start, hands, value, rows, scratch)
    here = value[rows[0]]
    for action in range(actions):
        row, below = regret[start + action * hands :], value[rows[1 + action]]
        for hand in range(hands):
            old = row[hand]
            row[hand] = old * (positive if old > np.float32(0.0) else negative) + (below[hand] - here[hand])


@njit(cache=True, _nrt=False)
def take_best(hands, value, rows):
    """Value of a decision where each hand does the best that it can; see ``mix``."""
    here = value[rows[0]]
    for hand in range(hands):
        here[hand] = value[rows[1], hand]
    for action in range(2, rows.size):
        below = value[rows[action]]
        for hand in range(hands):
            here[hand] = max(here[hand], below[hand])


@njit(cache=True, _nrt=False)
def add_up(hands, value, rows):
    """Value of a decision of the other player, whose probabilities are in its reach: the sum over its actions."""
    here, below = value[rows[0]], value[rows[1]]
    if rows.size == 2:
        for hand in range(hands):
            here[hand] = below[hand]
        return
    second = value[rows[2]]
    for hand in range(hands):
        here[hand] = below[hand] + second[hand]
    for action in range(3, rows.size):
        below = value[rows[action]]
        for hand in range(hands):
            here[hand] += below[hand]
