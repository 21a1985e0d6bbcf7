"""Spot files of three players on a river: what they mean in chips, what a solved one reports, and its solution."""

import csv
import io
import json

import numpy as np
import pytest
from helpers.spot_files import names_at, opener, solved_of

import holdem_mpi as hm
from holdem_mpi.errors import UserError
from holdem_mpi.subgame.spot import open_spot
from holdem_mpi.subgame.spot_tables import csv_of, last_line, spot_lines

SMALL = {
    "pot": 60,
    "stacks": {"BTN": 200, "SB": 80, "BB": 120},
    "ranges": {"BTN": "KK,QTs,JTs:0.25,AJs,99", "SB": "AA,KQs:0.5,QJs,87s", "BB": "22,AKs,T9s,A5s"},
    "bet_sizes": [0.5],
    "raise_sizes": [1.0],
    "max_raises": 2,
}


@pytest.fixture
def spot(tmp_path):
    opened = opener(tmp_path)
    return lambda **keys: opened(**{**SMALL, **keys})


def test_amounts_and_names(spot):
    opened = spot()
    assert (
        opened.config.positions == ("SB", "BB", "BTN") and opened.config.stacks == [80, 120, 200] and opened.pot == 60
    )
    # What the button has beyond the big blind's nobody can call.
    assert [opened.start.stack(seat) / opened.unit for seat in range(3)] == [80, 120, 120]
    assert names_at(opened) == ["check", "bet 30", "all-in 80"]
    assert names_at(opened, "check") == ["check", "bet 30", "all-in 120"]
    assert names_at(opened, "all-in 80", "call") == ["fold", "call", "all-in 120"]
    assert names_at(opened, "all-in 80", "call", "all-in 120") == ["fold", "call"]
    assert opened.notes == ("stacks: 120 chips are played; 80 of BTN's 200 are not at risk",)


@pytest.mark.parametrize("pot, bet", [(50, "bet 25"), (0.65, "bet 0.325"), (100.5, "bet 50.25"), (51, "bet 25.5")])
def test_a_pot_need_not_be_a_multiple_of_three(spot, pot, bet):
    opened = spot(pot=pot, stacks=600)
    assert opened.pot == pot and names_at(opened)[1] == bet
    assert names_at(opened, bet)[2] == f"raise to {round(5 * float(bet.split()[1]), 6):g}"


def test_actions_and_who_acts(spot):
    assert spot(to_act="button").state.player == 2
    opened = spot(actions=["check", "bet 30", "raise 90"])
    assert opened.state.player == 0 and names_at(opened, "check", "bet 30", "raise to 90") == ["fold", "call"]
    with pytest.raises(UserError, match=r"actions\[0\]: 'fold': .*no bet"):
        spot(actions=["fold"])
    with pytest.raises(UserError, match=r"to_act: after the actions it is SB, not BTN"):
        spot(actions=["check", "bet 30", "fold"], to_act="BTN")


def test_who_has_folded_wins_nothing_and_takes_his_cards_with_him(spot):
    """Both left play for the pot of three; a hand that the third one may have folded is met less often."""
    opened = spot(actions=["check", "bet 30", "fold"], ranges_now=True)
    assert opened.now == 0 and opened.pot == 90 and opened.state.player == 0
    _, result = solved_of(opened, target=0.05)
    players = result["players"]
    assert players["BTN"]["ev"] == pytest.approx(0, abs=1e-6) and players["BTN"]["equity"] == 0
    assert players["SB"]["ev"] + players["BB"]["ev"] == pytest.approx(90, abs=1e-4)
    assert players["SB"]["equity"] + players["BB"]["equity"] == pytest.approx(1, abs=1e-5)
    assert result["gain_pct"]["BTN"] == pytest.approx(0, abs=1e-6)
    whole = spot(actions=["check", "bet 30", "fold"])
    _, told = solved_of(whole, target=0.05)
    assert told["line"] == ["check", "bet 30", "fold"] and 0 < told["line_frequency"] < 1


def test_what_is_reported(spot):
    opened = spot(actions=["check", "bet 30"])
    solver, result = solved_of(opened, target=0.05)
    gains = result["gain_pct"]
    assert list(gains) == ["SB", "BB", "BTN"] and sum(gains.values()) / 3 <= 0.05 and min(gains.values()) > -1e-6
    assert sum(gains.values()) / 3 == pytest.approx(result["exploitability_pct"], abs=1e-4)
    assert sum(player["ev"] for player in result["players"].values()) == pytest.approx(60, abs=1e-4)
    assert sum(player["equity"] for player in result["players"].values()) == pytest.approx(1, abs=1e-5)
    assert result["line"] == ["check", "bet 30"] and 0 < result["line_frequency"] < 1
    lines = spot_lines(opened, solver, result)
    assert lines[0] == "board Qs Jh 2h 8h 3c, pot 60, behind SB 80, BB 120, BTN 120"
    assert lines[4].startswith("a best response gains, in percent of the pot: SB ")
    assert any(line.startswith("BTN to act: fold: ") for line in lines)
    told = json.loads(last_line(result))
    assert told["gain_pct"] == gains and told["strategy"]["player"] == "BTN" and set(told["ev"]) == set(gains)
    rows = list(csv.DictReader(io.StringIO(csv_of(result))))
    assert len(rows) == sum(len(player["hands"]) for player in result["players"].values())
    assert {row["position"] for row in rows} == set(gains)


def test_a_hand_that_cannot_lose_never_folds(spot):
    """The nut flush of the button, and what it wins: each of the others' chips that come in."""
    opened = spot(ranges={**SMALL["ranges"], "BTN": "AhKh,99"}, actions=["all-in", "call"])
    _, result = solved_of(opened, target=0.05)
    now = next(each for each in result["decisions"] if each["line"] == result["line"])
    assert now["strategy"]["AhKh"][0] < 1e-3 and now["ev"]["AhKh"][0] == 0
    call = now["actions"].index("call")
    assert now["ev"]["AhKh"][call] == pytest.approx(60 + 160, abs=1e-3)  # the pot and both calls


def test_a_solution_from_python(tmp_path, spot):
    solution = hm.solve_spot({"board": "Qs Jh 2h 8h 3c", **SMALL}, target_pct=0.2)
    assert solution.positions == ("SB", "BB", "BTN") and set(solution.gain_pct) == {"SB", "BB", "BTN"}
    assert sum(solution.strategy("AhAd").values()) == pytest.approx(1)
    dealt = solution.dealt_at("BB", "check")
    assert dealt.sum() == pytest.approx(1)
    solver = open_spot(solution.spot).solver()
    places = np.isin(solver.hands[1], solution.hands("BB"))
    assert np.allclose(np.sort(solution.dealt_at("BB", "")), np.sort(solver.meeting_weight(1)[places]))
    solution.save(tmp_path / "kept")
    again = hm.open_solution(tmp_path / "kept")
    assert again.gain_pct == solution.gain_pct and again.decision("check").player == "BB"
    assert "<svg" in solution.chart("check")._repr_html_()


def test_memory_is_told_before_anything_is_built(spot):
    opened = spot()
    few = spot(ranges={"SB": "AA", "BB": "KK", "BTN": "QTs"})
    assert 0 < few.memory < opened.memory
