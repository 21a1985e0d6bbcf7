"""What one range is worth against another: weights of pairs of hands with card removal, showdowns, boards to come.

A range is float64[hand], a player's reach of each hand; zero where the hand overlaps the board. Two hands that share a
card cannot be held at once. A toy deck's hands are single cards whose second card is NO_CARD, which blocks nothing.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from holdem_mpi.kernels.cards.board_buckets import read_board_buckets
from holdem_mpi.kernels.cards.hands import NO_CARD
from holdem_mpi.kernels.cards.sweep import rank_hands


@njit(cache=True)
def free_mass(cards, reach, mass):
    """Write to ``mass`` (float64[hand]) the reach of all hands that share no card with each hand; returns the total."""
    sums = np.zeros(NO_CARD + 1)
    total = 0.0
    for hand in range(reach.size):
        weight = reach[hand]
        total += weight
        sums[cards.high[hand]] += weight
        sums[cards.low[hand]] += weight
    sums[NO_CARD] = 0.0
    for hand in range(reach.size):
        # Both cards' sums hold the hand itself; a single card's only once.
        twice = 0.0 if cards.low[hand] == NO_CARD else reach[hand]
        mass[hand] = total - sums[cards.high[hand]] - sums[cards.low[hand]] + twice
    return total


@njit(cache=True)
def pair_weight(ranked, reach, sums):
    """Sum over pairs of hands without a card in common of the products of their reaches.

    ranked: RankedHands of a complete board; reach: float64[2, place], in the order of ``ranked``; sums: float64[2, 54],
    scratch.
    """
    sums[:] = 0.0
    both = 0.0
    for i in range(reach.shape[1]):
        high, low = ranked.high[i], ranked.low[i]
        for side in range(2):
            sums[side, 53] += reach[side, i]
            sums[side, high] += reach[side, i]
            sums[side, low] += reach[side, i]
        # A hand of two cards is taken off under each of them, and so added back once.
        if low != NO_CARD:
            both += reach[0, i] * reach[1, i]
    weight = sums[0, 53] * sums[1, 53] + both
    for card in range(NO_CARD):
        weight -= sums[0, card] * sums[1, card]
    return weight


@njit(cache=True)
def showdown_won(ranked, reach, sums):
    """Wins less losses of range ``reach[0]`` against ``reach[1]``; summed and laid out as in ``pair_weight``."""
    sums[:] = 0.0
    won = 0.0
    for group in range(ranked.count[1]):
        first, end = ranked.first_of_group[group], ranked.first_of_group[group + 1]
        # Equal hands are added after all of them were compared with the weaker ones.
        for i in range(first, end):
            high, low = ranked.high[i], ranked.low[i]
            won += reach[0, i] * (sums[1, 53] - sums[1, high] - sums[1, low])
            won -= reach[1, i] * (sums[0, 53] - sums[0, high] - sums[0, low])
        for i in range(first, end):
            high, low = ranked.high[i], ranked.low[i]
            for side in range(2):
                sums[side, 53] += reach[side, i]
                sums[side, high] += reach[side, i]
                sums[side, low] += reach[side, i]
        sums[:, NO_CARD] = 0.0
    return won


@njit(cache=True)
def showdown_sums(ranked, reach):
    """(``showdown_won``, ``pair_weight``) of two ranges, float64[2, hand], on the complete board of ``ranked``."""
    sums = np.empty((2, NO_CARD + 2))
    placed = np.empty((2, ranked.count[0]))
    for i in range(ranked.count[0]):
        placed[0, i] = reach[0, ranked.hand[i]]
        placed[1, i] = reach[1, ranked.hand[i]]
    return showdown_won(ranked, placed, sums), pair_weight(ranked, placed, sums)


@njit(cache=True)
def all_in_sums(tables, board, seen, reach, workspace, ranked):
    """``showdown_sums`` over all boards that complete a hold'em board, each counted once.

    board: int64[n] with ``seen`` cards, of which at most two are to come; the rest is scratch. workspace, ranked:
    scratch.
    10 us for each board: 0.5 ms from the turn, 12 ms from the flop.
    """
    n = board.size
    won = 0.0
    weight = 0.0
    used = np.zeros(NO_CARD, np.bool_)
    for i in range(seen):
        used[board[i]] = True
    firsts = NO_CARD if n > seen else 1
    for first in range(firsts):
        if n > seen and used[first]:
            continue
        seconds = first if n > seen + 1 else 1
        for second in range(seconds):
            if n > seen + 1:
                if used[second]:
                    continue
                board[seen + 1] = second
            if n > seen:
                board[seen] = first
            rank_hands(tables, board, n, workspace, ranked)
            more_won, more_weight = showdown_sums(ranked, reach)
            won += more_won
            weight += more_weight
    return won, weight


class PairTable(NamedTuple):
    """A value for each pair of coarse buckets on one street.

    group_of_bucket: int64[bucket], the coarse bucket; value: float64[coarse bucket of the leading range, of the other].
    """

    group_of_bucket: np.ndarray
    value: np.ndarray


@njit(cache=True)
def _value_hands(cards, bucket, table, leading, mass, value):
    """For one board: ``mass`` of the leading range against each hand of the other, and the hand's mean ``value``."""
    groups = table.value.shape[0]
    share = np.zeros(groups)
    blocked = np.empty(leading.size)
    for hand in range(leading.size):
        blocked[hand] = leading[hand] if bucket[hand] >= 0 else 0.0
        if bucket[hand] >= 0:
            share[table.group_of_bucket[bucket[hand]]] += leading[hand]
    total = free_mass(cards, blocked, mass)
    mean = np.zeros(table.value.shape[1])
    for group in range(groups):
        if share[group] > 0.0:
            weight = share[group] / total
            for other in range(mean.size):
                mean[other] += weight * table.value[group, other]
    for hand in range(leading.size):
        if bucket[hand] >= 0:
            value[hand] = mean[table.group_of_bucket[bucket[hand]]]
        else:
            mass[hand] = 0.0
            value[hand] = 0.0


@njit(cache=True)
def value_boards(tables, street, boards, cards, reach, table, out):
    """Value of one range against another on each of ``boards``, from a PairTable.

    boards: int64[board, seen]; reach: float64[2, hand], the leading range and the other, hands that overlap a board
    included; out: float64[board, 2], written: the mean value over pairs of hands, and their weight. 15 us a board.
    """
    hands = cards.high.size
    bucket = np.empty(hands, np.int64)
    mass = np.empty(hands)
    value = np.empty(hands)
    for board in range(boards.shape[0]):
        read_board_buckets(tables, street, boards[board], bucket)
        _value_hands(cards, bucket, table, reach[0], mass, value)
        weight = 0.0
        total = 0.0
        for hand in range(hands):
            weight += reach[1, hand] * mass[hand]
            total += reach[1, hand] * mass[hand] * value[hand]
        out[board, 0] = total / weight if weight > 0.0 else 0.0
        out[board, 1] = weight


@njit(cache=True)
def add_boards(tables, street, boards, orbits, cards, leading, table, sums):
    """Add over boards, for each hand of the other player, the leading range's weight times the value, and the weight.

    orbits: float64[board], how often each board counts; leading: float64[hand]; sums: float64[2, hand], added to.
    """
    hands = cards.high.size
    bucket = np.empty(hands, np.int64)
    mass = np.empty(hands)
    value = np.empty(hands)
    for board in range(boards.shape[0]):
        read_board_buckets(tables, street, boards[board], bucket)
        _value_hands(cards, bucket, table, leading, mass, value)
        for hand in range(hands):
            weight = orbits[board] * mass[hand]
            sums[0, hand] += weight * value[hand]
            sums[1, hand] += weight
