"""An abstraction built by any number of ranks is the same, is built once, and goes on where it stopped."""

import fcntl
import io
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from holdem_mpi.abstraction import build_abstraction, features
from holdem_mpi.abstraction.bucket_files import TableKey, manifest_path
from holdem_mpi.abstraction.build_abstraction import ensure_abstraction, open_tables
from holdem_mpi.abstraction.table_keys import check_buckets
from holdem_mpi.errors import ConfigError, DataError, UserError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.storage.cache import cache_folder

QUIET = Console(file=io.StringIO())


def build(folder, buckets, console=QUIET):
    return ensure_abstraction(Communicator(), buckets, len(buckets) - 1, folder, console)


def launch(folder, buckets, ranks=1):
    """``python -m holdem_mpi.abstract`` under the mpirun that belongs to this Python, or alone."""
    beside = Path(sys.executable).parent / "mpirun"
    mpirun = [str(beside) if beside.exists() else shutil.which("mpirun"), "-n", str(ranks)] if ranks > 1 else []
    command = [*mpirun, sys.executable, "-m", "holdem_mpi.abstract", "--buckets", buckets, "--out", str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_digest_is_equal_on_any_number_of_ranks(tmp_path):
    expected = build(tmp_path / "serial", (169, 40, 30))
    for ranks in (1, 2, 3):
        run = launch(tmp_path / str(ranks), "169,40,30", ranks)
        out, err = run.communicate(timeout=120)
        assert run.returncode == 0, err
        lines = out.split("\n")
        assert lines[0] == f"digest {expected.digest}"
        for line, path in zip(lines[1:], expected.paths):
            assert Path(line).name == path.name and Path(line).read_bytes() == path.read_bytes()


def test_tables_hold_every_bucket(tmp_path):
    abstraction = build(tmp_path, (169, 300))
    (table,) = open_tables(abstraction, verify=True)
    assert table.shape == (1755, 1326) and table.dtype == np.uint16
    assert np.array_equal(np.unique(table), [*range(300), 65535])
    numerators = features.final_numerators(1, 700, 701)[0]
    order = np.argsort(numerators)
    assert np.all(np.diff(table[700][order].astype(np.int64)) >= 0)


def test_built_once_and_goes_on_where_it_stopped(tmp_path):
    console = Console(file=io.StringIO())
    first = build(tmp_path, (169, 9, 9), console)
    said = console.file.getvalue()
    assert "flop: 9 buckets in" in said and "turn: 9 buckets in" in said
    written = [path.stat().st_mtime_ns for path in first.paths]
    manifest_path(first.paths[1]).unlink()  # as if killed before the turn was done
    assert build(tmp_path, (169, 9, 9), console).digest == first.digest
    assert first.paths[0].stat().st_mtime_ns == written[0] and first.paths[1].stat().st_mtime_ns > written[1]
    said = console.file.getvalue()
    assert build(tmp_path, (169, 9, 9), console) == first and console.file.getvalue() == said


def test_the_warm_up_compiles_all_that_a_build_needs(tmp_path):
    script = (
        "import sys; from holdem_mpi.abstraction import build_abstraction as b\n"
        "from holdem_mpi.abstraction.bucket_files import TableKey\n"
        "from holdem_mpi.kernels.cards import evaluator, hand_strength as k, isomorphism\n"
        "from holdem_mpi.parallel.communicator import Communicator; from numba.core.dispatcher import Dispatcher\n"
        "known = [x for m in (k, isomorphism, evaluator) for x in vars(m).values() if isinstance(x, Dispatcher)]\n"
        "comm = Communicator(); barriers = []; comm.host_barrier = lambda: barriers.append(1)\n"
        "b._compile_first(comm, (TableKey(1, 2, 300), TableKey(2, 2, 9)))\n"
        "before = [len(x.signatures) for x in known]\n"
        "b.ensure_abstraction(comm, (169, 300, 9), 2, sys.argv[1])\n"
        "assert barriers and sum(before) > 0 and before == [len(x.signatures) for x in known], known"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_only_the_first_rank_of_a_host_warms_up(monkeypatch):
    def fails(*_):
        raise AssertionError("compiled on a second rank")

    monkeypatch.setattr(features, "final_numerators", fails)
    comm = Communicator()
    monkeypatch.setattr(comm, "split_host", lambda: (1, 2))
    build_abstraction._compile_first(comm, (TableKey(1, 1, 5),))
    monkeypatch.setattr(comm, "split_host", lambda: (0, 2))
    with pytest.raises(AssertionError):
        build_abstraction._compile_first(comm, (TableKey(1, 1, 5),))


def test_streets_are_shared_between_abstractions(tmp_path):
    build(tmp_path, (169, 9))
    other = build(tmp_path, (169, 8))
    assert build(tmp_path, (169, 9)).digest != other.digest
    assert len(list(tmp_path.glob("*.npy"))) == 2


def test_second_run_waits_for_the_first(tmp_path):
    handle = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)
    run = launch(tmp_path, "169,5")
    said = run.stderr.readline()
    assert "another run builds here" in said
    time.sleep(0.3)
    assert run.poll() is None and not list(tmp_path.glob("*.npy"))
    os.close(handle)
    out, err = run.communicate(timeout=60)
    assert run.returncode == 0 and out.startswith("digest "), err


def test_bar_on_a_terminal(tmp_path):
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    build(tmp_path, (169, 5), console)
    assert "1,755 of 1,755" in console.file.getvalue()


def test_damaged_table_is_refused_by_name(tmp_path):
    abstraction = build(tmp_path, (169, 5))
    path = abstraction.paths[0]
    with open(path, "r+b") as file:
        file.truncate(500)
    with pytest.raises(UserError, match=f"{path.name}: 500 bytes"):
        build(tmp_path, (169, 5))
    path.unlink()
    assert build(tmp_path, (169, 5)).digest == abstraction.digest


def test_other_tables_than_those_of_the_digest_are_refused(tmp_path):
    abstraction = build(tmp_path, (169, 5))
    with pytest.raises(DataError, match="expected 0000"):
        open_tables(abstraction._replace(digest="0" * 64))


def test_more_buckets_than_values(tmp_path):
    with pytest.raises(ConfigError, match="--buckets 169,5000: expected at most 1390 by percentile"):
        build(tmp_path, (169, 5000))
    assert not list(tmp_path.glob("*.npy*"))


@pytest.mark.parametrize(
    ("buckets", "final_street", "word"),
    [
        ((170, 5), 1, "before the flop"),
        ((169,), 0, "2 to 4"),
        ((169, 5, 5), 3, "one for each street"),
        ((169, 5, 5, 5, 5), 4, "2 to 4"),
        ((169, 0), 1, "expected 1 to 60000 buckets, or lossless"),
        ((169, 60_001, 5), 2, "60001 for the flop; expected 1 to 60000"),
        ((169, 1391), 1, "--buckets 169,1391: expected at most 1390 by percentile"),
        ((169, 5, 1913), 2, "expected at most 1912 by percentile on the last street"),
        ((169, 5, 5, 1951), 3, "expected at most 1950 by percentile on the last street"),
    ],
)
def test_bad_numbers(buckets, final_street, word):
    with pytest.raises(ConfigError, match=word):
        check_buckets(buckets, final_street)


def test_cache_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOLDEM_MPI_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path and cache_folder("elsewhere") == Path("elsewhere")
    monkeypatch.delenv("HOLDEM_MPI_CACHE")
    assert cache_folder().name == "holdem_mpi"
