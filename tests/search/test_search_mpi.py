"""A search whose ranks are stopped and woken in mid-run: answers go on, and the job ends by itself."""

import contextlib
import json
import os
import queue
import signal
import threading
import time
from pathlib import Path

import pytest

from holdem_mpi.parallel.host import available_cores

# Where ranks find the package ``helpers``.
PATHS = os.pathsep.join(filter(None, (str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH"))))
CODE = 7


class Watched:
    """A job of helpers/search_job.py, its decisions as they come. asked: how many ranks at least."""

    def __init__(self, job, folder, ranks, asked):
        self.job, self.folder, self.ranks, self.asked = job, folder, ranks, asked
        self.lines: queue.Queue = queue.Queue()
        self.errors: list[str] = []  # a pipe has no end while a stopped rank holds it: nobody may wait for that
        for read in (self._read, self._read_errors):
            threading.Thread(target=read, daemon=True).start()

    def _read(self):
        for line in self.job.process.stdout:
            self.lines.put(json.loads(line))

    def _read_errors(self):
        for line in self.job.process.stderr:
            self.errors.append(line)

    def until(self, wanted, seconds=60.0):
        """Decisions until one is ``wanted``."""
        seen, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(queue.Empty):
                seen.append(self.lines.get(timeout=0.2))
                assert self.asked <= seen[-1]["asked"] <= self.ranks and seen[-1]["stale"] == 0.0
                if wanted(seen[-1]):
                    return seen
            assert self.job.process.poll() is None, self.errors
        raise AssertionError(f"not in {seconds} s, but {seen[-3:]}")

    def pid(self, rank):
        return int((self.folder / f"rank-{rank}").read_text())

    def signal(self, number, *ranks):
        for rank in ranks:
            os.kill(self.pid(rank), number)

    def answered(self, count, source):
        """Decisions until two in a row have so many answers (signals fall into one)."""
        last = [0]

        def wanted(line):
            last.append(line["answered"])
            return last[-2:] == [count, count] and line["source"] == source

        return self.until(wanted)

    def end(self):
        """(exit code, seconds) once told to stop."""
        begin = time.monotonic()
        (self.folder / "stop").touch()
        code = self.job.process.wait(timeout=30)
        return code, time.monotonic() - begin

    def living(self):
        """Ranks whose processes are still there; one that has ended counts as gone though nobody has reaped it."""
        found = []
        for rank in range(self.ranks):
            with contextlib.suppress(FileNotFoundError):
                state = Path(f"/proc/{self.pid(rank)}/stat").read_text().rpartition(")")[2].split()[0]
                found += [rank] if state not in "ZX" else []
        return found


@pytest.fixture
def watched(start, tmp_path):
    """``watched(ranks, street)``: a job under way of so many ranks, all of which search; with ``crew``, one a core."""

    jobs = []

    def watched(ranks, street, crew=False):
        job = start(ranks, "-m", "helpers.search_job", street, CODE, 0 if crew else ranks, PYTHONPATH=PATHS)
        jobs.append(Watched(job, tmp_path, ranks, min(ranks, available_cores()) if crew else ranks))
        return jobs[-1]

    yield watched
    for job in jobs:  # a stopped rank must not outlive a failed test
        for rank in job.living():
            job.signal(signal.SIGKILL, rank)


@pytest.mark.parametrize("street", [3, 2])
def test_stopped_ranks_cost_their_share_and_nothing_else(watched, street):
    """On the river ranks work apart, on the turn they share each iteration."""
    job = watched(3, street)
    job.answered(3, "search")
    job.signal(signal.SIGSTOP, 2)
    seen = job.answered(2, "partial search")
    assert all(line["iterations"] > 0 for line in seen)
    job.signal(signal.SIGCONT, 2)
    seen += job.answered(3, "search")
    job.signal(signal.SIGSTOP, 1, 2)
    seen += job.answered(1, "partial search")
    assert seen[-1]["iterations"] > 0
    # Nobody was waited for: answers are in time, but for what a busy machine takes from rank 0.
    late = sorted(line["late"] for line in seen)
    assert late[len(late) // 2] < 0.05
    code, seconds = job.end()
    assert code == CODE and seconds < 15, job.errors
    time.sleep(0.5)
    assert job.living() == []


def test_a_team_that_is_whole_goes_home(watched):
    job = watched(3, 3, crew=True)
    job.answered(job.asked, "search")
    code, seconds = job.end()
    assert code == CODE and seconds < 15
    assert job.living() == []


def test_one_process_searches_alone(watched):
    job = watched(1, 2)
    job.answered(1, "search")
    assert job.end()[0] == CODE
