"""When a command starts itself again under mpirun, and the communicator of one process."""

import os

import numpy as np
import pytest

from holdem_mpi.errors import SaveError, UserError
from holdem_mpi.parallel import launch
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.processes import run_command
from holdem_mpi.parallel.startup import launcher_says

VARIABLES = (
    "PMI_SIZE",
    "PMI_RANK",
    "OMPI_COMM_WORLD_SIZE",
    "OMPI_COMM_WORLD_RANK",
    "SLURM_JOB_ID",
    "SLURM_JOB_NUM_NODES",
    "SLURM_NTASKS",
    "SLURM_PROCID",
    "SLURM_STEP_ID",
    "SLURM_STEPID",
    "SLURM_STEP_NUM_TASKS",
)
BATCH = {"SLURM_JOB_ID": "77", "SLURM_NTASKS": "4", "SLURM_PROCID": "0"}


@pytest.fixture
def started(monkeypatch):
    """Commands that ``relaunch`` wants to become, with no launcher about."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    commands: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda path, command: commands.append(command))
    return commands


@pytest.mark.parametrize(
    ("options", "ranks"),
    [
        (["--num-workers", "3"], 3),
        (["--num-workers=2", "--game", "kuhn"], 2),
        (["--seed", "1", "--num-workers", "0"], len(os.sched_getaffinity(0))),
    ],
)
def test_starts_ranks(started, options, ranks):
    launch.relaunch("holdem_mpi.train", options)
    (command,) = started
    assert command[0].endswith("mpirun") and command[1:3] == ["-n", str(ranks)]
    assert command[4:] == ["-m", "holdem_mpi.train", *options]


@pytest.mark.parametrize(
    ("number", "nodes", "warned"), [("4", None, False), ("5", None, True), ("64", "1", True), ("64", "16", False)]
)
def test_warns_of_ranks_far_above_the_cores(started, monkeypatch, capsys, number, nodes, warned):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    if nodes:
        monkeypatch.setenv("SLURM_JOB_NUM_NODES", nodes)
    launch.relaunch("holdem_mpi.train", ["--num-workers", number])
    said = capsys.readouterr().err
    assert started[0][1:3] == ["-n", number] and said.count("\n") == warned
    assert (f"note: --num-workers {number}: there are 2 cores" in said) == warned


@pytest.mark.parametrize("user", [0, 1000])
def test_open_mpi_is_told_what_it_wants(started, monkeypatch, user):
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(os, "environ", {"UCX_LOG_LEVEL": "info"})
    launch.relaunch("holdem_mpi.train", ["--num-workers", "2"])
    names = {"OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"}
    assert (names <= os.environ.keys()) == (user == 0) and started
    assert ("PRTE_MCA_rmaps_default_mapping_policy", ":oversubscribe") in os.environ.items()
    assert os.environ["UCX_LOG_LEVEL"] == "info"  # what was set stays
    assert ("OMPI_MCA_osc", "^ucx") in os.environ.items()


@pytest.mark.parametrize("options", [[], ["--num-workers", "1"], ["--num-workers"], ["--num-workers", "x"], ["4"]])
def test_stays_one_process(started, options):
    launch.relaunch("holdem_mpi.train", options)
    assert started == []


@pytest.mark.parametrize("name", ["PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS"])
def test_never_starts_ranks_below_a_launcher(started, monkeypatch, name):
    monkeypatch.setenv("SLURM_STEP_ID", "0")
    monkeypatch.setenv(name, "4")
    launch.relaunch("holdem_mpi.train", ["--num-workers", "2"])
    assert started == []


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        (BATCH, (1, 0)),
        (BATCH | {"SLURM_STEP_ID": str(0xFFFFFFFB), "SLURM_STEPID": str(0xFFFFFFFB)}, (1, 0)),  # as some versions say
        (
            BATCH | {"SLURM_STEP_ID": str(0xFFFFFFFA), "SLURM_STEP_NUM_TASKS": "1"},
            (1, 0),
        ),  # the shell that salloc opens
        (BATCH | {"SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "1"}, (1, 0)),  # srun -n 1 --pty bash
        (BATCH | {"SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "3"}, (4, 3)),
        (BATCH | {"SLURM_STEPID": "12", "SLURM_PROCID": "2"}, (4, 2)),
        (BATCH | {"PMI_SIZE": "2", "PMI_RANK": "1"}, (2, 1)),  # mpirun in the batch script
    ],
)
def test_a_slurm_step_is_a_launcher_and_an_allocation_is_none(started, monkeypatch, environment, expected):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert launcher_says() == expected


def test_starts_ranks_from_a_batch_script(started, monkeypatch):
    for name, value in BATCH.items():
        monkeypatch.setenv(name, value)
    launch.relaunch("holdem_mpi.train", ["--num-workers", "3"])
    assert started[0][1:3] == ["-n", "3"]


def test_the_innermost_launcher_counts(started, monkeypatch):
    monkeypatch.setenv("SLURM_STEP_ID", "0")
    monkeypatch.setenv("SLURM_NTASKS", "8")  # mpirun -n 1 inside a step of eight
    monkeypatch.setenv("SLURM_PROCID", "0")
    monkeypatch.setenv("PMI_SIZE", "1")
    monkeypatch.setenv("PMI_RANK", "0")
    assert launcher_says() == (1, 0)


def test_number_of_workers_is_checked():
    alone, three = Communicator(), Communicator()
    three.size = 3
    launch.check_workers(alone, None)
    launch.check_workers(alone, 1)
    launch.check_workers(three, 3)
    launch.check_workers(three, 0)
    with pytest.raises(UserError, match="--num-workers 2: the launcher started 3 ranks"):
        launch.check_workers(three, 2)
    with pytest.raises(UserError, match="--num-workers -2: expected"):
        launch.check_workers(alone, -2)


def test_one_process_has_every_call():
    comm, buffer = Communicator(), np.arange(6).reshape(2, 3)
    for call in (comm.allreduce_sum, comm.allreduce_or, comm.bcast):
        call(buffer)
    assert np.array_equal(buffer, np.arange(6).reshape(2, 3))
    gathered = comm.gather_rows(buffer, [2])
    assert np.array_equal(gathered, buffer) and not np.shares_memory(gathered, buffer)
    assert comm.bcast_json({"a": (1, None)}) == {"a": [1, None]} and (comm.host.rank, comm.host.size) == (0, 1)
    shared = comm.host.shared_array(4, np.dtype(np.float32))
    assert shared.own(4) == (0, 4) and shared.array.dtype == np.float32
    comm.barrier()
    assert comm.on_root(lambda: 5) == 5


def fails(error):
    def main(comm):
        raise error

    return main


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UserError("no such key"), 64, "error: no such key\n"),
        (SaveError("disk full"), 74, "error: disk full\n"),
        (SystemExit(0), 0, ""),
        (KeyboardInterrupt(), 75, "stopped by a signal; nothing was left to save\n"),
    ],
)
def test_how_a_command_ends(started, capsys, error, code, said):
    assert run_command(fails(error)) == code
    assert capsys.readouterr().err == said


def test_a_fault_of_ours_shows_its_traceback(started, capsys):
    assert run_command(fails(KeyError("ours"))) == 70
    assert "Traceback" in (said := capsys.readouterr().err) and "KeyError: 'ours'" in said
