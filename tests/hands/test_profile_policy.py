"""A policy whose game has no profile of its own: its table is that of the game."""

import pytest
from helpers.launching import run_here

from holdem_mpi.config.load import load_config
from holdem_mpi.errors import ConfigError
from holdem_mpi.game.game import Game
from holdem_mpi.hands.profile import open_profile, profile_of_game

SHORT = """
game: {name: short, deck: holdem, players: 2, betting: no_limit, stacks: 1000, blinds: [100, 50], board_cards: [0, 3],
       bet_sizes: [1.0], max_raises: [2, 1]}
abstraction: {buckets: [169, 5]}
iters: 2000
"""


def test_a_shipped_profile_is_taken_where_the_game_is_its_own():
    game = Game(load_config("nolimit_hu_20bb").game)
    assert profile_of_game(game, "x") == open_profile("nolimit_hu_20bb")
    assert profile_of_game(game, "x", {"hero": ("--hero", "Ann")}).config.hero == "Ann"


def test_else_one_is_derived():
    game = Game(load_config("nolimit_hu_20bb", {"game.stacks": 3000}).game)
    derived = profile_of_game(game, "the table of runs/a", {"hero": ("--hero", "Ann")})
    assert derived.config.game == game.config and derived.config.stacks == [3000, 3000]
    assert [derived.deadline(street) for street in range(4)] == [1.0] * 4 and derived.hero_key == "--hero"
    assert derived.rules.max_raises == (None,) * 4 and derived.rules.stacks == (3000, 3000)
    assert profile_of_game(game, "the table of runs/a").config.hero == "hero"
    of_three = profile_of_game(Game(load_config("nolimit_3max_20bb").game), "the table of runs/a")
    assert of_three.rules.num_players == 3 and of_three.rules.max_raises == (None,) * 4
    with pytest.raises(ConfigError, match="the table of runs/a: game: expected a game of hold'em, leduc has the deck"):
        profile_of_game(Game(load_config("leduc").game), "the table of runs/a")


def test_commands_need_no_profile(tmp_path):
    (tmp_path / "short.yaml").write_text(SHORT)
    assert run_here(("-m", "holdem_mpi.train", "--config", "short.yaml", "--logdir", "run"), tmp_path).returncode == 0
    watched = run_here(("-m", "holdem_mpi.dry_run", "--policy", "run", "--hands", 2, "--deadline-ms", 60), tmp_path)
    assert watched.returncode == 0 and "hand 1, preflop: " in watched.stdout, watched.stderr
    (tmp_path / "log").write_text("STATE:9:cc/cc:9c9d|AsKd/2h7s9h:100|-100:Ann|Bob\n")
    review = ("-m", "holdem_mpi.evaluate", "review", "--hands", "log", "--policy", "run", "--hero", "Ann")
    done = run_here(review, tmp_path)
    assert done.returncode == 0 and "short: Ann by run: 1 hand, " in done.stdout, done.stderr
