"""A tree counted is the tree built, and a tree that nobody could build is counted too."""

import pytest

from holdem_mpi.config.load import load_config
from holdem_mpi.config.shipped import shipped_games
from holdem_mpi.errors import ConfigError
from holdem_mpi.game import tree_size
from holdem_mpi.game.betting import limit_menu
from holdem_mpi.game.game import Game
from holdem_mpi.game.rules import Rules
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
    monkeypatch.setattr(tree_size, "FEWEST_STATES", 16)
    monkeypatch.setattr(tree_size, "MOST_STATES", 16)
    assert count_tree(Game(game).rules, Game(game).menu) is None


def test_what_cannot_be_counted_is_refused_with_what_was(monkeypatch):
    sizes = [0.25, 0.33, 0.5, 0.66, 0.75, 1.0, 1.5, 2.0]
    large = {"players": 6, "stacks": 10_000, "blinds": [50, 100, 0, 0, 0, 0], "bet_sizes": sizes, "max_raises": []}
    game = Game(load_config("nolimit_3max_20bb", {f"game.{key}": value for key, value in large.items()}).game)
    monkeypatch.setattr(tree_size, "MOST_STATES", tree_size.FEWEST_STATES)
    with pytest.raises(ConfigError, match=f"more than [1-9][0-9]{{7,}} nodes; expected at most {MAX_NODES} "):
        count_tree(game.rules, game.menu)


def test_numbers_beyond_64_bits_are_refused():
    rules = Rules((10**6,) * 6, (50, 100, 0, 0, 0, 0), 0, "fixed_limit", (5,), (), (100,), (40,))
    with pytest.raises(ConfigError, match=r"more than [0-9]{18} nodes"):
        count_tree(rules, limit_menu)
