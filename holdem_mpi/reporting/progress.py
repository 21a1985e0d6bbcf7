"""Progress of long work, on rank 0's standard error: a bar on a terminal, plain lines elsewhere."""

import threading
import time
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.notices import FIRST_SECONDS, SECONDS_A_LINE, heard, until_quiet
from holdem_mpi.text import count, duration

# Of the time left nothing is said before so many seconds in which some pieces were finished, or more in which any was.
_SECONDS_OF_SOME, _SOME_PIECES, _SECONDS_OF_ANY = 3.0, 3, 10.0
# Where no terminal shows a bar: after the first so many seconds lines come at least so far apart.
_EARLY_SECONDS, _SECONDS_A_LATER_LINE = 60.0, 10.0


class Display:
    """One piece of work: how much of ``total`` is done, and a text. The base of what is shown, by whatever is counted.

    comm: shown on its rank 0; console: where to (default: standard error); seconds_a_line: least time between two lines
    of the first minute where there is no terminal; later ten seconds. A context manager; leaving it, or ``close``,
    leaves the terminal as it was.
    """

    def __init__(
        self,
        comm: Communicator,
        total: float,
        text: str,
        *,
        done: float = 0,
        console: Console | None = None,
        seconds_a_line: float = SECONDS_A_LINE,
    ) -> None:
        self._console = (console or Console(stderr=True)) if comm.rank == 0 else None
        self._bar: Progress | None = None
        self._seconds_a_line = seconds_a_line
        self._began = self._shown = time.monotonic()
        if self._console is not None and self._console.is_terminal:
            columns = (
                BarColumn(bar_width=None),
                TextColumn("{task.percentage:.0f}%"),
                TextColumn("{task.description}", markup=False),
            )
            self._bar = Progress(*columns, console=self._console, expand=True)
            self._task = self._bar.add_task(text, total=total, completed=done)
            self._bar.start()

    def __enter__(self) -> "Display":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def seconds_a_line(self) -> float:
        """Least time between two lines by now, in seconds."""
        early = time.monotonic() - self._began <= _EARLY_SECONDS
        return self._seconds_a_line if early else _SECONDS_A_LATER_LINE

    def update(self, done: float, text: str, line: str | None = None, always: bool = False) -> None:
        """So much is ``done``: ``text`` beside the bar; without a terminal ``line`` (default: text), where due or
        ``always``.
        """
        if self._bar:
            heard()
            self._bar.update(self._task, completed=done, description=text)
        elif always or time.monotonic() - self._shown >= self.seconds_a_line():
            self._shown = time.monotonic()
            self.say(line or text)

    def say(self, line: str) -> None:
        """A line of its own, above the bar."""
        if self._console is not None:
            heard()
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._bar:
            self._bar.stop()


class ItemDisplay(Display):
    """Items done of ``total``, with the time they took and the time left, which are told again, in the block that it is
    opened for, where no item is done and nothing else said for as long as lines are apart.
    """

    def __init__(
        self,
        comm: Communicator,
        name: str,
        total: int,
        unit: str = "",
        *,
        done: int = 0,
        compiles_first: bool = False,
        console: Console | None = None,
    ) -> None:
        """unit: what is counted, in the plural; done: items from before this start, which say nothing of the speed, nor
        does the time until the first call of ``advance`` where ``compiles_first``.
        """
        self._name, self._total, self._unit, self._done = name, total, unit and f" {unit}", done
        self._begin = time.monotonic()
        # Where the speed is counted from; None until the first items that follow a compilation.
        self._from: tuple[int, float] | None = None if compiles_first else (done, self._begin)
        self._pieces = 0
        self._ended = threading.Event()
        super().__init__(comm, total, self.line(), done=done, console=console)

    def __enter__(self) -> "ItemDisplay":
        if self._console is not None:
            threading.Thread(target=self._tell_on, name="display", daemon=True).start()
        return self

    def _tell_on(self) -> None:
        if not self._ended.wait(FIRST_SECONDS):
            while until_quiet(self._ended, self.seconds_a_line() - self._seconds_a_line):
                if self._bar:
                    self.update(self._done, self.line())
                else:
                    self.say(self.line())

    def close(self) -> None:
        """Leave the terminal as it was, and end the thread that tells of long items."""
        self._ended.set()
        super().close()

    def line(self) -> str:
        """``flops: 12 of 1,755, 0:35, ETA 1:02:03``."""
        now, eta = time.monotonic(), None
        seconds = now - self._from[1] if self._from else 0.0
        known = seconds >= (_SECONDS_OF_SOME if self._pieces >= _SOME_PIECES else _SECONDS_OF_ANY)
        if self._from and known and self._pieces:
            eta = (self._total - self._done) * (now - self._from[1]) / (self._done - self._from[0])
        spent, left = duration(now - self._begin), duration(eta)
        return f"{self._name}: {self._done:,} of {self._total:,}{self._unit}, {spent}, ETA {left}"

    def advance(self, items: int) -> None:
        """Count ``items`` more."""
        self._done += items
        if self._from is None:
            self._from = (self._done, time.monotonic())
        else:
            self._pieces += items > 0
        self.update(self._done, self.line())


class MetricsDisplay(Display):
    """A training run's metrics, beside a bar of what is done against whichever stop comes first. Without a terminal a
    line for each call of ``show`` in the first minute, which shows that all is well, then as seldom as other lines.
    """

    def __init__(self, comm: Communicator, iterations: int) -> None:
        super().__init__(comm, 1.0, "starting", seconds_a_line=0.0)
        self._begin, self._iterations = time.monotonic(), iterations

    def show(self, metrics: dict[str, Any], last: bool = False) -> None:
        """Show ``metrics`` (a line of metrics.jsonl), the ``last`` ones of a run in any case."""
        spent, left = time.monotonic() - self._begin, metrics["eta"]
        done = metrics["iterations"] / self._iterations if left is None else spent / max(spent + left, 1e-9)
        self.update(done, describe_briefly(metrics), describe(metrics), always=last)


def describe(metrics: dict[str, Any]) -> str:
    """One line of a run's metrics."""
    return (
        f"{count(metrics['iterations'])} iterations, {count(metrics['iterations_per_second'])} it/s, "
        f"{count(metrics['visits_per_second'])} visits/s, merge {100 * metrics['merge_share']:.0f} %, "
        f"{count(metrics['infosets_visited'])}/{count(metrics['infosets'])} infosets, ETA {duration(metrics['eta'])}"
    )


def describe_briefly(metrics: dict[str, Any]) -> str:
    """What matters most of it: with a percentage and a bit of a bar it fits into 80 columns."""
    return (
        f"{count(metrics['iterations'])} iterations, {count(metrics['iterations_per_second'])} it/s, "
        f"merge {100 * metrics['merge_share']:.0f} %, ETA {duration(metrics['eta'])}"
    )


class Reporter:
    """Lines and progress of work in several steps, all on one console."""

    def __init__(self, comm: Communicator, console: Console | None) -> None:
        """console: where to; None for standard error."""
        self._comm = comm
        self._console = (console or Console(stderr=True)) if comm.rank == 0 else None

    def line(self, text: str) -> None:
        """Print a line on rank 0."""
        if self._console is not None:
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def over(self, name: str, pieces: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """The given pieces (start, end), with progress shown as they are taken."""
        with ItemDisplay(self._comm, name, sum(end - start for start, end in pieces), console=self._console) as display:
            for start, end in pieces:
                yield start, end
                display.advance(end - start)
