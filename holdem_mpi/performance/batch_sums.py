"""What a batch leaves to be merged: bytes of logs, and of the blocks that it adds to; counted on a few lanes."""

import math
from typing import NamedTuple

import numpy as np

from holdem_mpi.kernels.traversal.merge_logs import BLOCK, count_marks, mark_segments
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.tabular import table_entries
from holdem_mpi.training.algorithm import algorithm_of
from holdem_mpi.training.lane_runner import LogRunner
from holdem_mpi.training.problem import Problem

# Bytes of a block of sums, and of one entry's.
_ENTRY_BYTES = 8
_BLOCK_BYTES = BLOCK * _ENTRY_BYTES
# Lanes whose blocks are counted, iterations of the larger of two batch sizes at most, and how much smaller the other
# is.
_LANES, _MOST_ITERATIONS, _RATIO = 4, 8000, 4
_NO_WINDOWS = np.zeros((0, 0), np.int64)


class BatchSums(NamedTuple):
    """Bytes that batches leave to be merged.

    logged: bytes of logs that an iteration writes; 0 where whole tables are summed.
    blocks: bytes of the sums of all blocks that one lane of ``batch_size`` iterations adds to; a block that is met
        again counts once.
    batch_size: iterations of a lane when that was counted.
    growth_in_batch, growth_in_lanes: exponents with which the blocks grow with the batch size and with the lanes.
    most: bytes of the sums of the whole table.
    """

    logged: float
    blocks: float
    batch_size: int
    growth_in_batch: float
    growth_in_lanes: float
    most: float

    def logs(self, batch_size: float, lanes: float) -> float:
        """Bytes of logs of so many lanes."""
        return self.logged * batch_size * lanes

    def union(self, batch_size: float, lanes: float) -> float:
        """Bytes of the sums that ``lanes`` lanes have together, as hosts exchange them."""
        grown = (batch_size / self.batch_size) ** self.growth_in_batch * lanes**self.growth_in_lanes
        return min(self.blocks * grown, self.most)


def whole_tables(entries: int) -> BatchSums:
    """Of batches whose sums are a whole table, each time."""
    most = float(_ENTRY_BYTES * entries)
    return BatchSums(logged=0.0, blocks=most, batch_size=1, growth_in_batch=0.0, growth_in_lanes=0.0, most=most)


def measure_sums(problem: Problem, table: np.ndarray) -> BatchSums:
    """Run lanes against ``table``, which stays as it is, and count what they leave. Not collective."""
    config, entries = problem.config, table_entries(problem.config, problem.layout)
    if not config.solver.facts.in_batches:
        return whole_tables(entries)
    runner = algorithm_of(config).runner(problem, Communicator())
    if not isinstance(runner, LogRunner):
        return whole_tables(entries)
    large = min(config.batch_size, _MOST_ITERATIONS)
    small = max(1, large // _RATIO)
    logged, of_lanes = zip(*(_marked(runner, table, lane, large) for lane in range(_LANES)))
    one, together = _set_bits(of_lanes[0]), _set_bits(np.bitwise_or.reduce(of_lanes))
    in_batch = 0.0 if small == large else _power(one / _set_bits(_marked(runner, table, 0, small)[1]), large / small)
    return BatchSums(
        logged=sum(logged) / (_LANES * large),
        blocks=float(_BLOCK_BYTES * one),
        batch_size=large,
        growth_in_batch=in_batch,
        growth_in_lanes=_power(together / one, _LANES),
        most=float(_ENTRY_BYTES * entries),
    )


def _marked(runner: LogRunner, table: np.ndarray, lane: int, batch_size: int) -> tuple[int, np.ndarray]:
    """Of one lane: (bytes of its logs, uint64[segment, word] whose bits are the blocks that it adds to)."""
    logs, logged, done = runner.logs, 0, False
    entries = (2 << logs.bits) + 2 * logs.widest
    marks = np.zeros((logs.segments, -(-entries // (64 * BLOCK))), np.uint64)
    runner.begin(0, range(lane, lane + 1), batch_size, False)
    while not done:
        done = runner.go_on(table)
        logged += logs.bytes_logged
        own = np.zeros_like(marks)
        mark_segments(logs.of_host, (0, 1), _NO_WINDOWS, own)
        marks |= own
        logs.forget()
    runner.clear()
    return logged, marks


def _set_bits(marks: np.ndarray) -> int:
    counts = np.zeros(len(marks), np.int64)
    count_marks(marks, counts)
    return int(counts.sum())


def _power(grown: float, by: float) -> float:
    return min(1.0, max(0.0, math.log(grown) / math.log(by)))
