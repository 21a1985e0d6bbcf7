"""Strength of a hand of 5, 6 or 7 cards by perfect hashing of its ranks.

Strengths are dense: 0 (75432) to 7461 (royal flush), one for each of the 7,462 classes of five-card hands; larger is
better. Every card adds a 64-bit word to a key: the counts of the six upper ranks in base 5, those of the seven lower
ranks in base 5, and a count per suit. The two base-5 numbers select one entry for each multiset of ranks that n cards
can have (6,175, 18,395 and 49,205 of them), in the manner of the perfect hash tables of Cactus Kev's and Two Plus Two's
successors; a flush is looked up by the suit's rank mask. A hand of up to seven cards that holds a flush holds neither
four of a kind nor a full house, so the flush is its strength.
"""

import functools
from typing import NamedTuple

import numpy as np
from numba import njit

NUM_STRENGTHS = 7462
HIGH_CARD, PAIR, TWO_PAIR, TRIPS, STRAIGHT, FLUSH, FULL_HOUSE, QUADS, STRAIGHT_FLUSH = range(9)
# First strength of each category: the numbers of classes are 1277 2860 858 858 10 1277 156 156 10.
FIRST_STRENGTH = (0, 1277, 4137, 4995, 5853, 5863, 7140, 7296, 7452)

_UPPER, _LOWER = 6, 7
LO_SHIFT = np.uint64(14)
SUIT_SHIFT = np.uint64(31)
HI_MASK = np.uint64((1 << 14) - 1)
LO_MASK = np.uint64((1 << 17) - 1)
# A suit's 4-bit count starts at 3, so that its top bit says "five or more".
START = np.uint64(0x3333 << 31)
FLUSH_BITS = np.uint64(0x8888 << 31)


class EvaluatorTables(NamedTuple):
    """The look-up tables, about 650 KB.

    word_of_card: uint64[52], what a card adds to the key: 14 bits upper ranks, 17 bits lower ranks, 4 bits per suit.
    offset_of_hi: uint32[3, 15625], by cards - 5 and upper counts.
    index_of_lo: uint32[78125], by lower counts; offset + index select the entry of a multiset of ranks in
    strength_of_index: uint16[8192 + 73775], whose first 8192 entries are flushes by the rank mask of their suit.
    """

    word_of_card: np.ndarray
    offset_of_hi: np.ndarray
    index_of_lo: np.ndarray
    strength_of_index: np.ndarray


def _digits(width: int) -> np.ndarray:
    """uint8[5**width, width]: the base-5 digits of every number of that width, lowest first."""
    return (np.arange(5**width)[:, None] // 5 ** np.arange(width) % 5).astype(np.uint8)


@functools.cache
def _top_bits() -> np.ndarray:
    """int64[8192]: the highest rank in a rank mask, -1 for none."""
    return np.array([mask.bit_length() - 1 for mask in range(8192)])


def _take_top(masks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The highest rank of each mask as its nibble (deuce 1, none 0), and the masks without it."""
    top = _top_bits()[masks]
    return top + 1, masks & ~np.where(top >= 0, 1 << np.maximum(top, 0), 0)


def _scores(kind: int, *nibbles: np.ndarray) -> np.ndarray:
    """Comparable int64 of a category and its tie-breaking ranks, most significant first."""
    score = np.full(len(nibbles[0]), kind, dtype=np.int64)
    for nibble in nibbles:
        score = score << 4 | nibble
    return score << 4 * (5 - len(nibbles))


def _straight_tops(masks: np.ndarray) -> np.ndarray:
    """Nibble of the highest card of the best straight in each mask, 0 for none; the ace also counts below the deuce."""
    wheel = masks << 1 | masks >> 12 & 1
    runs = wheel & wheel >> 1 & wheel >> 2 & wheel >> 3 & wheel >> 4
    top = _top_bits()[runs]
    return np.where(runs > 0, top + 4, 0)


def _high_card_scores(kind: int, masks: np.ndarray) -> np.ndarray:
    nibbles = []
    for _ in range(5):
        nibble, masks = _take_top(masks)
        nibbles.append(nibble)
    return _scores(kind, *nibbles)


def _rank_scores(counts: np.ndarray) -> np.ndarray:
    """Scores of the best five cards, flushes aside, of ``counts`` (uint8[hands, 13], deuce first)."""
    weights = 1 << np.arange(13)
    any_, two, three, four = ((counts >= least) @ weights for least in (1, 2, 3, 4))
    quad, _ = _take_top(four)
    trip, _ = _take_top(three)
    pair, _ = _take_top(two)
    without_quad = any_ & ~(1 << quad >> 1)
    without_trip = any_ & ~(1 << trip >> 1)
    full_pair, _ = _take_top(two & ~(1 << trip >> 1))
    second, _ = _take_top(two & ~(1 << pair >> 1))
    after_pair = any_ & ~(1 << pair >> 1)
    first_kicker, rest = _take_top(after_pair)
    second_kicker, rest = _take_top(rest)
    third_kicker, _ = _take_top(rest)
    trip_first, rest = _take_top(without_trip)
    trip_second, _ = _take_top(rest)
    two_pair_kicker, _ = _take_top(after_pair & ~(1 << second >> 1))
    straight = _straight_tops(any_)
    return np.select(
        [quad > 0, (trip > 0) & (full_pair > 0), straight > 0, trip > 0, second > 0, pair > 0],
        [
            _scores(QUADS, quad, _take_top(without_quad)[0]),
            _scores(FULL_HOUSE, trip, full_pair),
            _scores(STRAIGHT, straight),
            _scores(TRIPS, trip, trip_first, trip_second),
            _scores(TWO_PAIR, pair, second, two_pair_kicker),
            _scores(PAIR, pair, first_kicker, second_kicker, third_kicker),
        ],
        _high_card_scores(HIGH_CARD, any_),
    )


def _suit_scores(masks: np.ndarray) -> np.ndarray:
    """Scores of rank masks of five or more cards of one suit."""
    straight = _straight_tops(masks)
    return np.where(straight > 0, _scores(STRAIGHT_FLUSH, straight), _high_card_scores(FLUSH, masks))


@functools.cache
def evaluator_tables() -> EvaluatorTables:
    """The tables, built once in each process, in well under a second."""
    hi_digits, lo_digits = _digits(_UPPER), _digits(_LOWER)
    hi_sums, lo_sums = hi_digits.sum(axis=1), lo_digits.sum(axis=1)
    index_of_lo = np.zeros(len(lo_sums), dtype=np.uint32)
    los_of_sum = [np.flatnonzero(lo_sums == cards) for cards in range(8)]
    for los in los_of_sum:
        index_of_lo[los] = np.arange(len(los))
    offset_of_hi = np.zeros((3, len(hi_sums)), dtype=np.uint32)
    scores = []
    start = 8192
    for n in (5, 6, 7):
        his = np.flatnonzero(hi_sums <= n)
        widths = np.array([len(los_of_sum[n - cards]) for cards in hi_sums[his]])
        offset_of_hi[n - 5, his] = start + np.cumsum(widths) - widths
        start += widths.sum()
        los = np.concatenate([los_of_sum[n - cards] for cards in hi_sums[his]])
        scores.append(_rank_scores(np.hstack([lo_digits[los], hi_digits[np.repeat(his, widths)]])))
    masks = np.arange(8192)
    suited = masks[[mask.bit_count() >= 5 for mask in range(8192)]]
    suit_scores = _suit_scores(suited)
    classes = np.unique(np.concatenate([scores[0], suit_scores]))
    assert len(classes) == NUM_STRENGTHS
    strength_of_index = np.zeros(start, dtype=np.uint16)
    strength_of_index[suited] = np.searchsorted(classes, suit_scores)
    strength_of_index[8192:] = np.searchsorted(classes, np.concatenate(scores))
    cards = np.arange(52)
    rank, suit = cards >> 2, cards & 3
    words = np.where(rank < _LOWER, 5 ** np.minimum(rank, _LOWER) << 14, 5 ** np.maximum(rank - _LOWER, 0))
    words = words | 1 << (31 + 4 * suit)
    return EvaluatorTables(
        word_of_card=words.astype(np.uint64),
        offset_of_hi=offset_of_hi,
        index_of_lo=index_of_lo,
        strength_of_index=strength_of_index,
    )


@njit(cache=True, inline="always")
def evaluate(tables, cards, n):
    """Strength 0..7461 (int64, larger is better) of the first ``n`` = 5, 6 or 7 of ``cards`` (any integer array).

    Inlined, because a call that passes the array headers by value costs ten times the look-ups themselves; no array is
    used in one branch only, because Numba counts references around such uses.
    """
    word = START
    for i in range(n):
        word += tables.word_of_card[np.uint64(cards[i])]
    offset = tables.offset_of_hi[np.uint64(n - 5), word & HI_MASK]
    index = np.uint64(offset + tables.index_of_lo[(word >> LO_SHIFT) & LO_MASK])
    flush = word & FLUSH_BITS
    if flush != np.uint64(0):
        index = np.uint64(0)
        for i in range(n):
            card = np.uint64(cards[i])
            has_rank = (flush >> (SUIT_SHIFT + np.uint64(4) * (card & np.uint64(3)) + np.uint64(3))) & np.uint64(1)
            index |= has_rank << (card >> np.uint64(2))
    return np.int64(tables.strength_of_index[index])


@njit(cache=True)
def category_of_strength(strength):
    """Category of a strength: 0 high card, 1 pair, 2 two pair, 3 trips, 4 straight, 5 flush, 6 full house, 7 quads, 8
    straight flush."""
    category = 8
    while strength < FIRST_STRENGTH[category]:
        category -= 1
    return category
