"""One communicator for every command: MPI where it is found, one process where it is not.

No import of this module touches MPI; ``world()`` does. Only buffers travel (upper-case calls), and what is not an array
travels as JSON text.
"""

import json
import os
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.errors import EXIT_OK, EXIT_REQUEUE, EXIT_SOFTWARE, UserError
from holdem_mpi.starting import SIGNALS, STOPPED, launcher_says

# Elements in one MPI call: counts are C ints in MPI 3, so anything longer goes in pieces.
CHUNK = 1 << 26
# Bytes of shared memory to leave free for the MPI library itself.
_SHARED_RESERVE = 64 << 20
# Seconds that the launcher may need to pass on what a rank has printed, before the rank ends them all.
_LAST_WORDS = 0.2
# Seconds that a rank sleeps at most before it looks again for a message.
_LONGEST_PAUSE = 5e-3


class SharedArray(NamedTuple):
    """``array`` is common to ``parts`` ranks of a host, of which this one has number ``part``."""

    array: np.ndarray
    part: int
    parts: int

    def own(self, items: int) -> tuple[int, int]:
        """First and last (not included) of ``items`` that this rank is to change."""
        return items * self.part // self.parts, items * (self.part + 1) // self.parts


class Sending:
    """Messages on their way, out or in. Long waits sleep, so that a rank that waits takes no core."""

    def __init__(self, requests: list[Any], buffers: list[np.ndarray]) -> None:
        self._requests, self._buffers = requests, buffers  # a buffer must outlive its request

    def wait(self) -> None:
        """Sleep until the buffers may be used again."""
        for request in self._requests:
            _wait_asleep(request)

    def is_done(self) -> bool:
        """Whether the buffers may be used again; at once."""
        return all(request.Test() for request in self._requests)


def _sleep(pause: float) -> float:
    """Sleep for ``pause`` seconds; the pause to take next time."""
    time.sleep(pause)
    return min(pause + 50e-6, _LONGEST_PAUSE)


def _wait_asleep(request: Any) -> None:
    pause = 0.0
    while not request.Test():
        pause = _sleep(pause)


class Communicator:
    """A single process: rank 0 of 1. ``MpiCommunicator`` has the same calls over many ranks."""

    rank = 0
    size = 1
    mpi_version = "none"
    oversubscribed = False  # whether the ranks of this host outnumber its cores

    def allreduce_sum(self, buffer: np.ndarray) -> None:
        """Sum ``buffer`` (any shape, C-contiguous) over ranks, in place."""

    def allreduce_or(self, buffer: np.ndarray) -> None:
        """Bitwise or of an integer ``buffer`` over ranks, in place."""

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
        pause = 0.0
        while (source := self.source_of_message(tag)) is None:
            pause = _sleep(pause)
        return source

    def split_host(self) -> tuple[int, int]:
        """(rank on this host, ranks on this host)."""
        return 0, 1

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

    def shared_array(self, size: int, dtype: np.dtype) -> "SharedArray":
        """An array of zeros that all ranks of a host have in common; one for each rank where memory for that is short.

        Collective.
        """
        return SharedArray(np.zeros(size, dtype), 0, 1)

    def share_from_root(self, shared: "SharedArray") -> None:
        """Copy rank 0's array to those of all other hosts (or ranks). Collective."""

    def host_barrier(self) -> None:
        """Wait for all ranks of this host; what they wrote to shared arrays is then seen."""

    def barrier(self) -> None:
        """Wait for all ranks, without spinning where they outnumber the cores."""

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

    def __init__(self, comm: Any) -> None:
        from mpi4py import MPI

        self._mpi = MPI
        self._comm = comm
        self.rank = comm.Get_rank()
        self.size = comm.Get_size()
        self.mpi_version = MPI.Get_library_version().split("\n")[0].strip("\0 ")
        self._host_comm = comm.Split_type(MPI.COMM_TYPE_SHARED)
        self._host = (self._host_comm.Get_rank(), self._host_comm.Get_size())
        self._leaders = comm.Split(0 if self._host[0] == 0 else MPI.UNDEFINED)
        self._windows: list[Any] = []
        # Ranks that block spin; where they outnumber the cores, a waiting rank takes the core of a working one.
        self.oversubscribed = self._host[1] > available_cores()

    def _wait(self, request: Any) -> None:
        if not self.oversubscribed:
            request.Wait()
            return
        pause = 0.0
        while not request.Test():
            time.sleep(pause)
            pause = min(pause + 20e-6, 1e-3)

    def _pieces(self, buffer: np.ndarray) -> list[np.ndarray]:
        flat = buffer.reshape(-1)
        assert np.shares_memory(flat, buffer) or flat.size == 0, "buffer must be C-contiguous"
        return [flat[start : start + CHUNK] for start in range(0, flat.size, CHUNK)]

    def allreduce_sum(self, buffer: np.ndarray) -> None:
        for piece in self._pieces(buffer):
            self._wait(self._comm.Iallreduce(self._mpi.IN_PLACE, piece, self._mpi.SUM))

    def allreduce_or(self, buffer: np.ndarray) -> None:
        for piece in self._pieces(buffer):
            self._wait(self._comm.Iallreduce(self._mpi.IN_PLACE, piece, self._mpi.BOR))

    def bcast(self, buffer: np.ndarray, root: int = 0) -> None:
        self._bcast(self._comm, buffer, root)

    def _bcast(self, comm: Any, buffer: np.ndarray, root: int) -> None:
        for piece in self._pieces(buffer):
            self._wait(comm.Ibcast(piece, root))

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
            _wait_asleep(self._comm.Irecv(piece, rank, tag))

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

    def shared_array(self, size: int, dtype: np.dtype) -> SharedArray:
        part, parts = self._host
        bytes_needed = size * np.dtype(dtype).itemsize
        short = np.array([parts > 1 and _free_shared_memory() < bytes_needed + _SHARED_RESERVE], np.int64)
        self.allreduce_or(short)
        alone = np.array([parts == 1], np.int64)
        self.allreduce_sum(alone)
        if short[0] or alone[0] == self.size:
            return SharedArray(np.zeros(size, dtype), 0, 1)
        window = self._mpi.Win.Allocate_shared(bytes_needed if part == 0 else 0, 1, comm=self._host_comm)
        memory, _ = window.Shared_query(0)
        window.Lock_all()
        self._windows.append(window)
        shared = SharedArray(np.ndarray(size, dtype, buffer=memory), part, parts)
        if part == 0:
            shared.array.fill(0)
        self.host_barrier()
        return shared

    def share_from_root(self, shared: SharedArray) -> None:
        if shared.parts == 1 and not self._windows:
            self.bcast(shared.array)
            return
        if self._host[0] == 0:
            self._bcast(self._leaders, shared.array, 0)
        self.host_barrier()

    def host_barrier(self) -> None:
        for window in self._windows:
            window.Sync()
        self._wait(self._host_comm.Ibarrier())
        for window in self._windows:
            window.Sync()

    def barrier(self) -> None:
        self._wait(self._comm.Ibarrier())

    def abort(self, code: int) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
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


def world() -> Communicator:
    """The communicator of all ranks; one process where no MPI library is found.

    UserError where a launcher started N processes that do not see each other: each would train alone into the same
    folder.
    """
    comm: Communicator
    try:
        with warnings.catch_warnings():
            # mpi4py warns of a foreign launcher; below that is an error, told by one rank.
            warnings.simplefilter("ignore", RuntimeWarning)
            from mpi4py import MPI
    except (ImportError, RuntimeError):
        comm = Communicator()
    else:
        comm = MpiCommunicator(MPI.COMM_WORLD) if MPI.COMM_WORLD.Get_size() > 1 else Communicator()
    expected, _ = launcher_says()
    if expected > 1 and comm.size == 1:
        raise UserError(
            f"the launcher started {expected} processes, but each sees only itself: mpi4py found "
            "another MPI library than the launcher's, or none; expected one communicator of all of them "
            "(use the mpirun of the installed MPI library, or unset the launcher's variables to run one process)"
        )
    return comm


def run_command(main: Callable[[Communicator], int]) -> int:
    """Run ``main`` on every rank and return its exit code; errors are printed once, and no rank is left waiting.

    Ctrl-C, SIGTERM and SIGUSR1 end the command with EXIT_REQUEUE, where ``main`` does not catch them itself.
    """
    try:
        comm = world()
    except UserError as error:
        if launcher_says()[1] == 0:
            print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    for number in SIGNALS:  # after MPI's start, which takes SIGUSR1 for itself
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup and background jobs leave them
            signal.signal(number, signal.default_int_handler)
    try:
        code = main(comm)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # whoever reads the output has seen enough, as in ``| head``
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    except UserError as error:
        if comm.rank == 0:
            print(f"error: {error}", file=sys.stderr, flush=True)
        return error.exit_code
    except SystemExit as done:  # --help, on every rank alike
        return int(done.code or 0)
    except KeyboardInterrupt as stop:
        if comm.rank == 0:
            print(str(stop) or STOPPED, file=sys.stderr, flush=True)
        code = EXIT_REQUEUE
    except BaseException:
        rank = f"rank {comm.rank}:\n" if comm.size > 1 else ""
        print(rank + traceback.format_exc(), file=sys.stderr, flush=True)
        code = EXIT_SOFTWARE
    if comm.size > 1:
        comm.abort(code)
    return code
