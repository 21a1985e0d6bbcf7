"""The parts of an iteration, many times over, for timing them apart from each other."""

import numpy as np
from numba import njit

from holdem_mpi.kernels import rng
from holdem_mpi.kernels.cards.deal import sample_deal
from holdem_mpi.kernels.cards.evaluator import evaluate
from holdem_mpi.kernels.traversal.lane import deal_hands, open_streams
from holdem_mpi.kernels.traversal.sinks import has_room
from holdem_mpi.kernels.traversal.traverse_average import traverse_average


@njit(cache=True, _nrt=False)
def repeat_deals(tree, tables, deal, state, first, last):
    """Deal hands ``first`` to ``last``, each on a stream of its own; the sum of the first player's strengths.

    tree: TreeCode; tables: DealTables; deal: Deal and state: uint64[10], overwritten.
    """
    total = np.int64(0)
    for iteration in range(first, last):
        rng.open_stream(state, np.uint64(0), rng.DOMAIN_LANE_DEAL, 0, 0, iteration, 0)
        sample_deal(tables, tree, state, deal)
        total += deal.strength[0]
    return total


@njit(cache=True, _nrt=False)
def repeat_averages(tree, table, sink, tables, deal, work, key):
    """The average policy's passes of iterations key.first to key.last of a lane, without the traversals; arguments, end
    and result as of ``run_lane``.
    """
    apart = work.player.size < np.int64(work.players)
    each = work.players if apart else np.uint64(1)
    iteration = key.first
    while iteration < key.last:
        deals = min(work.strength.shape[0], key.last - iteration)
        if not has_room(sink, deals * key.chunks):
            return iteration - key.first
        traversals = 1 if apart else deals * np.int64(work.players)
        for number in range(each):
            if apart:
                work.player[0] = number
            deal_hands(tables, tree, deal, work, key, iteration, deals, np.int64(number), each)
            open_streams(work, key, rng.DOMAIN_AVERAGE, iteration, traversals)
            for index in range(traversals):
                traverse_average(tree, table, sink, work, np.uint64(index))
        iteration += deals
    return key.last - key.first


@njit(cache=True)
def repeat_evaluations(evaluator, hands):
    """Sum of the strengths of ``hands``: int64[hand, 7] of different cards."""
    total = np.int64(0)
    for hand in range(hands.shape[0]):
        total += evaluate(evaluator, hands[hand], hands.shape[1])
    return total
