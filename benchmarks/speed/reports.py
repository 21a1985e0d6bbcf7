"""A report of many flops: how much faster ranks make it together than one of them alone.

    mpirun -n 2 python -m benchmarks.speed.reports [--spot flop] [--flops 20] [--iterations 12] [--rounds 3]

In each round rank 0 solves all flops alone, the others asleep, and then all ranks together the same ones; so many
iterations each, into a new folder, reading and choosing included, tables and compiling not. Printed: wall time, and CPU
time of the rank that had most (where that is less than the wall time, something else had the cores), the ratios of the
least of both, and whether both tables are the same. Target: 1.9 with 2 ranks on 2 idle cores.
Exits with 1 where tables differ, else with 0.
"""

import argparse
import sys
import tempfile
import time

import numpy as np

from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.compile_once import compile_once
from holdem_mpi.parallel.processes import run_command
from holdem_mpi.subgame.report_farm import ReportFarm
from holdem_mpi.subgame.report_request import ReportRequest
from holdem_mpi.subgame.report_table import open_report
from holdem_mpi.subgame.spot_report import warm_up_solver


def timed(comm: Communicator, request: ReportRequest, folder: str) -> tuple[float, float]:
    """(wall seconds until the last rank is ready, CPU seconds of the busiest rank) of a report. Collective."""
    comm.barrier()
    begin, busy = time.perf_counter(), time.process_time()
    ReportFarm(comm, request, folder, solutions=False).run()
    spent = np.array([time.process_time() - busy])
    comm.allreduce_max(spent)
    return time.perf_counter() - begin, float(spent[0])


def main(comm: Communicator) -> int:
    """Time, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spot", default="flop")
    parser.add_argument("--flops", default="20")
    parser.add_argument("--iterations", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    overrides = {"solver.target_pct": None, "solver.iterations": given.iterations}
    request = ReportRequest(given.spot, overrides, given.flops, None)
    compile_once(comm, warm_up_solver)
    times: dict[str, list[tuple[float, float]]] = {"alone": [], "together": []}
    tables = set()
    for number in range(given.rounds):
        for name, each in (("alone", Communicator()), ("together", comm)):
            folder = comm.bcast_json(tempfile.mkdtemp() if comm.rank == 0 else None)
            if comm.rank == 0 or each is comm:
                times[name].append(timed(each, request, folder))
            comm.barrier()
            if comm.rank == 0:
                report = open_report(folder)
                tables.add((report.boards, report.frequencies.tobytes(), report.ev[report.player].tobytes()))
                print(
                    f"round {number + 1}, {name}: {times[name][-1][0]:.1f} s, CPU {times[name][-1][1]:.1f} s",
                    flush=True,
                )
    if comm.rank:
        return 0
    print(f"{given.spot}, {given.flops} flops, {given.iterations} iterations each")
    for place, what in enumerate(("wall", "CPU")):
        alone, together = (min(each[place] for each in times[name]) for name in ("alone", "together"))
        told = f"one rank {alone:.1f} s, {comm.size} ranks {together:.1f} s: {alone / together:.2f} times faster"
        print(f"{what}: {told}")
    print("one table" if len(tables) == 1 else "tables differ")
    return int(len(tables) != 1)


if __name__ == "__main__":
    sys.exit(run_command(main))
