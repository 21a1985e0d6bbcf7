"""Sweeps over ranges against a plain comparison of every pair of hands by phevaluator."""

import itertools

import numpy as np
import phevaluator
import pytest

from holdem_mpi.cards import hand_of_cards, parse_cards
from holdem_mpi.kernels.cards.evaluator import evaluator_tables
from holdem_mpi.kernels.cards.hands import NO_CARD
from holdem_mpi.kernels.cards.showdown import showdown_workspace
from holdem_mpi.kernels.cards.sweep import (
    add_up,
    rank_hands,
    ranked_hands,
    ranked_toy_hands,
    sweep_fold,
    sweep_showdown,
)

pytestmark = pytest.mark.kernels


def swept(ranked, reach):
    sums, running = np.zeros((54, reach.shape[1])), np.zeros((54, reach.shape[1]))
    fold, showdown = np.full(reach.shape, 7.0), np.full(reach.shape, 7.0)
    add_up(ranked, reach, sums)
    sweep_fold(ranked, reach, sums, fold)
    sweep_showdown(ranked, reach, sums, running, showdown)
    return fold, showdown


@pytest.mark.parametrize("text", ["7h 8h 9h Kd Kc", "Ah Kh Qh Jh Th", "Tc 9c 8c"])
def test_sweeps_are_the_naive_comparison(text):
    board = parse_cards(text)
    live = [card for card in range(52) if card not in board]
    strength = {pair: -phevaluator.evaluate_cards(*board, *pair) for pair in itertools.combinations(live, 2)}
    reach = np.random.default_rng(1).random((1326, 3))
    reach[:, 1] = reach[:, 1] > 0.7
    ranked = ranked_hands()
    rank_hands(evaluator_tables(), np.array(board), len(board), showdown_workspace(), ranked)
    fold, showdown = swept(ranked, reach)
    for pair in list(strength)[::37]:
        others = [other for other in strength if not set(other) & set(pair)]
        weights = np.array([reach[hand_of_cards(*other)] for other in others])
        signs = np.array([np.sign(strength[pair] - strength[other]) for other in others])
        assert fold[hand_of_cards(*pair)] == pytest.approx(weights.sum(axis=0), abs=1e-9)
        assert showdown[hand_of_cards(*pair)] == pytest.approx(signs @ weights, abs=1e-9)
    blocked = hand_of_cards(board[0], live[0])
    assert (fold[blocked] == 7).all() and (showdown[blocked] == 7).all()


@pytest.mark.parametrize("public", [None, 2])
def test_single_cards_block_only_themselves(public):
    strength = np.array([0, 0, 1, 4, 2, 2])
    ranked = ranked_toy_hands(strength, public)
    reach = np.random.default_rng(2).random((6, 4))
    fold, showdown = swept(ranked, reach)
    assert ranked.count.tolist() == ([6, 4] if public is None else [5, 3]) and (ranked.low == NO_CARD).all()
    for card in set(range(6)) - {public}:
        others = [other for other in range(6) if other not in (card, public)]
        assert fold[card] == pytest.approx(reach[others].sum(axis=0), abs=1e-12)
        assert showdown[card] == pytest.approx(np.sign(strength[card] - strength[others]) @ reach[others], abs=1e-12)
