"""Where the ranks of a host meet in shared memory.

A barrier of MPI takes rounds of messages, and in each of them every rank must get a core to go on: with 16 ranks on 2
cores that is most of the time of a small batch. Here each rank writes down that it has come, with what it has to say;
the last one wakes all others, who sleep in the kernel (a futex, where the system has it) and take no core meanwhile.
"""

import ctypes
import errno
import platform
import sys
import time
from collections.abc import Callable

import numpy as np

from holdem_mpi.parallel.waiting import Waiter

# Numbers that a rank can say at a meeting.
WORDS = 16
# int64 of a line of the cache, which no two ranks write to.
_LINE = 8
# Where MPI may have to be asked meanwhile: how many times longer than a wait for it would a rank sleeps before it looks
# by itself; and the longest such sleep, which is that of all others.
_LONGER, _LONGEST = 4, 10e-3
_SYSTEM_CALL = {"x86_64": 202, "aarch64": 98, "riscv64": 98, "ppc64le": 221}
_WAIT, _WAKE = 0, 1
_HARMLESS = (0, errno.EAGAIN, errno.EINTR, errno.ETIMEDOUT)


class _Time(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class Alarm:
    """A number in memory that processes share, on whose change they can sleep; where the system has no futex, or
    forbids it, they look again and again.
    """

    def __init__(self, word: np.ndarray) -> None:
        """word: int32[1], shared."""
        self._word = word
        self._call = None
        number = _SYSTEM_CALL.get(platform.machine())
        if sys.platform == "linux" and sys.maxsize > 2**32 and number is not None:
            self._call, self._number = ctypes.CDLL(None, use_errno=True).syscall, ctypes.c_long(number)
            self._address = ctypes.c_void_p(word.ctypes.data)

    def sleep(self, seen: int, seconds: float) -> None:
        """Sleep until the number is another than ``seen``, at most ``seconds``."""
        if self._call is None:
            time.sleep(min(seconds, 1e-3))
            return
        until = _Time(int(seconds), int(1e9 * (seconds % 1.0)))
        self._call(self._number, self._address, _WAIT, ctypes.c_int(seen), ctypes.byref(until), None, 0)
        if ctypes.get_errno() not in _HARMLESS:
            self._call = None
        ctypes.set_errno(0)

    def ring(self, number: int) -> None:
        """Set the number, and wake all that sleep."""
        self._word[0] = number
        if self._call is not None:
            self._call(self._number, self._address, _WAKE, ctypes.c_int(2**31 - 1), None, None, 0)
            ctypes.set_errno(0)


class Meeting:
    """Meetings of ``size`` ranks, one after another; ``rank`` is this one's place among them."""

    def __init__(
        self,
        memory: np.ndarray,
        place: tuple[int, int],
        fence: Callable[[], None],
        progress: Callable[[], object],
        waiter: Waiter,
        alone: bool,
    ) -> None:
        """memory: int64[``words_of(size)``] of zeros, shared. place: (this rank's, how many there are).

        fence: makes seen what was written here and by others. progress: lets MPI go on with what others still wait for,
        such as the rest of a collective that this rank has left. waiter: how they wait. alone: whether no other host is
        waited for, so that a rank can sleep until it is woken: each look of one takes the core of a rank that works.
        """
        rank, size = place
        self._arrived = memory[: size * _LINE : _LINE]
        # Two rooms in turn: nobody comes to the next meeting but one before all have come to the next.
        self._said = memory[size * _LINE : size * _LINE + 2 * size * WORDS].reshape(2, size, WORDS)
        self._word = memory[-_LINE:].view(np.int32)[:1]
        self._alarm, self._rank, self._waiter = Alarm(self._word), rank, waiter
        self._fence, self._progress = fence, progress
        self._number, self._seen, self._alone = 0, 0, alone

    @staticmethod
    def words_of(size: int) -> int:
        """int64 that a meeting of ``size`` ranks takes."""
        return size * _LINE + 2 * size * WORDS + _LINE

    def meet(self, words: np.ndarray, what: str) -> np.ndarray:
        """int64[rank, word] of what all ranks say here, this one ``words`` (int64, at most ``WORDS``); good until the
        next meeting but one. ``what`` is told where somebody does not come.
        """
        self._number += 1
        room = self._said[self._number % 2]
        room[self._rank, : words.size] = words
        self._fence()
        self._arrived[self._rank] = self._number
        self._fence()
        if self._all_are_here():
            self._alarm.ring(self._number & 0x7FFFFFFF)
        else:
            self._waiter.until(self._all_are_here, what, self._sleep)
        self._fence()
        return room[:, : words.size]

    def _all_are_here(self) -> bool:
        self._progress()
        self._seen = int(self._word[0])
        return bool(self._arrived.min() >= self._number)

    def _sleep(self, due: float) -> None:
        self._alarm.sleep(self._seen, _LONGEST if self._alone else min(_LONGER * due, _LONGEST))
