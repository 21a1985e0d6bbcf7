"""A model of what batches cost on any number of ranks and nodes, from what was measured on few.

A rank computes its lanes, waits for the slowest of all ranks, and merges.

The ranks of a node share its table. Each owns a part of it, and works off what the logs of all lanes of the node have
for that part; with as many lanes as ranks, that is as much as one lane's logs, however many ranks there are. Between
nodes the logs are gone through once more, for the blocks that they add to; the leaders of nodes exchange the union of
these (an Allreduce: latency and bandwidth), and the ranks of a node share the work of packing and adding it. Where sums
are whole tables, all ranks exchange those.
"""

import math
from dataclasses import dataclass, replace

from holdem_mpi.config.run_config import RunConfig
from holdem_mpi.performance.batch_sums import BatchSums
from holdem_mpi.performance.batch_times import BatchTimes
from holdem_mpi.performance.link_times import ASSUMED_HOST, ASSUMED_NETWORK, Link, Links

# Times that logs are gone through, and that blocks are, where there are several nodes.
_LOG_PASSES, _BLOCK_PASSES = 2, 2


@dataclass(frozen=True)
class MergeModel:
    """Seconds of a merge.

    sums: how much is merged.
    byte: seconds for each byte that a rank works through: of logs, of blocks, of whole tables.
    host: between ranks of a node.
    network: between nodes.
    """

    sums: BatchSums
    byte: float
    host: Link
    network: Link

    def exchange(self, batch_size: float, lanes: int, ranks: int, nodes: int) -> float:
        """Seconds of the messages of a merge alone: signals within nodes, sums between them. Whole tables go between
        all ranks.
        """
        ranks_a_node, union = math.ceil(ranks / nodes), self.sums.union(batch_size, lanes)
        within = 8 if self.sums.logged else union
        seconds = self.host.allreduce(within, ranks_a_node) if ranks_a_node > 1 else 0.0
        return seconds + (self.network.allreduce(union, nodes) if nodes > 1 else 0.0)

    def worked(self, batch_size: float, lanes: int, ranks: int, nodes: int) -> float:
        """Bytes that a rank works through."""
        union = self.sums.union(batch_size, lanes)
        if not self.sums.logged:
            return union
        logs = self.sums.logs(batch_size, lanes / ranks)
        if nodes == 1:
            return logs
        return _LOG_PASSES * logs + _BLOCK_PASSES * union / math.ceil(ranks / nodes)

    def seconds(self, batch_size: float, lanes: int, ranks: int, nodes: int) -> float:
        """Seconds of a merge of ``lanes`` lanes, spread over ``ranks`` ranks and ``nodes`` nodes."""
        where = batch_size, lanes, ranks, nodes
        return self.byte * self.worked(*where) + self.exchange(*where)


def fit_merge(
    sums: BatchSums, links: Links, merge: float, batch_size: int, lanes: int, ranks: int, nodes: int
) -> MergeModel:
    """The model whose merge, spread as it was in the measured job, takes ``merge`` seconds."""
    model = MergeModel(sums, 0.0, links.host or ASSUMED_HOST, links.network or ASSUMED_NETWORK)
    where = batch_size, lanes, ranks, nodes
    return replace(model, byte=max(0.0, merge - model.exchange(*where)) / model.worked(*where))


def wait_share(measured: float, ranks: int, more: int) -> float:
    """Waiting for the slowest of ``more`` ranks over computing, where ``ranks`` ranks waited ``measured``.

    The largest of n draws from a normal distribution lies about sqrt(2 ln n) deviations above the mean.
    """
    return measured * math.sqrt(math.log(more) / math.log(ranks)) if ranks > 1 and more > 1 else 0.0


@dataclass(frozen=True)
class BatchCost:
    """Seconds of one batch, the same on every rank.

    compute: of the lanes.
    wait: for the slowest rank.
    merge: of the merge.
    """

    compute: float
    wait: float
    merge: float

    @property
    def seconds(self) -> float:
        """Seconds of the whole batch."""
        return self.compute + self.wait + self.merge

    @property
    def idle_share(self) -> float:
        """Share of the batch in which nothing is computed."""
        return (self.wait + self.merge) / self.seconds


@dataclass(frozen=True)
class BatchModel:
    """What batches cost, by a measurement.

    ranks: on which it was measured.
    iteration: seconds of one rank for one iteration.
    divided: whether ranks share each one (full width), not lanes.
    wait: seconds of waiting for the slowest rank, for each second of computing.
    merge: what merges cost.
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
    config: RunConfig, times: BatchTimes, sums: BatchSums, links: Links, ranks: int, nodes: int
) -> BatchModel:
    """The model that gives ``times``, those of ``ranks`` ranks on ``nodes`` hosts with this config."""
    compute, wait, merge, exchange = times.medians
    merge += exchange
    lanes_a_rank = config.lanes / ranks
    divided = config.solver.facts.divided
    if divided:  # batches are sweeps of one player: an iteration has two, with a merge each
        done = times.iterations / len(times.spans)
        compute, wait, merge, lanes_a_rank = compute / done, wait / done, merge / done, 1 / ranks
    fitted = fit_merge(sums, links, merge, config.batch_size, config.lanes, ranks, nodes)
    return BatchModel(ranks, compute / (lanes_a_rank * config.batch_size), divided, wait / compute, fitted)
