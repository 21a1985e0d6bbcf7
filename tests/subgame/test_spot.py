"""Spot files: what they mean in chips and names, what a solved one reports, and one line for each mistake."""

import os
import re
import signal

import numpy as np
import pytest
from helpers.spot_files import SMALL, names_at, opener

from holdem_mpi.cards import hand_of_cards, parse_card, parse_cards
from holdem_mpi.config.spot_config import load_spot, shipped_spots
from holdem_mpi.errors import UserError
from holdem_mpi.formats.range_text import parse_range
from holdem_mpi.kernels.subgame.subgame_sweep import sweep_branches
from holdem_mpi.subgame.spot import open_spot
from holdem_mpi.subgame.spot_report import result_of
from holdem_mpi.subgame.spot_solving import ExploitabilityCheck, StopRules, seconds_left, solve
from holdem_mpi.subgame.subgame_arrays import bytes_needed


@pytest.fixture
def spot(tmp_path):
    return opener(tmp_path)


def test_shipped_spots():
    assert shipped_spots() == ["flop", "river", "river_3way", "turn"]
    flop = open_spot("flop")
    assert len(flop.board) == 3 and names_at(flop, "bet 25") == ["fold", "call", "all-in 75"]
    for name, cards in (("river", 5), ("turn", 4)):
        shipped = open_spot(name)
        assert len(shipped.board) == cards and shipped.pot == 50
        assert (
            abs(np.count_nonzero(shipped.ranges[0]) - 290) < 20 and abs(np.count_nonzero(shipped.ranges[1]) - 215) < 5
        )
        sizes = names_at(shipped, "bet 50")
        assert sizes == ["fold", "call", "raise to 140", "all-in 200"]


def test_amounts_are_of_this_street_and_effective(spot):
    opened = spot(stacks={"oop": 150, "ip": 90})
    assert names_at(opened) == ["check", "bet 50", "all-in 90"]
    assert names_at(opened, "bet 50") == ["fold", "call", "all-in 90"]
    assert spot(stacks=[150, 90]).state == opened.state and opened.pot == 50


def test_odd_pots_and_parts_of_chips(spot):
    odd = spot(pot=51, bet_sizes=[0.5, 1.0])
    assert odd.pot == 51 and names_at(odd) == ["check", "bet 25.5", "bet 51", "all-in 200"]
    small = spot(pot=5.5, stacks=20.25, min_bet=1)
    assert small.pot == 5.5 and names_at(small) == ["check", "bet 5.5", "all-in 20.25"]
    assert names_at(small, "bet 5.5") == ["fold", "call", "raise to 15.4", "all-in 20.25"]
    assert not odd.notes and not small.notes


@pytest.mark.parametrize(
    "keys, names",
    [
        ({"pot": 2, "stacks": 99, "bet_sizes": [0.75]}, ["bet 1.5", "all-in 99"]),
        ({"pot": 4, "stacks": 48, "bet_sizes": [0.33, 0.66, 0.75]}, ["bet 1.32", "bet 2.64", "bet 3", "all-in 48"]),
        ({"pot": 0.65, "stacks": 9.85, "bet_sizes": [0.4, 0.8]}, ["bet 0.26", "bet 0.52", "all-in 9.85"]),
        ({"pot": 0.65, "stacks": 9.85, "bet_sizes": [0.33]}, ["bet 0.2145", "all-in 9.85"]),
        ({"pot": 0.05, "stacks": 4.97, "bet_sizes": [0.33, "75%"]}, ["bet 0.0165", "bet 0.0375", "all-in 4.97"]),
        ({"pot": 12.35, "stacks": 71.15, "bet_sizes": [0.2, 1]}, ["bet 2.47", "bet 12.35", "all-in 71.15"]),
        ({"pot": 999999, "stacks": 1e6, "bet_sizes": [0.37]}, ["bet 369999.63", "all-in 1000000"]),
        ({"pot": 5, "stacks": 48, "bet_sizes": [0.33, 0.75], "chip": 1}, ["bet 2", "bet 4", "all-in 48"]),
        ({"pot": 51, "stacks": 200, "bet_sizes": [0.33, 0.5], "chip": 5}, ["bet 15", "bet 25", "all-in 200"]),
        ({"pot": 3, "stacks": 9.5, "bet_sizes": [0.3, 0.6], "chip": 0.25}, ["bet 1", "bet 1.75", "all-in 9.5"]),
    ],
)
def test_sizes_are_as_written(spot, keys, names):
    opened = spot(**keys)
    assert names_at(opened) == ["check", *names] and opened.pot == keys["pot"]


@pytest.mark.parametrize(
    "keys, names, notes",
    [
        (
            {"pot": 2, "stacks": 99, "bet_sizes": [0.33, 0.5, 0.75], "min_bet": 1},
            ["bet 1", "bet 1.5", "all-in 99"],
            [
                "bet_sizes.river: 0.33 of the pot is 0.66 chips, below the smallest of 1",
                "0.33 and 0.5 of the pot are both 1",
            ],
        ),
        (
            {"pot": 7, "stacks": 99, "bet_sizes": [0.5, 0.52], "chip": 1},
            ["bet 4", "all-in 99"],
            ["bet_sizes.river: 0.5 and 0.52 of the pot are both 4 chips"],
        ),
        (
            {"pot": 50, "stacks": 200, "bet_sizes": [5, 6]},
            ["all-in 200"],
            ["5 of the pot is 250 chips, more than are left", "6 of the pot is 300 chips, more than are left"],
        ),
        ({"pot": 50, "stacks": 200, "bet_sizes": [4], "raise_sizes": [0.05]}, ["all-in 200"], []),
        (
            {"pot": 50, "stacks": 900, "bet_sizes": [1], "raise_sizes": [0.05]},
            ["bet 50", "all-in 900"],
            ["raise_sizes.river: 0.05 of the pot is 57.5 chips, below the smallest of 100"],
        ),
    ],
)
def test_a_line_for_each_size_that_is_not_as_written(spot, keys, names, notes):
    opened = spot(**keys)
    assert names_at(opened) == ["check", *names] and len(opened.notes) == len(notes)
    assert all(words in note for words, note in zip(notes, opened.notes))


@pytest.mark.parametrize(
    "first, second",
    [
        *[("oop", "ip"), ("OOP", "IP"), ("Oop", "Ip"), ("BB", "BTN"), ("bb", "btn"), ("SB", "BB"), ("sb", "Btn")],
        *[("UTG", "CO"), ("UTG+1", "HJ"), ("BB", "UTG"), ("oop", "BTN"), ("SB", "ip"), ("hj", "BU")],
    ],
)
def test_positions_act_in_order_however_written(spot, first, second):
    """Neither case nor the order in the file decides who acts first after the flop."""
    for ranges in ({first: "AA", second: "KK"}, {second: "KK", first: "AA"}):
        opened = spot(ranges=ranges, stacks={second.upper(): 150, first.lower(): 90}, to_act=second.swapcase(), pot=60)
        assert opened.config.positions == (first, second) and opened.config.stacks == [90, 150]
        assert opened.ranges[0].sum() == 6 and parse_range("AA") @ opened.ranges[0] == 6
        assert opened.state.player == 1


def test_a_turn_spot_reports_its_street_alone(spot):
    opened = spot(board="Qs Jh 2h 8h", stacks=60, ranges={"oop": "AA,QJs", "ip": "KK,T9s"})
    solver = opened.solver()
    solved = solve(solver, opened.pot * opened.unit, StopRules(None, None, 30), lambda check, left: None)
    assert solved.stopped_by == "iterations" and solved.last.iterations == 30
    result = result_of(opened, solver, solved)
    lines = [decision["line"] for decision in result["decisions"]]
    assert [] in lines and ["check", "bet 50"] in lines and ["check", "check"] not in lines
    assert sum(player["ev"] for player in result["players"].values()) == pytest.approx(50, abs=1e-3)
    assert sum(player["equity"] for player in result["players"].values()) == pytest.approx(1, abs=1e-5)


def test_a_flop_spot_reports_its_street_alone(spot):
    opened = spot(board="Qs Jh 2h", stacks=50, ranges={"oop": "AA,QJs", "ip": "KK,T9s"}, raise_sizes=[])
    solver = opened.solver()
    solved = solve(solver, opened.pot * opened.unit, StopRules(None, None, 5), lambda check, left: None)
    result = result_of(opened, solver, solved)
    lines = [decision["line"] for decision in result["decisions"]]
    assert [] in lines and ["check", "all-in 50"] in lines and ["check", "check"] not in lines
    assert sum(player["ev"] for player in result["players"].values()) == pytest.approx(50, abs=1e-3)
    assert sum(player["equity"] for player in result["players"].values()) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("board", ["Qs Jh 2h", "Qs Jh 2h 8h"])
def test_memory_is_counted_before_it_is_taken(spot, monkeypatch, board):
    opened = spot(board=board, stacks=60)
    needed = bytes_needed(opened.tree, opened.board, opened.ranges)
    solver = opened.solver()
    arrays = [*solver.sums, *solver.workspace, solver.game.order, solver.game.strength]
    assert needed <= 1.2 * sum(array.nbytes for array in arrays) + 2**20 and needed >= sum(
        array.nbytes for array in solver.sums
    )
    monkeypatch.setattr(os, "sysconf", lambda name: 1 if name == "SC_PAGE_SIZE" else needed - 1)
    monkeypatch.setattr("holdem_mpi.subgame.spot.SubgameSolver", None)
    there = r"spot.yaml: bet_sizes: the spot needs .* of memory, this machine has .*half the hands \d+ %"
    with pytest.raises(UserError, match=there):
        opened.solver()


def test_a_spot_too_large_says_what_each_knob_saves(monkeypatch):
    keys = {"board": "Qs Jh 2h", "pot": 50, "stacks": 500, "ranges": {"oop": "AA,KK,QQ,AKs", "ip": "TT,99,88,A5s"}}
    keys |= {"bet_sizes": [0.33, 0.75, 1.5], "raise_sizes": [0.5, 1.0], "max_raises": 3}
    opened = open_spot(keys)
    needed = bytes_needed(opened.tree, opened.board, opened.ranges)
    monkeypatch.setattr(os, "sysconf", lambda name: 1)
    with pytest.raises(UserError) as caught:
        opened.solver()
    told = dict(re.findall(r"([a-z][a-z_ ]*(?:: \d)?) (\d+) %", str(caught.value).partition("saved: ")[2]))
    assert list(told) == ["half the hands", "one bet size a street", "one raise size a street"] + [
        f"max_raises: {most}" for most in (2, 1)
    ]
    fewer = [
        {"bet_sizes": [0.33]},
        {"raise_sizes": [0.5]},
        {"max_raises": 2},
        {"max_raises": 1},
    ]
    for share, change in zip(list(told.values())[1:], fewer):
        other = open_spot({**keys, **change})
        less = bytes_needed(other.tree, other.board, opened.ranges)
        assert int(share) == round(100 * (1 - less / needed)) > 0
    assert 35 < int(told["half the hands"]) < 65


def test_a_signal_ends_a_flop_within_an_iteration(spot, monkeypatch):
    """It is seen at the next turn card; what there is is reported."""
    opened = spot(board="Qs Jh 2h", stacks=60)
    solver = opened.solver()
    swept = []

    def sweep_some(*given):
        swept.extend(given[-1])
        if len(swept) == 199:
            os.kill(os.getpid(), signal.SIGINT)
        return sweep_branches(*given)

    monkeypatch.setattr("holdem_mpi.subgame.solver._CALL", 0.0)  # as if an iteration took long
    monkeypatch.setattr(solver, "_sweep_branches", sweep_some)
    monkeypatch.setattr(solver, "exploitability", lambda: 50.0)
    solved = solve(solver, 50, StopRules(0.001, None, 10_000), lambda check, left: None)
    branches = solver.game.branch_card.size
    assert solved.stopped_by == "signal" and len(swept) == 199
    assert solved.last.iterations == 199 // (2 * branches) == 2


def test_time_ends_it(spot):
    opened = spot()
    seen = []
    solved = solve(opened.solver(), 50, StopRules(None, 0.2, None), lambda check, left: seen.append(check))
    assert solved.stopped_by == "time" and solved.last.seconds <= 0.25 and seen[-1] == solved.last
    assert hand_of_cards(parse_card("Ah"), parse_card("Ad")) in opened.solver().hands[0]
    assert opened.board == parse_cards(SMALL["board"])


@pytest.mark.parametrize(
    "sizes",
    [["50%", "100%"], ["50 %", 1], [0.5, "100.0%"], {"river": [0.5, "100%"]}, {"flop": 2, "river": ["50%", 1.0]}],
)
def test_sizes_in_percent(spot, sizes):
    opened = spot(bet_sizes=sizes)
    assert opened.config.bet_sizes.river == [0.5, 1.0]
    assert names_at(opened) == ["check", "bet 25", "bet 50", "all-in 200"]
    assert spot(bet_sizes={"river": "75%"}).config.bet_sizes.river == [0.75]
    assert names_at(spot(bet_sizes=[10], stacks=900)) == ["check", "bet 500", "all-in 900"]


THREE = {"SB": "AA", "BB": "KK", "BTN": "QQ"}
MISTAKES = [
    ({"board": "Qs Jh 2h 8h Qs"}, ["board:", "twice"]),
    ({"board": "Qs Jh 2h 8h 1c"}, ["board:", "'1c'"]),
    ({"board": ""}, ["board:", "before it"]),
    ({"board": "Qs Jh"}, ["board:", "3 to 5 cards"]),
    ({"board": None}, ["missing key board"]),
    ({"pot": 0}, ["pot:", "above 0"]),
    ({"pot": 1.00001}, ["pot:", "four decimals"]),
    ({"chip": 0.00001}, ["chip:", "four decimals"]),
    ({"actions": ["bet 1.00001"]}, ["sizes and actions:", "four decimals"]),
    ({"chip": 0}, ["chip:", "above 0"]),
    ({"pot": "big"}, ["pot:", "a number", "'big'"]),
    ({"stacks": 0}, ["stacks:", "stack of 0"]),
    ({"stacks": 49}, ["stacks:", "below the pot", "short_stacks"]),
    ({"stacks": [200, 200, 200]}, ["stacks:", "one for each of 2 players, got 3"]),
    ({"stacks": {"oop": 200}}, ["stacks:", "a list"]),
    ({"ranges": {"oop": "AA"}}, ["ranges:", "two players, or three on the river, got 1"]),
    ({"ranges": {"a": "AA", "b": "KK", "c": "QQ"}}, ["ranges:", "unknown position 'a'"]),
    ({"ranges": {"SB": "AA", "BB": "KK", "CO": "QQ", "BTN": "JJ"}}, ["ranges:", "three on the river, got 4"]),
    ({"ranges": THREE, "board": "Qs Jh 2h 8h"}, ["ranges:", "two players, or three on the river, got 3"]),
    ({"ranges": THREE, "stacks": [200, 200]}, ["stacks:", "one for each of 3 players, got 2"]),
    ({"ranges": {**THREE, "bu": "JJ"}, "board": "Qs Jh 2h"}, ["ranges:", "got 4"]),
    ({"ranges": {"SB": "AA", "btn": "KK", "bu": "QQ"}}, ["ranges:", "btn and bu are one position"]),
    ({"ranges": {"SB": "AhKh", "BB": "AhKd", "BTN": "QQ"}}, ["ranges:", "no three hands", "can meet"]),
    ({"ranges": THREE, "to_act": "CO"}, ["to_act:", "SB or BB or BTN"]),
    ({"ranges": {"oop": "AA", "ip": "22+,AXs"}}, ["ranges.ip:", "'AXs'", "character 5"]),
    ({"ranges": {"oop": "AA", "ip": ""}}, ["ranges.ip:", "empty range"]),
    ({"ranges": {"oop": "AA", "ip": "QsQh,JhJs:0"}}, ["ranges:", "can meet"]),
    ({"ranges": {"oop": "AhKh", "ip": "AhKd"}}, ["ranges:", "can meet"]),
    ({"ranges": {"villain": "AA", "hero": "KK"}}, ["ranges:", "'villain'", "BTN"]),
    ({"ranges": {"oop": "AA", "buton": "KK"}}, ["ranges:", "'buton'", "BTN"]),
    ({"ranges": {"BTN": "AA", "bu": "KK"}}, ["ranges:", "one position"]),
    ({"ranges": {"IP": "AA", "ip": "KK"}}, ["ranges:", "one position"]),
    ({"bet_sizes": [1.0, 0.5]}, ["bet_sizes:", "rising"]),
    ({"bet_sizes": {"rivr": [1.0]}}, ["bet_sizes.rivr", "river"]),
    ({"bet_sizes": [50, 100]}, ["bet_sizes:", "50 pots", "0.5 or 50%"]),
    ({"bet_sizes": {"river": [0.5, 75]}}, ["bet_sizes.river:", "75 pots", "0.75 or 75%"]),
    ({"raise_sizes": [60]}, ["raise_sizes:", "60 pots", "0.6 or 60%"]),
    ({"raise_sizes": {"turn": 33}}, ["raise_sizes.turn:", "33 pots", "0.33 or 33%"]),
    ({"bet_sizes": [10.5]}, ["bet_sizes:", "10.5 pots"]),
    ({"bet_sizes": ["5000%"]}, ["bet_sizes:", "50 pots"]),
    ({"bet_sizes": ["0%"]}, ["bet_sizes[0]:", "above 0"]),
    ({"bet_sizes": ["half"]}, ["bet_sizes[0]:", "a number", "'half'"]),
    ({"bet_sizes": ["100%", 0.5]}, ["bet_sizes:", "rising"]),
    ({"bet_size": [1.0]}, ["unknown key bet_size", "bet_sizes"]),
    ({"actions": ["limp"]}, ["actions[0]", "'limp'"]),
    ({"actions": ["call"]}, ["actions[0]", "no bet"]),
    ({"actions": ["bet 50", "check"]}, ["actions[1]", "there is a bet"]),
    ({"actions": ["bet 250"]}, ["actions[0]", "1 to 200"]),
    ({"actions": ["bet 50", "raise 60"]}, ["actions[1]", "100 to 200"]),
    ({"actions": ["check", "check"]}, ["actions[1]", "ends the betting"]),
    ({"actions": ["bet 50", "fold"]}, ["actions[1]", "'fold'"]),
    ({"actions": ["check"], "to_act": "oop"}, ["to_act:", "ip"]),
    ({"to_act": "btn"}, ["to_act:", "oop or ip"]),
    ({"solver": {"target_pct": None, "iterations": None}}, ["solver.iterations:", "to stop at"]),
    ({"solver": {"algorithm": "cfr"}}, ["solver.algorithm:", "dcfr"]),
]


@pytest.mark.parametrize("keys, words", MISTAKES, ids=[" ".join(words) for _, words in MISTAKES])
def test_one_line_for_each_mistake(spot, keys, words):
    with pytest.raises(UserError) as error:
        spot(**keys).solver()
    assert "\n" not in str(error.value) and "spot.yaml" in str(error.value)
    for word in words:
        assert word in str(error.value)


def test_short_stacks_where_meant(spot):
    assert spot(stacks=20, short_stacks=True).state.stack(0) == 20 * spot(stacks=20, short_stacks=True).unit


def test_unknown_spots():
    with pytest.raises(
        UserError, match=r"unknown spot 'rivr' \(did you mean river\?\); spots: flop, river, river_3way, turn"
    ):
        load_spot("rivr")
    with pytest.raises(UserError, match=r"nowhere.yaml: No such file"):
        load_spot("nowhere.yaml")


def test_the_time_left_is_that_of_the_first_stop():
    """Exploitability that falls as 100 / iterations, a tenth of a second each."""
    checks = [ExploitabilityCheck(done, done / 10, 100 / done) for done in (1, 10, 20, 40, 100)]
    assert seconds_left(checks[:1], StopRules(None, None, 500)) == pytest.approx(49.9)
    assert seconds_left(checks, StopRules(None, 12.0, 500)) == pytest.approx(2.0)
    assert seconds_left(checks, StopRules(0.25, None, 10_000)) == pytest.approx(30.0)  # reached after 400 iterations
    assert seconds_left(checks, StopRules(0.25, 15.0, 10_000)) == pytest.approx(5.0)
    assert seconds_left(checks[:2], StopRules(0.25, None, 10_000)) is None  # too early to know
    rising = [*checks, ExploitabilityCheck(300, 30.0, 50.0)]
    assert seconds_left(rising, StopRules(0.25, None, 10_000)) is None
    flat = [*checks[:-1], ExploitabilityCheck(100, 10.0, 2.49)]
    assert seconds_left(flat, StopRules(0.25, None, 1000)) == pytest.approx(90.0)
