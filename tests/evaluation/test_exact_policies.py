"""Baselines in rows: their NashConv in the small games is OpenSpiel's, and they act as they do in play."""

import numpy as np
import pytest
from helpers import openspiel_oracle as oracle

from holdem_mpi.best_response.enumerated import enumerate_deals, exploitability
from holdem_mpi.config.load import load_config
from holdem_mpi.evaluation.exact_policies import BASELINE_NAMES, UNIFORM, baseline, mixture_in_rows
from holdem_mpi.evaluation.exploitability import exploitability_lines, exploitability_of
from holdem_mpi.game.game import Game
from holdem_mpi.game.rules import CALL, FOLD, BettingState
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.players import BASELINES, BaselinePlayer, baseline_mixture

KNOWN = [  # OpenSpiel 1.6's nash_conv
    ("random", "kuhn", 0.916667),
    ("random", "leduc", 4.747222),
    ("uniform", "leduc", 4.747222),
    ("always-call", "leduc", 2.933333),
    ("always-raise", "leduc", 4.733333),
]


@pytest.mark.parametrize(("name", "game", "expected"), KNOWN)
def test_known_values(name, game, expected):
    found = exploitability_of(Communicator(), name, game, None, 0, None)
    assert found["nash_conv"] == pytest.approx(expected, abs=5e-7)
    assert found["policy"] == name and found["exploitability"] == pytest.approx(expected / 2, abs=5e-7)


def test_what_rounding_leaves_of_nothing_is_nothing():
    assert exploitability_lines({"values": [-1.39e-17, 0.5]}) == ["values by seat: 0, 0.500000 chips"]


def test_kuhn_of_three_players(tmp_path):
    (tmp_path / "three.yaml").write_text("game: {name: kuhn_3p, deck: kuhn, players: 3}\n")
    for name in ("random", "uniform"):
        found = exploitability_of(Communicator(), name, str(tmp_path / "three.yaml"), None, 0, None)
        assert found["nash_conv"] == pytest.approx(2.0625, abs=1e-12) and len(found["values"]) == 3


@pytest.mark.parametrize("name", BASELINE_NAMES)
@pytest.mark.parametrize(("game", "players"), [("kuhn", 2), ("kuhn", 3), ("kuhn", 4), ("leduc", 2)])
def test_nash_conv_equals_openspiels(name, game, players):
    layout, deck = oracle.layout_and_deck(game, players)
    probability = mixture_in_rows(name, layout)
    sums = np.add.reduceat(probability, layout.first_pair_of_row()[:-1])
    assert np.allclose(sums, 1, rtol=0, atol=1e-15)
    ours = exploitability(layout, probability, enumerate_deals(deck))
    assert ours.nash_conv == pytest.approx(oracle.nash_conv(game, players, probability), abs=1e-9)


def test_random_takes_each_legal_action_alike():
    assert baseline_mixture("random", False, 20, 1000) == {CALL: 1 / 3, 20: 1 / 3, 1000: 1 / 3}
    assert baseline_mixture("random", True, 20, 20) == {FOLD: 1 / 3, CALL: 1 / 3, 20: 1 / 3}
    assert baseline_mixture("random", True, None, None) == {FOLD: 0.5, CALL: 0.5}
    assert baseline_mixture("half-half", True, None, None) == {CALL: 1.0}
    game = Game(load_config("flop_holdem").game)
    layout = game.layout((1,) * game.num_streets)
    assert np.array_equal(mixture_in_rows("random", layout), mixture_in_rows(UNIFORM, layout))
    assert baseline("random", game).key == baseline(UNIFORM, game).key


@pytest.mark.parametrize("name", BASELINES)
def test_rows_say_what_the_player_does(name):
    game = Game(load_config("leduc").game)
    layout = game.layout((1,) * game.num_streets)
    actions, chances = BaselinePlayer(name, game.num_hands).strategy_of_hand(
        None, BettingState.start(game.rules), (), 0
    )
    row = mixture_in_rows(name, layout)[layout.pairs_of_node(0)[0]]
    in_play = dict(zip(actions, chances))
    assert row.tolist() == [in_play.get(action, 0.0) for action in layout.tree.actions(0).tolist()]
