"""What is compiled once a host, and what is said of it."""

import numba
import pytest

from holdem_mpi.errors import UserError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.compile_once import compile_once


def rank_of(rank: int, on_host: int) -> tuple[Communicator, list[str]]:
    """A rank as one process alone can play it, and the collectives that it enters."""
    comm, calls = Communicator(), []
    comm.rank = rank
    comm.split_host = lambda: (on_host, 2)
    comm.host_barrier = lambda: calls.append("barrier")
    comm.bcast_json = lambda value: calls.append("bcast") or value or {"value": None}
    return comm, calls


@pytest.mark.parametrize(("rank", "on_host"), [(0, 0), (1, 1), (2, 0), (3, 1)])
def test_the_first_rank_of_each_host_warms_up(rank, on_host):
    comm, calls = rank_of(rank, on_host)
    compile_once(comm, lambda: calls.append("warmed_up"))
    assert calls == (["warmed_up"] if on_host == 0 else []) + ["bcast", "barrier"]


@pytest.mark.parametrize(("rank", "says"), [(0, True), (1, False)])
def test_a_cold_cache_is_said_once(rank, says, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cold"))
    compile_once(rank_of(rank, 0)[0], lambda: None)
    assert capsys.readouterr().err == ("compiling the kernels, once for this version\n" if says else "")
    (tmp_path / "cold").mkdir()
    compile_once(rank_of(rank, 0)[0], lambda: None)
    assert capsys.readouterr().err == ""


def test_an_error_of_a_host_is_told_after_the_others_know():
    def fails() -> None:
        raise UserError("no room")

    for rank in (0, 2):
        comm, calls = rank_of(rank, 0)
        with pytest.raises(UserError, match="no room"):
            compile_once(comm, fails)
        assert calls == ["bcast"]
