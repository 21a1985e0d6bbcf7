"""Index of a deal up to a renaming of suits, dense from 0, and its inverse.

After Waugh, "A fast and optimal hand isomorphism algorithm" (AAAI workshop on computer poker, 2013). A deal is a list
of rounds of so many cards each: (2, 3, 1) is hole cards, flop and turn with the order of streets kept, (2, 4) forgets
which of the four was the turn, (5,) is a board alone. Cards within a round have no order.

Each suit has a shape, its number of cards in each round, and within the shape an index: round by round the colex rank
of its set of ranks among those that earlier rounds left, in mixed radix. Two deals differ by a renaming of suits
exactly when their four (shape, index) pairs are the same multiset. So the pairs are sorted; the multiset of shapes, the
configuration, gives the first index of a block, and within it the suits of equal shape count as a multiset of indices
(colex with repetition), groups of different shape in mixed radix. The sorted order also names the suits of the
canonical deal: the largest pair is suit 0.

The kernels that index are inlined into their callers: a call that passes the array headers costs as much as the work.
"""

import functools
import itertools
from math import comb, prod
from typing import NamedTuple

import numpy as np
from numba import njit

MAX_ROUNDS = 4
# Rank sets of four suits travel in one int64, 16 bits a suit.
_LANE = 0x1FFF
# A key is shape, index within the shape (below 2**30) and suit, most significant first.
_SHAPE_BIT = 32
_INDEX_MASK = (1 << 30) - 1
# Sizes of shapes that two or more suits can share stay below this.
_GROUP_LIMIT = 4096


class Indexer(NamedTuple):
    """Tables of one list of rounds.

    first_card_of_round: int64[rounds + 1]; shapes: int64[1], number of shapes.
    config_of_shapes: uint16[shapes**3], by the three largest shapes in falling order (the fourth follows).
    shape_of_config: int64[configs, 4], falling; stride_of_config: int64[configs, 4], that of the suit's group;
    order_of_config: int64[configs, 4], how many suits of its group are not before it.
    first_index_of_config: int64[configs + 1], its last entry the number of indices.
    popcount: int64[8192]; rank_of_set: int64[8192], colex rank of a rank set among those of its size;
    set_of_rank: int64[8, 1716], its inverse by size; choose: int64[14, 8].
    """

    first_card_of_round: np.ndarray
    shapes: np.ndarray
    config_of_shapes: np.ndarray
    shape_of_config: np.ndarray
    stride_of_config: np.ndarray
    order_of_config: np.ndarray
    first_index_of_config: np.ndarray
    popcount: np.ndarray
    rank_of_set: np.ndarray
    set_of_rank: np.ndarray
    choose: np.ndarray


def _shape_size(counts: tuple[int, ...]) -> int:
    """Number of ways to deal ``counts`` cards of one suit round by round."""
    return prod(comb(13 - sum(counts[:place]), count) for place, count in enumerate(counts))


def _configurations(rounds: tuple[int, ...]) -> list[tuple[int, ...]]:
    """All multisets of four shapes, as falling tuples, whose cards add up to ``rounds``."""
    counts_of_shape = list(itertools.product(*(range(cards + 1) for cards in rounds)))
    shape_of_counts = {counts: shape for shape, counts in enumerate(counts_of_shape)}
    found = []

    def add(chosen: tuple[int, ...], left: tuple[int, ...]) -> None:
        if len(chosen) == 3:
            last = shape_of_counts[left]
            if last <= chosen[-1]:
                found.append((*chosen, last))
            return
        top = chosen[-1] if chosen else len(counts_of_shape) - 1
        for shape in range(top + 1):
            rest = tuple(a - b for a, b in zip(left, counts_of_shape[shape]))
            if min(rest) >= 0:
                add((*chosen, shape), rest)

    add((), rounds)
    return found


def _set_tables() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """``popcount``, ``rank_of_set``, ``set_of_rank``, ``choose``; colex order is the order of the masks as numbers."""
    popcount = np.array([mask.bit_count() for mask in range(8192)])
    rank_of_set = np.zeros(8192, dtype=np.int64)
    set_of_rank = np.zeros((8, 1716), dtype=np.int64)
    for size in range(8):
        masks = np.flatnonzero(popcount == size)
        rank_of_set[masks] = np.arange(len(masks))
        set_of_rank[size, : len(masks)] = masks
    choose = np.array([[comb(n, k) for k in range(8)] for n in range(14)])
    return popcount, rank_of_set, set_of_rank, choose


@functools.cache
def build_indexer(rounds: tuple[int, ...]) -> Indexer:
    """Indexer of ``rounds``: one to four rounds of one to five cards, seven in all at most; built once in a process."""
    assert 1 <= len(rounds) <= MAX_ROUNDS and all(1 <= cards <= 5 for cards in rounds) and sum(rounds) <= 7
    counts_of_shape = list(itertools.product(*(range(cards + 1) for cards in rounds)))
    configs = _configurations(rounds)
    shapes = len(counts_of_shape)
    config_of_shapes = np.zeros(shapes**3, dtype=np.uint16)
    stride = np.zeros((len(configs), 4), dtype=np.int64)
    order = np.zeros((len(configs), 4), dtype=np.int64)
    first = np.zeros(len(configs) + 1, dtype=np.int64)
    for config, members in enumerate(configs):
        config_of_shapes[(members[0] * shapes + members[1]) * shapes + members[2]] = config
        total, place = 1, 0
        for shape, group in itertools.groupby(members):
            suits, size = len(list(group)), _shape_size(counts_of_shape[shape])
            assert suits == 1 or size < _GROUP_LIMIT
            stride[config, place : place + suits] = total
            order[config, place : place + suits] = range(suits, 0, -1)
            total *= comb(size + suits - 1, suits)
            place += suits
        first[config + 1] = first[config] + total
    first_card = np.concatenate([[0], np.cumsum(rounds)]).astype(np.int64)
    members = np.array(configs, dtype=np.int64)
    return Indexer(first_card, np.array([shapes]), config_of_shapes, members, stride, order, first, *_set_tables())


def indexer_size(ix: Indexer) -> int:
    """Number of different deals up to a renaming of suits: indices run from 0 to one less."""
    return int(ix.first_index_of_config[-1])


@njit(cache=True, inline="always")
def _add_round(ix, key, used, ranks, radix):
    """Key of one suit (``shape << 32 | index << 2``) with one more round.

    ``ranks``: the round's set, renumbered among the ranks that the suit's earlier cards ``used`` left.
    """
    count = ix.popcount[ranks]
    shape = (key >> _SHAPE_BIT) * radix + count
    index = (key >> 2 & _INDEX_MASK) * ix.choose[13 - ix.popcount[used], count] + ix.rank_of_set[ranks]
    return shape << _SHAPE_BIT | index << 2


@njit(cache=True, inline="always")
def _sorted_keys(ix, cards):
    """The keys of the four suits, largest first."""
    a, b, c, d = 0, 0, 0, 0
    used = 0
    for round_ in range(len(ix.first_card_of_round) - 1):
        start = ix.first_card_of_round[round_]
        end = ix.first_card_of_round[round_ + 1]
        packed = 0
        renumbered = 0
        for i in range(start, end):
            card = np.int64(cards[i])
            suit_shift = (card & 3) << 4
            rank = card >> 2
            below = ix.popcount[used >> suit_shift & ((1 << rank) - 1)]
            packed |= 1 << suit_shift + rank
            renumbered |= 1 << suit_shift + rank - below
        radix = end - start + 1
        a = _add_round(ix, a, used & _LANE, renumbered & _LANE, radix)
        b = _add_round(ix, b, used >> 16 & _LANE, renumbered >> 16 & _LANE, radix)
        c = _add_round(ix, c, used >> 32 & _LANE, renumbered >> 32 & _LANE, radix)
        d = _add_round(ix, d, used >> 48 & _LANE, renumbered >> 48 & _LANE, radix)
        used |= packed
    b, c, d = b | 1, c | 2, d | 3
    a, b = max(a, b), min(a, b)
    c, d = max(c, d), min(c, d)
    a, c = max(a, c), min(a, c)
    b, d = max(b, d), min(b, d)
    b, c = max(b, c), min(b, c)
    return a, b, c, d


@njit(cache=True)
def _multisets(size, suits):
    """Number of multisets of ``suits`` <= 4 indices below ``size``."""
    if suits == 1:
        return size
    if suits == 2:
        return size * (size + 1) // 2
    if suits == 3:
        return size * (size + 1) * (size + 2) // 6
    return size * (size + 1) * (size + 2) * (size + 3) // 24


@njit(cache=True, inline="always")
def _index_of_keys(ix, a, b, c, d):
    """Index of a deal from the keys of its four suits (falling; shape, index within the shape, suit)."""
    shapes = ix.shapes[0]
    config = ix.config_of_shapes[((a >> _SHAPE_BIT) * shapes + (b >> _SHAPE_BIT)) * shapes + (c >> _SHAPE_BIT)]
    index = ix.first_index_of_config[config]
    index += ix.stride_of_config[config, 0] * _multisets(a >> 2 & _INDEX_MASK, ix.order_of_config[config, 0])
    index += ix.stride_of_config[config, 1] * _multisets(b >> 2 & _INDEX_MASK, ix.order_of_config[config, 1])
    index += ix.stride_of_config[config, 2] * _multisets(c >> 2 & _INDEX_MASK, ix.order_of_config[config, 2])
    index += ix.stride_of_config[config, 3] * _multisets(d >> 2 & _INDEX_MASK, ix.order_of_config[config, 3])
    return index


@njit(cache=True, inline="always")
def index_hand(ix, cards):
    """Index (int64) of the deal in ``cards`` (any integer array): the rounds one after another, no card twice."""
    a, b, c, d = _sorted_keys(ix, cards)
    return _index_of_keys(ix, a, b, c, d)


@njit(cache=True, inline="always")
def index_board(ix, cards, suit_map):
    """Index of the deal in ``cards``; writes each suit's suit in the canonical deal to ``suit_map`` (uint8[4]).

    The canonical deal is the one that ``unindex_hand`` gives: card c of the board, and of any hand beside it, becomes
    ``(c & ~3) + suit_map[c & 3]``. Suits that the deal does not tell apart keep any of the maps that do this.
    """
    a, b, c, d = _sorted_keys(ix, cards)
    suit_map[a & 3] = 0
    suit_map[b & 3] = 1
    suit_map[c & 3] = 2
    suit_map[d & 3] = 3
    return _index_of_keys(ix, a, b, c, d)


@njit(cache=True)
def _keys_of_index(ix, index, key_of_place):
    """Write the four falling keys of ``index``, suit bits zero, to ``key_of_place`` (int64[4])."""
    config = np.searchsorted(ix.first_index_of_config, index, side="right") - 1
    left = index - ix.first_index_of_config[config]
    place = 3
    while place >= 0:
        # From the last group to the first: the group's multiset, then its indices, largest first.
        start = place
        while start > 0 and ix.order_of_config[config, start - 1] > ix.order_of_config[config, start]:
            start -= 1
        stride = ix.stride_of_config[config, start]
        multiset = left // stride
        left -= multiset * stride
        for member in range(start, place + 1):
            suits = ix.order_of_config[config, member]
            low, high = (multiset, multiset) if suits == 1 else (0, _GROUP_LIMIT)
            while high - low > 1:
                middle = (low + high) // 2
                if _multisets(middle, suits) <= multiset:
                    low = middle
                else:
                    high = middle
            multiset -= _multisets(low, suits)
            key_of_place[member] = ix.shape_of_config[config, member] << _SHAPE_BIT | low << 2
        place = start - 1


@njit(cache=True)
def unindex_hand(ix, index, cards_out):
    """Write the canonical deal of ``index`` to ``cards_out`` (any integer array), round by round, suit 0 first."""
    rounds = len(ix.first_card_of_round) - 1
    key_of_place = np.empty(4, np.int64)
    _keys_of_index(ix, index, key_of_place)
    count_of_round = np.empty(MAX_ROUNDS, np.int64)
    next_of_round = ix.first_card_of_round.copy()
    for suit in range(4):
        shape = key_of_place[suit] >> _SHAPE_BIT
        rest = key_of_place[suit] >> 2 & _INDEX_MASK
        ranks_left = 13
        for round_ in range(rounds - 1, -1, -1):
            radix = ix.first_card_of_round[round_ + 1] - ix.first_card_of_round[round_] + 1
            count_of_round[round_] = shape % radix
            ranks_left -= shape % radix
            shape //= radix
        # Mixed radix: the last round is the least significant.
        set_of_round = np.zeros(MAX_ROUNDS, np.int64)
        for round_ in range(rounds - 1, -1, -1):
            count = count_of_round[round_]
            ranks_left += count
            ways = ix.choose[ranks_left, count]
            set_of_round[round_] = ix.set_of_rank[count, rest % ways]
            rest //= ways
        used = 0
        for round_ in range(rounds):
            taken = 0
            place = 0
            for rank in range(13):
                if used >> rank & 1 == 0:
                    if set_of_round[round_] >> place & 1:
                        taken |= 1 << rank
                        cards_out[next_of_round[round_]] = 4 * rank + suit
                        next_of_round[round_] += 1
                    place += 1
            used |= taken


@njit(cache=True)
def orbit_size(ix, index):
    """Number of real deals (1 to 24) that share ``index``."""
    key_of_place = np.empty(4, np.int64)
    _keys_of_index(ix, index, key_of_place)
    deals = 24
    run = 1
    for place in range(1, 4):
        run = run + 1 if key_of_place[place] == key_of_place[place - 1] else 1
        deals //= run
    return deals
