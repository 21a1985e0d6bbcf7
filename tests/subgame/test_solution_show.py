"""``resolve show``: what it says of a decision is what the solver says, on any street."""

import csv
import io
import json

import numpy as np
import pytest
from helpers.spot_files import SMALL

from holdem_mpi.errors import UserError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.resolve import main
from holdem_mpi.subgame.solution import solution_of
from holdem_mpi.subgame.spot import open_spot
from holdem_mpi.subgame.spot_report import result_of
from holdem_mpi.subgame.spot_solving import StopRules, solve

FEW = {"oop": "AA,QJs,87s", "ip": "KK,AJs:0.5,99"}
SPOTS = {
    "river": {**SMALL, "actions": ["check", "bet 50"]},
    "turn": {**SMALL, "board": "Qs Jh 2h 8h", "ranges": FEW},
}


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    """{name: (what ``resolve`` says, the folder)}."""
    found = {}
    for name, spot in SPOTS.items():
        opened = open_spot(spot)
        solver = opened.solver()
        done = solve(solver, opened.pot * opened.unit, StopRules(None, None, 30), lambda *_: None)
        folder = tmp_path_factory.mktemp("shown") / name
        solution_of(opened, solver, done).save(folder)
        found[name] = result_of(opened, solver, done), folder
    return found


@pytest.fixture
def show(solved, capsys, tmp_path):
    """``show(name, *options)``: the object that the command prints."""

    def show(name, *options):
        capsys.readouterr()
        assert main(Communicator(), ["show", "--solution", str(solved[name][1]), *options, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return show


@pytest.mark.parametrize("name", SPOTS)
def test_numbers_are_those_of_resolve(name, solved, show):
    result = solved[name][0]
    root = show(name, "--line", "")
    assert root["digest"] == result["digest"] and root["exploitability_pct"] == result["exploitability_pct"]
    assert root["frequency"] == 1 and root["line"] == [] and root["board"] == result["spot"]["board"]
    for position, player in result["players"].items():
        shown = root["players"][position]
        assert (shown["ev"], shown["equity"]) == pytest.approx((player["ev"], player["equity"]), abs=1e-4)
        for hand, numbers in player["hands"].items():
            expected = [numbers[key] for key in ("weight", "equity", "ev")]
            assert [shown["hands"][hand][key] for key in ("weight", "equity", "ev")] == pytest.approx(
                expected, abs=1e-3
            )
    now = show(name)
    at = next(each for each in result["decisions"] if each["line"] == result["line"])
    assert now["line"] == result["line"] and now["player"] == at["player"]
    assert now["frequency"] == pytest.approx(result["line_frequency"], abs=1e-5)
    assert [each["mean"] for each in now["actions"]] == pytest.approx(at["mean"], abs=1e-5)
    for hand, shown in now["players"][now["player"]]["hands"].items():
        assert shown["strategy"] == pytest.approx(at["strategy"][hand], abs=1e-5)
        assert shown["evs"] == pytest.approx(at["ev"][hand], abs=1e-3)


def test_a_later_street(show, tmp_path, solved, capsys):
    by_card = show("turn", "--line", "check, check, bet 50", "--card", "3c", "--csv", str(tmp_path / "hands.csv"))
    assert by_card == show("turn", "--line", "check, check, card 3c, bet 50") and by_card["player"] == "ip"
    assert by_card["board"] == "Qs Jh 2h 8h 3c" and by_card["line"] == ["check", "check", "card 3c", "bet 50"]
    assert by_card["pot"] == 100 and {each["leads_to"] for each in by_card["actions"][:2]} == {"end"}
    ev = by_card["players"]
    # From here on: the pot is there, and ip has yet to call.
    assert sum(ev[position]["ev"] for position in ev) == pytest.approx(100, abs=1e-3)
    assert sum(ev[position]["equity"] for position in ev) == pytest.approx(1, abs=1e-5)
    of_class = ev["ip"]["classes"]["KK"]
    hands = {name: hand for name, hand in ev["ip"]["hands"].items() if name[0] == name[2] == "K"}
    shares = np.array([hand["dealt"] for hand in hands.values()])
    mean = shares @ np.array([hand["strategy"] for hand in hands.values()]) / shares.sum()
    assert of_class["strategy"] == pytest.approx(mean, abs=1e-5) and of_class["combos"] == pytest.approx(
        sum(hand["weight"] for hand in hands.values()), abs=1e-5
    )
    rows = list(csv.DictReader(io.StringIO((tmp_path / "hands.csv").read_text())))
    assert len(rows) == sum(len(player["hands"]) for player in ev.values())
    assert {row["p(call)"] != "" for row in rows if row["position"] == "ip"} == {True}
    capsys.readouterr()
    assert (
        main(Communicator(), ["show", "--solution", str(solved["turn"][1]), "--card", "3c", "--line", "check, check"])
        == 0
    )
    text = capsys.readouterr().out
    assert "check, check, card 3c: played" in text and "oop to act:" in text and "then" not in text.splitlines()[0]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            ("--line", "check, check"),
            "line 'check, check': after check, check ends the betting of this street; expected the card that",
        ),
        (("--line", "check, bet 51"), "no 'bet 51' there; expected one of check, bet 50, all-in 200"),
        (("--card", "3c"), "after the start somebody is to act, no card comes; got 3c"),
        (("--line", "check, check", "--card", "8h"), "8h is on the board; expected another card"),
        (("--line", "check, check", "--card", "3x"), "--card 3x: "),
        (("--line", "check, check, card 3c, check, check"), "check ends the hand; expected a line to one of its"),
        (("--csv", "no/such/hands.csv"), "--csv no/such/hands.csv"),
        (("--solution", "nowhere"), "nowhere: no such folder; expected a folder that resolve --out"),
    ],
)
def test_what_cannot_be_shown_is_one_line(show, options, text):
    with pytest.raises(UserError) as caught:
        show("turn", *options)
    assert text in str(caught.value) and "\n" not in str(caught.value)


def test_an_unknown_word_is_no_subcommand():
    for word, text in (("shw", "no such subcommand (did you mean show?)"), ("x", "no such subcommand; expected show")):
        with pytest.raises(UserError, match=word) as caught:
            main(Communicator(), [word])
        assert text in str(caught.value)
