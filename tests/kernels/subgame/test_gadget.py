"""Gadgets do what their formulas say, iteration by iteration; decks other than hold'em's with five board cards."""

import numpy as np
import pytest
from helpers.naive_subgame import NaiveSpot, weights_by_formula

from holdem_mpi.cards import hand_of_cards, parse_cards
from holdem_mpi.game.betting import SizeMenu, limit_menu
from holdem_mpi.game.rules import BettingState, Rules, kuhn_rules, leduc_rules
from holdem_mpi.game.toy import toy_deck
from holdem_mpi.game.tree import build_tree
from holdem_mpi.kernels.subgame.gadget_sweep import learn, write_range
from holdem_mpi.kernels.subgame.subgame_sweep import sweep
from holdem_mpi.kernels.subgame.subgame_types import UPDATE
from holdem_mpi.subgame.gadget import Gadget
from holdem_mpi.subgame.solver import SubgameSolver
from holdem_mpi.subgame.subgame_deck import holdem_deck, toy_subgame_deck
from holdem_mpi.subgame.weights import Weights

pytestmark = pytest.mark.kernels

ALGORITHMS = [Weights(), Weights(alpha=1, beta=0.5, gamma=2), Weights(plus=True)]


def kuhn_solver(kind, player, weights=None):
    """Kuhn from the start, the other's queen hardly ever, its king never held."""
    ranges = np.array([[1, 0.2, 0], [1, 0.2, 0]])
    gadget = Gadget(kind, player, np.array([-0.7, 0.1, 0.6]))
    tree = build_tree(kuhn_rules(2), limit_menu)
    return SubgameSolver(tree, [], ranges, weights, gadget=gadget, deck=toy_subgame_deck(toy_deck("kuhn", 2)))


def probabilities(kind, table):
    """float[hand] of following, by regret matching."""
    above = np.maximum(table, 0)
    if kind == "resolve":
        total = above.sum(axis=0)
        return np.where(total > 0, above[0] / np.where(total > 0, total, 1), 0.5)
    total = above[0].sum()
    return above[0] / total if total > 0 else np.full(above.shape[1], 1 / above.shape[1])


def plain_iterations(solver, kind, iterations):
    """(regret, strategy) of the gadget by the papers' formulas, and the solver's own sums by sweeps one by one."""
    player, alternative = solver.gadget.sums.player, np.array([-0.7, 0.1, 0.6])
    meets = np.array([0.2, 1, 1.2])  # weight of the other's hands side_by_side each
    regret, strategy = np.zeros((2, 3)), np.zeros((2, 3))
    weights = solver.weights
    for iteration in range(1, iterations + 1):
        factors = weights_by_formula(
            iteration, weights.alpha, weights.beta, weights.gamma, weights.plus, weights.restart
        )
        solver.workspace.weight[:] = factors
        for seat in range(2):
            follow = probabilities(kind, regret)
            if seat != player:
                solver.workspace.reach[0, :3] = follow if kind == "resolve" else follow / meets
                strategy = strategy * factors[2] + np.array([follow, 1 - follow])
            else:
                solver.workspace.reach[0, :2] = solver.ranges[1 - player, :2]
            sweep(solver.game, solver.sums, solver.workspace, seat, UPDATE)
            if seat != player:
                continue
            value = solver.workspace.value[0, :3].astype(np.float64)
            kept = np.where(regret > 0, regret * factors[0], regret * factors[1])
            if kind == "resolve":  # terminate: the alternative, times the weight of the hands met, as values are
                payoff = np.array([value, alternative * meets])
                regret = kept + payoff - (np.array([follow, 1 - follow]) * payoff).sum(axis=0)
            else:
                margin = value / meets - alternative
                regret = kept + np.array([margin, np.zeros(3)]) - follow @ margin
    return regret, strategy


@pytest.mark.parametrize("weights", ALGORITHMS)
@pytest.mark.parametrize("player", [0, 1])
@pytest.mark.parametrize("kind", ["resolve", "maxmargin"])
def test_regrets_and_sums_are_those_of_the_formulas(kind, player, weights):
    solver, twin = kuhn_solver(kind, player, weights), kuhn_solver(kind, player, weights)
    solver.run(4)
    solver.run(8)
    regret, strategy = plain_iterations(twin, kind, 12)
    rows = 2 if kind == "resolve" else 1
    np.testing.assert_allclose(solver.gadget.sums.regret[:rows], regret[:rows], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(solver.gadget.sums.strategy, strategy, rtol=1e-6, atol=1e-9)
    for found, expected in zip(solver.sums, twin.sums):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    average = probabilities(kind, strategy)
    scale = 1 if kind == "resolve" else np.array([0.2, 1, 1.2])
    np.testing.assert_allclose(solver.ranges[player, :3] * scale, average, rtol=1e-5)


@pytest.mark.parametrize("kind", ["resolve", "maxmargin"])
def test_halves_called_between_sweeps_are_the_loop(kind):
    """What a driver does that divides sweeps: the very same numbers."""
    whole, halves = kuhn_solver(kind, 0), kuhn_solver(kind, 0)
    whole.run(20)
    table = halves.weights.table(20)
    for iteration in range(20):
        halves.workspace.weight[:] = table[iteration]
        halves.workspace.reach[0] = halves.ranges[1]
        sweep(halves.game, halves.sums, halves.workspace, 0, UPDATE)
        learn(halves.gadget.sums, halves.workspace)
        write_range(halves.gadget.sums, halves.workspace)
        sweep(halves.game, halves.sums, halves.workspace, 1, UPDATE)
    halves.take_range()
    assert np.array_equal(whole.sums.regret, halves.sums.regret)
    assert np.array_equal(whole.gadget.sums.regret, halves.gadget.sums.regret)
    assert whole.exploitability() == halves.exploitability()


# Pairs on the board, ties, hands that share a card; weights that are no powers of two.
RANGES = (
    {"AhKc": 1, "QcQd": 0.7, "Th9c": 1, "AcAd": 0.3, "8c8d": 1, "7h6h": 1, "5c4c": 0.2},
    {"AhKc": 0.9, "QcJd": 1, "Th9c": 0.35, "JcJd": 1, "AsKs": 1, "8c3d": 0.6, "AdKd": 1},
)


@pytest.mark.parametrize(("complete", "board"), [(3, "Qs Jh 2h"), (4, "Qs Jh 2h 8h"), (4, "Qs Jh 2h")])
def test_holdem_that_ends_sooner(complete, board):
    """Sums and exploitability are those of a plain twin that pairs hands one by one."""
    cards, streets = parse_cards(board), complete - 1
    street = len(cards) - 2
    rules = Rules((60,) * 2, (25, 25), board_cards=(0, 3, 1)[:streets], min_bet=1, first_to_act=(0,) * streets)
    state = BettingState.start(rules)
    for _ in range(2 * street):
        state = state.apply(0)
    tree = build_tree(rules, SizeMenu(((1.0,),) * streets, ((),) * streets, (False,) * streets, 0.9), state)
    ranges, hands = np.zeros((2, 1326)), ([], [])
    for player, of_player in enumerate(RANGES):
        pairs = {hand_of_cards(*parse_cards(name)): (tuple(parse_cards(name)), w) for name, w in of_player.items()}
        for hand, (pair, weight) in sorted(pairs.items()):
            ranges[player, hand] = weight
            hands[player].append((pair, weight))
    weights = Weights()
    solver = SubgameSolver(tree, cards, ranges, weights, deck=holdem_deck(complete))
    formula = (weights.alpha, weights.beta, weights.gamma, weights.plus, weights.restart)
    twin = NaiveSpot(tree, cards, hands, formula)
    iterations = 1 if len(cards) < complete else 3
    solver.run(iterations)
    twin.run(iterations)
    for player in range(2):
        meets = twin.meets(cards) if player == 0 else twin.meets(cards).T
        expected = twin.root_value(player, True) / (meets @ twin.start(1 - player))
        np.testing.assert_allclose(solver.values(player, True), expected, rtol=0, atol=5e-4)
    assert solver.exploitability() == pytest.approx(twin.exploitability(), abs=5e-4)


def test_alternatives_that_tell_suits_apart_keep_cards_apart():
    """On a board of two hearts and a spade clubs and diamonds are alike, as long as the alternatives are."""
    cards = parse_cards("Qs Jh 2h")
    rules = Rules((60,) * 2, (25, 25), board_cards=(0, 3, 1), min_bet=1, first_to_act=(0,) * 3)
    state = BettingState.start(rules).apply(0).apply(0)
    tree = build_tree(rules, SizeMenu(((1.0,),) * 3, ((),) * 3, (False,) * 3, 0.9), state)
    alternative = np.zeros(1326)
    alternative[hand_of_cards(*parse_cards("AsQs"))] = np.nan  # blocked: not read
    sizes = []
    for changed in ((), (hand_of_cards(*parse_cards("AcKc")),)):
        alternative[list(changed)] = 1.0
        gadget = Gadget("maxmargin", 1, alternative)
        solver = SubgameSolver(tree, cards, np.ones((2, 1326)), gadget=gadget, deck=holdem_deck(4))
        sizes.append(solver.game.runout_card.size)
    assert sizes == [36, 49]


def test_toy_decks_pay_what_their_rules_say():
    """Both check and call down in Leduc: a hand's value is the mean over the other's cards and the public ones."""
    toy = toy_deck("leduc", 2)
    tree = build_tree(leduc_rules(2), lambda state: [0])
    for board in ([], [3]):
        state = BettingState.start(leduc_rules(2)).apply(0).apply(0)
        from_here = build_tree(leduc_rules(2), lambda state: [0], state) if board else tree
        solver = SubgameSolver(from_here, board, np.ones((2, 6)), deck=toy_subgame_deck(toy))
        assert solver.game.share.tolist() == [1 if board else 1 / 4]
        for place, hand in enumerate(solver.hands[0]):
            results = [
                np.sign(toy.strength(hand, public) - toy.strength(other, public))
                for public in board or range(6)
                for other in range(6)
                if len({hand, other, public}) == 3
            ]
            assert solver.values(0, False)[place] == pytest.approx(np.mean(results), abs=1e-6)
