"""Iterations of one lane, one after another, on the lane's own streams."""

from typing import NamedTuple

import numpy as np
from numba import njit

from holdem_mpi.kernels import rng
from holdem_mpi.kernels.arrays import P_AVERAGE_INLINE, P_PRUNE_BELOW, P_PRUNE_PROBABILITY
from holdem_mpi.kernels.cards.deal import sample_deal
from holdem_mpi.kernels.traversal.rows import has_capacity
from holdem_mpi.kernels.traversal.traverse_average import traverse_average
from holdem_mpi.kernels.traversal.traverse_external import traverse_external
from holdem_mpi.kernels.traversal.traverse_outcome import traverse_outcome

SAMPLER_EXTERNAL = 0
SAMPLER_OUTCOME = 1


class LaneKey(NamedTuple):
    """What names a lane's streams: uint64 seed; batch, lane, and the span of iterations [first, last) to run.

    rows_capacity, entries_capacity: the most rows and entries that one iteration can add to ``delta``.
    """

    seed: np.uint64
    sampler: int
    batch: int
    lane: int
    first: int
    last: int
    rows_capacity: int
    entries_capacity: int


@njit(cache=True, _nrt=False)
def run_lane(tree, table, delta, tables, deal, stream, work, key):
    """Run iterations key.first to key.last of a lane: one traversal for each updating player, each on its own deal.

    Stops early where ``delta`` might not hold another iteration's rows. Returns the iterations done, from key.first on.

    tree: TreeCode; table: float[entries], read only; delta: DeltaRows, or an InPlace of ``table`` itself, changed;
    tables: DealTables; deal: Deal, stream: RandomStream, work: TraversalWorkspace, overwritten; key: LaneKey.
    """
    players = deal.strength.size
    prune_below = work.params[P_PRUNE_BELOW]
    for iteration in range(key.first, key.last):
        if not has_capacity(delta, key.rows_capacity, key.entries_capacity):
            return iteration - key.first
        for player in range(players):
            rng.open_stream(stream.state, key.seed, rng.DOMAIN_TRAVERSE, key.batch, key.lane, iteration, player)
            sample_deal(tables, tree, stream.state, deal)
            if key.sampler == SAMPLER_EXTERNAL:
                if prune_below > -np.inf:
                    prunes = rng.draw_unit(stream.state) < work.params[P_PRUNE_PROBABILITY]
                    work.params[P_PRUNE_BELOW] = prune_below if prunes else -np.inf
                traverse_external(tree, table, delta, deal, stream, work, player)
                work.params[P_PRUNE_BELOW] = prune_below
            else:
                traverse_outcome(tree, table, delta, deal, stream, work, player)
            if work.params[P_AVERAGE_INLINE] == 0.0:
                rng.open_stream(stream.state, key.seed, rng.DOMAIN_AVERAGE, key.batch, key.lane, iteration, player)
                sample_deal(tables, tree, stream.state, deal)
                traverse_average(tree, table, delta, deal, stream, work, player)
    return key.last - key.first
