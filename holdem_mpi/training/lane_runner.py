"""Lanes: runs of iterations against a merged table, and where they keep what they add until the merge."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np

from holdem_mpi.game.layout import Layout
from holdem_mpi.kernels import rng
from holdem_mpi.kernels.arrays import (
    C_FAULTS,
    C_VISITS,
    NUM_PARAMS,
    P_AVERAGE_INLINE,
    P_EXPLORATION,
    P_LANE_WEIGHT,
    P_PRUNE_BELOW,
    P_PRUNE_PROBABILITY,
    P_REGRET_BOUND,
    P_REGRET_SCALE,
    P_STRATEGY_SCALE,
    STREAM_WORDS,
    Deal,
    DenseDelta,
    InPlace,
    SegmentLogs,
    TraversalWorkspace,
    TreeCode,
)
from holdem_mpi.kernels.calls import KernelCall
from holdem_mpi.kernels.cards.deal import DealTables, cards_dealt
from holdem_mpi.kernels.traversal.lane import GOLDEN, LaneKey, run_lane
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host_ranks import SharedArray
from holdem_mpi.training.dense_delta import new_dense_delta
from holdem_mpi.training.fixed_point import FixedPoint, depth_of_node, most_nodes
from holdem_mpi.training.lane_logs import LaneLogs
from holdem_mpi.training.late_log_merge import LateLogMerger
from holdem_mpi.training.late_whole_merge import LateWholeMerger
from holdem_mpi.training.log_merge import LogMerger
from holdem_mpi.training.whole_merge import WholeMerger

# Iterations in one kernel call: Python sees a signal only between calls.
_CALL_ITERATIONS = 2000
# The same while sums of the last batch travel to other hosts, which they do only where MPI is asked now and then: half
# a millisecond of hold'em.
_POKED_ITERATIONS = 32
# Iterations that are walked at once, and the bytes that this may take: more do not make it faster.
_AT_ONCE, _AT_ONCE_BYTES = 8, 16 << 20
NO_SCRIPT = np.empty(0, np.float64)


def new_workspace(layout: Layout, at_once: int | None = None, script: np.ndarray = NO_SCRIPT) -> TraversalWorkspace:
    """Space for the traversals of ``at_once`` iterations, or for one alone; all parameters zero, pruning off.

    script: replaces their draws in tests.
    """
    tree = layout.tree
    players, widest = tree.num_players, max(3, int(tree.num_actions().max()))
    depth = int(depth_of_node(tree.parent_of_node).max()) + 1
    most = [most_nodes(tree, player) for player in range(players)]
    traversals, capacity = (at_once * players, at_once * sum(most)) if at_once else (1, max(most))
    at_once = at_once or 1
    params = np.zeros(NUM_PARAMS)
    params[P_PRUNE_BELOW] = -np.inf
    words = {"kept": capacity, "links": capacity, "pruned": capacity, "nodes": 3 * capacity, "places": 3 * capacity}
    return TraversalWorkspace(
        params=params,
        script=script,
        random=np.zeros(traversals * STREAM_WORDS, np.uint64),
        segment=np.zeros(at_once * players * tree.num_streets, np.uint64),
        strength=np.zeros((at_once, players), np.int64),
        player=np.arange(traversals, dtype=np.uint64) % np.uint64(players),
        of_deal=np.arange(traversals, dtype=np.uint64) // np.uint64(players) * np.uint64(players * tree.num_streets),
        ahead=np.zeros(traversals),
        prune_below=np.full(traversals, -np.inf),
        sigma=np.zeros(capacity * widest),
        value=np.zeros(traversals + capacity * widest),
        scratch=np.zeros(widest),
        uniform=1.0 / np.maximum(1, np.arange(widest + 1)),
        path=np.zeros(traversals * depth * 3, np.uint64),
        widest=np.uint64(widest),
        depth=np.uint64(depth),
        streets=np.uint64(tree.num_streets),
        players=np.uint64(players),
        capacity=np.uint64(capacity),
        **{name: np.zeros(size, np.uint64) for name, size in words.items()},
    )


def iterations_at_once(layout: Layout) -> int:
    """How many iterations a kernel walks at once: fewer where a traversal may be large. No result depends on it."""
    alone = new_workspace(layout, 1)
    return max(1, min(_AT_ONCE, _AT_ONCE_BYTES // sum(np.asarray(part).nbytes for part in alone)))


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


class Traversals:
    """Kernel calls that sample iterations: the tree, the deck, and what a call works with."""

    def __init__(
        self,
        layout: Layout,
        tree_code: TreeCode,
        deal_tables: DealTables,
        *,
        at_once: int | None,
        lane_weight: int,
        seed: int,
        sampler: int,
        exploration: float,
        average_inline: bool,
        scales: FixedPoint,
        correlated: bool = False,
        prune_below: float = -np.inf,
        prune_probability: float = 0.0,
    ) -> None:
        """at_once: iterations that do not see what the others add; None: each traversal sees what those before it in
        its lane have added; lane_weight: how often a lane counts what it has added, where it sees that; correlated:
        whether deals are correlated draws; prune_below: in chips.
        """
        self._tree = tree_code
        self._tables = deal_tables
        self._deal = new_deal(layout, deal_tables)
        self._call = KernelCall(run_lane)
        self.work = new_workspace(layout, at_once)
        self._seed = seed
        self._sampler = sampler
        self._correlated = correlated
        self._deals = 1 if at_once else layout.tree.num_players
        params = self.work.params
        params[P_LANE_WEIGHT] = lane_weight
        params[P_REGRET_SCALE] = scales.regret_scale
        params[P_STRATEGY_SCALE] = scales.strategy_scale
        params[P_REGRET_BOUND] = scales.regret_bound
        params[P_EXPLORATION] = exploration
        params[P_AVERAGE_INLINE] = average_inline
        params[P_PRUNE_PROBABILITY] = prune_probability
        self._prune_below = prune_below * scales.regret_scale

    def run(
        self,
        table: np.ndarray,
        sink: SegmentLogs | DenseDelta | InPlace,
        span: tuple[int, int, int, int],
        prune: bool,
        chunks: int = 0,
        number: int | None = 0,
    ) -> int:
        """One kernel call over span (batch, lane, first, last), which adds to ``sink``; the iterations done.

        chunks: the most that an iteration fills of SegmentLogs. number: of the lane's iteration 0 in the whole run, for
        correlated draws; None where that is not known: then they begin anew with each (batch, lane).
        """
        self.work.params[P_PRUNE_BELOW] = self._prune_below if prune else -np.inf
        if not prune:
            self.work.prune_below.fill(-np.inf)
        batch, lane, first, last = span
        key = LaneKey(
            seed=np.uint64(self._seed),
            sampler=self._sampler,
            batch=batch,
            lane=lane,
            first=first,
            last=last,
            chunks=chunks,
            correlated=self._correlated,
            phase=self._phase(batch, lane, number) if self._correlated else np.uint64(0),
        )
        return self._call(self._tree, table, sink, self._tables, self._deal, self.work, key)

    def _phase(self, batch: int, lane: int, number: int | None) -> np.uint64:
        """Where the first deal of a lane lies in the unit interval, in 2**64ths; where the run begins is uniform."""
        state = np.zeros(10, np.uint64)
        stream = (batch, lane, 0, 1) if number is None else (0, 0, 0, 0)
        rng.open_stream(state, np.uint64(self._seed), rng.DOMAIN_PHASE, *stream)
        begin = int(rng.draw_word(state)) << 32 | int(rng.draw_word(state))
        return np.uint64((begin + (number or 0) * self._deals * GOLDEN) % 2**64)

    @property
    def bytes_in_use(self) -> int:
        """Bytes of the arrays that it works with."""
        return sum(np.asarray(part).nbytes for part in self.work)


def _nothing_travels() -> bool:
    return False


class Counted:
    """Counts what was added to ``sink`` since ``clear``.

    between_calls: asked between two kernel calls; while it answers True they are short, so that it is asked often.
    """

    sink: SegmentLogs | DenseDelta | InPlace
    between_calls: Callable[[], bool] = staticmethod(_nothing_travels)

    def end_of_call(self, first: int, batch_size: int) -> int:
        """Iteration before which a kernel call that begins with ``first`` is to end."""
        return min(batch_size, first + (_POKED_ITERATIONS if self.between_calls() else _CALL_ITERATIONS))

    @property
    def visits(self) -> int:
        """How many nodes were visited since ``clear``."""
        return int(self.sink.counters[C_VISITS])

    @property
    def faults(self) -> int:
        """Nodes whose value was beyond its bound (or NaN) since ``clear``; nothing was added for them."""
        return int(self.sink.counters[C_FAULTS])


class DenseLanes(Counted, ABC):
    """Keeps what each lane adds in a table of integers of its own, which the lane sees, and sums over the lanes.

    What small tables have: one batch changes much of them.
    """

    def __init__(self, entries: int) -> None:
        self.sink = new_dense_delta(entries)
        self.sums = np.zeros_like(self.sink.values)

    def go_on(self, table: np.ndarray) -> bool:
        """Run the lanes that ``begin`` named; True, as all are done."""
        batch, lanes, batch_size, prune, number = self._batch
        for lane in lanes:
            self.run(table, batch, lane, batch_size, prune, number)
        return True

    def begin(self, batch: int, lanes: range, batch_size: int, prune: bool, number: int = 0) -> None:
        """Name what is to be run next: iterations 0 to ``batch_size`` of each of these lanes of a batch; number: of the
        run's iterations before the batch.
        """
        self._batch = batch, lanes, batch_size, prune, number

    def run(
        self, table: np.ndarray, batch: int, lane: int, batch_size: int, prune: bool = False, number: int = 0
    ) -> None:
        """Run iterations 0 to ``batch_size`` of (batch, lane); what they add goes to ``sums``."""
        self.run_lane(table, batch, lane, batch_size, prune, number + lane * batch_size)
        np.add(self.sums, self.sink.values, out=self.sums)
        self.sink.values.fill(0)

    @abstractmethod
    def run_lane(self, table: np.ndarray, batch: int, lane: int, batch_size: int, prune: bool, number: int) -> None:
        """The lane itself; it leaves what it adds in ``sink``. number: of its first iteration in the whole run."""

    def merger(self, comm: Communicator, table: SharedArray, floor: float) -> WholeMerger:
        """What adds the sums of all ranks to the table. Collective."""
        return WholeMerger(comm, table, self.sums, floor)

    def late_merger(self, comm: Communicator, table: SharedArray, floor: float, flags: int) -> LateWholeMerger:
        """The same, one batch later; ``flags`` numbers travel with the sums. Collective."""
        return LateWholeMerger(comm, table, self.sums, floor, flags)

    def clear(self) -> None:
        """Forget sums and counts."""
        self.sums.fill(0)
        self.sink.counters.fill(0)

    @property
    def bytes_in_use(self) -> int:
        """Bytes of the arrays beside the table."""
        return self.sink.values.nbytes + self.sums.nbytes


class SmallTableRunner(DenseLanes):
    """Runs lanes one after another, traversal by traversal.

    A lane sees the merged table plus ``lanes`` times its own additions: it stands in for the lanes it cannot see.
    """

    def __init__(
        self, layout: Layout, tree_code: TreeCode, deal_tables: DealTables, *, lanes: int, **sampling: Any
    ) -> None:
        """lanes: for how many a lane stands; sampling: as for Traversals."""
        super().__init__(2 * layout.num_pairs)
        self.traversals = Traversals(layout, tree_code, deal_tables, at_once=None, lane_weight=lanes, **sampling)

    def run_lane(self, table: np.ndarray, batch: int, lane: int, batch_size: int, prune: bool, number: int) -> None:
        """In kernel calls that are not too long."""
        first = 0
        while first < batch_size:
            last = self.end_of_call(first, batch_size)
            first += self.traversals.run(table, self.sink, (batch, lane, first, last), prune, number=number)


class LogRunner(Counted):
    """Runs lanes against a table that stays as it is until the merge, and writes what they would add to logs."""

    def __init__(
        self,
        layout: Layout,
        tree_code: TreeCode,
        deal_tables: DealTables,
        *,
        comm: Communicator,
        wide: bool,
        scales: FixedPoint,
        **sampling: Any,
    ) -> None:
        """wide: whether contributions need 64 bits; sampling: as for Traversals. Collective."""
        at_once = iterations_at_once(layout)
        self.traversals = Traversals(
            layout, tree_code, deal_tables, at_once=at_once, lane_weight=1, scales=scales, **sampling
        )
        self.logs = LaneLogs(layout, comm, wide, at_once)
        self._strategy_scale = scales.strategy_scale
        self._todo: list[tuple[int, int]] = []

    @property
    def sink(self) -> SegmentLogs:  # type: ignore[override]
        """The logs of this rank."""
        return self.logs.own

    def begin(self, batch: int, lanes: range, batch_size: int, prune: bool, number: int = 0) -> None:
        """Name what is to be run next: iterations 0 to ``batch_size`` of each of these lanes of a batch; number: of the
        run's iterations before the batch.
        """
        self._batch = batch, batch_size, prune, number
        self._todo = [(lane, 0) for lane in lanes]

    def go_on(self, table: np.ndarray) -> bool:
        """Run the lanes that ``begin`` named, from where the last call stopped; whether all are done. If not, the logs
        are full.
        """
        batch, batch_size, prune, number = self._batch
        while self._todo:
            lane, first = self._todo[0]
            last = self.end_of_call(first, batch_size)
            span = batch, lane, first, last
            chunks, of_lane = self.logs.chunks_of_iteration, number + lane * batch_size
            done = first + self.traversals.run(table, self.logs.own, span, prune, chunks, of_lane)
            self._todo[:1] = [(lane, done)] if done < batch_size else []
            if done < last:
                return False
        return True

    def run(
        self, table: np.ndarray, batch: int, lane: int, batch_size: int, prune: bool = False, number: int = 0
    ) -> None:
        """Run iterations 0 to ``batch_size`` of (batch, lane), for which the logs must have room."""
        self.begin(batch, range(lane, lane + 1), batch_size, prune, number)
        if not self.go_on(table):
            raise MemoryError("the logs of a rank are full")

    def merger(self, comm: Communicator, table: SharedArray, floor: float) -> LogMerger:
        """What works the logs of all ranks off. Collective."""
        return LogMerger(comm, table, self.logs, self._strategy_scale, floor)

    def late_merger(self, comm: Communicator, table: SharedArray, floor: float, flags: int) -> LateLogMerger:
        """The same, one batch later; ``flags`` numbers travel with the sums. Collective."""
        return LateLogMerger(comm, table, self.logs, self._strategy_scale, floor, flags)

    def clear(self) -> None:
        """Forget what the logs hold, and counts."""
        self.logs.clear()

    @property
    def bytes_in_use(self) -> int:
        """Bytes of the arrays beside the table."""
        return self.logs.bytes_in_use + self.traversals.bytes_in_use
