"""What the ranks of one host have in common, over MPI: shared-memory windows, and a communicator of the first ranks."""

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from holdem_mpi.parallel import host as host_room
from holdem_mpi.parallel.host_ranks import HostRanks, SharedArray
from holdem_mpi.parallel.meeting import WORDS, Meeting
from holdem_mpi.parallel.waiting import HostBeats, Waiter

if TYPE_CHECKING:
    from holdem_mpi.parallel.mpi_communicator import MpiCommunicator

_NOTHING = np.zeros(0, np.int64)
# Meetings over MPI before memory is made for them: MPI has room for some two thousand communicators and windows.
_MEETINGS_OVER_MPI = 50
# Cores of a host that are told apart.
_MOST_CORES = 4096


class MpiHostRanks(HostRanks):
    """The calls of ``HostRanks`` over the ranks of ``whole`` that one host has, of ``hosts`` that there are."""

    _whole: "MpiCommunicator"

    def __init__(self, whole: "MpiCommunicator", comm: Any, host_comm: Any, waiter: Waiter) -> None:
        """comm, host_comm: the mpi4py communicators of all ranks and of this host's; ``free`` frees the second.

        waiter: waits for this host's ranks, as ``whole`` waits for all.
        """
        from mpi4py import MPI

        super().__init__(whole)
        self._mpi, self._everyone, self._comm, self._waiter = MPI, comm, host_comm, waiter
        self.rank, self.size = host_comm.Get_rank(), host_comm.Get_size()
        leads = self.rank == 0
        self._leaders = comm.Split(0 if leads else MPI.UNDEFINED)
        self._of_leaders: MpiCommunicator | None = None
        place = np.array([self._leaders.Get_rank(), self._leaders.Get_size()] if leads else [0, 0], np.int64)
        host_comm.Bcast(place, 0)
        self.number, self.hosts = int(place[0]), int(place[1])
        self._windows: list[Any] = []
        self._meeting: Meeting | None = None
        self._meets = self.size > 1  # in shared memory, before long; no longer where there is no room for that
        self._meetings = 0

    def beats(self) -> HostBeats:
        """A clock of each rank of the host, for a watchdog. Collective."""
        ranks = np.empty(self.size, np.int64)
        self._comm.Allgather(np.array([self._whole.rank], np.int64), ranks)
        shared = self.shared_array(self.size + 1, np.dtype(np.float64))
        if shared.parts != self.size:
            return HostBeats(None, self.rank, ranks.tolist())
        return HostBeats(shared.array[: self.size], self.rank, ranks.tolist(), shared.array[self.size :])

    def leaders(self) -> "MpiCommunicator | None":
        if self._of_leaders is None and self.rank == 0:
            # One watchdog: a rank that waits among the leaders shows itself to its host.
            self._of_leaders = type(self._whole)(self._leaders, waiter=self._waiter)
        return self._of_leaders

    def one_a_core(self) -> "MpiCommunicator | None":
        # Ranks may each be bound to a core of their own: the host's are those of all its ranks together.
        cores = np.zeros(_MOST_CORES, np.uint8)
        cores[[core % _MOST_CORES for core in os.sched_getaffinity(0)]] = 1
        self._waiter.wait(self._comm.Iallreduce(self._mpi.IN_PLACE, cores, self._mpi.BOR), "the cores of this host")
        belongs = self.rank < cores.sum()
        part = self._everyone.Split(0 if belongs else self._mpi.UNDEFINED, self._whole.rank)
        return type(self._whole)(part) if belongs else None

    def of_ranks(self) -> list[int]:
        hosts = np.zeros(self._whole.size, np.int64)
        hosts[self._whole.rank] = self.number
        self._whole.allreduce_sum(hosts)
        return hosts.tolist()

    def shared_array(self, size: int, dtype: np.dtype, what: str = "", instead: str = "") -> SharedArray:
        bytes_needed = size * np.dtype(dtype).itemsize
        wanted = bytes_needed + host_room.SHARED_RESERVE
        missing = wanted - host_room.free_shared_memory() if self.size > 1 else 0
        most = np.array([missing, self.size], np.int64)
        self._whole.allreduce_max(most)
        if most[0] > 0 and self._whole.rank == 0 and what:
            host_room.warn_short(bytes_needed, wanted - int(most[0]), what, instead)
        if most[0] > 0 or most[1] == 1:
            return SharedArray(np.zeros(size, dtype), 0, 1)
        return self._allocate(size, dtype)

    def shared_here(self, size: int, dtype: np.dtype) -> SharedArray:
        if self.size == 1:
            return SharedArray(np.zeros(size, dtype), 0, 1)
        bytes_needed = size * np.dtype(dtype).itemsize
        if self.any(bytes_needed + host_room.SHARED_RESERVE > host_room.free_shared_memory()):
            raise host_room.no_room_to_exchange(bytes_needed)
        return self._allocate(size, dtype)

    def _allocate(self, size: int, dtype: np.dtype) -> SharedArray:
        bytes_needed = size * np.dtype(dtype).itemsize
        window = self._mpi.Win.Allocate_shared(bytes_needed if self.rank == 0 else 0, 1, comm=self._comm)
        memory, _ = window.Shared_query(0)
        window.Lock_all()
        self._windows.append(window)
        shared = SharedArray(np.ndarray(size, dtype, buffer=memory), self.rank, self.size, window)
        if self.rank == 0:
            shared.array.fill(0)
        self.barrier()
        return shared

    def release(self, shared: SharedArray) -> None:
        if shared.window is not None:
            self._windows.remove(shared.window)
            shared.window.Unlock_all()
            shared.window.Free()

    def share_from_root(self, shared: SharedArray) -> None:
        if shared.window is None:
            self._whole.bcast(shared.array)
            return
        if (leaders := self.leaders()) is not None:
            leaders.bcast(shared.array)
        self.barrier()

    def any(self, asks: bool) -> bool:
        return bool(self.meet(np.array([asks], np.int64), "the ranks of this host").max())

    def barrier(self) -> None:
        self.meet(_NOTHING, "the ranks of this host")

    def meet(self, words: np.ndarray, what: str) -> np.ndarray:
        """int64[rank of the host, word]: what all ranks say, this one ``words`` (int64, at most ``WORDS``).

        What they wrote to shared arrays is then seen. ``what`` is told by the watchdog. Collective, of this host.
        """
        self.sync()
        self._meetings += 1
        if self._meets and self._meeting is None and self._meetings > _MEETINGS_OVER_MPI:
            self._open_meeting()
        if self._meeting is not None:
            said = self._meeting.meet(words, what)
        elif self.size == 1:
            said = words.reshape(1, -1)
        else:
            said = np.zeros((self.size, WORDS), np.int64)
            said[self.rank, : words.size] = words
            self._waiter.wait(self._comm.Iallreduce(self._mpi.IN_PLACE, said, self._mpi.SUM), what)
            said = said[:, : words.size]
        self.sync()
        return said

    def _open_meeting(self) -> None:
        self._meets = False  # over MPI, while the memory is asked for
        size = Meeting.words_of(self.size)
        if self.any(8 * size + host_room.SHARED_RESERVE > host_room.free_shared_memory()):
            return
        shared = self._allocate(size, np.dtype(np.int64))
        self._meeting = Meeting(
            shared.array,
            (self.rank, self.size),
            shared.window.Sync,
            self._comm.Iprobe,
            self._waiter,
            self.hosts == 1,
        )

    def sync(self) -> None:
        for window in self._windows:
            window.Sync()

    def free(self) -> None:
        for window in self._windows:
            window.Unlock_all()
            window.Free()
        self._windows.clear()
        self._meeting, self._meets = None, False
        if self._of_leaders is not None:
            self._of_leaders.free()
        elif self._leaders != self._mpi.COMM_NULL:
            self._leaders.Free()
        self._comm.Free()
