"""How a rank waits: awake for a moment, then asleep, so that it takes no core from those that work; and not for ever
where a watchdog is set.

Every wait is a loop of Test calls: a wait inside the MPI library could neither sleep, nor be timed, nor see a signal.
"""

import socket
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

# Seconds that a collective's wait spins before it sleeps, unless ranks outnumber the cores: longer than the ranks of a
# batch are apart, so that a merge loses nothing by sleep.
_SPIN = 10e-3
# What each sleep of a collective's wait is longer than the one before, and the longest; then, from so many seconds of
# waiting on, the longest: 15 ranks that ask every millisecond take 0.3 of a core. That makes no wait more than 1 %
# longer, and no sum of 80 MB slower.
_LONGER, _LONGEST = 20e-6, 1e-3
_LONG_WAIT, _LONGEST_OF_ALL = 0.5, 5e-3
# What each sleep until a message is longer than the one before.
_MESSAGE_LONGER = 50e-6
# A rank that worked for so long itself lets the others work so many times longer.
_PATIENCE = 10
# Seconds since a waiting rank has last shown itself after which it counts as missing, and that a rank which can name
# nobody gives the others to name somebody.
_FRESH, _GRACE = 5.0, 5.0
# Seconds that count at most between two looks of a rank that waits.
_LONGEST_STEP = 1.0


class Sending:
    """Messages or sums on their way. Long waits sleep, so that a rank that waits takes no core."""

    def __init__(self, requests: list[Any], buffers: list[np.ndarray], waiter: "Waiter | None" = None) -> None:
        """waiter: waits under its watchdog, for what all ranks take part in; default: nothing watches."""
        self._requests, self._buffers = requests, buffers  # a buffer must outlive its request
        self._waiter = waiter

    def wait(self, what: str = "another rank") -> None:
        """Sleep until the buffers may be used again; ``what`` is told by the watchdog."""
        for request in self._requests:
            if self._waiter is None:
                sleep_until(request.Test)
            else:
                self._waiter.wait(request, what)

    def is_done(self) -> bool:
        """Whether the buffers may be used again; asks without waiting."""
        return all(request.Test() for request in self._requests)


def sleep_until(done: Callable[[], bool]) -> None:
    """Sleep until ``done()``, which is asked again and again, for a message that may be long in coming."""
    pause = 0.0
    while not done():
        time.sleep(pause)
        pause = min(pause + _MESSAGE_LONGER, _LONGEST_OF_ALL)


class HostBeats(NamedTuple):
    """When each rank of a host was last seen waiting.

    beats: by rank of the host, seconds of time.monotonic(), which is one clock a host; 0 for never. None where nothing
        is shared.
    part: this rank's place among them.
    ranks: numbers of the ranks of the host.
    speaker: says which of them speaks for the host, once one does.
    """

    beats: np.ndarray | None  # [part] float64, common to the host's ranks; None where shared memory is short
    part: int
    ranks: list[int]  # rank of each part
    speaker: np.ndarray | None = None  # [1] float64, common too: 1 + the part that tells what was waited for, 0: nobody

    def may_speak(self) -> bool:
        """Whether this rank is the one of its host that speaks; the first that asks is."""
        if self.speaker is None:
            return True
        if self.speaker[0] == 0:
            self.speaker[0] = 1 + self.part
        return self.speaker[0] == 1 + self.part


class Watchdog:
    """Tells a wait that lasts too long, and who is missing.

    A rank that lives and waits shows it in ``HostBeats``; one that was stopped, hangs or works for ever does not.
    """

    def __init__(self, seconds: float, host: HostBeats, end: Callable[[], None]) -> None:
        """seconds: of a wait, after which a line is printed and ``end`` called; ``end`` has to end the job."""
        self._seconds, self._host, self._end = seconds, host, end
        self._looked = time.monotonic()
        self._limit = self._waited = 0.0

    def enter(self) -> None:
        """Note that a wait begins."""
        now = time.monotonic()
        self._limit = max(self._seconds, _PATIENCE * (now - self._looked))
        self._looked, self._waited = now, 0.0

    def leave(self) -> None:
        """Note that the wait has ended."""
        self._looked = time.monotonic()

    def look(self, what: str) -> None:
        """Show that this rank waits for ``what``, and end the job where that lasts too long."""
        now = time.monotonic()
        # Time in which this rank was stopped itself, as all are where a scheduler suspends the job, does not count.
        self._waited += min(now - self._looked, _LONGEST_STEP)
        self._looked = now
        if self._host.beats is not None:
            self._host.beats[self._host.part] = now
        late = self._waited - self._limit
        if late < 0:
            return
        rank, missing = self._host.ranks[self._host.part], self._missing(now, min(_FRESH, self._limit / 2))
        # One rank speaks: the first one here that waits where somebody here is missing, else whoever comes after.
        here = [other for other in self._host.ranks if other not in missing]
        # On a busy machine one that lives may seem missing, and two come to this: the second leaves it to the first.
        if (missing and here[0] == rank) or late > _GRACE:
            if not self._host.may_speak() and late < 2 * _GRACE:
                return
            print(
                f"error: rank {rank} on {socket.gethostname()} waited {self._waited:.0f} s for {what}; "
                f"{self._named(missing)}; the watchdog ends the job "
                "(the last checkpoint stands: run it again with --resume)",
                file=sys.stderr,
                flush=True,
            )
            self._end()

    def _missing(self, now: float, fresh: float) -> list[int]:
        if self._host.beats is None:
            return []
        return [rank for rank, beat in zip(self._host.ranks, self._host.beats.tolist()) if now - beat > fresh]

    def _named(self, missing: list[int]) -> str:
        if missing:
            return f"missing: rank{'s' if len(missing) > 1 else ''} {', '.join(map(str, missing))}"
        if self._host.beats is None:
            return "which one is missing is not known, for want of shared memory"
        return "no rank of this host is missing, so one of another host is"


class Waiter:
    """Waits for the collectives of one communicator, awake at first and then asleep."""

    def __init__(self, polite: bool) -> None:
        """polite: whether ranks outnumber the cores, so that one that spins takes the core of one that works."""
        self._spin = 0.0 if polite else _SPIN
        self.watchdog: Watchdog | None = None

    def wait(self, request: Any, what: str) -> None:
        """Return when ``request`` is done; ``what`` is told where that takes too long."""
        self.until(request.Test, what)

    def until(self, done: Callable[[], bool], what: str, sleep: Callable[[float], None] | None = None) -> None:
        """Return when ``done()``; ``what`` as for ``wait``. sleep: how, given the seconds that are due by then."""
        watchdog, begin = self.watchdog, time.monotonic()
        if watchdog:
            watchdog.enter()
        pause = 0.0
        while not done():
            waited = time.monotonic() - begin
            if waited < self._spin:
                continue
            (sleep or time.sleep)(pause)
            pause = min(pause + _LONGER, _LONGEST if waited < _LONG_WAIT else _LONGEST_OF_ALL)
            if watchdog:
                watchdog.look(what)
        if watchdog:
            watchdog.leave()
