"""A few seconds of training, by which a plan knows what an iteration, a wait and a merge take."""

from dataclasses import dataclass

import numpy as np

from holdem_mpi.config.run_config import RunConfig
from holdem_mpi.kernels.one_compiler import has_compiled
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host import process_memory
from holdem_mpi.performance.batch_sums import BatchSums, measure_sums, whole_tables
from holdem_mpi.performance.batch_times import batches_for, time_batches
from holdem_mpi.performance.cost_model import BatchModel, fit_batches
from holdem_mpi.performance.link_times import measure_links
from holdem_mpi.training.algorithm import algorithm_of
from holdem_mpi.training.memory import PROCESS_BYTES, size_of_layout, tree_bytes
from holdem_mpi.training.problem import Problem
from holdem_mpi.training.start import compile_first, trainer_for
from holdem_mpi.training.trainer import Progress

_SECONDS = 2.0


@dataclass(frozen=True)
class Calibration:
    """What ranks of one job took.

    model: of the times.
    process: bytes of a rank before its first batch.
    scratch: bytes of its arrays besides the table and what its sampler told beforehand.
    batch_size: iterations of a lane.
    """

    model: BatchModel
    process: int
    scratch: int
    batch_size: int

    def process_bytes(self, batch_size: int, lanes: int, nodes: int) -> int:
        """Bytes of a process beside the table and what its sampler says that it needs (``Algorithm.process_bytes``):
        also its part of what nodes exchange, were it one rank a node.
        """
        sums = self.model.merge.sums
        exchanged = int(sums.union(batch_size, lanes)) if nodes > 1 and sums.logged else 0
        return self.process + self.scratch + exchanged


def with_fixed_batches(config: RunConfig) -> RunConfig:
    """The config with the batch size that most of its run has."""
    size = config.batch_size if isinstance(config.batch_size, int) else config.batch_size_limit
    return config.model_copy(update={"batch_size": size, "batch_size_limit": None})


def _process_bytes(problem: Problem) -> int:
    """Bytes of this process' own; where it has just compiled, as of one that finds its kernels in the cache."""
    measured = process_memory().anonymous
    usual = PROCESS_BYTES + tree_bytes(size_of_layout(problem.layout))
    return min(measured, usual) if has_compiled() else measured


def calibrate(problem: Problem, comm: Communicator) -> Calibration:
    """Train for about two seconds, and keep nothing of it. Collective."""
    links = measure_links(comm)
    compile_first(problem, comm)
    process = np.array([_process_bytes(problem)])
    comm.allreduce_sum(process)
    trainer = trainer_for(problem, comm, None, Progress())
    times = time_batches(trainer, batches_for(trainer, _SECONDS))
    config = problem.config
    if config.mode == "racing":  # a batch is a slice of time, and merges nothing that grows
        size = max(1, round(times.iterations / (len(times.spans) * comm.size)))
        config = config.model_copy(update={"lanes": comm.size, "batch_size": size})
        sums = whole_tables(1)
    else:
        sums = BatchSums(*comm.on_root(lambda: list(measure_sums(problem, trainer.table))))
    told = algorithm_of(config).process_bytes(problem.layout.num_pairs, comm.host.size, sums.logged)
    return Calibration(
        model=fit_batches(config, times, sums, links, comm.size, comm.hosts),
        process=int(process[0]) // comm.size,
        scratch=max(0, trainer.bytes_in_use - told),
        batch_size=config.batch_size,
    )
