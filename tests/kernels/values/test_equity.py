"""Margins of a hand against every hand, and the table before the flop, against phevaluator on every board."""

import itertools

import numpy as np
import phevaluator
import pytest

from holdem_mpi.cards import NUM_HANDS, hand_of_cards, parse_cards
from holdem_mpi.kernels.values.equity import (
    boards_of,
    equity_workspace,
    margins_of_hand,
    matchup_sums,
    number_of_matchup_boards,
    settled_margins,
)


def naive_margin(own, other, board, total):
    """(wins less losses, boards) over all boards to come."""
    live = [card for card in range(52) if card not in {*own, *other, *board}]
    margin = boards = 0
    for more in itertools.combinations(live, total - len(board)):
        cards = [*board, *more]
        ours, theirs = phevaluator.evaluate_cards(*cards, *own), phevaluator.evaluate_cards(*cards, *other)
        margin += (ours < theirs) - (ours > theirs)
        boards += 1
    return margin, boards


def check(own, board, total, others):
    margins = np.full(NUM_HANDS, 7, np.int64)
    high, low = max(own), min(own)
    boards = margins_of_hand(equity_workspace(), high, low, np.array(board), total, margins)
    for other in others:
        if {*other} & {*own, *board}:
            assert margins[hand_of_cards(*other)] == 0
        else:
            assert (margins[hand_of_cards(*other)], boards) == naive_margin(own, other, board, total)
    return margins


@pytest.mark.kernels
@pytest.mark.parametrize(
    ("own", "board", "step"),
    [
        ("Ah Ad", "Kh Kc 2s 7d 9h", 1),
        ("7c 2d", "Th Jh Qh Kh Ah", 5),  # every hand ties
        ("Ah 2c", "Th Jh Qh 3h 4c", 1),
        ("Ah 2h", "Th Jh Qs 3c", 61),
        ("8c 9c", "8d 8h 9s 9d", 67),
    ],
)
def test_river_and_turn(own, board, step):
    hands = list(itertools.combinations(range(52), 2))[::step]
    margins = check(parse_cards(own), parse_cards(board), 5, hands)
    assert step == 5 or margins.any()


def test_flop():
    others = [tuple(parse_cards(text)) for text in ("Kc Kd", "6h 7h", "Ah Kh", "2c 2d")]
    check(parse_cards("As Ah"), parse_cards("5h 8h Kh"), 5, others)
    check(parse_cards("7h 2c"), parse_cards("7c 7d 2h"), 5, others)


MATCHUPS = (("7h 2c", "7d 2s"), ("As Ah", "Ks Kh"), ("As Ks", "Qh Qd"), ("2d 2c", "Jh Td"))


@pytest.mark.parametrize(("total", "matchups"), [(3, MATCHUPS), (4, MATCHUPS[2:3])])
def test_table_before_the_flop(total, matchups):
    boards = number_of_matchup_boards(total)
    half = boards // 3
    table = settled_margins(matchup_sums(total, 0, half) + matchup_sums(total, half, boards))
    np.testing.assert_array_equal(table, -table.T)
    for own, other in matchups:
        pair = parse_cards(own), parse_cards(other)
        expected = naive_margin(*pair, [], total)
        assert (table[hand_of_cards(*pair[0]), hand_of_cards(*pair[1])], boards_of(total)) == expected
