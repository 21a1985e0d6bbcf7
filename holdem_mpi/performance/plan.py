"""``--plan``: what a run would take on any number of ranks and nodes, from its sizes and a few seconds of training."""

import argparse
import itertools
import math
from dataclasses import dataclass, replace

import numpy as np

from holdem_mpi.cards import NUM_HANDS
from holdem_mpi.config.run_config import RunConfig
from holdem_mpi.errors import UserError
from holdem_mpi.game.game import Game
from holdem_mpi.game.tree_size import TreeSize
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host import available_cores, available_memory, room_for_shared_arrays
from holdem_mpi.performance.batch_sums import BatchSums
from holdem_mpi.performance.calibration import Calibration, calibrate, with_fixed_batches
from holdem_mpi.performance.cost_model import BatchModel
from holdem_mpi.text import count, counted, duration, gibibytes
from holdem_mpi.training.lane_logs import ITERATION_BYTES
from holdem_mpi.training.memory import (
    PROCESS_BYTES,
    MemoryNeed,
    buckets_of,
    check_fits,
    memory_need,
    most_buckets,
    size_of_layout,
    size_of_tree,
    tables_of_host,
    tree_bytes,
)
from holdem_mpi.training.start import build_problem

# Share of the time that still larger batches may save at the recommended batch size.
_MERGE_SHARE = 0.03
# Batches that a run should have at least.
_FEWEST_BATCHES = 100
# Bytes of the libraries' code, once a node, and boards of a street whose bucket files ranks map: 1326 hands each.
_LIBRARY_BYTES = 100 << 20
_BOARDS = {3: 1755, 4: 16_432, 5: 134_459}
# What the lines for SLURM ask for beyond the estimate: memory; time, and the seconds until training begins.
_MEMORY_MARGIN, _TIME_MARGIN, _START_SECONDS = 1.2, 1.25, 600
# Share of a machine's memory in which a plan for a larger one trains to learn the times.
_OWN_SHARE = 0.25


@dataclass(frozen=True)
class Cluster:
    """What a run is planned for.

    ranks, nodes: how many there are.
    memory: free bytes of a node.
    shared: bytes of shared memory of a node.
    described: where that was learnt.
    """

    ranks: int
    nodes: int
    memory: int
    shared: int
    described: str

    @property
    def ranks_a_node(self) -> int:
        """Ranks of the node that has most of them."""
        return math.ceil(self.ranks / self.nodes)


def cluster_of(comm: Communicator, arguments: argparse.Namespace) -> Cluster:
    """The cluster that options ask for, what they leave open as it is here. UserError on what cannot be. Collective."""
    ranks, nodes, memory = arguments.plan_ranks, arguments.plan_nodes, arguments.node_memory
    cores = arguments.node_cores
    own_hosts = comm.hosts
    if ranks is None:
        ranks = nodes * cores if nodes and cores else comm.size
    if nodes is None:
        nodes = own_hosts if ranks == comm.size and cores is None else math.ceil(ranks / (cores or available_cores()))
    if nodes > ranks:
        raise UserError(f"--plan-nodes {nodes}: expected at most {ranks}, one for each rank (--plan-ranks)")
    if cores is not None and math.ceil(ranks / nodes) > cores:
        raise UserError(
            f"--plan-ranks {ranks}: expected at most {nodes * cores}, the cores of {nodes} nodes (--node-cores {cores})"
        )
    own = np.array([available_memory(), room_for_shared_arrays()], np.int64)
    of_hosts = np.zeros((comm.size, 2), np.int64)
    of_hosts[comm.rank] = own
    comm.allreduce_sum(of_hosts)
    least, shared = (int(number) for number in of_hosts.min(axis=0))
    if memory is None:
        return Cluster(ranks, nodes, least, shared, "here (--node-memory says what the nodes have)")
    return Cluster(ranks, nodes, memory, memory // 2, "by --node-memory")


def recommend_batch_size(model: BatchModel, lanes: int, cluster: Cluster, largest: int) -> int:
    """Iterations of a lane between merges, a round number, from which on larger batches save less than _MERGE_SHARE.

    What lanes log is worked off at the same price in batches of any size; what a merge costs besides becomes rarer.
    Waiting is left out: it does not become less. At most about ``largest``: lanes that do not see each other for long
    learn less from an iteration.
    """
    size, least = 100, model.batch(max(largest, 1), lanes, cluster.ranks, cluster.nodes).merge / max(largest, 1)
    while size < largest:
        cost = model.batch(size, lanes, cluster.ranks, cluster.nodes)
        if cost.merge - least * size <= _MERGE_SHARE * (cost.merge + cost.compute):
            break
        size = size * 2 if str(size)[0] != "2" else size * 5 // 2
    return size


def show_plan(config: RunConfig, comm: Communicator, cluster: Cluster) -> None:
    """Print the plan on rank 0; trains nothing that is kept. ConfigError where the run cannot fit. Collective."""
    grows = config.batch_size == "auto"
    config = with_fixed_batches(config.completed(cluster.ranks))
    sizes: list[TreeSize | None] = []

    def own_buckets() -> list[int]:
        sizes.append(size_of_tree(config))
        if sizes[0] is None:
            return config.abstraction.buckets
        _need(config, sizes[0], cluster, PROCESS_BYTES)
        return _own_buckets(config, sizes[0], comm.size)

    own = comm.on_root(own_buckets)
    # Lanes cost the same whoever runs them: no more than need be, where the plan is for other ranks.
    lanes = config.lanes if cluster.ranks == comm.size else max(min(2, config.lanes), comm.size)
    abstraction = config.abstraction.model_copy(update={"buckets": own})
    problem = build_problem(config.model_copy(update={"lanes": lanes, "abstraction": abstraction}), comm)
    calibration = calibrate(problem, comm)
    if config.mode == "racing":  # a slice of time stands for a batch
        config = config.model_copy(update={"lanes": cluster.ranks, "batch_size": calibration.batch_size})

    def lines() -> list[str]:
        size = sizes[0] or size_of_layout(problem.layout)
        process = calibration.process_bytes(config.batch_size, config.lanes, cluster.nodes)
        process = max(0, process - tree_bytes(size))  # which was measured with its tree
        need = _need(config, size, cluster, process, calibration.model.merge.sums.logged)
        shrunk = "" if own == config.abstraction.buckets else f", with {','.join(map(str, own))} buckets"
        measured = f"{counted(comm.size, 'rank')}{shrunk}"
        boards = [] if Game(config.game).is_toy else list(itertools.accumulate(config.game.board_cards))
        told = _lines(config, size, cluster, calibration, need, _bucket_bytes(config, boards), measured)
        return (
            [line.replace("recommended batch size: ", "recommended size limit: ") for line in told] if grows else told
        )

    text = comm.on_root(lines)
    if comm.rank == 0:
        print("\n".join(text))


def _need(
    config: RunConfig, size: TreeSize, cluster: Cluster, process: int, logged: float = ITERATION_BYTES
) -> MemoryNeed:
    """What the first node needs, where an iteration logs so many bytes. ConfigError where it has less."""
    tables = tables_of_host(config, size, cluster.ranks_a_node, cluster.shared)
    need = memory_need(config, size, cluster.ranks_a_node, tables, process, first=True, iteration_bytes=logged)
    where = cluster.described
    if tables > 1:
        where += f", where {gibibytes(cluster.shared)} of shared memory (/dev/shm) cannot hold one table for all ranks"
    check_fits(config, size, need, cluster.memory, where)
    return need


def _own_buckets(config: RunConfig, size: TreeSize, ranks: int) -> list[int]:
    """Buckets to learn the times with: the config's, or fewer where this machine could not train with them."""
    most = _OWN_SHARE * available_memory()

    def fits(smaller: RunConfig) -> bool:
        return memory_need(smaller, size, ranks, 1, PROCESS_BYTES, first=False).total <= most

    smaller = config if fits(config) else most_buckets(config, fits)
    return (smaller or config).abstraction.buckets


def _bucket_bytes(config: RunConfig, cards_of_street: list[int]) -> int:
    """Bytes of the files that all ranks of a node map: a bucket for each board and hand."""
    streets = zip(cards_of_street, config.abstraction.buckets)
    return sum(
        _BOARDS[cards] * NUM_HANDS * np.min_scalar_type(buckets - 1).itemsize for cards, buckets in streets if cards
    )


def _lines(
    config: RunConfig,
    size: TreeSize,
    cluster: Cluster,
    calibration: Calibration,
    need: MemoryNeed,
    files: int,
    measured: str,
) -> list[str]:
    batch_size, lanes, ranks, nodes = config.batch_size, config.lanes, cluster.ranks, cluster.nodes
    cost = calibration.model.batch(batch_size, lanes, ranks, nodes)
    rate = batch_size * lanes / cost.seconds
    memory = need.total + files + _LIBRARY_BYTES
    elsewhere = replace(need, copy=0, policy=0, building=0).total + files + _LIBRARY_BYTES
    as_measured = ranks == calibration.model.ranks and nodes == 1
    told = [
        ("game", config.game.name),
        (
            "infosets",
            f"{size.table_rows(buckets_of(config))} ({size.table_pairs(buckets_of(config))} with their actions)",
        ),
        ("tree nodes", f"{size.nodes}"),
        ("ranks, lanes, batch size", f"{ranks}, {lanes}, {batch_size}"),
        ("nodes", f"{nodes} with up to {counted(cluster.ranks_a_node, 'rank')}"),
        ("bytes per rank", f"{gibibytes(need.process)} beside the table"),
        (
            "memory of the first node",
            f"{gibibytes(memory)}: {need}, {gibibytes(files + _LIBRARY_BYTES)} of mapped files",
        ),
        ("memory of other nodes", gibibytes(elsewhere)) if nodes > 1 else None,
        ("bytes per merge", _merged(calibration.model.merge.sums, config, cluster)),
        (
            "time of a batch",
            f"{1e3 * cost.compute:.2f} ms of walking, {1e3 * cost.wait:.2f} ms of waiting, "
            f"{1e3 * cost.merge:.2f} ms of merging ({100 * cost.merge / cost.seconds:.0f} %)",
        ),
        ("iterations/s", count(rate)),
        ("time", f"{duration(config.iters / rate)} for {config.iters} iterations"),
        ("core-hours", f"{config.iters / rate * ranks / 3600:.3g}"),
    ]
    if config.solver.facts.in_batches and config.mode != "racing":
        best = batch_size
        if ranks > 1:
            best = recommend_batch_size(calibration.model, lanes, cluster, config.iters // (_FEWEST_BATCHES * lanes))
        at_best = best * lanes / calibration.model.batch(best, lanes, ranks, nodes).seconds
        told.append(("recommended batch size", f"{best} ({count(at_best)} iterations/s)"))
    by_model = "" if as_measured else ", the rest by the model of docs/scaling.md"
    if nodes > 1 and config.mode == "racing":
        by_model += ", without what nodes send each other"
    told.append(("times", f"measured on {measured}{by_model}"))
    return [f"{name + ':':26}{value}" for name, value in filter(None, told)] + _slurm(config, cluster, memory, rate)


def _merged(sums: BatchSums, config: RunConfig, cluster: Cluster) -> str:
    """What a rank works through in a merge, and what nodes send."""
    if config.mode == "racing":
        return "none"
    union = gibibytes(sums.union(config.batch_size, config.lanes))
    if not sums.logged:
        return f"{union} of sums, between all ranks" if cluster.ranks > 1 else f"{union} of sums"
    logs = f"{gibibytes(sums.logs(config.batch_size, config.lanes / cluster.ranks))} of logs a rank"
    return f"{logs}, {union} between nodes" if cluster.nodes > 1 else logs


def _slurm(config: RunConfig, cluster: Cluster, memory: int, rate: float) -> list[str]:
    """Lines for the head of a SLURM script: jobs/train.sbatch has the same."""
    seconds = min(config.iters / rate, config.time_budget or math.inf)
    minutes = math.ceil((_TIME_MARGIN * seconds + _START_SECONDS) / 60)
    days, hours = minutes // 1440, minutes // 60 % 24
    return [
        f"#SBATCH --nodes={cluster.nodes}",
        f"#SBATCH --ntasks-per-node={cluster.ranks_a_node}",
        "#SBATCH --cpus-per-task=1",
        f"#SBATCH --mem={math.ceil(_MEMORY_MARGIN * memory / (1 << 20))}M",
        f"#SBATCH --time={days}-{hours:02d}:{minutes % 60:02d}:00",
        "#SBATCH --signal=B:USR1@180",
        "#SBATCH --requeue",
    ]
