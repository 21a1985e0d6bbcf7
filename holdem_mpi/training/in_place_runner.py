"""Iterations that update a table in place (``mode: racing``)."""

from typing import Any

import numpy as np

from holdem_mpi.game.layout import Layout
from holdem_mpi.kernels.arrays import NUM_COUNTERS, InPlace, TreeCode
from holdem_mpi.kernels.cards.deal import DealTables
from holdem_mpi.training.lane_runner import Counted, Traversals, iterations_at_once


class InPlaceRunner(Counted):
    """Runs iterations that update a table at once, beside the other ranks that have it in common (``mode: racing``)."""

    def __init__(
        self,
        table: np.ndarray,
        floor: float,
        layout: Layout,
        tree_code: TreeCode,
        deal_tables: DealTables,
        **sampling: Any,
    ) -> None:
        """table: float64[entries]; floor: no regret stays below it; sampling: as for Traversals."""
        at_once = iterations_at_once(layout)
        self._traversals = Traversals(layout, tree_code, deal_tables, at_once=at_once, lane_weight=1, **sampling)
        self.sink = InPlace(table, np.zeros(NUM_COUNTERS, np.int64), floor)

    def run_on(self, batch: int, lane: int, first: int, last: int, prune: bool = False) -> None:
        """Run iterations ``first`` to ``last`` of (batch, lane) in one kernel call."""
        self._traversals.run(self.sink.values, self.sink, (batch, lane, first, last), prune, number=None)

    def clear(self) -> None:
        """Set the counts to zero; the table stays as it is."""
        self.sink.counters.fill(0)

    @property
    def bytes_in_use(self) -> int:
        """Bytes of the arrays that a rank needs besides the table."""
        return self.sink.counters.nbytes + self._traversals.bytes_in_use
