"""Where caches are kept when neither the package nor a home can be written: one line, and every command works."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.launching import child_environment

import holdem_mpi
from holdem_mpi.config.shipped import config_folder
from holdem_mpi.parallel import cache_place

NOWHERE = "/proc/nowhere"  # where nobody makes a folder, root neither
SAID = "note: no cache folder can be written, so compiled kernels and tables are kept in "


@pytest.fixture
def run(tmp_path):
    """``run(*arguments, **environment)``: ``python ARGUMENTS`` of a package that cannot be written, by a user whose
    home cannot; its temporary folder is ``tmp``.
    """
    package = tmp_path / "site" / "holdem_mpi"
    shutil.copytree(Path(holdem_mpi.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "kernels" / "__pycache__").write_text("")  # a file in a folder's place keeps root from writing as well
    (package.parent / "configs").symlink_to(config_folder())
    (tmp_path / "tmp").mkdir()

    def run(*arguments: str, program: str = sys.executable, **environment: str) -> subprocess.CompletedProcess:
        hidden = ("NUMBA_CACHE_DIR", "HOLDEM_MPI_CACHE", "XDG_CACHE_HOME")
        own = {"HOME": NOWHERE, "TMPDIR": str(tmp_path / "tmp"), "PYTHONPATH": str(package.parent)}
        settings = child_environment(**own, **environment)
        settings = {name: value for name, value in settings.items() if name not in hidden or name in environment}
        return subprocess.run([program, *arguments], cwd=tmp_path, env=settings, capture_output=True, text=True)

    return run


@pytest.fixture(autouse=True)
def _forget():
    cache_place.temporary_folder.cache_clear()
    yield
    cache_place.temporary_folder.cache_clear()


def compiled(folder: Path) -> list[Path]:
    """The folders of compiled kernels in ``folder``."""
    return list(folder.glob("numba-*/*"))


def test_a_command_without_any_folder_to_write_in(run, tmp_path):
    done = run("-m", "holdem_mpi.resolve", "--help")
    assert (done.returncode, done.stdout[:6]) == (0, "usage:"), done.stderr
    folder = tmp_path / "tmp" / f"holdem_mpi-{os.getuid()}"
    done = run("-m", "holdem_mpi.bench", "kernel", "--help")
    assert done.returncode == 0, done.stderr
    modules = "holdem_mpi.parallel.startup, holdem_mpi.kernels.rng, holdem_mpi.storage.cache as cache"
    done = run("-c", f"import {modules}; print(cache.cache_folder())")
    assert done.stdout == f"{folder}\n" and done.stderr.startswith(f"{SAID}{folder}") and done.stderr.count("\n") == 1
    assert compiled(folder) and folder.stat().st_mode & 0o777 == 0o700


def test_only_rank_0_says_so(run):
    mpirun = shutil.which("mpirun", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    train = (sys.executable, "-m", "holdem_mpi.train", "--game", "kuhn", "--iters", "400", "--logdir", "run")
    done = run("-n", "2", *train, program=mpirun, NUMBA_DISABLE_JIT="1")
    assert done.returncode == 0 and done.stderr.count(SAID) == 1, done.stderr


def test_the_named_cache_holds_kernels_too(run, tmp_path):
    import_kernels = ("-c", "import holdem_mpi.parallel.startup, holdem_mpi.kernels.rng")
    done = run(*import_kernels, HOLDEM_MPI_CACHE=str(tmp_path / "named"))
    assert done.stderr == "" and compiled(tmp_path / "named")
    done = run(*import_kernels, HOLDEM_MPI_CACHE=str(tmp_path / "named"), NUMBA_CACHE_DIR=str(tmp_path / "numba"))
    assert done.stderr == "" and compiled(tmp_path / "numba")
    done = run(*import_kernels, HOLDEM_MPI_CACHE=f"{NOWHERE}/named")
    assert done.stderr.startswith(SAID) and compiled(tmp_path / "tmp" / f"holdem_mpi-{os.getuid()}")


def test_the_users_folder(monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/somebody")
    assert cache_place.user_folder() == Path("/home/somebody/.cache/holdem_mpi")
    monkeypatch.setenv("XDG_CACHE_HOME", "/scratch/cache")
    assert cache_place.user_folder() == Path("/scratch/cache/holdem_mpi")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(cache_place.os.path, "expanduser", lambda path: path)  # a user whom nobody knows, no $HOME
    assert cache_place.user_folder() is None


@pytest.mark.parametrize("taken", ["link", "file", "open to all"])
def test_a_temporary_folder_of_somebody_else_is_not_used(tmp_path, monkeypatch, caplog, taken):
    monkeypatch.setattr(cache_place.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(cache_place.tempfile, "tempdir", str(tmp_path))
    usual = tmp_path / f"holdem_mpi-{os.getuid()}"
    if taken == "link":
        usual.symlink_to(tmp_path)
    elif taken == "file":
        usual.write_text("")
    else:
        usual.mkdir()
        usual.chmod(0o777)
    found = cache_place.temporary_folder()
    assert found != usual and found.is_dir() and cache_place.temporary_folder() == found
    assert [record.getMessage() for record in caplog.records] == [f"{SAID}{found}; HOLDEM_MPI_CACHE names another"]
