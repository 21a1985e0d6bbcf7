"""Speed beside OpenSpiel's C++ solvers, as ratios in one run, on one core.

    python -m benchmarks.speed.openspiel [--rounds 5] [--seconds 2] [--batch-size 200]

About two minutes; the first time also the card abstraction with 500 buckets is built. Every ratio is of CPU time of
this process: in each round one side runs, then the other, and the ratio of the two is kept; median, least and largest
are printed beside the target. An iteration is one traversal for each player on both sides. Ours is the production
Trainer with the shipped configs and one lane, merges and discounts included. Always exits with 0.
"""

import argparse
import sys
from collections.abc import Callable

import pyspiel

from benchmarks.common import exploitability_of, new_trainer, spread, steps_for

# OpenSpiel's iterations between two looks at the clock.
CHUNK = 100
NASH_CONV_SECONDS = 4.0


def openspiel_rate(solver, seconds: float) -> float:
    """Iterations a CPU second."""

    def chunk() -> None:
        for _ in range(CHUNK):
            solver.run_iteration()

    calls, spent = steps_for(chunk, seconds)
    return CHUNK * calls / spent


def our_rate(trainer, seconds: float) -> float:
    """Iterations a CPU second."""
    calls, spent = steps_for(trainer.batch, seconds)
    return trainer.problem.config.batch_size * calls / spent


def ratios_of_rates(new_solver: Callable, trainer_of_round: Callable, rounds: int, seconds: float) -> list[list[float]]:
    """[ours over OpenSpiel's, ours, OpenSpiel's], by round."""
    found: list[list[float]] = [[], [], []]
    for number in range(rounds):
        theirs = openspiel_rate(new_solver(number), seconds)
        ours = our_rate(trainer_of_round(number), seconds)
        for values, value in zip(found, (ours / theirs, ours, theirs)):
            values.append(value)
    return found


def ratios_of_nash_conv(game, trainer_of_round: Callable, rounds: int) -> list[list[float]]:
    """Ours over OpenSpiel's after the same CPU seconds, ours, OpenSpiel's, by round."""
    found: list[list[float]] = [[], [], []]
    for number in range(rounds):
        solver = pyspiel.ExternalSamplingMCCFRSolver(game, seed=number)
        openspiel_rate(solver, NASH_CONV_SECONDS)
        theirs = pyspiel.nash_conv(game, solver.average_policy(), True)
        trainer = trainer_of_round(number)
        our_rate(trainer, NASH_CONV_SECONDS)
        ours = exploitability_of(trainer).nash_conv
        for values, value in zip(found, (ours / theirs, ours, theirs)):
            values.append(value)
    return found


def show(name: str, target: str, found: list[list[float]], unit: str) -> None:
    """One line of results, printed at once."""
    ratio, ours, theirs = found
    line = f"{name}: {spread(ratio, 3)}, target {target}"
    print(f"{line}\n    ours {spread(ours, 4)} {unit}, OpenSpiel {spread(theirs, 4)} {unit}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Speed beside OpenSpiel, as ratios of CPU time.")
    parser.add_argument("--rounds", type=int, default=5, help="pairs of runs for each ratio")
    parser.add_argument("--seconds", type=float, default=2.0, help="CPU seconds of each run")
    parser.add_argument("--batch-size", type=int, default=200, help="iterations between two of our merges")
    options = parser.parse_args()
    game = pyspiel.load_game("leduc_poker")

    def external(seed: int):
        return pyspiel.ExternalSamplingMCCFRSolver(game, seed=seed)

    def outcome(seed: int):
        return pyspiel.OutcomeSamplingMCCFRSolver(game, 0.6, seed)

    def leduc(seed: int, sampler: str = "external"):
        return new_trainer("leduc", **ours, solver__seed=seed, solver__sampler=sampler)

    ours = {"lanes": 1, "batch_size": options.batch_size}
    # Compile first. Limit hold'em goes on with one table over all rounds: that of the first seconds is in the cache.
    limit = new_trainer("limit_holdem", **ours, abstraction__buckets=[169, 500, 500, 500])
    for trainer in (limit, leduc(0), leduc(0, "outcome")):
        our_rate(trainer, options.seconds)
    print(f"ratio: median (least to largest) of {options.rounds} rounds", flush=True)
    rounds, seconds = options.rounds, options.seconds
    rates = ratios_of_rates(external, leduc, rounds, seconds)
    show("Leduc, external sampling, iterations/s over OpenSpiel's", ">= 25", rates, "it/s")
    name = f"Leduc, external sampling, NashConv after {NASH_CONV_SECONDS:g} CPU seconds over OpenSpiel's"
    show(name, "<= 0.333", ratios_of_nash_conv(game, leduc, rounds), "chips")
    rates = ratios_of_rates(outcome, lambda seed: leduc(seed, "outcome"), rounds, seconds)
    show("Leduc, outcome sampling, iterations/s over OpenSpiel's", ">= 4", rates, "it/s")
    rates = ratios_of_rates(external, lambda _: limit, rounds, seconds)
    show("Limit hold'em 169/500/500/500, iterations/s over OpenSpiel's on Leduc", ">= 1.25", rates, "it/s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
