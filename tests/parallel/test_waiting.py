"""How long a wait spins, sleeps and lasts, against a clock that only sleep moves; and whom the watchdog misses."""

import socket

import numpy as np
import pytest

from holdem_mpi.parallel import waiting
from holdem_mpi.parallel.waiting import HostBeats, Waiter, Watchdog, sleep_until


class Clock:
    """Stands for ``time``: a look takes a microsecond, a sleep what it says. ``beat``: who else shows itself then."""

    def __init__(self) -> None:
        self.now, self.sleeps = 1000.0, []
        self.beat = lambda now: None

    def monotonic(self) -> float:
        self.now += 1e-6
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds
        self.beat(self.now)


class Request:
    """Done ``seconds`` from now."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self.clock, self.at = clock, clock.now + seconds

    def Test(self) -> bool:  # noqa: N802, MPI's name
        return self.clock.monotonic() >= self.at


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(waiting, "time", clock)
    return clock


def test_a_short_wait_never_sleeps_and_a_long_one_sleeps_ever_longer(clock):
    waiter = Waiter(polite=False)
    waiter.wait(Request(clock, 9e-3), "all ranks")
    assert clock.sleeps == []
    begin = clock.now
    waiter.wait(Request(clock, 0.4), "all ranks")
    assert clock.sleeps == sorted(clock.sleeps) and clock.sleeps[-1] == 1e-3 and sum(clock.sleeps) > 0.38
    assert 0.4 <= clock.now - begin < 0.4 + 2e-3, "at most a sleep too late"
    waiter.wait(Request(clock, 3.0), "all ranks")
    assert max(clock.sleeps) == 5e-3


def test_where_ranks_outnumber_the_cores_a_wait_sleeps_at_once(clock):
    Waiter(polite=True).wait(Request(clock, 9e-3), "all ranks")
    assert sum(clock.sleeps) > 8e-3


def test_messages_are_waited_for_asleep(clock):
    request = Request(clock, 1.0)
    sleep_until(request.Test)
    assert max(clock.sleeps) == 5e-3 and sum(clock.sleeps) > 0.99


def end_the_job() -> None:
    raise SystemExit


def watched(clock, part: int, beats: np.ndarray | None, seconds: float = 10.0) -> Waiter:
    """A Waiter of ranks 4, 5, 6 of a host, this one at ``part``; ranks that ``beats`` has as NaN wait too."""
    waiter = Waiter(polite=True)
    if beats is not None:
        waits = np.isnan(beats)

        def beat(now: float) -> None:
            beats[waits] = now

        beat(0.0)
        clock.beat = beat
    waiter.watchdog = Watchdog(seconds, HostBeats(beats, part, [4, 5, 6]), end_the_job)
    return waiter


def test_the_first_who_waits_names_who_is_missing(clock, capsys):
    beats = np.array([990.0, np.nan, 0.0])
    begin = clock.now
    with pytest.raises(SystemExit):
        watched(clock, 1, beats).wait(Request(clock, 1e9), "a sum over ranks")
    assert clock.now - begin == pytest.approx(10, abs=0.01)
    said = capsys.readouterr().err
    assert said.startswith(f"error: rank 5 on {socket.gethostname()} waited 10 s for a sum over ranks; ")
    assert "missing: ranks 4, 6; the watchdog ends the job" in said and said.count("\n") == 1


@pytest.mark.parametrize(
    ("beats", "named"),
    [
        (np.array([np.nan, np.nan, 0.0]), "missing: rank 6;"),
        (np.full(3, np.nan), "no rank of this host is missing"),
        (None, "which one is missing is not known"),
    ],
)
def test_others_leave_the_first_word_to_it(clock, beats, named, capsys):
    """The second who waits, and whoever misses nobody, or cannot know: each ends the job where nobody else has."""
    begin = clock.now
    with pytest.raises(SystemExit):
        watched(clock, 1, beats).wait(Request(clock, 1e9), "all ranks")
    assert clock.now - begin == pytest.approx(15, abs=0.01)
    assert named in capsys.readouterr().err


def test_one_rank_of_a_host_speaks(clock, capsys):
    """Ranks 4 and 5 each take the other for missing; the second to come waits, and ends the job at last."""
    begin, speaker = clock.now, np.zeros(1)
    waiter = watched(clock, 1, np.array([0.0, np.nan, 0.0]))
    assert HostBeats(None, 0, [4, 5, 6], speaker).may_speak()
    waiter.watchdog._host = waiter.watchdog._host._replace(speaker=speaker)
    assert not waiter.watchdog._host.may_speak()
    with pytest.raises(SystemExit):
        waiter.wait(Request(clock, 1e9), "all ranks")
    assert clock.now - begin == pytest.approx(20, abs=0.01)


def test_what_comes_in_time_is_no_hang(clock, capsys):
    waiter = watched(clock, 0, np.array([np.nan, 0.0, 0.0]))
    for _ in range(3):
        waiter.wait(Request(clock, 9.9), "all ranks")
    assert capsys.readouterr().err == ""


def test_time_in_which_this_rank_was_stopped_does_not_count(clock, capsys):
    beats = np.array([np.nan, 0.0, 0.0])
    waiter = watched(clock, 0, beats)
    shown, jumps = clock.beat, [500.0, 3000.0]

    def stopped(now: float) -> None:
        shown(now)
        if len(clock.sleeps) in (1000, 2000):
            clock.now += jumps.pop()

    clock.beat = stopped
    waiter.wait(Request(clock, 3508), "all ranks")
    assert not jumps and capsys.readouterr().err == ""


def test_others_may_work_ten_times_as_long_as_this_rank_did(clock):
    waiter = watched(clock, 0, np.array([np.nan, 0.0, 0.0]), seconds=1.0)
    clock.now += 3  # this rank's own share of the batch
    waiter.wait(Request(clock, 29), "all ranks")
    begin = clock.now
    with pytest.raises(SystemExit):
        waiter.wait(Request(clock, 29), "all ranks")  # right after: nobody has anything to do
    assert clock.now - begin == pytest.approx(1, abs=0.01)
