"""A command in which something is wrong at one place on one rank.

    python tests/helpers/faulty.py RANK PLACE CALL DEED train --game kuhn ...

From its CALL-th call on (1 for the first), what PLACE names does DEED on that rank: ``raise`` a RuntimeError, or take
so many seconds more.
"""

import importlib
import sys
import time
from collections.abc import Callable
from typing import Any

import holdem_mpi.parallel.startup

PLACES = {
    "start": ("holdem_mpi.train", "check_workers"),
    "build": ("holdem_mpi.game.game", "build_layout"),
    "compile": ("holdem_mpi.training.start", "count_visited"),
    "lane": ("holdem_mpi.training.lane_runner", "SmallTableRunner.go_on"),
    "merge": ("holdem_mpi.training.whole_merge", "WholeMerger.merge"),
    "save": ("holdem_mpi.training.checkpointer", "save_generation"),
    "export": ("holdem_mpi.training.run", "export_policy"),
}


def make_faulty(place: str, first: int, deed: str) -> None:
    """Put the fault before what ``place`` names."""
    module, path = PLACES[place]
    owner: Any = importlib.import_module(module)
    *outer, name = path.split(".")
    for each in outer:
        owner = getattr(owner, each)
    sound: Callable = getattr(owner, name)
    calls = 0

    def faulty(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls >= first:
            if deed == "raise":
                raise RuntimeError(f"a fault in {place}")
            time.sleep(float(deed))
        return sound(*arguments, **options)

    setattr(owner, name, faulty)


def main() -> int:
    """Make it faulty where asked for, and run the command."""
    rank, place, call, deed, command = sys.argv[1:6]
    if holdem_mpi.parallel.startup.launcher_says()[1] == int(rank):
        make_faulty(place, int(call), deed)
    from holdem_mpi.parallel.processes import run_command

    del sys.argv[1:6]
    return run_command(importlib.import_module(f"holdem_mpi.{command}").main)


if __name__ == "__main__":
    sys.exit(main())
