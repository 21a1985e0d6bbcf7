"""Opens a game from whatever describes one: a shipped name, a file, a config's keys."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from holdem_mpi.config.arguments import keys_argument
from holdem_mpi.config.game_config import GameConfig
from holdem_mpi.config.load import load_config, model_of
from holdem_mpi.config.run_config import RunConfig
from holdem_mpi.errors import ConfigError
from holdem_mpi.game.game import Game
from holdem_mpi.text import shown

GameSource = str | Path | Mapping[str, Any] | GameConfig


def load_game(source: GameSource, parameters: Mapping[str, Any] | None = None) -> Game:
    """A game: a shipped one by name, a YAML config, the keys of such a config, or those of its game section alone.

    parameters: keys of the game section to lay over it, as in OpenSpiel: ``load_game("leduc", {"players": 3})``.

    A name, a file and a whole config's keys bring their card abstraction and solver settings along, as
    ``game.run_config``: ``MCCFRSolver`` trains with them where it is not told otherwise. A game section alone brings
    none, so a hold'em game then needs ``MCCFRSolver(game, buckets=...)``. ConfigError, one line, on what is no game.
    """
    given = keys_argument("parameters", parameters)
    if isinstance(source, GameConfig):
        source = source.model_dump(mode="json")
    if isinstance(source, Mapping) and "game" not in source:
        overrides = {key: (f"parameters {key}", value) for key, value in given.items()}
        return Game(model_of(GameConfig, source, "game", overrides))
    overrides = {f"game.{key}": (f"parameters {key}", value) for key, value in given.items()}
    if isinstance(source, Mapping):
        run = model_of(RunConfig, source, "config", overrides)
    elif isinstance(source, str | Path):
        run = load_config(source, overrides)
    else:
        expected = "a Game, a shipped game's name, a YAML file or a dict of its keys"
        raise ConfigError(f"game {shown(source)}: expected {expected}")
    return Game(run.game, run_config=run)


def game_argument(given: Game | GameSource) -> Game:
    """A game as it is, or what ``load_game`` makes of anything else."""
    return given if isinstance(given, Game) else load_game(given)
