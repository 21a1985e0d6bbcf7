"""The explorer shows what was solved for three players on a river, and says that its editor is for two."""

import numpy as np
import pytest

import holdem_mpi as hm
from holdem_mpi.errors import UserError
from holdem_mpi.explorer.solution_view import Opened, csv_rows, node_view
from holdem_mpi.explorer.sources import Sources
from holdem_mpi.explorer.spot_editor import opened_spot, template_of

SPOT = {
    "board": "Qs Jh 2h 8h 3c",
    "pot": 60,
    "stacks": {"SB": 80, "BB": 120, "BTN": 200},
    "ranges": {"SB": "AA,KQs:0.5,QJs,87s", "BB": "22,AKs,T9s,A5s", "BTN": "KK,QTs,JTs:0.25,AJs,99"},
    "bet_sizes": [0.5],
    "max_raises": 1,
}


def test_a_decision_of_three_players():
    solution = hm.solve_spot(SPOT, target_pct=0.5)
    opened = Opened(0, solution)
    view = node_view(opened, "check")
    assert view["player"] == "BB" and view["positions"] == ["SB", "BB", "BTN"]
    assert sum(each["equity"] for each in view["ranges"]) == pytest.approx(1, abs=1e-6)
    taken = np.array([action["mean"] for action in view["actions"]])
    assert taken.sum() == pytest.approx(1) and view["ev"] > 0
    folded = node_view(opened, "bet 30, fold")
    equity = {each["position"]: each["equity"] for each in folded["ranges"]}
    assert folded["player"] == "BTN" and equity["BB"] == 0 and equity["SB"] + equity["BTN"] == pytest.approx(1)
    _, rows = csv_rows(opened)
    assert len(rows) == sum(len(each.strategy) for each in solution.decisions)


def test_the_editor_is_for_two():
    with pytest.raises(UserError, match="the pages solve spots of two players, got 3; resolve takes it"):
        opened_spot(SPOT)
    assert "river_3way" not in {each.name for each in Sources([]).of_kind("spot")}
    assert len(template_of("river")["ranges"]) == 2
