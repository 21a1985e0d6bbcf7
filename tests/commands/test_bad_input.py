"""Each mistake of a user on one rank (see mistakes.py), and those that processes of their own are needed for."""

import pytest
from helpers.launching import run_here
from helpers.mistakes import Mistakes, refused

from holdem_mpi.parallel.communicator import Communicator


@pytest.fixture
def comm():
    """One rank."""
    return Communicator()


@pytest.fixture
def folder(tmp_path):
    """The test's own."""
    return tmp_path


@pytest.fixture
def command(tmp_path):
    """``command(*options)``: train, in this process."""
    return lambda *options: run_here(("-m", "holdem_mpi.train", *options), tmp_path)


class TestOneRank(Mistakes):
    """All of them."""


@pytest.mark.parametrize(
    ("ranks", "options", "words"),
    [
        (1, ("--batchsize", "5"), ("--batchsize",)),
        (2, ("--batchsize", "5"), ("--batchsize",)),
        (2, ("--game", "kuhn", "--logdir", "/proc/run"), ("/proc/run",)),
        (1, ("--num-workers", "-1"), ("--num-workers -1",)),
        (1, ("--num-workers", "many"), ("--num-workers", "many")),
        (2, ("--num-workers", "-1"), ("--num-workers -1",)),
        (2, ("--num-workers", "7"), ("--num-workers 7", "2 ranks")),
    ],
)
def test_processes(start, ranks, options, words):
    refused(start(ranks, "-m", "holdem_mpi.train", *options).finish(), *words)


def test_folder_in_use(mpirun, start, tmp_path):
    job = start(1, "-m", "holdem_mpi.train", "--game", "leduc", "--iters", 10**12, "--logdir", "busy")
    while not (tmp_path / "busy" / "metrics.jsonl").exists():
        assert job.process.poll() is None, job.finish().stderr
    for ranks in (1, 2):
        for options in (("--game", "leduc"), ("--resume",)):
            done = mpirun(ranks, "-m", "holdem_mpi.train", *options, "--logdir", "busy")
            refused(done, "output folder busy", "in use", str(job.process.pid))
    assert job.process.poll() is None


@pytest.mark.parametrize(
    "environment",
    [
        {"PMI_SIZE": "4", "PMI_RANK": "{rank}"},
        {"OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "{rank}"},
        {"SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "{rank}"},
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


@pytest.mark.parametrize(
    "step", [{}, {"SLURM_STEP_ID": "4294967291"}, {"SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "1"}]
)
def test_serial_commands_run_in_the_shell_of_an_allocation(mpirun, step):
    allocation = {"SLURM_JOB_ID": "77", "SLURM_NTASKS": "4", "SLURM_PROCID": "0", **step}
    for command in (["train", "--help"], ["evaluate", "match", "--help"]):
        done = mpirun(1, "-m", f"holdem_mpi.{command[0]}", *command[1:], **allocation)
        assert done.returncode == 0 and done.stdout.startswith("usage: ") and done.stderr == ""
