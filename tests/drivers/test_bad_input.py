"""Each mistake of a user: exit 64 and one line on standard error, on one rank and on two."""

import shutil
import subprocess
from pathlib import Path

import pytest
from launching import Job

KUHN = "game:\n  name: kuhn\n  deck: kuhn\n  players: 2\n"


def refused(done: subprocess.CompletedProcess, *words: str) -> None:
    """Assert that one line, with these words, was all that was said."""
    assert done.returncode == 64, done.stderr
    assert done.stdout == "" and done.stderr.count("\n") == 1 and done.stderr.startswith("error: "), done.stderr
    for word in words:
        assert word in done.stderr


@pytest.fixture(params=[1, 2], ids=["1 rank", "2 ranks"])
def command(request, mpirun):
    """``command(*options)``: train on the test's number of ranks."""

    def command(*options) -> subprocess.CompletedProcess:
        return mpirun(request.param, "-m", "holdem_mpi.train", *options)

    return command


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (KUHN + "batchsize: 5\n", ("bad.yaml", "unknown key batchsize", "batch_size")),
        (KUHN + "iters: 5\niters: 6\n", ("bad.yaml:6", "duplicate key iters")),
        (KUHN + "iters: many\n", ("bad.yaml", "iters", "expected an integer", "many")),
        (KUHN + "batch_size: -5\n", ("bad.yaml", "batch_size", "at least 1", "-5")),
    ],
)
def test_config_file(command, tmp_path, text, words):
    (tmp_path / "bad.yaml").write_text(text)
    refused(command("--config", "bad.yaml"), *words)


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
        (("--num-workers", "-1"), ("--num-workers -1",)),
        (("--num-workers", "7"), ("--num-workers 7", "2 ranks")),
        (("--resume",), ("--resume", "--logdir")),
        (("--resume", "--logdir", "nowhere"), ("--resume", "nowhere/config.yaml")),
        (("--game", "kuhn", "--logdir", "/proc/run"), ("/proc/run",)),
    ],
)
def test_options(command, request, options, words):
    if options[1:] == ("7",) and "1 rank" in request.node.name:
        options = ("--num-workers", "many")  # 7 would start them
        words = ("--num-workers", "many")
    refused(command(*options), *words)


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """A folder with a small abstraction for flop hold'em."""
    folder = tmp_path_factory.mktemp("tables")
    done = Job(1, ("-m", "holdem_mpi.abstract", "--buckets", "169,5", "--out", folder), folder).finish()
    assert done.returncode == 0, done.stderr
    return folder


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


@pytest.mark.parametrize("how", ["missing", "truncated", "changed", "foreign"])
def test_bucket_file(command, tables, tmp_path, how):
    shutil.copytree(tables, tmp_path / "tables")
    damage(tmp_path / "tables", how)
    buckets = "169,6" if how == "foreign" else "169,5"
    options = ("--game", "flop_holdem", "--buckets", buckets, "--bucket-dir", "tables", "--logdir", "run")
    refused(command(*options, "--iters", 400), "tables/", "expected")
    # The refused run leaves the folder free for the corrected one.
    shutil.rmtree(tmp_path / "tables")
    shutil.copytree(tables, tmp_path / "tables")
    done = command(*options[:2], "--buckets", "169,5", *options[4:], "--iters", 400)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def run(train, tmp_path):
    """Folder of a run with two generations of checkpoints."""
    for iters in (2000, 4000):
        train(1, *(("--resume",) if iters > 2000 else ("--game", "kuhn", "--lanes", 2)), "--iters", iters)
    assert len(list((tmp_path / "run" / "checkpoints").iterdir())) == 2
    return tmp_path / "run"


def test_folder_that_holds_a_run(command, run):
    refused(command("--game", "kuhn", "--logdir", "run"), "output folder run", "already holds a run", "--resume")


def test_folder_in_use(command, start, run, tmp_path):
    job = start(1, "-m", "holdem_mpi.train", "--game", "leduc", "--iters", 10**12, "--logdir", "busy")
    while not (tmp_path / "busy" / "metrics.jsonl").exists():
        assert job.process.poll() is None, job.finish().stderr
    refused(command("--game", "leduc", "--logdir", "busy"), "output folder busy", "in use", str(job.process.pid))
    refused(command("--resume", "--logdir", "busy"), "output folder busy", "in use", str(job.process.pid))
    assert job.process.poll() is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--seed", 7), "solver.seed: was 0, now 7"),
        (("--batch-size", 7), "batch_size: was 200, now 7"),
        (("--lanes", 7), "lanes: was 2, now 7"),
        (("--sampler", "outcome"), 'solver.sampler: was "external", now "outcome"'),
        (("--game", "leduc"), "--game"),
    ],
)
def test_resume_with_other_options(command, run, options, words):
    refused(command("--resume", "--logdir", "run", "--iters", 8000, *options), words)


def test_damaged_checkpoints(command, run, train):
    table = max((run / "checkpoints").iterdir()) / "table.npy"
    table.write_bytes(table.read_bytes()[:-8])
    done = command("--resume", "--logdir", "run", "--iters", 6000)
    assert done.returncode == 0 and f"warning: checkpoint skipped: {table.relative_to(run.parent)}" in done.stderr
    assert "resumed at 2000 iterations" in done.stderr
    for path in (run / "checkpoints").iterdir():
        (path / "table.npy").write_bytes(b"")
    refused(command("--resume", "--logdir", "run", "--iters", 8000), "run/checkpoints", "table.npy", "0 bytes")


@pytest.mark.parametrize(
    "environment",
    [
        {"PMI_SIZE": "4", "PMI_RANK": "{rank}"},
        {"OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "{rank}"},
        {"SLURM_NTASKS": "4", "SLURM_PROCID": "{rank}"},
    ],
)
def test_launcher_of_singletons(mpirun, tmp_path, environment):
    for rank in (0, 3):
        own = {name: value.format(rank=rank) for name, value in environment.items()}
        done = mpirun(1, "-m", "holdem_mpi.train", "--game", "kuhn", "--logdir", "run", **own)
        if rank == 0:
            refused(done, "the launcher started 4 processes")
        else:
            assert (done.returncode, done.stdout, done.stderr) == (64, "", "")
    assert not (tmp_path / "run").exists()
