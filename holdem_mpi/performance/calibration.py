"""A few seconds of training, by which a plan knows what an iteration, a wait and a merge take."""

import math
from dataclasses import dataclass

import numpy as np

from holdem_mpi.config.run_config import RunConfig
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host import process_memory
from holdem_mpi.performance.batch_times import batches_for, time_batches
from holdem_mpi.performance.cost_model import BatchModel, Touched, fit_batches, measure_touched
from holdem_mpi.performance.link_times import measure_links
from holdem_mpi.training.problem import Problem
from holdem_mpi.training.start import compile_first, trainer_for
from holdem_mpi.training.trainer import Progress

_SECONDS = 2.0


@dataclass(frozen=True)
class Calibration:
    """What ranks of one job took: times by ``model``, and memory.

    process: bytes of a rank before its first batch.
    batches: of its arrays beside the table and of its merge, at ``lanes_a_rank`` lanes of ``batch_size`` iterations.
    """

    model: BatchModel
    process: int
    batches: int
    batch_size: int
    lanes_a_rank: int

    def process_bytes(self, batch_size: int, lanes: int, ranks: int) -> int:
        """Bytes of one of ``ranks`` processes beside the table; what batches need goes with the rows they touch."""
        touched = self.model.merge.touched
        grown = touched.size(batch_size, math.ceil(lanes / ranks)) / touched.size(self.batch_size, self.lanes_a_rank)
        return self.process + int(grown * self.batches)


def with_fixed_batches(config: RunConfig) -> RunConfig:
    """The config with the batch size that most of its run has."""
    size = config.batch_size if isinstance(config.batch_size, int) else config.batch_size_limit
    return config.model_copy(update={"batch_size": size, "batch_size_limit": None})


def calibrate(problem: Problem, comm: Communicator) -> Calibration:
    """Train for about two seconds, and keep nothing of it. Collective."""
    links = measure_links(comm)
    compile_first(problem, comm)
    process = np.array([process_memory().anonymous])
    comm.allreduce_sum(process)
    trainer = trainer_for(problem, comm, None, Progress())
    times = time_batches(trainer, batches_for(trainer, _SECONDS))
    config = problem.config
    if config.mode == "racing":  # a batch is a slice of time, and merges nothing that grows
        size = max(1, round(times.iterations / (len(times.spans) * comm.size)))
        config = config.model_copy(update={"lanes": comm.size, "batch_size": size})
        touched = Touched(1.0, size, 0.0, 0.0, problem.layout.num_pairs)
    else:
        touched = Touched(*comm.on_root(lambda: list(measure_touched(problem, trainer.table))))
    return Calibration(
        model=fit_batches(config, times, touched, links, comm.size, comm.hosts),
        process=int(process[0]) // comm.size,
        batches=trainer.bytes_in_use + trainer.bytes_sent,
        batch_size=config.batch_size,
        lanes_a_rank=math.ceil(config.lanes / comm.size),
    )
