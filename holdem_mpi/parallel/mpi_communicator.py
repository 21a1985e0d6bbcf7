"""The communicator over MPI. No import of this module touches MPI; ``processes.world()`` does."""

import contextlib
import json
import os
import sys
import time
from typing import Any

import numpy as np

from holdem_mpi.errors import EXIT_REQUEUE
from holdem_mpi.parallel import host as host_room
from holdem_mpi.parallel.communicator import Communicator, SharedArray
from holdem_mpi.parallel.waiting import HostBeats, Sending, Waiter, Watchdog, sleep_until

# Elements in one MPI call: counts are C ints in MPI 3, so anything longer goes in pieces.
CHUNK = 1 << 26
# Seconds that the launcher may need to pass on what a rank has printed, before the rank ends them all.
_LAST_WORDS = 0.2
# A file to leave the exit code in, where a launcher loses it: srun ends with 137 whatever MPI_Abort is given.
_EXIT_NOTE = "HOLDEM_MPI_EXIT_NOTE"


class MpiCommunicator(Communicator):
    """The calls of ``Communicator`` over an mpi4py intracommunicator."""

    def __init__(self, comm: Any, ranks_per_host: int | None = None) -> None:
        """ranks_per_host: take so many ranks of a host for one, and others for other hosts; default: all of them."""
        from mpi4py import MPI

        self._mpi = MPI
        self._comm = comm
        self.rank = comm.Get_rank()
        self.size = comm.Get_size()
        self.mpi_version = MPI.Get_library_version().split("\n")[0].strip("\0 ")
        self._host_comm = comm.Split_type(MPI.COMM_TYPE_SHARED)
        # Ranks that block spin; where they outnumber the cores, a waiting rank takes the core of a working one.
        self.oversubscribed = self._host_comm.Get_size() > host_room.available_cores()
        if ranks_per_host:
            self._host_comm = self._host_comm.Split(self._host_comm.Get_rank() // ranks_per_host)
        self._host = (self._host_comm.Get_rank(), self._host_comm.Get_size())
        self._leaders = comm.Split(0 if self._host[0] == 0 else MPI.UNDEFINED)
        self._of_leaders: Communicator | None = None
        place = [self._leaders.Get_rank(), self._leaders.Get_size()] if self._host[0] == 0 else [0, 0]
        place = np.array(place, np.int64)
        self._host_comm.Bcast(place, 0)
        self.host, self.hosts = int(place[0]), int(place[1])
        self._windows: list[Any] = []
        self._waiter = Waiter(self.oversubscribed)
        self._beats: HostBeats | None = None

    def watch(self, seconds: float | None) -> None:
        self._waiter.watchdog = None
        if not seconds:
            return
        if self._beats is None:
            self._beats = self._host_beats()
        if self._beats.speaker is not None:
            self._beats.speaker[0] = 0  # nobody has spoken of this watch yet
        self._waiter.watchdog = Watchdog(seconds, self._beats, lambda: self.abort(EXIT_REQUEUE))

    def _host_beats(self) -> HostBeats:
        part, parts = self._host
        ranks = np.empty(parts, np.int64)
        self._host_comm.Allgather(np.array([self.rank], np.int64), ranks)
        shared = self.shared_array(parts + 1, np.dtype(np.float64))
        if shared.parts != parts:
            return HostBeats(None, part, ranks.tolist())
        return HostBeats(shared.array[:parts], part, ranks.tolist(), shared.array[parts:])

    def _wait(self, request: Any, what: str = "another rank") -> None:
        self._waiter.wait(request, what)

    def _pieces(self, buffer: np.ndarray) -> list[np.ndarray]:
        flat = buffer.reshape(-1)
        assert np.shares_memory(flat, buffer) or flat.size == 0, "buffer must be C-contiguous"
        return [flat[start : start + CHUNK] for start in range(0, flat.size, CHUNK)]

    def allreduce_sum(self, buffer: np.ndarray) -> None:
        for piece in self._pieces(buffer):
            self._wait(self._comm.Iallreduce(self._mpi.IN_PLACE, piece, self._mpi.SUM), "a sum over ranks")

    def allreduce_or(self, buffer: np.ndarray) -> None:
        for piece in self._pieces(buffer):
            self._wait(self._comm.Iallreduce(self._mpi.IN_PLACE, piece, self._mpi.BOR), "a union over ranks")

    def allreduce_max(self, buffer: np.ndarray) -> None:
        for piece in self._pieces(buffer):
            self._wait(self._comm.Iallreduce(self._mpi.IN_PLACE, piece, self._mpi.MAX), "a maximum over ranks")

    def bcast_parts(self, buffer: np.ndarray, starts: np.ndarray) -> None:
        parts = [(buffer[starts[rank] : starts[rank + 1]], rank) for rank in range(self.size)]
        pieces = [(piece, rank) for part, rank in parts for piece in self._pieces(part)]
        for request in [self._comm.Ibcast(piece, rank) for piece, rank in pieces]:
            self._wait(request, "parts of a buffer")

    def bcast(self, buffer: np.ndarray, root: int = 0) -> None:
        self._bcast(self._comm, buffer, root)

    def _bcast(self, comm: Any, buffer: np.ndarray, root: int) -> None:
        for piece in self._pieces(buffer):
            self._wait(comm.Ibcast(piece, root), "a broadcast")

    def bcast_json(self, value: Any, root: int = 0) -> Any:
        text = json.dumps(value).encode() if self.rank == root else b""
        length = np.array([len(text)], dtype=np.int64)
        self.bcast(length, root)
        letters = np.frombuffer(text, dtype=np.uint8).copy() if self.rank == root else np.empty(length[0], np.uint8)
        self.bcast(letters, root)
        return json.loads(letters.tobytes().decode())

    def gather_rows(self, rows: np.ndarray, counts: list[int]) -> np.ndarray | None:
        width = int(np.prod(rows.shape[1:], dtype=np.int64))
        if self.rank != 0:
            for piece in self._pieces(np.ascontiguousarray(rows)):
                self._wait(self._comm.Isend(piece, 0, tag=7))
            return None
        whole = np.empty((sum(counts), *rows.shape[1:]), dtype=rows.dtype)
        whole[: counts[0]] = rows
        start = counts[0]
        for source in range(1, self.size):
            for piece in self._pieces(whole[start : start + counts[source]]):
                self._wait(self._comm.Irecv(piece, source, tag=7))
            start += counts[source]
        assert start * width == whole.size
        return whole

    def start_send(self, messages: list[tuple[np.ndarray, int]], rank: int) -> Sending:
        pieces = [(piece, tag) for buffer, tag in messages for piece in self._pieces(buffer)]
        requests = [self._comm.Isend(piece, rank, tag) for piece, tag in pieces]
        return Sending(requests, [piece for piece, _ in pieces])

    def receive(self, buffer: np.ndarray, rank: int, tag: int) -> None:
        for piece in self._pieces(buffer):
            sleep_until(self._comm.Irecv(piece, rank, tag).Test)

    def start_receive(self, buffer: np.ndarray, rank: int, tag: int) -> Sending:
        return Sending([self._comm.Irecv(buffer, rank, tag)], [buffer])

    def first_ranks(self, count: int) -> Communicator | None:
        part = self._comm.Split(0 if self.rank < count else self._mpi.UNDEFINED, self.rank)
        return MpiCommunicator(part) if self.rank < count else None

    def waiting_message(self, tag: int) -> tuple[int, int] | None:
        status = self._mpi.Status()
        if not self._comm.Iprobe(self._mpi.ANY_SOURCE, tag, status):
            return None
        return status.Get_source(), status.Get_count(self._mpi.BYTE)

    def split_host(self) -> tuple[int, int]:
        return self._host

    def leaders(self) -> Communicator | None:
        if self._of_leaders is None and self._host[0] == 0:
            self._of_leaders = MpiCommunicator(self._leaders)
            self._of_leaders._waiter = self._waiter  # one watchdog, and a rank that waits there shows itself here
        return self._of_leaders

    def host_of_rank(self) -> list[int]:
        leader = np.array([self.rank], np.int64)
        self._bcast(self._host_comm, leader, 0)
        leaders = np.zeros(self.size, np.int64)
        leaders[self.rank] = leader[0]
        self.allreduce_sum(leaders)
        return np.unique(leaders, return_inverse=True)[1].tolist()

    def ping_pong(self, size: int, first: int, second: int, times: int) -> float:
        if self.rank not in (first, second):
            return 0.0
        buffer, other = np.zeros(size, np.uint8), first + second - self.rank
        begin = time.perf_counter()
        for _ in range(times):
            if self.rank == first:
                self._comm.Send(buffer, other, tag=8)
            self._comm.Recv(buffer, other, tag=8)
            if self.rank == second:
                self._comm.Send(buffer, other, tag=8)
        return (time.perf_counter() - begin) / (2 * times) if self.rank == first else 0.0

    def free(self) -> None:
        for window in self._windows:
            window.Unlock_all()
            window.Free()
        self._windows.clear()
        if self._leaders != self._mpi.COMM_NULL:
            self._leaders.Free()
        self._host_comm.Free()
        self._comm.Free()

    def shared_array(self, size: int, dtype: np.dtype, what: str = "", instead: str = "") -> SharedArray:
        part, parts = self._host
        bytes_needed = size * np.dtype(dtype).itemsize
        missing = bytes_needed + host_room.SHARED_RESERVE - host_room.free_shared_memory() if parts > 1 else 0
        most = np.array([missing, parts], np.int64)
        self.allreduce_max(most)
        if most[0] > 0 and self.rank == 0 and what:
            host_room.warn_short(bytes_needed, bytes_needed + host_room.SHARED_RESERVE - int(most[0]), what, instead)
        if most[0] > 0 or most[1] == 1:
            return SharedArray(np.zeros(size, dtype), 0, 1)
        window = self._mpi.Win.Allocate_shared(bytes_needed if part == 0 else 0, 1, comm=self._host_comm)
        memory, _ = window.Shared_query(0)
        window.Lock_all()
        self._windows.append(window)
        shared = SharedArray(np.ndarray(size, dtype, buffer=memory), part, parts, window)
        if part == 0:
            shared.array.fill(0)
        self.host_barrier()
        return shared

    def release(self, shared: SharedArray) -> None:
        if shared.window is not None:
            self._windows.remove(shared.window)
            shared.window.Unlock_all()
            shared.window.Free()

    def share_from_root(self, shared: SharedArray) -> None:
        if shared.window is None:
            self.bcast(shared.array)
            return
        if self._host[0] == 0:
            self._bcast(self._leaders, shared.array, 0)
        self.host_barrier()

    def host_barrier(self) -> None:
        for window in self._windows:
            window.Sync()
        self._wait(self._host_comm.Ibarrier(), "the ranks of this host")
        for window in self._windows:
            window.Sync()

    def barrier(self) -> None:
        self._wait(self._comm.Ibarrier(), "all ranks")

    def abort(self, code: int) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        if note := os.environ.get(_EXIT_NOTE):
            with contextlib.suppress(OSError), open(note, "w") as file:
                file.write(f"{code}\n")
        time.sleep(_LAST_WORDS)
        self._comm.Abort(code)
