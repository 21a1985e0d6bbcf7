"""The table of hands, against hands listed one by one."""

import itertools

import numpy as np
import pytest

from holdem_mpi import cards
from holdem_mpi.kernels.cards import hands as kernel_hands

# Colexicographic: by the higher card, then by the lower one.
HANDS = sorted(itertools.combinations(range(52), 2), key=lambda pair: pair[::-1])
BOARDS = ((), (7,), (51, 0, 26), [48, 49, 50, 51], np.array([3, 17, 22, 40, 8]))


def test_hands_are_numbered_by_the_higher_card_first():
    assert len(HANDS) == cards.NUM_HANDS
    assert cards.CARDS_OF_HAND.tolist() == [[high, low] for low, high in HANDS]
    for hand, (low, high) in enumerate(HANDS):
        assert cards.hand_of_cards(low, high) == cards.hand_of_cards(high, low) == hand
        assert cards.cards_of_hand(hand) == (high, low)


def test_classes_are_those_of_the_names():
    """``AKs`` from the two cards' names, and back through the name of the class."""
    size = dict.fromkeys(range(169), 0)
    for hand, (low, high) in enumerate(HANDS):
        (rank, suit), (other, other_suit) = cards.card_name(high), cards.card_name(low)
        name = rank + other + ("" if rank == other else "s" if suit == other_suit else "o")
        assert cards.class_name(int(cards.CLASS_OF_HAND[hand])) == name
        assert cards.class_of_cards(low, high) == cards.class_of_cards(high, low) == cards.CLASS_OF_HAND[hand]
        size[int(cards.CLASS_OF_HAND[hand])] += 1
    assert sorted(size.values()) == [4] * 78 + [6] * 13 + [12] * 78
    assert size[0] == 6 and size[1] == 4 and size[13] == 12  # AA, AKs, AKo


@pytest.mark.parametrize("board", BOARDS)
def test_a_board_blocks_the_hands_that_hold_one_of_its_cards(board):
    expected = [bool(set(pair) & {int(card) for card in board}) for pair in HANDS]
    assert cards.hands_holding(board).tolist() == expected
    weight = np.random.default_rng(1).random((2, 1326)) + 0.1
    left = cards.without_blocked(weight, board)
    assert np.array_equal(left, weight * ~np.array(expected)) and weight.min() >= 0.1


def test_a_toy_decks_hands_block_themselves():
    assert cards.hands_holding((4,), 6).tolist() == [False] * 4 + [True, False]
    assert not cards.hands_holding((), 6).any()
    assert cards.without_blocked(np.ones((2, 3)), (0,)).tolist() == [[0.0, 1.0, 1.0]] * 2


def test_mass_of_others():
    reach = np.random.default_rng(2).random(1326)
    mass = cards.mass_of_others(reach)
    for hand in (0, 700, 1325):
        expected = sum(reach[i] for i, other in enumerate(HANDS) if not {*other} & {*HANDS[hand]})
        assert mass[hand] == pytest.approx(expected)


def test_tables_cannot_be_changed():
    for table in (cards.CARDS_OF_HAND, cards.CLASS_OF_HAND, cards.hands_of_card(), cards.hands_of_card(6)):
        with pytest.raises(ValueError):
            table[0] = 0


def test_kernels_have_the_same_table():
    assert kernel_hands.NUM_HANDS == cards.NUM_HANDS
    of_hand = kernel_hands.hand_cards(1326)
    assert of_hand.high.tolist() == [high for _, high in HANDS] and of_hand.low.tolist() == [low for low, _ in HANDS]
    assert [kernel_hands.hand_of(high, low) for low, high in HANDS] == list(range(1326))
    toy = kernel_hands.hand_cards(6)
    assert toy.high.tolist() == list(range(6)) and (toy.low == kernel_hands.NO_CARD).all()


@pytest.mark.parametrize("board", BOARDS)
def test_kernels_blank_the_same_hands(board):
    values = np.arange(1326)
    kernel_hands.blank_overlaps(np.array(board, np.int64), len(board), values, -1)
    assert np.array_equal(values, np.where(cards.hands_holding(board), -1, np.arange(1326)))
