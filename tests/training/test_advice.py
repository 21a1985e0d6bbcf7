"""What a run is told that merges or waits too much: once, when it can be judged, and what to change."""

from types import SimpleNamespace

import pytest

from holdem_mpi.config.load import load_config
from holdem_mpi.training import trainer as trainers
from holdem_mpi.training.advice import advice


def config(**overrides):
    return load_config("leduc", {"lanes": 4, **overrides})


@pytest.mark.parametrize(
    ("own", "ranks", "cores", "merging", "waiting", "words"),
    [
        (config(), 2, 2, 0.5, 0.1, "60 % of the time goes into merging and waiting for other ranks; --batch-size 5000"),
        (config(), 2, 2, 0.25, 0.1, "35 %; --batch-size 1000 (here 200), or auto"),
        (config(batch_size="auto", batch_size_limit=300), 2, 2, 0.5, 0.0, "--batch-size-limit 5000 (here 300)"),
        (config(), 16, 2, 0.2, 0.4, "no more ranks than cores (here 16 ranks on 2)"),
        (config(), 3, 4, 0.1, 0.4, "--lanes are a multiple of the 3 ranks (here 4)"),
        (config(**{"solver.sampler": "full"}), 2, 2, 0.6, 0.0, "fewer ranks (here 2)"),
        (config(mode="racing"), 2, 2, 0.6, 0.0, "fewer ranks (here 2)"),
        (config(), 2, 2, 1.0, 0.0, "--batch-size 200000 (here 200)"),
    ],
)
def test_what_to_change(own, ranks, cores, merging, waiting, words):
    line = advice(own, ranks, ranks, cores, merging, waiting)
    assert line.startswith("note: ") and "\n" not in line
    for word in words.split("; "):
        assert word in line


def test_nothing_is_said_without_need():
    for merging, waiting in ((0.0, 0.0), (0.3, 0.0), (0.1, 0.19)):
        assert advice(config(), 16, 16, 2, merging, waiting) is None


@pytest.mark.parametrize(("share", "said"), [(0.29, []), (0.5, [12.0])])
def test_a_run_says_it_once(monkeypatch, share, said):
    now, lines = [0.0], []
    display = SimpleNamespace(show=lambda *_: None, say=lambda line: lines.append((now[0], line)))
    trainer = SimpleNamespace(
        problem=SimpleNamespace(config=config(log_interval=2.0)),
        comm=SimpleNamespace(size=2),
        shared=SimpleNamespace(parts=2),
        progress=trainers.Progress(),
        merge_seconds=1000.0,  # of an earlier run of the same solver
        wait_seconds=500.0,
        metrics=lambda *_: {},
        folder=None,
    )
    monkeypatch.setattr(trainers.time, "perf_counter", lambda: now[0])
    reporter = trainers._RunReporter(trainer, display, 0.0)
    for _ in range(20):
        now[0] += 3.0
        trainer.merge_seconds = 1000.0 + share * now[0]
        reporter.after_batch()
    assert [at for at, _ in lines] == said
