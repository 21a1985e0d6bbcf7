"""A disk that is full, really: a small file system of its own where one may be mounted, else a limit on file sizes."""

import contextlib
import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import pytest
from helpers.launching import Job

KUHN = ("-m", "holdem_mpi.train", "--game", "kuhn", "--iters", 2000, "--logdir", "run")
LEDUC = ("--game", "leduc", "--lanes", 2, "--checkpoint-interval", 0.1, "--log-interval", 0.02)


class SmallDisk:
    """A folder whose disk a test fills and frees. ``limited``: by a limit on the ranks' files."""

    def __init__(self, path: Path, limited: bool) -> None:
        self.path, self.limited, self._filler = path, limited, path / "filler"

    def fill(self, job: Job) -> None:
        """Leave no room."""
        if self.limited:
            self._limit(job, 500)
            return
        with contextlib.suppress(OSError), open(self._filler, "wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))

    def free(self, job: Job) -> None:
        """Give the room back."""
        if self.limited:
            self._limit(job, resource.RLIM_INFINITY)
        else:
            self._filler.unlink()

    @staticmethod
    def _limit(job: Job, size: int) -> None:
        for pid in job.ranks():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@pytest.fixture
def disk(request, tmp_path):
    """A SmallDisk of the kind that is asked for. Mounting is for root alone; without that, there is the limit."""
    path = tmp_path / "disk"
    path.mkdir()
    mounted = request.param == "file system" and _mounts(path)
    yield SmallDisk(path, not mounted)
    if mounted:
        subprocess.run(["umount", "--lazy", path], check=True)


def _mounts(path: Path) -> bool:
    try:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "none", path], capture_output=True)
    except OSError:
        return False
    return done.returncode == 0


def newest(run: Path) -> int:
    """Number of the newest generation; 0 without one."""
    return max((int(path.name[1:]) for path in run.glob("checkpoints/g*") if path.name[1:].isdigit()), default=0)


def wait_for_save(run: Path, after: int, job: Job) -> int:
    """Number of a generation newer than ``after``, once it is there."""
    while (number := newest(run)) <= after:
        assert job.process.poll() is None, job.finish().stderr
        time.sleep(0.01)
    return number


@pytest.mark.parametrize(("disk", "ranks"), [("file system", 2), ("limit", 1)], indirect=["disk"])
def test_the_run_goes_on_and_the_old_generation_is_kept(start, train, tmp_path, disk, ranks):
    run = disk.path / "run"
    job = start(ranks, "-m", "holdem_mpi.train", *LEDUC, "--logdir", "disk/run", "--iters", 10**12)
    wait_for_save(run, 0, job)
    disk.fill(job)
    said = ""
    while said.count("warning: checkpoint not written") < 2 or "warning: metrics not written" not in said:
        said += job.process.stderr.readline()
        assert job.process.poll() is None, said
    reason = "File too large" if disk.limited else "No space left on device"
    assert f"not written: [Errno {27 if disk.limited else 28}] {reason}" in said and "the run goes on" in said
    assert said.count("warning: metrics not written") == 1
    kept = newest(run)
    assert kept > 0
    disk.free(job)
    kept = wait_for_save(run, kept, job)
    disk.fill(job)
    said = job.process.stderr.readline()
    while "warning: checkpoint not written" not in said:
        said = job.process.stderr.readline()
    kept = newest(run)
    job.process.send_signal(signal.SIGTERM)
    done = job.finish(timeout=60)
    assert done.returncode == 74 and "Traceback" not in done.stderr, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert reason in line and "last checkpoint" in line
    assert newest(run) == kept and not (run / "summary.json").exists()
    disk.free(job)
    iters = (kept + 20) * 400
    resumed = train(3 - ranks, "--resume", "--iters", iters, logdir="disk/run")
    assert resumed["digest"] == train(1, *LEDUC, "--iters", iters, logdir="whole")["digest"]


@pytest.mark.parametrize("name", ["config.yaml", "summary.json"])
def test_no_room_for_a_file_of_the_run(mpirun, tmp_path, name):
    """The device that is always full, where the file would be written; the run can go on once there is room."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / f"{name}.partial").symlink_to("/dev/full")
    done = mpirun(2, *KUHN)
    assert done.returncode == 74 and done.stderr.count("error:") == 1 and "Traceback" not in done.stderr
    assert "error: run: No space left on device" in done.stderr and not (tmp_path / "run" / name).exists()
    assert os.listdir(tmp_path / "run" / "checkpoints") if name == "summary.json" else True
    more = KUHN if name == "config.yaml" else (*KUHN[:2], "--logdir", "run", "--resume")
    assert mpirun(2, *more).returncode == 0 and (tmp_path / "run" / name).exists()
