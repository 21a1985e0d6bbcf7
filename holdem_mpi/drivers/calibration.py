"""A few seconds of training, by which a plan knows what an iteration, a wait and a merge take."""

import math
from dataclasses import dataclass

import numpy as np

from holdem_mpi.config import RunConfig
from holdem_mpi.drivers.batch_times import batches_for, time_batches
from holdem_mpi.drivers.full_trainer import trainer_for
from holdem_mpi.drivers.host_memory import process_memory
from holdem_mpi.drivers.link_times import measure_links
from holdem_mpi.drivers.merge_model import MergeModel, Touched, fit_merge, measure_touched, wait_share
from holdem_mpi.drivers.rehearsal import compile_first
from holdem_mpi.drivers.session import Session
from holdem_mpi.drivers.trainer import Progress
from holdem_mpi.parallel.communicator import Communicator

_SECONDS = 2.0


@dataclass(frozen=True)
class BatchCost:
    """Seconds of one batch, the same on every rank."""

    compute: float
    wait: float
    merge: float

    @property
    def seconds(self) -> float:
        """Of the whole batch."""
        return self.compute + self.wait + self.merge

    @property
    def merge_share(self) -> float:
        """Share of the batch in which nothing is computed."""
        return (self.wait + self.merge) / self.seconds


@dataclass(frozen=True)
class Calibration:
    """What ``ranks`` ranks of one job took.

    iteration: seconds of one rank for one iteration; divided: whether ranks share each one (full width), not lanes.
    wait: seconds of waiting for the slowest rank, for each second of computing.
    sent: bytes of a rank's merge; arrays: of its arrays beside the table, at ``lanes_a_rank`` lanes of ``batch_size``
    iterations; process: its bytes before those.
    """

    ranks: int
    iteration: float
    divided: bool
    wait: float
    merge: MergeModel
    sent: int
    arrays: int
    process: int
    batch_size: int
    lanes_a_rank: int

    def batch(self, batch_size: int, lanes: int, ranks: int, nodes: int) -> BatchCost:
        """Cost of a batch of ``lanes`` lanes of ``batch_size`` iterations on any number of ranks and nodes."""
        lanes_a_rank = 1 / ranks if self.divided else math.ceil(lanes / ranks)
        compute = lanes_a_rank * batch_size * self.iteration
        wait = compute * wait_share(self.wait, self.ranks, ranks)
        return BatchCost(compute, wait, self.merge.seconds(batch_size, lanes, ranks, nodes))

    def process_bytes(self, batch_size: int, lanes: int, ranks: int) -> int:
        """Bytes of one of ``ranks`` processes beside the table: what it had before its first batch, and what batches
        need, in proportion to the rows that they touch.
        """
        touched = self.merge.touched
        grown = touched.size(batch_size, math.ceil(lanes / ranks)) / touched.size(self.batch_size, self.lanes_a_rank)
        return self.process + int(grown * (self.arrays + self.sent))


def with_fixed_batches(config: RunConfig) -> RunConfig:
    """The config with the batch size that most of its run has."""
    size = config.batch_size if isinstance(config.batch_size, int) else config.batch_size_limit
    return config.model_copy(update={"batch_size": size})


def calibrate(session: Session, comm: Communicator) -> Calibration:
    """Train for about two seconds, and keep nothing of it. Collective."""
    links = measure_links(comm)
    compile_first(session, comm)
    process = process_memory().anonymous
    trainer = trainer_for(session, comm, None, Progress())
    config = session.config
    times = time_batches(trainer, batches_for(trainer, _SECONDS))
    compute, wait, merge = times.medians
    lanes_a_rank = config.lanes / comm.size
    divided = config.solver.sampler == "full"
    if divided:  # batches are sweeps of one player: an iteration has two, with a merge each
        batches = times.iterations / len(times.spans)
        compute, wait, merge, lanes_a_rank = compute / batches, wait / batches, merge / batches, 1 / comm.size
    facts = np.array([compute / (lanes_a_rank * config.batch_size), wait / compute, merge, process])
    comm.allreduce_sum(facts)
    iteration, wait, merge, process = (facts / comm.size).tolist()
    touched = Touched(*comm.on_root(lambda: list(measure_touched(session, trainer.table))))
    return Calibration(
        ranks=comm.size,
        iteration=iteration,
        divided=divided,
        wait=wait,
        merge=fit_merge(touched, links, merge, config.batch_size, config.lanes, comm.size),
        sent=trainer.bytes_sent,
        arrays=trainer.bytes_in_use,
        process=int(process),
        batch_size=config.batch_size,
        lanes_a_rank=math.ceil(config.lanes / comm.size),
    )
