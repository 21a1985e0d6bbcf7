"""Where the time of training batches goes: computing, waiting for the slowest rank, merging, exchanging sums."""

import time
from typing import NamedTuple

import numpy as np

from holdem_mpi.training.trainer import Trainer

# Batches before any that counts: memory is touched for the first time, caches fill.
WARM_BATCHES = 3


class BatchTimes(NamedTuple):
    """Where the time of timed batches went.

    spans: float64[batch, 4], seconds of computing, waiting, merging (without messages) and exchanging sums, means over
        ranks.
    seconds: of all batches, discounts included.
    iterations, visits: in them, over all ranks.
    merge_cpu_share: share of the CPU time of all ranks that merging took. Where ranks outnumber the cores, this tells
        what merging costs; by the clock it has the other ranks' turns in it.
    """

    spans: np.ndarray
    seconds: float
    iterations: int
    visits: int
    merge_cpu_share: float

    @property
    def medians(self) -> tuple[float, float, float, float]:
        """Seconds that a batch computes, waits, merges and exchanges. Another program's turn on a core falls on few
        batches.
        """
        compute, wait, merge, exchange = np.median(self.spans, axis=0)
        return float(compute), float(wait), float(merge), float(exchange)

    @property
    def merge_share(self) -> float:
        """Share of a batch's time that merging takes, with its messages and without waiting; median over batches."""
        return float(np.median(self.spans[:, 2:].sum(axis=1) / self.spans.sum(axis=1)))

    @property
    def wait_share(self) -> float:
        """Share of a batch's time that is waiting for the slowest rank."""
        return float(np.median(self.spans[:, 1] / self.spans.sum(axis=1)))


def time_batches(trainer: Trainer, number: int) -> BatchTimes:
    """Run ``number`` batches of a trainer and time them. Collective over its ranks."""
    spans = np.zeros((number, 4))
    progress, comm = trainer.progress, trainer.comm
    iterations, visits, begin = progress.iterations, progress.visits, time.perf_counter()
    merged, spent = trainer.merge_cpu_seconds, time.process_time()
    for span in spans:
        before, start = _spent(trainer), time.perf_counter()
        trainer.batch()
        merge, wait, exchange = _spent(trainer) - before
        span[:] = time.perf_counter() - start - merge, wait, merge - wait - exchange, exchange
    seconds = time.perf_counter() - begin
    cpu = np.array([trainer.merge_cpu_seconds - merged, time.process_time() - spent])
    comm.allreduce_sum(cpu)
    comm.allreduce_sum(spans)
    trainer.settle()
    iterations, visits = progress.iterations - iterations, progress.visits - visits
    return BatchTimes(
        spans=spans / comm.size,
        seconds=seconds,
        iterations=iterations,
        visits=visits,
        merge_cpu_share=float(cpu[0] / max(cpu[1], 1e-9)),
    )


def _spent(trainer: Trainer) -> np.ndarray:
    return np.array([trainer.merge_seconds, trainer.wait_seconds, trainer.exchange_seconds])


def batches_for(trainer: Trainer, seconds: float) -> int:
    """Warm a trainer up by WARM_BATCHES and two more; batches that then take about so many seconds, on every rank."""
    time_batches(trainer, WARM_BATCHES)
    timed = time_batches(trainer, 2)
    return int(trainer.comm.bcast_json(max(3, round(seconds / max(timed.seconds / 2, 1e-6)))))
