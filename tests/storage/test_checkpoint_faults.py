"""Killed or out of disk at any moment of a save: the old or the new generation loads, and the next save works."""

import errno
import os
import random
import resource
import signal
import sys
import time

import pytest

from holdem_mpi.storage import atomic
from holdem_mpi.storage.checkpoint import list_generations, save_generation

META = {"fingerprint": "f" * 64, "semantic": {}, "progress": {"batch": 3}}


def test_a_file_size_limit_keeps_the_old_generation(tmp_path, save, loaded, fork):
    save(1)

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY))
        with pytest.raises(OSError) as caught:
            save(2, size=20_000)
        assert caught.value.errno == errno.EFBIG

    assert os.waitpid(fork(limited), 0)[1] == 0
    assert os.listdir(tmp_path) == ["g000000000001"] and loaded() == (1, [])
    save(2)
    assert loaded() == (2, [])


def test_a_full_disk_at_any_fsync_keeps_the_old_generation(tmp_path, save, loaded, monkeypatch):
    save(1)
    fsync, calls = os.fsync, 0
    for failing in range(6):  # three arrays, the manifest, the new folder; the sixth comes after the rename

        def fails(descriptor, failing=failing):
            nonlocal calls
            calls += 1
            if calls == failing + 1:
                raise OSError(errno.ENOSPC, "No space left on device")
            fsync(descriptor)

        calls = 0
        monkeypatch.setattr(os, "fsync", fails)
        with pytest.raises(OSError, match="No space left"):
            save(2)
        expected = ["g000000000001"] + (["g000000000002"] if failing == 5 else [])
        assert sorted(os.listdir(tmp_path)) == expected and loaded()[0] == len(expected)


def kill_at_event(number: int) -> None:
    """SIGKILL this process at the ``number``-th file operation from now: opens, renames, removals and fsyncs."""
    fsync, count = os.fsync, 0

    def step(event, _=None):
        nonlocal count
        if event.startswith(("open", "os.", "shutil.")):
            count += 1
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)

    def counted_fsync(descriptor):
        step("os.fsync")
        fsync(descriptor)

    os.fsync = counted_fsync
    sys.addaudithook(step)


def test_a_kill_at_every_operation_of_a_save(tmp_path, save, loaded, fork):
    """From the first operation to the last, over a folder that also has leftovers and an old generation to remove."""
    outcomes, number = [], 0
    while True:
        number += 1
        for path in list(tmp_path.iterdir()):
            atomic.remove_tree(path)
        save(1)
        save(2)
        (tmp_path / "g000000000002.partial").mkdir()

        def killed(number=number):
            kill_at_event(number)
            save(3)

        status = os.waitpid(fork(killed), 0)[1]
        if status == 0:
            break
        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        newest, warnings = loaded()
        assert warnings == [] and len(list_generations(tmp_path)) >= 2
        outcomes.append(newest)
        save(4)
        assert loaded() == (4, []) and [number for number, _ in list_generations(tmp_path)] == [newest, 4]
        assert len(os.listdir(tmp_path)) == 2
    assert outcomes == sorted(outcomes) and set(outcomes) == {2, 3} and len(outcomes) > 15


def test_a_kill_at_every_operation_of_replacing_the_only_generation(tmp_path, save, loaded, fork):
    between, number = 0, 0
    while True:
        number += 1
        for path in list(tmp_path.iterdir()):
            atomic.remove_tree(path)
        save(2)

        def killed(number=number):
            kill_at_event(number)
            save(2)

        if os.waitpid(fork(killed), 0)[1] == 0:
            break
        assert loaded() == (2, [])
        between += not (tmp_path / "g000000000002").exists()
        save(3)
        assert loaded() == (3, [])
    assert between > 0


def test_kills_at_random_moments(tmp_path, loaded, fork, arrays_of):
    rng, size = random.Random(2), 30_000
    begin = time.perf_counter()
    save_generation(tmp_path, 1, arrays_of(1, size), META)
    one_save = time.perf_counter() - begin  # on a busy machine long, and then so must be the time until a kill
    seen, first = {1}, 2
    for _ in range(25):

        def forever(first=first):
            for number in range(first, first + 10_000):
                save_generation(tmp_path, number, arrays_of(number, size), META)

        pid = fork(forever)
        time.sleep(rng.uniform(0, max(0.06, 6 * one_save)))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        newest, warnings = loaded(size)
        assert warnings == [] and newest >= max(seen)
        seen.add(newest)
        first = newest + 1
    assert len(seen) > 5
