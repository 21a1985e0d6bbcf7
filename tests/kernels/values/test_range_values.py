"""Ranges against ranges, the last street, deals as buckets: against plain loops over pairs of hands."""

import itertools

import numpy as np
import phevaluator
import pytest

from holdem_mpi.abstraction.deal_tables import tables_of_deck
from holdem_mpi.cards import hand_of_cards, parse_cards
from holdem_mpi.game.toy import toy_deck
from holdem_mpi.kernels.arrays import Deal, TreeCode
from holdem_mpi.kernels.cards.deal import cards_dealt
from holdem_mpi.kernels.cards.evaluator import evaluator_tables
from holdem_mpi.kernels.cards.hand_equity import add_completions
from holdem_mpi.kernels.cards.hands import hand_cards
from holdem_mpi.kernels.cards.showdown import showdown_workspace
from holdem_mpi.kernels.cards.sweep import rank_hands, ranked_hands, ranked_toy_hands
from holdem_mpi.kernels.values.bucket_deals import sample_bucket_deals, step_back
from holdem_mpi.kernels.values.range_values import PairTable, add_boards, free_mass, showdown_sums, value_boards

pytestmark = pytest.mark.kernels

BOARD = parse_cards("7h 8h 9h Kd Kc")


def some_hands(count):
    """``count`` hands that the board leaves, some of equal strength, as (hand, cards)."""
    live = [card for card in range(52) if card not in BOARD]
    pairs = list(itertools.combinations(live, 2))
    chosen = np.random.default_rng(3).choice(len(pairs), count, replace=False)
    return [(hand_of_cards(*pairs[place]), pairs[place]) for place in chosen]


def test_pairs_of_hands_in_holdem():
    hands, draw = some_hands(60), np.random.default_rng(4)
    reach = np.zeros((2, 1326))
    for hand, _ in hands:
        reach[:, hand] = draw.random(2)
    ranked = ranked_hands()
    rank_hands(evaluator_tables(), np.array(BOARD), 5, showdown_workspace(), ranked)
    strength = {cards: -phevaluator.evaluate_cards(*BOARD, *cards) for _, cards in hands}
    won = weight = 0.0
    mass = np.zeros(1326)
    for (first, mine), (second, theirs) in itertools.product(hands, hands):
        if not set(mine) & set(theirs):
            product = reach[0, first] * reach[1, second]
            weight += product
            won += product * np.sign(strength[mine] - strength[theirs])
            mass[first] += reach[1, second]
    assert showdown_sums(ranked, reach) == pytest.approx((won, weight), rel=1e-12)
    of_hands = np.empty(1326)
    assert free_mass(hand_cards(1326), reach[1], of_hands) == pytest.approx(reach[1].sum())
    for hand, _ in hands:
        assert of_hands[hand] == pytest.approx(mass[hand], rel=1e-12)


@pytest.mark.parametrize("public", [None, 3])
def test_pairs_of_hands_in_a_toy_deck(public):
    deck = toy_deck("leduc", 2)
    strength = np.array([deck.strength(card, public) for card in range(6)])
    reach = np.random.default_rng(5).random((2, 6))
    if public is not None:
        reach[:, public] = 0.0
    pairs = [(a, b) for a in range(6) for b in range(6) if a != b]
    won = sum(reach[0, a] * reach[1, b] * np.sign(strength[a] - strength[b]) for a, b in pairs)
    weight = sum(reach[0, a] * reach[1, b] for a, b in pairs)
    assert showdown_sums(ranked_toy_hands(strength, public), reach) == pytest.approx((won, weight), rel=1e-12)
    mass = np.empty(6)
    free_mass(hand_cards(6), reach[1], mass)
    np.testing.assert_allclose(mass, reach[1].sum() - reach[1])


def test_values_of_boards():
    """Leduc's six public cards: the leading range's groups averaged first, blocked cards left out."""
    deck = toy_deck("leduc", 2)
    tables, draw = tables_of_deck(deck), np.random.default_rng(6)
    group = np.array([0, 0, 1, 1, 2, 2, 3, 3, 3])
    table, reach = PairTable(group, draw.random((4, 4)).astype(np.float32)), draw.random((2, 6))
    out, sums = np.empty((6, 2)), np.zeros((2, 6))
    boards, orbits = np.arange(6)[:, None], np.array([1.0, 2.0, 3.0, 0.0, 0.0, 1.0])
    value_boards(tables, 1, boards, hand_cards(6), reach, table, out)
    add_boards(tables, 1, boards, orbits, hand_cards(6), reach[0], table, sums)
    expected = np.zeros((2, 6))
    for public in range(6):
        groups = [group[deck.bucket(card, public)] for card in range(6)]
        free = [card for card in range(6) if card != public]
        value = weight = 0.0
        for other in free:
            mean = sum(reach[0, i] * table.value[groups[i], groups[other]] for i in free) / reach[0, free].sum()
            mass = sum(reach[0, i] for i in free if i != other)
            expected[:, other] += orbits[public] * mass * np.array([mean, 1.0])
            value, weight = value + reach[1, other] * mass * mean, weight + reach[1, other] * mass
        assert out[public] == pytest.approx((value / weight, weight), rel=1e-6)
    np.testing.assert_allclose(sums, expected, rtol=1e-6)


def test_deals_as_buckets():
    """Leduc: each pair of ranks as often as it is dealt, and the result that the cards have."""
    deck = toy_deck("leduc", 2)
    tables = tables_of_deck(deck)
    tree = TreeCode(
        np.zeros(1, np.uint32),
        np.zeros((1, 2)),
        np.zeros(1, np.uint8),
        np.zeros(1),
        np.zeros(1),
        *np.zeros((2, 2, 2), np.uint64),
    )
    tree.width[:] = 1
    deal = Deal(
        np.zeros((2, 2), np.uint64),
        np.zeros(2, np.int64),
        np.zeros(cards_dealt(tables), np.int64),
        np.zeros(7, np.int64),
        np.zeros(4, np.uint8),
    )
    buckets, strengths = np.empty((6000, 2, 2), np.int32), np.empty((6000, 2), np.int64)
    sample_bucket_deals(tables, tree, deal, np.uint64(1), 0, buckets, strengths)
    first, second = buckets[:, 0].T
    assert (buckets[:, 1] // 3 == buckets[:, 0]).all() and (buckets[:, 1, 0] % 3 == buckets[:, 1, 1] % 3).all()
    for pair in itertools.product(range(3), repeat=2):
        share = 1 / 15 if pair[0] == pair[1] else 2 / 15
        assert np.mean((first == pair[0]) & (second == pair[1])) == pytest.approx(share, abs=0.02)
    strength = buckets[:, 0] + 3 * (buckets[:, 0] == buckets[:, 1] % 3)
    found, expected = (np.sign(of[:, 0] - of[:, 1]) for of in (strengths, strength))
    np.testing.assert_array_equal(found, expected)
    others = np.empty_like(buckets)
    sample_bucket_deals(tables, tree, deal, np.uint64(1), 1, others, strengths)
    assert (others != buckets).any()


def test_step_back_is_a_product_of_matrices():
    draw = np.random.default_rng(7)
    dense = draw.random((5, 8)).astype(np.float32) * (draw.random((5, 8)) < 0.4)
    rows, columns = np.nonzero(dense)
    later, earlier = draw.random((8, 3)).astype(np.float32), np.empty((5, 3), np.float32)
    first = np.searchsorted(rows, np.arange(6))
    step_back(first, columns.astype(np.int32), dense[rows, columns], later, earlier)
    np.testing.assert_allclose(earlier, dense @ later, rtol=1e-5)


def test_completions_of_a_turn():
    """2 * wins + ties of two hands over all rivers, by phevaluator."""
    turn, total = parse_cards("7h 8h 9h Kd"), np.zeros(1326, np.int64)
    board = np.array([*turn, 0])
    assert add_completions(evaluator_tables(), board, 4, showdown_workspace(), total) == 48
    mine = parse_cards("Th 6h")
    count = 0
    for river in set(range(52)) - {*turn, *mine}:
        own = phevaluator.evaluate_cards(*turn, river, *mine)
        left = set(range(52)) - {*turn, *mine, river}
        ranks = np.array([phevaluator.evaluate_cards(*turn, river, *pair) for pair in itertools.combinations(left, 2)])
        count += int(2 * (ranks > own).sum() + (ranks == own).sum())
    assert total[hand_of_cards(*mine)] == count
    assert total[hand_of_cards(*parse_cards("7h 2c"))] == 0
