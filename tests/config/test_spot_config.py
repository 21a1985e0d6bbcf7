"""Spot files as people write them: boards, ranges on one line, and what to write instead."""

import pytest

from holdem_mpi.cards import parse_cards
from holdem_mpi.config.spot_config import load_spot
from holdem_mpi.errors import ConfigError
from holdem_mpi.formats.range_text import parse_range

REST = "pot: 100\nstacks: 200\nbet_sizes: [0.5]\n"
RANGES = "ranges: {oop: AA, ip: KK}\n"


@pytest.fixture
def load(tmp_path):
    def load(text):
        path = tmp_path / "spot.yaml"
        path.write_text(text, encoding="utf-8")
        return load_spot(str(path))[1]

    return load


@pytest.mark.parametrize(
    "board",
    [
        "Ts 3h 2h",
        "Ts,3h,2h",
        "Ts, 3h; 2h",
        "10s 3h 2h",
        "10s3h2h",
        "ts 3H 2h",
        "T♠ 3♥ 2♡",
        "[Ts, 3h, 2h]",
        "[10s, 3H, 2♥]",
    ],
)
def test_boards(load, board):
    assert parse_cards(load(f"board: {board}\n{RANGES}{REST}").board) == parse_cards("Ts3h2h")


@pytest.mark.parametrize(
    "ranges, oop, ip",
    [
        ("{oop: AA,QQ, ip: KK}", "AA QQ", "KK"),
        ("{oop: 99,88:0.5,22:0.5, ip: 77}", "99 88:0.5 22:0.5", "77"),
        ("{ip: 15%, oop: 'AA,KK', }", "AA KK", "15%"),
        ("\n  oop: 99\n  ip: 22:0.5\n", "99", "22:0.5"),
        ("\n  oop: AhAd:0.5, 9h8h:2.5E-03, TcTd:1.\n  ip: AcKh:1e+0", "AhAd:0.5 9h8h:0.0025 TcTd", "AcKh"),
    ],
)
def test_ranges(load, ranges, oop, ip):
    spot = load(f"board: Js Ks 5c Qs 7d\nranges: {ranges}\n{REST}")
    assert list(spot.ranges) == ["oop", "ip"]
    assert (parse_range(spot.ranges["oop"]) == parse_range(oop)).all()
    assert (parse_range(spot.ranges["ip"]) == parse_range(ip)).all()


@pytest.mark.parametrize(
    "text, words",
    [
        (f"board: Ts3h2x\n{RANGES}{REST}", "board: card '2x': expected a rank of"),
        (f"board: Ts,3h,3H\n{RANGES}{REST}", "twice"),
        (f"board: Ts3h2h\nranges:\n  oop: [50]AA[/50]\n  ip: KK\n{REST}", "must stand in quotes: '[50]...'"),
        (f"board: Ts3h2h\nranges:\n  oop: AA\n  ip: *\n{REST}", "must stand in quotes: '*...'"),
        (f"board: Ts3h2h\nranges: {{oop: AA, ip: }}\n{REST}", "ranges.ip: expected a text, got nothing"),
        (f"board: Ts3h2h\nranges:\n  oop: AA\n  ip:\n{REST}", "ranges.ip: expected a text, got nothing"),
        (f"board: Ts3h2h\nranges: {{oop: AA, oop: KK}}\n{REST}", "duplicate key oop"),
    ],
)
def test_what_to_write_instead(load, text, words):
    with pytest.raises(ConfigError) as caught:
        load(text)
    assert words in str(caught.value) and "\n" not in str(caught.value)
