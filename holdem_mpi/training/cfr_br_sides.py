"""Columns of one shape on one street, for a seat that plays buckets and its best responder: what both note."""

import numpy as np

from holdem_mpi.best_response.street_program import StreetProgram
from holdem_mpi.cards import NUM_HANDS
from holdem_mpi.game.layout import Layout
from holdem_mpi.kernels.response.record import BEST, ResponseRecord
from holdem_mpi.kernels.simd import WIDTH, aligned

# Boards of the last street below one flop, and so marks to be kept, at most; the turn's.
_MOST_BOARDS = 49


class Side:
    """What is noted for one seat's problem on one street, for columns of one shape: ``best`` is the program of the best
    responder, ``mixed`` that of the seat itself.

    reach: float64[blocks, buckets, decisions, WIDTH], the seat's.
    policy: float64[blocks, buckets, edges, WIDTH], its strategy.
    gain: like ``policy``, the values of its actions.
    mark: uint8[blocks, boards, decisions, 1326, WIDTH], the best actions of the other.
    pairs_of_reach, pairs_of_gain, edges_of_reach, edges_of_gain: where they lie in the table.
    """

    def __init__(self, best: StreetProgram, mixed: StreetProgram, layout: Layout, street: int) -> None:
        boards = _MOST_BOARDS if street > 1 else 1
        buckets, blocks = layout.num_buckets[street], best.blocks
        self.reach = aligned(blocks, buckets, max(len(best.opponent_nodes), 1), WIDTH)
        self.policy = aligned(blocks, buckets, max(mixed.first_own_edge[-1], 1), WIDTH)
        self.gain = aligned(*self.policy.shape)
        decisions = max(len(best.own_nodes), 1)
        self.mark = np.zeros((blocks, boards, decisions, NUM_HANDS, WIDTH), np.uint8)
        number = {nodes[0]: place for place, nodes in enumerate(best.own_nodes)}
        self._numbers = np.array([number[nodes[0]] for nodes in mixed.opponent_nodes] or [0], np.int64)
        self.pairs_of_reach = best.pairs(layout, best.opponent_nodes)
        self.pairs_of_gain = mixed.pairs(layout, mixed.own_nodes)
        self.edges_of_reach, self.edges_of_gain = np.array(best.first_edge), np.array(mixed.first_own_edge)
        self._idle = not best.own_nodes and not best.opponent_nodes

    def record(self, mode: int, weight: np.ndarray) -> ResponseRecord | None:
        """The ResponseRecord of a pass over the street's boards; weight: float64[boards]. None where nobody acts."""
        if self._idle:
            return None
        numbers = np.arange(self.mark.shape[2]) if mode == BEST else self._numbers
        return ResponseRecord(
            mode=mode, mark=self.mark, node=numbers, reach=self.reach, policy=self.policy, gain=self.gain, weight=weight
        )
