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
from typing import Any

import numpy as np

from holdem_mpi.errors import EXIT_REQUEUE, EXIT_SOFTWARE, UserError

# Elements in one MPI call: counts are C ints in MPI 3, so anything longer goes in pieces.
CHUNK = 1 << 26
_LAUNCHER_SIZES = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "SLURM_NTASKS")
_LAUNCHER_RANKS = ("PMI_RANK", "OMPI_COMM_WORLD_RANK", "SLURM_PROCID")


class Communicator:
    """A single process: rank 0 of 1. ``MpiCommunicator`` has the same calls over many ranks."""

    rank = 0
    size = 1
    mpi_version = "none"

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

    def split_host(self) -> tuple[int, int]:
        """(rank on this host, ranks on this host)."""
        return 0, 1

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
        host = comm.Split_type(MPI.COMM_TYPE_SHARED)
        self._host = (host.Get_rank(), host.Get_size())
        host.Free()
        # Ranks that block spin; where they outnumber the cores, a waiting rank takes the core of a working one.
        self._oversubscribed = self._host[1] > len(os.sched_getaffinity(0))

    def _wait(self, request: Any) -> None:
        if not self._oversubscribed:
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
        for piece in self._pieces(buffer):
            self._wait(self._comm.Ibcast(piece, root))

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

    def split_host(self) -> tuple[int, int]:
        return self._host

    def barrier(self) -> None:
        self._wait(self._comm.Ibarrier())

    def abort(self, code: int) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        self._comm.Abort(code)


def launcher_says() -> tuple[int, int]:
    """(size, rank) that the launcher put into the environment; (1, 0) where there is no launcher."""
    size = next((int(os.environ[name]) for name in _LAUNCHER_SIZES if os.environ.get(name, "").isdigit()), 1)
    rank = next((int(os.environ[name]) for name in _LAUNCHER_RANKS if os.environ.get(name, "").isdigit()), 0)
    return size, rank


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

    SIGTERM and SIGUSR1 end the command as Ctrl-C does, with EXIT_REQUEUE, where ``main`` does not catch them itself.
    """
    for number in (signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, signal.default_int_handler)
    try:
        comm = world()
    except UserError as error:
        if launcher_says()[1] == 0:
            print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    try:
        return main(comm)
    except UserError as error:
        if comm.rank == 0:
            print(f"error: {error}", file=sys.stderr, flush=True)
        return error.exit_code
    except SystemExit as done:  # --help, on every rank alike
        return int(done.code or 0)
    except KeyboardInterrupt:
        if comm.rank == 0:
            print("stopped by a signal; nothing was left to save", file=sys.stderr, flush=True)
        code = EXIT_REQUEUE
    except BaseException:
        rank = f"rank {comm.rank}:\n" if comm.size > 1 else ""
        print(rank + traceback.format_exc(), file=sys.stderr, flush=True)
        code = EXIT_SOFTWARE
    if comm.size > 1:
        comm.abort(code)
    return code
