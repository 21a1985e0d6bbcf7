"""Processes that compile beside this one, and what is compiled once whoever asks for it."""

import contextlib
import fcntl
import threading

import numba
import pytest

from holdem_mpi.kernels import one_compiler
from holdem_mpi.parallel import compilers
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.compilers import Compilers, Job, compiling_beside

WORD = {"number": 2, "noun": "hand"}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    return tmp_path


def test_jobs_are_done_marked_and_what_fails_is_told(cache):
    jobs = [
        Job("good", "holdem_mpi.text:counted", WORD),
        Job("bad", "holdem_mpi.text:whole", {"text": "two\nlines"}),
        Job("deadly", "os:_exit", {"status": 3}),
        Job("last", "holdem_mpi.text:named", {"text": "x"}),
    ]
    with Compilers(jobs, 1) as running:
        assert [job.name for job in running.finished()] == ["good", "bad", "deadly", "last"]
    assert running.failed == {"bad": "ValueError: two", "deadly": "its process ended"}
    assert [job.is_done for job in jobs] == [True, False, False, True]
    assert not Job("good", "holdem_mpi.text:counted", WORD | {"number": 1}).is_done
    assert all(process.poll() is not None for process in running._processes)


def test_whoever_waits_is_told_that_nothing_is_done_yet(cache):
    with Compilers([Job("long", "signal:pause", {})], 2) as running:
        waiting = running.finished(0.05)
        assert next(waiting) is None and next(waiting) is None
        assert len(running._processes) == 1
    assert running._processes[0].poll() is not None


@pytest.mark.parametrize(("cores", "rank", "starts"), [(2, 0, True), (1, 0, False), (2, 1, False)])
def test_the_first_rank_of_a_host_with_cores_to_spare_starts_them(cache, monkeypatch, cores, rank, starts):
    asked, comm = [], Communicator()
    comm.host.rank = rank
    monkeypatch.setattr(compilers, "available_cores", lambda: cores)
    monkeypatch.setattr(compilers, "Compilers", lambda jobs, *_, **__: asked.append(jobs) or contextlib.nullcontext())
    jobs = [Job("good", "holdem_mpi.text:counted", WORD)]
    for _ in range(2):  # what was done is not asked for again
        with compiling_beside(comm, lambda: jobs):
            pass
    assert asked == ([jobs] if starts and not numba.config.DISABLE_JIT else [])


def test_a_kernel_that_another_process_compiles_is_waited_for(cache):
    order = []

    def compile_it():
        with one_compiler._locked("holdem_mpi.kernels.some.<locals>"):
            order.append("compiled")

    with one_compiler._locked("holdem_mpi.kernels.some.<locals>"):
        waiting = threading.Thread(target=compile_it)
        waiting.start()
        waiting.join(0.2)
        order.append("loaded")
    waiting.join()
    assert order == ["loaded", "compiled"] and not one_compiler._held
    with open(cache / "locks" / "holdem_mpi.kernels.some.locals") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_without_a_place_for_locks_all_go_on(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "file"))
    with one_compiler._locked("holdem_mpi.kernels.some"):
        assert one_compiler._held == {"holdem_mpi.kernels.some"}
    job = Job("good", "holdem_mpi.text:counted", WORD)
    job.note_done()
    assert not job.is_done
