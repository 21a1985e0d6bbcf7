"""Deals as buckets, and what pairs of them say of the street that follows."""

import numpy as np
from numba import njit

from holdem_mpi.kernels import rng
from holdem_mpi.kernels.cards.deal import sample_deal


@njit(cache=True)
def sample_bucket_deals(tables, tree, deal, seed, seat, buckets, strength):
    """Draw deals by (seed, seat): ``buckets`` int32[deal, street, player] and ``strength`` int64[deal, player], larger
    wins at a showdown. Both are written.

    tree: TreeCode with base_pair 0 and width 1, so that segments are buckets; deal: Deal, scratch.
    """
    state = np.zeros(10, np.uint64)
    for number in range(len(strength)):
        rng.open_stream(state, seed, rng.DOMAIN_BUCKET_DEALS, 0, 0, number, seat)
        sample_deal(tables, tree, state, deal)
        for player in range(strength.shape[1]):
            strength[number, player] = deal.strength[player]
            for street in range(buckets.shape[1]):
                buckets[number, street, player] = np.int32(deal.segment[street, player])


@njit(cache=True)
def step_back(first_of_pair, next_pair, share, later, earlier):
    """Expected values one street earlier: earlier[pair] = sum of share * later[next_pair], columns side by side.

    first_of_pair: int64[pairs + 1]; next_pair, share: int32 and float32[entries], by pair; later: float32[pairs of the
    later street, column]; earlier: float32[pair, column], written.
    """
    columns = later.shape[1]
    earlier[:] = 0.0
    for pair in range(first_of_pair.size - 1):
        for entry in range(first_of_pair[pair], first_of_pair[pair + 1]):
            weight = share[entry]
            place = next_pair[entry]
            for column in range(columns):
                earlier[pair, column] += weight * later[place, column]
