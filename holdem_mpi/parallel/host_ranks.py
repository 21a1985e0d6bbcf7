"""What the ranks of one host have in common: their places there, shared memory, and the first of them, who leads."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from holdem_mpi.parallel.communicator import Communicator


class SharedArray(NamedTuple):
    """``array`` is common to ``parts`` ranks of a host, of which this one has number ``part``."""

    array: np.ndarray
    part: int
    parts: int
    window: Any = None  # what holds the memory, where it is shared

    def own(self, items: int) -> tuple[int, int]:
        """First and last (not included) of ``items`` that this rank is to change."""
        return items * self.part // self.parts, items * (self.part + 1) // self.parts


class HostRanks:
    """The ranks of a communicator on this host; here a single process. ``MpiHostRanks`` has the same calls over many.

    ``whole`` is the communicator; what is collective is so over all its ranks, unless it says: of this host.
    """

    rank = 0  # of this process among the ranks of the host
    size = 1  # how many they are
    number = 0  # of this host; hosts are numbered by their first ranks

    def __init__(self, whole: "Communicator") -> None:
        self._whole = whole

    def leaders(self) -> "Communicator | None":
        """A communicator of the first rank of each host; None on all others. Collective."""
        return self._whole

    def one_a_core(self) -> "Communicator | None":
        """A communicator of as many ranks of each host, its first, as it has cores; None on all others. Collective.

        For work that more ranks than cores would only do more often, or by turns.
        """
        return self._whole

    def of_ranks(self) -> list[int]:
        """By rank of the whole communicator, the number of its host. Collective."""
        return [0]

    def shared_array(self, size: int, dtype: np.dtype, what: str = "", instead: str = "") -> SharedArray:
        """An array of zeros that all ranks of a host have in common; one for each rank where memory for that is short.

        Then rank 0 warns, where ``what`` the memory is for is given, and says what is done ``instead``. Collective.
        """
        return SharedArray(np.zeros(size, dtype), 0, 1)

    def release(self, shared: SharedArray) -> None:
        """Give the memory of a shared array back; it must not be touched any more. Collective, of this host."""

    def share_from_root(self, shared: SharedArray) -> None:
        """Copy rank 0's array to those of all other hosts (or ranks). Collective."""

    def shared_here(self, size: int, dtype: np.dtype) -> SharedArray:
        """An array of zeros that the ranks of this host have in common. Collective, of this host.

        MemoryError where shared memory is short.
        """
        return SharedArray(np.zeros(size, dtype), 0, 1)

    def any(self, asks: bool) -> bool:
        """Whether any rank of this host asks; all of them meet here. Collective, of this host."""
        return asks

    def barrier(self) -> None:
        """Wait for all ranks of this host; what they wrote to shared arrays is then seen."""

    def sync(self) -> None:
        """See what other ranks of this host wrote to shared arrays before a collective that all have left."""

    def free(self) -> None:
        """Give back the shared arrays, as ``Communicator.free`` asks; they must not be touched any more. Collective."""
