"""Whether all ranks run the same program: those of different builds would hang, or add up what is unlike."""

import hashlib
import platform
import socket
import sys
from importlib import metadata
from pathlib import Path

import numpy as np

from holdem_mpi import __version__
from holdem_mpi.errors import UserError
from holdem_mpi.parallel.communicator import Communicator


def build_here() -> dict[str, str]:
    """What decides this process's results and the order of its messages: version, sources, libraries, options."""
    return {
        "holdem_mpi": __version__,
        "sources": _digest_of_sources(),
        "Python": platform.python_version(),
        **{name: _version_of(name) for name in ("numpy", "numba")},
        "options": " ".join(sys.argv[1:]),
    }


def _digest_of_sources() -> str:
    folder, digest = Path(__file__).parents[1], hashlib.sha256()
    for path in sorted(folder.glob("**/*.py")):
        text = path.read_bytes()
        digest.update(f"{path.relative_to(folder)} {len(text)}\n".encode() + text)
    return digest.hexdigest()[:12]


def _version_of(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "none"


def check_builds(comm: Communicator) -> None:
    """UserError on every rank, naming the first rank that differs from rank 0 and in what. Collective."""
    if comm.size == 1:
        return
    own = build_here()
    first = comm.bcast_json(own)
    # A bit for each rank that differs.
    others = np.zeros((comm.size + 63) // 64, np.uint64)
    if own != first:
        others[comm.rank // 64] = np.uint64(1) << np.uint64(comm.rank % 64)
    comm.allreduce_or(others)
    ranks = np.flatnonzero(np.unpackbits(others.view(np.uint8), bitorder="little"))
    if not ranks.size:
        return
    rank = int(ranks[0])
    other = comm.bcast_json(own | {"host": socket.gethostname()}, rank)
    differences = [f"{name} {first[name]!r} and {other[name]!r}" for name in first if first[name] != other[name]]
    raise UserError(
        f"ranks 0 and {rank} (on {other['host']}) run different programs: {'; '.join(differences)}; "
        f"{ranks.size} of {comm.size} ranks differ from rank 0, expected one installation and one command line on all"
    )
