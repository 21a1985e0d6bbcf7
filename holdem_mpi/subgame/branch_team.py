"""First cards to come divided over ranks: whose they are, how their values come together, and how all stop at once."""

from collections.abc import Callable

import numpy as np

from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host_ranks import SharedArray

_STOP_TAG = 11


class CommonRows:
    """Memory that the ranks of a communicator, all on one host, have in common: two arrays in turn, so that a rank may
    write the next sweep's values while another still reads the last one's. All solvers of a communicator take turns.
    """

    def __init__(self, comm: Communicator) -> None:
        self._host, self._ranks = comm.host, comm.size
        self._shared: list[SharedArray] = []
        self._size = 0

    @property
    def there(self) -> bool:
        return bool(self._shared)

    def make_room(self, size: int) -> None:
        """For float32[size], twice. Without enough shared memory there is none. Collective."""
        if size <= self._size:
            return
        for shared in self._shared:
            self._host.release(shared)
        self._size = size
        found = [self._host.shared_array(size, np.dtype(np.float32)) for _ in range(2)]
        self._shared = found if all(shared.parts == self._ranks for shared in found) else []

    def next_rows(self, shape: tuple[int, ...]) -> np.ndarray:
        self._shared.reverse()
        return self._shared[0].array[: int(np.prod(shape, dtype=np.int64))].reshape(shape)


# By communicator, for as long as the process lives: there are few, and solvers come and go.
_COMMON: dict[Communicator, CommonRows] = {}


class BranchTeam:
    """The ranks that solve a subgame together; each has branches of its own, one after another in the order of cards.

    comm: whose ranks they are. work: how much each branch is, in any unit.

    starts: int64[rank + 1], each rank's first branch. own: this rank's. Where ranks outnumber branches, the last ones
    have none. All but ``stop`` is collective.
    """

    def __init__(self, comm: Communicator, work: list[int]) -> None:
        self.comm = comm
        self.starts = share_out(work, comm.size)
        self.own = range(int(self.starts[comm.rank]), int(self.starts[comm.rank + 1]))
        self._common: CommonRows | None = None

    @property
    def is_alone(self) -> bool:
        return self.comm.size == 1

    def make_room(self, shape: tuple[int, ...]) -> None:
        """Let ``next_rows`` have float32[shape] that all ranks see, where they are on one host and memory suffices."""
        if not self.is_alone and self.comm.hosts == 1:
            self._common = _COMMON.setdefault(self.comm, CommonRows(self.comm))
            self._common.make_room(int(np.prod(shape, dtype=np.int64)))

    def next_rows(self, rows: np.ndarray) -> np.ndarray:
        """Before each sweep: rows like these for the values of cards, which nobody still reads; ``rows`` themselves,
        where ranks have none in common.
        """
        return self._common.next_rows(rows.shape) if self._common and self._common.there else rows

    def exchange(self, rows: np.ndarray, in_common: bool = False) -> None:
        """Copy each rank's rows of ``rows`` (by branch, C-contiguous) to all others; in_common: they are of
        ``next_rows``, and seen at once where ranks share them.
        """
        if in_common and self._common and self._common.there:
            self.comm.host.barrier()
        elif not self.is_alone:
            self.comm.bcast_parts(rows.reshape(-1), self.starts * rows[0].size)

    def most(self, *numbers: float) -> list[float]:
        """The largest that any rank has, of each number."""
        buffer = np.array(numbers, np.float64)
        self.comm.allreduce_max(buffer)
        return buffer.tolist()

    def stopper(self, stop: Callable[[], bool]) -> "TeamStop":
        """``stop``, as soon as it holds on any rank."""
        return TeamStop(self.comm, stop)


class TeamStop:
    """Whether a rank wants to stop: the others hear of it while they work, before all agree on it."""

    def __init__(self, comm: Communicator, stop: Callable[[], bool]) -> None:
        self._comm, self._stop = comm, stop
        self._told = self._heard = self._agreed = False

    def __call__(self) -> bool:
        """Not collective: asked between pieces of work."""
        if not self._heard and self._stop():
            self._heard = self._told = True
            for rank in range(self._comm.size):
                if rank != self._comm.rank:
                    self._comm.send(np.zeros(1, np.uint8), rank, _STOP_TAG)
        if not self._heard and self._comm.size > 1:
            self._heard = self._comm.waiting_message(_STOP_TAG) is not None
        return self._heard

    def agree(self) -> bool:
        """Whether any rank has heard of it; then nobody goes on, and what has been told is received. Collective."""
        if not self._agreed:
            told = np.zeros(self._comm.size + 1, np.int64)
            told[-1] = self()
            told[self._comm.rank] = self._told
            self._comm.allreduce_max(told)
            self._agreed = bool(told[-1])
            for rank in np.flatnonzero(told[:-1]).tolist():
                if rank != self._comm.rank:
                    self._comm.receive(np.zeros(1, np.uint8), rank, _STOP_TAG)
        return self._agreed


def share_out(work: list[int], ranks: int) -> np.ndarray:
    """int64[rank + 1], where each rank's part of ``work`` begins, in order, so that the largest part is small."""
    least, most = max(work), sum(work)
    while least < most:
        limit = (least + most) // 2
        if len(_filled(work, limit)) <= ranks:
            most = limit
        else:
            least = limit + 1
    starts = _filled(work, most)
    return np.array(starts + [len(work)] * (ranks + 1 - len(starts)), np.int64)


def _filled(work: list[int], limit: int) -> list[int]:
    """Where parts begin that are filled one after another up to ``limit``."""
    starts, filled = [0], 0
    for place, more in enumerate(work):
        if filled + more > limit:
            starts.append(place)
            filled = 0
        filled += more
    return starts
