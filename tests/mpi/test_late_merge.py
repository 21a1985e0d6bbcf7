"""Late merges give one table on any ranks and hosts, in any memory, and however often a run stops on the way."""

import numpy as np
import pytest

from holdem_mpi.config.load import load_config
from holdem_mpi.training import algorithm as algorithms
from holdem_mpi.training import lane_logs, lane_runner
from holdem_mpi.training.late_log_merge import LateLogMerger
from holdem_mpi.training.late_trainer import LateTrainer
from holdem_mpi.training.late_whole_merge import LateWholeMerger
from holdem_mpi.training.start import build_problem, trainer_for
from holdem_mpi.training.trainer import STOP, Progress, table_digest

pytestmark = pytest.mark.mpi
BATCHES = 9
CASES = [
    ("kuhn", {"solver.algorithm": "cfr"}),
    ("kuhn", {"solver.sampler": "public", "solver.algorithm": "cfr+", "solver.discount_interval": 1200}),
    ("leduc", {"solver.algorithm": "dcfr", "solver.discount_interval": 1200}),
    ("leduc", {"solver.precision": "float32"}),
    ("leduc", {"solver.pruning.enabled": True, "solver.pruning.after": 600, "solver.pruning.threshold": -50.0}),
    ("leduc_3p", {"solver.discount_interval": 600}),
    ("leduc", {"solver.sampler": "outcome", "batch_size": "auto"}),
]


@pytest.fixture(autouse=True)
def leduc_is_large(monkeypatch):
    """Lanes of Leduc write logs, and kernel calls are short, so that sums travel in between."""
    monkeypatch.setattr(algorithms, "SMALL_PAIRS", 500)
    monkeypatch.setattr(lane_runner, "_POKED_ITERATIONS", 7)


def trainer_of(game, keys, comm, late=True) -> LateTrainer:
    config = load_config(game, {"lanes": 6, "batch_size": 100, "late_merge": late, **keys})
    return trainer_for(build_problem(config, comm), comm, None, Progress())


def digest_of(trainer) -> str:
    trainer.settle()
    trainer.comm.barrier()
    digest = table_digest(trainer.table, trainer.progress)
    trainer.comm.barrier()
    return digest


def digest_after(trainer, batches=BATCHES) -> str:
    for _ in range(batches):
        trainer.batch()
    return digest_of(trainer)


def on_all_ranks(trainer) -> dict[str, np.ndarray]:
    """What rank 0 would put into a checkpoint, on every rank, each of which may go on by itself."""
    kept = trainer.kept()
    number = np.array([kept["pending_entries"].size], np.int64)
    trainer.comm.bcast(number)
    for name, dtype in (("pending_entries", np.int64), ("pending_values", trainer.table.dtype)):
        array = np.zeros(number[0], dtype) if trainer.comm.rank else np.array(kept[name])
        trainer.comm.bcast(array)
        kept[name] = array
    return kept


@pytest.mark.parametrize(("game", "keys"), CASES)
def test_digest_equals_that_of_one_process(game, keys, cluster, alone):
    expected = digest_after(trainer_of(game, keys, alone))
    trainer = trainer_of(game, keys, cluster)
    assert digest_after(trainer) == expected
    assert isinstance(trainer._merger, LateWholeMerger if game == "kuhn" else LateLogMerger)
    # Between hosts sums travel, within one nothing; whole tables always.
    assert (trainer.bytes_sent > 0) == (cluster.hosts > 1 or game == "kuhn")
    assert digest_after(trainer_of(game, keys, alone, late=False)) != expected


@pytest.mark.parametrize("most", [0, 256 << 20])
@pytest.mark.parametrize("sampler", ["external", "outcome"])
def test_logs_that_are_full_are_worked_off_in_rounds(sampler, most, cluster, alone, monkeypatch):
    """Logs that may not grow are full in each batch; those that may, in the first ones only."""
    keys = {"batch_size": 300, "solver.sampler": sampler, "solver.discount_interval": 3600}
    expected = digest_after(trainer_of("leduc", keys, alone))
    monkeypatch.setattr(lane_logs, "_FIRST_BYTES", 0)
    monkeypatch.setattr(lane_logs, "_MOST_BYTES", most)
    monkeypatch.setattr(lane_logs, "_CHUNK_WORDS", 16)
    trainer = trainer_of("leduc", keys, cluster)
    rounds, plain = [], trainer._merger.add_round
    monkeypatch.setattr(trainer._merger, "add_round", lambda: (rounds.append(trainer.progress.batch), plain()))
    assert digest_after(trainer) == expected
    assert 0 in rounds and (BATCHES - 1 in rounds) == (most == 0)


@pytest.mark.parametrize("kind", ["logs", "whole tables"])
@pytest.mark.parametrize("stops", [(1,), (2, 3, 7)])
def test_what_a_checkpoint_keeps_goes_on_with_any_ranks(kind, stops, cluster, alone, monkeypatch):
    if kind == "whole tables":
        monkeypatch.setattr(algorithms, "SMALL_PAIRS", 1 << 30)
    keys = {"solver.discount_interval": 1800, "solver.precision": "float32"}
    expected, trainer = digest_after(trainer_of("leduc", keys, alone)), trainer_of("leduc", keys, alone)
    for number, stop in enumerate((*stops, BATCHES)):
        while trainer.progress.batch < stop:
            trainer.batch()
        kept, table = on_all_ranks(trainer), np.array(trainer.table)
        trainer.comm.barrier()
        next_one = trainer_of("leduc", keys, (cluster, alone)[number % 2])
        next_one.progress = Progress(**vars(trainer.progress))
        next_one.share(table)
        next_one.share_kept(kept)
        trainer = next_one
    assert digest_of(trainer) == expected


def test_looking_at_the_table_changes_nothing(cluster, alone):
    keys = {"solver.discount_interval": 1800}
    expected, trainer = digest_after(trainer_of("leduc", keys, alone)), trainer_of("leduc", keys, cluster)
    seen = []
    for _ in range(BATCHES):
        trainer.batch()
        trainer.kept()
        seen.append(digest_of(trainer))
        trainer.settle()
    assert seen[-1] == expected and len(set(seen)) == BATCHES


def test_requests_are_answered_one_batch_later_on_all_ranks(cluster):
    trainer = trainer_of("leduc", {}, cluster)
    last = cluster.rank == cluster.size - 1
    assert trainer.batch(lambda: (last, False, False))[STOP] == 0
    assert trainer.batch()[STOP] == 1
    assert trainer.batch()[STOP] == 0
    trainer.batch(lambda: (last, False, False))
    trainer.settle()
    assert trainer.batch()[STOP] == 0, "what ended a run ends the next one"
    trainer.settle()


def test_a_fault_ends_the_run_before_anything_of_it_is_kept(cluster):
    trainer = trainer_of("leduc", {}, cluster)
    trainer.batch()
    if cluster.rank == cluster.size - 1:
        trainer.runner.traversals.work.params[:] = np.nan
    trainer.batch()
    with pytest.raises(ArithmeticError, match=r"batch 1: .* nothing of this batch is saved"):
        trainer.kept()
