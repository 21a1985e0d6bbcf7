"""The opponent's values that a gadget of a search needs: BlueprintSubgame's, the same for exchanged suits."""

from itertools import pairwise

import numpy as np
import pytest

from benchmarks.quality.blueprint_subgame import BlueprintSubgame
from holdem_mpi.abstraction.deal_tables import tables_of_deck
from holdem_mpi.config.load import load_config
from holdem_mpi.game.game import Game
from holdem_mpi.game.tree import ARRAYS, build_tree
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.blueprint import Blueprint
from holdem_mpi.policy.tabular import TabularPolicy
from holdem_mpi.subgame.alternatives import Alternatives
from holdem_mpi.subgame.subgame_deck import toy_subgame_deck
from holdem_mpi.training.start import build_problem


def random_leduc():
    """(a blueprint with random probabilities, its menu, the deck)."""
    config = load_config("leduc")
    game = Game(config.game)
    layout, random = build_problem(config.completed(1), Communicator()).layout, np.random.default_rng(5)
    probability = np.empty(layout.num_pairs)
    for start, end in pairwise(layout.first_pair_of_row()):
        probability[start:end] = random.dirichlet(np.ones(end - start))
    policy = TabularPolicy(layout, probability, np.ones(layout.num_rows, bool))
    return Blueprint(policy, tables_of_deck(game.toy_deck)), game.menu, toy_subgame_deck(game.toy_deck)


def decisions(tree):
    return np.flatnonzero(tree.kind_of_node == KIND_DECISION).tolist()


def test_alternatives_are_the_blueprint_subgames_values_at_every_decision():
    blueprint, menu, deck = random_leduc()
    streets = set()
    for node in decisions(blueprint.tree):
        street, hero = int(blueprint.tree.street_of_node[node]), int(blueprint.tree.player_of_node[node])
        board = (2,)[:street]
        subgame = BlueprintSubgame(blueprint, menu, deck, node, board)
        found = Alternatives(blueprint, node, board, hero, subgame.ranges[hero], deck)
        assert found.opponent == 1 - hero and found.expected_seconds() > 0
        np.testing.assert_allclose(found.find(), subgame.best_values(1 - hero), rtol=0, atol=2e-6)
        assert found.find().dtype == np.float32
        other = Alternatives(blueprint, node, board, 1 - hero, subgame.ranges[1 - hero], deck)
        assert other.opponent == hero
        np.testing.assert_allclose(other.find(), subgame.best_values(hero), rtol=0, atol=2e-6)
        streets.add(street)
    assert streets == {0, 1}


def test_hands_that_suits_exchange_have_the_very_same():
    blueprint, _, deck = random_leduc()
    values = Alternatives(blueprint, 0, (), 0, np.ones(6), deck).find()
    assert (values[0::2] == values[1::2]).all() and np.unique(values).size == 3


def test_an_empty_range_is_refused():
    blueprint, _, deck = random_leduc()
    with pytest.raises(ValueError, match="can meet"):
        Alternatives(blueprint, 0, (), 0, np.zeros(6), deck).find()


def test_a_subtree_is_the_tree_built_from_there():
    blueprint, menu, deck = random_leduc()
    tree = blueprint.tree
    for node in decisions(tree):
        built = BlueprintSubgame(blueprint, menu, deck, node, (2,)[: int(tree.street_of_node[node])]).tree
        cut = tree.subtree(node)
        for name in ARRAYS:
            if "terminal" not in name:
                assert np.array_equal(getattr(cut, name), getattr(built, name)), name
        ends = cut.terminal_of_node >= 0
        assert np.array_equal(ends, built.terminal_of_node >= 0)
        for array in ("stake_of_terminal", "folded_of_terminal"):
            of_cut, of_built = getattr(cut, array)[cut.terminal_of_node], getattr(built, array)[built.terminal_of_node]
            assert np.array_equal(of_cut[ends], of_built[ends])
    assert build_tree(tree.rules, menu).num_nodes == tree.subtree(0).num_nodes
