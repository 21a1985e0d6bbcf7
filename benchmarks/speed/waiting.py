"""What ranks that wait cost those that work, and what waiting asleep costs a merge.

    mpirun -n 16 python -m benchmarks.speed.waiting       # more ranks than cores: does the busy one keep its core?
    mpirun -n 2 python -m benchmarks.speed.waiting        # a core each: is a sum as fast as the library's own wait?

First rank 0 works for ``--seconds`` while the others (a) have nothing to do with MPI, (b) wait in a barrier as this
package does, (c) wait inside the MPI library: how long the same work takes, and how many cores the waiting ranks take.
Medians of some rounds of all three in turn. Then sums over all ranks: microseconds each, by the package's wait and by
the library's own, the smallest of some rounds.
"""

import argparse
import sys
import time
from collections.abc import Callable

import numpy as np
from mpi4py import MPI

from holdem_mpi.parallel.mpi_communicator import MpiCommunicator

SIZES = (5, 10_000, 1_000_000)  # int64
ROUNDS = 7


def work(loops: int) -> float:
    """Seconds that a fixed amount of work takes."""
    begin, x = time.perf_counter(), 1
    for _ in range(loops):
        x = (x * 1664525 + 1013904223) & 0xFFFFFFFF
    return time.perf_counter() - begin


def loops_of(seconds: float) -> int:
    """Loops of ``work`` that take about so long."""
    return int(seconds * 300_000 / min(work(300_000) for _ in range(5)))


def busy(comm: MpiCommunicator, loops: int, seconds: float, wait: Callable[[], None] | None) -> tuple[float, float]:
    """Rank 0: (seconds of its work, cores that all others took meanwhile), while they ``wait``, or sleep."""
    comm.barrier()
    begin_cpu, taken = time.process_time(), 0.0
    if comm.rank == 0:
        taken = work(loops)
    elif wait is None:
        time.sleep(seconds)
    if wait is not None:
        wait()
    cpu = np.array([time.process_time() - begin_cpu if comm.rank else 0.0])
    comm.allreduce_sum(cpu)
    return taken, float(cpu[0]) / max(taken, 1e-9)


def sum_seconds(size: int, call: Callable[[np.ndarray], None]) -> float:
    """Smallest mean of some rounds of sums of ``size`` int64."""
    buffer, best = np.zeros(size, np.int64), np.inf
    count = max(3, min(300, 3_000_000 // size))
    for _ in range(ROUNDS):
        MPI.COMM_WORLD.Barrier()
        begin = time.perf_counter()
        for _ in range(count):
            call(buffer)
        best = min(best, (time.perf_counter() - begin) / count)
    return best


def main() -> int:
    """Measure and print on rank 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1.0)
    seconds = parser.parse_args().seconds
    comm = MpiCommunicator(MPI.COMM_WORLD)
    loops = loops_of(seconds) if comm.rank == 0 else 0  # the others have nothing to do yet, and wait asleep
    ways = {"no MPI": None, "this package": comm.barrier, "the MPI library": MPI.COMM_WORLD.Barrier}
    rounds = [[busy(comm, loops, seconds, wait) for wait in ways.values()] for _ in range(ROUNDS)]
    taken, cores = np.median(np.array(rounds), axis=0).T
    for place, name in enumerate(ways):
        if comm.rank == 0 and place:
            print(
                f"{comm.size - 1} ranks wait in {name}: the busy one takes {taken[place] / taken[0]:.2f} times as "
                f"long, they take {cores[place]:.2f} cores",
                flush=True,
            )

    def library(buffer: np.ndarray) -> None:
        MPI.COMM_WORLD.Allreduce(MPI.IN_PLACE, buffer, MPI.SUM)

    for size in SIZES:
        own, theirs = sum_seconds(size, comm.allreduce_sum), sum_seconds(size, library)
        if comm.rank == 0:
            print(f"a sum of {size} int64: {1e6 * own:.1f} us, in the library {1e6 * theirs:.1f} us", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
