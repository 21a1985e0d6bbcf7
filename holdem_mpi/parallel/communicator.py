"""One communicator for every command: MPI where it is found, one process where it is not.

Only buffers travel (upper-case calls), and what is not an array travels as JSON text.
"""

import json
import os
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.errors import UserError
from holdem_mpi.parallel.waiting import Sending, sleep_until


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
        """Run ``call`` on rank 0 and give its JSON-like result to every rank; its UserError is raised on every rank.

        Rank 0 raises the error itself, the others a UserError with its text and exit code.
        """
        answer: dict[str, Any] = {}
        caught: UserError | None = None
        if self.rank == 0:
            try:
                answer = {"value": call()}
            except UserError as error:
                caught = error
                answer = {"error": str(error), "exit_code": error.exit_code}
        answer = self.bcast_json(answer)
        if "error" in answer:
            raised = caught or UserError(answer["error"])
            raised.exit_code = answer["exit_code"]
            raise raised
        return answer["value"]
