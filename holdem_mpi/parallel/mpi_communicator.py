"""The communicator over MPI. No import of this module touches MPI; ``processes.world()`` does."""

import contextlib
import json
import os
import sys
import time
from typing import Any

import numpy as np

from holdem_mpi.errors import EXIT_REQUEUE
from holdem_mpi.parallel.beginning import Beginning
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host import available_cores
from holdem_mpi.parallel.meeting import WORDS
from holdem_mpi.parallel.mpi_host_ranks import MpiHostRanks
from holdem_mpi.parallel.waiting import HostBeats, Sending, Waiter, Watchdog, sleep_until

# Elements in one MPI call: counts are C ints in MPI 3, so anything longer goes in pieces.
CHUNK = 1 << 26
# Seconds that the launcher may need to pass on what a rank has printed, before the rank ends them all.
_LAST_WORDS = 0.2
# A file to leave the exit code in, where a launcher loses it: srun ends with 137 whatever MPI_Abort is given.
_EXIT_NOTE = "HOLDEM_MPI_EXIT_NOTE"


class MpiBeginning(Beginning):
    """The calls of ``Beginning`` over the ranks of ``whole``."""

    def __init__(self, whole: "MpiCommunicator") -> None:
        self._whole = whole

    def sum(self, buffer: np.ndarray) -> Sending:
        return self._whole._begin(buffer, self._whole._mpi.SUM)

    def union(self, buffer: np.ndarray) -> Sending:
        return self._whole._begin(buffer, self._whole._mpi.BOR)


class MpiCommunicator(Communicator):
    """The calls of ``Communicator`` over an mpi4py intracommunicator."""

    host: MpiHostRanks

    def __init__(self, comm: Any, ranks_per_host: int | None = None, waiter: Waiter | None = None) -> None:
        """ranks_per_host: take so many ranks of a host for one, and others for other hosts; default: all of them.

        waiter: of the communicator that this one is a part of, so that both have one watchdog; default: its own.
        """
        from mpi4py import MPI

        super().__init__()
        self._mpi = MPI
        self._comm = comm
        self.rank = comm.Get_rank()
        self.size = comm.Get_size()
        self.mpi_version = MPI.Get_library_version().split("\n")[0].strip("\0 ")
        host_comm = comm.Split_type(MPI.COMM_TYPE_SHARED)
        # Ranks that block spin; where they outnumber the cores, a waiting rank takes the core of a working one.
        self.oversubscribed = host_comm.Get_size() > available_cores()
        if ranks_per_host:
            host_comm = host_comm.Split(host_comm.Get_rank() // ranks_per_host)
        self._waiter = waiter or Waiter(self.oversubscribed)
        self.host = MpiHostRanks(self, comm, host_comm, self._waiter)
        self.hosts = self.host.hosts
        self.begin = MpiBeginning(self)
        self._beats: HostBeats | None = None

    def watch(self, seconds: float | None) -> None:
        self._waiter.watchdog = None
        if not seconds:
            return
        if self._beats is None:
            self._beats = self.host.beats()
        if self._beats.speaker is not None:
            self._beats.speaker[0] = 0  # nobody has spoken of this watch yet
        self._waiter.watchdog = Watchdog(seconds, self._beats, lambda: self.abort(EXIT_REQUEUE))

    def _wait(self, request: Any, what: str = "another rank") -> None:
        self._waiter.wait(request, what)

    def _pieces(self, buffer: np.ndarray) -> list[np.ndarray]:
        flat = buffer.reshape(-1)
        assert np.shares_memory(flat, buffer) or flat.size == 0, "buffer must be C-contiguous"
        return [flat[start : start + CHUNK] for start in range(0, flat.size, CHUNK)]

    def _begin(self, buffer: np.ndarray, operation: Any) -> Sending:
        pieces = self._pieces(buffer)
        requests = [self._comm.Iallreduce(self._mpi.IN_PLACE, piece, operation) for piece in pieces]
        return Sending(requests, pieces, self._waiter)

    def allreduce_sum(self, buffer: np.ndarray) -> None:
        if self.hosts == 1 and self.size > 1 and buffer.dtype == np.int64 and buffer.size <= WORDS:
            buffer[...] = self.host.meet(buffer.reshape(-1), "a sum over ranks").sum(axis=0).reshape(buffer.shape)
            return
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
        for piece in self._pieces(buffer):
            self._wait(self._comm.Ibcast(piece, root), "a broadcast")

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
        self.host.free()
        self._comm.Free()

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
