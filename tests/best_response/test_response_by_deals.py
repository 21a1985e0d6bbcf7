"""Gains by seat over lists of deals: exact ones are those of the plain walk, drawn ones lie where they should."""

import numpy as np
import pytest
from best_response.test_enumerated import random
from helpers import openspiel_oracle as oracle

from holdem_mpi.abstraction.deal_tables import tables_of_deck
from holdem_mpi.best_response.enumerated import EnumeratedDeals, enumerate_deals, exploitability
from holdem_mpi.best_response.response_by_deals import DealResponder
from holdem_mpi.evaluation.estimate import Estimate
from holdem_mpi.game.betting import SizeMenu
from holdem_mpi.game.layout import build_layout
from holdem_mpi.game.rules import Rules
from holdem_mpi.game.tree import build_tree


def assert_exact(layout, deals):
    """For a policy at random; OpenSpiel agrees with the plain walk."""
    probability = random(layout)
    plain, responder = exploitability(layout, probability, deals), DealResponder(layout, probability)
    for seat in range(layout.tree.num_players):
        assert responder.exact(seat, deals) == pytest.approx((plain.values[seat], plain.best_responses[seat]), abs=1e-9)
    return plain


@pytest.mark.parametrize(("name", "num_players"), [("kuhn", 2), ("kuhn", 3), ("kuhn", 4), ("leduc", 3)])
def test_all_deals_of_small_games(name, num_players):
    layout, deck = oracle.layout_and_deck(name, num_players)
    assert_exact(layout, enumerate_deals(deck))


@pytest.mark.parametrize("num_players", [3, 4])
def test_holdem_of_few_deals(num_players):
    """No-limit with side pots and antes, where these 60 deals of other weights are all that there are."""
    blinds = (50, 100) + (0,) * (num_players - 2)
    rules = Rules((400, 900, 700, 800)[:num_players], blinds, 10, board_cards=(0, 3), max_raises=(2, 1))
    tree = build_tree(rules, SizeMenu(((1.0,),) * 2, ((1.0,),) * 2, (False,) * 2, limp=False))
    layout, draw = build_layout(tree, (3, 4)), np.random.default_rng(num_players)
    bucket = np.stack([draw.integers(0, buckets, (60, num_players)) for buckets in (3, 4)], axis=1)
    weight = draw.random(60)
    deals = EnumeratedDeals(weight / weight.sum(), bucket, draw.integers(0, 5, (60, num_players)))
    assert (assert_exact(layout, deals).best_responses > 0).any()


def test_drawn_deals_of_three_player_kuhn():
    layout, deck = oracle.layout_and_deck("kuhn", 3)
    probability, tables = random(layout), tables_of_deck(deck)
    exact, responder = exploitability(layout, probability, enumerate_deals(deck)), DealResponder(layout, probability)
    for seat in range(3):
        found = responder.sampled(seat, tables, 5, 20_000)
        value, gain, plug_in = (Estimate.of_values(of, "chips") for of in found)
        true = exact.best_responses[seat] - exact.values[seat]
        assert abs(value.mean - exact.values[seat]) < 4 * value.standard_error
        # Of so few infosets the choice is all but the best one.
        assert abs(gain.mean - true) < 4 * gain.standard_error and abs(plug_in.mean - true) < 4 * plug_in.standard_error
        assert plug_in.mean >= gain.mean
        again = responder.sampled(seat, tables, 5, 20_000)
        assert all((one == other).all() for one, other in zip(found, again))
    assert (responder.sampled(0, tables, 6, 100).value != responder.sampled(0, tables, 5, 100).value).any()


def test_a_sample_too_small_to_tell_leaves_the_policy():
    """Cross-fitted, few deals choose nothing and lose nothing; chosen on the same deals it looks like a lot."""
    layout, deck = oracle.layout_and_deck("leduc", 3)
    found = DealResponder(layout, random(layout)).sampled(0, tables_of_deck(deck), 1, 30)
    assert not found.cross_fitted.any() and found.plug_in.mean() > 0.5
