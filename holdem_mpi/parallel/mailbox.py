"""Messages between ranks that may be late, stale or never come: nothing here waits for another rank.

A collective can neither time out nor be cancelled, so what has a deadline travels point to point. Every message bears
the number of the decision that it belongs to, by which late ones are recognised. A rank that does not take its mail
gets no more once the MPI library holds a message back; what it missed does not matter when it comes back.
"""

import os
import time
from typing import NamedTuple

import numpy as np

from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.waiting import Sending

_TAG = 31
_HEAD = 2  # int64: number, kind
# Seconds that a wait spins before it sleeps; where ranks outnumber the cores: little, and it gives its core away to
# whoever wants it. The longest sleep.
_SPIN, _POLITE_SPIN, _LONGEST = 3e-3, 2e-4, 2e-3
# What has happened since the last call is noticed in one look, and told by another.
_LOOKS = 3


class Message(NamedTuple):
    """A message of another rank.

    rank: that sent it.
    number: of the decision that it belongs to.
    kind: what it is.
    body: its content, uint8[bytes].
    """

    rank: int
    number: int
    kind: int
    body: np.ndarray


class Mailbox:
    """One rank's mail over ``comm``, whose other traffic it does not touch."""

    def __init__(self, comm: Communicator) -> None:
        self._comm = comm
        self._polite = comm.oversubscribed
        self._out: dict[int, list[Sending]] = {}
        self._coming: list[tuple[int, np.ndarray, Sending]] = []

    def post(self, rank: int, number: int, kind: int, body: np.ndarray) -> bool:
        """Send ``body`` (any array) at once; False, and nothing went, where ``rank`` left earlier mail lying."""
        for _ in range(_LOOKS):
            self._out[rank] = [sending for sending in self._out.get(rank, []) if not sending.is_done()]
        if self._out[rank]:
            return False
        head = np.array([number, kind], np.int64).view(np.uint8)
        letter = np.concatenate([head, np.ascontiguousarray(body).reshape(-1).view(np.uint8)])
        self._out[rank].append(self._comm.start_send([(letter, _TAG)], rank))
        return True

    def flush(self, until: float) -> None:
        """Push what was posted, until all of it has gone or ``until`` (of time.perf_counter).

        The library moves a longer message only while both sides call it: one that is posted before a computation would
        lie there until the computation ends.
        """
        while any(self._out.values()) and time.perf_counter() < until:
            self._out = {
                rank: [sending for sending in sendings if not sending.is_done()] for rank, sendings in self._out.items()
            }
            os.sched_yield()

    def collect(self) -> list[Message]:
        """All messages that are here, oldest first; at once."""
        while (waiting := self._comm.waiting_message(_TAG)) is not None:
            rank, length = waiting
            letter = np.empty(length, np.uint8)
            self._coming.append((rank, letter, self._comm.start_receive(letter, rank, _TAG)))
        here = [each[2].is_done() for each in self._coming]
        arrived = [each for each, done in zip(self._coming, here) if done]
        self._coming = [each for each, done in zip(self._coming, here) if not done]
        return [_opened(rank, letter) for rank, letter, _ in arrived]

    def wait(self, until: float) -> list[Message]:
        """``collect``, as soon as there is something, or at ``until`` (of time.perf_counter)."""
        begin, pause = time.perf_counter(), 5e-5
        while not (messages := self.collect()) and (now := time.perf_counter()) < until:
            if now - begin < (_POLITE_SPIN if self._polite else _SPIN):
                if self._polite:
                    os.sched_yield()
            else:
                time.sleep(min(pause, max(until - now, 0.0)))
                pause = min(1.5 * pause, _LONGEST)
        return messages


def _opened(rank: int, letter: np.ndarray) -> Message:
    number, kind = letter[: 8 * _HEAD].view(np.int64).tolist()
    return Message(rank, number, kind, letter[8 * _HEAD :])
