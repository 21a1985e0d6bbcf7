"""Signals become a flag: training ranks agree on it at the end of a batch, other loops look at it themselves."""

import signal
import threading
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)


class StopFlag:
    """While entered, SIGINT, SIGTERM and SIGUSR1 only set ``signal_number``; a fourth SIGINT ends the process.

    (A Ctrl-C reaches a rank twice: from the terminal and through mpirun.) Entered within another one, it starts with
    what that one has seen. In a thread that is not the main one it sees no signals: Python gives them to that alone.
    """

    def __init__(self) -> None:
        self.signal_number = 0
        self._interrupts = 0
        self._before: dict[int, object] = {}

    def __enter__(self) -> "StopFlag":
        for number in _SIGNALS if threading.current_thread() is threading.main_thread() else ():
            before = signal.signal(number, self._handle)
            self._before[number] = before
            outer = getattr(before, "__self__", None)
            if isinstance(outer, StopFlag):
                self.signal_number = self.signal_number or outer.signal_number
        return self

    def __exit__(self, *exc: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.signal_number = number
        if number == signal.SIGINT:
            self._interrupts += 1
            if self._interrupts > 3:
                raise KeyboardInterrupt
