"""Solves one spot of the explorer, in processes of its own:
``mpirun -n N python -m holdem_mpi.explorer.solve_job FOLDER SECONDS [BEGIN]``.

It goes on from the solution in the folder BEGIN, or else from its own where it was stopped before. It keeps its state
now and then, and ends, with what there is, at SIGTERM and when its standard input ends: that is a pipe from the server,
which ends with it, however it ends.
"""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import holdem_mpi.parallel.startup  # noqa: F401, before all that takes long
from holdem_mpi.errors import EXIT_OK, EXIT_SOFTWARE, UserError
from holdem_mpi.explorer.spot_store import EXPLOIT, PROGRESS, SOLUTION, SPOT, STATE
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.compile_once import compile_once
from holdem_mpi.parallel.processes import run_command
from holdem_mpi.storage.array_folder import MANIFEST
from holdem_mpi.storage.atomic import write_atomically
from holdem_mpi.storage.jsonl import append_line
from holdem_mpi.subgame.keeping import Folder, check_same_spot, state_to_go_on, take_up
from holdem_mpi.subgame.solver import SubgameSolver
from holdem_mpi.subgame.spot import AnySolver, Spot, open_spot
from holdem_mpi.subgame.spot_exploit import exploit_of
from holdem_mpi.subgame.spot_report import warm_up_solver
from holdem_mpi.subgame.spot_solving import ExploitabilityCheck, SolveResult, StopRules, solve

# Seconds between two states that are kept, at least; and how many times as long as keeping one takes.
_KEEP_SECONDS, _KEEP_SHARE = 2.0, 20.0
# Seconds beside solving that building, compiling and keeping may take before the job is ended by force.
_BUILD_SECONDS = 300.0


class SpotJob(NamedTuple):
    """What a job is told.

    folder: its own. seconds: that it may solve. begin: folder of the solution that it goes on from.
    """

    folder: Path
    seconds: float
    begin: Path | None

    @classmethod
    def of(cls, words: Sequence[str]) -> "SpotJob":
        """From the words of the command line."""
        folder, own = Path(words[0]), Path(words[0]) / SOLUTION
        begin = own if (own / MANIFEST).is_file() else Path(words[2]) if len(words) > 2 else None
        return cls(folder, float(words[1]), begin)


class Keeper:
    """Writes what a solver has found into the job's folder while it goes on. Collective over the ranks of ``comm``."""

    def __init__(self, comm: Communicator, job: SpotJob, spot: Spot) -> None:
        self._comm, self._job, self._spot = comm, job, spot
        self._solver = _of_two(spot.solver(comm))
        self._kept_in = Folder(str(job.folder / SOLUTION), "--out")
        self._checks: list[ExploitabilityCheck] = []
        self._next = 0.0

    def run(self) -> str:
        """Solve until the spot's stops, the job's seconds or a signal; what stopped it."""
        earlier = self._begin()
        self._next = max((check.seconds for check in earlier), default=0.0)
        if self._comm.size > 1:
            compile_once(self._comm, warm_up_solver)
        stops = self._spot.config.solver
        limit = min(self._job.seconds, stops.time or self._job.seconds)
        rules = StopRules(stops.target_pct, limit, stops.iterations)
        pot = self._spot.pot * self._spot.unit
        solved = solve(self._solver, pot, rules, self._show, growth=1.0, earlier=earlier)
        self._kept_in.save(self._spot, self._solver, solved)
        responses = [exploit_of(self._spot, self._solver, player) for player in range(len(self._solver.hands))]
        if self._comm.rank == 0:
            write_atomically(self._job.folder / EXPLOIT, json.dumps(responses).encode())
        return solved.stopped_by

    def _begin(self) -> list[ExploitabilityCheck]:
        """Take up what the job goes on from; the checks so far. An iteration that was given up is gone on with."""
        if self._job.begin is None:
            return []
        folder = Folder(str(self._job.begin), "begin", goes_on=True)
        kept = state_to_go_on(folder, verify=self._comm.rank == 0)
        same = check_same_spot(self._spot, kept.meta["spot"], folder)
        earlier = take_up(self._solver, kept, same, folder)
        if same and self._comm.rank == 0 and not (self._job.folder / PROGRESS).exists():
            for check in earlier:
                append_line(self._job.folder / PROGRESS, check._asdict())
        return earlier

    def _show(self, check: ExploitabilityCheck, _: float | None) -> None:
        self._checks.append(check)
        if self._comm.rank == 0:
            append_line(self._job.folder / PROGRESS, check._asdict())
        if check.seconds < self._next:  # the same on all ranks
            return
        begin = time.monotonic()
        self._kept_in.keep(self._spot, self._solver, SolveResult(self._checks, "signal"))
        (took,) = self._solver.team.most(time.monotonic() - begin)
        self._next = check.seconds + took + max(_KEEP_SECONDS, _KEEP_SHARE * took)


def _of_two(solver: AnySolver) -> SubgameSolver:
    if not isinstance(solver, SubgameSolver):
        raise UserError("spot: ranges: the pages solve spots of two players; resolve takes three")
    return solver


def main(comm: Communicator) -> int:
    """Solve the spot of the folder on the command line, on all ranks."""
    job = SpotJob.of(sys.argv[1:])
    if comm.rank == 0:  # the one that a launcher gives the standard input to
        threading.Thread(target=_end_with_the_server, daemon=True).start()
    last_resort = threading.Timer(job.seconds + _BUILD_SECONDS, os._exit, [EXIT_SOFTWARE])
    last_resort.daemon = True
    last_resort.start()
    try:
        told = {"stopped_by": Keeper(comm, job, open_spot(str(job.folder / SPOT))).run()}
    except UserError as error:
        told = {"error": str(error)}
    if comm.rank == 0:
        write_atomically(job.folder / STATE, json.dumps(told).encode())
    return EXIT_OK


def _end_with_the_server() -> None:
    while os.read(sys.stdin.fileno(), 1024):  # a buffered read would hold its lock when the interpreter ends
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(run_command(main))
