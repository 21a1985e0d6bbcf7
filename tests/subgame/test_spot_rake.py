"""Rake: values in closed form, all EV plus the rake is the pot, gains told by seat, and the plain twin's numbers."""

import numpy as np
import pytest
from helpers.spot_files import opener, solved_of
from helpers.subgame_spots import (
    ASYMMETRIC,
    FLOP,
    RIVER,
    TURN,
    assert_same_sums,
    assert_same_values,
    both,
    fill_at_random,
    some_cards,
)

from holdem_mpi.kernels.subgame.subgame_types import E_FOLD, LAST
from holdem_mpi.subgame.spot_report import result_of
from holdem_mpi.subgame.spot_solving import StopRules, solve
from holdem_mpi.subgame.spot_tables import decision_now, last_line, spot_lines


@pytest.fixture
def spot(tmp_path):
    return opener(tmp_path)


@pytest.mark.parametrize("first", ["oop", "ip"])
@pytest.mark.parametrize(
    "pot, stack, share, cap",
    [(100, 100, 0.05, None), (100, 100, "5%", 8), (100, 50, 0.1, 3), (60, 90, "2.5%", None), (3, 1, 0.05, 0.1)],
)
def test_values_are_those_of_the_closed_form(spot, first, pot, stack, share, cap):
    """AA and QQ against KK. AA moves all-in, QQ so often that KK gains nothing by a call, and KK calls so often that QQ
    gains nothing by a bluff; a pot pays less the rake, on a fold as well.
    """
    second = "ip" if first == "oop" else "oop"
    keys = {"board": "Ts 3h 2h 5c 9s", "pot": pot, "stacks": stack, "short_stacks": True, "min_bet": 0.5}
    keys |= {"ranges": {first: "AA,QQ", second: "KK"}, "bet_sizes": [], "raise_sizes": [], "rake": share}
    opened = spot(actions=["all-in"] if first == "oop" else ["check", "all-in"], rake_cap=cap, **keys)
    _, result = solved_of(opened, target=0.005)
    rate = float(share[:-1]) / 100 if isinstance(share, str) else share
    small, large = (min(cap or np.inf, rate * chips) for chips in (pot, pot + 2 * stack))
    called = (pot - small) / (pot - small + stack)
    bluffs = stack / (pot + stack - large)
    strong = called * (pot + stack - large) + (1 - called) * (pot - small)
    assert decision_now(result)["mean"][1] == pytest.approx(called, abs=0.01)
    hands = result["players"][first]["hands"]
    assert hands["QsQh"]["weight_now"] == pytest.approx(bluffs, abs=0.02)
    assert hands["AsAh"]["ev"] == pytest.approx(strong, abs=0.01 * pot)
    assert result["players"][first]["ev"] == pytest.approx(strong / 2, abs=0.01 * pot)
    assert result["players"][second]["ev"] == pytest.approx((1 - bluffs) * (pot - small) / 2, abs=0.01 * pot)
    taken = ((1 + bluffs) * (called * large + (1 - called) * small) + (1 - bluffs) * small) / 2
    assert result["rake"] == pytest.approx(taken, abs=0.01 * pot)
    assert sum(player["ev"] for player in result["players"].values()) == pytest.approx(pot - result["rake"], abs=1e-3)
    assert sum(player["gain"] for player in result["players"].values()) == pytest.approx(
        2 * result["exploitability_pct"] / 100 * pot, abs=1e-4 * pot
    )
    assert all(-1e-4 * pot <= player["gain"] <= 1e-3 * pot for player in result["players"].values())


def test_gains_are_told_by_seat(spot):
    """After one iteration both can gain, each another amount; a best response's value less the own is the gain."""
    opened = spot(rake="5%", rake_cap=4)
    solver = opened.solver()
    solved = solve(solver, opened.pot * opened.unit, StopRules(None, None, 1), lambda check, left: None)
    result = result_of(opened, solver, solved)
    gains = [player["gain"] for player in result["players"].values()]
    for player, gain in enumerate(gains):
        best, own = (solver.mean(player, solver.values(player, kind)) for kind in (True, False))
        assert gain == pytest.approx((best - own) / opened.unit, abs=1e-4) and gain > 0
    assert result["exploitability_pct"] == pytest.approx(100 * sum(gains) / 2 / 50, abs=1e-3)
    text = "\n".join(spot_lines(opened, solver, result))
    assert "a best response gains" in text and f"rake {result['rake']:.3f}" in text
    assert '"rake"' in last_line(result)


def test_without_rake_nothing_is_taken(spot):
    _, result = solved_of(spot(), target=0.2)
    assert result["rake"] == pytest.approx(0, abs=1e-3)
    _, same = solved_of(spot(rake=0), target=0.2)
    assert same["decisions"] == result["decisions"]


RAKE = (0.05, 6.0)


@pytest.mark.parametrize("board", [RIVER, TURN])
def test_sums_and_values_are_the_plain_twins(board):
    solver, twin = both(board, ASYMMETRIC, rake=RAKE)
    if board == RIVER:
        for _ in range(3):
            solver.run(1)
            twin.run(1)
            assert_same_sums(solver, twin)
    fill_at_random(solver, twin)
    assert_same_values(solver, twin)
    solver.run(1)
    twin.run(1)
    assert_same_sums(solver, twin)


def test_values_of_a_flop_are_the_plain_twins(monkeypatch):
    some_cards(monkeypatch, {0, 13, 30, 47})
    solver, twin = both(FLOP, ASYMMETRIC, deck={0, 13, 30, 47}, raises=(), stack=30, rake=RAKE)
    fill_at_random(solver, twin)
    assert_same_values(solver, twin)


def test_uncalled_chips_are_not_raked(spot):
    """A bet that everybody folds to pays the pot less the rake of it alone."""
    keys = {"ranges": {"oop": "AA", "ip": "77"}, "board": "Ts 3h 2h 5c 9s", "raise_sizes": [], "rake": 0.1}
    opened = spot(**keys)
    solver = opened.solver()
    node = next(node for node, _, line in opened.decisions() if line == ["all-in 200"])
    fold = int(opened.tree.children(node)[0])
    assert solver.game.rake[fold] == pytest.approx(5 * opened.unit)
    ends = [(solver.game.ends[LAST, player, E_FOLD], solver.game.end_stake[LAST, player, E_FOLD]) for player in (0, 1)]
    stakes = [float(stake[0]) for nodes, of_end in ends if (stake := of_end[nodes == fold]).size]
    assert sorted(stakes) == pytest.approx([-25 * opened.unit, 20 * opened.unit])
