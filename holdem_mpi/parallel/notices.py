"""Lines about what takes long, so that no terminal is silent for ten seconds: what is being done, after a second, and
again whenever nothing else was said for seven.
"""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from holdem_mpi.parallel.startup import launcher_says
from holdem_mpi.text import duration

# A thread that has the interpreter for itself, or a busy machine, can delay a line by seconds.
FIRST_SECONDS, SECONDS_A_LINE = 1.0, 7.0
# Lines that say less wait for so much longer, so that others come first.
_LATER_SECONDS = 1.0
# A look at the main thread costs some microseconds.
_LOOK_SECONDS = 0.25
# Files in which a thread compiles, or waits for another process that does.
_COMPILERS = (os.path.join("numba", "core", "compiler.py"), os.path.join("kernels", "one_compiler.py"))


class _Heard:
    """When this process said something last."""

    at = time.monotonic()


def heard() -> None:
    """Something was said just now, so that nothing else needs to be."""
    _Heard.at = time.monotonic()


def quiet_seconds() -> float:
    """How long nothing has been said."""
    return time.monotonic() - _Heard.at


def until_quiet(ended: threading.Event, later: float = 0.0) -> bool:
    """Wait until nothing has been said for SECONDS_A_LINE, or so much ``later``; False once ``ended`` is set before."""
    while (left := SECONDS_A_LINE + later - quiet_seconds()) > 0.0:
        if ended.wait(left):
            return False
    return not ended.is_set()


class Notice:
    """Says on rank 0 what a block of code does, where that takes longer than FIRST_SECONDS: ``what: 0:01``, and again
    where nothing was said for SECONDS_A_LINE. What takes less says nothing. With ``if_quiet`` it waits for a silence
    that is a little longer, from the first: for a block whose parts say what they do, should one of them be slow.
    """

    def __init__(self, what: str, if_quiet: bool = False) -> None:
        self._what, self._if_quiet = what, if_quiet
        self._ended = threading.Event()

    def __enter__(self) -> "Notice":
        if self._if_quiet:
            heard()  # a block is not silent yet that only begins
        if launcher_says()[1] == 0:
            threading.Thread(target=self._tell, name="notice", daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        self._ended.set()

    def _tell(self) -> None:
        begin = time.monotonic()
        if self._ended.wait(FIRST_SECONDS):
            return
        if not self._if_quiet:
            say(f"{self._what}: {duration(time.monotonic() - begin)}")
        while until_quiet(self._ended, _LATER_SECONDS if self._if_quiet else 0.0):
            say(f"{self._what}: {duration(time.monotonic() - begin)}")


def say(line: str) -> None:
    """A line on standard error, at once."""
    heard()
    print(line, file=sys.stderr, flush=True)


@contextmanager
def told_compiling() -> Iterator[None]:
    """Tell on rank 0 that kernels are being compiled, where that takes this thread longer than FIRST_SECONDS of the
    block, and again where nothing was said for SECONDS_A_LINE.
    """
    ended = threading.Event()
    if launcher_says()[1] == 0:
        threading.Thread(target=_watch, args=(threading.get_ident(), ended), name="compiling", daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def _watch(thread: int, ended: threading.Event) -> None:
    """Seconds of compiling are added up over kernels: each of them may take less than anybody would notice."""
    spent, told, looked = 0.0, False, time.monotonic()
    while not ended.wait(_LOOK_SECONDS):
        now = time.monotonic()
        if is_compiling(thread):
            spent += now - looked
            if quiet_seconds() >= SECONDS_A_LINE if told else spent >= FIRST_SECONDS:
                say(f"compiling kernels, once for this version of them: {duration(spent)}")
                told = True
        looked = now


def is_compiling(thread: int) -> bool:
    """Whether a thread is inside Numba's compiler, or waits for a kernel that another process compiles."""
    frame = sys._current_frames().get(thread)
    while frame is not None:
        if frame.f_code.co_filename.endswith(_COMPILERS):
            return True
        frame = frame.f_back
    return False
