"""A seat's best response by infosets over a list of deals, by one depth-first walk of the tree.

A node is met with the deals that come to it. The others' actions are drawn for each deal, or summed over; the seat
tries all of its own. So, on the way back, all that an action is worth with a bucket is known before one is chosen.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from holdem_mpi.kernels import rng
from holdem_mpi.kernels.arrays import KIND_DECISION, TreeCode
from holdem_mpi.kernels.traversal.payoff import terminal_value


class ResponseTree(NamedTuple):
    """The public tree and the layout of a policy's rows.

    kind: uint8[node]; street, player: int8[node]; first_edge: int64[node + 1]; child: int64[edge]; terminal,
    first_pair: int64[node]; base, width: int64[street, player], first pair of bucket 0, and pairs of one bucket. code:
    what ``terminal_value`` reads.
    """

    kind: np.ndarray
    street: np.ndarray
    player: np.ndarray
    first_edge: np.ndarray
    child: np.ndarray
    terminal: np.ndarray
    first_pair: np.ndarray
    base: np.ndarray
    width: np.ndarray
    code: TreeCode


class ListedDeals(NamedTuple):
    """bucket: int32[deal, street, player]. strength: int64[deal, player], larger wins. part: int64[deal], 0 or 1."""

    bucket: np.ndarray
    strength: np.ndarray
    part: np.ndarray


class Choosers(NamedTuple):
    """Who responds and by what.

    seat: that responds. draws: whether the others' actions are drawn by ``seed`` (uint64), or summed over. buckets:
    the most of a street.
    uses: bool[chooser, part], the deals that a chooser looks at. errors, least: float64 and int64[chooser]: it leaves
    the policy's mixture for an action that is better by so many standard errors, on at least so many deals.
    """

    seat: int
    draws: bool
    seed: np.uint64
    buckets: int
    uses: np.ndarray
    errors: np.ndarray
    least: np.ndarray


@njit(cache=True)
def _choose(each, mixture, bucket, weight, buckets, errors, least):
    """Put into ``mixture``, the values of the policy's own mixture there, those of the actions that are better.

    each: float64[action, deal]; mixture: float64[deal]; bucket: int64[deal]; weight: float64[deal], 0 of deals that
    must not be looked at.
    """
    actions, count = each.shape
    mass, met = np.zeros(buckets), np.zeros(buckets, np.int64)
    sums, squares = np.zeros((buckets, actions)), np.zeros((buckets, actions))
    for deal in range(count):
        if weight[deal] > 0.0:
            at = bucket[deal]
            mass[at] += weight[deal]
            met[at] += 1
            for action in range(actions):
                better = each[action, deal] - mixture[deal]
                sums[at, action] += weight[deal] * better
                squares[at, action] += weight[deal] * better * better
    taken = np.full(buckets, -1)
    for at in range(buckets):
        best = 0.0
        if met[at] >= least:
            for action in range(actions):
                mean = sums[at, action] / mass[at]
                variance = max(0.0, squares[at, action] / mass[at] - mean * mean) / max(1, met[at] - 1)
                score = mean - errors * np.sqrt(variance)
                if score > best:
                    best, taken[at] = score, action
    for deal in range(count):
        action = taken[bucket[deal]]
        if action >= 0:
            mixture[deal] = each[action, deal]


@njit(cache=True)
def _draw(sigma, seed, node, seat, taken):
    """Draw an action for each deal into ``taken`` (int64[deal]) from its row of ``sigma`` (float64[deal, action])."""
    state = np.zeros(10, np.uint64)
    rng.open_stream(state, seed, rng.DOMAIN_RESPONSE, 0, 0, node, seat)
    for deal in range(taken.size):
        left = rng.draw_unit(state)
        action = 0
        while action + 1 < sigma.shape[1] and left >= sigma[deal, action]:
            left -= sigma[deal, action]
            action += 1
        while sigma[deal, action] == 0.0:  # by rounding alone
            action -= 1
        taken[deal] = action


@njit(cache=True)
def walk_response(tree, probability, deals, choosers, node, entry, reach):
    """float64[1 + chooser, entry]: the seat's chips of each deal from ``node`` on, by the policy, then by each chooser.

    probability: float[pair], the policy. entry: int64[entry], the deals that have come here; reach: float64[entry],
    their weights times the probability of what the others did, where that is not drawn.
    """
    count, seat = entry.size, choosers.seat
    values = np.zeros((1 + choosers.errors.size, count))
    if tree.kind[node] != KIND_DECISION:
        for at in range(count):
            strength = deals.strength[entry[at]]
            values[:, at] = terminal_value(tree.code, tree.terminal[node], tree.kind[node], strength, seat)
        return values
    owner, street, edge = tree.player[node], tree.street[node], tree.first_edge[node]
    actions = tree.first_edge[node + 1] - edge
    sigma, bucket = np.empty((count, actions)), np.empty(count, np.int64)
    for at in range(count):
        bucket[at] = deals.bucket[entry[at], street, owner]
        pair = tree.base[street, owner] + bucket[at] * tree.width[street, owner] + tree.first_pair[node]
        for action in range(actions):
            sigma[at, action] = probability[pair + action]
    if owner != seat:
        taken = np.empty(count, np.int64)
        if choosers.draws:
            _draw(sigma, choosers.seed, node, seat, taken)
        for action in range(actions):
            comes = sigma[:, action] > 0.0
            if choosers.draws:
                comes = taken == action
            places = np.flatnonzero(comes)
            if places.size:
                further = reach[places] if choosers.draws else reach[places] * sigma[places, action]
                child, going = tree.child[edge + action], entry[places]
                below = walk_response(tree, probability, deals, choosers, child, going, further)
                for at in range(places.size):
                    share = 1.0 if choosers.draws else sigma[places[at], action]
                    for kind in range(values.shape[0]):
                        values[kind, places[at]] += share * below[kind, at]
        return values
    each = np.empty((actions, values.shape[0], count))
    for action in range(actions):
        each[action] = walk_response(tree, probability, deals, choosers, tree.child[edge + action], entry, reach)
        for at in range(count):
            for kind in range(values.shape[0]):
                values[kind, at] += sigma[at, action] * each[action, kind, at]
    weight = np.empty(count)
    for chooser in range(choosers.errors.size):
        for at in range(count):
            weight[at] = reach[at] if choosers.uses[chooser, deals.part[entry[at]]] else 0.0
        of_kind = each[:, 1 + chooser].copy()
        errors, least = choosers.errors[chooser], choosers.least[chooser]
        _choose(of_kind, values[1 + chooser], bucket, weight, choosers.buckets, errors, least)
    return values
