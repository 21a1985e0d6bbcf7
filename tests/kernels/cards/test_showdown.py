"""One board's sweep against a plain comparison of every pair of hands by phevaluator."""

import itertools

import numpy as np
import phevaluator
import pytest

from holdem_mpi.cards import hand_of_cards, parse_cards
from holdem_mpi.kernels.cards.evaluator import evaluate, evaluator_tables
from holdem_mpi.kernels.cards.showdown import CARD_MASK, STRENGTH_SHIFT, showdown_workspace, sort_hands, sweep_board

pytestmark = pytest.mark.kernels

BOARDS = [
    "Ah Kh Qh Jh Th",  # every hand ties
    "2c 2d 2h 2s 3c",
    "7h 8h 9h Kd Kc",
    "2h 5h 9h Jh 3c",
    "As Ks Kd Kc",
    "4d 6d 8d Td",
    "Tc 9c 8c",
    "5d 5c 5h",
]


def naive_numerators(board, hands):
    """2 * wins + ties of ``hands`` against every hand that shares no card."""
    live = [card for card in range(52) if card not in board]
    strength = {pair: -phevaluator.evaluate_cards(*board, *pair) for pair in itertools.combinations(live, 2)}
    return {
        hand: sum(
            2 * (strength[hand] > other) + (strength[hand] == other)
            for pair, other in strength.items()
            if not set(pair) & set(hand)
        )
        for hand in hands
    }


@pytest.mark.parametrize("text", BOARDS)
def test_sweep_is_the_naive_comparison(text):
    board = parse_cards(text)
    live = [card for card in range(52) if card not in board]
    hands = list(itertools.combinations(live, 2))[::29]
    numerators = np.full(1326, 9, dtype=np.uint16)
    count = sweep_board(evaluator_tables(), np.array(board), len(board), showdown_workspace(), numerators)
    assert count == len(live) * (len(live) - 1) // 2
    for hand, expected in naive_numerators(board, hands).items():
        assert numerators[hand_of_cards(*hand)] == expected
    assert all(numerators[hand_of_cards(board[0], card)] == 0 for card in range(52) if card != board[0])


@pytest.mark.parametrize("n", [3, 4, 5])
def test_sorted_entries_hold_the_strengths(n):
    rng = np.random.default_rng(n)
    workspace, tables = showdown_workspace(), evaluator_tables()
    for _ in range(4):
        board = rng.permutation(52)[:n]
        hands = sort_hands(tables, board, n, workspace)
        entries = workspace.order[:hands].copy()
        assert np.all(np.diff(entries >> STRENGTH_SHIFT) >= 0)
        assert len(set((entries & 4095).tolist())) == hands == (52 - n) * (51 - n) // 2
        for entry in entries[::41].tolist():
            cards = np.array([*board, entry >> 6 & CARD_MASK, entry & CARD_MASK])
            assert entry >> STRENGTH_SHIFT == evaluate(tables, cards, n + 2)


def test_values_of_a_board_add_up_to_half():
    """Every pair of hands shares two points, so the board's sum is its number of ordered pairs."""
    numerators = np.zeros(1326, dtype=np.int64)
    for seed in range(5):
        board = np.random.default_rng(seed).permutation(52)[:5]
        sweep_board(evaluator_tables(), board, 5, showdown_workspace(), numerators)
        assert numerators.sum() == 1081 * 990
