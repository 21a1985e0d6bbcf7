"""Racing in one process: slices, budgets, discounts, random streams, faults; and what it says of itself."""

import numpy as np
import pytest

from holdem_mpi.best_response.enumerated import enumerate_deals, exploitability
from holdem_mpi.config.load import load_config
from holdem_mpi.game.game import Game
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.tabular import average_policy
from holdem_mpi.training import racing as racing_trainer
from holdem_mpi.training.racing import RacingTrainer
from holdem_mpi.training.start import build_problem, trainer_for
from holdem_mpi.training.trainer import Progress


def trainer_of(game="leduc", mode="racing", **keys):
    problem = build_problem(load_config(game, {"mode": mode, "lanes": 1, **keys}), Communicator())
    trainer = trainer_for(problem, Communicator(), None, Progress())
    assert isinstance(trainer, RacingTrainer) == (mode == "racing")
    return trainer


def nash_conv_after(trainer, iterations):
    while trainer.progress.iterations < iterations:
        trainer.batch()
    layout = trainer.problem.layout
    deals = enumerate_deals(Game(trainer.problem.config.game).toy_deck)
    return exploitability(layout, average_policy(layout, trainer.table)[0], deals).nash_conv


@pytest.mark.parametrize(
    ("game", "sampler", "iterations"),
    [("kuhn", "external", 40_000), ("leduc", "external", 150_000), ("leduc", "outcome", 150_000)],
)
def test_as_near_to_equilibrium_as_the_reproducible_mode(game, sampler, iterations):
    keys = {"solver.sampler": sampler, "iters": iterations}
    ours = [nash_conv_after(trainer_of(game, **keys, **{"solver.seed": seed}), iterations) for seed in range(3)]
    theirs = nash_conv_after(trainer_of(game, "reproducible", **keys), iterations)
    assert max(ours) < 3 * theirs


def test_exactly_the_iterations_that_were_asked_for():
    trainer = trainer_of(iters=30_001)
    while trainer.progress.iterations < 30_001:
        trainer.batch()
    assert trainer.progress.iterations == 30_001 and trainer.progress.visits > 30_001


def test_a_slice_ends_by_the_clock(monkeypatch):
    monkeypatch.setattr(racing_trainer, "_SLICE_SECONDS", 0.01)
    trainer = trainer_of(iters=10**12, **{"solver.algorithm": "cfr"})
    for _ in range(4):
        trainer.batch()
    assert 4 * 20 <= trainer.progress.iterations < 10**7 and trainer.progress.batch == 4


def test_discounts_come_at_their_interval():
    trainer, seen = trainer_of(iters=60_000), []
    while trainer.progress.iterations < 60_000:
        before = trainer.progress.last_discount
        trainer.batch()
        if trainer.progress.last_discount != before:
            seen.append(trainer.progress.last_discount - before)
    assert len(seen) >= 4 and all(10_000 <= interval <= 12_501 for interval in seen)


def test_no_stream_is_drawn_from_twice_also_after_a_resume(monkeypatch):
    spans = []

    def run_on(self, batch, lane, first, last, prune=False):
        spans.append((batch, lane, first, last))

    monkeypatch.setattr("holdem_mpi.training.in_place_runner.InPlaceRunner.run_on", run_on)
    trainer = trainer_of(iters=100_000)
    for _ in range(5):
        trainer.batch()
    resumed = trainer_of(iters=100_000)
    resumed.progress = Progress(**vars(trainer.progress))
    for _ in range(3):
        resumed.batch()
    keys = [(batch, lane, iteration) for batch, lane, first, last in spans for iteration in range(first, last)]
    assert len(keys) == len(set(keys)) == resumed.progress.iterations > 1000
    assert {batch for batch, _, _ in keys} == set(range(8))


def test_regrets_keep_above_the_floor():
    pruning = {"enabled": True, "threshold": -1.0, "floor": -1.0, "after": 100}
    trainer = trainer_of(iters=20_000, **{"solver.pruning": pruning, "solver.algorithm": "cfr"})
    trainer.batch()
    assert trainer.table.min() == -1.0


def test_a_table_that_is_not_finite_stops_the_slice():
    trainer = trainer_of(iters=20_000)
    trainer.table[:] = np.inf
    with pytest.raises(ArithmeticError, match=r"batch 0: [0-9]+ contributions were not finite or beyond their bound"):
        trainer.batch()


def test_a_run_says_that_it_has_no_digest_and_goes_on_on_more_ranks(train, mpirun):
    options = ("--game", "leduc", "--mode", "racing", "--seed", 3, "--snapshots", 3)
    first = train(1, *options, "--iters", 40_000)
    assert first["digest"] == "none (racing)" and first["mode"] == "racing" and first["iterations"] == 40_000
    done = mpirun(2, "-m", "holdem_mpi.train", "--logdir", "run", "--resume", "--iters", 90_000)
    assert done.returncode == 0, done.stderr
    assert "digest: none (racing)" in done.stdout and "resumed at 40000 iterations" in done.stderr
    evaluated = mpirun(1, "-m", "holdem_mpi.evaluate", "exploitability", "--policy", "run", "--checkpoint", "all")
    assert evaluated.returncode == 0, evaluated.stderr
    refused = mpirun(1, "-m", "holdem_mpi.train", "--logdir", "run", "--resume", "--mode", "reproducible")
    assert refused.returncode == 64 and 'mode: was "racing", now "reproducible"' in refused.stderr


def test_stopped_by_time_and_planned(train, mpirun):
    summary = train(2, "--game", "kuhn", "--mode", "racing", "--iters", 10**12, "--time-budget", 0.3)
    assert summary["stopped_by"] == "time budget" and 0 < summary["iterations"] < 10**12
    for options in (("--mode", "racing"), ("--batch-size", "auto")):
        done = mpirun(2, "-m", "holdem_mpi.train", "--game", "kuhn", "--plan", *options)
        assert done.returncode == 0, done.stderr
        assert ("recommended size limit" in done.stdout) == (options[1] == "auto")


def test_without_jit(train):
    options = ("--mode", "racing", "--game", "leduc", "--iters", 150)
    assert train(1, *options, NUMBA_DISABLE_JIT="1")["iterations"] == 150
