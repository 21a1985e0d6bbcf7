"""Lines about what takes long, so that no terminal is silent: what is being done, after a second and every nine."""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from holdem_mpi.parallel.startup import launcher_says
from holdem_mpi.text import duration

FIRST_SECONDS, SECONDS_A_LINE = 1.0, 9.0
# A look at the main thread costs some microseconds.
_LOOK_SECONDS = 0.25
# Files in which a thread compiles, or waits for another process that does.
_COMPILERS = (os.path.join("numba", "core", "compiler.py"), os.path.join("kernels", "one_compiler.py"))


class Notice:
    """Says on rank 0 what a block of code does, where that takes longer than FIRST_SECONDS: ``what: 0:01``, and again
    every SECONDS_A_LINE. What takes less says nothing.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._ended = threading.Event()

    def __enter__(self) -> "Notice":
        if launcher_says()[1] == 0:
            threading.Thread(target=self._tell, name="notice", daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        self._ended.set()

    def _tell(self) -> None:
        begin, wait = time.monotonic(), FIRST_SECONDS
        while not self._ended.wait(wait):
            say(f"{self._what}: {duration(time.monotonic() - begin)}")
            wait = SECONDS_A_LINE


def say(line: str) -> None:
    """A line on standard error, at once."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def told_compiling() -> Iterator[None]:
    """Tell on rank 0 that kernels are being compiled, where that takes this thread longer than FIRST_SECONDS of the
    block, and every SECONDS_A_LINE.
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
    spent, next_line, looked = 0.0, FIRST_SECONDS, time.monotonic()
    while not ended.wait(_LOOK_SECONDS):
        now = time.monotonic()
        if is_compiling(thread):
            spent += now - looked
            if spent >= next_line:
                say(f"compiling kernels, once for this version of them: {duration(spent)}")
                next_line = spent + SECONDS_A_LINE
        looked = now


def is_compiling(thread: int) -> bool:
    """Whether a thread is inside Numba's compiler, or waits for a kernel that another process compiles."""
    frame = sys._current_frames().get(thread)
    while frame is not None:
        if frame.f_code.co_filename.endswith(_COMPILERS):
            return True
        frame = frame.f_back
    return False
