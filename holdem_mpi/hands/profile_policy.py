"""The table that a policy plays at, and the policy: opened together, and compared with each other."""

from holdem_mpi.config.shipped import path_of_blueprint, shipped_blueprints
from holdem_mpi.errors import DataError, UserError
from holdem_mpi.game.game import Game
from holdem_mpi.hands.profile import Profile, open_profile, profile_of_game
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.open_player import is_baseline, open_player
from holdem_mpi.policy.players import Player

DEFAULT_PROFILE = "nolimit_hu_200bb"


def open_profile_and_player(
    comm: Communicator, policy: str | None, profile: str | None, hero: str | None = None
) -> tuple[Profile, Player]:
    """(profile of a poker table, who plays there).

    policy: a folder, or the name of a shipped blueprint or of a baseline; None for the shipped blueprint of the game.
    profile: a name or a file; None for the table of the policy's game.
    hero: a name laid over that of the profile.

    UserError or DataError where they do not fit together. Collective.
    """
    overrides = {"hero": ("--hero", hero)} if hero is not None else None
    if profile is None and policy is not None and not is_baseline(policy):
        game, player = open_player(policy, None, comm)
        return profile_of_game(game, f"the table of {policy}", overrides), player
    name = profile or DEFAULT_PROFILE
    comm.on_root(lambda: open_profile(name, overrides).source)
    table = open_profile(name, overrides)
    folder = policy or shipped_policy(table)
    expected = Game(table.config.game)
    game, player = open_player(folder, expected if is_baseline(folder) else None, comm)
    if game != expected:
        raise DataError(f"{folder}: a policy of {game.name}, expected one of {expected.name}, as {name} says")
    return table, player


def shipped_policy(profile: Profile) -> str:
    """The folder of the policy that comes with the package. UserError where there is none for the game."""
    name = profile.config.game.name
    if name not in shipped_blueprints():
        known = ", ".join(shipped_blueprints())
        raise UserError(f"--policy: expected a policy's folder; no blueprint of {name} is shipped, of {known} there is")
    return str(path_of_blueprint(name))
