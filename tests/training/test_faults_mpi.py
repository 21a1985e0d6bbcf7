"""Ranks that raise, stop, or are not the same program: the job ends, says why, and can go on."""

import json
import os
import shutil
import signal
import time
from pathlib import Path

import pytest
from helpers.launching import Job

import holdem_mpi

FAULTY = Path(__file__).parents[1] / "helpers" / "faulty.py"
LEDUC = ("--game", "leduc", "--lanes", 3, "--logdir", "run")
OFTEN = ("--log-interval", 0.05, "--checkpoint-interval", 0.05)


def faulty(place: str, rank: int, call: int = 1, deed: str = "raise") -> tuple:
    """Arguments of a training command with a fault."""
    return (FAULTY, rank, place, call, deed, "train", *LEDUC, *OFTEN)


@pytest.mark.parametrize(
    ("place", "ranks", "rank"),
    [
        ("start", 3, 2),
        ("build", 2, 1),
        ("compile", 2, 0),
        ("lane", 1, 0),
        ("lane", 3, 1),
        ("merge", 2, 0),
        ("save", 1, 0),
        ("save", 3, 0),
        ("export", 2, 0),
    ],
)
def test_a_rank_that_raises_ends_the_job(mpirun, place, ranks, rank):
    call = 40 if place in ("lane", "merge") else 2 if place == "save" else 1
    iters = 10**12 if place in ("lane", "merge", "save") else 3000
    done = mpirun(ranks, *faulty(place, rank, call), "--iters", iters, timeout=60)
    assert done.returncode == 70, done.stderr
    assert done.stderr.count("Traceback") == 1 and done.stderr.count(f"RuntimeError: a fault in {place}") == 1
    assert (f"rank {rank}:\nTraceback" in done.stderr) == (ranks > 1)


@pytest.mark.parametrize(("library", "said"), [("yaml", "rank 1 on "), ("numba", "rank 1:\n")])
def test_a_rank_that_cannot_import_ends_the_job(mpirun, tmp_path, library, said):
    """Before MPI starts, and after it, when a command knows what it needs."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys; from holdem_mpi.parallel.startup import launcher_says\n"
        f"if launcher_says()[1] == 1: sys.modules[{library!r}] = None\n"
        "del sys.modules['holdem_mpi.parallel.startup']"
    )
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = mpirun(3, "-m", "holdem_mpi.train", *LEDUC, timeout=60, PYTHONPATH=path)
    assert done.returncode != 0 and done.stderr.count("Traceback") == 1, done.stderr
    assert library in done.stderr and said in done.stderr and not (tmp_path / "run").exists()


def digest_of(folder: Path) -> str:
    return json.loads((folder / "summary.json").read_text())["digest"]


def train_until_saved(start, folder: Path, *options) -> Job:
    """A run on 3 ranks that has saved something."""
    job = start(3, "-m", "holdem_mpi.train", *LEDUC, *OFTEN, *options)
    while not list(folder.glob("checkpoints/g*[0-9]")):
        assert job.process.poll() is None, job.finish().stderr
        time.sleep(0.01)
    return job


@pytest.mark.parametrize("stopped", [0, 2])
def test_the_watchdog_ends_a_job_with_a_stopped_rank(start, train, tmp_path, stopped):
    job = train_until_saved(start, tmp_path / "run", "--iters", 10**12, "--watchdog", 2)
    os.kill(job.ranks()[stopped], signal.SIGSTOP)
    done = job.finish(timeout=60)
    assert done.returncode == 75, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert f"missing: rank {stopped};" in line and "--resume" in line and "Traceback" not in done.stderr
    if stopped == 0:
        return
    last = max(int(path.name[1:]) for path in (tmp_path / "run" / "checkpoints").glob("g*[0-9]"))
    iters = (last + 50) * 600
    digest = train(2, "--resume", "--iters", iters, "--watchdog", 0)["digest"]
    assert digest == train(1, *LEDUC[:-2], "--iters", iters, logdir="whole")["digest"]


def test_a_rank_or_a_job_that_is_suspended_goes_on(start, train, tmp_path):
    job = train_until_saved(start, tmp_path / "run", "--iters", 240_000, "--watchdog", 4)
    everyone = job.ranks()
    for pids, seconds in ((everyone[1:2], 1), (everyone, 6)):  # one for less than the watchdog's time, all for longer
        for number in (signal.SIGSTOP, signal.SIGCONT):
            for pid in pids:
                os.kill(pid, number)
            time.sleep(seconds if number == signal.SIGSTOP else 0.1)
    done = job.finish()
    assert done.returncode == 0, done.stderr
    assert digest_of(tmp_path / "run") == train(1, *LEDUC[:-2], "--iters", 240_000, logdir="whole")["digest"]


def test_the_watchdog_lets_the_last_save_take_its_time(mpirun, tmp_path):
    options = ("--iters", 3000, "--watchdog", 2, "--checkpoint-interval", 1000)
    done = mpirun(2, *faulty("save", 0, deed="5"), *options)
    assert done.returncode == 0 and (tmp_path / "run" / "summary.json").exists(), done.stderr


def test_ranks_of_different_builds_are_refused(mpirun, tmp_path):
    other = tmp_path / "other" / "holdem_mpi"
    shutil.copytree(Path(holdem_mpi.__file__).parent, other, ignore=shutil.ignore_patterns("__pycache__"))
    with open(other / "training" / "trainer.py", "a") as file:
        file.write("# a line more\n")
    script = (
        "import sys; from holdem_mpi.parallel.startup import launcher_says\n"
        "if launcher_says()[1] == 1:\n"
        f"    sys.path.insert(0, {str(other.parent)!r})\n"
        "    for name in [name for name in sys.modules if name.startswith('holdem_mpi')]: del sys.modules[name]\n"
        "import holdem_mpi.train as train; from holdem_mpi.parallel.processes import run_command\n"
        "sys.exit(run_command(train.main))"
    )
    done = mpirun(3, "-c", script, *LEDUC)
    assert done.returncode == 64 and done.stderr.count("\n") == 1 and done.stdout == "", done.stderr
    for word in ("error: ranks 0 and 1 (on ", "sources '", "1 of 3 ranks differ", "expected one installation"):
        assert word in done.stderr
    assert "numpy" not in done.stderr and not (tmp_path / "run").exists()


def test_ranks_with_different_options_are_refused(mpirun, tmp_path):
    script = (
        "import sys; import holdem_mpi.train as train; from holdem_mpi.parallel.startup import launcher_says\n"
        "from holdem_mpi.parallel.processes import run_command\n"
        "sys.argv += ['--seed', str(launcher_says()[1])]\n"
        "sys.exit(run_command(train.main))"
    )
    done = mpirun(3, "-c", script, *LEDUC)
    assert done.returncode == 64 and done.stderr.count("\n") == 1, done.stderr
    assert "--seed 0' and '" in done.stderr and "2 of 3 ranks differ" in done.stderr
