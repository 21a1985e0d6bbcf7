"""Who plays at a table, opened once: the profile of the table, the policy, how it searches."""

from typing import Any, NamedTuple

from holdem_mpi.config.profile_config import STREETS
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.config.shipped import config_folder
from holdem_mpi.errors import DataError, UserError
from holdem_mpi.game.game import Game
from holdem_mpi.hands.table_profile import Profile, open_profile
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.open_player import is_baseline, open_player
from holdem_mpi.policy.players import BlueprintPlayer, Player

DEFAULT_PROFILE = "nolimit_hu_200bb"


class Hero(NamedTuple):
    """player: of a policy, or a baseline, which cannot search. config: how the first one searches."""

    profile: Profile
    player: Player
    config: SearchConfig

    @property
    def blueprint_player(self) -> BlueprintPlayer:
        """The player, where it is one of a policy."""
        assert isinstance(self.player, BlueprintPlayer)
        return self.player


def shipped_blueprints() -> list[str]:
    """Names of the games whose blueprint comes with the package."""
    return sorted(path.parent.name for path in (config_folder() / "blueprints").glob("*/manifest.json"))


def open_hero(
    comm: Communicator, policy: str | None, profile: str | None, search: dict[str, Any], hero: str | None = None
) -> Hero:
    """The hero of a table.

    policy: a folder or a baseline's name, None for the blueprint that comes with the package; profile: a name or file;
    search: settings laid over SearchConfig's; hero: a name laid over the profile's. UserError where they do not fit
    together. Collective.
    """
    name, overrides = profile or DEFAULT_PROFILE, {"hero": ("--hero", hero)} if hero is not None else None
    comm.on_root(lambda: open_profile(name, overrides).source)
    table = open_profile(name, overrides)
    folder = policy or _shipped_policy(table)
    expected = Game(table.config.game)
    game, player = open_player(folder, expected if is_baseline(folder) else None, comm)
    if game != expected:
        raise DataError(f"{folder}: a policy of {game.name}, expected one of {expected.name}, as {name} says")
    return Hero(table, player, _search_config(table, search))


def _shipped_policy(profile: Profile) -> str:
    """The folder of the policy that comes with the package. UserError where there is none for the game."""
    name = profile.config.game.name
    if name not in shipped_blueprints():
        known = ", ".join(shipped_blueprints())
        raise UserError(f"--policy: expected a policy's folder; no blueprint of {name} is shipped, of {known} there is")
    return str(config_folder() / "blueprints" / name)


def _search_config(profile: Profile, search: dict[str, Any]) -> SearchConfig:
    settings, game = dict(search), profile.config.game
    if not profile.config.menu.is_empty:
        settings["menu"] = profile.config.menu.model_dump()
    elif game.betting == "no_limit":
        sizes = {"bet_sizes": game.bet_sizes, "raise_sizes": game.raise_bet_sizes}
        settings["menu"] = {key: dict(zip(STREETS, by_street)) for key, by_street in sizes.items()}
    return SearchConfig.model_validate(settings)
