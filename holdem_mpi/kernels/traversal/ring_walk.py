"""Search with three and more players: external sampling of the street in play, choices of continuations at its end.

After Brown and Sandholm, "Superhuman AI for multiplayer poker" (Science 2019): where the street ends each player who is
left chooses, by what he holds but not knowing what the others choose, whether he goes on by the blueprint or by one
that folds, calls or raises more often; what that is worth is rolled out. All hands are drawn from ranges, those of
players who have folded, too.
"""

import numpy as np
from numba import njit

from holdem_mpi.kernels import rng
from holdem_mpi.kernels.arrays import (
    ACTIONS_SHIFT,
    KIND_DECISION,
    KIND_SHOWDOWN,
    PLAYER_SHIFT,
    STREET_SHIFT,
)
from holdem_mpi.kernels.cards.deal import D_CARDS, D_DECK, D_PUBLIC, DECK_TOY, draw_cards, read_holdem, read_toy
from holdem_mpi.kernels.traversal.payoff import value_of_many
from holdem_mpi.kernels.traversal.ring_types import NUM_CONTINUATIONS, RING_LEAF

# Deals of an iteration, for each player that is updated.
DEALS = 32
# Draws of all hands before ranges are taken for such as cannot meet.
MOST_DRAWS = 2000
# How many times likelier a continuation makes the actions that it favours.
_BIAS = 5.0
# The share of the traversals that is led along the betting to the decision that is sought.
_LED = 0.5
# Streams of this search are those of other players than two-player search has.
_FIRST_STREAM = 8
_ONE, _TWO = np.uint64(1), np.uint64(2)


@njit(cache=True)
def deal_hands(ranges, tables, code, deal, work):
    """Draw hands of all players by their ranges, none with a card of another, and a board; fill ``deal`` and
    ``work.group``. False where ranges do not meet in MOST_DRAWS draws.
    """
    players, width = ranges.count.size, ranges.cards.shape[1]
    known, public = ranges.board.size, tables.shape[D_PUBLIC]
    taken = np.uint64(0)
    for card in ranges.board:
        taken |= _ONE << np.uint64(card)
    for _ in range(MOST_DRAWS):
        used, fits = taken, True
        for player in range(players):
            last = ranges.count[player] - 1
            at = rng.draw_unit(work.stream) * ranges.cumulative[player, last]
            place = min(np.searchsorted(ranges.cumulative[player, : last + 1], at, side="right"), last)
            hand = ranges.hand[player, place]
            if used & ranges.mask[hand]:
                fits = False
                break
            used |= ranges.mask[hand]
            work.group[player] = ranges.group[hand]
            for card in range(width):
                deal.cards[width * player + card] = ranges.cards[hand, card]
        if fits:
            first = width * players
            for card in range(known):
                deal.cards[first + card] = ranges.board[card]
            draw_cards(work.stream, tables.shape[D_CARDS], first + known, first + public, deal.cards, used)
            if tables.shape[D_DECK] == DECK_TOY:
                read_toy(tables, code, deal)
            else:
                read_holdem(tables, code, deal)
            return True
    return False


@njit(cache=True, _nrt=False, inline="always")
def _match(regret, start, actions, out):
    """Regret matching of ``actions`` entries from ``start`` on, written to ``out``; uniform where none is positive."""
    total = 0.0
    for action in range(actions):
        out[action] = max(regret[start + action], 0.0)
        total += out[action]
    for action in range(actions):
        out[action] = out[action] / total if total > 0.0 else 1.0 / actions


@njit(cache=True, _nrt=False, inline="always")
def _drawn(weights, total, actions, uniform):
    """The action that ``uniform`` of ``total`` falls to."""
    at, sum_so_far, chosen = uniform * total, 0.0, 0
    for action in range(actions - 1):
        sum_so_far += weights[action]
        chosen += at >= sum_so_far
    return chosen


@njit(cache=True, _nrt=False)
def roll_out(code, blueprint, segment, record, work):
    """The place in ``code`` of the terminal node that play by the blueprint ends at, each player with its choice."""
    at = np.uint64(record)
    while True:
        head = code[at]
        if head & np.uint32(3) != np.uint32(KIND_DECISION):
            return at
        owner = np.int64((head >> np.uint32(PLAYER_SHIFT)) & np.uint32(7))
        street = np.int64((head >> np.uint32(STREET_SHIFT)) & np.uint32(3))
        actions = np.int64((head >> np.uint32(ACTIONS_SHIFT)) & np.uint32(255))
        pair = segment[street, owner] + np.uint64(code[at + _ONE])
        favoured, total = work.choice[owner], 0.0
        for action in range(actions):
            weight = np.float64(blueprint.probability[pair + np.uint64(action)])
            if favoured > 0 and blueprint.kind_of_edge[at + _TWO + np.uint64(action)] == favoured:
                weight *= _BIAS
            work.scratch[action] = weight
            total += weight
        chosen = _drawn(work.scratch, total, actions, rng.draw_unit(work.stream))
        at = np.uint64(code[at + _TWO + np.uint64(chosen)])


@njit(cache=True, _nrt=False)
def _worth(code, blueprint, leaves, ends, deal, work, place, player):
    """Net chips of ``player`` from a leaf on (``place``: its node and its number), all with their choices."""
    node, leaf = place
    if leaves.record[leaf] < 0:
        return value_of_many(ends, node, KIND_SHOWDOWN, deal.strength, player)
    at = roll_out(code.code, blueprint, deal.segment, leaves.record[leaf], work)
    kind, terminal = code.code[at] & np.uint32(3), np.int64(code.code[at + _ONE])
    won = value_of_many(code, terminal, kind, deal.strength, player) + leaves.before[leaf, player]
    return leaves.scale[leaf] * won - ends.stake_of_terminal[node, player]


@njit(cache=True, _nrt=False)
def _leaf_value(code, blueprint, leaves, ends, sums, deal, work, at):
    """Value of a leaf for ``at.player``, whose regrets for its choice there grow by ``at``: (node, leaf, player,
    weight).
    """
    node, leaf, player, weight = at
    for other in range(work.group.size):
        start = leaves.offset[leaf, other]
        work.choice[other] = 0
        if start >= 0 and other != player:
            _match(sums.choice, start + work.group[other] * NUM_CONTINUATIONS, NUM_CONTINUATIONS, work.scratch)
            drawn = _drawn(work.scratch, 1.0, NUM_CONTINUATIONS, rng.draw_unit(work.stream))
            work.choice[other] = drawn
    start = leaves.offset[leaf, player]
    if start < 0:
        return _worth(code, blueprint, leaves, ends, deal, work, (node, leaf), player)
    start += work.group[player] * NUM_CONTINUATIONS
    sigma, value = work.sigma_of_choice, work.value_of_choice
    _match(sums.choice, start, NUM_CONTINUATIONS, sigma)
    mean = 0.0
    for choice in range(NUM_CONTINUATIONS):
        work.choice[player] = choice
        value[choice] = _worth(code, blueprint, leaves, ends, deal, work, (node, leaf), player)
        mean += sigma[choice] * value[choice]
    for choice in range(NUM_CONTINUATIONS):
        sums.choice[start + choice] += weight * (value[choice] - mean)
    return mean


@njit(cache=True)
def _walk_down(tree, sums, work, player, led):
    """Meet nodes from the root on: all actions of ``player``, one of everybody else's; how many were met.

    led: whether others are made to take the betting to the decision that is sought; ``work.share`` then is what an
    unled one would have been likelier to, or less.
    """
    work.visited[0], work.share[0] = 0, 1.0
    met, at = 1, 0
    while at < met:
        node = work.visited[at]
        if node < 0 or tree.kind[node] != KIND_DECISION:
            at += 1
            continue
        first, owner = tree.first_edge[node], tree.player[node]
        actions = tree.first_edge[node + 1] - first
        sigma = work.sigma[at]
        _match(sums.regret, tree.offset[node] + work.group[owner] * actions, actions, sigma)
        work.below[at] = met
        if owner == player:
            for action in range(actions):
                below = tree.child[first + action]
                work.visited[met] = -1 - below if tree.gives_up[first + action] else below
                work.share[met] = work.share[at]
                met += 1
        else:
            chosen = _drawn(sigma, 1.0, actions, rng.draw_unit(work.stream))
            line, share = tree.line[node], work.share[at]
            if line >= 0:
                chosen = line if led else chosen
                # Led ones and others together come along the betting so far with 1 - _LED + _LED / reach times its
                # probability; off it only others do.
                reach = sigma[line] * _LED * share / (1.0 - (1.0 - _LED) * share)
                share = reach / ((1.0 - _LED) * reach + _LED) if chosen == line else 1.0 / (1.0 - _LED)
            work.visited[met], work.share[met] = tree.child[first + chosen], share
            met += 1
        at += 1
    return met


@njit(cache=True)
def _walk_up(tables, tree, leaves, ends, sums, deal, work, at):
    """Values of the nodes met, last first, and the regrets of ``player``. tables: (TreeCode, RingBlueprint); at:
    (player, nodes met, weight of the iteration).
    """
    code, blueprint = tables
    player, met, weight = at
    for at in range(met - 1, -1, -1):
        node = work.visited[at]
        if node < 0:
            work.value[at] = -ends.stake_of_terminal[-1 - node, player]
        elif tree.kind[node] == RING_LEAF:
            place = node, tree.leaf[node], player, weight * work.share[at]
            work.value[at] = _leaf_value(code, blueprint, leaves, ends, sums, deal, work, place)
        elif tree.kind[node] != KIND_DECISION:
            work.value[at] = value_of_many(ends, node, tree.kind[node], deal.strength, player)
        elif tree.player[node] != player:
            below = work.below[at]
            # A reach of nothing: no part of what is valued, whatever it is.
            likelier = work.share[below] / work.share[at] if work.share[at] > 0.0 else 0.0
            work.value[at] = likelier * work.value[below]
        else:
            first, below = tree.first_edge[node], work.below[at]
            actions, mean = tree.first_edge[node + 1] - first, 0.0
            for action in range(actions):
                mean += work.sigma[at, action] * work.value[below + action]
            more = weight * work.share[at]
            start = tree.offset[node] + work.group[player] * actions
            for action in range(actions):
                sums.regret[start + action] += more * (work.value[below + action] - mean)
            work.value[at] = mean
            if node == tree.valued[0]:
                sums.weight[work.group[player]] += more
                for action in range(actions):
                    sums.value[work.group[player], action] += more * work.value[below + action]


@njit(cache=True)
def _add_averages(tree, sums, weight, sigma, other):
    """Add strategies to those of ``tree.averaged``, by the reach of the player's own actions in the tree."""
    groups = sums.weight.size
    for node in tree.averaged:
        actions = tree.first_edge[node + 1] - tree.first_edge[node]
        for group in range(groups):
            reach, above = weight, node
            while tree.own_above[above] >= 0:
                before = tree.own_above[above]
                count = tree.first_edge[before + 1] - tree.first_edge[before]
                _match(sums.regret, tree.offset[before] + group * count, count, other)
                reach *= other[tree.own_action[above]]
                above = before
            start = tree.offset[node] + group * actions
            _match(sums.regret, start, actions, sigma)
            for action in range(actions):
                sums.strategy[start + action] += reach * sigma[action]


@njit(cache=True)
def run_ring(tree, game, sums, deal, work, tables, name, span):
    """Iterations ``span[0]`` to ``span[1]``, each of DEALS deals for each player, weighted by its number (linear CFR).

    tree: RingTree; game: (RingLeaves, RingEnds, RingRanges); sums: RingSums, changed; deal: Deal; work: RingWork;
    tables: (DealTables, TreeCode, RingBlueprint); name: uint64[seed, decision, rank] of the streams. False where hands
    of the ranges do not meet.
    """
    leaves, ends, ranges = game
    cards, code, blueprint = tables
    other = np.empty(work.scratch.size)
    for iteration in range(span[0], span[1]):
        weight = np.float64(iteration + 1)
        for number in range(DEALS):
            for player in ranges.players:
                rng.open_stream(
                    work.stream, name[0], rng.DOMAIN_SEARCH, name[1], name[2], DEALS * iteration + number,
                    _FIRST_STREAM + player,
                )  # fmt: skip
                if not deal_hands(ranges, cards, code, deal, work):
                    return False
                led = tree.line[0] >= 0 and rng.draw_unit(work.stream) < _LED
                met = _walk_down(tree, sums, work, player, led)
                _walk_up((code, blueprint), tree, leaves, ends, sums, deal, work, (player, met, weight))
        _add_averages(tree, sums, weight, work.scratch, other)
    return True
