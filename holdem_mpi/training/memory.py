"""Whether a run fits into a node's memory, told before anything large is built."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from holdem_mpi.config.buckets import LOSSLESS_BUCKETS
from holdem_mpi.config.run_config import RunConfig
from holdem_mpi.errors import ConfigError
from holdem_mpi.game.game import Game
from holdem_mpi.game.layout import Layout
from holdem_mpi.game.tree import MAX_NODES
from holdem_mpi.game.tree_size import TreeSize, count_tree, size_of
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host import available_memory, room_for_shared_arrays
from holdem_mpi.parallel.notices import Notice
from holdem_mpi.text import gibibytes
from holdem_mpi.training.algorithm import algorithm_of
from holdem_mpi.training.lane_logs import ITERATION_BYTES

# Bytes of a rank's own that it has before any game is built: Python, the libraries' data, compiled kernels.
PROCESS_BYTES = 110 << 20
# Bytes a node of the tree in each rank (tree, layout, kernel code), and on rank 0 while the tree is built.
_NODE_BYTES, _BUILDING_BYTES = 82, 250


@dataclass(frozen=True)
class MemoryNeed:
    """Bytes that a node (a host) needs for a run.

    table: of one table.
    tables: how many tables the node holds.
    copy: of the copy that checkpoints are written from; on the first node alone.
    policy: of the policy that is made of the table in the end, when there is no copy any more; on the first node alone.
    process: of each process besides the table.
    ranks: processes on the node.
    building: of the tree while it is built, gone before the tables come.
    """

    table: int
    tables: int
    copy: int
    policy: int
    process: int
    ranks: int
    building: int

    @property
    def total(self) -> int:
        """Bytes at the moment of the run that needs most."""
        tables = self.table * self.tables + max(self.copy, self.policy)
        return max(tables, self.building) + self.process * self.ranks

    def __str__(self) -> str:
        tables = f"a table of {gibibytes(self.table)}"
        tables += f" for each of {self.ranks} ranks" if self.tables > 1 else ""
        copy = f", its copy for checkpoints or {gibibytes(self.policy)} of the policy in the end" if self.copy else ""
        return f"{tables}{copy}, {self.ranks} x {gibibytes(self.process)} of processes"


def buckets_of(config: RunConfig) -> tuple[int, ...]:
    """Buckets by street of a config, a toy deck's own included."""
    return Game(config.game).buckets(tuple(config.abstraction.buckets))


def size_of_tree(config: RunConfig) -> TreeSize | None:
    """Size of the config's tree, or None where it is not known. ConfigError where it is too large to be built."""
    game = Game(config.game)
    with Notice(f"counting the betting tree of {game.name}"):
        size = count_tree(game.rules, game.menu)
    if size is not None and size.nodes > MAX_NODES:
        raise ConfigError(
            f"game: its betting tree has {size.nodes} nodes; expected at most {MAX_NODES} (fewer bet sizes or raises)"
        )
    return size


def size_of_layout(layout: Layout) -> TreeSize:
    """The TreeSize of a tree that was built."""
    return size_of(layout.tree)


def tree_bytes(size: TreeSize) -> int:
    """Bytes of the tree, which each rank holds for itself."""
    return _NODE_BYTES * size.nodes


def memory_need(
    config: RunConfig,
    size: TreeSize,
    ranks: int,
    tables: int,
    process: int,
    first: bool,
    iteration_bytes: float = ITERATION_BYTES,
) -> MemoryNeed:
    """The MemoryNeed of a node with ``ranks`` ranks.

    tables: how many tables it holds.
    process: bytes of each process besides its tree and what its sampler needs.
    first: whether rank 0 is on it.
    iteration_bytes: what an iteration logs, where that was measured.
    """
    pairs, rows = size.table_pairs(buckets_of(config)), size.table_rows(buckets_of(config))
    item = np.dtype(config.solver.precision).itemsize
    process += tree_bytes(size)
    process += algorithm_of(config).process_bytes(pairs, ranks, iteration_bytes)
    # Probabilities as float64; then first pairs of rows, in the making, or probabilities as they are stored.
    policy = 8 * pairs + max(24 * rows, item * pairs) + rows
    table = 2 * item * pairs
    return MemoryNeed(
        table=table,
        tables=tables,
        copy=table * first,
        policy=policy * first,
        process=process,
        ranks=ranks,
        building=_BUILDING_BYTES * size.nodes * first,
    )


def check_fits(config: RunConfig, size: TreeSize, need: MemoryNeed, available: int, where: str) -> None:
    """ConfigError, with what would fit, where ``need`` is above ``available`` bytes."""
    if need.total <= available:
        return
    advice = [*_smaller_runs(config, size, need, available), f"nodes with {gibibytes(need.total)} free"]
    raise ConfigError(
        f"{config.game.name}: a node needs {gibibytes(need.total)} ({need}), and {gibibytes(available)} are available "
        f"{where}; expected {' or '.join(advice)}"
    )


def _smaller_runs(config: RunConfig, size: TreeSize, need: MemoryNeed, available: int) -> list[str]:
    """Options with which the run would fit, as texts for an error."""
    advice = []

    def fits(**changed: object) -> bool:
        smaller = config.model_copy(update=changed)
        first, process = need.copy > 0, need.process - memory_need(config, size, need.ranks, 1, 0, False).process
        return memory_need(smaller, size, need.ranks, need.tables, process, first).total <= available

    narrow = config.solver.model_copy(update={"precision": "float32"})
    if config.solver.precision == "float64" and fits(solver=narrow):
        advice.append("--precision float32")
    fewer = most_buckets(config, lambda smaller: fits(abstraction=smaller.abstraction))
    if fewer:
        advice.append(f"--buckets {','.join(map(str, fewer.abstraction.buckets))}")
    ranks = max((number for number in range(need.ranks) if _with_ranks(need, number).total <= available), default=0)
    if ranks:
        advice.append(f"{ranks} ranks a node (so more nodes)")
    return advice


def _with_ranks(need: MemoryNeed, ranks: int) -> MemoryNeed:
    return replace(need, ranks=ranks, tables=min(need.tables, ranks))


def most_buckets(config: RunConfig, fits: Callable[[RunConfig], bool]) -> RunConfig | None:
    """The config with its buckets after the first street made fewer by one factor, until it ``fits``; None: never."""
    given = config.abstraction.buckets
    if not given or set(given) & set(LOSSLESS_BUCKETS.values()):
        return None
    low, high = 0.0, 1.0
    best = None
    for _ in range(20):
        middle = (low + high) / 2
        fewer = [given[0], *(max(1, _rounded(buckets * middle)) for buckets in given[1:])]
        abstraction = config.abstraction.model_copy(update={"buckets": fewer})
        smaller = config.model_copy(update={"abstraction": abstraction})
        if fits(smaller):
            low, best = middle, smaller
        else:
            high = middle
    return best


def _rounded(number: float) -> int:
    """The number rounded down to two significant digits."""
    digits = max(0, len(str(int(number))) - 2)
    return int(number) // 10**digits * 10**digits


def check_memory(config: RunConfig, comm: Communicator, layout: Layout | None = None) -> bool:
    """ConfigError where a host of these ranks has no memory for the run. Collective.

    Needs no ``layout``; False where only that could tell, since the tree is too large to be counted.
    """
    host_ranks = comm.host.size
    facts = np.zeros((comm.size, 3), np.int64)
    facts[comm.rank] = available_memory(), host_ranks, room_for_shared_arrays()
    comm.allreduce_sum(facts)
    hosts = comm.host.of_ranks()

    def check() -> bool:
        size = size_of_layout(layout) if layout else size_of_tree(config)
        if size is None:
            return False
        for host in sorted(set(hosts)):
            available, ranks, shared = (int(fact) for fact in facts[hosts.index(host)])
            need = memory_need(
                config, size, ranks, tables_of_host(config, size, ranks, shared), PROCESS_BYTES, host == 0
            )
            check_fits(config, size, need, available, "on this host" if host == 0 else f"on host {host} of this job")
        return True

    return comm.on_root(check)


def tables_of_host(config: RunConfig, size: TreeSize, ranks: int, shared: int) -> int:
    """Tables that ``ranks`` ranks of a host hold: one where ``shared`` bytes of shared memory have space for it."""
    return 1 if ranks == 1 or shared >= memory_need(config, size, 1, 1, 0, False).table else ranks
