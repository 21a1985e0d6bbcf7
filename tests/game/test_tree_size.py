"""A tree counted is the tree built, and a tree that nobody could build is counted too."""

import pytest

from holdem_mpi.config.load import load_config
from holdem_mpi.config.shipped import shipped_games
from holdem_mpi.game import tree_size
from holdem_mpi.game.game import Game
from holdem_mpi.game.tree import MAX_NODES
from holdem_mpi.game.tree_size import count_tree


@pytest.mark.parametrize("game", shipped_games())
def test_counts_are_those_of_the_tree(game):
    config = load_config(game)
    game = Game(config.game)
    layout, size = game.layout(tuple(config.abstraction.buckets)), count_tree(game.rules, game.menu)
    assert size.nodes == layout.tree.num_nodes
    assert (size.pairs == layout.width).all() and (size.rows == layout.rows).all()
    buckets = game.buckets(tuple(config.abstraction.buckets))
    assert (size.table_pairs(buckets), size.table_rows(buckets)) == (layout.num_pairs, layout.num_rows)


def test_trees_that_nobody_could_build_are_counted():
    game = load_config("limit_holdem", {"game.max_raises": [60, 60, 60, 60], "game.stacks": 100_000}).game
    size = count_tree(Game(game).rules, Game(game).menu)
    assert size.nodes > MAX_NODES and size.table_pairs((169, 50, 50, 50)) > size.pairs.sum() > size.rows.sum()


def test_gives_up_where_states_are_too_many(monkeypatch):
    game = load_config("limit_holdem").game
    monkeypatch.setattr(tree_size, "MAX_STATES", 100)
    assert count_tree(Game(game).rules, Game(game).menu) is None
