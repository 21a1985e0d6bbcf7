"""Memory of this process and host, and amounts of memory as one types them."""

import numpy as np
import pytest

from holdem_mpi.parallel.host import available_memory, process_memory
from holdem_mpi.text import gibibytes, memory_size

GIB = 1 << 30


@pytest.fixture
def host(tmp_path):
    """``host(groups, files)``: folders like /proc and /sys/fs/cgroup of a host with 8 GiB available."""

    def host(groups: str, files: dict[str, str]) -> tuple:
        proc, cgroups = tmp_path / "proc", tmp_path / "cgroup"
        (proc / "self").mkdir(parents=True)
        (proc / "meminfo").write_text(f"MemTotal:  99999999 kB\nMemAvailable: {8 * GIB // 1024} kB\n")
        (proc / "self" / "cgroup").write_text(groups)
        for name, text in files.items():
            (cgroups / name).parent.mkdir(parents=True, exist_ok=True)
            (cgroups / name).write_text(text)
        return proc, cgroups

    return host


def test_without_control_groups(host):
    assert available_memory(*host("", {})) == 8 * GIB


def test_limit_of_a_group_above_counts(host):
    files = {"job/memory.max": f"{4 * GIB}\n", "job/memory.current": f"{3 * GIB}\n"}
    files |= {"job/memory.stat": f"anon 5\ninactive_file {GIB}\n", "job/step/memory.max": "max\n"}
    assert available_memory(*host("0::/job/step\n", files)) == 2 * GIB


def test_version_one_and_a_path_that_is_not_there(host):
    files = {"memory/memory.limit_in_bytes": f"{2 * GIB}\n", "memory/memory.usage_in_bytes": f"{GIB}\n"}
    files |= {"memory/memory.stat": "total_inactive_file 0\n"}
    assert available_memory(*host("4:cpu,memory:/docker/abc\n", files)) == GIB


def test_an_exhausted_group_leaves_nothing(host):
    files = {"memory.max": "1000\n", "memory.current": "2000\n", "memory.stat": "inactive_file 0\n"}
    assert available_memory(*host("0::/\n", files)) == 0


def test_nothing_known(tmp_path):
    assert available_memory(tmp_path, tmp_path) == 1 << 62
    assert process_memory(tmp_path) == (0, 0, 0)


def test_own_memory_grows_with_an_array():
    before = process_memory()
    array = np.ones(1 << 23)
    after = process_memory()
    assert after.anonymous - before.anonymous > 0.9 * array.nbytes
    assert after.rss >= after.pss > after.anonymous // 2


@pytest.mark.parametrize(
    ("text", "size"),
    [("1024", 1024), ("64G", 64 * GIB), ("64GB", 64 * GIB), ("1.5 GiB", 3 * GIB // 2), ("2k", 2048), ("7B", 7)],
)
def test_amounts(text, size):
    assert memory_size(text) == size


@pytest.mark.parametrize("text", ["", "G", "64X", "-1G", "1 2G", "1e3"])
def test_no_amounts(text):
    with pytest.raises(ValueError):
        memory_size(text)


def test_shown():
    assert [gibibytes(size) for size in (512, 3 << 20, 5 << 29, 2 << 40)] == ["0.5 KiB", "3 MiB", "2.5 GiB", "2 TiB"]
