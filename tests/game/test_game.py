"""Games made of configs: parts that belong together, equality without the name."""

import numpy as np
import pytest

from holdem_mpi.config.load import load_config
from holdem_mpi.config.shipped import shipped_games
from holdem_mpi.game.betting import limit_menu
from holdem_mpi.game.game import Game
from holdem_mpi.game.layout import build_layout
from holdem_mpi.game.tree import ARRAYS, build_tree


@pytest.mark.parametrize("name", ["kuhn", "leduc", "flop_holdem"])
def test_parts_are_made_once_and_belong_together(name):
    config = load_config(name)
    game = Game(config.game)
    assert game.rules is game.rules and game.tree is game.tree and game.deck is game.deck
    assert game.tree.num_nodes == build_tree(game.rules, limit_menu).num_nodes
    buckets = tuple(config.abstraction.buckets)
    layout = game.layout(buckets)
    assert layout is game.layout(list(buckets)) and layout.tree is game.tree
    assert layout.fingerprint() == build_layout(game.tree, game.buckets(buckets)).fingerprint()
    assert game.num_hands == game.deck.num_hands and game.num_streets == game.tree.num_streets
    assert game.is_toy == (game.toy_deck is not None) and (game.num_hands == 1326) != game.is_toy
    assert game.num_players == 2 and game.big_blind == (100 if name == "flop_holdem" else 1)


def test_a_toy_deck_has_its_own_buckets():
    game = Game(load_config("leduc").game)
    assert game.buckets((169, 5)) == (3, 9) == game.layout((169, 5)).num_buckets and game.num_hands == 6
    flop = Game(load_config("flop_holdem").game)
    assert flop.buckets((169, 5)) == (169, 5) == flop.layout((169, 5)).num_buckets


def test_games_are_equal_whatever_they_are_called():
    games = [Game(load_config(name).game) for name in shipped_games()]
    again = [Game(load_config(name, {"game.name": "other"}).game) for name in shipped_games()]
    assert again == games and [game.name for game in again] == ["other"] * len(games)
    assert set(again) == set(games) and len(set(games)) == len(games) - 1
    alike = {(one.name, other.name) for one in games for other in games if one == other and one is not other}
    assert alike == {("flop_holdem", "flop_holdem_lossless"), ("flop_holdem_lossless", "flop_holdem")}
    assert games[0] != games[0].config and repr(games[0]) == f"Game({games[0].name!r})"


def test_a_tree_that_is_at_hand_is_not_built_again():
    first = Game(load_config("kuhn").game)
    assert Game(first.config, first.tree).layout().tree is first.tree


SMALL = {"game.bet_sizes": [1.0], "game.all_in": False, "game.max_raises": [2, 1, 1, 0], "batch_size": 1}


@pytest.mark.parametrize(
    "name, stacks, antes, alike",
    [
        ("nolimit_hu_20bb", [2100, 2000], [100, 0], ([2050, 2050], 50)),
        ("nolimit_3max_20bb", [19_000, 30_000, 12_000], [0, 300, 0], ([19_100, 29_800, 12_100], 100)),
    ],
)
def test_an_ante_of_one_plays_as_parts_of_it_of_all(name, stacks, antes, alike):
    """Dead chips are worth the same to all: trees are the same, but that raises do not count them."""
    one = Game(load_config(name, SMALL | {"game.stacks": stacks, "game.antes": antes}).game)
    all_pay = Game(load_config(name, SMALL | {"game.stacks": alike[0], "game.antes": alike[1]}).game)
    assert one != all_pay and all_pay.config.ante == alike[1] and not all_pay.config.antes
    tree, other = one.tree, all_pay.tree
    assert tree.num_nodes > 100
    for array in ARRAYS:
        if array != "action_of_edge":
            assert np.array_equal(getattr(tree, array), getattr(other, array)), array
    raises = tree.action_of_edge > 0
    assert np.array_equal(tree.action_of_edge[~raises], other.action_of_edge[~raises])
    assert np.array_equal(tree.action_of_edge[raises] + alike[1], other.action_of_edge[raises])


def test_antes_that_are_alike_are_one():
    games = [Game(load_config("nolimit_3max_20bb", {"game.antes": antes}).game) for antes in (10, [10, 10, 10])]
    games.append(Game(load_config("nolimit_3max_20bb", {"game.ante": 10}).game))
    assert games[0] == games[1] == games[2] and games[0].rules.ante == 10
    assert Game(load_config("nolimit_3max_20bb", {"game.antes": 0}).game) == Game(load_config("nolimit_3max_20bb").game)
