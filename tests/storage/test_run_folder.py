"""One run per folder, and files in it that a kill cannot tear."""

import json
import os
import resource
import signal

import pytest

from holdem_mpi.config.load import load_config
from holdem_mpi.errors import UserError
from holdem_mpi.storage.run_folder import RunFolder


def refusal(path, resume=False) -> str:
    with pytest.raises(UserError) as caught:
        RunFolder(path, resume)
    assert "\n" not in str(caught.value) and caught.value.exit_code == 64
    return str(caught.value)


def test_a_folder_in_use_is_refused_by_name(tmp_path):
    path = tmp_path / "a" / "run"
    with RunFolder(path) as folder:
        assert folder.locked and not folder.had_run
        host = os.uname().nodename
        expected = f"output folder {path} is in use by another run (pid {os.getpid()}, host {host})"
        assert refusal(path) == expected and refusal(path, resume=True) == expected
    with RunFolder(path) as folder:
        assert not folder.had_run


def test_a_killed_run_gives_its_folder_back(tmp_path, fork):
    read, write = os.pipe()

    def hold():
        folder = RunFolder(tmp_path)
        os.write(write, b"x")
        signal.pause()
        folder.close()

    pid = fork(hold)
    os.read(read, 1)
    assert f"pid {pid}," in refusal(tmp_path)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    with RunFolder(tmp_path) as folder:
        assert folder.locked


@pytest.mark.parametrize("mark", ["config.yaml", "metrics.jsonl", "summary.json", "checkpoints", "policy"])
def test_a_folder_with_a_run_needs_resume(tmp_path, mark):
    (tmp_path / mark).mkdir()
    message = f"output folder {tmp_path} already holds a run, expected an empty folder or --resume"
    assert refusal(tmp_path) == message
    assert refusal(tmp_path) == message  # the refused one has let the lock go
    with RunFolder(tmp_path, resume=True) as folder:
        assert folder.had_run


def test_a_path_that_cannot_be_a_folder(tmp_path):
    (tmp_path / "file").write_text("x")
    assert refusal(tmp_path / "file") == f"output folder {tmp_path}/file: File exists, expected a folder to write to"
    inside = tmp_path / "file" / "run"
    assert refusal(inside) == f"output folder {inside}: Not a directory, expected a folder to write to"


def test_config_and_summary(tmp_path):
    with RunFolder(tmp_path / "run") as folder:
        config = load_config("nolimit_3max_20bb", {"lanes": 6, "solver.seed": 3})
        folder.write_config(config)
        assert load_config(folder.config) == config
        folder.write_summary({"digest": "x", "seconds": 1.5})
        assert json.loads(folder.summary.read_text()) == {"digest": "x", "seconds": 1.5}
        with pytest.raises(ValueError):
            folder.write_summary({"seconds": float("nan")})
        assert json.loads(folder.summary.read_text())["digest"] == "x"
        assert sorted(os.listdir(folder.path)) == ["config.yaml", "run.lock", "summary.json"]


def test_metrics_are_cut_where_a_resumed_run_begins(tmp_path):
    with RunFolder(tmp_path) as folder:
        folder.truncate_metrics(5)
        for batch in (2, 4, 6):
            folder.append_metrics({"batch": batch, "rate": 1.5})
        with open(folder.metrics, "ab") as file:
            file.write(b'not ours\n[1]\n{"batch": "x"}\n{"batch": 3')
        folder.truncate_metrics(4)
        folder.append_metrics({"batch": 5})
        assert [json.loads(line) for line in folder.metrics.read_text().splitlines()] == [
            {"batch": 2, "rate": 1.5},
            {"batch": 4, "rate": 1.5},
            {"batch": 5},
        ]


def test_a_full_disk_leaves_no_half_line(tmp_path, fork):
    with RunFolder(tmp_path) as folder:
        folder.append_metrics({"batch": 1})
        whole = folder.metrics.read_bytes()

        def limited():
            resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 5, resource.RLIM_INFINITY))
            with pytest.raises(OSError):
                folder.append_metrics({"batch": 2})

        assert os.waitpid(fork(limited), 0)[1] == 0
        assert folder.metrics.read_bytes() == whole
