"""Iterations of one lane, on the lane's own streams."""

from typing import NamedTuple

import numpy as np
from numba import njit

from holdem_mpi.kernels import rng
from holdem_mpi.kernels.arrays import P_AVERAGE_INLINE, P_PRUNE_BELOW, P_PRUNE_PROBABILITY, STREAM_WORDS
from holdem_mpi.kernels.cards.deal import D_DECK, DECK_TOY, finish_deal, start_deal
from holdem_mpi.kernels.traversal.regret import draw
from holdem_mpi.kernels.traversal.sinks import has_room
from holdem_mpi.kernels.traversal.traverse_average import traverse_average
from holdem_mpi.kernels.traversal.traverse_external import traverse_external
from holdem_mpi.kernels.traversal.traverse_outcome import traverse_outcome

SAMPLER_EXTERNAL = 0
SAMPLER_OUTCOME = 1

_STREAM_WORDS = np.uint64(STREAM_WORDS)
# The golden ratio's fractional part, in 2**64ths: multiples of it lie evenly however many there are.
GOLDEN = 0x9E3779B97F4A7C15
_GOLDEN = np.uint64(GOLDEN)


class LaneKey(NamedTuple):
    """What names a lane's streams: uint64 seed; batch, lane, and the span of iterations [first, last) to run.

    chunks: the most chunks of logs that one iteration can fill.
    correlated: whether deals are correlated draws (arXiv:2607.27035) instead of independent ones: the n-th of the run
        at the quantile phase + n * 0.618... (mod 1), the run's phase being uniform.
    phase: uint64, in 2**64ths, where the first deal of the lane lies.
    """

    seed: np.uint64
    sampler: int
    batch: int
    lane: int
    first: int
    last: int
    chunks: int
    correlated: bool = False
    phase: np.uint64 = np.uint64(0)


@njit(cache=True, _nrt=False, inline="always")
def deal_hands(tables, tree, deal, work, key, iteration, deals, number, each):
    """Deal the hands of so many iterations into ``work``; what one of them asks for comes while the next are dealt.

    number: of the deal among those of its iteration, of which there are ``each`` (uint64).
    """
    hands = work.streets * work.players
    for index in range(deals):
        state = work.random
        rng.open_stream(state, key.seed, rng.DOMAIN_LANE_DEAL, key.batch, key.lane, iteration + index, number)
        quantile = key.phase + (np.uint64(iteration + index) * each + np.uint64(number)) * _GOLDEN
        start_deal(tables, tree, state, deal, key.correlated, quantile)
        begin = np.uint64(index) * hands
        for street in range(work.streets):
            for player in range(work.players):
                place = begin + np.uint64(street) * work.players + np.uint64(player)
                work.segment[place] = deal.segment[street, player]
        for player in range(work.players):
            work.strength[index, player] = deal.strength[player]
        if work.players == np.uint64(2):
            ahead = np.float64(np.sign(deal.strength[0] - deal.strength[1]))
            for traversal in range(2 * index, min(2 * index + 2, work.player.size)):
                work.ahead[traversal] = -ahead if work.player[traversal] else ahead
    if tables.shape[D_DECK] != DECK_TOY:
        for index in range(deals):
            finish_deal(tables, tree, work.segment, np.uint64(index) * hands)


@njit(cache=True, _nrt=False, inline="always")
def open_streams(work, key, domain, iteration, traversals):
    """Open the streams of so many traversals, in order of iterations."""
    for index in range(traversals):
        traversal = np.uint64(index)
        state = work.random[traversal * _STREAM_WORDS :]
        of_iteration = iteration + np.int64(traversal // work.players)
        rng.open_stream(state, key.seed, domain, key.batch, key.lane, of_iteration, np.int64(work.player[traversal]))


@njit(cache=True, _nrt=False, inline="always")
def _traverse(tree, table, sink, work, key, iteration, traversals):
    """So many traversals at once, on the deals that they have, and their averaging passes before them."""
    if work.params[P_AVERAGE_INLINE] == 0.0:
        open_streams(work, key, rng.DOMAIN_AVERAGE, iteration, traversals)
        for index in range(traversals):
            traverse_average(tree, table, sink, work, np.uint64(index))
    open_streams(work, key, rng.DOMAIN_TRAVERSE, iteration, traversals)
    if key.sampler == SAMPLER_EXTERNAL:
        prune_below = work.params[P_PRUNE_BELOW]
        if prune_below > -np.inf:
            for index in range(traversals):
                prunes = draw(work, np.uint64(index)) < work.params[P_PRUNE_PROBABILITY]
                work.prune_below[index] = prune_below if prunes else -np.inf
        traverse_external(tree, table, sink, work, traversals)
    else:
        traverse_outcome(tree, table, sink, work, traversals)


@njit(cache=True, _nrt=False)
def run_lane(tree, table, sink, tables, deal, work, key):
    """Run iterations key.first to key.last of a lane: in each, one traversal for each player.

    Where ``work`` has space for all players' traversals, they are walked on one deal, and those of as many iterations
    as there is space for at once; none of these sees what another adds. Where it has space for one alone, each has a
    deal of its own and sees what the one before has added. (Two that follow each other on one deal would let a player
    answer the very hand that it is about to meet.)

    Stops early where ``sink`` might not hold what comes next. Returns the iterations done, from key.first on.

    tree: TreeCode; table: float[entries], read only; sink: SegmentLogs, DenseDelta, or an InPlace of ``table`` itself,
    changed; tables: DealTables; deal: Deal, work: TraversalWorkspace, overwritten; key: LaneKey.
    """
    apart = work.player.size < np.int64(work.players)
    each = work.players if apart else np.uint64(1)
    at_once = work.strength.shape[0]
    iteration = key.first
    while iteration < key.last:
        deals = min(at_once, key.last - iteration)
        if not has_room(sink, deals * key.chunks):
            return iteration - key.first
        traversals = 1 if apart else deals * np.int64(work.players)
        for number in range(each):
            if apart:
                work.player[0] = number
            deal_hands(tables, tree, deal, work, key, iteration, deals, np.int64(number), each)
            _traverse(tree, table, sink, work, key, iteration, traversals)
        iteration += deals
    return key.last - key.first
