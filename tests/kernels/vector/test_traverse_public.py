"""Updates of all hands at once: against matrices over pairs of hands, and against each other."""

import itertools
from functools import cache

import numpy as np
import phevaluator
import pytest
from helpers.naive import NaiveRanges

from holdem_mpi.abstraction.deal_tables import tables_of_deck
from holdem_mpi.cards import hand_of_cards
from holdem_mpi.config.load import load_config
from holdem_mpi.game.game import Game
from holdem_mpi.kernels.arrays import C_FAULTS
from holdem_mpi.kernels.cards.deal import holdem_tables
from holdem_mpi.kernels.cards.isomorphism import build_indexer, index_board, indexer_size
from holdem_mpi.kernels.vector.traverse_public import traverse_public
from holdem_mpi.kernels.vector.vector_arrays import TO_DENSE, TO_OWN, SweepTask
from holdem_mpi.kernels.vector.vector_board import load_board
from holdem_mpi.training.dense_delta import new_dense_delta
from holdem_mpi.training.public_lane_runner import board_workspace
from holdem_mpi.training.vector_plan import build_plan

pytestmark = pytest.mark.kernels


@cache
def leduc():
    game = load_config("leduc").game
    return Game(game).layout(), tables_of_deck(Game(game).toy_deck)


@cache
def flop_holdem():
    """Flop hold'em whose hands are in 5 buckets before and 3 on the flop, at random: a flop bucket then holds hands of
    several preflop ones.
    """
    generator = np.random.default_rng(1)
    class_of_hand = generator.integers(0, 5, 1326).astype(np.uint16)
    bucket_of_board = {3: generator.integers(0, 3, (1755, 1326)).astype(np.uint8)}
    layout = Game(load_config("flop_holdem").game).layout((5, 3))
    return layout, holdem_tables(2, (0, 3), class_of_hand, bucket_of_board)


def random_table(layout, seed):
    return np.round(np.random.default_rng(seed).normal(0, 10, 2 * layout.num_pairs), 3)


def matched(layout, table):
    """(node, bucket) -> regret matching on a table's regrets."""

    def sigma(node, bucket):
        start = 2 * layout.pair(node, bucket)
        positive = np.maximum(table[start : start + len(layout.tree.actions(node))], 0)
        return positive / positive.sum() if positive.sum() > 0 else np.full(len(positive), 1 / len(positive))

    return sigma


def task_of(layout, player, where=TO_OWN, lane_weight=1.0, floor=-np.inf):
    where = np.full(layout.tree.num_streets, where)
    return SweepTask(player, where, np.zeros_like(where), lane_weight, 1.0, 1.0, 1e9, np.ones(3), floor)


def own_delta(layout, dtype=np.int64):
    return new_dense_delta(2 * layout.num_pairs, dtype)


def traversed(game, table, board, task, delta):
    """What one traversal adds to ``delta``, as a table."""
    layout, tables = game
    plan = build_plan(layout)
    workspace = board_workspace(layout, tables, plan)
    load_board(tables, np.array(board, np.int64), workspace.hands)
    traverse_public(plan, table, delta, workspace.hands, workspace.vectors, task)
    assert delta.counters[C_FAULTS] == 0
    return delta.values.copy()


def ranges_of_leduc(table, public):
    layout, tables = leduc()
    cards = [card for card in range(6) if card != public]
    bucket = [[int(tables.toy_bucket[street, card, public]) for card in cards] for street in range(2)]
    strength = [int(tables.toy_strength[card, public]) for card in cards]
    return NaiveRanges(layout, bucket, strength, ~np.eye(5, dtype=bool), matched(layout, table))


TURN_BOARD = (17, 50, 6, 33)


@cache
def turn_holdem():
    """Three streets. On TURN_BOARD each of 6 turn buckets lies within one of 3 flop buckets, each of which holds hands
    of all 5 preflop ones.
    """
    _, flop = flop_holdem()
    generator = np.random.default_rng(2)
    game = load_config("limit_holdem", {"game.board_cards": [0, 3, 1], **THREE_STREETS}).game
    turn = np.zeros((indexer_size(build_indexer((4,))), 1326), np.uint8)
    flop_table = np.array(flop.bucket_of_3).reshape(-1, 1326)
    for pair in itertools.combinations([card for card in range(52) if card not in TURN_BOARD], 2):
        above = flop_table[place_on(TURN_BOARD[:3], pair)]
        turn[place_on(TURN_BOARD, pair)] = 2 * above + generator.integers(0, 2)
    layout = Game(game).layout((5, 3, 6))
    return layout, holdem_tables(2, (0, 3, 1), np.array(flop.class_of_hand), {3: flop_table.copy(), 4: turn})


THREE_STREETS = {
    "game.raise_sizes": [10, 10, 20],
    "game.max_raises": [1, 1, 1],
    "abstraction.buckets": [169, 5, 5],
}


def place_on(board, pair):
    """(board, hand) in the canonical board's suits."""
    suit_map = np.zeros(4, np.uint8)
    at = index_board(build_indexer((len(board),)), np.array(board), suit_map)
    return int(at), hand_of_cards(*((card & ~3) + int(suit_map[card & 3]) for card in pair))


def test_a_turn_adds_what_the_matrices_say():
    """Values of hands that are together on the turn and on the flop, but not before it, go to each of them."""
    layout, tables = turn_holdem()
    table, board = random_table(layout, 9), list(TURN_BOARD)
    pairs = list(itertools.combinations([card for card in range(52) if card not in board], 2))
    tables_of_street = [np.array(tables.bucket_of_3).reshape(-1, 1326), np.array(tables.bucket_of_4).reshape(-1, 1326)]
    bucket = [[int(tables.class_of_hand[hand_of_cards(*pair)]) for pair in pairs]]
    for seen, of_board in zip((3, 4), tables_of_street):
        bucket.append([int(of_board[place_on(board[:seen], pair)]) for pair in pairs])
    strength = [-phevaluator.evaluate_cards(*board, *pair) for pair in pairs]
    held = np.array([[card in pair for card in range(52)] for pair in pairs], int)
    naive = NaiveRanges(layout, bucket, strength, held @ held.T == 0, matched(layout, table))
    naive.update(1)
    ours = traversed(turn_holdem(), table, board, task_of(layout, 1), own_delta(layout, np.float64))
    np.testing.assert_allclose(ours, naive.table(), rtol=1e-10, atol=1e-8)
    assert np.abs(ours).max() > 100


def ranges_of_holdem(table, board):
    layout, tables = flop_holdem()
    pairs = list(itertools.combinations([card for card in range(52) if card not in board], 2))
    suit_map = np.zeros(4, np.uint8)
    at = index_board(build_indexer((3,)), np.array(board), suit_map)
    renamed = [[(card & ~3) + int(suit_map[card & 3]) for card in pair] for pair in pairs]
    bucket = [
        [int(tables.class_of_hand[hand_of_cards(*pair)]) for pair in pairs],
        [int(tables.bucket_of_3[at * 1326 + hand_of_cards(*pair)]) for pair in renamed],
    ]
    strength = [-phevaluator.evaluate_cards(*board, *pair) for pair in pairs]
    held = np.array([[card in pair for card in range(52)] for pair in pairs], int)
    return NaiveRanges(layout, bucket, strength, held @ held.T == 0, matched(layout, table))


@pytest.mark.parametrize("player", [0, 1])
def test_a_board_adds_what_the_matrices_say_in_leduc(player):
    layout, _ = leduc()
    table = random_table(layout, 3)
    for public in range(6):
        naive = ranges_of_leduc(table, public)
        naive.update(player)
        delta = own_delta(layout, np.float64)
        ours = traversed(leduc(), table, [public], task_of(layout, player), delta)
        np.testing.assert_allclose(ours, naive.table(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("player", [0, 1])
def test_a_flop_adds_what_the_matrices_say(player):
    layout, _ = flop_holdem()
    table, board = random_table(layout, 4), [17, 50, 6]
    naive = ranges_of_holdem(table, board)
    naive.update(player)
    ours = traversed(flop_holdem(), table, board, task_of(layout, player), own_delta(layout, np.float64))
    np.testing.assert_allclose(ours, naive.table(), rtol=1e-10, atol=1e-9)
    assert np.abs(ours).max() > 100


def test_a_lane_sees_its_own_additions_as_often_as_there_are_lanes():
    layout, _ = leduc()
    table, delta = random_table(layout, 5), own_delta(layout, np.float64)
    first = traversed(leduc(), table, [1], task_of(layout, 0, lane_weight=3.0), delta)
    both = traversed(leduc(), table, [1], task_of(layout, 1, lane_weight=3.0), delta)
    naive = ranges_of_leduc(table + 3.0 * first, 1)
    naive.update(1)
    np.testing.assert_allclose(both - first, naive.table(), rtol=0, atol=1e-11)
    again = traversed(leduc(), table, [1], task_of(layout, 0, lane_weight=3.0), delta)
    naive = ranges_of_leduc(table + 3.0 * both, 1)
    naive.update(0)
    np.testing.assert_allclose(again - both, naive.table(), rtol=0, atol=1e-11)


def test_floored_lanes_leave_no_sum_below_zero():
    layout, _ = leduc()
    table = np.maximum(np.rint(20 * random_table(layout, 6)), 0.0)
    lanes = 4
    scaled = task_of(layout, 0, lane_weight=float(lanes), floor=0.0)._replace(regret_scale=900.0, strategy_scale=900.0)
    total, touched = table.copy(), np.zeros(table.size, bool)
    for public in range(lanes):
        added = traversed(leduc(), table, [public], scaled, own_delta(layout))
        total += added
        touched |= added != 0
    regrets = regrets_of(layout)
    assert total.min() >= 0 and (total[regrets & touched] < lanes).any() and (total[regrets & touched] > lanes).any()


def regrets_of(layout):
    """bool[2 * num_pairs], which entries are regrets."""
    regrets = np.zeros(2 * layout.num_pairs, bool)
    first = layout.first_pair_of_row()
    for start, end in itertools.pairwise(first):
        regrets[2 * start : start + end] = True
    return regrets


def test_dense_sums_are_a_lanes_own_rounded_once_a_board_and_bucket():
    layout, _ = leduc()
    table = random_table(layout, 7)
    scaled = task_of(layout, 1)._replace(regret_scale=4.0, strategy_scale=4.0)
    exact = traversed(leduc(), table, [2], scaled, own_delta(layout, np.float64))
    own = traversed(leduc(), table, [2], scaled, own_delta(layout))
    np.testing.assert_array_equal(own, np.rint(exact))
    dense = own_delta(layout)
    where = task_of(layout, 1, TO_DENSE)._replace(regret_scale=4.0, strategy_scale=4.0)
    traversed(leduc(), table, [2], where, dense)
    np.testing.assert_array_equal(dense.values, own)


def test_what_goes_beyond_the_bound_is_counted_and_left_out():
    layout, tables = leduc()
    plan = build_plan(layout)
    workspace, delta = board_workspace(layout, tables, plan), own_delta(layout)
    load_board(tables, np.array([0]), workspace.hands)
    table = random_table(layout, 8)
    traverse_public(plan, table, delta, workspace.hands, workspace.vectors, task_of(layout, 0)._replace(bound=0.25))
    assert delta.counters[C_FAULTS] > 0
    table[:] = np.nan
    delta = own_delta(layout)
    traverse_public(
        plan, table, delta, workspace.hands, workspace.vectors, task_of(layout, 0)._replace(regret_scale=np.nan)
    )
    assert delta.counters[C_FAULTS] > 0 and not delta.values[delta.values < 0].any()
