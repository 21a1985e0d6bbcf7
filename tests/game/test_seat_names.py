"""Seats by the names of their positions."""

import pytest

from holdem_mpi.game.rules import Rules, kuhn_rules
from holdem_mpi.game.seat_names import seat_names, seat_with_name


@pytest.mark.parametrize(
    ("blinds", "names"),
    [
        ((100, 50), "BB BTN"),
        ((50, 100, 0), "SB BB BTN"),
        ((50, 100, 0, 0), "SB BB UTG BTN"),
        ((50, 100, 0, 0, 0), "SB BB UTG CO BTN"),
        ((50, 100, 0, 0, 0, 0), "SB BB UTG HJ CO BTN"),
    ],
)
def test_usual_blinds(blinds, names):
    rules = Rules((2000,) * len(blinds), blinds)
    assert " ".join(seat_names(rules)) == names
    assert seat_with_name(rules, len(blinds) - 1) == f"seat {len(blinds) - 1} (BTN)"
    # Who acts first before the flop is who sits behind the blinds.
    assert rules.first_to_act[0] == names.split().index("UTG" if "UTG" in names else "BTN")


@pytest.mark.parametrize("blinds", [(50, 100), (100, 100), (50, 100, 200), (0, 100, 0)])
def test_other_blinds_have_no_names(blinds):
    rules = Rules((2000,) * len(blinds), blinds)
    assert seat_names(rules) == tuple(f"seat {seat}" for seat in range(len(blinds)))
    assert seat_with_name(rules, 1) == "seat 1"
    assert seat_names(kuhn_rules(2)) == ("seat 0", "seat 1")
