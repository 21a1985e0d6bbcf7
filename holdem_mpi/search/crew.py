"""Which ranks of a team search a decision: of each host as many as it has cores, those that are awake before others.

A rank more than there are cores makes nothing faster: each then has less time, and each sets the search up. Those that
are left over stand by, asleep, for ranks that do not answer.
"""

from collections.abc import Collection, Sequence

import numpy as np

from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host import available_cores


class Crew:
    """hosts: of each rank of the team, the number of its host. room: by host, how many of its ranks search at a time.

    Rank 0 always searches. share: of a core, what each rank that searches has.
    """

    def __init__(self, hosts: Sequence[int], room: Sequence[int], share: float = 1.0) -> None:
        self._hosts, self._room, self.share = tuple(hosts), tuple(room), share

    @property
    def size(self) -> int:
        """Ranks that search at a time, rank 0 included."""
        return 1 + len(self.to_ask(()))

    def to_ask(self, silent: Collection[int]) -> list[int]:
        """The ranks besides 0 that are to search a decision: of each host the first ones, until there is one for each
        core that is not ``silent``. Silent ones before it are asked too: how else would they be heard of?
        """
        left, asked = list(self._room), []
        left[self._hosts[0]] -= 1
        for rank, host in enumerate(self._hosts):
            if rank and left[host] > 0:
                asked.append(rank)
                left[host] -= rank not in silent
        return asked


def whole_crew(team: Communicator) -> Crew:
    """All ranks of ``team``, whether or not there is a core for each."""
    return Crew([0] * team.size, [team.size], min(1.0, available_cores() / team.host.size))


def crew_of_cores(team: Communicator) -> Crew:
    """As many ranks of each host as it has cores. Collective."""
    hosts, fits = team.host.of_ranks(), np.zeros(team.size, np.int64)
    of_cores = team.host.one_a_core()
    fits[team.rank] = of_cores is not None
    team.allreduce_sum(fits)
    if of_cores is not None and of_cores is not team:
        of_cores.free()
    return Crew(hosts, np.bincount(hosts, weights=fits).astype(int).tolist())
