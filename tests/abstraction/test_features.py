"""Expected hand strength against a plain enumeration of all boards to come by phevaluator."""

import itertools
from collections import Counter

import numpy as np
import phevaluator
import pytest

from holdem_mpi.abstraction import features, percentile
from holdem_mpi.cards import hand_of_cards, parse_cards
from holdem_mpi.config.buckets import MAX_BUCKETS, STRENGTHS
from holdem_mpi.kernels.cards.isomorphism import index_board

DEALS = {1: 22100 * 1176, 2: 270725 * 1128, 3: 2598960 * 1081}


def naive_numerator(hand, board, final_cards):
    """Sum of 2 * wins + ties over boards to come and opponents, on the real cards."""
    live = [card for card in range(52) if card not in (*hand, *board)]
    to_come = final_cards - len(board)
    strength = {
        cards: -phevaluator.evaluate_cards(*board, *cards) for cards in itertools.combinations(live, to_come + 2)
    }
    total = 0
    for runout in itertools.combinations(live, to_come):
        own = -phevaluator.evaluate_cards(*hand, *board, *runout)
        rest = [card for card in live if card not in runout]
        for opponent in itertools.combinations(rest, 2):
            other = strength[tuple(sorted(runout + opponent))]
            total += 2 * (own > other) + (own == other)
    return total


def numerator_of(values, street, hand, board):
    suit_map = np.empty(4, dtype=np.uint8)
    row = index_board(features.board_indexer(street), np.array(board), suit_map)
    first, second = (4 * (card // 4) + int(suit_map[card % 4]) for card in hand)
    return values[row, hand_of_cards(first, second)]


def whole_street(street, final_street):
    boards = features.number_of_boards(street)
    if street == final_street:
        return features.final_numerators(final_street, 0, boards)
    sums = features.empty_sums(street)
    # In two parts, as two ranks would.
    complete = features.number_of_boards(final_street)
    features.add_to_sums(street, final_street, 0, complete // 3, sums)
    features.add_to_sums(street, final_street, complete // 3, complete, sums)
    features.settle_sums(street, 0, sums)
    return sums


@pytest.fixture(scope="module")
def values_of_street():
    known = {}

    def get(street, final_street):
        if (street, final_street) not in known:
            known[street, final_street] = whole_street(street, final_street)
        return known[street, final_street]

    return get


@pytest.mark.parametrize(
    ("hand", "board"),
    [("Ah Kd", "7h 8h 9h"), ("2c 2d", "As Ad 2h"), ("Jc Td", "9h 8s 2c")],
)
def test_flop_of_holdem(values_of_street, hand, board):
    hand, board = parse_cards(hand), parse_cards(board)
    assert numerator_of(values_of_street(1, 3), 1, hand, board) == naive_numerator(hand, board, 5)


@pytest.mark.parametrize(("street", "final_street"), [(2, 3), (1, 2)])
def test_one_card_to_come(values_of_street, street, final_street):
    rng = np.random.default_rng(street)
    for _ in range(6):
        cards = rng.permutation(52)[: 2 + features.CARDS_OF_STREET[street]].tolist()
        expected = naive_numerator(cards[:2], cards[2:], features.CARDS_OF_STREET[final_street])
        assert numerator_of(values_of_street(street, final_street), street, cards[:2], cards[2:]) == expected


@pytest.mark.parametrize("street", [1, 2])
def test_last_street_of_a_short_game(values_of_street, street):
    rng = np.random.default_rng(street)
    for _ in range(20):
        n = features.CARDS_OF_STREET[street]
        cards = rng.permutation(52)[: 2 + n].tolist()
        expected = naive_numerator(cards[:2], cards[2:], n)
        assert numerator_of(values_of_street(street, street), street, cards[:2], cards[2:]) == expected


def test_river():
    rng = np.random.default_rng(3)
    suit_map = np.empty(4, dtype=np.uint8)
    for _ in range(40):
        cards = rng.permutation(52)[:7].tolist()
        row = index_board(features.board_indexer(3), np.array(cards[2:]), suit_map)
        values = features.final_numerators(3, row, row + 1)
        first, second = (4 * (card // 4) + int(suit_map[card % 4]) for card in cards[:2])
        assert values[0, hand_of_cards(first, second)] == naive_numerator(cards[:2], cards[2:], 5)


@pytest.mark.parametrize(("street", "final_street"), [(1, 1), (1, 2), (2, 2), (1, 3), (2, 3)])
def test_every_deal_counts_once_and_the_mean_is_a_half(values_of_street, street, final_street):
    largest = features.largest_numerator(street, final_street)
    counts = percentile.empty_counts(largest)
    percentile.add_counts(street, 0, values_of_street(street, final_street), counts)
    assert counts.sum() == DEALS[street]
    assert 2 * (counts * np.arange(largest + 1)).sum() == DEALS[street] * largest
    if street == final_street:
        assert np.count_nonzero(counts) == STRENGTHS[features.CARDS_OF_STREET[street]]
    else:
        assert np.count_nonzero(counts) >= MAX_BUCKETS


def test_every_river_deal_counts_once_and_the_mean_is_a_half():
    counts = percentile.empty_counts(1980)
    boards = features.number_of_boards(3)
    for start in range(0, boards, 8192):
        percentile.add_counts(3, start, features.final_numerators(3, start, min(start + 8192, boards)), counts)
    assert counts.sum() == DEALS[3]
    assert 2 * (counts * np.arange(1981)).sum() == DEALS[3] * 1980
    assert np.count_nonzero(counts) == STRENGTHS[5]


def test_overlaps_are_marked(values_of_street):
    for street, hands in ((1, 1176), (2, 1128)):
        values = values_of_street(street, 3)
        assert Counter(np.count_nonzero(values != features.blank_of(values), axis=1)) == {hands: len(values)}
