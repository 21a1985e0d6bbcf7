"""How close the average policies of the small games come to equilibrium: medians over seeds, as a Markdown table.

    python -m benchmarks.quality.convergence [--seeds 5]

About two and a half minutes on one core. NashConv is exact: the sum over players of what a best response gains, in
chips. Lanes run in one process here; ranks that run the same lanes reach the same table, bit by bit. Exits with 1 where
a median misses its target.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from benchmarks.common import exploitability_of, new_trainer, spread, train

LEDUC_ITERATIONS = 10_000_000
KUHN_ITERATIONS = 1_000_000
LANES_ITERATIONS = 1_024_000
KUHN_VALUE = -1 / 18


class Line(NamedTuple):
    """A measured value by seed, and what its median must stay below."""

    name: str
    measure: Callable[[int], float]
    limit: float


def nash_conv(game: str, iterations: int, seed: int, **overrides) -> float:
    """NashConv of a run."""
    return exploitability_of(train(new_trainer(game, solver__seed=seed, **overrides), iterations)).nash_conv


def kuhn_error(seed: int) -> float:
    """Distance of the first player's value from -1/18."""
    trainer = train(new_trainer("kuhn", solver__seed=seed, lanes=2, batch_size=200), KUHN_ITERATIONS)
    return abs(exploitability_of(trainer).values[0] - KUHN_VALUE)


def lines() -> list[Line]:
    """What is measured, apart from the ratios of lanes."""
    ranks = {"lanes": 2, "batch_size": 200}
    return [
        Line(
            "Leduc, external sampling, 2 lanes of 200, 10,000,000 iterations: NashConv",
            lambda seed: nash_conv("leduc", LEDUC_ITERATIONS, seed, **ranks),
            0.03,
        ),
        Line(
            "Leduc, outcome sampling, 2 lanes of 200, 10,000,000 iterations: NashConv",
            lambda seed: nash_conv("leduc", LEDUC_ITERATIONS, seed, solver__sampler="outcome", **ranks),
            0.30,
        ),
        Line(
            "Kuhn, external sampling, 2 lanes of 200, 1,000,000 iterations: NashConv",
            lambda seed: nash_conv("kuhn", KUHN_ITERATIONS, seed, **ranks),
            0.01,
        ),
        Line("the same: distance of the first player's value from -1/18", kuhn_error, 0.003),
    ]


def lane_rows(seeds: range) -> Iterator[tuple[str, list[float], str, bool]]:
    """Rows for 8 lanes beside one lane of 200, the same iterations in all; ratios are of medians."""
    alone = [nash_conv("leduc", LANES_ITERATIONS, seed, lanes=1, batch_size=200) for seed in seeds]
    yield "Leduc, external sampling, 1,024,000 iterations in all, 1 lane of 200: NashConv", alone, "", True
    for batch_size, limit in ((200, 1.25), (2000, 1.5)):
        found = [nash_conv("leduc", LANES_ITERATIONS, seed, lanes=8, batch_size=batch_size) for seed in seeds]
        ratio = statistics.median(found) / statistics.median(alone)
        target = f"<= {limit} times one lane's, is {ratio:.2f}"
        yield f"the same, 8 lanes of {batch_size:,}: NashConv", found, target, ratio <= limit


def rows(seeds: range) -> Iterator[tuple[str, list[float], str, bool]]:
    """(what, value by seed, target, whether it is met)."""
    for line in lines():
        found = [line.measure(seed) for seed in seeds]
        yield line.name, found, f"<= {line.limit}", statistics.median(found) <= line.limit
    yield from lane_rows(seeds)


def main() -> int:
    parser = argparse.ArgumentParser(description="NashConv of the small games, medians over seeds.")
    parser.add_argument("--seeds", type=int, default=5, help="seeds 0, 1, ... of each line")
    seeds = range(parser.parse_args().seeds)
    begin, missed = time.process_time(), 0
    print("| what | median (least to largest) | target | |\n|---|---|---|---|")
    for name, found, target, met in rows(seeds):
        missed += not met
        print(
            f"| {name} | {spread(found, 3)} | {target} | {'' if not target else 'met' if met else 'missed'} |",
            flush=True,
        )
    print(f"\n{len(seeds)} seeds, {time.process_time() - begin:.0f} CPU seconds")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
