"""Spot files: what they mean in chips and names, what a solved one reports, and one line for each mistake."""

import itertools
import json
import os
import re
import signal

import numpy as np
import pokerkit
import pytest
import yaml

from holdem_mpi.cards import hand_of_cards, parse_card, parse_cards
from holdem_mpi.config.spot_config import load_spot, shipped_spots
from holdem_mpi.errors import UserError
from holdem_mpi.kernels.subgame.subgame_sweep import sweep_branch
from holdem_mpi.subgame.spot import open_spot
from holdem_mpi.subgame.spot_report import result_of
from holdem_mpi.subgame.spot_solving import StopRules, solve
from holdem_mpi.subgame.spot_tables import csv_of, last_line, table_lines
from holdem_mpi.subgame.subgame_arrays import bytes_needed

SMALL = {
    "board": "Qs Jh 2h 8h 3c",
    "pot": 50,
    "stacks": 200,
    "ranges": {"oop": "AA,KQs:0.5,QJs,87s,A5s", "ip": "KK,QTs,JTs:0.25,AJs,AKs,99"},
    "bet_sizes": [1.0],
    "raise_sizes": [0.6],
}


@pytest.fixture
def spot(tmp_path):
    """``spot(**keys)``: the spot of a file with keys changed (None: left out)."""

    def spot(**keys):
        path = tmp_path / "spot.yaml"
        data = {key: value for key, value in {**SMALL, **keys}.items() if value is not None}
        path.write_text(yaml.safe_dump(data, sort_keys=False))
        return open_spot(str(path))

    return spot


def names_at(spot, *line):
    for _, state, names in spot.decisions():
        if names == list(line):
            actions = next(spot.tree.actions(node) for node, _, found in spot.decisions() if found == names)
            return spot.action_names(state, actions)
    raise AssertionError(f"no decision after {line}")


def test_shipped_spots():
    assert shipped_spots() == ["flop", "river", "turn"]
    flop = open_spot("flop")
    assert len(flop.board) == 3 and names_at(flop, "bet 25") == ["fold", "call", "all-in 75"]
    for name, cards in (("river", 5), ("turn", 4)):
        shipped = open_spot(name)
        assert len(shipped.board) == cards and shipped.pot == 50
        assert (
            abs(np.count_nonzero(shipped.ranges[0]) - 290) < 20 and abs(np.count_nonzero(shipped.ranges[1]) - 215) < 5
        )
        sizes = names_at(shipped, "bet 50")
        assert sizes == ["fold", "call", "raise 140", "all-in 200"]


def test_amounts_are_of_this_street_and_effective(spot):
    opened = spot(stacks={"oop": 150, "ip": 90})
    assert names_at(opened) == ["check", "bet 50", "all-in 90"]
    assert names_at(opened, "bet 50") == ["fold", "call", "all-in 90"]
    assert spot(stacks=[150, 90]).state == opened.state and opened.pot == 50


def test_odd_pots_and_parts_of_chips(spot):
    odd = spot(pot=51)
    assert odd.unit == 2 and odd.pot == 51 and names_at(odd)[1] == "bet 51"
    small = spot(pot=5.5, stacks=20.25, min_bet=1)
    assert small.unit == 20 and small.pot == 5.5 and names_at(small) == ["check", "bet 5.5", "all-in 20.25"]
    assert names_at(small, "bet 5.5") == ["fold", "call", "raise 15.4", "all-in 20.25"]


def test_actions_taken(spot):
    facing = spot(actions=["check", "bet 25"])
    assert facing.state.player == 0 and facing.pot == 75
    assert names_at(facing) == ["fold", "call", "raise 85", "all-in 200"]
    assert spot(actions=["x", "b25"]).state == facing.state == spot(actions=["check", "bet 25"], to_act="oop").state
    assert spot(to_act="ip").state == spot(actions=["check"]).state
    shoved = spot(actions=["all-in"])
    assert names_at(shoved) == ["fold", "call"] and shoved.pot == 250


def test_positions(spot):
    """oop is first however it is listed; other names count as listed."""
    swapped = spot(ranges={"ip": "KK", "oop": "AA"})
    assert swapped.config.positions == ("oop", "ip") and swapped.ranges[0].sum() == 6
    assert spot(ranges={"BB": "KK", "BTN": "AA"}).config.positions == ("BB", "BTN")


def pairs_of(opened):
    """(hand, weight, rank) of both ranges, ranks by pokerkit."""
    board = [pokerkit.Card(text[0], text[1]) for text in opened.config.board.split()]
    sides = []
    for ranges in opened.ranges:
        side = []
        for hand in np.flatnonzero(ranges):
            high = next(h for h in range(52) if h * (h + 1) // 2 > hand)
            cards = {high, int(hand) - high * (high - 1) // 2}
            if not cards & set(opened.board):
                text = "".join(("23456789TJQKA"[card >> 2] + "cdhs"[card & 3]) for card in cards)
                rank = pokerkit.StandardHighHand.from_game(pokerkit.Card.parse(text), board)
                side.append((cards, ranges[hand], rank))
        sides.append(side)
    return sides


def test_equities_are_pokerkits_and_evs_add_up_to_the_pot(spot):
    opened = spot(actions=["check", "bet 25"])
    solver = opened.solver()
    solved = solve(solver, opened.pot * opened.unit, StopRules(0.5, None, 2000), lambda check: None)
    assert solved.stopped_by == "target" and solved.last.exploitability_pct <= 0.5
    result = result_of(opened, solver, solved)
    won = total = 0.0
    first, second = pairs_of(opened)
    for (cards, weight, rank), (others, other_weight, other_rank) in itertools.product(first, second):
        if not cards & others:
            total += weight * other_weight
            won += weight * other_weight * (1.0 if rank > other_rank else 0.5 if rank == other_rank else 0.0)
    oop, ip = result["players"]["oop"], result["players"]["ip"]
    assert oop["equity"] == pytest.approx(won / total, abs=1e-6) and oop["equity"] + ip["equity"] == pytest.approx(1)
    assert oop["ev"] + ip["ev"] == pytest.approx(75, abs=1e-3)
    root = result["decisions"][0]
    assert root["line"] == [] and root["actions"][0] == "fold" and all(ev[0] == 0 for ev in root["ev"].values())
    for hand, probabilities in root["strategy"].items():
        assert sum(probabilities) == pytest.approx(1, abs=1e-5)
        mixed = np.dot(probabilities, root["ev"][hand])
        assert mixed == pytest.approx(oop["hands"][hand]["ev"], abs=1e-3)
    short = json.loads(last_line(result))
    assert short["strategy"]["hands"] == root["strategy"] and short["solve_seconds"] > 0
    rows = csv_of(result).splitlines()
    assert len(rows) == 1 + len(oop["hands"]) + len(ip["hands"]) and rows[0].startswith(
        "position,hand,weight,equity,ev,p(fold)"
    )
    text = "\n".join(table_lines(opened, solver, result))
    assert "oop to act" in text and re.search(r"^KQs +1\.5 ", text, re.M)


def test_a_turn_spot_reports_its_street_alone(spot):
    opened = spot(board="Qs Jh 2h 8h", stacks=60, ranges={"oop": "AA,QJs", "ip": "KK,T9s"})
    solver = opened.solver()
    solved = solve(solver, opened.pot * opened.unit, StopRules(None, None, 30), lambda check: None)
    assert solved.stopped_by == "iterations" and solved.last.iterations == 30
    result = result_of(opened, solver, solved)
    lines = [decision["line"] for decision in result["decisions"]]
    assert [] in lines and ["check", "bet 50"] in lines and ["check", "check"] not in lines
    assert sum(player["ev"] for player in result["players"].values()) == pytest.approx(50, abs=1e-3)
    assert sum(player["equity"] for player in result["players"].values()) == pytest.approx(1, abs=1e-5)


def test_a_flop_spot_reports_its_street_alone(spot):
    opened = spot(board="Qs Jh 2h", stacks=50, ranges={"oop": "AA,QJs", "ip": "KK,T9s"}, raise_sizes=[])
    solver = opened.solver()
    solved = solve(solver, opened.pot * opened.unit, StopRules(None, None, 5), lambda check: None)
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
    with pytest.raises(UserError, match=r"spot.yaml: bet_sizes: the spot needs .* GiB of memory, this machine has"):
        opened.solver()


def test_a_signal_ends_a_flop_within_an_iteration(spot, monkeypatch):
    """It is seen at the next turn card; what there is is reported."""
    opened = spot(board="Qs Jh 2h", stacks=60)
    solver = opened.solver()
    swept = []

    def sweep_one(*given):
        swept.append(given[-1])
        if len(swept) == 150 + 49:
            os.kill(os.getpid(), signal.SIGINT)
        return sweep_branch(*given)

    monkeypatch.setattr("holdem_mpi.subgame.solver.sweep_branch", sweep_one)
    monkeypatch.setattr(solver, "exploitability", lambda: 50.0)
    solved = solve(solver, 50, StopRules(0.001, None, 10_000), lambda check: None)
    branches = solver.game.branch_card.size
    assert solved.stopped_by == "signal" and len(swept) == 199
    assert solved.last.iterations == (199 - branches) // (2 * branches)


def test_time_ends_it(spot):
    opened = spot()
    seen = []
    solved = solve(opened.solver(), 50, StopRules(None, 0.2, None), seen.append)
    assert solved.stopped_by == "time" and solved.last.seconds <= 0.25 and seen[-1] == solved.last
    assert hand_of_cards(parse_card("Ah"), parse_card("Ad")) in opened.solver().hands[0]
    assert opened.board == parse_cards(SMALL["board"])


MISTAKES = [
    ({"board": "Qs Jh 2h 8h Qs"}, ["board:", "twice"]),
    ({"board": "Qs Jh 2h 8h 1c"}, ["board:", "'1c'"]),
    ({"board": ""}, ["board:", "before it"]),
    ({"board": "Qs Jh"}, ["board:", "3 to 5 cards"]),
    ({"board": None}, ["missing key board"]),
    ({"pot": 0}, ["pot:", "above 0"]),
    ({"pot": 1.00001}, ["pot:", "four decimals"]),
    ({"pot": "big"}, ["pot:", "a number", "'big'"]),
    ({"stacks": 0}, ["stacks:", "stack of 0"]),
    ({"stacks": 49}, ["stacks:", "below the pot", "short_stacks"]),
    ({"stacks": [200, 200, 200]}, ["stacks:", "two players, got 3"]),
    ({"stacks": {"oop": 200}}, ["stacks:", "a list"]),
    ({"ranges": {"oop": "AA"}}, ["ranges:", "two players, got 1"]),
    ({"ranges": {"a": "AA", "b": "KK", "c": "QQ"}}, ["ranges:", "two players, got 3"]),
    ({"ranges": {"oop": "AA", "ip": "22+,AXs"}}, ["ranges.ip:", "'AXs'", "character 5"]),
    ({"ranges": {"oop": "AA", "ip": ""}}, ["ranges.ip:", "empty range"]),
    ({"ranges": {"oop": "AA", "ip": "QsQh,JhJs:0"}}, ["ranges:", "can meet"]),
    ({"ranges": {"oop": "AhKh", "ip": "AhKd"}}, ["ranges:", "can meet"]),
    ({"bet_sizes": [1.0, 0.5]}, ["bet_sizes.", "rising"]),
    ({"bet_sizes": {"rivr": [1.0]}}, ["bet_sizes.rivr", "river"]),
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
    assert spot(stacks=20, short_stacks=True).state.stack(0) == 20


def test_unknown_spots():
    with pytest.raises(UserError, match=r"unknown spot 'rivr' \(did you mean river\?\); spots: flop, river, turn"):
        load_spot("rivr")
    with pytest.raises(UserError, match=r"nowhere.yaml: No such file"):
        load_spot("nowhere.yaml")
