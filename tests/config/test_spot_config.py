"""Spot files as people write them: boards, ranges on one line, and what to write instead."""

import re

import pytest

from holdem_mpi.cards import parse_cards
from holdem_mpi.config.spot_config import load_spot
from holdem_mpi.errors import ConfigError, UserError
from holdem_mpi.formats.range_text import parse_range
from holdem_mpi.subgame.spot import open_spot

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


GOOD = {
    "board": "Qs Jh 2h 8h",
    "pot": "50",
    "stacks": "200",
    "ranges": "{oop: AA, ip: KK}",
    "bet_sizes": "[50%]",
    "raise_sizes": "[2.5x]",
}
SIZE = "expected a number or a size, a share of the pot such as 0.5 or 50%, 2.5x, 25c, e, 3e or a"

# (key, what stands there, what is said after the file's name)
WRONG = [
    ("board", "12", "board: expected a text, got 12"),
    ("board", "Qs Jh", "board: expected 3 to 5 cards, got 2"),
    ("pot", "fifty", "pot: expected a number, got 'fifty'"),
    ("pot", "-5", "pot: expected a number above 0, got -5"),
    ("pot", "", "pot: expected a number, got nothing"),
    ("pot", ".inf", "pot: expected a finite number, got inf"),
    ("pot", "50 chips", "pot: expected a number, got '50 chips'"),
    ("pot", "[50]", "pot: expected a number, got [50]"),
    ("dead_money", "-1", "dead_money: expected a number of at least 0, got -1"),
    ("dead_money", "some", "dead_money: expected a number, got 'some'"),
    ("dead_money", "0.00001", "dead_money: expected chips with at most four decimals"),
    ("stacks", "20", "stacks: 20 is below the pot of 50"),
    ("stacks", "{oop: 200, btn: 200}", "stacks: expected chips: a number, a list, or by oop, ip, got {'oop'"),
    ("stacks", "[200]", "stacks: expected one for each of 2 players, got 1"),
    ("stacks", "all", "stacks: expected chips: a number, a list, or by oop, ip, got 'all'"),
    ("stacks", "", "stacks: expected a list, got nothing"),
    ("ranges", "AA", "ranges: expected a range by position, such as {oop: AA, ip: KK}, got 'AA'"),
    ("ranges", "[AA, KK]", "ranges: expected a range by position, such as {oop: AA, ip: KK}, got ['AA', 'KK']"),
    ("ranges", "{oop: AA, ip: KX}", "ranges.ip: entry 'KX' at character 1"),
    ("ranges", "{oop: [1, 0, 0.5], ip: KK}", "ranges.oop: expected a range, or a list of 1326 numbers from 0 to 1"),
    ("ranges", "{oop: missing.txt, ip: KK}", "ranges.oop: "),
    ("ranges", "{oop: AA, ip: KK, btn: QQ}", "ranges: expected two players, or three on the river, got 3"),
    ("menu", "small", "menu: expected 'lean', 'standard' or 'rich', got 'small'"),
    ("menu", "3", "menu: expected 'lean', 'standard' or 'rich', got 3"),
    ("menu", "[lean]", "menu: expected 'lean', 'standard' or 'rich', got ['lean']"),
    ("bet_sizes", "", "bet_sizes: expected sizes, each a share of the pot"),
    ("bet_sizes", "half", f"bet_sizes[0]: {SIZE}, got 'half'"),
    ("bet_sizes", "[50]", "bet_sizes: expected at most 10 pots, got 50 pots; 50 % of the pot is written 0.5 or 50%"),
    ("bet_sizes", "33, 75", "bet_sizes: expected at most 10 pots, got 33 pots; 33 % of the pot is written 0.33 or 33%"),
    ("bet_sizes", "[0.5, -1]", "bet_sizes[1]: expected a number above 0, got -1"),
    ("bet_sizes", "[0.5, 0%]", "bet_sizes[1]: expected a number above 0, got 0"),
    ("bet_sizes", "[.nan]", "bet_sizes[0]: expected a number above 0, got nan"),
    ("bet_sizes", "[75%, 50%]", "bet_sizes: expected rising pot fractions, got [0.75, 0.5]"),
    ("bet_sizes", "[e, e]", "bet_sizes: e is written twice; expected it once"),
    ("bet_sizes", "[2.5x]", "bet_sizes[0]: 2.5x is a multiple of the bet faced, and there is none"),
    ("bet_sizes", "[[0.5]]", f"bet_sizes[0]: {SIZE}, got [0.5]"),
    ("bet_sizes", "[true]", f"bet_sizes[0]: {SIZE}, got True"),
    ("bet_sizes", "[null]", f"bet_sizes[0]: {SIZE}, got nothing"),
    ("bet_sizes", "[$25]", f"bet_sizes[0]: {SIZE}, got '$25'"),
    ("bet_sizes", "[25chips]", f"bet_sizes[0]: {SIZE}, got '25chips'"),
    ("bet_sizes", "[0e]", "bet_sizes[0]: expected 1 to 9 streets before e, got '0e'"),
    ("bet_sizes", "[e2000%]", "bet_sizes[0]: expected at most 10 pots after e, and some, got 'e2000%'"),
    ("bet_sizes", "[0c]", "bet_sizes[0]: expected chips above 0 and up to a million, got '0c'"),
    ("bet_sizes", "{turn: 0.5, rivr: 1}", "bet_sizes.rivr: unknown; expected flop, turn, river, oop or ip (did"),
    ("bet_sizes", "{turn: 0.5, 3: 1}", "bet_sizes.3: unknown; expected flop, turn, river, oop or ip"),
    ("bet_sizes", "{oop: 0.5, villain: 1}", "bet_sizes.oop: a position beside streets; expected streets with"),
    ("bet_sizes", "{river: 0.5, IP: 1}", "bet_sizes.IP: a position beside streets; expected streets with"),
    ("bet_sizes", "{btn: 0.5}", "bet_sizes.btn: unknown; expected flop, turn, river, oop or ip"),
    ("bet_sizes", "{turn: {oop: 0.5, bb: 1}}", "bet_sizes.turn.bb: expected oop or ip"),
    ("bet_sizes", "{oop: {preflop: 0.5}}", "bet_sizes.oop.preflop: unknown; expected flop, turn or river"),
    ("bet_sizes", "{turn: {oop: half}}", f"bet_sizes.turn.oop[0]: {SIZE}, got 'half'"),
    ("bet_sizes", "{ip: {turn: 50}}", "bet_sizes.ip.turn: expected at most 10 pots, got 50 pots"),
    ("bet_sizes", "{turn: }", "bet_sizes.turn: expected sizes, each a share of the pot"),
    ("raise_sizes", "[1x]", "raise_sizes[0]: expected above 1x and up to 100x, got 1x"),
    ("raise_sizes", "[250x]", "raise_sizes[0]: expected above 1x and up to 100x, got 250x"),
    ("raise_sizes", "[x2.5]", f"raise_sizes[0]: {SIZE}, got 'x2.5'"),
    ("raise_sizes", "[2,5x, 3,5x]", "raise_sizes"),
    ("donk_sizes", "[2.5x]", "donk_sizes[0]: 2.5x is a multiple of the bet faced, and there is none"),
    ("donk_sizes", "{flop: 0.5}", "donk_sizes.flop: no street of the spot comes before; expected turn or river"),
    ("donk_sizes", "{ip: 0.5}", "donk_sizes.ip: expected oop"),
    ("donk_sizes", "50", "donk_sizes: expected at most 10 pots, got 50 pots"),
    ("donk_size", "[0.5]", "unknown key donk_size (did you mean donk_sizes?)"),
    ("all_in", "always", "all_in: expected true or false, got 'always'"),
    ("all_in", "1", "all_in: expected true or false, got 1"),
    ("add_allin", "big", "add_allin: expected a number, got 'big'"),
    ("add_allin", "-1", "add_allin: expected a number of at least 0, got -1"),
    ("add_allin", "150", "add_allin: expected at most 10 pots, got 150 pots; 150 % of the pot is written 1.5 or 150%"),
    ("add_allin", "1\nall_in: true", "add_allin: all-in is always on the menu; expected all_in: false beside it"),
    ("force_allin", "[0.1]", "force_allin: expected a number, got [0.1]"),
    ("force_allin", "-5%", "force_allin: expected a number, got '-5%'"),
    ("force_allin", "15", "force_allin: expected at most 10 pots, got 15 pots; 15 % of the pot is written 0.15 or 15%"),
    ("merge", "67", "merge: expected a share, at most 1, got 67; 67 % is written 0.67 or 67%"),
    ("merge", "1.5", "merge: expected a number of at most 1, got 1.5"),
    ("merge", "0", "merge: expected a number above 0, got 0"),
    ("merge_sizes", "2", "merge_sizes: expected a number of at most 1, got 2"),
    ("merge_sizes", "near", "merge_sizes: expected a number, got 'near'"),
    ("min_bet", "0", "min_bet: expected a number above 0, got 0"),
    ("chip", "small", "chip: expected a number, got 'small'"),
    ("max_raises", "-1", "max_raises: expected a whole number of bets and raises a street, got -1"),
    ("max_raises", "2.5", "max_raises: expected a whole number of bets and raises a street, got 2.5"),
    ("max_raises", "many", "max_raises: expected a whole number of bets and raises a street, got 'many'"),
    ("max_raises", "{river: true}", "max_raises.river: expected a whole number of bets and raises a street, got True"),
    ("max_raises", "{preflop: 3}", "max_raises.preflop: unknown; expected flop, turn, river"),
    ("rake", "5", "rake: expected a share, at most 0.5, got 5; 5 % is written 0.05 or 5%"),
    ("rake", "-1%", "rake: expected a number, got '-1%'"),
    ("rake", "{percent: 5, cap: 3}", "rake: expected a number, got {'percent': 5, 'cap': 3}"),
    ("rake", "60%", "rake: expected a number of at most 0.5, got 0.6"),
    ("rake_cap", "3", "rake_cap: there is no rake; expected it beside rake, such as rake: 5%"),
    ("rake_cap", "none", "rake_cap: expected a number, got 'none'"),
    ("actions", "check, limp", "actions[1]: expected check, call, fold, bet N, raise N or all-in, got 'limp'"),
    ("actions", "{check: 1}", "actions: expected a list, got {'check': 1}"),
    ("actions", "[limp]", "actions[0]: expected check, call, fold, bet N, raise N or all-in, got 'limp'"),
    ("actions", "[bet]", "actions[0]: expected check, call, fold, bet N, raise N or all-in, got 'bet'"),
    ("actions", "[bet 50%]", "actions[0]: expected check, call, fold, bet N, raise N or all-in, got 'bet 50%'"),
    ("to_act", "villain", "to_act: expected oop or ip, got 'villain'"),
    ("ranges_now", "maybe", "ranges_now: expected true or false, got 'maybe'"),
    ("short_stacks", "0", "short_stacks: expected true or false, got 0"),
    ("solver", "{target: 1}", "unknown key solver.target"),
    ("solver", "{target_pct: 0}", "solver.target_pct: expected a number above 0, got 0"),
    ("solver", "{time: soon}", "solver.time: expected a number, got 'soon'"),
    ("solver", "{iterations: 1.5}", "solver.iterations: expected an integer, got 1.5"),
    ("solver", "{algorithm: cfr+, alpha: 1}", "solver.alpha: only of dcfr, algorithm is cfr+"),
    ("solver", "{algorithm: cfr}", "solver.algorithm: expected 'dcfr' or 'cfr+', got 'cfr'"),
]  # fmt: skip


@pytest.mark.parametrize("key, value, said", WRONG, ids=[f"{key} {value}" for key, value, _ in WRONG])
def test_one_line_names_the_key_and_nothing_is_built(tmp_path, monkeypatch, key, value, said):
    for builder in ("build_tree", "SubgameSolver"):
        monkeypatch.setattr(f"holdem_mpi.subgame.spot.{builder}", None)
    path = tmp_path / "spot.yaml"
    path.write_text("".join(f"{name}: {text}\n" for name, text in {**GOOD, key: value}.items()))
    with pytest.raises(ConfigError) as caught:
        open_spot(str(path))
    assert str(caught.value).startswith(f"{path}: {said}") and "\n" not in str(caught.value)


def test_numbers_of_a_range_are_counted_and_checked(load):
    for numbers, said in (
        (["0.5"] * 1325, "expected 1326 numbers, one for each hand, got 1325"),
        (["1"] * 1325 + ["1.5"], "number 1326 of 1326: expected 0 to 1, got '1.5'"),
        (["1"] * 1325 + ["AA"], "number 1326 of 1326: expected 0 to 1, got 'AA'"),
        (["-0.5"] + ["1"] * 1325, "number 1 of 1326: expected 0 to 1, got '-0.5'"),
        (["0"] * 1326, "an empty range: all numbers are 0"),
    ):
        with pytest.raises(UserError, match=re.escape(said)):
            parse_range(" ".join(numbers))
    with pytest.raises(ConfigError, match=r"ranges.oop: expected a range, or a list of 1326 numbers from 0 to 1, got"):
        load(f"board: Ts3h2h\nranges: {{oop: {[0.5] * 1325}, ip: KK}}\n{REST}")


@pytest.mark.parametrize(
    "key",
    [
        "bet_sizes",
        "raise_sizes",
        "donk_sizes",
        "rake",
        "rake_cap",
        "pot",
        "stacks",
        "dead_money",
        "add_allin",
        "force_allin",
        "merge_sizes",
        "chip",
        "min_bet",
    ],
)
@pytest.mark.parametrize("number", [10**400, -(10**400)])
def test_numbers_that_no_float_holds_are_named(key, number):
    spot = {"board": "Qs Jh 2h", "pot": 50, "stacks": 200, "ranges": {"oop": "AA", "ip": "KK"}}
    with pytest.raises(ConfigError, match=f"^spot: {key}.*: expected ") as caught:
        load_spot({**spot, key: number})
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


def test_weights_that_no_float_holds_are_named():
    spot = {"board": "Qs Jh 2h", "pot": 50, "stacks": 200, "ranges": {"oop": [10**400] * 1326, "ip": "KK"}}
    with pytest.raises(ConfigError, match=r"^spot: ranges.oop: expected a range, or a list of 1326 numbers"):
        load_spot(spot)
