"""Chances of one hand against every hand it may meet, when all cards to come are dealt and nobody bets any more.

A margin is wins less losses over the boards to come, an integer; ties count nothing. Divided by the number of those
boards it lies in -1..1, and (1 + margin) / 2 is the equity. Two hands that share no card always meet on the same number
of boards, so a range's margin is the reach-weighted mean of its hands' margins.

After the flop the boards are enumerated (3 ms on a flop, 0.1 ms on a turn, 3 us on a river). Before it a table of all
pairs of hands is built once (8 s), over the canonical boards as in ``hand_strength``: with D[a, b] the margin on the
canonical boards alone, each weighted by its orbit, the margin over all boards is the sum over the 24 renamings g of
suits of D[g(a), g(b)] / 24, exactly.
"""

from math import comb
from typing import NamedTuple

import numpy as np
from numba import njit

from holdem_mpi.kernels.cards.evaluator import EvaluatorTables, evaluator_tables
from holdem_mpi.kernels.cards.hand_strength import suit_maps
from holdem_mpi.kernels.cards.hands import NUM_HANDS, hand_of
from holdem_mpi.kernels.cards.isomorphism import build_indexer, indexer_size, orbit_size, unindex_hand
from holdem_mpi.kernels.cards.showdown import ShowdownWorkspace, showdown_workspace, tabulate_board

# Boards whose strengths are held at once while the table is built: 64 * 2 * 1326 * 2 bytes stay in the cache.
_BLOCK = 64
_NEVER_BELOW, _NEVER_ABOVE = np.int16(32767), np.int16(-32768)


class EquityWorkspace(NamedTuple):
    """What ``margins_of_hand`` works with. tables: of the evaluator; sweep: scratch; board: int64[5], scratch."""

    tables: EvaluatorTables
    sweep: ShowdownWorkspace
    board: np.ndarray


def equity_workspace() -> EquityWorkspace:
    """Tables and scratch arrays for ``margins_of_hand``."""
    return EquityWorkspace(evaluator_tables(), showdown_workspace(), np.zeros(5, np.int64))


@njit(cache=True)
def _strength(tables, sweep, flush_mask, high, low):
    """Strength of a hand on the board that ``sweep`` describes."""
    index = flush_mask | sweep.flush_bit_of_card[high] | sweep.flush_bit_of_card[low]
    # Masks of fewer than five cards hold strength 0 in the flush part of the table.
    return max(np.int64(tables.strength_of_index[index]), np.int64(sweep.strength_of_ranks[high >> 2, low >> 2]))


@njit(cache=True)
def _add_board(workspace, total, high, low, margins):
    """Add what the hand of cards ``high`` and ``low`` wins or loses on the complete board to ``margins``."""
    sweep = workspace.sweep
    live, flush_mask = tabulate_board(workspace.tables, workspace.board, total, sweep)
    own = _strength(workspace.tables, sweep, flush_mask, high, low)
    for i in range(live):
        other_high = np.int64(sweep.live_cards[i])
        if other_high in (high, low):
            continue
        for j in range(i):
            other_low = np.int64(sweep.live_cards[j])
            if other_low in (high, low):
                continue
            other = _strength(workspace.tables, sweep, flush_mask, other_high, other_low)
            margins[hand_of(other_high, other_low)] += np.int64(own > other) - np.int64(own < other)


@njit(cache=True)
def margins_of_hand(workspace, high, low, board, total, margins):
    """Write the margins of the hand ``high`` > ``low`` against every hand; return the boards that each pair has left.

    board: int array, the cards dealt; total: cards of a complete board, at most two more. margins: int64[1326], 0 where
    cards overlap.
    """
    margins[:] = 0
    dealt = len(board)
    taken = (1 << high) | (1 << low)
    for i in range(dealt):
        workspace.board[i] = board[i]
        taken |= 1 << np.int64(board[i])
    unseen = 50 - dealt
    if total == dealt:
        _add_board(workspace, total, high, low, margins)
        return 1
    for first in range(52):
        if taken >> first & 1:
            continue
        workspace.board[dealt] = first
        if total == dealt + 1:
            _add_board(workspace, total, high, low, margins)
            continue
        for second in range(first):
            if taken >> second & 1 == 0:
                workspace.board[dealt + 1] = second
                _add_board(workspace, total, high, low, margins)
    left = unseen - 2
    return left if total == dealt + 1 else left * (left - 1) // 2


@njit(cache=True)
def _fill_block(workspace, ix, first, count, above, below):
    """Strengths of all hands on ``count`` canonical boards; see ``add_matchups``. int16[block, 1326], overwritten."""
    n = ix.first_card_of_round[-1]
    for k in range(count):
        unindex_hand(ix, first + k, workspace.board)
        live, flush_mask = tabulate_board(workspace.tables, workspace.board, n, workspace.sweep)
        above[k] = _NEVER_ABOVE
        below[k] = _NEVER_BELOW
        for i in range(live):
            high = np.int64(workspace.sweep.live_cards[i])
            for j in range(i):
                low = np.int64(workspace.sweep.live_cards[j])
                strength = _strength(workspace.tables, workspace.sweep, flush_mask, high, low)
                hand = hand_of(high, low)
                above[k, hand] = strength
                below[k, hand] = strength


@njit(cache=True)
def add_matchups(workspace, ix, first, last, sums):
    """Add the canonical boards ``first`` up to but not ``last`` of indexer ``ix`` to ``sums`` (int32[1326, 1326]).

    ``sums[a, b]`` for a > b: wins less losses of hand a against b, each board weighted by its orbit. A hand that the
    board overlaps is below every strength in one copy and above it in the other, so that it neither wins nor loses.
    """
    above = np.empty((_BLOCK, NUM_HANDS), np.int16)
    below = np.empty((_BLOCK, NUM_HANDS), np.int16)
    weights = np.empty(_BLOCK, np.int32)
    for start in range(first, last, _BLOCK):
        count = min(_BLOCK, last - start)
        _fill_block(workspace, ix, start, count, above, below)
        for k in range(count):
            weights[k] = orbit_size(ix, start + k)
        for hand in range(1, NUM_HANDS):
            row = sums[hand, :hand]
            for k in range(count):
                own = above[k, hand]
                if own < 0:
                    continue
                weight = weights[k]
                weaker, stronger = below[k], above[k]
                for other in range(hand):
                    won = weight if own > weaker[other] else np.int32(0)
                    lost = weight if own < stronger[other] else np.int32(0)
                    row[other] += won - lost


@njit(cache=True)
def settle_matchups(sums, source_of_hand, margins):
    """Turn the sums over all canonical boards into ``margins`` (int32[1326, 1326], overwritten) over all boards."""
    for hand in range(NUM_HANDS):
        for other in range(hand + 1):
            total = np.int64(0)
            for g in range(24):
                a, b = np.int64(source_of_hand[g, hand]), np.int64(source_of_hand[g, other])
                total += np.int64(sums[a, b]) if a > b else -np.int64(sums[b, a])
            margins[hand, other] = total // 24
            margins[other, hand] = -(total // 24)


def number_of_matchup_boards(total: int) -> int:
    """Canonical boards of ``total`` = 3, 4 or 5 cards, which ``matchup_sums`` goes over."""
    return indexer_size(build_indexer((total,)))


def matchup_sums(total: int, first: int, last: int) -> np.ndarray:
    """int32[1326, 1326]: part of the table, over the canonical boards ``first`` up to ``last``; parts add up."""
    sums = np.zeros((NUM_HANDS, NUM_HANDS), np.int32)
    add_matchups(equity_workspace(), build_indexer((total,)), first, last, sums)
    return sums


def settled_margins(sums: np.ndarray) -> np.ndarray:
    """int32[1326, 1326] (7 MB): margin of a hand (row) against another before any card is dealt; ``boards_of`` many."""
    margins = np.empty((NUM_HANDS, NUM_HANDS), np.int32)
    settle_matchups(sums, suit_maps().source_of_hand, margins)
    return margins


def boards_of(total: int) -> int:
    """Complete boards of ``total`` cards that two hands without a common card have before any card is dealt."""
    return comb(48, total)
