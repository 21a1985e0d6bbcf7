"""The response kernels on one board against matrices of all hands against all hands; also in plain Python."""

import itertools

import numpy as np
import phevaluator
import pytest
from numba import njit

from holdem_mpi.cards import hand_of_cards, parse_cards
from holdem_mpi.kernels import simd
from holdem_mpi.kernels.cards.evaluator import evaluator_tables
from holdem_mpi.kernels.cards.hand_strength import suit_maps
from holdem_mpi.kernels.cards.isomorphism import build_indexer, index_board
from holdem_mpi.kernels.cards.showdown import showdown_workspace
from holdem_mpi.kernels.response.boards import fill_boards
from holdem_mpi.kernels.response.street import (
    OP_OPPONENT,
    OP_OWN,
    OP_WIDTH,
    Program,
    empty_boards,
    respond_at_last_street,
    response_workspace,
)
from holdem_mpi.kernels.simd import WIDTH, aligned

pytestmark = pytest.mark.kernels
BUCKETS = 5


def test_rows_are_aligned_zeros():
    array = aligned(3, 5, WIDTH)
    assert array.shape == (3, 5, WIDTH) and not array.any() and array.ctypes.data % 64 == 0
    assert simd.aligned(0, WIDTH).size == 0


def test_values_after_a_bet_are_those_of_dense_matrices():
    """The opponent folds, calls or raises; to the raise the responder folds or calls."""
    board = sorted(parse_cards("7h 8h Kd"))
    generator = np.random.default_rng(3)
    table = np.full((1755, 1326), 10**6, np.uint32)
    suit_map = np.empty(4, np.uint8)
    row = index_board(build_indexer((3,)), np.array(board), suit_map)
    live = list(itertools.combinations([card for card in range(52) if card not in board], 2))
    numbers, bucket = np.array([hand_of_cards(*hand) for hand in live]), generator.integers(0, BUCKETS, len(live))
    for hand, of_hand in zip(live, bucket):
        table[row, hand_of_cards(*((card & ~3) + int(suit_map[card & 3]) for card in hand))] = of_hand
    boards = empty_boards(1)
    fill_boards(evaluator_tables(), np.array([board]), True, build_indexer((3,)), table, showdown_workspace(), boards)
    ops = np.full((2, OP_WIDTH), -1)
    ops[0, :12] = OP_OPPONENT, 0, 1, 0, 0, 0, 1, 1, 2, 2, -1, -1
    ops[1, :8] = OP_OWN, 2, 1, 1, 2, 3, -1, -1
    amount, policy, reach, values = (aligned(1, n, WIDTH) for n in (4, BUCKETS * 3, 1326, 1326))
    amount[:] = generator.uniform(1, 5, amount.shape)
    amount[0, 2] *= -1
    sigma = generator.dirichlet(np.ones(3), (BUCKETS, WIDTH))
    policy = policy.reshape(1, BUCKETS, 3, WIDTH)
    policy[0] = sigma.transpose(0, 2, 1)
    reach[0] = generator.random((1326, WIDTH))
    program = Program(ops, np.array([1]), amount, policy)
    values[:] = 1.0
    target = np.argsort(suit_maps().source_of_hand, axis=1).astype(np.int16)
    swap = 1  # the third and fourth suit for one another: hands of one land on those of the other
    respond_at_last_street(program, boards, np.array([[0, swap]]), target, reach, response_workspace(4), values, None)

    strength = np.array([-phevaluator.evaluate_cards(*board, *hand) for hand in live])
    holds = np.zeros((len(live), 52))
    for place, hand in enumerate(live):
        holds[place, hand] = 1
    apart = (holds @ holds.T == 0).astype(float)
    wins = apart * np.sign(strength[:, None] - strength)
    fold, call, bet = (reach[0, numbers] * sigma[bucket, :, action] for action in range(3))
    expected = amount[0, 0] * (apart @ fold) + amount[0, 1] * (wins @ call)
    expected += np.maximum(amount[0, 2] * (apart @ bet), amount[0, 3] * (wins @ bet))
    np.testing.assert_allclose(values[0, target[swap, numbers]], 1 + expected, rtol=0, atol=1e-9)
    others = np.setdiff1d(np.arange(1326), target[swap, numbers])
    assert (values[0, others] == 1).all()


def test_lanes_with_marks():
    generator = np.random.default_rng(1)
    marks = generator.integers(0, 3, (4, WIDTH)).astype(np.uint8)
    rows = generator.normal(size=(3, WIDTH))
    expected = marks.copy()
    expected[2, rows[0] > rows[1]] = 7
    use_marks(marks, rows)
    assert np.array_equal(marks, expected)
    assert np.array_equal(rows[2], np.where(expected[1] == 2, rows[0], 0.0))


@njit
def use_marks(marks, rows):
    """Mark row 2 where rows[0] > rows[1]; rows[2] = rows[0] where row 1 of the marks is 2."""
    first, second = simd.load(rows, np.uint64(0)), simd.load(rows, np.uint64(1))
    simd.mark_larger(marks, np.uint64(2), np.uint8(7), first, second)
    simd.store(rows, np.uint64(2), simd.keep_marked(marks, np.uint64(1), np.uint8(2), first))
