"""What the benchmarks share: a production Trainer in one process, and the exploitability of what it has learnt."""

import statistics
import time
from collections.abc import Callable, Sequence

from holdem_mpi.best_response.enumerated import Exploitability, enumerate_deals, exploitability
from holdem_mpi.config.load import load_config
from holdem_mpi.game.game import Game
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.tabular import average_policy
from holdem_mpi.training.start import build_problem, trainer_for
from holdem_mpi.training.trainer import Progress, Trainer


def new_trainer(game: str, **overrides) -> Trainer:
    """A Trainer of a shipped game in this process; overrides: config keys, with ``__`` for the dot.

    Lanes of one process and lanes of as many ranks give the same table, bit by bit.
    """
    keys = {key.replace("__", "."): value for key, value in overrides.items()}
    return trainer_for(
        build_problem(load_config(game, keys).completed(1), Communicator()), Communicator(), None, Progress()
    )


def train(trainer: Trainer, iterations: int) -> Trainer:
    """Run whole batches until ``iterations`` are done."""
    while trainer.progress.iterations < iterations:
        trainer.batch()
    trainer.settle()
    return trainer


def exploitability_of(trainer: Trainer) -> Exploitability:
    """Exact values and NashConv of the average policy of a toy game."""
    layout = trainer.problem.layout
    deals = enumerate_deals(Game(trainer.problem.config.game).toy_deck)
    return exploitability(layout, average_policy(layout, trainer.table)[0], deals)


def steps_for(step: Callable[[], object], seconds: float) -> tuple[int, float]:
    """Call ``step`` until so many CPU seconds of this process have passed: (calls, CPU seconds)."""
    calls, begin = 0, time.process_time()
    while (spent := time.process_time() - begin) < seconds:
        step()
        calls += 1
    return calls, spent


def spread(values: Sequence[float], digits: int) -> str:
    """``median (least to largest)``, rounded to significant digits."""
    middle, least, largest = (f"{value:.{digits}g}" for value in (statistics.median(values), min(values), max(values)))
    return f"{middle} ({least} to {largest})"
