"""One communicator for every command: MPI where it is found, one process where it is not.

No import of this module touches MPI; ``processes.world()`` does. Only buffers travel (upper-case calls), and what is
not an array travels as JSON text.
"""

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.errors import EXIT_REQUEUE, UserError
from holdem_mpi.parallel.waiting import HostBeats, Sending, Waiter, Watchdog, sleep_until

# Elements in one MPI call: counts are C ints in MPI 3, so anything longer goes in pieces.
CHUNK = 1 << 26
# Bytes of shared memory to leave free for the MPI library itself.
_SHARED_RESERVE = 64 << 20
# Seconds that the launcher may need to pass on what a rank has printed, before the rank ends them all.
_LAST_WORDS = 0.2
# A file to leave the exit code in, where a launcher loses it: srun ends with 137 whatever MPI_Abort is given.
_EXIT_NOTE = "HOLDEM_MPI_EXIT_NOTE"


class SharedArray(NamedTuple):
    """``array`` is common to ``parts`` ranks of a host, of which this one has number ``part``."""

    array: np.ndarray
    part: int
    parts: int
    window: Any = None  # what holds the memory, where it is shared

    def own(self, items: int) -> tuple[int, int]:
        """First and last (not included) of ``items`` that this rank is to change."""
        return items * self.part // self.parts, items * (self.part + 1) // self.parts


class Communicator:
    """A single process: rank 0 of 1. ``MpiCommunicator`` has the same calls over many ranks."""

    rank = 0
    size = 1
    mpi_version = "none"
    oversubscribed = False  # whether the ranks of this host outnumber its cores
    host, hosts = 0, 1  # number of this host, and how many there are

    def allreduce_sum(self, buffer: np.ndarray) -> None:
        """Sum ``buffer`` (any shape, C-contiguous) over ranks, in place."""

    def allreduce_or(self, buffer: np.ndarray) -> None:
        """Bitwise or of an integer ``buffer`` over ranks, in place."""

    def allreduce_max(self, buffer: np.ndarray) -> None:
        """Largest of ``buffer`` over ranks, entry by entry, in place."""

    def bcast_parts(self, buffer: np.ndarray, starts: np.ndarray) -> None:
        """Copy ``buffer[starts[rank]:starts[rank + 1]]`` of each rank to all others, in place."""

    def bcast(self, buffer: np.ndarray, root: int = 0) -> None:
        """Copy ``root``'s ``buffer`` (same shape and dtype everywhere) to all ranks, in place."""

    def bcast_json(self, value: Any, root: int = 0) -> Any:
        """``root``'s JSON-like value, on every rank."""
        return json.loads(json.dumps(value))

    def gather_rows(self, rows: np.ndarray, counts: list[int]) -> np.ndarray | None:
        """Concatenate the ranks' ``rows`` (same trailing shape) on rank 0; ``counts[rank]`` is each one's length."""
        return rows.copy()

    def start_send(self, messages: list[tuple[np.ndarray, int]], rank: int) -> "Sending":
        """Begin to send each (buffer, tag) to another rank; buffers must stay as they are until ``wait`` returns."""
        raise ValueError(f"one process cannot send to rank {rank}")

    def send(self, buffer: np.ndarray, rank: int, tag: int) -> None:
        """Send ``buffer`` (C-contiguous) to another rank, asleep until it has gone."""
        self.start_send([(buffer, tag)], rank).wait()

    def receive(self, buffer: np.ndarray, rank: int, tag: int) -> None:
        """Fill ``buffer`` with what ``rank`` sends under ``tag`` (same length and dtype), asleep until it is here."""
        raise ValueError(f"one process cannot receive from rank {rank}")

    def start_receive(self, buffer: np.ndarray, rank: int, tag: int) -> "Sending":
        """Begin to fill ``buffer`` (at most CHUNK elements) with what ``rank`` sends under ``tag``."""
        raise ValueError(f"one process cannot receive from rank {rank}")

    def first_ranks(self, count: int) -> "Communicator | None":
        """A communicator of the first ``count`` ranks of this one; None on all others. Collective."""
        return self

    def source_of_message(self, tag: int) -> int | None:
        """A rank whose message under ``tag`` has arrived and was not received yet; None where there is none."""
        message = self.waiting_message(tag)
        return message[0] if message else None

    def waiting_message(self, tag: int) -> tuple[int, int] | None:
        """(rank, bytes) of a message under ``tag`` that has arrived and was not received yet; None: there is none."""
        return None

    def wait_for_message(self, tag: int) -> int:
        """The same, asleep until there is one."""
        found: list[int | None] = [None]

        def arrived() -> bool:
            found[0] = self.source_of_message(tag)
            return found[0] is not None

        sleep_until(arrived)
        return found[0]

    def split_host(self) -> tuple[int, int]:
        """(rank on this host, ranks on this host)."""
        return 0, 1

    def leaders(self) -> "Communicator | None":
        """A communicator of the first rank of each host; None on all others. Collective."""
        return self

    def host_of_rank(self) -> list[int]:
        """By rank, the number of its host; hosts are numbered by their first ranks. Collective."""
        return [0]

    def ping_pong(self, size: int, first: int, second: int, times: int) -> float:
        """Seconds in which ``size`` bytes go from one rank to another, half of a round trip's, mean of ``times``.

        Both block (and spin), as nothing else measures a latency. 0.0 on every rank but ``first``.
        """
        raise ValueError(f"one process has no ranks {first} and {second}")

    def free(self) -> None:
        """Give back the shared arrays and what MPI holds for this communicator, after which neither may be used.

        For communicators of ``first_ranks`` that come and go. Collective.
        """

    def shared_array(self, size: int, dtype: np.dtype, what: str = "", instead: str = "") -> "SharedArray":
        """An array of zeros that all ranks of a host have in common; one for each rank where memory for that is short.

        Then rank 0 warns, where ``what`` the memory is for is given, and says what is done ``instead``. Collective.
        """
        return SharedArray(np.zeros(size, dtype), 0, 1)

    def release(self, shared: "SharedArray") -> None:
        """Give the memory of a shared array back; it must not be touched any more. Collective."""

    def share_from_root(self, shared: "SharedArray") -> None:
        """Copy rank 0's array to those of all other hosts (or ranks). Collective."""

    def host_barrier(self) -> None:
        """Wait for all ranks of this host; what they wrote to shared arrays is then seen."""

    def barrier(self) -> None:
        """Wait for all ranks."""

    def watch(self, seconds: float | None) -> None:
        """From now on end the job, with EXIT_REQUEUE and a line on who is missing, where a collective waits so long.

        None or 0: never, as at the start. A rank that worked for a while before it waits lets the others work ten times
        as long. Collective.
        """

    def abort(self, code: int) -> None:
        """End every rank at once with ``code``."""
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

    def on_root(self, call: Callable[[], Any]) -> Any:
        """Run ``call`` on rank 0 and give its JSON-like result to every rank; its UserError is raised on every rank."""
        answer: dict[str, Any] = {}
        if self.rank == 0:
            try:
                answer = {"value": call()}
            except UserError as error:
                answer = {"error": str(error), "exit_code": error.exit_code}
        answer = self.bcast_json(answer)
        if "error" in answer:
            raised = UserError(answer["error"])
            raised.exit_code = answer["exit_code"]
            raise raised
        return answer["value"]


class MpiCommunicator(Communicator):
    """The calls above over an mpi4py intracommunicator."""

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
        self.oversubscribed = self._host_comm.Get_size() > available_cores()
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
        missing = bytes_needed + _SHARED_RESERVE - _free_shared_memory() if parts > 1 else 0
        most = np.array([missing, parts], np.int64)
        self.allreduce_max(most)
        if most[0] > 0 and self.rank == 0 and what:
            _warn_short(bytes_needed, bytes_needed + _SHARED_RESERVE - int(most[0]), what, instead)
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


def available_cores() -> int:
    """Cores of this host that this process may use."""
    return len(os.sched_getaffinity(0))


def room_for_shared_arrays() -> int:
    """Bytes of shared arrays that this host's ranks can have in common, beside what the MPI library needs itself."""
    return max(0, _free_shared_memory() - _SHARED_RESERVE)


def _free_shared_memory() -> int:
    """Bytes free where the MPI library puts shared memory; without such a place, more than anyone asks for."""
    try:
        space = os.statvfs("/dev/shm")
    except OSError:
        return 1 << 62
    return space.f_bavail * space.f_frsize


def _warn_short(needed: int, free: int, what: str, instead: str) -> None:
    """One line on stderr: shared memory is short, and what to do."""
    have, want = max(free, 0) / 2**20, (needed + _SHARED_RESERVE) / 2**20
    print(
        f"warning: shared memory is short: {what} and the MPI library need {want:,.0f} MiB in /dev/shm, where "
        f"{have:,.0f} MiB are free; {instead}; expected a larger /dev/shm (docker: --shm-size={want:.0f}m), "
        "smaller tables, or fewer ranks a host",
        file=sys.stderr,
        flush=True,
    )
