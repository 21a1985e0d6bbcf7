"""Features that hands are clustered by, against plain enumerations by phevaluator and scipy."""

import itertools

import numpy as np
import phevaluator
import pytest
from scipy.stats import wasserstein_distance

from holdem_mpi.abstraction import features, points
from holdem_mpi.cards import CARDS_OF_HAND, CLASS_OF_HAND, class_of_cards, hand_of_cards
from holdem_mpi.kernels.cards.isomorphism import index_board, unindex_hand
from holdem_mpi.kernels.clustering.hand_features import CLUSTERS, EQUITY_STEPS, STEPS_AN_OUTCOME

HAND_OF = {hand: (low, high) for hand, (high, low) in enumerate(CARDS_OF_HAND.tolist())}


def board_of(street, index):
    board = np.zeros(features.CARDS_OF_STREET[street], np.int64)
    unindex_hand(features.board_indexer(street), index, board)
    return board.tolist()


def value(own, other):
    """2 for a win, 1 for a tie; phevaluator's ranks fall with strength."""
    return 2 * (own < other) + (own == other)


def naive_values(hand, board, opponents):
    """2 * wins + ties against a list of hands."""
    own = phevaluator.evaluate_cards(*hand, *board)
    return sum(value(own, phevaluator.evaluate_cards(*other, *board)) for other in opponents)


def opponents_of(hand, board):
    return list(itertools.combinations([card for card in range(52) if card not in (*hand, *board)], 2))


def hands_beside(board, count, seed):
    rng = np.random.default_rng(seed)
    left = [card for card in range(52) if card not in board]
    return [sorted(rng.choice(left, 2, replace=False).tolist()) for _ in range(count)]


def naive_histogram(hand, board):
    """Outcomes of the last card by bin of the hand's equity then."""
    histogram, largest, total = np.zeros(points.BINS, int), features.largest_numerator(3, 3), 0
    for card in set(range(52)) - {*hand, *board}:
        found = naive_values(hand, (*board, card), opponents_of(hand, (*board, card)))
        histogram[found * points.BINS // (largest + 1)] += 1
        total += found
    return histogram, total


def test_outcomes_of_the_river_and_their_distance():
    board, index = board_of(2, 7000), 7000
    found, numerators = points.OutcomePoints(2).at(index, index + 1)
    bins, seen = np.arange(points.BINS), []
    for hand in hands_beside(board, 3, 1):
        histogram, total = naive_histogram(hand, board)
        place = hand_of_cards(*hand)
        assert numerators[0, place] == total
        above = histogram[::-1].cumsum()[::-1][1:]
        np.testing.assert_array_equal(found[0, place], STEPS_AN_OUTCOME * above)
        seen.append((histogram, found[0, place].astype(int)))
    for (first, a), (second, b) in itertools.combinations(seen, 2):
        assert np.abs(a - b).sum() == pytest.approx(
            wasserstein_distance(bins, bins, first, second) * 46 * STEPS_AN_OUTCOME, rel=1e-12
        )


def test_numerators_of_outcomes_are_those_of_percentiles():
    found, numerators = points.OutcomePoints(1).at(300, 302)  # a game that ends on the turn
    sums = features.empty_sums(1)
    features.add_to_sums(1, 2, 0, features.number_of_boards(2), sums)
    rows = sums[300:302].copy()
    features.settle_sums(1, 300, rows)
    known = rows != features.blank_of(rows)
    np.testing.assert_array_equal(numerators[known], rows[known])
    assert found.max() <= 47 * STEPS_AN_OUTCOME


@pytest.mark.parametrize(("street", "index"), [(3, 90_000), (3, 12), (1, 1000)])
def test_equity_against_clusters(street, index):
    clusters = np.random.default_rng(index).integers(CLUSTERS, size=169)
    board = board_of(street, index)
    found, numerators = points.ClusterPoints(street, clusters).at(index, index + 1)
    for hand in hands_beside(board, 6, index):
        place, others = hand_of_cards(*hand), opponents_of(hand, board)
        assert numerators[0, place] == naive_values(hand, board, others)
        for cluster in range(CLUSTERS):
            members = [other for other in others if clusters[class_of_cards(*other)] == cluster]
            equity = naive_values(hand, board, members) / (2 * len(members))
            assert abs(found[0, place, cluster] - EQUITY_STEPS * equity) <= 0.5 + 1e-9


def test_against_a_cluster_of_which_no_hand_is_left_stands_the_equity_against_all():
    clusters = np.zeros(169, np.int64)
    clusters[class_of_cards(48, 49)] = 7  # aces, and nobody else
    clusters[class_of_cards(44, 45)] = 1
    suit_map = np.zeros(4, np.uint8)
    index = index_board(features.board_indexer(1), np.array([48, 49, 0]), suit_map)
    found, numerators = points.ClusterPoints(1, clusters).at(index, index + 1)
    low, high = (4 * 12 + int(suit_map[2])), 4 * 11 + int(suit_map[0])
    place = hand_of_cards(low, high)  # a third ace: one is left
    equity = numerators[0, place] / features.largest_numerator(1, 1)
    assert found[0, place, 7] == pytest.approx(EQUITY_STEPS * equity, abs=0.5 + 1e-9)
    assert found[0, place, 1] > found[0, place, 7]


def test_next_buckets_are_those_of_the_boards_with_one_card_more():
    table = np.random.default_rng(5).integers(60_000, size=(features.number_of_boards(2), 1326)).astype(np.uint16)
    sums = {0: np.arange(1326)[None, :] + np.zeros((1755, 1), np.int64)}
    found, numerators = points.NextBucketPoints(1, table, sums).at(1500, 1502)
    suit_map = np.zeros(4, np.uint8)
    for row, board in enumerate((board_of(1, 1500), board_of(1, 1501))):
        for hand in hands_beside(board, 5, row):
            expected = []
            for card in sorted(set(range(52)) - {*hand, *board}):
                index = index_board(features.board_indexer(2), np.array([*board, card]), suit_map)
                first, second = ((one & ~3) + int(suit_map[one & 3]) for one in hand)
                expected.append(table[index, hand_of_cards(first, second)])
            assert found[row, hand_of_cards(*hand)].tolist() == sorted(expected)
    assert numerators[1, 77] == 77


def test_outcomes_of_preflop_classes():
    counts = points.empty_class_counts()
    points.add_class_outcomes(1, 0, 900, counts)
    points.add_class_outcomes(1, 900, 1755, counts)
    deals = 22100 * 1176
    assert counts.sum() == deals
    bins, expected = points.bin_of_value(1), np.zeros_like(counts)
    values = features.final_numerators(1, 0, 1755)
    _, orbit = points.classes_at(1, 0, 1755)
    for board in range(1755):
        real = orbit[board].sum() // 1176
        known = values[board] != features.blank_of(values)
        np.add.at(expected, (CLASS_OF_HAND[known], bins[values[board][known]]), real)
    np.testing.assert_array_equal(counts, expected)
    above, hands = points.class_points(counts)
    assert hands.sum() == 1326 and above.shape == (169, points.BINS - 1)
    mean = above.sum(axis=1) / (46 * STEPS_AN_OUTCOME)
    np.testing.assert_allclose(mean, (counts * np.arange(points.BINS)).sum(axis=1) / counts.sum(axis=1), atol=2e-3)


def test_every_canonical_hand_is_one_class_and_every_deal_belongs_to_one():
    for street, hands, deals in ((1, 1_286_792, 22100 * 1176), (2, 13_960_050, 270725 * 1128)):
        lowest, real = points.classes_at(street, 0, features.number_of_boards(street))
        assert np.count_nonzero(real) == hands and real.sum(dtype=np.int64) == deals
        assert np.array_equal(real > 0, lowest == np.arange(1326))
    count = total = 0
    boards = features.number_of_boards(3)
    for start in range(0, boards, 4096):
        _, real = points.classes_at(3, start, min(start + 4096, boards))
        count, total = count + np.count_nonzero(real), total + int(real.sum(dtype=np.int64))
    assert (count, total) == (123_156_254, 2598960 * 1081)


@pytest.mark.parametrize("street", [1, 2])
def test_features_do_not_tell_hands_apart_that_the_board_does_not(street):
    """Suits that a board does not tell apart may be swapped, in all features."""
    source = points.ClusterPoints(1, np.arange(169) % CLUSTERS) if street == 1 else points.OutcomePoints(2)
    for index in (0, features.number_of_boards(street) - 1):
        found, numerators = source.at(index, index + 1)
        lowest, _ = points.classes_at(street, index, index + 1)
        known = lowest[0] >= 0
        assert np.any(lowest[0][known] != np.flatnonzero(known))
        np.testing.assert_array_equal(found[0][known], found[0][lowest[0][known]])
        np.testing.assert_array_equal(numerators[0][known], numerators[0][lowest[0][known]])
