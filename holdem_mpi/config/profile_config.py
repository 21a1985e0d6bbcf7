"""Table profiles: the game of a table, who the hero is there, how long he may think and which sizes he may use.

YAML, read strictly. A profile says blinds and stacks once more, as the table has them: an agent trained for one game is
refused at a table of another.
"""

import itertools
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from holdem_mpi.config.game_config import GameConfig
from holdem_mpi.config.load import load_config, read_model
from holdem_mpi.config.section import Chips, CrossCheckError, Fraction, Section, pot_fractions
from holdem_mpi.config.shipped import config_folder, one_of_the_shipped
from holdem_mpi.errors import ConfigError

__all__ = ["STREETS", "Deadlines", "ProfileConfig", "ProfileMenu", "StreetSizes", "load_profile", "shipped_profiles"]

MOST_SIZES = 8  # of a street: search has to go through them all in the time
MOST_EXTRA = 4  # besides: a decision of a tree has room for 16 actions
EXTRA_SIZES = ("extra_bet_sizes", "extra_raise_sizes")
STREETS = ("preflop", "flop", "turn", "river")
Milliseconds = Annotated[int, Field(ge=1, le=10**7)]


def _name_or_seat(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
        raise ValueError(f"expected a player's name or a seat, got {value!r}")
    return value


class Deadlines(Section):
    """Milliseconds for a decision, by street."""

    preflop: Milliseconds
    flop: Milliseconds
    turn: Milliseconds
    river: Milliseconds


class StreetSizes(Section):
    """Pot fractions by street, rising. A list stands for every street."""

    preflop: list[Fraction] = Field(default=[])
    flop: list[Fraction] = Field(default=[])
    turn: list[Fraction] = Field(default=[])
    river: list[Fraction] = Field(default=[])


class ProfileMenu(Section):
    """Bet sizes that search may use, no-limit only; without any, those of the game.

    bet_sizes: when nobody has bet; ``0.33`` or ``33%``.
    raise_sizes: facing a bet, of the pot after a call; left out, as bet_sizes.
    all_in: whether it is always on the menu.
    extra_bet_sizes, extra_raise_sizes: pot fractions, rising, that a search between two of the last street has besides
        where there is time for them (docs/parallel.md); by default none.
    """

    bet_sizes: StreetSizes = StreetSizes()
    raise_sizes: StreetSizes = StreetSizes()
    all_in: bool = True
    extra_bet_sizes: list[Fraction] = Field(default=[])
    extra_raise_sizes: list[Fraction] = Field(default=[])

    @property
    def is_empty(self) -> bool:
        """Whether the profile leaves the sizes to the game, but for extra ones."""
        own, usual = self.model_dump(), ProfileMenu().model_dump()
        return all(own[key] == usual[key] for key in ("bet_sizes", "raise_sizes", "all_in"))

    @model_validator(mode="before")
    @classmethod
    def _spread(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        data = dict(data)
        if "bet_sizes" in data:
            data.setdefault("raise_sizes", data["bet_sizes"])
        for key in ("bet_sizes", "raise_sizes"):
            if isinstance(data.get(key), list):
                data[key] = dict.fromkeys(STREETS, data[key])
            if isinstance(data.get(key), dict):
                data[key] = {street: pot_fractions(key, sizes) for street, sizes in data[key].items()}
        return data | {key: pot_fractions(key, data[key]) for key in EXTRA_SIZES if key in data}

    @model_validator(mode="after")
    def _check(self) -> "ProfileMenu":
        for key in EXTRA_SIZES:
            _check_sizes(key, getattr(self, key), MOST_EXTRA)
        for key in ("bet_sizes", "raise_sizes"):
            for street in STREETS:
                _check_sizes(f"{key}.{street}", getattr(getattr(self, key), street), MOST_SIZES)
        return self


def _check_sizes(key: str, sizes: list[float], most: int) -> None:
    if any(low >= high for low, high in itertools.pairwise(sizes)):
        raise CrossCheckError(key, f"expected rising pot fractions, got {sizes}")
    if len(sizes) > most:
        raise CrossCheckError(key, f"expected at most {most} sizes, got {len(sizes)}")


class ProfileConfig(Section):
    """A poker table, as one plays at it.

    game: in a file the name of a shipped game, a config file of a game, or a section as in configs.
    players: seats.
    blinds: by seat, seat 0 the big blind.
    stacks: by seat, at the start of each hand.
    hero: a name, or a seat whoever sits there.
    hero_names: other names that the hero goes by.
    deadline_ms: milliseconds for a decision, by street.
    menu: sizes that search may use.
    """

    game: GameConfig
    players: int
    blinds: list[Chips]
    stacks: list[Chips]
    hero: Annotated[Any, AfterValidator(_name_or_seat)]
    hero_names: list[Annotated[str, Field(min_length=1)]] = Field(default=[])
    deadline_ms: Deadlines = Field(default=Deadlines(preflop=1000, flop=1000, turn=1000, river=1000))
    menu: ProfileMenu = ProfileMenu()

    @property
    def names_of_hero(self) -> tuple[str, ...]:
        """Every name of the hero, none where he is a seat without names."""
        return ((self.hero,) if isinstance(self.hero, str) else ()) + tuple(self.hero_names)

    @model_validator(mode="before")
    @classmethod
    def _spread(cls, data: Any) -> Any:
        """Put in the game that is named; write out single stacks and deadlines."""
        if not isinstance(data, dict):
            return data
        data = dict(data)
        if "game" in data and not isinstance(data["game"], dict):
            data["game"] = _named_game(data["game"])
        if type(data.get("stacks")) is int and type(data.get("players")) is int and 2 <= data["players"] <= 6:
            data["stacks"] = [data["stacks"]] * data["players"]
        if type(data.get("deadline_ms")) is int:
            data["deadline_ms"] = dict.fromkeys(STREETS, data["deadline_ms"])
        elif isinstance(data.get("deadline_ms"), dict):
            usual = cls.model_fields["deadline_ms"].default.model_dump()
            data["deadline_ms"] = usual | data["deadline_ms"]
        return data

    @model_validator(mode="after")
    def _check(self) -> "ProfileConfig":
        game = self.game
        if game.deck != "holdem":
            raise CrossCheckError("game", f"expected a game of hold'em, {game.name} has the deck {game.deck}")
        for key in ("players", "blinds", "stacks"):
            ours, table = getattr(game, key), getattr(self, key)
            if ours != table:
                text = f"expected {ours} as in the game {game.name}, got {table}"
                raise CrossCheckError(key, f"{text}; an agent trained for one game does not know another")
        if isinstance(self.hero, int) and not 0 <= self.hero < game.players:
            raise CrossCheckError("hero", f"expected a name or a seat 0 to {game.players - 1}, got {self.hero}")
        if self.menu != ProfileMenu() and game.betting != "no_limit":
            raise CrossCheckError("menu", f"only for no_limit, the game {game.name} is {game.betting}")
        return self


def _named_game(name: Any) -> dict[str, Any]:
    if not isinstance(name, str):
        raise CrossCheckError("game", f"expected the name of a shipped game, a file or a section, got {name!r}")
    try:
        return load_config(name).game.model_dump()
    except ConfigError as error:
        raise CrossCheckError("game", str(error)) from None


def shipped_profiles() -> list[str]:
    """Names of the profiles that come with the package, sorted."""
    return sorted(path.stem for path in (config_folder() / "profiles").glob("*.yaml"))


def profile_help() -> str:
    """The help of ``--profile``."""
    names = ", ".join(shipped_profiles())
    return f"the table ({names}), or a YAML file (default: that of the policy's game)"


def load_profile(path_or_name: str | Path, overrides: dict[str, Any] | None = None) -> tuple[str, ProfileConfig]:
    """(file, profile) of a YAML file, or of a shipped profile by its name. ConfigError, one line, on anything amiss.

    A text with a slash or a YAML ending is a file; ``overrides`` as in ``load_config``.
    """
    text = str(path_or_name)
    if isinstance(path_or_name, Path) or "/" in text or text.endswith((".yaml", ".yml")):
        path = Path(text)
    else:
        path = config_folder() / "profiles" / f"{one_of_the_shipped('profile', text, shipped_profiles())}.yaml"
    return str(path), read_model(ProfileConfig, path, "game", overrides)
