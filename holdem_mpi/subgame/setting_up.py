"""Time for setting a search up: where it runs out before the first iteration, what is being set up is left at once."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

_until = math.inf


class NoTimeLeftError(ValueError):
    """The time was up before a search could begin."""


@contextmanager
def left_at(until: float) -> Iterator[None]:
    """Within it, ``look_at_the_clock`` raises NoTimeLeftError from ``until`` (of time.perf_counter) on."""
    global _until
    before, _until = _until, until
    try:
        yield
    finally:
        _until = before


def look_at_the_clock() -> None:
    """For whatever takes long before the first iteration: to be called every millisecond or so."""
    if time.perf_counter() >= _until:
        raise NoTimeLeftError("setting the search up took all the time there was")
