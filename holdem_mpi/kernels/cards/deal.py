"""Cards to what traversals know of them: a segment a player and street, a strength a player."""

from functools import cache
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numba import njit

from holdem_mpi.kernels import rng
from holdem_mpi.kernels.cards.evaluator import EvaluatorTables, evaluate, evaluator_tables
from holdem_mpi.kernels.cards.hands import NUM_HANDS, hand_of
from holdem_mpi.kernels.cards.isomorphism import Indexer, build_indexer, index_board
from holdem_mpi.kernels.prefetch import prefetch

DECK_TOY = 0
DECK_HOLDEM = 1

# Indices of DealTables.shape.
D_DECK = 0
D_CARDS = 1
D_PLAYERS = 2
D_STREETS = 3
D_PUBLIC = 4
NUM_SHAPE = 5

_HALF, _LOWER = np.uint64(32), np.uint64(0xFFFFFFFF)


class DealTables(NamedTuple):
    """What turns cards into buckets and strengths. Read only; all arrays are marked so, which keeps one compiled kernel
    for mapped and for plain tables.

    shape: int64[NUM_SHAPE], the kind of deck, cards in it, players, streets, public cards.
    toy_bucket: uint16[street, private card, public card].
    toy_strength: int64[private card, public card].
    board_of_street: int64[4], board cards seen on each street.
    class_of_hand: uint16[1326], bucket of a hand where no board card is seen.
    index_of_3, index_of_4, index_of_5: indexers of boards of so many cards.
    bucket_of_3, bucket_of_4, bucket_of_5: unsigned[board_iso * 1326 + hand], the hand in the canonical board's
        suits; one element where the game has no such street.
    evaluator: strengths of complete hands.
    order: int8[place, card], what correlated draws choose from, all equally likely: a toy deck's deals, in order; in
        hold'em the first three public cards (fewer where the game has fewer), by their ranks.
    """

    shape: np.ndarray
    toy_bucket: np.ndarray
    toy_strength: np.ndarray
    board_of_street: np.ndarray
    class_of_hand: np.ndarray
    index_of_3: Indexer
    index_of_4: Indexer
    index_of_5: Indexer
    bucket_of_3: np.ndarray
    bucket_of_4: np.ndarray
    bucket_of_5: np.ndarray
    evaluator: EvaluatorTables
    order: np.ndarray


def _frozen(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


def _tables(
    shape: list[int],
    toy_bucket: np.ndarray,
    toy_strength: np.ndarray,
    board_of_street: list[int],
    class_of_hand: np.ndarray,
    bucket_of_board: dict[int, np.ndarray],
    order: np.ndarray,
) -> DealTables:
    dtype = next(iter(bucket_of_board.values())).dtype if bucket_of_board else np.uint8
    bucket = {size: bucket_of_board.get(size, np.zeros(1, dtype)).reshape(-1) for size in (3, 4, 5)}
    return DealTables(
        _frozen(np.array(shape, np.int64)),
        _frozen(toy_bucket),
        _frozen(toy_strength),
        _frozen(np.array(board_of_street + [0] * (4 - len(board_of_street)), np.int64)),
        _frozen(class_of_hand),
        *(build_indexer((size,)) for size in (3, 4, 5)),
        *(_frozen(bucket[size]) for size in (3, 4, 5)),
        evaluator_tables(),
        order,
    )


def toy_tables(bucket: np.ndarray, strength: np.ndarray, deals: np.ndarray, public_cards: int) -> DealTables:
    """DealTables of a toy deck: bucket uint16[street, private, public], strength int64[private, public], deals
    int64[deal, card], all there are, one private card a player, then the public one.
    """
    players = deals.shape[1] - public_cards
    shape = [DECK_TOY, strength.shape[0], players, bucket.shape[0], public_cards]
    return _tables(shape, bucket, strength, [0], np.zeros(1, np.uint16), {}, _frozen(deals.astype(np.int8)))


def holdem_tables(
    players: int, board_cards: tuple[int, ...], class_of_hand: np.ndarray, bucket_of_board: dict[int, np.ndarray]
) -> DealTables:
    """DealTables of hold'em: board_cards dealt by street; class_of_hand uint16[1326]; bucket_of_board by the number of
    board cards seen, unsigned[board_iso, hand] (each mixture of dtypes compiles the kernels once more).
    """
    seen = [int(total) for total in np.cumsum(board_cards)]
    shape = [DECK_HOLDEM, 52, players, len(board_cards), seen[-1]]
    toy = np.zeros((1, 1, 1), np.uint16), np.zeros((1, 1), np.int64)
    return _tables(shape, *toy, seen, class_of_hand, bucket_of_board, boards_by_rank(min(3, seen[-1])))


@cache
def boards_by_rank(count: int) -> np.ndarray:
    """int8[board, count], all boards of so many cards, ordered by their ranks, then by suits."""
    boards = np.array(list(combinations(range(52), count)), np.int8).reshape(-1, count)
    order = np.lexsort([*(boards & 3).T, *(boards >> 2).T[::-1]]) if count else slice(None)
    return _frozen(boards[order])


def num_hands(tables: DealTables) -> int:
    """Hands that a player may hold: 1,326, or a toy deck's cards."""
    return int(tables.shape[D_CARDS]) if tables.shape[D_DECK] == DECK_TOY else NUM_HANDS


def cards_dealt(tables: DealTables) -> int:
    """Cards of one hand: the players' and the public ones."""
    private = 1 if tables.shape[D_DECK] == DECK_TOY else 2
    return int(private * tables.shape[D_PLAYERS] + tables.shape[D_PUBLIC])


@njit(cache=True, _nrt=False, inline="always")
def draw_cards(state, num_cards, first, last, cards, used):
    """Fill ``cards[first:last]`` with different cards, all orders equally likely (rejection on a bit mask).

    used: uint64, bits of the cards that are not to be drawn; with those drawn, returned.
    """
    dealt = first
    while dealt < last:
        card = rng.draw_below(state, num_cards)
        bit = np.uint64(1) << np.uint64(card)
        if used & bit == np.uint64(0):
            used |= bit
            cards[dealt] = card
            dealt += 1
    return used


@njit(cache=True, _nrt=False, inline="always")
def place_of_quantile(quantile, count):
    """The place among ``count`` (below 2**32) equal parts of the unit interval in which quantile / 2**64 lies."""
    count = np.uint64(count)
    low = ((quantile & _LOWER) * count) >> _HALF
    return ((quantile >> _HALF) * count + low) >> _HALF


@njit(cache=True, _nrt=False)
def deal_cards(tables, state, deal, correlated, quantile):
    """Fill ``deal.cards``: from ``state``'s stream, or, where ``correlated``, the row of ``tables.order`` that
    ``quantile`` (uint64, a 2**64th) lies in, and from the stream what that leaves open.
    """
    players = tables.shape[D_PLAYERS]
    toy = tables.shape[D_DECK] == DECK_TOY
    private = players if toy else 2 * players
    last = private + tables.shape[D_PUBLIC]
    used = np.uint64(0)
    if correlated:
        known = tables.order.shape[1]
        begin = np.int64(0) if toy else private
        place = place_of_quantile(quantile, tables.order.shape[0])
        for index in range(known):
            card = np.int64(tables.order[place, index])
            deal.cards[begin + index] = card
            used |= np.uint64(1) << np.uint64(card)
        if not toy:
            used = draw_cards(state, tables.shape[D_CARDS], 0, private, deal.cards, used)
            draw_cards(state, tables.shape[D_CARDS], private + known, last, deal.cards, used)
    else:
        draw_cards(state, tables.shape[D_CARDS], 0, last, deal.cards, used)


@njit(cache=True, _nrt=False, inline="always")
def read_toy(tables, tree, deal):
    """Fill segments and strengths from ``deal.cards``: one private card a player, then the public card."""
    players = tables.shape[D_PLAYERS]
    public = deal.cards[players] if tables.shape[D_PUBLIC] > 0 else 0
    for player in range(players):
        card = deal.cards[player]
        deal.strength[player] = tables.toy_strength[card, public]
        for street in range(tables.shape[D_STREETS]):
            bucket = np.uint64(tables.toy_bucket[street, card, public])
            deal.segment[street, player] = tree.base_pair[street, player] + bucket * tree.width[street, player]


@njit(cache=True, _nrt=False, inline="always")
def find_buckets(indexer, bucket_table, street, deal):
    """Put the places of a street's buckets in its table, flattened, into ``deal.segment`` and ask for them: one board
    index serves all players, and these tables are far larger than any cache.
    """
    players = deal.strength.size
    board = index_board(indexer, deal.cards[2 * players :], deal.suit_map)
    for player in range(players):
        first, second = deal.cards[2 * player], deal.cards[2 * player + 1]
        first = (first & ~3) + np.int64(deal.suit_map[first & 3])
        second = (second & ~3) + np.int64(deal.suit_map[second & 3])
        high, low = max(first, second), min(first, second)
        place = np.uint64(board * NUM_HANDS + hand_of(high, low))
        deal.segment[street, player] = place
        prefetch(bucket_table, place)


@njit(cache=True, _nrt=False, inline="always")
def read_strengths(tables, deal):
    """Fill ``deal.strength`` from the players' cards and the board."""
    players = tables.shape[D_PLAYERS]
    public = tables.shape[D_PUBLIC]
    for index in range(public):
        deal.showdown[2 + index] = deal.cards[2 * players + index]
    for player in range(players):
        deal.showdown[0] = deal.cards[2 * player]
        deal.showdown[1] = deal.cards[2 * player + 1]
        deal.strength[player] = evaluate(tables.evaluator, deal.showdown, 2 + public)


@njit(cache=True, _nrt=False)
def find_holdem(tables, deal):
    """Fill strengths from ``deal.cards``, two cards a player, then the board, and segments with the places of buckets
    in their tables, which are asked for; ``finish_deal`` makes segments of them.

    Not inlined: once in each place that deals, it made ``run_lane`` compile for half a minute, and toy games slower.
    """
    for street in range(tables.shape[D_STREETS]):
        seen = tables.board_of_street[street]
        if seen == 3:
            find_buckets(tables.index_of_3, tables.bucket_of_3, street, deal)
        elif seen == 4:
            find_buckets(tables.index_of_4, tables.bucket_of_4, street, deal)
        elif seen == 5:
            find_buckets(tables.index_of_5, tables.bucket_of_5, street, deal)
        else:
            for player in range(deal.strength.size):
                first, second = deal.cards[2 * player], deal.cards[2 * player + 1]
                high, low = max(first, second), min(first, second)
                deal.segment[street, player] = np.uint64(hand_of(high, low))
    read_strengths(tables, deal)


@njit(cache=True, _nrt=False)
def finish_deal(tables, tree, segment, begin):
    """Turn the places of buckets that ``find_holdem`` has left into the first pairs of the buckets there, in place.

    segment: uint64[...], places of (street, player) from ``begin`` on.
    """
    players = tables.shape[D_PLAYERS]
    for street in range(tables.shape[D_STREETS]):
        seen = tables.board_of_street[street]
        for player in range(players):
            at = begin + np.uint64(street * players + player)
            place = segment[at]
            if seen == 3:
                bucket = np.uint64(tables.bucket_of_3[place])
            elif seen == 4:
                bucket = np.uint64(tables.bucket_of_4[place])
            elif seen == 5:
                bucket = np.uint64(tables.bucket_of_5[place])
            else:
                bucket = np.uint64(tables.class_of_hand[place])
            segment[at] = tree.base_pair[street, player] + bucket * tree.width[street, player]


@njit(cache=True, _nrt=False, inline="always")
def read_holdem(tables, tree, deal):
    """Fill segments and strengths from ``deal.cards``: two cards a player, then the board."""
    find_holdem(tables, deal)
    finish_deal(tables, tree, deal.segment.reshape(deal.segment.size), np.uint64(0))


@njit(cache=True, _nrt=False, inline="always")
def start_deal(tables, tree, state, deal, correlated, quantile):
    """Draw the cards of one hand, as ``deal_cards`` does, and fill ``deal``; in hold'em its segments are left for
    ``finish_deal``.
    """
    deal_cards(tables, state, deal, correlated, quantile)
    if tables.shape[D_DECK] == DECK_TOY:
        read_toy(tables, tree, deal)
    else:
        find_holdem(tables, deal)


@njit(cache=True, _nrt=False, inline="always")
def sample_deal(tables, tree, state, deal):
    """Draw the cards of one hand and fill ``deal``."""
    start_deal(tables, tree, state, deal, False, np.uint64(0))
    if tables.shape[D_DECK] != DECK_TOY:
        finish_deal(tables, tree, deal.segment.reshape(deal.segment.size), np.uint64(0))
