"""Solves one spot of the explorer, in a process of its own: ``python -m holdem_mpi.explorer.solve_job FOLDER SECONDS``.

It keeps its state now and then, and ends, with what there is, at SIGTERM and when its standard input ends: that is a
pipe from the server, which ends with it, however it ends.
"""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

import holdem_mpi.parallel.startup  # noqa: F401, before all that takes long
from holdem_mpi.errors import EXIT_OK, EXIT_SOFTWARE, UserError
from holdem_mpi.explorer.spot_store import PROGRESS, SOLUTION, SPOT, STATE
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.processes import run_command
from holdem_mpi.storage.atomic import write_atomically
from holdem_mpi.storage.jsonl import append_line
from holdem_mpi.subgame.solution_folder import kept_of, save_last
from holdem_mpi.subgame.spot import Spot, open_spot
from holdem_mpi.subgame.spot_solving import ExploitabilityCheck, SolveResult, StopRules, solve

# Seconds between two states that are kept, at least; and how many times as long as keeping one takes.
_KEEP_SECONDS, _KEEP_SHARE = 2.0, 20.0
# Seconds beside solving that building, compiling and keeping may take before the job is ended by force.
_BUILD_SECONDS = 300.0


class Keeper:
    """Writes what a solver has found into the job's folder while it goes on."""

    def __init__(self, folder: Path, spot: Spot) -> None:
        self._folder, self._spot, self._solver = folder, spot, spot.solver()
        self._checks: list[ExploitabilityCheck] = []
        self._next = 0.0

    def run(self, seconds: float) -> str:
        """Solve until the spot's stops, ``seconds`` or a signal; what stopped it."""
        stops = self._spot.config.solver
        limit = min(seconds, stops.time or seconds)
        rules = StopRules(stops.target_pct, limit, stops.iterations)
        solved = solve(self._solver, self._spot.pot * self._spot.unit, rules, self._show, growth=1.0)
        self._save(solved)
        return solved.stopped_by

    def _show(self, check: ExploitabilityCheck, _: float | None) -> None:
        self._checks.append(check)
        append_line(self._folder / PROGRESS, check._asdict())
        if time.monotonic() >= self._next:
            begin = time.monotonic()
            self._save(SolveResult(self._checks, "signal"))
            took = time.monotonic() - begin
            self._next = time.monotonic() + max(_KEEP_SECONDS, _KEEP_SHARE * took)

    def _save(self, solved: SolveResult) -> None:
        save_last(Communicator(), self._folder / SOLUTION, kept_of(self._spot, self._solver, solved, state=False))


def main(comm: Communicator) -> int:
    """Solve the spot of the folder on the command line."""
    folder, seconds = Path(sys.argv[1]), float(sys.argv[2])
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    last_resort = threading.Timer(seconds + _BUILD_SECONDS, os._exit, [EXIT_SOFTWARE])
    last_resort.daemon = True
    last_resort.start()
    try:
        stopped_by = Keeper(folder, open_spot(str(folder / SPOT))).run(seconds)
        told = {"stopped_by": stopped_by}
    except UserError as error:
        told = {"error": str(error)}
    write_atomically(folder / STATE, json.dumps(told).encode())
    return EXIT_OK


def _end_with_the_server() -> None:
    while os.read(sys.stdin.fileno(), 1024):  # a buffered read would hold its lock when the interpreter ends
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(run_command(main))
