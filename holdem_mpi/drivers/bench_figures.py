"""How benchmarks sum up what they measured, and say it."""

import statistics
import sys

from holdem_mpi.parallel.communicator import Communicator


def spread(values: list[float]) -> list[float]:
    """[median, least, most]."""
    return [statistics.median(values), min(values), max(values)]


def shown(figures: list[float] | None) -> str:
    """``12.3 (11.9 to 14)``; nothing for None."""
    if figures is None:
        return ""
    middle, least, most = (f"{value:.3g}" if value < 1000 else f"{value:,.0f}" for value in figures)
    return f"{middle} ({least} to {most})"


def say(comm: Communicator, line: str) -> None:
    """A line of progress, on rank 0's standard error."""
    if comm.rank == 0:
        print(line, file=sys.stderr, flush=True)
