"""Strengths against the published counts of hands by category and against phevaluator."""

import numpy as np
import phevaluator
import pytest
from numba import njit

from holdem_mpi.cards import parse_cards
from holdem_mpi.kernels.cards.evaluator import (
    FIRST_STRENGTH,
    NUM_STRENGTHS,
    category_of_strength,
    evaluate,
    evaluator_tables,
)


@njit
def count_five_cards(tables):
    """Hands of five cards by strength."""
    hands = np.zeros(NUM_STRENGTHS, np.int64)
    cards = np.empty(5, np.int64)
    for a in range(4, 52):
        cards[0] = a
        for b in range(3, a):
            cards[1] = b
            for c in range(2, b):
                cards[2] = c
                for d in range(1, c):
                    cards[3] = d
                    for e in range(d):
                        cards[4] = e
                        hands[evaluate(tables, cards, 5)] += 1
    return hands


@njit
def count_seven_cards(tables):
    """Hands of seven cards by category."""
    hands = np.zeros(9, np.int64)
    cards = np.empty(7, np.int64)
    for a in range(6, 52):
        cards[0] = a
        for b in range(5, a):
            cards[1] = b
            for c in range(4, b):
                cards[2] = c
                for d in range(3, c):
                    cards[3] = d
                    for e in range(2, d):
                        cards[4] = e
                        for f in range(1, e):
                            cards[5] = f
                            for g in range(f):
                                cards[6] = g
                                hands[category_of_strength(evaluate(tables, cards, 7))] += 1
    return hands


def test_five_card_hands_by_category():
    hands = count_five_cards(evaluator_tables())
    assert hands.min() > 0  # dense: each of the 7,462 strengths occurs
    by_category = np.add.reduceat(hands, FIRST_STRENGTH)[::-1]
    assert by_category.tolist() == [40, 624, 3744, 5108, 10200, 54912, 123552, 1098240, 1302540]


def test_seven_card_hands_by_category():
    by_category = count_seven_cards(evaluator_tables())[::-1]
    assert by_category.tolist() == [41584, 224848, 3473184, 4047644, 6180020, 6461620, 31433400, 58627800, 23294460]


@pytest.mark.kernels
@pytest.mark.parametrize("n", [5, 6, 7])
def test_strength_is_that_of_phevaluator(n):
    """phevaluator counts the same 7,462 classes from the other end, 1 for the best."""
    rng = np.random.default_rng(n)
    tables = evaluator_tables()
    for _ in range(5000):
        hand = rng.permutation(52)[:n]
        assert evaluate(tables, hand, n) == NUM_STRENGTHS - phevaluator.evaluate_cards(*map(int, hand))


@pytest.mark.kernels
@pytest.mark.parametrize(
    ("text", "strength", "category"),
    [
        ("Ah Kh Qh Jh Th 2c 3d", 7461, 8),
        ("5h 4h 3h 2h Ah Kc Kd", 7452, 8),
        ("5h 4c 3h 2h Ah Kc Kd", 5853, 4),
        ("7c 5d 4h 3s 2c", 0, 0),
        ("Ac Ad Ah As Kc Kd Kh", 7451, 7),
    ],
)
def test_named_hands(text, strength, category):
    cards = np.array(parse_cards(text), dtype=np.uint8)
    assert evaluate(evaluator_tables(), cards, len(cards)) == strength
    assert category_of_strength(strength) == category
