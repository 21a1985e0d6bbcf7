"""What a host has for its ranks: cores, and shared memory."""

import importlib.metadata
import os
import platform
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

from holdem_mpi import __version__

_PACKAGES = ("numpy", "numba", "mpi4py")


# (folder below /sys/fs/cgroup, limit, usage, key of memory.stat whose bytes the kernel takes back) by cgroup version.
_CGROUPS = (
    ("", "memory.max", "memory.current", "inactive_file"),
    ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)


# Bytes of shared memory to leave free for the MPI library itself.
SHARED_RESERVE = 64 << 20


def available_cores() -> int:
    """Cores of this host that this process may use."""
    return len(os.sched_getaffinity(0))


def room_for_shared_arrays() -> int:
    """Bytes of shared arrays that this host's ranks can have in common, beside what the MPI library needs itself."""
    return max(0, free_shared_memory() - SHARED_RESERVE)


def no_room_to_exchange(needed: int) -> MemoryError:
    """The error of a host whose ranks have no ``needed`` bytes of shared memory for what they send to others."""
    return MemoryError(
        f"a host's ranks need {needed >> 20} MB of shared memory for what they exchange with other hosts; expected "
        "more space in /dev/shm (docker: --shm-size), or a smaller batch_size"
    )


def free_shared_memory() -> int:
    """Bytes free where the MPI library puts shared memory; without such a place, more than anyone asks for."""
    try:
        space = os.statvfs("/dev/shm")
    except OSError:
        return 1 << 62
    return space.f_bavail * space.f_frsize


def warn_short(needed: int, free: int, what: str, instead: str) -> None:
    """One line on stderr: shared memory is short, and what to do."""
    have, want = max(free, 0) / 2**20, (needed + SHARED_RESERVE) / 2**20
    print(
        f"warning: shared memory is short: {what} and the MPI library need {want:,.0f} MiB in /dev/shm, where "
        f"{have:,.0f} MiB are free; {instead}; expected a larger /dev/shm (docker: --shm-size={want:.0f}m), "
        "smaller tables, or fewer ranks a host",
        file=sys.stderr,
        flush=True,
    )


class ProcessMemory(NamedTuple):
    """Bytes of a process.

    rss: resident.
    pss: its share of what it has in common with others, and its own.
    anonymous: its own alone.
    """

    rss: int
    pss: int
    anonymous: int


def process_memory(proc: Path = Path("/proc")) -> ProcessMemory:
    """The memory of this process; zeros where the system does not say."""
    try:
        text = (proc / "self" / "smaps_rollup").read_text()
    except OSError:
        return ProcessMemory(0, 0, 0)
    kilobytes = dict(re.findall(r"^(\w+): +([0-9]+) kB$", text, re.MULTILINE))
    return ProcessMemory(*(1024 * int(kilobytes.get(name, 0)) for name in ("Rss", "Pss", "Anonymous")))


def available_memory(proc: Path = Path("/proc"), cgroups: Path = Path("/sys/fs/cgroup")) -> int:
    """Bytes that programs may still take on this host: what the kernel calls available, within the limits of this
    process' control groups. Where nothing is known, more than anyone asks for.
    """
    left = [1 << 62]
    try:
        found = re.search(r"^MemAvailable: +([0-9]+) kB$", (proc / "meminfo").read_text(), re.MULTILINE)
        left += [1024 * int(found[1])] if found else []
        groups = re.findall(r"^[0-9]+:(.*):(/.*)$", (proc / "self" / "cgroup").read_text(), re.MULTILINE)
    except OSError:
        groups = []
    for base, limit, usage, reclaimed in _CGROUPS:
        paths = [path for controllers, path in groups if base in controllers.split(",")]
        for path in paths:
            # Any group above may have a limit too; inside a container the path may be the host's, and only the root is
            # there.
            folder = cgroups / base / path.lstrip("/")
            for group in (folder, *folder.parents[: len(Path(path).parts) - 1]):
                left += _left_of_group(group, limit, usage, reclaimed)
    return max(0, min(left))


def _left_of_group(group: Path, limit: str, usage: str, reclaimed: str) -> list[int]:
    try:
        most = (group / limit).read_text().strip()
        if most == "max":
            return []
        used = int((group / usage).read_text())
        stat = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        return [int(most) - used + int(stat.get(reclaimed, 0))]
    except (OSError, ValueError):
        return []


def machine_facts(mpi_version: str) -> dict[str, Any]:
    """Processor, cores, memory and versions of this host."""
    return {
        "processor": _processor(),
        "cores": available_cores(),
        "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "holdem_mpi": __version__,
        "mpi": " ".join(mpi_version.split()),
        **{name: _version(name) for name in _PACKAGES},
    }


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "none"
