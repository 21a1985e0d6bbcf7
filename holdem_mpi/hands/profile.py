"""A table profile made ready: rules, menu for search, and who the hero is."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from holdem_mpi.config.game_config import GameConfig
from holdem_mpi.config.load import model_of
from holdem_mpi.config.profile_config import EXTRA_SIZES, STREETS, ProfileConfig, load_profile, shipped_profiles
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.errors import ProtocolError
from holdem_mpi.game.betting import Menu, SizeMenu
from holdem_mpi.game.game import Game
from holdem_mpi.game.rules import Rules

# Hands are used whose stacks (of two players the shorter one) are at most so many times those of the game, or less.
NEAR = 1.25


@dataclass(frozen=True)
class Profile:
    """A profile of a poker table, made ready.

    source: its file.
    config: what stands in it.
    rules: of the game.
    menu: the actions that search may use.
    hero_key: the option, or the key of the file, that says who the hero is.
    """

    source: str
    config: ProfileConfig
    rules: Rules
    menu: Menu
    hero_key: str

    def deadline(self, street: int) -> float:
        """Seconds for a decision on a street."""
        return getattr(self.config.deadline_ms, STREETS[street]) / 1000

    def search_config(self, settings: dict[str, Any]) -> SearchConfig:
        """How decisions at this table are searched: with its own sizes, else the game's; ``settings`` as SearchConfig
        has them, without a menu.
        """
        settings, game = dict(settings), self.config.game
        if not self.config.menu.is_empty:
            settings["menu"] = self.config.menu.model_dump()
        elif game.betting == "no_limit":
            sizes = {"bet_sizes": game.bet_sizes, "raise_sizes": game.raise_bet_sizes}
            settings["menu"] = {key: dict(zip(STREETS, by_street)) for key, by_street in sizes.items()}
            settings["menu"] |= self.config.menu.model_dump(include=set(EXTRA_SIZES))
        return SearchConfig.model_validate(settings)

    def hero_seat(self, names: Sequence[str]) -> int:
        """The hero's seat in a hand of players ``names`` by seat. ProtocolError where he is not among them."""
        known = self.config.names_of_hero
        seats = [seat for seat, name in enumerate(names) if name in known]
        if len(seats) == 1:
            return seats[0]
        if isinstance(self.config.hero, int) and not seats:
            return self.config.hero
        problem = "both are his names" if seats else "none of them plays"
        raise ProtocolError(f"expected the hero, {' or '.join(known)}, among {' and '.join(names)}; {problem}")

    def refuse_other_game(self, rules: Rules) -> None:
        """ProtocolError where ``rules``, as a file has them, are another game. Caps on raises are not looked at; stacks
        have to be near.
        """
        own = self.rules
        sizes = "min_bet" if own.betting == "no_limit" else "raise_sizes"
        chips = ("stacks", "blinds", "ante", "antes", sizes)
        for key in ("num_players", "betting", *chips, "board_cards", "first_to_act"):
            expected, got = getattr(own, key), getattr(rules, key)
            if expected != got and not (key == "stacks" and self._is_near(rules)):
                key = {"num_players": "players"}.get(key, key)
                about = f" or up to {NEAR:g} times more or less" if key == "stacks" else ""
                raise ProtocolError(f"{key}: expected {_plain(expected)} as in {self.source}{about}, got {_plain(got)}")

    def _is_near(self, rules: Rules) -> bool:
        own, other = self._farthest(rules)
        return max(own, other) <= NEAR * min(own, other)

    def _farthest(self, rules: Rules) -> tuple[int, int]:
        """(the game's, the other) stack, of the seat where they differ most; of two players the shorter ones."""
        own, other = self.rules.stacks, rules.stacks
        pairs = zip(own, other) if len(own) > 2 else [(min(own), min(other))]
        return max(pairs, key=lambda pair: max(pair) / min(pair))

    def depth_of(self, rules: Rules) -> str:
        """How near stacks are that are not those of the game; nothing where they are."""
        if rules.stacks == self.rules.stacks:
            return ""
        (own, other), blind = self._farthest(rules), max(rules.blinds) or 1
        off = round(100 * (other / own - 1))
        far = f"{abs(off)} % {'more' if off > 0 else 'less'}" if off else "as many"
        text = f"stacks {_plain(rules.stacks)}: {other / blind:.4g} big blinds count"
        return f"{text}, {far} {'than' if off else 'as'} the {own / blind:.4g} of {self.config.game.name}"


def _plain(value: Any) -> str:
    return str(list(value)) if isinstance(value, tuple) else str(value)


def open_profile(path_or_name: str | Path, overrides: dict[str, Any] | None = None) -> Profile:
    """The profile of a file, or a shipped one by name. ConfigError, one line, on anything amiss."""
    return _ready(*load_profile(path_or_name, overrides), overrides)


def profile_of_game(game: Game, source: str, overrides: dict[str, Any] | None = None) -> Profile:
    """The profile of a table at which ``game`` is played: a shipped one, else one with a second for each decision and
    a hero of that name. source: what messages call it. ConfigError where there can be no such table.
    """
    for name in shipped_profiles():
        if Game(load_profile(name)[1].game) == game:
            return open_profile(name, overrides)
    config = game.config.model_dump(mode="json")
    keys = {"game": config, "hero": "hero"} | {key: config[key] for key in ("players", "blinds", "stacks")}
    return _ready(source, model_of(ProfileConfig, keys, source, overrides), overrides)


def _ready(source: str, config: ProfileConfig, overrides: dict[str, Any] | None) -> Profile:
    hero = (overrides or {}).get("hero")
    hero_key = hero[0] if isinstance(hero, tuple) else f"{source}: hero"
    return Profile(source, config, table_rules(config.game), _menu(config), hero_key)


def table_rules(game: GameConfig) -> Rules:
    """The rules of a game as tables play it: a cap on raises in no-limit is the blueprint's tree's, not the table's."""
    rules = Game(game).rules
    return dataclasses.replace(rules, max_raises=()) if rules.betting == "no_limit" else rules


def _menu(config: ProfileConfig) -> Menu:
    """The profile's sizes; where it has none, the game's."""
    menu = config.menu
    if menu.is_empty:
        return Game(config.game).menu
    streets = STREETS[: config.game.streets]
    bets, raises = ([tuple(getattr(sizes, name)) for name in streets] for sizes in (menu.bet_sizes, menu.raise_sizes))
    return SizeMenu(tuple(bets), tuple(raises), (menu.all_in,) * len(streets))
