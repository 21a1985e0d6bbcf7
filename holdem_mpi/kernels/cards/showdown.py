"""All hands on one complete board: strengths in order, and what each is worth against a uniform opponent.

A board is complete when no more cards come: five cards in hold'em, three in a game that ends on the flop.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from holdem_mpi.kernels.cards.evaluator import HI_MASK, LO_MASK, LO_SHIFT
from holdem_mpi.kernels.cards.hands import NUM_HANDS, hand_of

# A sorted entry is strength << 12 | high card << 6 | low card.
STRENGTH_SHIFT = 12
CARD_MASK = 63
_LOW_BITS = 7


class ShowdownWorkspace(NamedTuple):
    """Scratch arrays of the kernels below, one set per thread of work.

    order: int32[1326], entries ``strength << 12 | high << 6 | low`` of the board's hands, weakest first; spare: alike.
    live_cards: int32[52], cards not on the board; left_of_rank: int32[13], how many of each rank those are.
    strength_of_ranks: int32[13, 13], strength without flushes by the ranks of a hand's two cards.
    flush_bit_of_card: int32[52], the rank's bit for cards of the suit that can make a flush, else 0.
    count_of_digit: int32[2, 128] and count_of_card: int32[52], tallies.
    """

    order: np.ndarray
    spare: np.ndarray
    live_cards: np.ndarray
    left_of_rank: np.ndarray
    strength_of_ranks: np.ndarray
    flush_bit_of_card: np.ndarray
    count_of_digit: np.ndarray
    count_of_card: np.ndarray


def showdown_workspace() -> ShowdownWorkspace:
    """Scratch arrays for ``sort_hands`` and ``sweep_board``."""
    shapes = ((NUM_HANDS,), (NUM_HANDS,), (52,), (13,), (13, 13), (52,), (2, 128), (52,))
    return ShowdownWorkspace(*(np.zeros(shape, dtype=np.int32) for shape in shapes))


@njit(cache=True)
def tabulate_board(tables, board, n, workspace):
    """Fill the scratch arrays that describe a board of ``n`` cards.

    Returns the number of live cards and the board's rank mask in the suit of flushes, 0 where no flush can be made.
    """
    on_board = 0
    word = np.uint64(0)
    for i in range(n):
        on_board |= 1 << np.int64(board[i])
        word += tables.word_of_card[board[i]]
    workspace.left_of_rank[:] = 0
    live = 0
    for card in range(52):
        if on_board >> card & 1 == 0:
            workspace.live_cards[live] = card
            workspace.left_of_rank[card >> 2] += 1
            live += 1
    for high in range(13):
        for low in range(high + 1):
            # Ranks that cannot be dealt would overflow a digit of the key.
            if workspace.left_of_rank[high] > (1 if high == low else 0) and workspace.left_of_rank[low] > 0:
                key = word + tables.word_of_card[4 * high] + tables.word_of_card[4 * low]
                offset = tables.offset_of_hi[n - 3, key & HI_MASK]
                index = np.uint64(offset + tables.index_of_lo[(key >> LO_SHIFT) & LO_MASK])
                workspace.strength_of_ranks[high, low] = tables.strength_of_index[index]
                workspace.strength_of_ranks[low, high] = tables.strength_of_index[index]
    # Three cards of a suit are the least that two more turn into a flush; no board has two such suits.
    workspace.flush_bit_of_card[:] = 0
    flush_mask = 0
    for suit in range(4):
        mask = 0
        suited = 0
        for i in range(n):
            if np.int64(board[i]) & 3 == suit:
                mask |= 1 << (np.int64(board[i]) >> 2)
                suited += 1
        if suited >= 3:
            flush_mask = mask
            for rank in range(13):
                workspace.flush_bit_of_card[4 * rank + suit] = 1 << rank
    return live, flush_mask


@njit(cache=True)
def sort_hands(tables, board, n, workspace):
    """Sort the hands of a complete board of ``n`` = 3, 4 or 5 cards into ``workspace.order``, weakest first; their
    number.

    Two passes of a counting sort over the 13 bits of strength; hands of equal strength stay in hand order.
    """
    live, flush_mask = tabulate_board(tables, board, n, workspace)
    workspace.count_of_digit[:] = 0
    hands = 0
    for i in range(live):
        high = np.int64(workspace.live_cards[i])
        high_mask = flush_mask | workspace.flush_bit_of_card[high]
        for j in range(i):
            low = np.int64(workspace.live_cards[j])
            # Masks of fewer than five cards hold strength 0 in the flush part of the table.
            flush = np.int64(tables.strength_of_index[high_mask | workspace.flush_bit_of_card[low]])
            strength = max(flush, np.int64(workspace.strength_of_ranks[high >> 2, low >> 2]))
            workspace.count_of_digit[0, strength & (1 << _LOW_BITS) - 1] += 1
            workspace.count_of_digit[1, strength >> _LOW_BITS] += 1
            workspace.spare[hands] = strength << STRENGTH_SHIFT | high << 6 | low
            hands += 1
    for digit in range(2):
        start = 0
        for value in range(1 << _LOW_BITS):
            count = workspace.count_of_digit[digit, value]
            workspace.count_of_digit[digit, value] = start
            start += count
    for i in range(hands):
        entry = workspace.spare[i]
        digit = entry >> STRENGTH_SHIFT & (1 << _LOW_BITS) - 1
        workspace.order[workspace.count_of_digit[0, digit]] = entry
        workspace.count_of_digit[0, digit] += 1
    workspace.spare[:hands] = workspace.order[:hands]
    for i in range(hands):
        entry = workspace.spare[i]
        digit = entry >> STRENGTH_SHIFT + _LOW_BITS
        workspace.order[workspace.count_of_digit[1, digit]] = entry
        workspace.count_of_digit[1, digit] += 1
    return hands


@njit(cache=True)
def sweep_board(tables, board, n, workspace, numerators):
    """Write 2 * wins + ties of every hand on a complete board to ``numerators`` (integer[1326], 0 where cards overlap).

    The opponent holds any two of the cards that neither the board nor the hand shows, so the value is out of twice
    their number: 990, 1035 or 1081 for a board of 5, 4 or 3 cards. Leaves ``workspace.order`` sorted; returns the
    hands.

    Among weaker hands those that share a card are taken off: the number that hold either card, which cannot both be
    held by one weaker hand. Hands of equal strength count half, and the hand itself is among them thrice: once in all
    and once under each card.
    """
    hands = sort_hands(tables, board, n, workspace)
    numerators[:] = 0
    workspace.count_of_card[:] = 0
    start = 0
    while start < hands:
        strength = workspace.order[start] >> STRENGTH_SHIFT
        end = start
        while end < hands and workspace.order[end] >> STRENGTH_SHIFT == strength:
            high = np.int64(workspace.order[end] >> 6 & CARD_MASK)
            low = np.int64(workspace.order[end] & CARD_MASK)
            hand = hand_of(high, low)
            numerators[hand] = start - workspace.count_of_card[high] - workspace.count_of_card[low]
            end += 1
        for i in range(start, end):
            workspace.count_of_card[workspace.order[i] >> 6 & CARD_MASK] += 1
            workspace.count_of_card[workspace.order[i] & CARD_MASK] += 1
        for i in range(start, end):
            high = np.int64(workspace.order[i] >> 6 & CARD_MASK)
            low = np.int64(workspace.order[i] & CARD_MASK)
            hand = hand_of(high, low)
            numerators[hand] += end - workspace.count_of_card[high] - workspace.count_of_card[low] + 1
        start = end
    return hands
