"""What rank 0 says of work under way."""

import io
import time

import pytest
from rich.console import Console

from holdem_mpi.parallel import notices
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.reporting import progress
from holdem_mpi.reporting.progress import ItemDisplay, MetricsDisplay, Reporter, describe
from holdem_mpi.text import count, duration

METRICS = {
    "iterations": 123_456_789,
    "iterations_per_second": 461_234.5,
    "visits_per_second": 168_000_000.0,
    "merge_share": 0.14,
    "infosets_visited": 1_230_000,
    "infosets": 4_560_000,
    "eta": 3723.4,
}


def test_numbers():
    assert [count(number) for number in (0, 789, 45_600, 1_234_567, 2e9)] == ["0", "789", "45.6k", "1.23M", "2G"]
    assert [duration(seconds) for seconds in (None, 0.4, 123, 3723)] == ["--:--", "0:00", "2:03", "1:02:03"]


def test_lines_in_a_log(capsys):
    display = MetricsDisplay(Communicator(), 200_000_000)
    display.show(METRICS)
    display.say("a word")
    display.close()
    first, second = capsys.readouterr().err.splitlines()
    assert first == describe(METRICS) and second == "a word"
    for text in ("123M iterations", "461k it/s", "168M visits/s", "merge 14 %", "1.23M/4.56M infosets", "ETA 1:02:03"):
        assert text in first


@pytest.mark.parametrize(
    ("interval", "seconds", "expected"),
    [
        (2, 240, [*range(2, 61, 2), *range(70, 240, 10), 240]),  # the default run: 48 lines, not 120
        (0.5, 65, [*(at / 2 for at in range(1, 121)), 65.0]),
        (30, 150, [30, 60, 90, 120, 150]),
    ],
)
def test_metrics_in_a_log_are_seldom_after_a_minute(capsys, monkeypatch, interval, seconds, expected):
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    display, shown = MetricsDisplay(Communicator(), 200_000_000), []
    while now[0] < seconds:
        now[0] += interval
        display.show(METRICS, last=now[0] == seconds)
        shown += [now[0]] * capsys.readouterr().err.count("\n")
    assert shown == expected


def test_items_in_a_log(capsys, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with ItemDisplay(Communicator(), "flops", 1755, done=5) as display:
        for seconds in (4.0, 11.0, 12.0, 35.0):
            now[0] = seconds
            display.advance(100)
    # Two lines, seven seconds apart at least; what was done before this start says nothing of the speed.
    assert capsys.readouterr().err.splitlines() == [
        "flops: 205 of 1,755, 0:11, ETA 1:25",
        "flops: 405 of 1,755, 0:35, ETA 1:58",
    ]


def test_items_that_take_long_are_told_meanwhile(capsys, monkeypatch):
    monkeypatch.setattr(progress, "FIRST_SECONDS", 0.1)
    monkeypatch.setattr(notices, "SECONDS_A_LINE", 0.2)
    with ItemDisplay(Communicator(), "lbr", 200, "hands"):
        time.sleep(0.8)
    lines = capsys.readouterr().err.splitlines()
    assert 2 <= len(lines) <= 4 and set(lines) <= {f"lbr: 0 of 200 hands, 0:0{at}, ETA --:--" for at in (0, 1)}
    time.sleep(0.4)
    assert capsys.readouterr().err == ""


def test_long_items_are_told_more_seldom_after_a_minute(monkeypatch):
    now, waits = [0.0], []
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    display = ItemDisplay(Communicator(), "flops", 1755)
    monkeypatch.setattr(progress, "FIRST_SECONDS", 0.0)

    def until_quiet(ended, later):
        waits.append(notices.SECONDS_A_LINE + later)
        now[0] += 59.0
        return len(waits) < 4

    monkeypatch.setattr(progress, "until_quiet", until_quiet)
    display._tell_on()
    assert waits == [7.0, 7.0, 10.0, 10.0]


def test_a_compilation_says_nothing_of_the_speed(capsys, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with ItemDisplay(Communicator(), "match", 1000, "hands", compiles_first=True) as display:
        for seconds in (60.0, 75.0):
            now[0] = seconds
            display.advance(20)
    assert capsys.readouterr().err.splitlines() == [
        "match: 20 of 1,000 hands, 1:00, ETA --:--",
        "match: 40 of 1,000 hands, 1:15, ETA 12:00",
    ]


def test_other_ranks_show_nothing(capsys):
    comm = Communicator()
    comm.rank = 1
    reporter = Reporter(comm, None)
    reporter.line("a word")
    assert list(reporter.over("turn", [(0, 3), (3, 5)])) == [(0, 3), (3, 5)]
    with ItemDisplay(comm, "flops", 2) as display:
        display.advance(1)
        display.say("a word")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("seconds", "eta", "done"), [(62.0, 38.0, "62%"), (5.0, None, "50%"), (10.0, 0.0, "100%")])
def test_the_bar_counts_against_the_stop_that_comes_first(monkeypatch, seconds, eta, done):
    screen, now = io.StringIO(), [0.0]
    monkeypatch.setattr(progress, "Console", lambda stderr: Console(file=screen, force_terminal=True, width=80))
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    display = MetricsDisplay(Communicator(), 2 * METRICS["iterations"])
    now[0] = seconds
    display.show(METRICS | {"eta": eta})
    display.say("a word")
    display.close()
    last = screen.getvalue()
    assert f" {done} 123M iterations, 461k it/s, merge 14 %, ETA {duration(eta)}" in last and "…" not in last
    assert "a word" in screen.getvalue()


def test_no_time_left_is_foretold_before_it_can_be(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    display, told = ItemDisplay(Communicator(), "lbr", 1000), []
    for seconds in (0.5, 1.0, 2.0, 4.0):  # the first pieces say little
        now[0] = seconds
        display.advance(10)
        told.append(display.line().rpartition("ETA ")[2])
    assert told == ["--:--", "--:--", "--:--", "1:36"]
    slow = ItemDisplay(Communicator(), "lbr", 10)
    now[0] = 13.0
    assert slow.line().endswith("--:--")
    slow.advance(1)
    now[0] = 14.5
    assert slow.line().endswith("ETA 1:34")
