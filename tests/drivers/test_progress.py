"""What rank 0 says of a run."""

import io

from rich.console import Console

from holdem_mpi.drivers import progress
from holdem_mpi.drivers.progress import Display, count, describe, duration

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
    display = Display(200_000_000)
    display.show(METRICS)
    display.say("a word")
    display.close()
    first, second = capsys.readouterr().err.splitlines()
    assert first == describe(METRICS) and second == "a word"
    for text in ("123M iterations", "461k it/s", "168M visits/s", "merge 14 %", "1.23M/4.56M infosets", "ETA 1:02:03"):
        assert text in first


def test_bar_fits_into_80_columns(monkeypatch):
    screen = io.StringIO()
    monkeypatch.setattr(progress, "Console", lambda stderr: Console(file=screen, force_terminal=True, width=80))
    display = Display(200_000_000)
    display.show(METRICS)
    display.say("a word")
    display.close()
    assert "62%" in screen.getvalue() and "ETA 1:02:03" in screen.getvalue() and "…" not in screen.getvalue()
    assert "a word" in screen.getvalue()
