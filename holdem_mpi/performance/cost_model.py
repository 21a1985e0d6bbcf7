"""A model of what batches cost on any number of ranks and nodes, from what was measured on few.

A rank computes its lanes, waits for the slowest of all ranks, and merges.

The ranks of a node share its table. Each works through the rows that its own lanes touched, so that costs what the rows
of its lanes cost, however many ranks there are. Leaders of nodes then exchange the union of all rows (an Allreduce:
latency and bandwidth), and the ranks of a node share the work of adding it to their table.
"""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from holdem_mpi.config.run_config import RunConfig
from holdem_mpi.kernels.arrays import C_ROWS, PAIR_BITS
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.performance.batch_times import BatchTimes
from holdem_mpi.performance.link_times import ASSUMED_HOST, ASSUMED_NETWORK, Link, Links
from holdem_mpi.training.algorithm import algorithm_of
from holdem_mpi.training.problem import Problem

# Bytes that travel for a pair: the sums of its regret and its strategy.
_PAIR_BYTES = 16
# Lanes whose touched rows are counted, iterations of the larger of two batch sizes at most, and how much smaller the
# other is.
_LANES, _MOST_ITERATIONS, _RATIO = 4, 8000, 4


class Touched(NamedTuple):
    """Pairs that batches touch: ``pairs`` by one lane of ``batch_size`` iterations, growing as powers of both numbers
    (a row that is met again counts once), never more than the table has (``most``).
    """

    pairs: float
    batch_size: int
    growth_in_batch: float
    growth_in_lanes: float
    most: int

    def size(self, batch_size: float, lanes: float) -> float:
        """Bytes of the sums of all pairs that ``lanes`` lanes touch together."""
        grown = (batch_size / self.batch_size) ** self.growth_in_batch * lanes**self.growth_in_lanes
        return _PAIR_BYTES * min(self.pairs * grown, self.most)


def measure_touched(problem: Problem, table: np.ndarray) -> Touched:
    """Run lanes against ``table``, which stays as it is, and count what they touch. Not collective."""
    config, most = problem.config, problem.layout.num_pairs
    if not config.solver.facts.in_batches:  # the whole table, each time
        return Touched(float(most), 1, 0.0, 0.0, most)
    large = min(config.batch_size, _MOST_ITERATIONS)
    small = max(1, large // _RATIO)
    of_lanes = [_rows(problem, table, lane, large) for lane in range(_LANES)]
    pairs = _pairs(of_lanes[0])
    together = _pairs(np.unique(np.concatenate(of_lanes)))
    in_batch = 0.0 if small == large else _power(pairs / _pairs(_rows(problem, table, 0, small)), large / small)
    return Touched(float(pairs), large, in_batch, _power(together / pairs, _LANES), most)


def _rows(problem: Problem, table: np.ndarray, lane: int, batch_size: int) -> np.ndarray:
    runner = algorithm_of(problem.config).runner(problem, Communicator())
    runner.run(table, 0, lane, batch_size)
    return runner.delta.rows[: runner.delta.counters[C_ROWS]].copy()


def _pairs(rows: np.ndarray) -> int:
    return int((rows >> np.uint64(PAIR_BITS)).sum())


def _power(grown: float, by: float) -> float:
    return min(1.0, max(0.0, math.log(grown) / math.log(by)))


@dataclass(frozen=True)
class MergeModel:
    """Seconds of a merge.

    byte: for each byte of the touched sums that a rank works through.
    host: between ranks of a node.
    network: between nodes.
    """

    touched: Touched
    byte: float
    host: Link
    network: Link

    def messages(self, batch_size: float, lanes: int, ranks: int, nodes: int) -> float:
        """Seconds of the messages of a merge alone: a signal within nodes, the union of all rows between them."""
        ranks_a_node = math.ceil(ranks / nodes)
        seconds = self.host.allreduce(8, ranks_a_node) if ranks_a_node > 1 else 0.0
        return seconds + (self.network.allreduce(self.touched.size(batch_size, lanes), nodes) if nodes > 1 else 0.0)

    def worked(self, batch_size: float, lanes: int, ranks: int, nodes: int) -> float:
        """Bytes of sums that a rank works through: its own lanes', and its share of what comes from other nodes."""
        own = self.touched.size(batch_size, math.ceil(lanes / ranks))
        return own + (self.touched.size(batch_size, lanes) / math.ceil(ranks / nodes) if nodes > 1 else 0.0)

    def seconds(self, batch_size: float, lanes: int, ranks: int, nodes: int) -> float:
        """Seconds of a merge of ``lanes`` lanes, spread over ``ranks`` ranks and ``nodes`` nodes."""
        where = batch_size, lanes, ranks, nodes
        return self.byte * self.worked(*where) + self.messages(*where)


def fit_merge(
    touched: Touched, links: Links, merge: float, batch_size: int, lanes: int, ranks: int, nodes: int
) -> MergeModel:
    """The model whose merge, spread as it was in the measured job, takes ``merge`` seconds."""
    model = MergeModel(touched, 0.0, links.host or ASSUMED_HOST, links.network or ASSUMED_NETWORK)
    where = batch_size, lanes, ranks, nodes
    return replace(model, byte=max(0.0, merge - model.messages(*where)) / model.worked(*where))


def wait_share(measured: float, ranks: int, more: int) -> float:
    """Waiting for the slowest of ``more`` ranks over computing, where ``ranks`` ranks waited ``measured``.

    The largest of n draws from a normal distribution lies about sqrt(2 ln n) deviations above the mean.
    """
    return measured * math.sqrt(math.log(more) / math.log(ranks)) if ranks > 1 and more > 1 else 0.0


@dataclass(frozen=True)
class BatchCost:
    """Seconds of one batch, the same on every rank."""

    compute: float
    wait: float
    merge: float

    @property
    def seconds(self) -> float:
        """Seconds of the whole batch."""
        return self.compute + self.wait + self.merge

    @property
    def merge_share(self) -> float:
        """Share of the batch in which nothing is computed."""
        return (self.wait + self.merge) / self.seconds


@dataclass(frozen=True)
class BatchModel:
    """What batches cost by a measurement on ``ranks`` ranks.

    iteration: seconds of one rank for one iteration.
    divided: whether ranks share each one (full width), not lanes.
    wait: seconds of waiting for the slowest rank, for each second of computing.
    """

    ranks: int
    iteration: float
    divided: bool
    wait: float
    merge: MergeModel

    def batch(self, batch_size: int, lanes: int, ranks: int, nodes: int) -> BatchCost:
        """Cost of a batch of ``lanes`` lanes of ``batch_size`` iterations."""
        lanes_a_rank = 1 / ranks if self.divided else math.ceil(lanes / ranks)
        compute = lanes_a_rank * batch_size * self.iteration
        wait = compute * wait_share(self.wait, self.ranks, ranks)
        return BatchCost(compute, wait, self.merge.seconds(batch_size, lanes, ranks, nodes))


def fit_batches(
    config: RunConfig, times: BatchTimes, touched: Touched, links: Links, ranks: int, nodes: int
) -> BatchModel:
    """The model that gives ``times``, those of ``ranks`` ranks on ``nodes`` hosts with this config."""
    compute, wait, merge = times.medians
    lanes_a_rank = config.lanes / ranks
    divided = config.solver.facts.divided
    if divided:  # batches are sweeps of one player: an iteration has two, with a merge each
        done = times.iterations / len(times.spans)
        compute, wait, merge, lanes_a_rank = compute / done, wait / done, merge / done, 1 / ranks
    fitted = fit_merge(touched, links, merge, config.batch_size, config.lanes, ranks, nodes)
    return BatchModel(ranks, compute / (lanes_a_rank * config.batch_size), divided, wait / compute, fitted)
