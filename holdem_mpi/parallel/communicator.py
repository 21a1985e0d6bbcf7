"""One communicator for every command: MPI where it is found, one process where it is not.

Only buffers travel (upper-case calls), and what is not an array travels as JSON text.
"""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from holdem_mpi.errors import UserError
from holdem_mpi.parallel.beginning import Beginning
from holdem_mpi.parallel.host_ranks import HostRanks
from holdem_mpi.parallel.waiting import Sending, sleep_until


class Communicator:
    """A single process: rank 0 of 1. ``MpiCommunicator`` has the same calls over many ranks.

    What the ranks of a host have in common, such as shared memory, is ``host``'s; sums that are not waited for are
    ``begin``'s.
    """

    rank = 0
    size = 1
    mpi_version = "none"
    oversubscribed = False  # whether the ranks of this host outnumber its cores
    hosts = 1  # how many hosts the ranks are on

    def __init__(self) -> None:
        self.host = HostRanks(self)
        self.begin = Beginning()

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

    def start_send(self, messages: list[tuple[np.ndarray, int]], rank: int) -> Sending:
        """Begin to send each (buffer, tag) to another rank; buffers must stay as they are until ``wait`` returns."""
        raise ValueError(f"one process cannot send to rank {rank}")

    def send(self, buffer: np.ndarray, rank: int, tag: int) -> None:
        """Send ``buffer`` (C-contiguous) to another rank, asleep until it has gone."""
        self.start_send([(buffer, tag)], rank).wait()

    def receive(self, buffer: np.ndarray, rank: int, tag: int) -> None:
        """Fill ``buffer`` with what ``rank`` sends under ``tag`` (same length and dtype), asleep until it is here."""
        raise ValueError(f"one process cannot receive from rank {rank}")

    def start_receive(self, buffer: np.ndarray, rank: int, tag: int) -> Sending:
        """Begin to fill ``buffer`` (at most CHUNK elements) with what ``rank`` sends under ``tag``."""
        raise ValueError(f"one process cannot receive from rank {rank}")

    def first_ranks(self, count: int) -> "Communicator | None":
        """A communicator of the first ``count`` ranks of this one; None on all others. Collective."""
        return self

    def waiting_message(self, tag: int) -> tuple[int, int] | None:
        """(rank, bytes) of a message under ``tag`` that has arrived and was not received yet; None: there is none."""
        return None

    def wait_for_message(self, tag: int) -> int:
        """The rank that sent such a message, asleep until there is one."""
        found: list[tuple[int, int]] = []

        def has_arrived() -> bool:
            message = self.waiting_message(tag)
            found.extend([message] if message else [])
            return bool(found)

        sleep_until(has_arrived)
        return found[0][0]

    def ping_pong(self, size: int, first: int, second: int, times: int) -> float:
        """Seconds in which ``size`` bytes go from one rank to another, half of a round trip's, mean of ``times``.

        Both block (and spin), as nothing else measures a latency. 0.0 on every rank but ``first``.
        """
        raise ValueError(f"one process has no ranks {first} and {second}")

    def free(self) -> None:
        """Give back the shared arrays and what MPI holds for this communicator, after which neither may be used.

        For communicators of ``first_ranks`` that come and go. Collective.
        """

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
