"""Questions to other ranks that are answered in time or not at all.

A collective can neither time out nor be cancelled, so nothing here is one: rank 0 sends a numbered question to each
member, goes on with its own work, and takes what has arrived when its time is up. An answer carries the number of its
question; late ones are dropped. A member that is stopped costs its share of the work and never a wait: no call of rank
0 here blocks. Members that wait sleep.
"""

import time
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.parallel.communicator import Communicator, MpiCommunicator

_TAG_QUESTION, _TAG_ANSWER = 31, 32
# A message begins with the number of its question; this one asks members to leave.
_LEAVE = -1
_PAUSE = 5e-4


class Message(NamedTuple):
    """number: of the question; rank: who sent it; body: uint8[...]."""

    number: int
    rank: int
    body: np.ndarray


def _packed(number: int, body: np.ndarray) -> np.ndarray:
    """uint8[8 + bytes], ready to be sent."""
    flat = np.ascontiguousarray(body).reshape(-1).view(np.uint8)
    return np.concatenate([np.array([number], np.int64).view(np.uint8), flat])


def _unpacked(letters: np.ndarray, rank: int) -> Message:
    return Message(int(letters[:8].view(np.int64)[0]), rank, letters[8:])


class Team:
    """Rank 0's side: asks the members, ranks 1 to ``members`` of ``comm``, and takes their answers."""

    def __init__(self, comm: Communicator, members: int) -> None:
        self._links = [_Link(comm, rank) for rank in range(1, members + 1)]
        self.late = 0

    @property
    def members(self) -> int:
        """Ranks that can be asked."""
        return len(self._links)

    def ask(self, number: int, body: np.ndarray) -> int:
        """Send question ``number`` (>= 0, rising) to every member that has taken its last one; how many."""
        message = _packed(number, body)
        return sum(link.send(message) for link in self._links)

    def answers(self, number: int) -> list[Message]:
        """The answers to question ``number`` that have arrived since the last call; older ones count as ``late``."""
        found = []
        for link in self._links:
            for message in link.arrived():
                if message.number == number:
                    found.append(message)
                else:
                    self.late += 1
        return found

    def dismiss(self, patience: float) -> list[int]:
        """Ask every member to leave and wait for ``patience`` seconds; the ranks that have not said goodbye then."""
        goodbye = _packed(_LEAVE, np.empty(0, np.uint8))
        waiting = {link.rank: link for link in self._links}
        unsent = dict(waiting)
        end = time.perf_counter() + patience
        while waiting and time.perf_counter() < end:
            unsent = {rank: link for rank, link in unsent.items() if not link.send(goodbye)}
            for rank, link in list(waiting.items()):
                if any(message.number == _LEAVE for message in link.arrived()):
                    del waiting[rank]
            time.sleep(_PAUSE)
        return sorted(waiting)


class _Link:
    """One member, seen from rank 0: at most one question under way, any number of answers."""

    def __init__(self, comm: Communicator, rank: int) -> None:
        assert isinstance(comm, MpiCommunicator)
        self.rank = rank
        self._comm = comm
        self._sending: Any = None
        self._receiving: list[tuple[Any, np.ndarray]] = []

    def send(self, message: np.ndarray) -> bool:
        if self._sending is not None and not self._sending.Test():
            return False
        self._sending = self._comm.start_bytes(message, self.rank, _TAG_QUESTION)
        return True

    def arrived(self) -> list[Message]:
        while (begun := self._comm.begin_bytes(self.rank, _TAG_ANSWER)) is not None:
            self._receiving.append(begun)
        done = []
        while self._receiving and self._receiving[0][0].Test():
            done.append(_unpacked(self._receiving.pop(0)[1], self.rank))
        return done


class Member:
    """The other side: waits for questions, and sees whether a newer one has come."""

    def __init__(self, comm: Communicator) -> None:
        assert isinstance(comm, MpiCommunicator)
        self._comm = comm
        self._newest: Message | None = None
        self._sending: list[Any] = []

    def _look(self) -> None:
        while (begun := self._comm.begin_bytes(0, _TAG_QUESTION)) is not None:
            request, letters = begun
            while not request.Test():
                time.sleep(_PAUSE)
            self._newest = _unpacked(letters, 0)
        self._sending = [request for request in self._sending if not request.Test()]

    def next_question(self) -> Message | None:
        """Wait, asleep, for the newest question; None when rank 0 asks to leave (and is told goodbye)."""
        while self._newest is None:
            self._look()
            time.sleep(0 if self._newest else _PAUSE)
        question, self._newest = self._newest, None
        if question.number == _LEAVE:
            self.answer(_LEAVE, np.empty(0, np.uint8))
            while self._sending:
                self._look()
                time.sleep(_PAUSE)
            return None
        return question

    def is_stale(self) -> bool:
        """Whether a newer question has come."""
        self._look()
        return self._newest is not None

    def answer(self, number: int, body: np.ndarray) -> None:
        """Send an answer to question ``number`` without waiting for it to be taken."""
        self._sending.append(self._comm.start_bytes(_packed(number, body), 0, _TAG_ANSWER))
