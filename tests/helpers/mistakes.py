"""Each mistake of a user of ``train``: exit 64 and one line on standard error, on one rank and on several.

Mistakes is run by tests/commands/test_bad_input.py in one process and by tests/mpi/test_bad_input.py on all ranks. Both
give it ``comm``; ``folder``, one for all ranks; and ``command(*options)``, train on all ranks.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from holdem_mpi.parallel.communicator import Communicator

from .launching import run_here

KUHN = "game:\n  name: kuhn\n  deck: kuhn\n  players: 2\n"


def refused(done: subprocess.CompletedProcess, *words: str, rank: int = 0) -> None:
    """Assert that one line, with these words, was all that was said, and by rank 0."""
    assert done.returncode == 64, done.stderr
    if rank != 0:
        assert (done.stdout, done.stderr) == ("", "")
        return
    assert done.stdout == "" and done.stderr.count("\n") == 1 and done.stderr.startswith("error: "), done.stderr
    for word in words:
        assert word in done.stderr


def build_tables(folder: Path) -> None:
    """Make ``tables``, a small abstraction for flop hold'em."""
    done = run_here(("-m", "holdem_mpi.abstract", "--buckets", "169,5", "--out", "tables"), folder)
    assert done.returncode == 0, done.stderr


def damage(folder: Path, how: str) -> None:
    """Make the abstraction in ``folder`` bad."""
    (table,) = folder.glob("*.npy")
    if how == "missing":
        table.unlink()
    elif how == "truncated":
        table.write_bytes(table.read_bytes()[:1000])
    elif how == "changed":
        data = bytearray(table.read_bytes())
        data[-1] ^= 1
        table.write_bytes(data)
    else:  # the table of another abstraction under this one's name
        for path in (table, table.with_suffix(".json")):
            path.rename(path.with_name(path.name.replace("-5.", "-6.")))


def make_run(folder: Path) -> None:
    """Make ``run``, of one rank, with two generations of checkpoints."""
    for options in (("--game", "kuhn", "--lanes", 2, "--iters", 2000), ("--resume", "--iters", 4000)):
        done = run_here(("-m", "holdem_mpi.train", "--logdir", "run", *options), folder)
        assert done.returncode == 0, done.stderr
    assert len(list((folder / "run" / "checkpoints").iterdir())) == 2


def cut_newest(checkpoints: Path) -> str:
    """Take the end off the newest table; its path, as a command in the folder of the run's folder names it."""
    table = max(checkpoints.iterdir()) / "table.npy"
    table.write_bytes(table.read_bytes()[:-8])
    return str(table.relative_to(checkpoints.parent.parent))


def empty_all(checkpoints: Path) -> None:
    """Leave no sound table."""
    for path in checkpoints.iterdir():
        (path / "table.npy").write_bytes(b"")


class Mistakes:
    """The tests."""

    @pytest.fixture
    def run(self, comm: Communicator, folder: Path) -> Path:
        """Folder of a run with two generations of checkpoints."""
        comm.on_root(lambda: make_run(folder))
        return folder / "run"

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (KUHN + "batchsize: 5\n", ("bad.yaml", "unknown key batchsize", "batch_size")),
            (KUHN + "iters: 5\niters: 6\n", ("bad.yaml:6", "duplicate key iters")),
            (KUHN + "iters: many\n", ("bad.yaml", "iters", "expected an integer", "many")),
            (KUHN + "batch_size: -5\n", ("bad.yaml", "batch_size", "at least 1", "-5")),
        ],
    )
    def test_config_file(self, comm, folder, command, text, words):
        comm.on_root(lambda: (folder / "bad.yaml").write_text(text))
        refused(command("--config", "bad.yaml"), *words, rank=comm.rank)

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            (("--batch-size", "-200"), ("--batch-size", "at least 1", "-200")),
            (("--batch-size", "x"), ("--batch-size", "integer", "x")),
            (("--iters", "inf"), ("--iters", "integer", "inf")),
            (("--game", "kuhm"), ("kuhm", "did you mean kuhn")),
            (("--config", "nowhere.yaml"), ("nowhere.yaml", "No such file")),
            (("--batchsize", "5"), ("--batchsize",)),
            (("--game", "kuhn", "--config", "x.yaml"), ("--game", "--config")),
            (("--game", "kuhn", "--buckets", "3"), ("--buckets",)),
            (("--resume",), ("--resume", "--logdir")),
            (("--resume", "--logdir", "nowhere"), ("--resume", "nowhere/config.yaml")),
            (("--game", "kuhn", "--logdir", "/proc/run"), ("/proc/run",)),
        ],
    )
    def test_options(self, comm, command, options, words):
        refused(command(*options), *words, rank=comm.rank)

    @pytest.mark.parametrize("how", ["missing", "truncated", "changed", "foreign"])
    def test_bucket_file(self, comm, folder, command, how):
        comm.on_root(lambda: build_tables(folder))
        comm.on_root(lambda: bool(shutil.copytree(folder / "tables", folder / "whole")))
        comm.on_root(lambda: damage(folder / "tables", how))
        options = ("--game", "flop_holdem", "--bucket-dir", "tables", "--logdir", "run", "--iters", 400, "--buckets")
        refused(command(*options, "169,6" if how == "foreign" else "169,5"), "tables/", "expected", rank=comm.rank)
        # The refused run leaves the folder free for the corrected one.
        comm.on_root(lambda: shutil.rmtree(folder / "tables"))
        comm.on_root(lambda: (folder / "whole").rename(folder / "tables") and None)
        done = command(*options, "169,5")
        assert done.returncode == 0, done.stderr

    def test_folder_that_holds_a_run(self, comm, command, run):
        words = "output folder run", "already holds a run", "--resume"
        refused(command("--game", "kuhn", "--logdir", "run"), *words, rank=comm.rank)

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            (("--seed", 7), "solver.seed: was 0, now 7"),
            (("--batch-size", 7), "batch_size: was 200, now 7"),
            (("--lanes", 7), "lanes: was 2, now 7"),
            (("--sampler", "outcome"), 'solver.sampler: was "external", now "outcome"'),
            (("--game", "leduc"), '--game leduc is not that run\'s (game.deck: was "kuhn", now "leduc")'),
        ],
    )
    def test_resume_with_other_options(self, comm, command, run, options, words):
        refused(command("--resume", "--logdir", "run", "--iters", 8000, *options), words, rank=comm.rank)

    def test_damaged_checkpoints(self, comm, command, run):
        damaged = comm.on_root(lambda: cut_newest(run / "checkpoints"))
        done = command("--resume", "--logdir", "run", "--iters", 6000)
        assert done.returncode == 0
        if comm.rank == 0:
            assert f"warning: checkpoint skipped: {damaged}" in done.stderr
            assert "resumed at 2000 iterations" in done.stderr
        comm.on_root(lambda: empty_all(run / "checkpoints"))
        done = command("--resume", "--logdir", "run", "--iters", 8000)
        refused(done, "run/checkpoints", "table.npy", "0 bytes", rank=comm.rank)
