"""Equities from counted pairs of hands are those of a sweep over all boards, and threads do not mix hands up."""

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from helpers.spot_files import SMALL

from holdem_mpi.cards import NUM_HANDS, hands_holding, parse_cards
from holdem_mpi.subgame.showdown_table import ShowdownTable
from holdem_mpi.subgame.solver import SubgameSolver
from holdem_mpi.subgame.spot import open_spot
from holdem_mpi.subgame.subgame_deck import holdem_deck


@pytest.mark.parametrize("board", ["Qs Jh 2h", "Qs Jh 2h 8h", "Qs Jh 2h 8h 3c"])
def test_equities_are_those_of_a_sweep_over_all_boards(board):
    cards = list(parse_cards(board.replace(" ", "")))
    rng = np.random.default_rng(7)
    reach = rng.random((2, NUM_HANDS)) * (rng.random((2, NUM_HANDS)) < 0.05) * ~hands_holding(cards)
    spot = open_spot({**SMALL, "board": board, "bet_sizes": [], "raise_sizes": []})
    solver = SubgameSolver(spot.tree, cards, reach)
    table = ShowdownTable(cards, solver.hands)
    found = table.equities(reach)
    for player, hands in enumerate(solver.hands):
        assert found[player, hands] == pytest.approx(solver.equity(player), abs=1e-6)
        assert not found[player, reach[player] == 0].any()
    # The same table takes other ranges of the same hands.
    narrow = np.where(np.arange(NUM_HANDS) % 3 == 0, reach, 0.0)
    narrow[1, solver.hands[1][1:]] = 0.0
    narrow[1, solver.hands[1][0]] = 1.0
    again = table.equities(narrow)
    other = SubgameSolver(spot.tree, cards, narrow)
    assert again[0, other.hands[0]] == pytest.approx(other.equity(0), abs=1e-6)
    # Whoever holds a card of the only hand meets nothing.
    only = holdem_deck().card[solver.hands[1][0]]
    blocked = solver.hands[0][hands_holding(only.tolist())[solver.hands[0]]]
    assert blocked.size and set(again[0, blocked]) == {0.5}


def test_threads_rank_hands_each_for_itself():
    boards = [parse_cards(text) for text in ("QsJh2h8h3c", "AsKdTc5d5h", "2c3d4h6s9c", "7c7d7hKsKc")]
    alone = [holdem_deck().groups(board).copy() for board in boards]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            asked = [place % 4 for place in range(400)]
            found = list(pool.map(lambda place: holdem_deck().groups(boards[place]), asked))
    finally:
        sys.setswitchinterval(before)
    assert all(np.array_equal(alone[place], groups) for place, groups in zip(asked, found))
