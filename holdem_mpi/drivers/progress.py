"""What rank 0 shows of a run: a progress bar on a terminal, plain lines in a log, and the metrics file."""

import sys
import time
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn


def duration(seconds: float | None) -> str:
    """``1:02:03`` or ``2:03``; ``--:--`` where it is unknown."""
    if seconds is None:
        return "--:--"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def count(number: float) -> str:
    """``1.23M``, ``45.6k``, ``789``."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.3g}{letter}"
    return f"{number:.3g}"


def describe(metrics: dict[str, Any]) -> str:
    """One line of a run's metrics."""
    return f"{count(metrics['iterations'])} iterations, {describe_briefly(metrics)}"


def describe_briefly(metrics: dict[str, Any]) -> str:
    """The same without the iterations: with a percentage and a bit of a bar it fits into 80 columns."""
    return (
        f"{count(metrics['iterations_per_second'])} it/s, {count(metrics['visits_per_second'])} visits/s, "
        f"merge {100 * metrics['merge_share']:.0f} %, "
        f"{count(metrics['infosets_visited'])}/{count(metrics['infosets'])} infosets, ETA {duration(metrics['eta'])}"
    )


class Display:
    """A bar if standard error is a terminal, else a line for each call of ``show``."""

    def __init__(self, total: int) -> None:
        self._bar: Progress | None = None
        console = Console(stderr=True)
        if console.is_terminal:
            columns = (
                BarColumn(bar_width=None),
                TextColumn("{task.percentage:.0f}%"),
                TextColumn("{task.description}"),
            )
            self._bar = Progress(*columns, console=console, expand=True)
            self._task = self._bar.add_task("starting", total=total)
            self._bar.start()

    def show(self, metrics: dict[str, Any]) -> None:
        """Show ``metrics`` (a line of metrics.jsonl)."""
        if self._bar:
            self._bar.update(self._task, completed=metrics["iterations"], description=describe_briefly(metrics))
        else:
            print(describe(metrics), file=sys.stderr, flush=True)

    def say(self, line: str) -> None:
        """A line of its own, above the bar."""
        if self._bar:
            self._bar.console.print(line, markup=False, highlight=False)
        else:
            print(line, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._bar:
            self._bar.stop()


class ItemDisplay:
    """Items done of ``total``, with the time left: a bar if standard error is a terminal, else now and then a line."""

    _SECONDS_A_LINE = 10.0

    def __init__(self, name: str, total: int, done: int = 0) -> None:
        """done: of them before this start; they do not count for the speed."""
        self._name, self._total, self._done, self._before = name, total, done, done
        self._begin = self._shown = time.monotonic()
        self._bar: Progress | None = None
        console = Console(stderr=True)
        if console.is_terminal:
            self._bar = Progress(BarColumn(bar_width=None), TextColumn("{task.description}"), console=console)
            self._task = self._bar.add_task(self.line(), total=total, completed=done)
            self._bar.start()

    def line(self) -> str:
        """``flops: 12 of 1755, 0:35, ETA 1:02:03``."""
        seconds = time.monotonic() - self._begin
        own = self._done - self._before
        eta = (self._total - self._done) * seconds / own if own else None
        return f"{self._name}: {self._done} of {self._total}, {duration(seconds)}, ETA {duration(eta)}"

    def advance(self, items: int) -> None:
        """Count ``items`` more."""
        self._done += items
        if self._bar:
            self._bar.update(self._task, completed=self._done, description=self.line())
        elif time.monotonic() - self._shown > self._SECONDS_A_LINE:
            self._shown = time.monotonic()
            print(self.line(), file=sys.stderr, flush=True)

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._bar:
            self._bar.stop()
