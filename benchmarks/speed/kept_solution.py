"""A solved flop of about a gigabyte in its folder: how long saving, opening, looking and taking up again take.

    mpirun -n 2 python -m benchmarks.speed.kept_solution [--menu standard] [--iterations 1] [--folder DIR]

The flop Qs Jh 2h, pot 50, stacks 200, the ranges of the shipped turn, solved for so many iterations on all ranks, which
then save it together. Rank 0 opens it again (SHA-256 of nothing, then of everything), and asks for a river decision
with its EVs. Last all ranks take its state up. What was just written is still in memory. Printed: bytes, seconds, and
of these CPU time of rank 0. Ends with 1 where the state that was taken up has another digest, else with 0. The folder
is removed.
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from holdem_mpi.config.spot_config import load_spot
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.processes import run_command
from holdem_mpi.subgame.keeping import Folder, state_to_go_on, take_up
from holdem_mpi.subgame.solution import open_solution
from holdem_mpi.subgame.spot import open_spot
from holdem_mpi.subgame.spot_solving import StopRules, solve
from holdem_mpi.text import gibibytes


def main(comm: Communicator) -> int:
    """Measure, and print on rank 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--menu", default="standard")
    parser.add_argument("--iterations", type=int, default=1)
    parser.add_argument("--folder", default=tempfile.gettempdir())
    given = parser.parse_args()
    ranges = load_spot("turn")[1].ranges
    spot = open_spot({"board": "Qs Jh 2h", "pot": 50, "stacks": 200, "menu": given.menu, "ranges": ranges})
    made = comm.on_root(lambda: tempfile.mkdtemp(dir=given.folder))
    folder, lap = Folder(str(Path(made) / "solution"), "--continue", goes_on=True), _Laps(comm)
    try:
        solver = spot.solver(comm)
        solved = solve(solver, spot.pot * spot.unit, StopRules(None, None, given.iterations), lambda *_: None)
        lap.begin()
        folder.save(spot, solver, solved)
        lap.told(f"saved {gibibytes(comm.on_root(lambda: _size(Path(folder.path))))}")
        for verify in (False, True):
            solution = open_solution(folder.path, verify) if comm.rank == 0 else None
            lap.told("opened" + (", all bytes checked" if verify else ""))
        if solution is not None:
            at = solution.decision("check, check, 3c, check, check, 4d")
            lap.told("a river decision's strategy")
            _ = at.evs
            lap.told("its EVs")
        expected, solver = solver.digest, None  # that memory is the next one's
        again = spot.solver(comm)
        lap.begin()
        take_up(again, state_to_go_on(folder, verify=comm.rank == 0), True, folder)
        comm.barrier()
        lap.told("taken up, all bytes checked")
        return 0 if again.digest == expected else 1
    finally:
        comm.on_root(lambda: shutil.rmtree(made))


class _Laps:
    """Prints seconds since the last one, and those of them that rank 0 computed."""

    def __init__(self, comm: Communicator) -> None:
        self._comm, self._since = comm, (0.0, 0.0)

    def begin(self) -> None:
        self._comm.barrier()
        self._since = time.perf_counter(), time.process_time()

    def told(self, what: str) -> None:
        if self._comm.rank == 0:
            wall, busy = time.perf_counter() - self._since[0], time.process_time() - self._since[1]
            print(f"{what}: {wall:.3f} s, {busy:.3f} s of CPU time", flush=True)
            self._since = time.perf_counter(), time.process_time()


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


if __name__ == "__main__":
    sys.exit(run_command(main))
