"""Ranges along a history: Bayes' rule hand by hand, with the cards and bets that are really there."""

import numpy as np
import pytest
from helpers.search_roots import hand
from helpers.small_blueprints import holdem_blueprint, set_row

from holdem_mpi.abstraction.deal_tables import tables_of_deck
from holdem_mpi.cards import parse_cards
from holdem_mpi.config.load import load_config
from holdem_mpi.game.game import Game
from holdem_mpi.game.rules import CALL, FOLD, IllegalAction
from holdem_mpi.policy.blueprint import Blueprint
from holdem_mpi.policy.ranges import LEAST, pruned, ranges_after_action, ranges_of_history, start_ranges
from holdem_mpi.policy.tabular import TabularPolicy
from holdem_mpi.policy.translation import LOST

BOARD = tuple(parse_cards("Qs Jh 2h 8h"))
# The button (seat 1) raises pot, the blind calls and bets half of the pot on the flop, the button calls; a check.
HISTORY = ((30, CALL), (60, CALL), (CALL,))


def no_draw(number):
    """For histories without a bet between two of the tree's: any draw will do."""
    return 0.5


def by_hand(blueprint, cards, steps, board):
    """float[player], product of the probabilities of a hand's actions: steps (player, line of choices, choice)."""
    tree, weight = blueprint.tree, [1.0, 1.0]
    node = 0
    for player, action in steps:
        assert tree.player_of_node[node] == player
        choice = tree.actions(node).tolist().index(action)
        bucket = blueprint.buckets(int(tree.street_of_node[node]), board)[cards]
        weight[player] *= blueprint.policy.of_row(node, bucket)[0][choice] if bucket >= 0 else 0.0
        node = int(tree.children(node)[choice])
    return np.array(weight)


def test_ranges_are_bayes_rule():
    blueprint = holdem_blueprint()
    steps = ((1, 30), (0, CALL), (0, 60), (1, CALL), (0, CALL))
    ranges = ranges_of_history(blueprint, HISTORY, BOARD, lambda number: 0.5)
    assert ranges.translated == () and ranges.place.state == ranges.state and ranges.state.street == 2
    names = ["AhKc", "AdAc", "7c2d", "9s8s", "KdTd", "5c4c", "JdJs"]
    weight = ranges.weight[:, [hand(name) for name in names]]
    expected = np.array([by_hand(blueprint, hand(name), steps, BOARD) for name in names]).T
    for player in range(2):  # up to the scale of each range
        assert weight[player] / weight[player, 0] == pytest.approx(expected[player] / expected[player, 0])
    assert weight.min() > 0 and not np.allclose(weight[0], weight[1])
    assert ranges.weight[:, [hand("QsAh"), hand("8h7c"), hand("JhQs")]].max() == 0
    assert (ranges.weight > 0).sum(axis=1).tolist() == [48 * 47 // 2] * 2


def test_an_action_changes_the_range_of_who_took_it():
    blueprint = holdem_blueprint()
    before = start_ranges(blueprint)
    assert before.weight.shape == (2, 1326) and (before.weight == 1).all()
    after = ranges_after_action(blueprint, before, CALL, (), 0.5)
    assert (after.weight[0] == 1).all() and after.weight[1].max() == 1 > after.weight[1].min()
    assert (before.weight == 1).all()
    with pytest.raises(IllegalAction):
        ranges_after_action(blueprint, before, 7, (), 0.5)


def test_least_keeps_ranges_from_emptying():
    blueprint = holdem_blueprint()
    for bucket in range(169):
        set_row(blueprint, 0, bucket, [1.0, 0.0, 0.0] if bucket else [0.0, 0.0, 1.0])
    limped = ranges_of_history(blueprint, ((CALL,),), (), no_draw).weight[1]
    assert (limped == 1).all()
    raised = ranges_of_history(blueprint, ((30,),), (), no_draw).weight[1]
    assert raised[hand("AhAc")] == 1 and raised[hand("KhKc")] == pytest.approx(LEAST)


@pytest.mark.parametrize("u, taken", [(0.0, 60), (0.999, 90)])
def test_a_bet_between_two_sizes_is_taken_for_either_and_says_so(u, taken):
    blueprint = holdem_blueprint()
    history = ((30, CALL), (75,))
    ranges = ranges_of_history(blueprint, history, BOARD[:3], lambda number: u)
    same = ranges_of_history(blueprint, ((30, CALL), (taken,)), BOARD[:3], lambda number: u)
    assert ranges.translated == (f"r75 taken for r{taken}",) and same.translated == ()
    assert np.array_equal(ranges.weight, same.weight)
    assert ranges.state.contributions == (75, 30) and ranges.place.state.contributions == (taken, 30)


def test_each_action_has_a_draw_of_its_own():
    blueprint, asked = holdem_blueprint(), []
    ranges_of_history(blueprint, HISTORY, BOARD, lambda number: asked.append(number) or 0.5)
    assert asked == [0, 1, 2, 3, 4]


def test_off_the_tree_actions_say_nothing():
    blueprint = holdem_blueprint()
    line, ranges = (30, 90, 200), start_ranges(blueprint)
    for action in line[:2]:
        ranges = ranges_after_action(blueprint, ranges, action, (), 0.5)
    lost = ranges._replace(place=ranges.place._replace(node=LOST))
    after = ranges_after_action(blueprint, lost, line[2], (), 0.5)
    assert np.array_equal(after.weight, ranges.weight) and after.place.node == LOST and after.translated == ()
    assert after.state.contributions == (90, 200)


def test_leaving_the_tree_is_told():
    blueprint = holdem_blueprint()
    # Facing an all-in on the tree nobody can raise: a smaller real bet that is taken for it may be raised.
    ranges = ranges_of_history(blueprint, ((30, 90, 170),), (), lambda number: 0.999)
    assert ranges.translated == ("r170 taken for r200",) and ranges.state.player == 0
    lost = ranges_after_action(blueprint, ranges, 200, (), 0.5)
    assert lost.translated == ("r170 taken for r200", "r200 has no place on the tree") and lost.place.node == LOST
    assert np.array_equal(lost.weight, ranges.weight)


def test_toy_hands_are_cards():
    game = load_config("leduc").game
    layout = Game(game).layout()
    rng = np.random.default_rng(0)
    probability = rng.random(layout.num_pairs)
    blueprint = Blueprint(
        TabularPolicy(layout, probability, np.ones(layout.num_rows, bool)), tables_of_deck(Game(game).toy_deck)
    )
    tree = blueprint.tree
    first = int(tree.actions(0)[-1])
    ranges = ranges_of_history(blueprint, ((first, CALL), (CALL,)), (3,), no_draw)
    sigma = blueprint.strategy(0, ())[:, -1]
    assert ranges.weight.shape == (2, 6) and (ranges.weight[:, 3] == 0).all() and (ranges.weight[:, :3] > 0).all()
    second = int(tree.children(tree.children(0)[-1])[tree.actions(int(tree.children(0)[-1])).tolist().index(CALL)])
    checks = blueprint.strategy(second, (3,))[:, tree.actions(second).tolist().index(CALL)]
    expected = sigma * checks
    player = int(tree.player_of_node[0])
    assert ranges.weight[player] / ranges.weight[player, 0] == pytest.approx(expected / expected[0])


def test_pruned_keeps_the_likely_and_the_hand_asked_for():
    weight = np.array([[1.0, 0.009, 0.01, 0.5, 0.0], [0.2, 0.1, 0.001, 0.002, 0.0]])
    cut = pruned(weight, 0.01)
    assert cut.tolist() == [[1.0, 0, 0.01, 0.5, 0], [0.2, 0.1, 0, 0.002, 0]]
    assert pruned(weight, 0.01, (0, 1))[0].tolist() == [1.0, 0.01, 0.01, 0.5, 0]
    assert pruned(weight, 0.01, (0, 4))[0, 4] == 0.01 and pruned(weight, 0.01, (0, 3))[0, 3] == 0.5
    assert weight[0, 1] == 0.009 and pruned(weight, 0.0).tolist() == weight.tolist()


def test_folds_end_the_hand():
    ranges = ranges_of_history(holdem_blueprint(), ((30, FOLD),), (), no_draw)
    assert ranges.state.is_over and ranges.weight[0].max() == 1
