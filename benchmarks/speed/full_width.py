"""Full-width CFR+ beside OpenSpiel's C++ CFRPlusSolver on Leduc, and flop hold'em's training over time.

    python -m benchmarks.speed.full_width [--rounds 5]

Both sides first train until the NashConv is at most the target, measured every few iterations, which counts the
iterations that each needs. Then both train that many from nothing, by the CPU clock, in turns. Compiling and judging
are no part of the times.
"""

import argparse
import time
from dataclasses import replace

import pyspiel

from benchmarks.common import exploitability_of, new_trainer, spread, train
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.training.full_trainer import FullTrainer
from holdem_mpi.training.start import compile_first

TARGET = 0.001
# Iterations between two measurements of the NashConv.
_STEP = 20
# Times that we train, so that the clock has something to measure.
_REPEATS = 10


def ours(iterations: int) -> FullTrainer:
    """A trainer of Leduc, ready to go."""
    return new_trainer("leduc", solver__sampler="full", solver__algorithm="cfr+", iters=max(1, iterations))


def our_iterations() -> int:
    """Iterations until our NashConv is at most the target."""
    trainer, iterations = ours(0), 0
    while True:
        iterations += _STEP
        config = trainer.problem.config.model_copy(update={"iters": iterations})
        trainer.problem = replace(trainer.problem, config=config)
        if exploitability_of(train(trainer, iterations)).nash_conv <= TARGET:
            return iterations


def their_iterations(game: pyspiel.Game) -> int:
    """Likewise, OpenSpiel's."""
    solver, iterations = pyspiel.CFRPlusSolver(game), 0
    while True:
        for _ in range(_STEP):
            solver.evaluate_and_update_policy()
        iterations += _STEP
        if pyspiel.nash_conv(game, solver.average_policy()) <= TARGET:
            return iterations


def seconds_of_ours(iterations: int) -> float:
    """CPU seconds of one training."""
    trainers = [ours(iterations) for _ in range(_REPEATS)]
    begin = time.process_time()
    for trainer in trainers:
        train(trainer, iterations)
    return (time.process_time() - begin) / _REPEATS


def seconds_of_theirs(game: pyspiel.Game, iterations: int) -> float:
    """CPU seconds of one training."""
    solver = pyspiel.CFRPlusSolver(game)
    begin = time.process_time()
    for _ in range(iterations):
        solver.evaluate_and_update_policy()
    return time.process_time() - begin


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    compile_first(ours(1).problem, Communicator())
    game = pyspiel.load_game("leduc_poker")
    needed, they_need = our_iterations(), their_iterations(game)
    times = [(seconds_of_ours(needed), seconds_of_theirs(game, they_need)) for _ in range(rounds)]
    print(f"Leduc, CFR+ to NashConv {TARGET}: {needed} iterations, OpenSpiel {they_need}")
    print(f"our CPU seconds: {spread([own for own, _ in times], 3)}")
    print(f"OpenSpiel's: {spread([theirs for _, theirs in times], 3)}")
    ratio = spread([theirs / own for own, theirs in times], 3)
    print(f"ratio: {ratio}, target >= 20")


if __name__ == "__main__":
    main()
