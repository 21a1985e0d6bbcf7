"""What a run leaves behind, and what it does without MPI, on a full disk, and when asked to stop too early."""

import json
import math
import os
import re
import resource
import signal
import time
from pathlib import Path

import pytest
from tensorboardX.proto import event_pb2

from holdem_mpi.config.load import load_config
from holdem_mpi.storage.checkpoint import list_generations, load_generation
from holdem_mpi.training.trainer import snapshot_due

SUMMARY_KEYS = {"game", "iterations", "ranks", "lanes", "batch_size", "seed", "seconds", "cpu_seconds", "digest"}
SUMMARY_KEYS |= {"iterations_per_second", "visits_per_second", "merge_share", "checkpoint_share", "infosets"}
KUHN = ("-m", "holdem_mpi.train", "--game", "kuhn", "--logdir", "run")
LEDUC = ("-m", "holdem_mpi.train", "--logdir", "run", "--game", "leduc", "--lanes", 2)


@pytest.mark.parametrize("ranks", [1, 2])
def test_summary_and_files(train, tmp_path, ranks):
    summary = train(ranks, "--game", "leduc", "--iters", 100_000, "--seed", 11, "--batch-size", 100, "--lanes", 4)
    assert summary.keys() >= SUMMARY_KEYS
    own = {key: summary[key] for key in ("game", "iterations", "ranks", "lanes", "batch_size", "seed", "infosets")}
    assert list(own.values()) == ["leduc", 100_000, ranks, 4, 100, 11, 288]
    assert summary["visits_per_second"] > 10 * summary["iterations_per_second"] > 1000
    assert 0 < summary["cpu_seconds"] < 60 and 0 < summary["seconds"] < 60
    assert 0 <= summary["merge_share"] <= 1 and 0 < summary["checkpoint_share"] <= 1
    run = tmp_path / "run"
    names = "avg_policy.json checkpoints config.yaml metrics.jsonl policy run.lock summary.json"
    assert " ".join(sorted(path.name for path in run.iterdir())) == names
    (generation,) = (run / "checkpoints").iterdir()
    assert generation.name == "g000000000250"
    last = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])
    assert last["iterations"] == 100_000 and last["eta"] == 0


def test_iterations_round_up_to_whole_batches(train):
    assert train(1, "--game", "kuhn", "--lanes", 3, "--batch-size", 200, "--iters", 601)["iterations"] == 1200


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("mpi4py/__init__.py", "raise ImportError('no module named mpi4py')"),
        ("mpi4py/MPI.py", "raise RuntimeError('cannot load MPI library')"),
    ],
)
def test_one_process_where_no_mpi_is_found(train, tmp_path, place, text):
    expected = train(1, "--game", "kuhn", "--iters", 2000)
    (tmp_path / "shim" / "mpi4py").mkdir(parents=True)
    (tmp_path / "shim" / "mpi4py" / "__init__.py").touch()
    (tmp_path / "shim" / place).write_text(text)
    path = os.pathsep.join([str(tmp_path / "shim"), os.environ.get("PYTHONPATH", "")])
    summary = train(1, "--game", "kuhn", "--iters", 2000, logdir="other", PYTHONPATH=path)
    assert summary["mpi"] == "none" and summary["ranks"] == 1
    assert summary["digest"] == expected["digest"]


def test_num_workers_without_an_mpirun(mpirun, tmp_path):
    bare = tmp_path / "bin"
    bare.mkdir()
    script = f"import sys; sys.executable = {str(bare / 'python')!r}; import runpy, os; os.environ['PATH'] = ''\n"
    script += f"sys.argv[1:] = {[*KUHN[2:], '--num-workers', '2']!r}\n"
    script += "runpy.run_module('holdem_mpi.train', run_name='__main__', alter_sys=True)"
    done = mpirun(1, "-c", script)
    assert done.returncode == 64 and done.stdout == "" and done.stderr.count("\n") == 1
    assert "--num-workers 2: no mpirun found" in done.stderr


def test_full_disk_at_the_start(mpirun, tmp_path):
    (tmp_path / "shim" / "mpi4py").mkdir(parents=True)
    (tmp_path / "shim" / "mpi4py" / "__init__.py").write_text("raise ImportError")  # MPI would need files of its own
    path = os.pathsep.join([str(tmp_path / "shim"), os.environ.get("PYTHONPATH", "")])
    script = (
        f"import resource, runpy; resource.setrlimit(resource.RLIMIT_FSIZE, (100, {resource.RLIM_INFINITY}))\n"
        "runpy.run_module('holdem_mpi.train', run_name='__main__', alter_sys=True)"
    )
    done = mpirun(1, "-c", script, *LEDUC[2:], PYTHONPATH=path)
    assert done.returncode == 74 and done.stdout == "" and done.stderr.count("\n") == 1
    assert done.stderr.startswith("error: run: ")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1, signal.SIGINT])
def test_stopped_before_training_begins(start, tmp_path, number):
    # A lock on the cache's folder keeps the command in its set-up.
    script = (
        "import fcntl, os, sys; from pathlib import Path; Path('tables').mkdir(); handle = os.open('tables/lock', 66)\n"
        "fcntl.flock(handle, fcntl.LOCK_EX); print('locked', flush=True); import time; time.sleep(100)"
    )
    holder = start(1, "-c", script)
    assert holder.process.stdout.readline() == "locked\n"
    job = start(2, "-m", "holdem_mpi.abstract", "--buckets", "169,5", "--out", "tables")
    said = []
    while "waiting for it" not in "".join(said):  # a slow start says so before
        said.append(job.process.stderr.readline())
        assert said[-1], said
    time.sleep(0.2)
    job.process.send_signal(number)
    done = job.finish(timeout=60)
    assert done.returncode == 75 and "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1, signal.SIGINT])
@pytest.mark.parametrize("command", ["train", "evaluate", "abstract"])
def test_stopped_during_the_imports(start, tmp_path, command, number):
    (tmp_path / "shim").mkdir()
    (tmp_path / "shim" / "yaml.py").write_text("import time; print('importing', flush=True); time.sleep(100)")
    path = os.pathsep.join([str(tmp_path / "shim"), os.environ.get("PYTHONPATH", "")])
    job = start(1, "-m", f"holdem_mpi.{command}", PYTHONPATH=path)
    assert job.process.stdout.readline() == "importing\n"
    job.process.send_signal(number)
    done = job.finish(timeout=60)
    assert (done.returncode, done.stderr) == (75, "stopped by a signal; nothing was left to save\n")


def test_resume_writes_its_options_back(train, mpirun, tmp_path):
    train(1, "--game", "kuhn", "--iters", 2000)
    train(1, "--resume", "--iters", 4000, "--log-interval", 0.5)
    config = load_config(tmp_path / "run" / "config.yaml")
    assert (config.iters, config.log_interval, config.lanes) == (4000, 0.5, 1)
    assert train(1, "--resume")["iterations"] == 4000
    done = mpirun(1, "-m", "holdem_mpi.train", "--resume", "--logdir", "run", "--iters", 6000, "--seed", 3)
    assert done.returncode == 64 and load_config(tmp_path / "run" / "config.yaml") == config


PUSH_OR_FOLD = """
game: {name: push_or_fold, deck: holdem, players: 2, betting: no_limit, stacks: 1000, blinds: [100, 50],
       board_cards: [0, 3], bet_sizes: [], limp: false}
abstraction: {buckets: [169, 1]}
iters: 40_000
"""


@pytest.mark.parametrize(("limp", "infosets"), [("false", 2 * 169), ("true", 4 * 169 + 4)])
def test_push_or_fold(train, mpirun, tmp_path, limp, infosets):
    (tmp_path / "game.yaml").write_text(PUSH_OR_FOLD.replace("limp: false", f"limp: {limp}"))
    assert train(1, "--config", "game.yaml")["infosets"] == infosets
    chart = mpirun(1, "-m", "holdem_mpi.evaluate", "chart", "--policy", "run").stdout
    assert f"actions: fold, {'' if limp == 'false' else 'call, '}raise to 1000 all-in (10 bb)\n" in chart
    raised, called = re.search(r"^ *A +(\d+)/(\d+)", chart, re.MULTILINE).groups()  # aces, in the corner of the chart
    assert int(raised) + int(called) > 90


@pytest.mark.parametrize("ranks", [1, 2])
def test_resume_below_what_is_done_is_refused(train, mpirun, tmp_path, ranks):
    options = ("--game", "kuhn", "--lanes", 3, "--batch-size", 200, "--iters", 601)
    assert train(ranks, *options)["iterations"] == 1200
    before = (tmp_path / "run" / "config.yaml").read_bytes()
    for fewer in (1, 600, 900):
        done = mpirun(ranks, "-m", "holdem_mpi.train", "--resume", "--logdir", "run", "--iters", fewer)
        expected = f"error: --iters {fewer}: the run in run has done 1200 iterations; expected at least those\n"
        assert (done.returncode, done.stdout, done.stderr) == (64, "", expected)
        assert (tmp_path / "run" / "config.yaml").read_bytes() == before
    assert train(ranks, "--resume", "--iters", 601)["iterations"] == 1200
    done = mpirun(ranks, "-m", "holdem_mpi.train", "--resume", "--logdir", "run")
    assert "all iterations of the run are done: --iters N, of more than these, trains on\n" in done.stderr
    assert train(ranks, "--resume", "--iters", 1200)["iterations"] == 1200
    assert train(ranks, "--resume", "--iters", 1201)["iterations"] == 1800


def test_a_time_budget_at_resume_is_additional(train, mpirun):
    train(1, "--game", "kuhn", "--iters", 2000)
    more = ("--resume", "--logdir", "run", "--iters", 4000)
    assert "budget" not in mpirun(1, "-m", "holdem_mpi.train", *more).stderr
    done = mpirun(1, "-m", "holdem_mpi.train", *more[:-1], 6000, "--time-budget", 100)
    assert "the time budget of 1:40 begins anew, beside the 0:00 that the run has taken\n" in done.stderr
    again = mpirun(1, "-m", "holdem_mpi.train", *more[:-1], 8000)  # the budget is the run's now
    assert "the time budget of 1:40 begins anew" in again.stderr and again.returncode == 0


def test_resume_takes_the_game_and_the_config_that_the_run_has(train, mpirun, tmp_path):
    (tmp_path / "own.yaml").write_text(
        "game: {name: own, deck: kuhn, players: 2}\nsolver: {seed: 3}\nbatch_size: 100\niters: 2000\n"
    )
    start = ("--config", "own.yaml", "--sampler", "outcome", "--lanes", 3)
    train(1, *start)
    for more in (("--game", "kuhn"), ("--config", "own.yaml"), start):
        assert train(1, "--resume", *more)["iterations"] == 2100
    other = tmp_path / "other.yaml"
    for text, words in (
        ("game: {name: own, deck: kuhn, players: 3}\n", "game.players: was 2, now 3"),
        ("game: {name: own, deck: kuhn, players: 2}\nsolver: {seed: 4}\n", "solver.seed: was 3, now 4"),
    ):
        other.write_text(text)
        done = mpirun(1, "-m", "holdem_mpi.train", "--resume", "--logdir", "run", "--config", "other.yaml")
        assert done.returncode == 64 and done.stderr.count("\n") == 1, done.stderr
        assert f"--config other.yaml is not that run's ({words}); expected the run's own, or none" in done.stderr
    done = mpirun(1, "-m", "holdem_mpi.train", "--resume", "--logdir", "run", *start[:4], "--lanes", 2)
    assert done.returncode == 64 and "lanes: was 3, now 2" in done.stderr


@pytest.mark.parametrize("ranks", [1, 2])
def test_snapshots_stay(train, tmp_path, ranks):
    train(ranks, "--game", "kuhn", "--lanes", 2, "--iters", 100_000, "--snapshots", 2)
    train(3 - ranks, "--resume", "--iters", 200_000)
    generations = [load_generation(path)[1] for _, path in list_generations(tmp_path / "run" / "checkpoints")]
    iterations = [manifest["progress"]["iterations"] for manifest in generations]
    assert iterations == [10_000, 20_000, 40_000, 80_000, 160_000, 200_000]
    assert [manifest.get("snapshot", False) for manifest in generations] == [True] * 5 + [False]
    cpu_seconds = [manifest["progress"]["cpu_seconds"] for manifest in generations]
    assert cpu_seconds[0] > 0 and cpu_seconds == sorted(cpu_seconds)
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["cpu_seconds"] == cpu_seconds[-1] and summary["iterations"] == 200_000


@pytest.mark.parametrize(("factor", "first"), [(2.0, 1000), (1.05, 333), (10.0, 1), (1.7, 50_000)])
def test_snapshots_come_once_for_each_power(factor, first):
    config = load_config("kuhn", {"snapshot_factor": factor, "snapshot_first": first})
    taken = [at for at in range(0, 200_000, 200) if snapshot_due(config, at, at + 200)]
    powers = {math.ceil(first * factor**power / 200) for power in range(150) if first * factor**power <= 200_000}
    assert len(taken) == len(powers)
    assert not snapshot_due(load_config("kuhn"), 0, 10**9)


def test_uncaught_error_on_one_rank_ends_the_job(mpirun):
    script = (
        "import sys; from holdem_mpi.parallel.processes import run_command\n"
        "def main(comm):\n"
        "    if comm.rank == 1: raise KeyError('a fault of ours')\n"
        "    comm.barrier()\n"
        "sys.exit(run_command(main))"
    )
    done = mpirun(3, "-c", script, timeout=60)
    assert done.returncode == 70 and "rank 1:" in done.stderr and "a fault of ours" in done.stderr


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """{tag: [(step, value)]} of the event files in a folder, later files last."""
    found: dict[str, list[tuple[int, float]]] = {}
    for path in sorted(folder.iterdir()):
        data, at = path.read_bytes(), 0
        while at < len(data):
            length = int.from_bytes(data[at : at + 8], "little")
            event = event_pb2.Event.FromString(data[at + 12 : at + 12 + length])
            at += 12 + length + 4
            for value in event.summary.value:
                found.setdefault(value.tag, []).append((event.step, value.simple_value))
    return found


def test_tensorboard_scalars(train, tmp_path):
    train(2, "--game", "kuhn", "--iters", 20_000, "--tensorboard", "--log-interval", 0.001)
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").open()]
    found = scalars(tmp_path / "run" / "tensorboard")
    assert set(found) == lines[0].keys() - {"batch", "iterations"}
    for tag, points in found.items():
        expected = [(line["iterations"], line[tag]) for line in lines if line[tag] is not None]
        assert [step for step, _ in points] == [step for step, _ in expected]
        assert [value for _, value in points] == pytest.approx([value for _, value in expected], rel=1e-6)


def test_tensorboard_without_its_package(mpirun, tmp_path):
    (tmp_path / "shim" / "tensorboardX").mkdir(parents=True)
    (tmp_path / "shim" / "tensorboardX" / "__init__.py").write_text("raise ImportError")
    path = os.pathsep.join([str(tmp_path / "shim"), os.environ.get("PYTHONPATH", "")])
    done = mpirun(2, *KUHN, "--tensorboard", PYTHONPATH=path)
    assert done.returncode == 64 and done.stderr.count("\n") == 1
    assert "tensorboardX is not installed" in done.stderr
    assert not (tmp_path / "run" / "config.yaml").exists()


def test_help_is_printed_once(mpirun):
    for module in ("train", "abstract", "evaluate"):
        done = mpirun(2, "-m", f"holdem_mpi.{module}", "--help")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.count(f"usage: python -m holdem_mpi.{module}") == 1


def test_import_starts_no_mpi(mpirun):
    assert mpirun(1, "-c", "import sys, holdem_mpi.train; print('mpi4py' in sys.modules)").stdout == "False\n"


def test_a_config_that_ends_by_time_says_so_and_what_shortens_it(mpirun, tmp_path):
    text = "game: {name: kuhn, deck: kuhn, players: 2}\niters: 1_000_000_000\ntime_budget: 0.2\n"
    (tmp_path / "short.yaml").write_text(text)
    said = []
    for options in ((), ("--time-budget", 0.1)):
        command = ("-m", "holdem_mpi.train", "--config", "short.yaml", "--logdir", f"run{len(said)}", *options)
        done = mpirun(1, *command)
        assert done.returncode == 0 and "stopped by time budget" in done.stdout, done.stderr
        said.append([line for line in done.stderr.splitlines() if "of its config" in line])
    assert said == [
        [
            "kuhn: the 0:00 of its config begin once kernels and card abstraction are there; "
            "--time-budget SECONDS and --iters N shorten them"
        ],
        [],
    ]
