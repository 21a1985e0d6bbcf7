"""What a build says of its progress."""

import time
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from holdem_mpi.parallel.communicator import Communicator

# Boards in one call of a kernel (about 5 ms).
_BOARDS_A_CALL = 256
_SECONDS_A_LINE = 10.0


def cut(first: int, last: int) -> list[tuple[int, int]]:
    """The boards first..last in pieces of one call of a kernel."""
    return [(at, min(at + _BOARDS_A_CALL, last)) for at in range(first, last, _BOARDS_A_CALL)]


class Reporter:
    """Progress of rank 0 on stderr: a bar on a terminal, plain lines elsewhere, nothing on other ranks."""

    def __init__(self, comm: Communicator, console: Console | None) -> None:
        self._console = (console or Console(stderr=True)) if comm.rank == 0 else None

    def line(self, text: str) -> None:
        """Print a line on rank 0."""
        if self._console is not None:
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def steps(self, name: str, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Pieces (start, end) of the boards first..last, with progress shown as they are taken."""
        return self.over(name, cut(first, last))

    def over(self, name: str, pieces: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """The given pieces, with progress shown as they are taken."""
        total = sum(end - start for start, end in pieces)
        if self._console is None:
            yield from pieces
        elif self._console.is_terminal:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            with Progress(*columns, console=self._console) as bar:
                task = bar.add_task(name, total=total)
                for start, end in pieces:
                    yield start, end
                    bar.advance(task, end - start)
        else:
            shown, done = time.monotonic(), 0
            for start, end in pieces:
                yield start, end
                done += end - start
                if time.monotonic() - shown > _SECONDS_A_LINE:
                    shown = time.monotonic()
                    self.line(f"{name}: {100 * done // total} %")
