"""The sampled search of three and more: near what whole solves give, on toy games and on rivers with side pots."""

import numpy as np
import pytest
from helpers.ring_games import THREE, ring_blueprint, toy_blueprint, toy_game
from helpers.small_blueprints import random_policy
from helpers.three_way_spots import crowded_ranges, river_tree

from holdem_mpi.best_response.enumerated import EnumeratedDeals, enumerate_deals, exploitability
from holdem_mpi.game.betting import SizeMenu
from holdem_mpi.game.rules import CALL, FOLD, BettingState
from holdem_mpi.game.tree import build_tree
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.policy.translation import LOST, Place, start_place
from holdem_mpi.subgame.ring_blueprint import RingContinuation
from holdem_mpi.subgame.ring_solver import RingSolver
from holdem_mpi.subgame.three_way_solver import ThreeWaySolver


def weighted_deals(game, ranges):
    """All deals, each as likely as its hands are in ``ranges`` (float[player, card])."""
    deals, cards = enumerate_deals(game.toy_deck), game.toy_deck.deals()[:, : game.num_players]
    weight = np.prod(ranges[np.arange(game.num_players), cards], axis=1)
    return EnumeratedDeals(weight / weight.sum(), deals.bucket, deals.strength)


def of_whole(solver, game):
    """float64[pairs], the average strategy of a solver whose tree is the game's."""
    layout = game.layout()
    probability = np.empty(layout.num_pairs)
    for node in np.flatnonzero(game.tree.kind_of_node == KIND_DECISION).tolist():
        rows = np.full((layout.num_buckets[0], len(game.tree.actions(node))), 0.5)
        rows[solver.hands[int(game.tree.player_of_node[node])]] = solver.strategy(node)
        probability[layout.pairs_of_node(node)] = rows
    return probability


@pytest.mark.parametrize("line", [(), (CALL, 2)])
def test_kuhn_is_solved_whatever_is_sought_and_whoever_cannot_hold_what(line):
    """Cards are worth what they weigh; led along ``line``, too, nothing is played differently in the mean."""
    game = toy_game("kuhn")
    ranges = np.array([[1.0, 0.5, 0.0, 1.0], [0.3, 1.0, 1.0, 0.2], [1.0, 1.0, 0.6, 0.0]])
    deals = weighted_deals(game, ranges)
    state, place = BettingState.start(game.rules), start_place(game.tree)
    continuation = RingContinuation(toy_blueprint(game))
    solver = RingSolver(game.tree, state, place, (), ranges, continuation, line=line, every=True)
    even = exploitability(game.layout(), of_whole(solver, game), deals).nash_conv
    solver.run(1500)
    assert solver.hands[0].tolist() == [0, 1, 3] and solver.iterations == 1500
    assert exploitability(game.layout(), of_whole(solver, game), deals).nash_conv < 0.03 < even / 10


def test_players_without_a_hand_are_refused():
    game = toy_game("kuhn")
    continuation = RingContinuation(toy_blueprint(game))
    state, place = BettingState.start(game.rules), start_place(game.tree)
    with pytest.raises(ValueError, match="no hands"):
        RingSolver(game.tree, state, place, (), np.eye(3, 4) * [[1], [1], [0]], continuation)
    twice = np.zeros((3, 4))
    twice[:, 1] = 1.0
    with pytest.raises(ValueError, match="no hands"):
        RingSolver(game.tree, state, place, (), twice, continuation).run(1)


def only_calls(state):
    return [CALL]


def test_a_leaf_is_worth_what_the_blueprint_makes_of_it():
    """Nobody may bet before the public card; then all go on by a random blueprint, in chips of a pot twice as large."""
    game = toy_game("leduc")
    layout, generator = game.layout(), np.random.default_rng(4)
    probability = random_policy(layout).probability
    tree = game.tree
    for node in np.flatnonzero((tree.kind_of_node == KIND_DECISION) & (tree.street_of_node == 0)).tolist():
        rows = probability[layout.pairs_of_node(node)] * 0.0
        rows[:, tree.actions(node).tolist().index(CALL)] = 1.0
        probability[layout.pairs_of_node(node)] = rows
    ranges = generator.uniform(0.2, 1.0, (3, game.num_hands))
    values = exploitability(layout, probability, weighted_deals(game, ranges)).values
    short = build_tree(game.rules, only_calls, streets=1)
    continuation = RingContinuation(toy_blueprint(game, probability))
    state, place = BettingState.start(game.rules), start_place(tree)
    solver = RingSolver(short, state, place, (), ranges, continuation, biased=False)
    solver.run(800)
    weight = solver.sums.weight
    assert (solver.sums.value[:, 0].sum() / weight.sum()) == pytest.approx(values[0], abs=0.09)
    assert abs(values[0]) > 0.1


def test_who_may_choose_how_to_go_on_does():
    """The others call whatever comes. By the blueprint the first to act bets as often as he checks: the best card does
    better to bet more often, the worst one to check.
    """
    game = toy_game("leduc")
    layout, tree = game.layout(), game.tree
    probability = np.empty(layout.num_pairs)
    for node in np.flatnonzero(tree.kind_of_node == KIND_DECISION).tolist():
        actions = tree.actions(node).tolist()
        row = np.array([float(action == CALL) for action in actions])
        if tree.player_of_node[node] == 0 and FOLD not in actions:
            row[:] = 0.5
        probability[layout.pairs_of_node(node)] = row
    continuation = RingContinuation(toy_blueprint(game, probability))
    start = BettingState.start(game.rules), start_place(tree), ()
    short = build_tree(game.rules, only_calls, streets=1)
    solver = RingSolver(short, *start, np.ones((3, game.num_hands)), continuation)
    solver.run(100)
    regret = solver.sums.choice.reshape(3, -1, 4)
    assert regret[0, 0].argmax() == 2 and regret[0, -1].argmax() == 3


def river_case(stacks):
    generator = np.random.default_rng(3)
    board = generator.permutation(52)[:5].tolist()
    tree = river_tree(stacks)
    start = BettingState(tree.rules, 3, 0, (10,) * 3, (False,) * 3, 0, 0, (False,) * 3, (0, 1, 2), ((),) * 4)
    return tree, start, board, crowded_ranges(generator, board, 11, 12)


@pytest.mark.parametrize("stacks", [(20, 20, 20), (10, 25, 40)])
def test_rivers_of_three_with_side_pots_are_near_the_exact_solver(stacks):
    tree, start, board, ranges = river_case(stacks)
    continuation = RingContinuation(ring_blueprint())
    options = {"by_hand": True, "every": True}
    solver = RingSolver(tree, start, Place(LOST, start), board, ranges, continuation, **options)
    solver.run(1500)
    exact = ThreeWaySolver(tree, board, ranges)
    even = exact.gains().sum()
    for node in np.flatnonzero(tree.kind_of_node == KIND_DECISION).tolist():
        exact.set_strategy(node, solver.strategy(node))
    assert exact.gains().sum() < 0.02 * 30 < even / 10
    values = solver.action_values()
    known = exact.action_values(0)
    met = exact.opposed(0) > 0
    mean = (solver.strategy(0) * values).sum(axis=1), (exact.strategy(0) * known).sum(axis=1)
    assert np.abs(mean[0] - mean[1])[met].mean() < 1.5, "of all iterations, early ones too"


def test_what_is_found_depends_on_the_stream_alone():
    state = BettingState.start(THREE)
    for _ in range(3):
        state = state.apply(CALL)
    menu, blueprint = SizeMenu(((0.5, 1.0),) * 4, ((1.0,),) * 4, (False,) * 4), ring_blueprint()
    tree = build_tree(THREE, menu, state, streets=2)
    place, continuation = start_place(blueprint.tree), RingContinuation(blueprint)
    for _ in range(3):
        actions = blueprint.tree.actions(place.node).tolist()
        place = Place(int(blueprint.tree.children(place.node)[actions.index(CALL)]), place.state.apply(CALL))
    ranges, board = np.random.default_rng(1).uniform(0.1, 1, (3, 1326)), (50, 39, 2)

    def solved(steps, **options):
        solver = RingSolver(tree, state, place, board, ranges, continuation, **options)
        for step in steps:
            solver.run(step)
        return solver

    first, again = solved([6]), solved([1, 2, 3])
    assert first.digest == again.digest and np.array_equal(first.strategy_sums(0), again.strategy_sums(0))
    assert solved([6], stream=(0, 0, 1)).digest != first.digest
    values = first.action_values(0)
    assert np.isfinite(values).any() and (first.strategy_sums(0) > 0).any()
