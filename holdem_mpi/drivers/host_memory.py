"""What this machine can still give, and what this process has taken. Linux; elsewhere nothing is known."""

import re
from pathlib import Path
from typing import NamedTuple

# (folder below /sys/fs/cgroup, limit, usage, key of memory.stat whose bytes the kernel takes back) by cgroup version.
_CGROUPS = (
    ("", "memory.max", "memory.current", "inactive_file"),
    ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)


class ProcessMemory(NamedTuple):
    """Bytes of a process: resident, its share of what it has in common with others, and what is its own alone."""

    rss: int
    pss: int
    anonymous: int


def process_memory(proc: Path = Path("/proc")) -> ProcessMemory:
    """Of this process; zeros where the system does not say."""
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
