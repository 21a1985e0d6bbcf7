"""One rank beside a plain kernel that updates one table in place: heads-up limit hold'em, external sampling, one core.

    python -m benchmarks.speed.yardstick --yardstick FILE [--buckets 169,500,500,500] [--batch 200,20000] [--rounds 3]

FILE is a Python module with the kernel ``run_u`` and what it needs: ``build_tree``, ``relabel_dfs``, ``layout2`` and
``flat``. It deals cards, draws buckets at random and walks both players' traversals, without a digest, a merge or a
discount. Ours is the production trainer with one lane, walking and merging, at each batch size; and racing, which is
walking alone, in place.

CPU time of this process. Within a round the kernel and each of ours take turns, slice after slice of equal iterations,
so that whatever else the machine does falls on both. A ratio is the kernel's CPU time over ours, for a round; printed
are its median and range over rounds, and written to ``--json`` with all that was measured. Always ends with 0.
"""

import argparse
import importlib.util
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np

from benchmarks.common import new_trainer, spread
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host import machine_facts
from holdem_mpi.training.algorithm import algorithm_of
from holdem_mpi.training.start import compile_first

# Iterations of a slice at least, and entries of the random numbers that the kernel draws buckets from.
_SLICE, _DRAWS = 4000, 55_000_000
# Targets: over the kernel, by the batch size or racing.
_TARGETS = {"racing": 1.0}
_MERGED_TARGET = 0.75

Run = Callable[[int], None]
"""Runs so many iterations more."""


def load(path: Path) -> ModuleType:
    """The module of a file."""
    spec = importlib.util.spec_from_file_location("yardstick_kernels", path)
    if spec is None or spec.loader is None or not path.exists():
        raise SystemExit(f"error: --yardstick {path}: expected a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def kernel_run(module: ModuleType, buckets: list[int]) -> Run:
    """The kernel, with a float32 table of its own."""
    nodes, of_street = module.relabel_dfs(module.build_tree()), np.array(buckets, np.int64)
    base, width, size = module.layout2(nodes, of_street, "bucket", False)
    flat, stride = module.flat(nodes, base, width)
    draws = np.random.default_rng(0).integers(0, 1 << 16, _DRAWS, dtype=np.uint16)
    table, state, visits = np.zeros(size + 64, np.float32), np.array([5], np.uint64), np.zeros(2, np.int64)

    def run(iterations: int) -> None:
        module.run_u(iterations, flat, table, of_street, stride, state, visits, draws)

    return run


def merged_run(buckets: list[int], batch_size: int, precision: str) -> Run:
    """The production trainer of one rank with one lane."""
    keys = {"abstraction__buckets": buckets, "batch_size": batch_size, "solver__precision": precision, "lanes": 1}
    trainer = new_trainer("limit_holdem", iters=10**15, **keys)
    compile_first(trainer.problem, Communicator())

    def run(iterations: int) -> None:
        for _ in range(iterations // batch_size):
            trainer.batch()

    return run


def racing_run(buckets: list[int]) -> Run:
    """Iterations in place, as one racing rank runs them."""
    problem = new_trainer("limit_holdem", abstraction__buckets=buckets, mode="racing").problem
    runner = algorithm_of(problem.config).in_place_runner(problem, np.zeros(2 * problem.layout.num_pairs))
    done = 0

    def run(iterations: int) -> None:
        nonlocal done
        runner.run_on(done, 0, 0, iterations)
        done += 1

    return run


def cpu_seconds(run: Run, iterations: int) -> float:
    """Of so many iterations."""
    begin = time.process_time()
    run(iterations)
    return time.process_time() - begin


def measure(kernel: Run, ours: Run, size: int, seconds: float, warm: int) -> tuple[float, float]:
    """(kernel's, our) microseconds an iteration, over slices of ``size`` iterations in turn, about ``seconds`` each,
    after ``warm`` iterations of each.
    """
    for _ in range(max(1, warm // size)):
        kernel(size)
        ours(size)
    spent, iterations = np.zeros(2), 0
    while spent.max() < seconds:
        spent += cpu_seconds(kernel, size), cpu_seconds(ours, size)
        iterations += size
    return tuple(1e6 * spent / iterations)


def main() -> int:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--yardstick", type=Path, required=True, metavar="FILE", help="the module with run_u")
    parser.add_argument("--buckets", default="169,500,500,500")
    parser.add_argument("--batch", default="200,20000", help="batch sizes (default: %(default)s)")
    parser.add_argument("--precision", default="float64", choices=["float64", "float32"], help="of our merged tables")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="CPU seconds of each side in a round")
    parser.add_argument("--warm", type=int, default=200_000, help="iterations before each round's")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    given = parser.parse_args()
    buckets = [int(part) for part in given.buckets.split(",")]
    kernel = kernel_run(load(given.yardstick), buckets)
    sizes = [int(part) for part in given.batch.split(",")]
    sides = {f"batches of {size}": (merged_run(buckets, size, given.precision), size) for size in sizes}
    sides["racing"] = racing_run(buckets), 1
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for _ in range(given.rounds):
        for name, (ours, size) in sides.items():
            slice_size = size * max(1, _SLICE // size)
            found[name].append(measure(kernel, ours, slice_size, given.seconds, given.warm))
    report = {"buckets": buckets, "precision": given.precision, "rounds": given.rounds, "sides": {}}
    print(f"limit hold'em {given.buckets}, one core; {given.rounds} rounds of {given.seconds:g} CPU seconds each side")
    for name, rounds in found.items():
        theirs, ours = (list(times) for times in zip(*rounds))
        ratios = [kernel_time / own for kernel_time, own in rounds]
        report["sides"][name] = {"kernel_us": theirs, "us": ours, "ratio": ratios}
        target = _TARGETS.get(name, _MERGED_TARGET)
        print(f"{name}: {spread(ratios, 3)} of the kernel's speed, target >= {target}")
        print(f"    us an iteration: ours {spread(ours, 4)}, kernel {spread(theirs, 4)}", flush=True)
    report["machine"] = machine_facts(Communicator().mpi_version)
    print(json.dumps(report))
    if given.json:
        given.json.write_text(json.dumps(report, indent=1) + "\n", encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
