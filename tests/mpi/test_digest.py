"""Six lanes give one table, bit by bit, on any number of ranks (promise 1), also from a checkpoint's table on."""

import numpy as np
import pytest

from holdem_mpi.config.load import load_config
from holdem_mpi.training import algorithm as algorithms
from holdem_mpi.training import lane_logs
from holdem_mpi.training.start import build_problem, trainer_for
from holdem_mpi.training.trainer import Progress, Trainer, table_digest

pytestmark = pytest.mark.mpi

CASES = [
    ("kuhn", {"solver.algorithm": "cfr"}),
    ("kuhn", {"solver.sampler": "outcome", "solver.discount_interval": 600}),
    ("leduc", {"solver.algorithm": "dcfr", "solver.discount_interval": 500}),
    ("leduc", {"solver.precision": "float32"}),
    ("leduc", {"solver.pruning.enabled": True, "solver.pruning.after": 600, "solver.pruning.threshold": -50.0}),
    ("leduc", {"solver.draws": "correlated"}),
    ("kuhn", {"solver.draws": "correlated", "batch_size": "auto", "batch_size_limit": 200}),
    ("leduc_3p", {}),
    ("leduc_3p", {"solver.precision": "float32"}),
    ("leduc_3p", {"solver.sampler": "outcome"}),
    ("leduc", {"solver.sampler": "outcome"}),
    ("kuhn", {"solver.sampler": "public", "solver.algorithm": "linear"}),
    (
        "leduc",
        {"solver.sampler": "public", "solver.algorithm": "cfr+", "solver.discount_interval": 600},
    ),
    ("leduc", {"solver.sampler": "public", "solver.algorithm": "linear"}),
    ("kuhn", {"solver.sampler": "full", "solver.algorithm": "cfr"}),
    ("leduc", {"solver.sampler": "full", "solver.algorithm": "dcfr", "solver.precision": "float32"}),
    ("leduc", {"solver.sampler": "full", "solver.algorithm": "cfr+"}),
    ("flop_holdem", {"solver.sampler": "cfr-br", "abstraction.buckets": [169, 5], "solver.discount_interval": 12}),
]


@pytest.fixture(autouse=True)
def leduc_is_large(monkeypatch):
    """Lanes of Leduc write logs, as those of large games do; those of Kuhn have tables of their own."""
    monkeypatch.setattr(algorithms, "SMALL_PAIRS", 500)


def trainer_of(game, keys, comm, seed=3) -> Trainer:
    config = load_config(game, {"lanes": 6, "batch_size": 100, "solver.seed": seed, **keys})
    return trainer_for(build_problem(config, comm), comm, None, Progress())


def digest_after(trainer: Trainer, batches: int) -> str:
    for _ in range(batches):
        trainer._sweeps_a_call = 1  # full-width: one process alone takes several at once
        trainer.batch()
    trainer.comm.barrier()
    return table_digest(trainer.table, trainer.progress)


@pytest.mark.parametrize(("game", "keys"), CASES)
def test_digest_equals_that_of_one_process(game, keys, everyone, alone):
    expected = digest_after(trainer_of(game, keys, alone), 4)
    assert digest_after(trainer_of(game, keys, everyone), 4) == expected
    sampler = keys.get("solver.sampler")
    if sampler != "full" and (sampler, game) != ("public", "kuhn"):  # where nothing is drawn: Kuhn has no board
        assert digest_after(trainer_of(game, keys, alone, seed=4), 4) != expected


@pytest.mark.parametrize("kind", ["whole tables", "logs", "small logs"])
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_digest_is_the_same_on_any_hosts(kind, precision, cluster, alone, monkeypatch):
    if kind == "whole tables":
        monkeypatch.setattr(algorithms, "SMALL_PAIRS", 1 << 30)
    keys = {"solver.precision": precision, "solver.discount_interval": 1200}
    expected = digest_after(trainer_of("leduc", keys, alone), 10)
    if kind == "small logs":
        monkeypatch.setattr(lane_logs, "_FIRST_BYTES", 0)
        monkeypatch.setattr(lane_logs, "_MOST_BYTES", 0)
        monkeypatch.setattr(lane_logs, "_CHUNK_WORDS", 16)
    assert digest_after(trainer_of("leduc", keys, cluster), 10) == expected


@pytest.mark.parametrize(("game", "keys"), CASES)
def test_going_on_with_more_ranks_gives_the_same(game, keys, everyone, alone):
    first, other = trainer_of(game, keys, alone), trainer_of(game, keys, everyone)
    digest_after(first, 2)
    other.progress = Progress(**vars(first.progress))
    other.share(np.array(first.table) if everyone.rank == 0 else None)
    assert digest_after(other, 2) == digest_after(first, 2)
