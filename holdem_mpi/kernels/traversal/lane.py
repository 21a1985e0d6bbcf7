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


class LaneKey(NamedTuple):
    """What names a lane's streams: uint64 seed; batch, lane, and the span of iterations [first, last) to run.

    chunks: the most chunks of logs that one iteration can fill.
    """

    seed: np.uint64
    sampler: int
    batch: int
    lane: int
    first: int
    last: int
    chunks: int


@njit(cache=True, _nrt=False, inline="always")
def deal_hands(tables, tree, deal, work, key, iteration, deals):
    """Deal the hands of so many iterations into ``work``; what one of them asks for comes while the next are dealt."""
    hands = work.streets * work.players
    for index in range(deals):
        state = work.random
        rng.open_stream(state, key.seed, rng.DOMAIN_LANE_DEAL, key.batch, key.lane, iteration + index, 0)
        start_deal(tables, tree, state, deal)
        begin = np.uint64(index) * hands
        for street in range(work.streets):
            for player in range(work.players):
                place = begin + np.uint64(street) * work.players + np.uint64(player)
                work.segment[place] = deal.segment[street, player]
        for player in range(work.players):
            work.strength[index, player] = deal.strength[player]
        if work.players == np.uint64(2):
            ahead = np.float64(np.sign(deal.strength[0] - deal.strength[1]))
            work.ahead[np.uint64(2 * index)] = ahead
            work.ahead[np.uint64(2 * index + 1)] = -ahead
    if tables.shape[D_DECK] != DECK_TOY:
        for index in range(deals):
            finish_deal(tables, tree, work.segment, np.uint64(index) * hands)


@njit(cache=True, _nrt=False, inline="always")
def open_streams(work, key, domain, iteration, deals):
    """Open the streams of the traversals of so many iterations."""
    for index in range(deals):
        for player in range(work.players):
            traversal = np.uint64(index) * work.players + np.uint64(player)
            state = work.random[traversal * _STREAM_WORDS :]
            rng.open_stream(state, key.seed, domain, key.batch, key.lane, iteration + index, player)


@njit(cache=True, _nrt=False)
def run_lane(tree, table, sink, tables, deal, work, key):
    """Run iterations key.first to key.last of a lane: for each a deal, and on it one traversal for each player.

    Iterations go through as many at once as ``work`` has space for; none of these sees what another adds. Stops early
    where ``sink`` might not hold what the next ones add. Returns the iterations done, from key.first on.

    tree: TreeCode; table: float[entries], read only; sink: SegmentLogs, DenseDelta, or an InPlace of ``table`` itself,
    changed; tables: DealTables; deal: Deal, work: TraversalWorkspace, overwritten; key: LaneKey.
    """
    at_once = work.strength.shape[0]
    prune_below = work.params[P_PRUNE_BELOW]
    iteration = key.first
    while iteration < key.last:
        deals = min(at_once, key.last - iteration)
        if not has_room(sink, deals * key.chunks):
            return iteration - key.first
        deal_hands(tables, tree, deal, work, key, iteration, deals)
        traversals = deals * np.int64(work.players)
        if work.params[P_AVERAGE_INLINE] == 0.0:
            open_streams(work, key, rng.DOMAIN_AVERAGE, iteration, deals)
            for index in range(traversals):
                traverse_average(tree, table, sink, work, np.uint64(index))
        open_streams(work, key, rng.DOMAIN_TRAVERSE, iteration, deals)
        if key.sampler == SAMPLER_EXTERNAL:
            if prune_below > -np.inf:
                for index in range(traversals):
                    prunes = draw(work, np.uint64(index)) < work.params[P_PRUNE_PROBABILITY]
                    work.prune_below[index] = prune_below if prunes else -np.inf
            traverse_external(tree, table, sink, work, traversals)
        else:
            traverse_outcome(tree, table, sink, work, traversals)
        iteration += deals
    return key.last - key.first
