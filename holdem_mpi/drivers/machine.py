"""What a figure was measured on."""

import importlib.metadata
import os
import platform
import re
from pathlib import Path
from typing import Any

from holdem_mpi import __version__
from holdem_mpi.parallel.host_room import available_cores

_PACKAGES = ("numpy", "numba", "mpi4py")


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
