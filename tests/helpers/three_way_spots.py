"""River spots between three players for tests: trees, ranges that share many cards, the solver and its plain twin."""

import numpy as np

from holdem_mpi.cards import CARDS_OF_HAND, hand_of_cards
from holdem_mpi.game.betting import SizeMenu
from holdem_mpi.game.rules import BettingState, Rules
from holdem_mpi.game.tree import build_tree
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.subgame.three_way_solver import ThreeWaySolver
from holdem_mpi.subgame.weights import Weights

from .naive_three_way import NaiveThreeWay

FORMULA = (1.5, 0.0, 5.0, False, False)  # Weights()


def river_tree(stacks, put_in=10, most=1, bets=(1.0,)):
    """One street between three who have put in ``put_in`` each and have ``stacks`` left; bets of the pot, all-in."""
    rules = Rules(
        tuple(put_in + stack for stack in stacks),
        (put_in,) * 3,
        first_to_act=(0,) * 4,
        max_raises=(most,) * 4,
        min_bet=1,
    )
    start = BettingState(rules, 3, 0, (put_in,) * 3, (False,) * 3, 0, 0, (False,) * 3, (0, 1, 2), ((),) * 4)
    return build_tree(rules, SizeMenu((bets,) * 4, ((1.0,),) * 4, (True,) * 4, 1.0), start)


def crowded_ranges(generator, board, cards, hands, ranks=range(13)):
    """float[player, 1326]: ``hands`` hands each, all of the same few cards of some ranks; every tenth weighs nothing
    beside the others.
    """
    left = [card for card in range(52) if card // 4 in ranks and card not in board]
    some = generator.permutation(left)[:cards].tolist()
    pairs = [hand_of_cards(first, second) for place, first in enumerate(some) for second in some[:place]]
    ranges = np.zeros((3, 1326))
    for of_player in ranges:
        chosen = generator.permutation(pairs)[:hands]
        of_player[chosen] = np.where(generator.random(chosen.size) < 0.1, 1e-3, generator.uniform(0.1, 1, chosen.size))
    return ranges


def twin_of(solver):
    """The plain twin of a solver of hold'em."""
    hands = [
        [(tuple(CARDS_OF_HAND[hand].tolist()), float(weight)) for hand, weight in zip(of_player, weights)]
        for of_player, weights in zip(solver.hands, solver.ranges)
    ]
    return NaiveThreeWay(solver.tree, solver.board, hands, FORMULA)


def solver_and_twin(seed, stacks, most=1, cards=11, hands=9):
    """(solver, twin) of a random river, with sums of either sign, as after four iterations; no two actions of a hand
    are as good as each other then, so that rounding decides nothing.
    """
    generator = np.random.default_rng(seed)
    board = generator.permutation(52)[:5].tolist()
    ranges = crowded_ranges(generator, board, cards, hands)
    solver = ThreeWaySolver(river_tree(stacks, most=most), board, ranges, Weights())
    twin = twin_of(solver)
    solver.iterations = twin.iterations = 4
    for node in np.flatnonzero(solver.tree.kind_of_node == KIND_DECISION).tolist():
        shape = solver.strategy(node).T.shape
        first = int(solver.game.offset[node])
        for ours, theirs, least in ((solver.sums.regret, twin.regret, -30), (solver.sums.strategy, twin.strategy, 0)):
            block = generator.uniform(least, 60, shape)
            ours[first : first + block.size] = block.ravel()
            theirs[node] = block
    return solver, twin
