"""Who plays at a table, opened once: the profile of the table, the policy, how it searches."""

from typing import Any, NamedTuple

from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.hands.profile import Profile
from holdem_mpi.hands.profile_policy import open_profile_and_player
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.players import BlueprintPlayer, Player


class Hero(NamedTuple):
    """Who plays at a table.

    profile: of the table.
    player: plays a policy, or is a baseline, which cannot search.
    config: how the player searches, where it can.
    """

    profile: Profile
    player: Player
    config: SearchConfig

    @property
    def blueprint_player(self) -> BlueprintPlayer:
        """The player as one of a policy; to be called where it is no baseline."""
        assert isinstance(self.player, BlueprintPlayer)
        return self.player


def open_hero(
    comm: Communicator, policy: str | None, profile: str | None, search: dict[str, Any], hero: str | None = None
) -> Hero:
    """The hero of a table.

    policy: a folder or a baseline's name, None for the blueprint that comes with the package; profile: a name or file;
    search: settings laid over SearchConfig's; hero: a name laid over the profile's. UserError where they do not fit
    together. Collective.
    """
    table, player = open_profile_and_player(comm, policy, profile, hero)
    return Hero(table, player, table.search_config(search))
