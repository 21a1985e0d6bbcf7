"""Matches of more than two players: seats in turn, the exact value in the mean, and tables of several players."""

import itertools

import numpy as np
import pytest
from best_response.test_enumerated import random

from holdem_mpi.best_response.enumerated import enumerate_deals, exploitability
from holdem_mpi.config.load import load_config
from holdem_mpi.errors import UserError
from holdem_mpi.evaluation.cross_table import cross_lines, cross_table
from holdem_mpi.evaluation.estimate import Estimate
from holdem_mpi.evaluation.match import match_lines, match_of
from holdem_mpi.game.game import Game
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.policy import Policy
from holdem_mpi.policy.tabular import TabularPolicy

NAMES = ("always-call", "always-fold", "random")


@pytest.fixture(scope="module")
def game():
    return Game(load_config("kuhn", {"game.players": 3}).game)


def policy_of(game, probability, name):
    layout = game.layout()
    return Policy(game, TabularPolicy(layout, probability, np.ones(layout.num_rows, bool)), name=name)


def exact_by_seat(game, alone, others):
    """Chips of ``alone`` in each seat, by the walker that OpenSpiel agrees with."""
    layout, values = game.layout(), []
    for seat in range(game.num_players):
        both = others.copy()
        for node in np.flatnonzero(layout.tree.kind_of_node == KIND_DECISION):
            if layout.tree.player_of_node[node] == seat:
                pairs = layout.pairs_of_node(node)
                both[pairs] = alone[pairs]
        values.append(exploitability(layout, both, enumerate_deals(game.toy_deck)).values[seat])
    return values


def test_each_seat_wins_its_exact_value_in_the_mean(game):
    alone, others = random(game.layout()), np.roll(random(game.layout()).reshape(-1, 2), 7, axis=0).reshape(-1)
    found = match_of(
        Communicator(), policy_of(game, alone, "one"), policy_of(game, others, "other"), hands=6000, seed=2
    )
    assert (found["hands"], found["deals"], len(found["seats"])) == (6000, 2000, 3)
    exact = exact_by_seat(game, alone, others)
    for of, value in zip(found["seats"], exact):
        estimate = Estimate.from_json(of)
        assert abs(estimate.mean - value) < 4 * estimate.standard_error
    whole, aivat = (Estimate.from_json(found[key]) for key in ("duplicate", "aivat"))
    assert abs(whole.mean - np.mean(exact)) < 4 * whole.standard_error
    assert abs(aivat.mean - np.mean(exact)) < 4 * aivat.standard_error < 4 * whole.standard_error
    assert "played 3 times, once in each seat" in "\n".join(match_lines(found))


def test_a_policy_among_its_own_wins_back_what_it_loses(game):
    policy = policy_of(game, random(game.layout()), "one")
    found = match_of(Communicator(), policy, policy, hands=200)
    assert found["chips"] == 0 and found["hands"] == 201 and found["duplicate"]["interval_95"] == [0, 0]
    assert found["aivat"]["interval_95"] == pytest.approx([0, 0], abs=1e-9)
    assert any(of["mean"] for of in found["seats"])


def test_six_seats_of_holdem_add_up():
    found = match_of(Communicator(), "random", "always-call", hands=60, game="nolimit_6max_100bb")
    assert [of["position"] for of in found["seats"]] == ["SB", "BB", "UTG", "HJ", "CO", "BTN"]
    assert sum(of["mean"] for of in found["seats"]) / 6 == pytest.approx(found["aivat"]["mean"])
    plain = match_of(Communicator(), "random", "always-call", hands=60, game="nolimit_6max_100bb", aivat=False)
    assert plain["duplicate"] == found["duplicate"] and "aivat" not in plain
    same = match_of(Communicator(), "random", "random", hands=60, game="nolimit_6max_100bb")
    assert same["chips"] == 0 and same["variance_of_one_hand"]["plain"] > 0


def test_a_table_of_several_players():
    three = cross_table(Communicator(), [*NAMES], 60, 0, "leduc_3p")
    assert [(cell["row"], cell["column"]) for cell in three["cells"]] == [*itertools.permutations(NAMES, 2)]
    found = {(cell["row"], cell["column"]): cell["duplicate"]["mean"] for cell in three["cells"]}
    # Who folds to every bet loses to nobody who never bets: then all show down for the antes.
    single = match_of(Communicator(), "random", "always-fold", hands=60, game="leduc_3p")
    assert found["random", "always-fold"] == single["duplicate"]["mean"] > 0
    lines = cross_lines(three)
    assert len(lines) == 2 + 3 + 1 + 3 and all(name in "\n".join(lines) for name in NAMES)
    two = cross_table(Communicator(), [*NAMES], 60, 0, "leduc")
    assert len(two["cells"]) == 3 and all("aivat" in cell for cell in two["cells"])
    assert cross_lines(two)[-1].startswith("by AIVAT")
    for wrong in ([NAMES[0]], [NAMES[0]] * 2):
        with pytest.raises(UserError, match="expected 2 to 12 players"):
            cross_table(Communicator(), wrong, 60, 0, "leduc")
