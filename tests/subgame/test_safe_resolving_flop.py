"""Flop hold'em on real flops: values by hand are the exact best response's, and gadgets let none of them rise."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from benchmarks.quality.blueprint_subgame import BlueprintSubgame, entries_of
from holdem_mpi.best_response.flop_response import FlopResponder
from holdem_mpi.best_response.policy_on_cards import PolicyOnCards
from holdem_mpi.cards import parse_cards
from holdem_mpi.config.load import load_config
from holdem_mpi.game.betting import limit_menu
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.blueprint import Blueprint
from holdem_mpi.policy.tabular import TabularPolicy
from holdem_mpi.subgame.subgame_deck import holdem_deck
from holdem_mpi.training.start import build_problem

FLOPS = [tuple(sorted(parse_cards(flop))) for flop in ("7c 8c 9c", "2d 9s Ks", "Ah As 4d")]
# Chips that float32 may be off, of pots up to 800.
ROUNDING = 2e-3


@cache
def game():
    """(Blueprint, FlopResponder) of a random strategy over 5 buckets."""
    config = load_config("flop_holdem", {"abstraction.buckets": [169, 5]})
    problem = build_problem(config.completed(1), Communicator())
    layout, generator = problem.layout, np.random.default_rng(11)
    probability = np.empty(layout.num_pairs)
    for start, end in pairwise(layout.first_pair_of_row()):
        probability[start:end] = generator.dirichlet(np.ones(end - start))
    tables = (np.zeros((0, 1326), np.uint8), problem.tables.bucket_of_3.reshape(-1, 1326))
    on_cards = PolicyOnCards(layout, probability, problem.tables.class_of_hand.astype(np.int64), tables)
    policy = TabularPolicy(layout, probability, np.ones(layout.num_rows, bool))
    return Blueprint(policy, problem.tables), FlopResponder(on_cards)


def subgame_of(node, flop):
    return BlueprintSubgame(game()[0], limit_menu, holdem_deck(3), node, flop)


@pytest.mark.parametrize("flop", FLOPS)
def test_values_by_hand_are_those_of_the_exact_best_response(flop):
    blueprint, responder = game()
    expected = responder.values(flop)
    assert responder.entries == entries_of(blueprint.tree, 1)
    for place, node in enumerate(responder.entries):
        for player in range(2):
            solver = subgame_of(node, flop).valued(player)
            found, hands = solver.value_sums(player, True), solver.hands[player]
            largest = np.abs(expected[player, place]).max()
            np.testing.assert_allclose(found, expected[player, place, hands], rtol=0, atol=2e-6 * largest)
            assert hands.size == 1176 and not np.delete(expected[player, place], hands).any()


@pytest.mark.parametrize("flop", FLOPS)
@pytest.mark.parametrize("kind", ["resolve", "maxmargin"])
def test_no_hand_gains_by_a_safe_solution(kind, flop):
    blueprint, _ = game()
    for number, node in enumerate(entries_of(blueprint.tree, 1)[::3]):
        hero = number % 2
        subgame = subgame_of(node, flop)
        before = subgame.best_values(1 - hero)
        solver = subgame.safe_solver(kind, hero)
        solver.run(300)
        gap = 2 * solver.exploitability()
        assert -ROUNDING < gap < 5
        answer = subgame.valued(1 - hero, solver)
        hands = answer.hands[1 - hero]
        rise = answer.values(1 - hero, True) - before[hands]
        if kind == "maxmargin":
            assert rise.max() <= max(gap, 0) + ROUNDING
        else:
            opposed = answer._opposed[1 - hero]
            assert np.maximum(rise, 0) @ opposed <= (max(gap, 0) + ROUNDING) * opposed.sum()
        assert rise.mean() < -1


def test_an_unsafe_solution_lets_hands_gain():
    blueprint, _ = game()
    gained = []
    for node in entries_of(blueprint.tree, 1):
        subgame = subgame_of(node, FLOPS[1])
        solver = subgame.solver(None)
        solver.run(300)
        assert 2 * solver.exploitability() < 1
        for hero in range(2):
            answer = subgame.valued(1 - hero, solver)
            rise = answer.values(1 - hero, True) - subgame.best_values(1 - hero)[answer.hands[1 - hero]]
            gained.append(rise.max())
    assert max(gained) > 10
