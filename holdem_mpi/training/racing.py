"""Racing: the ranks of a host update one table in place, without locks or merges (Hogwild; Niu et al. 2011)."""

import time
from collections.abc import Callable

import numpy as np

from holdem_mpi.errors import UserError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.storage.run_folder import RunFolder
from holdem_mpi.training.host_means import HostMeans
from holdem_mpi.training.in_place_runner import InPlaceRunner
from holdem_mpi.training.problem import Problem
from holdem_mpi.training.trainer import (
    EXCHANGE,
    ITERATIONS,
    STOP,
    TIME_UP,
    VISITS,
    Progress,
    Requests,
    Trainer,
    no_requests,
)

# Seconds that ranks run before they agree on how far they are. Kernel calls are shorter: Python sees a signal only
# between them.
_SLICE_SECONDS = 0.2
_CALL_SECONDS = 0.02
# Iterations of the first call, before a rank knows its speed.
_FIRST_CALL = 20
# A discount may come late by this part of its interval: ranks then need not wait for each other to meet it.
_LATE = 4
# Hosts bring their tables together once they have done this part of all iterations since the last time (see
# docs/staleness.md), and at most this part of the time.
_HOST_SHARE = 50
_EXCHANGE_SHARE = 20


class RacingTrainer(Trainer):
    """A run without a digest: what one rank adds may overwrite what another adds to the same entry at that moment.

    A batch is a slice of time: its number, the rank and the iteration name the random streams, so that none is drawn
    from twice, on any number of ranks. Hosts bring their tables together whenever these are saved or discounted, and in
    between.
    """

    in_place = True

    def __init__(
        self,
        problem: Problem,
        comm: Communicator,
        folder: RunFolder | None,
        progress: Progress,
        new_runner: Callable[[np.ndarray, int], InPlaceRunner],
    ) -> None:
        """new_runner: of a table that is divided by a number of hosts; the rest as for ``Trainer``."""
        super().__init__(problem, comm, folder, progress)
        self._check_shared()
        hosts = comm.hosts
        if progress.batch == 0:
            progress.hosts = hosts
        self.runner = new_runner(self.table, hosts)
        self._hosts = HostMeans(comm, self.shared, problem.regret_floor() / hosts)
        self._exchanged_at = progress.iterations
        self._exchange_end, self._exchange_seconds = 0.0, 0.0
        self._rate = 0.0
        self._begin_slice = time.perf_counter()

    def _check_shared(self) -> None:
        """UserError where ranks of a host have no table in common. Collective."""
        host_ranks = self.comm.host.size
        alone = np.array([host_ranks > 1 and self.shared.parts == 1], np.int64)
        self.comm.allreduce_sum(alone)
        if alone[0]:
            raise UserError(
                f"mode: racing needs {self.table.nbytes >> 20} MB of shared memory for a host's table; expected more "
                "space in /dev/shm (docker: --shm-size), or mode: reproducible"
            )

    def share(self, table: np.ndarray | None) -> None:
        """Give rank 0's ``table`` of a checkpoint to every rank, in the units of as many hosts as there are now."""
        if table is not None and self.progress.hosts != self._hosts.hosts:
            table = table * (self.progress.hosts / self._hosts.hosts)
        super().share(table)
        self.progress.hosts = self._hosts.hosts
        self._hosts.remember()

    def batch(self, requests: Requests = no_requests) -> np.ndarray:
        """One slice: this rank's iterations, the ranks' agreement, and what is due: hosts' tables, the discount."""
        progress, pruning = self.progress, self.problem.config.solver.pruning
        before = progress.iterations
        done = self._slice(prune=pruning.enabled and before >= pruning.after)
        begin = time.perf_counter()
        exchange = self.comm.rank == 0 and begin - self._exchange_end >= _EXCHANGE_SHARE * self._exchange_seconds
        flags = self.agree(self.runner.faults, self.runner.visits, requests, iterations=done, exchange=exchange)
        self.runner.clear()
        progress.batch += 1
        progress.iterations += int(flags[ITERATIONS])
        progress.visits += int(flags[VISITS])
        self._settle(flags, before)
        # Ranks begin here together, whatever one of them does before its next call.
        self._begin_slice = time.perf_counter()
        self.merge_seconds += self._begin_slice - begin
        return flags

    def _slice(self, prune: bool) -> int:
        """Run until the slice's time or this rank's share of the iterations is over; the iterations done."""
        quota, end, done = self._quota(), self._begin_slice + _SLICE_SECONDS, 0
        begin = time.perf_counter()
        while done < quota and (done == 0 or begin < end):
            size = max(1, int(self._rate * min(end - begin, _CALL_SECONDS))) if self._rate else _FIRST_CALL
            last = min(quota, done + size)
            self.runner.run_on(self.progress.batch, self.comm.rank, done, last, prune)
            now = time.perf_counter()
            self._rate = (last - done) / max(now - begin, 1e-9)
            begin, done = now, last
        return done

    def _quota(self) -> int:
        """This rank's share of the iterations that are left, or left before a discount."""
        progress = self.progress
        left = self.problem.config.iters - progress.iterations
        until_due = self.schedule.until_due(progress.iterations, progress.last_discount)
        if until_due is not None:
            left = min(left, until_due + 1 + self.schedule.interval // _LATE)
        rank, size = self.comm.rank, self.comm.size
        return left * (rank + 1) // size - left * rank // size

    def _settle(self, flags: np.ndarray, before: int) -> None:
        """Bring hosts together and discount, where that is due, while no rank changes a table."""
        progress = self.progress
        discounts = self.schedule.due(progress.iterations, progress.last_discount) is not None
        ends = flags[STOP] or flags[TIME_UP] or progress.iterations >= self.problem.config.iters
        whole = discounts or ends or self.saves(flags, before)
        if whole:
            self.comm.host.barrier()
        stale = _HOST_SHARE * (progress.iterations - self._exchanged_at) >= progress.iterations
        if self._hosts.hosts > 1 and (whole or (flags[EXCHANGE] and stale)):
            begin = time.perf_counter()
            self._hosts.exchange()
            self._exchange_end = time.perf_counter()
            self._exchange_seconds = self._exchange_end - begin
            self._exchanged_at = progress.iterations
        if self.discount():
            self._hosts.remember()

    def after_save(self) -> None:
        """Wait until rank 0 has copied the table; the next slice begins then."""
        super().after_save()
        self._begin_slice = time.perf_counter()

    @property
    def bytes_sent(self) -> int:
        """Bytes of the last exchange between hosts."""
        return self._hosts.bytes_sent

    @property
    def bytes_in_use(self) -> int:
        """Bytes of a rank's arrays beside the table."""
        return self.runner.bytes_in_use
