"""NashConv, values and best responses are OpenSpiel's, on uniform, random and trained policies."""

import itertools
from itertools import pairwise

import numpy as np
import pytest
from helpers import openspiel_oracle as oracle

from holdem_mpi.best_response.enumerated import enumerate_deals, exploitability
from holdem_mpi.config.load import load_config
from holdem_mpi.game.betting import limit_menu
from holdem_mpi.game.layout import build_layout
from holdem_mpi.game.rules import Rules
from holdem_mpi.game.toy import toy_deck
from holdem_mpi.game.tree import build_tree
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.tabular import average_policy
from holdem_mpi.training.start import build_problem, trainer_for
from holdem_mpi.training.trainer import Progress

GAMES = [("kuhn", 2), ("kuhn", 3), ("leduc", 2), ("leduc", 3)]
# OpenSpiel's two-player Leduc deals cards, so that several of its states share one of our rows.
STATES = {("kuhn", 2): 12, ("kuhn", 3): 48, ("leduc", 2): 936, ("leduc", 3): 7428}


def uniform(layout):
    return average_policy(layout, np.zeros(2 * layout.num_pairs))[0]


def random(layout):
    """Every row another point of the simplex, some of them at a corner."""
    generator = np.random.default_rng(layout.num_pairs)
    first = layout.first_pair_of_row()
    probability = np.empty(layout.num_pairs)
    for start, end in pairwise(first):
        corner = generator.random() < 0.2
        probability[start:end] = np.eye(end - start)[0] if corner else generator.dirichlet(np.ones(end - start))
    return probability


def trained(name, num_players, iterations=20_000):
    config = load_config(name, {"game.players": num_players, "lanes": 1, "batch_size": 1000})
    trainer = trainer_for(build_problem(config, Communicator()), Communicator(), None, Progress())
    while trainer.progress.iterations < iterations:
        trainer.batch()
    return average_policy(trainer.problem.layout, trainer.table)[0]


@pytest.mark.parametrize(("name", "num_players"), GAMES)
def test_the_games_are_openspiels(name, num_players):
    layout, deck = oracle.layout_and_deck(name, num_players)
    row_of_state, _, payoffs = oracle.pair_up(name, num_players)
    assert len(set(row_of_state.values())) == layout.num_rows
    assert len(row_of_state) == STATES[name, num_players]
    assert payoffs and all(theirs == ours for theirs, ours in payoffs)
    assert np.isclose(enumerate_deals(deck).probability.sum(), 1)


@pytest.mark.parametrize("kind", ["uniform", "random", "trained"])
@pytest.mark.parametrize(("name", "num_players"), GAMES)
def test_values_and_nash_conv_equal_openspiels(name, num_players, kind):
    layout, deck = oracle.layout_and_deck(name, num_players)
    make = {"uniform": uniform, "random": random, "trained": lambda _: trained(name, num_players)}[kind]
    probability = make(layout)
    ours = exploitability(layout, probability, enumerate_deals(deck))
    values, best_responses = oracle.values_and_best_responses(name, num_players, probability)
    np.testing.assert_allclose(ours.values, values, rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours.best_responses, best_responses, rtol=0, atol=1e-9)
    assert abs(ours.nash_conv - (np.array(best_responses) - values).sum()) < 1e-9
    if (name, num_players) != ("leduc", 3):  # there OpenSpiel's own sum takes 5 s, for the same parts
        assert abs(ours.nash_conv - oracle.nash_conv(name, num_players, probability)) < 1e-9
    assert ours.nash_conv > 0 and abs(ours.values.sum()) < 1e-9


def test_known_values():
    for name, known in (("kuhn", 11 / 12), ("leduc", 4.747222222222)):
        layout, deck = oracle.layout_and_deck(name, 2)
        assert abs(exploitability(layout, uniform(layout), enumerate_deals(deck)).nash_conv - known) < 1e-9


@pytest.mark.parametrize("alpha", [0, 1 / 6, 1 / 3])
def test_the_equilibria_of_kuhn_have_nash_conv_zero(alpha):
    """Kuhn (1950): one equilibrium for each alpha from 0 to 1/3, the share of jacks that the first player bets."""
    layout, deck = oracle.layout_and_deck("kuhn", 2)
    first = 0
    checked, bet = (int(node) for node in layout.tree.children(first))
    checked_and_bet = int(layout.tree.children(checked)[1])
    # Share that bets or calls, by card.
    share_of_node = {
        first: (alpha, 0, 3 * alpha),
        checked: (1 / 3, 0, 1),
        bet: (0, 1 / 3, 1),
        checked_and_bet: (0, alpha + 1 / 3, 1),
    }
    probability = np.empty(layout.num_pairs)
    for node, shares in share_of_node.items():
        for card, share in enumerate(shares):
            pair = layout.pair(node, card)
            probability[pair : pair + 2] = 1 - share, share
    result = exploitability(layout, probability, enumerate_deals(deck))
    assert abs(result.nash_conv) < 1e-12
    np.testing.assert_allclose(result.values, [-1 / 18, 1 / 18], atol=1e-12)


# What seat 0 wins of Kuhn poker's lines where it alone pays two antes: who wins the showdown, or who stays.
UNEQUAL_ANTES = {"cc": (1, -2), "bc": (2, -3), "cbc": (2, -3), "bf": (1, 1), "cbf": (-2, -2)}


def value_of_strategies(first, second):
    """Seat 0's chips in Kuhn poker with antes of 2 and 1. first: by card, probabilities of betting and of calling after
    a check; second: by card, of betting after a check and of calling.
    """
    total = 0.0
    for mine, others in itertools.permutations(range(3), 2):
        bets, calls = first[mine]
        bets_too, calls_too = second[others]
        lines = {"cc": (1 - bets) * (1 - bets_too), "cbc": (1 - bets) * bets_too * calls}
        lines |= {"cbf": (1 - bets) * bets_too * (1 - calls), "bc": bets * calls_too, "bf": bets * (1 - calls_too)}
        total += sum(p * UNEQUAL_ANTES[line][mine < others] for line, p in lines.items()) / 6
    return total


def test_antes_by_seat_are_counted_as_by_hand():
    rules = Rules((3, 2), (0, 0), 0, "fixed_limit", (0,), raise_sizes=(1,), max_raises=(1,), antes=(2, 1))
    deck = toy_deck("kuhn", 2)
    layout = build_layout(build_tree(rules, limit_menu), deck.num_buckets)
    tree = layout.tree
    probability = random(layout)
    root, after_check = 0, int(tree.children(0)[0])
    after_bet, after_check_bet = int(tree.children(0)[1]), int(tree.children(after_check)[1])

    def betting(node):
        """By card, the probability of the bold action: to bet, or to call."""
        return [probability[pairs[1]] for pairs in layout.pairs_of_node(node)]

    first = list(zip(betting(root), betting(after_check_bet)))
    second = list(zip(betting(after_check), betting(after_bet)))
    pure = [list(zip(bits[:3], bits[3:])) for bits in itertools.product((0.0, 1.0), repeat=6)]
    found = exploitability(layout, probability, enumerate_deals(deck))
    value = value_of_strategies(first, second)
    assert found.values == pytest.approx([value, -value], abs=1e-12)
    best = [max(value_of_strategies(each, second) for each in pure)]
    best.append(-min(value_of_strategies(first, each) for each in pure))
    assert found.best_responses == pytest.approx(best, abs=1e-12)
    assert found.nash_conv == pytest.approx(sum(best), abs=1e-12)
