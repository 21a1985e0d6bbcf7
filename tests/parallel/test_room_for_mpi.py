"""A start under mpirun in a container whose /dev/shm is too small for the library ends with one line."""

import pytest

from holdem_mpi.errors import UserError
from holdem_mpi.parallel import processes


@pytest.mark.parametrize(("ranks", "mib", "refused"), [("4", 16, True), ("4", 64, False), ("1", 0, False)])
def test_ranks_without_room_are_refused(monkeypatch, ranks, mib, refused):
    monkeypatch.setenv("MPI_LOCALNRANKS", ranks)
    monkeypatch.setattr(processes, "free_shared_memory", lambda: mib << 20)
    if refused:
        with pytest.raises(
            UserError, match=f"/dev/shm has {mib} MiB free, and MPICH needs some 22 MiB .* {ranks} ranks"
        ):
            processes.check_room_for_mpi()
    else:
        processes.check_room_for_mpi()


def test_without_mpichs_launcher_nothing_is_asked(monkeypatch):
    monkeypatch.delenv("MPI_LOCALNRANKS", raising=False)
    monkeypatch.setattr(processes, "free_shared_memory", lambda: 0)
    processes.check_room_for_mpi()
