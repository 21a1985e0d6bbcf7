"""Ranks that outnumber the cores rest while the others work, and pass on what reaches them."""

import os
import signal
import threading

import pytest

from holdem_mpi.errors import UserError
from holdem_mpi.parallel.spare_ranks import run_on_team
from holdem_mpi.parallel.stop_flag import StopFlag

pytestmark = pytest.mark.mpi


@pytest.fixture
def one_core(monkeypatch):
    """All ranks of the machine may use one core and the same."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3})


def test_one_rank_a_core_works(cluster, one_core, capsys):
    teams = []
    assert run_on_team(cluster, lambda team: teams.append((team.rank, team.size)) or 5) == 5
    works = cluster.host.rank == 0
    assert teams == ([(cluster.host.number, cluster.hosts)] if works else [])
    told = capsys.readouterr().err
    assert told.count("take turns") == (cluster.rank == 0 and cluster.hosts < cluster.size)


def test_nobody_rests_who_has_a_core_or_is_asked_to_work(cluster, monkeypatch, capsys):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3})
    assert run_on_team(cluster, lambda team: 7 if team is cluster else 8, all_work=True) == 7
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)))
    assert run_on_team(cluster, lambda team: 7 if team is cluster else 8) == 7
    assert capsys.readouterr().err == ""


def test_a_mistake_ends_the_rest_too(everyone, one_core):
    def refuse(team):
        error = UserError("a mistake")
        error.exit_code = 74
        raise error

    if everyone.rank:
        assert run_on_team(everyone, refuse) == 74
    else:
        with pytest.raises(UserError, match="a mistake"):
            run_on_team(everyone, refuse)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1, signal.SIGINT])
def test_a_signal_to_a_rank_that_rests_reaches_one_that_works(everyone, one_core, number):
    def work(team):
        with StopFlag() as stop:
            for _ in range(300):
                if stop.signal_number:
                    return 75
                threading.Event().wait(0.1)
        return 0

    timer = threading.Timer(0.2, os.kill, (os.getpid(), number))
    if everyone.rank == everyone.size - 1:
        timer.start()
    assert run_on_team(everyone, work) == 75
