"""Subgames of Kuhn and Leduc are solved exactly, and new solutions with a gadget are safe in the whole game."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from helpers import openspiel_oracle as oracle
from helpers.subgame_lp import SubgameProgram

from benchmarks.quality.blueprint_subgame import BlueprintSubgame, entries_of
from holdem_mpi.abstraction.deal_tables import tables_of_deck
from holdem_mpi.best_response.enumerated import _Walker, enumerate_deals, exploitability
from holdem_mpi.config.load import load_config
from holdem_mpi.game.betting import limit_menu
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.blueprint import Blueprint
from holdem_mpi.policy.tabular import TabularPolicy, average_policy
from holdem_mpi.subgame.gadget import Gadget
from holdem_mpi.subgame.solver import SubgameSolver
from holdem_mpi.subgame.subgame_deck import toy_subgame_deck
from holdem_mpi.subgame.weights import Weights
from holdem_mpi.training.start import build_problem, trainer_for
from holdem_mpi.training.trainer import Progress

GAMES = ("kuhn", "leduc")
GADGETS = ("resolve", "maxmargin")


@cache
def trained(name, iterations):
    config = load_config(
        name, {"solver.sampler": "full", "solver.algorithm": "cfr+", "solver.discount_interval": 1, "iters": iterations}
    )
    trainer = trainer_for(build_problem(config.completed(1), Communicator()), Communicator(), None, Progress())
    while trainer.progress.iterations < iterations:
        trainer.batch()
    return average_policy(trainer.problem.layout, trainer.table)[0]


@cache
def policy(name, kind):
    """float[num_pairs]: uniform, random, or that of some iterations of CFR+."""
    layout, _ = oracle.layout_and_deck(name, 2)
    if isinstance(kind, int):
        return trained(name, kind)
    probability = average_policy(layout, np.zeros(2 * layout.num_pairs))[0]
    if kind == "random":
        generator = np.random.default_rng(5)
        for start, end in pairwise(layout.first_pair_of_row()):
            probability[start:end] = generator.dirichlet(np.full(end - start, 0.5))
    return probability


def blueprint(name, kind):
    layout, deck = oracle.layout_and_deck(name, 2)
    return Blueprint(TabularPolicy(layout, policy(name, kind), np.ones(layout.num_rows, bool)), tables_of_deck(deck))


def subgames(name, kind, street):
    """All subgames that begin a street: those of every public card, or with the public card to come."""
    layout, toy = oracle.layout_and_deck(name, 2)
    source, deck = blueprint(name, kind), toy_subgame_deck(toy)
    if street == 1:
        # One card of each rank: both suits are alike.
        places = [(node, card) for node in entries_of(layout.tree, 1) for card in range(0, toy.num_cards, toy.copies)]
        return [BlueprintSubgame(source, limit_menu, deck, node, (card,)) for node, card in places]
    nodes = np.flatnonzero((layout.tree.kind_of_node == KIND_DECISION) & (layout.tree.street_of_node == 0))
    return [BlueprintSubgame(source, limit_menu, deck, int(node), ()) for node in nodes]


def deals_in(name, subgame, hero):
    """(_Walker of the whole game, deals that may be in the subgame, weighted by the reach of ``hero`` alone)."""
    layout, toy = oracle.layout_and_deck(name, 2)
    cards = toy.deals()
    weight = subgame.ranges[hero][cards[:, hero]]
    if subgame.board:
        weight = weight * (cards[:, -1] == subgame.board[0])
    return _Walker(layout, subgame.blueprint.policy.probability, enumerate_deals(toy)), cards, weight


@pytest.mark.parametrize(("name", "street"), [("kuhn", 0), ("leduc", 0), ("leduc", 1)])
def test_values_of_a_blueprint_are_those_of_the_whole_games_walk(name, street):
    """Every hand's value by the blueprint, and by the best response to it, in every subgame."""
    for subgame in subgames(name, "random", street):
        for player in range(2):
            walker, cards, weight = deals_in(name, subgame, 1 - player)
            solver = subgame.valued(player)
            for best in (False, True):
                found = solver.values(player, best)
                for hand, value in zip(solver.hands[player], found):
                    mine = weight * (cards[:, player] == hand)
                    expected = walker._walk(subgame.node, mine, player, best).sum() / mine.sum()
                    assert value == pytest.approx(expected, abs=1e-5)
            best = subgame.best_values(player)
            assert np.array_equal(best[solver.hands[player]], found) and np.isfinite(best).all()


def at_odds(ranges):
    """The ranges, bent: some hands are left out, others rarer."""
    return ranges * np.linspace(1, 0.1, ranges.shape[1]) * (np.arange(ranges.shape[1]) != ranges.shape[1] // 2)


@pytest.mark.parametrize("bend", [np.copy, at_odds])
@pytest.mark.parametrize(("name", "street", "some"), [("kuhn", 0, 1), ("leduc", 0, 3), ("leduc", 1, 2)])
def test_a_solution_has_the_value_of_the_linear_program(name, street, some, bend):
    _, toy = oracle.layout_and_deck(name, 2)
    for subgame in subgames(name, "random", street)[::some]:
        ranges = bend(subgame.ranges)
        solver = SubgameSolver(subgame.tree, subgame.board, ranges, deck=subgame.deck)
        solver.run(2000)
        expected = SubgameProgram(subgame.tree, toy, subgame.board, ranges).value() / solver.meetings
        gap = 2 * solver.exploitability()
        assert -1e-6 < gap < 0.005
        values = [solver.mean(player, solver.values(player, True)) for player in range(2)]
        assert expected - 1e-5 <= values[0] <= expected + gap + 1e-5
        assert -expected - 1e-5 <= values[1] <= -expected + gap + 1e-5


@pytest.mark.parametrize("weights", [Weights(), Weights(plus=True)])
@pytest.mark.parametrize("kind", GADGETS)
@pytest.mark.parametrize(("name", "street", "some"), [("kuhn", 0, 1), ("leduc", 0, 5), ("leduc", 1, 4)])
def test_a_gadgets_game_has_the_value_of_the_linear_program(name, street, some, kind, weights):
    _, toy = oracle.layout_and_deck(name, 2)
    for number, subgame in enumerate(subgames(name, "random", street)[::some]):
        seat = number % 2
        # Partly below what the blueprint gives, so that neither following nor staying outside is all.
        alternative = subgame.best_values(seat) * 0.5 + np.linspace(-0.4, 0.4, toy.num_cards)
        solver = subgame.solver(Gadget(kind, seat, alternative), weights)
        solver.run(2000)
        value = SubgameProgram(subgame.tree, toy, subgame.board, subgame.ranges, (kind, seat, alternative)).value()
        pairs = solver._opposed[seat].sum() if kind == "resolve" else 1
        value = (value if seat == 0 else -value) / pairs
        # What the opponent gets at best in the gadget's game lies above the value by at most the gap.
        gain = solver.gadget.sums.weight * (solver.value_sums(seat, True) - solver.gadget.sums.alternative)
        best = np.maximum(gain, 0).sum() / pairs if kind == "resolve" else gain[solver.gadget.sums.weight > 0].max()
        gap = 2 * solver.exploitability()
        assert -1e-6 < gap < 0.01
        assert value - 1e-5 <= best <= value + gap + 1e-5


@pytest.mark.parametrize("name", GAMES)
def test_equilibrium_ranges_give_equilibrium_values(name):
    """Where both have played the equilibrium, the subgame's value is what the equilibrium gets in it."""
    close = exploitability(oracle.layout_and_deck(name, 2)[0], policy(name, 2000), _deals(name)).nash_conv
    assert close < 0.0005
    for street in (0, 1) if name == "leduc" else (0,):
        for subgame in subgames(name, 2000, street):
            walker, cards, weight = deals_in(name, subgame, 0)
            both = weight * subgame.ranges[1][cards[:, 1]]
            if both.sum() < 0.05 * len(cards) / (6 if subgame.board else 1):
                continue  # hardly ever played: the equilibrium's own sum says little there
            expected = walker._walk(subgame.node, both, 0, False).sum() / both.sum()
            solver = subgame.solver(None)
            solver.run(1000)
            gap = 2 * solver.exploitability() + close * len(cards) / both.sum()
            assert solver.mean(0, solver.values(0, False)) == pytest.approx(expected, abs=gap)


def _deals(name):
    return enumerate_deals(oracle.layout_and_deck(name, 2)[1])


def leduc_resolved(kind, gadget, iterations):
    """(policy with every second-round subgame solved anew for both players, bound of how much NashConv may rise)."""
    probability, bound = policy("leduc", kind).copy(), 0.0
    deals = 6 * 5 * 4
    for subgame in subgames("leduc", kind, 1):
        for hero in range(2):
            if not subgame.ranges[hero].any():
                continue
            solver = subgame.safe_solver(gadget, hero) if gadget else subgame.solver(None)
            solver.run(iterations)
            gap = 2 * solver.exploitability()
            # Chips a pair of hands (resolve) or a hand (maxmargin) at most: times the deals of this public card, of two
            # cards of its rank, that can be in the subgame.
            opposed = solver._opposed[1 - hero]
            bound += 2 * (max(gap, 0.0) + 1e-5) * opposed.sum() / deals
            subgame.put_back(solver, hero, probability)
    return probability, bound


@pytest.mark.parametrize("gadget", GADGETS)
@pytest.mark.parametrize("kind", ["uniform", "random", 3, 30, 2000])
def test_re_solving_with_a_gadget_is_safe_in_leduc(kind, gadget):
    """Every second-round subgame at once, both players: NashConv rises by no more than the solvers' gaps."""
    layout, _ = oracle.layout_and_deck("leduc", 2)
    before = exploitability(layout, policy("leduc", kind), _deals("leduc"))
    probability, bound = leduc_resolved(kind, gadget, 1500)
    after = exploitability(layout, probability, _deals("leduc"))
    assert after.nash_conv == pytest.approx(oracle.nash_conv("leduc", 2, probability), abs=1e-9)
    assert bound < 0.004
    assert after.nash_conv <= before.nash_conv + bound
    if kind in ("uniform", "random"):
        assert after.nash_conv < 0.8 * before.nash_conv


def test_unsafe_re_solving_is_not():
    """The ranges are those of a near-equilibrium, and yet NashConv rises many times over."""
    layout, _ = oracle.layout_and_deck("leduc", 2)
    before = exploitability(layout, policy("leduc", 2000), _deals("leduc")).nash_conv
    probability, bound = leduc_resolved(2000, None, 1500)
    assert exploitability(layout, probability, _deals("leduc")).nash_conv > before + bound + 0.1


def test_what_a_gadget_cannot_be():
    with pytest.raises(ValueError, match="expected one of"):
        Gadget("reslove", 0, np.zeros(6))
    subgame = subgames("leduc", "uniform", 1)[0]
    with pytest.raises(ValueError, match="finite"):
        subgame.solver(Gadget("resolve", 1, np.full(6, np.nan)))
