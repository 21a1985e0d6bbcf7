"""A lane: the touched rows, stacks and streams that one run of iterations needs, grown as it goes."""

from typing import Any

import numpy as np

from holdem_mpi.game.layout import Layout
from holdem_mpi.kernels.arrays import (
    C_ENTRIES,
    C_FAULTS,
    C_ROWS,
    C_VISITS,
    NUM_COUNTERS,
    NUM_PARAMS,
    P_AVERAGE_INLINE,
    P_EXPLORATION,
    P_LANE_WEIGHT,
    P_PRUNE_BELOW,
    P_PRUNE_PROBABILITY,
    P_REGRET_BOUND,
    P_REGRET_SCALE,
    P_STRATEGY_SCALE,
    SLOT_BITS,
    Deal,
    DeltaRows,
    InPlace,
    RandomStream,
    TraversalWorkspace,
    TreeCode,
)
from holdem_mpi.kernels.cards.deal import DealTables, cards_dealt
from holdem_mpi.kernels.traversal.lane import LaneKey, run_lane
from holdem_mpi.kernels.traversal.rows import move_keys
from holdem_mpi.training.fixed_point import FixedPoint, capacity_of_iteration, depth_of_node

# Iterations in one kernel call: Python sees a signal only between calls.
_CALL_ITERATIONS = 2000
NO_SCRIPT = np.empty(0, np.float64)


def new_delta(rows: int, entries: int, dtype: type = np.int64) -> DeltaRows:
    """Empty DeltaRows with space for ``rows`` rows and ``entries`` table entries."""
    capacity = 1 << max(4, (2 * rows - 1).bit_length())
    return DeltaRows(
        hash_table=np.zeros(capacity, np.uint64),
        values=np.zeros(entries, dtype),
        rows=np.zeros(rows, np.uint64),
        counters=np.zeros(NUM_COUNTERS, np.int64),
    )


def clear_delta(delta: DeltaRows) -> None:
    """Forget all rows and counts, in place; the hash table is a lane's and was emptied at its end.

    Unused values are kept zero, so that touching a row need not write them.
    """
    delta.values[: delta.counters[C_ENTRIES]] = 0
    delta.counters.fill(0)


def grown_delta(old: DeltaRows, rows: int, entries: int) -> DeltaRows:
    """A copy of ``old`` with space for more rows and table entries."""
    grown = new_delta(rows, entries, old.values.dtype.type)
    for name in ("values", "rows", "counters"):
        source = getattr(old, name)
        getattr(grown, name)[: source.size] = source
    move_keys(old.hash_table, grown.hash_table)
    return grown


def new_workspace(layout: Layout) -> TraversalWorkspace:
    """Stacks deep and wide enough for ``layout``'s tree; all parameters zero, pruning off."""
    tree = layout.tree
    num_actions = tree.num_actions()
    deepest, widest = int(depth_of_node(tree.parent_of_node).max()) + 1, int(num_actions.max())
    params = np.zeros(NUM_PARAMS)
    params[P_PRUNE_BELOW] = -np.inf
    return TraversalWorkspace(
        params=params,
        sigma=np.zeros(deepest * widest),
        value=np.zeros(deepest * widest),
        frame=np.zeros((deepest, 6), np.uint64),
        expected=np.zeros(deepest),
        scratch=np.zeros(widest),
    )


def new_deal(layout: Layout, tables: DealTables) -> Deal:
    """An empty deal, with space for the cards that ``tables`` deals."""
    tree = layout.tree
    num_cards = cards_dealt(tables)
    return Deal(
        segment=np.zeros((tree.num_streets, tree.num_players), np.uint64),
        strength=np.zeros(tree.num_players, np.int64),
        cards=np.zeros(num_cards, np.int64),
        showdown=np.zeros(7, np.int64),
        suit_map=np.zeros(4, np.uint8),
    )


def new_stream(script: np.ndarray = NO_SCRIPT) -> RandomStream:
    """A random stream that is not open yet; ``script`` replaces its draws in tests."""
    return RandomStream(np.zeros(10, np.uint64), script)


class Traversals:
    """Kernel calls that sample iterations: the tree, the deck, and what a call works with."""

    def __init__(
        self,
        layout: Layout,
        tree_code: TreeCode,
        deal_tables: DealTables,
        *,
        lane_weight: int,
        seed: int,
        sampler: int,
        exploration: float,
        average_inline: bool,
        scales: FixedPoint,
        prune_below: float = -np.inf,
        prune_probability: float = 0.0,
    ) -> None:
        """lane_weight: how often a lane counts its own additions; prune_below: in chips."""
        self._tree = tree_code
        self._tables = deal_tables
        self._deal = new_deal(layout, deal_tables)
        self._stream = new_stream()
        self.work = new_workspace(layout)
        self._seed = seed
        self._sampler = sampler
        # (rows, table entries) that one iteration can touch at most.
        self.capacity = capacity_of_iteration(layout)
        params = self.work.params
        params[P_LANE_WEIGHT] = lane_weight
        params[P_REGRET_SCALE] = scales.regret_scale
        params[P_STRATEGY_SCALE] = scales.strategy_scale
        params[P_REGRET_BOUND] = scales.regret_bound
        params[P_EXPLORATION] = exploration
        params[P_AVERAGE_INLINE] = average_inline
        params[P_PRUNE_PROBABILITY] = prune_probability
        self._prune_below = prune_below * scales.regret_scale

    def run(self, table: np.ndarray, delta: DeltaRows | InPlace, span: tuple[int, int, int, int], prune: bool) -> int:
        """One kernel call over span (batch, lane, first, last), which adds to ``delta``; the iterations done."""
        self.work.params[P_PRUNE_BELOW] = self._prune_below if prune else -np.inf
        key = LaneKey(np.uint64(self._seed), self._sampler, *span, *self.capacity)
        return run_lane(self._tree, table, delta, self._tables, self._deal, self._stream, self.work, key)


class Counted:
    """What was added to ``delta`` since ``clear``, in numbers."""

    delta: DeltaRows | InPlace

    @property
    def visits(self) -> int:
        """Nodes visited since ``clear``."""
        return int(self.delta.counters[C_VISITS])

    @property
    def faults(self) -> int:
        """Contributions beyond their bound (or NaN) since ``clear``; they were not added."""
        return int(self.delta.counters[C_FAULTS])


class TouchedRows(Counted):
    """The rows that lanes touch, kept until ``clear``, with space that grows."""

    def __init__(self, capacity: tuple[int, int]) -> None:
        """capacity: rows and table entries that one iteration can touch at most."""
        self.delta = new_delta(2 * capacity[0], 2 * capacity[1])

    def grow(self) -> None:
        """Double the space. MemoryError where table entries outgrow what a key can hold."""
        old = self.delta
        if 2 * old.values.size >= 2 << SLOT_BITS:
            raise MemoryError(
                f"a rank's lanes touched more than {old.values.size} table entries between two merges; "
                "expected a smaller batch_size, or more ranks for these lanes"
            )
        self.delta = grown_delta(old, 2 * old.rows.size, 2 * old.values.size)

    def clear(self) -> None:
        """Forget all rows and counts."""
        clear_delta(self.delta)

    @property
    def rows(self) -> int:
        """Rows touched since ``clear``, once for each lane that touched them."""
        return int(self.delta.counters[C_ROWS])

    @property
    def bytes_in_use(self) -> int:
        """Bytes of the touched rows' arrays."""
        return sum(array.nbytes for array in self.delta)


class LaneRunner(TouchedRows):
    """Runs lanes one after another against a merged table and keeps the rows that they touch until ``clear``.

    A lane sees the merged table plus ``lanes`` times its own additions: it stands in for the lanes it cannot see.
    """

    def __init__(
        self, layout: Layout, tree_code: TreeCode, deal_tables: DealTables, *, lanes: int, **sampling: Any
    ) -> None:
        """sampling: as for Traversals."""
        self.traversals = Traversals(layout, tree_code, deal_tables, lane_weight=lanes, **sampling)
        super().__init__(self.traversals.capacity)

    def run(self, table: np.ndarray, batch: int, lane: int, batch_size: int, prune: bool = False) -> None:
        """Run iterations 0 to ``batch_size`` of (batch, lane); what they add stays in ``delta``."""
        done = 0
        while done < batch_size:
            last = min(batch_size, done + _CALL_ITERATIONS)
            done += self.traversals.run(table, self.delta, (batch, lane, done, last), prune)
            if done < last:
                self.grow()
        # The next lane must not see this one's additions; its rows stay for the merge.
        self.delta.hash_table.fill(0)


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
        self._traversals = Traversals(layout, tree_code, deal_tables, lane_weight=1, **sampling)
        self.delta = InPlace(table, np.zeros(NUM_COUNTERS, np.int64), floor)

    def run_on(self, batch: int, lane: int, first: int, last: int, prune: bool = False) -> None:
        """Run iterations ``first`` to ``last`` of (batch, lane) in one kernel call."""
        self._traversals.run(self.delta.values, self.delta, (batch, lane, first, last), prune)

    def clear(self) -> None:
        """Set the counts to zero; the table stays as it is."""
        self.delta.counters.fill(0)

    @property
    def bytes_in_use(self) -> int:
        """Bytes of the arrays that a rank needs besides the table."""
        return self.delta.counters.nbytes
