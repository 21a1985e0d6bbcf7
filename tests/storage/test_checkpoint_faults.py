"""Killed or out of disk at any moment of a save: the old or the new generation loads, and the next save works."""

import errno
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Callable

import pytest

from holdem_mpi.storage import atomic
from holdem_mpi.storage.checkpoint import list_generations, save_generation

META = {"fingerprint": "f" * 64, "semantic": {}, "progress": {"batch": 3}}


def emptied(folder) -> None:
    for path in list(folder.iterdir()):
        atomic.remove_tree(path)


@pytest.mark.parametrize("dies", [False, True], ids=["refused", "killed"])
def test_a_write_torn_at_any_byte_keeps_the_old_generation(tmp_path, save, loaded, fork, dies):
    """The kernel takes a file's first bytes and refuses the rest, or kills: in the arrays and in the manifest."""
    length = {path.name: path.stat().st_size for path in save(1).iterdir()}
    assert length["manifest.json"] == max(length.values()), "so that a limit between tears the manifest alone"
    limits = {0, 1, *(size - 1 for size in length.values()), *range(100, max(length.values()), 197)}

    def limited(limit):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL if dies else signal.SIG_IGN)
        with pytest.raises(OSError) as caught:
            save(2)
        assert caught.value.errno == errno.EFBIG

    torn = set()
    for limit in sorted(limits):
        emptied(tmp_path)
        save(1)
        status = os.waitpid(fork(lambda limit=limit: limited(limit)), 0)[1]
        assert os.WTERMSIG(status) == signal.SIGXFSZ if dies else status == 0
        left = list(tmp_path.glob("*.partial/*"))
        torn |= {path.name for path in left if path.stat().st_size == limit}
        assert bool(left) == dies and loaded() == (1, [])
        save(2)
        assert loaded() == (2, []) and len(os.listdir(tmp_path)) == 2
    assert torn == ({"regret.npy", "strategy.npy", "manifest.json"} if dies else set())  # visits.npy is no longer


def fail_at_event(number: int, for_good: bool) -> Callable[[], int]:
    """Refuse the ``number``-th file operation from now, or all from then on, with an I/O error; how many there were."""
    fsync, count = os.fsync, 0

    def step(event, _=None):
        nonlocal count
        if event.startswith(("open", "os.", "shutil.")):
            count += 1
            if count == number or (for_good and count > number):
                raise OSError(errno.EIO, "Input/output error")

    def counted_fsync(descriptor):
        step("os.fsync")
        fsync(descriptor)

    os.fsync = counted_fsync
    sys.addaudithook(step)
    return lambda: count


@pytest.mark.parametrize("for_good", [False, True], ids=["once", "for good"])
def test_an_error_at_every_operation_of_a_save(tmp_path, save, loaded, fork, for_good):
    """Over a folder that also has leftovers and an old generation to remove. Nothing but OSErrors comes out."""
    outcomes, number, failed = [], 0, 0
    while True:
        number += 1
        emptied(tmp_path)
        save(1)
        save(2)
        (tmp_path / "g000000000002.partial").mkdir()

        def failing(number=number):
            operations = fail_at_event(number, for_good)
            try:
                save(3)
            except OSError as error:
                assert error.errno == errno.EIO
                os._exit(5)
            os._exit(0 if operations() >= number else 6)

        code = os.waitstatus_to_exitcode(os.waitpid(fork(failing), 0)[1])
        if code == 6:
            break
        assert code in (0, 5)
        failed += code == 5
        newest, warnings = loaded()
        assert warnings == [] and (newest == 3 or code == 5)
        outcomes.append(newest)
        save(4)
        assert loaded() == (4, [])
    assert set(outcomes) == {2, 3} and failed > 12 and (outcomes == sorted(outcomes) or not for_good)


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
        emptied(tmp_path)
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
        emptied(tmp_path)
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
