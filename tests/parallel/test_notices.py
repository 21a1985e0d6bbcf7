"""What takes long says so, once it does; what is quick says nothing."""

import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import numba
import pytest
from helpers.launching import child_environment, without_notices

from holdem_mpi.kernels import one_compiler
from holdem_mpi.parallel import notices, startup
from holdem_mpi.parallel.notices import Notice, is_compiling

ROOT = Path(__file__).parents[2]


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(notices, "FIRST_SECONDS", 0.2)
    monkeypatch.setattr(notices, "SECONDS_A_LINE", 0.3)


def test_what_takes_long_says_so_again_and_again(quick, capsys):
    with Notice("building"):
        time.sleep(0.95)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3 and lines[0] == "building: 0:00" and lines[2] == "building: 0:01"
    time.sleep(0.5)
    assert capsys.readouterr().err == ""


def test_what_is_quick_says_nothing(quick, capsys):
    for _ in range(3):
        with Notice("building"):
            time.sleep(0.05)
    time.sleep(0.4)
    assert capsys.readouterr().err == ""


def test_a_block_whose_parts_speak_says_nothing_itself(quick, capsys, monkeypatch):
    monkeypatch.setattr(notices, "_LATER_SECONDS", 0.7)  # after the 0.3 of others
    with Notice("evaluating", if_quiet=True):
        for _ in range(60):
            time.sleep(0.02)
            notices.heard()
        assert capsys.readouterr().err == ""
        time.sleep(1.2)
    assert re.fullmatch("evaluating: 0:0[2-9]\n", capsys.readouterr().err)


def test_a_block_that_begins_is_not_silent_yet(quick, capsys, monkeypatch):
    monkeypatch.setattr(notices, "_LATER_SECONDS", 0.7)
    monkeypatch.setattr(notices._Heard, "at", time.monotonic() - 60.0)
    with Notice("evaluating", if_quiet=True):
        time.sleep(0.5)
    assert capsys.readouterr().err == ""


def test_an_error_ends_it(quick, capsys):
    with pytest.raises(ValueError, match="no"), Notice("building"):
        raise ValueError("no")
    time.sleep(0.4)
    assert capsys.readouterr().err == ""


def test_other_ranks_say_nothing(quick, capsys, monkeypatch):
    monkeypatch.setattr(notices, "launcher_says", lambda: (2, 1))
    with Notice("building"):
        time.sleep(0.4)
    assert capsys.readouterr().err == "" and "notice" not in {each.name for each in threading.enumerate()}


def test_compiling_is_told_and_what_is_compiled_already_is_not(tmp_path):
    (tmp_path / "program.py").write_text(
        "import time\n"
        "from holdem_mpi.parallel import notices\n"
        "notices.FIRST_SECONDS = notices.SECONDS_A_LINE = 0.3\n"
        "import numpy as np, numba\n"
        "def kernel(a):\n"
        "    return np.sort(a)[::-1] + np.linalg.inv(np.eye(3)).sum() + np.argsort(a)\n"
        "compiled = numba.njit(kernel, cache=True)\n"
        "with notices.told_compiling():\n"
        "    compiled(np.arange(5.0))\n"
    )
    environment = child_environment(PYTHONPATH=str(ROOT), NUMBA_CACHE_DIR=str(tmp_path / "cache"))
    for cold in (True, False):
        command = [sys.executable, "program.py"]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        lines = done.stderr.splitlines()
        assert bool(lines) == cold and all(line.startswith("compiling kernels, once for") for line in lines)


def test_nobody_watches_after_the_block():
    with notices.told_compiling():
        assert "compiling" in {each.name for each in threading.enumerate()}
    time.sleep(0.4)
    assert "compiling" not in {each.name for each in threading.enumerate()}


def test_tests_of_commands_do_not_see_them():
    kept = "error: --policy x: 0:02\nmatch: 20 of 40 hands, 0:12, ETA 0:11\n"
    names = (
        "compiling kernels, once for this version of them",
        "building the betting tree of a: b",
        "measuring kernels",
    )
    text = "".join(f"{name}: 0:02\n{name}: 1:00:12\n" for name in names)
    assert without_notices(text + kept + text) == kept


def test_a_thread_that_computes_is_not_compiling():
    assert not is_compiling(threading.get_ident()) and not is_compiling(-1)


def test_ranks_that_start_for_long_say_so_until_they_are_at_work(capfd, monkeypatch):
    monkeypatch.setattr(startup, "_FIRST_SECONDS", 0.05)
    monkeypatch.setattr(startup, "_imported", threading.Event())
    telling = threading.Thread(target=startup._tell_starting, args=(16,))
    telling.start()
    telling.join(0.3)
    assert telling.is_alive()
    startup.starts()
    telling.join(5)
    assert capfd.readouterr().err == "starting 16 ranks: 0:00\n" and not telling.is_alive()


def test_a_thread_that_waits_for_another_process_is_compiling(tmp_path, monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    ended, seen = threading.Event(), []

    def wait():
        with one_compiler._locked("holdem_mpi.kernel"):
            pass
        ended.set()

    with one_compiler._locked("holdem_mpi.kernel"):
        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(0.1)
        seen.append(is_compiling(waiting.ident))
    assert ended.wait(5) and seen == [True]
