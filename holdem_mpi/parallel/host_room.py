"""What a host has for its ranks: cores, and shared memory."""

import os
import sys

# Bytes of shared memory to leave free for the MPI library itself.
SHARED_RESERVE = 64 << 20


def available_cores() -> int:
    """Cores of this host that this process may use."""
    return len(os.sched_getaffinity(0))


def room_for_shared_arrays() -> int:
    """Bytes of shared arrays that this host's ranks can have in common, beside what the MPI library needs itself."""
    return max(0, free_shared_memory() - SHARED_RESERVE)


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
