"""Time to solve the shipped spots to 0.25 % of the pot, on one core, as a ratio to a fixed kernel in the same run.

    python -m benchmarks.speed.spots [--rounds 9] [--spots river,turn]

CPU time of this process: in each round the fixed kernel runs, then each spot from nothing, looks at the exploitability
included, building the tree and compiling not. Printed: median (least to largest) of the rounds, milliseconds and the
ratio to the kernel of the same round. Targets: river 10 ms, turn 1.3 s. Always exits with 0.
"""

import argparse
import statistics
import sys
import time

import numpy as np
from numba import njit

from benchmarks.common import spread
from holdem_mpi.subgame.spot import open_spot
from holdem_mpi.subgame.spot_solving import StopRules, solve

TARGET_PCT = 0.25
TARGET_MS = {"river": 10.0, "turn": 1300.0}


@njit
def fixed_kernel(regret, value, rounds):
    """Regret matching over float32[action, hand] and a float64 sum in order: the kind of work that a solver does.

    It belongs to this file alone, so that ratios of different versions can be compared.
    """
    actions, hands = regret.shape
    total = np.zeros(hands, np.float32)
    checksum = 0.0
    for _ in range(rounds):
        for hand in range(hands):
            total[hand] = np.float32(1e-6)
        for action in range(actions):
            for hand in range(hands):
                total[hand] += max(regret[action, hand], np.float32(0.0))
        for action in range(actions):
            for hand in range(hands):
                share = max(regret[action, hand], np.float32(0.0)) / total[hand]
                regret[action, hand] = np.float32(0.99) * regret[action, hand] + (value[action, hand] - share)
        for hand in range(hands):
            checksum += np.float64(total[hand])
    return checksum


def kernel_ms() -> float:
    """CPU milliseconds of the fixed kernel."""
    generator = np.random.default_rng(0)
    regret, value = generator.standard_normal((2, 4, 256)).astype(np.float32)
    fixed_kernel(regret, value, 1)
    begin = time.process_time()
    fixed_kernel(regret, value, 10_000)
    return 1e3 * (time.process_time() - begin)


def spot_ms(name: str) -> tuple[float, int]:
    """(CPU milliseconds, iterations) of one spot from nothing to the target."""
    spot = open_spot(name)
    solver = spot.solver()
    solver.warm_up()
    begin = time.process_time()
    solved = solve(solver, spot.pot * spot.unit, StopRules(TARGET_PCT, None, 10_000), lambda check, left: None)
    return 1e3 * (time.process_time() - begin), solved.last.iterations


def main() -> int:
    parser = argparse.ArgumentParser(description=f"CPU time to {TARGET_PCT} % of the pot.")
    parser.add_argument("--rounds", type=int, default=9, help="times that each is run")
    parser.add_argument("--spots", default="river,turn", help="shipped spots between commas")
    options = parser.parse_args()
    names = options.spots.split(",")
    kernel: list[float] = []
    found: dict[str, list[tuple[float, int]]] = {name: [] for name in names}
    for _ in range(options.rounds):
        kernel.append(kernel_ms())
        for name in names:
            found[name].append(spot_ms(name))
    print(f"fixed kernel: {spread(kernel, 3)} ms")
    for name, results in found.items():
        spent = [ms for ms, _ in results]
        ratios = [ms / fixed for ms, fixed in zip(spent, kernel)]
        iterations = int(statistics.median(count for _, count in results))
        target = f", target {TARGET_MS[name]:g} ms" if name in TARGET_MS else ""
        print(f"{name}: {spread(spent, 3)} ms{target}; {spread(ratios, 3)} kernels; {iterations} iterations")
    return 0


if __name__ == "__main__":
    sys.exit(main())
