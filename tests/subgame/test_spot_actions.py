"""Spots after actions: ranges narrow by the solution, values are the whole street's, and exact."""

import itertools
import json
import re

import numpy as np
import pokerkit
import pytest
from helpers.spot_files import names_at, opener, solved_of

from holdem_mpi.subgame.spot_report import result_of
from holdem_mpi.subgame.spot_solving import StopRules, solve
from holdem_mpi.subgame.spot_tables import csv_of, decision_now, last_line, spot_lines


@pytest.fixture
def spot(tmp_path):
    return opener(tmp_path)


@pytest.mark.parametrize("ranges_now", [False, True])
def test_actions_taken(spot, ranges_now):
    """The tree and the pot are those of the street's start, or with ranges_now those after the actions."""

    def opened(**keys):
        return spot(ranges_now=ranges_now, **keys)

    facing = opened(actions=["check", "bet 25"])
    line = [] if ranges_now else ["check", "bet 25"]
    assert facing.state.player == 0 and facing.pot == (75 if ranges_now else 50)
    assert names_at(facing, *line) == ["fold", "call", "raise to 85", "all-in 200"]
    same = [opened(actions=["x", "b25"]), opened(actions=["check", "bet 25"], to_act="oop")]
    assert all(other.state == facing.state and other.now == facing.now for other in same)
    assert opened(to_act="ip").state == opened(actions=["check"]).state
    shoved = opened(actions=["all-in"])
    line = [] if ranges_now else ["all-in 200"]
    assert names_at(shoved, *line) == ["fold", "call"] and shoved.pot == (250 if ranges_now else 50)


def test_actions_that_are_not_on_the_menu_are_so_where_they_were_taken(spot):
    opened = spot(actions=["bet 30", "raise 77"])
    assert names_at(opened) == ["check", "bet 30", "bet 50", "all-in 200"]
    assert names_at(opened, "bet 30") == ["fold", "call", "raise to 77", "raise to 96", "all-in 200"]
    assert names_at(opened, "check") == ["check", "bet 50", "all-in 200"]
    assert names_at(opened, "bet 50") == ["fold", "call", "raise to 140", "all-in 200"]
    assert names_at(opened, "bet 30", "raise to 77")[0] == "fold" and opened.tree.player_of_node[opened.now] == 0
    only = spot(actions=["all-in"], all_in=False)
    assert names_at(only) == ["check", "bet 50", "all-in 200"] and names_at(only, "check") == ["check", "bet 50"]


@pytest.mark.parametrize(
    "pot, bet, called",
    [(100, 100, 1 / 2), (100, 50, 2 / 3), (60, 90, 2 / 5), (3, 1, 3 / 4)],
)
@pytest.mark.parametrize("first", ["oop", "ip"])
def test_ranges_narrow_by_the_actions(spot, pot, bet, called, first):
    """AA always and QQ at times move all-in; KK calls so often that QQ gains nothing: pot / (pot + bet)."""
    second = "ip" if first == "oop" else "oop"
    keys = {"board": "Ts 3h 2h 5c 9s", "pot": pot, "stacks": bet, "short_stacks": True, "bet_sizes": []}
    keys |= {"ranges": {first: "AA,QQ", second: "KK"}, "raise_sizes": [], "min_bet": 0.5}
    opened = spot(actions=["all-in"] if first == "oop" else ["check", "all-in"], **keys)
    solver, result = solved_of(opened)
    now = decision_now(result)
    assert result["line"][-1] == f"all-in {bet}" and now["actions"] == ["fold", "call"] and now["player"] == second
    assert now["mean"][1] == pytest.approx(called, abs=0.01)
    bluffs = bet / (pot + bet)  # the same number of QQ as makes a call cost what it wins
    hands = result["players"][first]["hands"]
    assert hands["QsQh"]["weight_now"] == pytest.approx(bluffs, abs=0.02) and hands["AsAh"]["weight_now"] > 0.98
    assert result["line_frequency"] == pytest.approx((1 + bluffs) / 2, abs=0.01) and result["pot"] == pot
    assert result["players"][first]["ev"] == pytest.approx((pot + pot * bet / (pot + bet)) / 2, abs=0.01 * pot)
    assert now["ev"]["KsKh"] == [0, pytest.approx(0, abs=0.02 * pot)]
    text = "\n".join(spot_lines(opened, solver, result))
    assert f"all-in {bet}: played" in text and f"{second} to act: fold" in text
    _, meant = solved_of(spot(actions=opened.config.actions, ranges_now=True, **keys))
    assert decision_now(meant)["mean"][1] > 0.99 and meant["line"] == [] and meant["pot"] == pot + bet


def test_after_actions_is_what_the_whole_street_says(spot):
    """The decision now is the whole street's, hand by hand, and EVs are those of its start."""
    _, whole = solved_of(spot())
    _, after = solved_of(spot(actions=["check", "bet 50"]))
    assert after["players"]["oop"]["ev"] == pytest.approx(whole["players"]["oop"]["ev"], abs=1e-6)
    assert after["exploitability_pct"] == whole["exploitability_pct"] and after["line"] == ["check", "bet 50"]
    there = next(decision for decision in whole["decisions"] if decision["line"] == ["check", "bet 50"])
    assert decision_now(after)["strategy"] == there["strategy"] and "mean" not in after["decisions"][0]
    rows = [row.split(",") for row in csv_of(after).splitlines()]
    assert rows[0][5] == "p(fold)" and rows[0][-1] == "weight_now"
    checks = whole["decisions"][0]["strategy"]
    hands = whole["players"]["oop"]["hands"]
    for row in rows[1:]:
        if row[0] == "oop":
            assert float(row[-1]) == pytest.approx(hands[row[1]]["weight"] * checks[row[1]][0], abs=2e-6)


# (board, pot, stacks, ranges, bet_sizes, raise_sizes, EV of oop by a linear program over sequences on exact sizes)
PROGRAMS = [
    (
        "6d Js 9s 4h Qc",
        1001,
        5005,
        "5h3h:0.88,8s7h:0.25,AhKs:0.88,Qd5d:0.88,Tc4d:0.25",
        "7d6c:0.25,8d8c:0.88,8s2h:0.25,Ad7d:1,AdKs:1",
        [0.5, 0.66],
        [0.5],
        686.01224,
    ),
    (
        "2s 4s 5s Kd 4c",
        2,
        3.4,
        "8s2c:0.5,9d6h:0.25,As5h:0.5,Kc2d:0.25,Qh4d:0.25",
        "5c3d:0.5,8d3s:0.5,8h4d:1,Jd2c:0.88,QsJd:0.5",
        [0.5, 1.1],
        [0.6],
        0.90537,
    ),
    (
        "Jc 2s 4d Qs Ad",
        2,
        2.2,
        "7h6d:0.5,AcJh:1,Qd7c:0.5,Td9s:0.25,Th3c:1",
        "3h2h:0.5,5h5c:0.25,7d5c:0.25,Ah4h:1,Kc8d:0.25",
        [0.33, 0.5],
        [1.0],
        1.0583,
    ),
    (
        "Qc Qs Kc 5h 7d",
        51,
        255,
        "7h4c:1,8h7c:0.88,Ac3s:0.88,Kd4h:1,QhTh:0.25",
        "2s2h:0.5,4d2s:0.25,6s4c:0.88,As2h:0.25,Jd9h:0.5",
        [0.33, 0.75],
        [1.0],
        51.0,
    ),
    (
        "4c Td 7h 2s 7c",
        51,
        255,
        "7d2d:0.25,7s6d:1,9h8d:0.25,AdJs:0.88,As3c:1",
        "6d2h:0.5,9d8c:0.25,Kd6h:0.88,Qs7d:0.5,Ts9c:0.25",
        [0.33, 0.75],
        [0.5],
        22.59186,
    ),
    (
        "Ts 3h 2h 5c 9s",
        2,
        99,
        "AhAd:0.88,QsQc,7h6h,Jh8h:0.4,TcTd,5d4d,AsKs",
        "KhKs,Th9h:0.5,8s7s,AcTc,9c9d:0.25,QdJd,4h4c",
        [0.75],
        [0.6],
        1.281641,
    ),
]


@pytest.mark.parametrize("board, pot, stacks, oop, ip, bets, raises, value", PROGRAMS)
def test_values_of_odd_pots_and_sizes_are_a_linear_programs(spot, board, pot, stacks, oop, ip, bets, raises, value):
    keys = {"board": board, "pot": pot, "stacks": stacks, "ranges": {"oop": oop, "ip": ip}, "short_stacks": True}
    _, result = solved_of(spot(bet_sizes=bets, raise_sizes=raises, **keys))
    assert result["players"]["oop"]["ev"] == pytest.approx(value, abs=1e-3 * pot)


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
    opened = spot(actions=["check", "bet 25"], ranges_now=True)
    solver = opened.solver()
    solved = solve(solver, opened.pot * opened.unit, StopRules(0.5, None, 2000), lambda check, left: None)
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
    text = "\n".join(spot_lines(opened, solver, result))
    assert "oop to act" in text and re.search(r"^KQs +1\.5 ", text, re.M)
