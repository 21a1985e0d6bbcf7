"""Training over every public board: a batch is one player's sweep, and two batches are an iteration."""

import time
from dataclasses import astuple

import numpy as np

from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.storage.run_folder import RunFolder
from holdem_mpi.training.full_width import FullWidth
from holdem_mpi.training.problem import Problem
from holdem_mpi.training.trainer import VISITS, Progress, Requests, Trainer, no_requests

# One process alone runs many sweeps of a small game in one call: about so many seconds of them.
_CALL_SECONDS = 0.02


class FullTrainer(Trainer):
    """A run of full-width training. Ranks share the boards; a sweep sees the merged table alone.

    Discounts that are due after an iteration are applied to a player's rows as its next sweep adds to them: the same
    arithmetic, without one more pass over the table.
    """

    def __init__(
        self, problem: Problem, comm: Communicator, folder: RunFolder | None, progress: Progress, work: FullWidth
    ) -> None:
        """work: this rank's share of the boards; the rest as for ``Trainer``."""
        super().__init__(problem, comm, folder, progress)
        self.work = work
        self._sweeps_a_call = 1
        self._bytes_sent = 0

    def _keep(self, sweep: int) -> tuple[float, float, float]:
        """Factors of what the table holds, for one sweep; notes the discount once both players have had it."""
        iterations = sweep // 2
        factors = self.schedule.due(iterations, self.progress.last_discount)
        if factors is None:
            return 1.0, 1.0, 1.0
        if sweep & 1:
            self.progress.last_discount = iterations
        return astuple(factors)

    def batch(self, requests: Requests = no_requests) -> np.ndarray:
        """One player's sweep, or on one process as many as take no time; see ``Trainer.batch``."""
        progress = self.progress
        sweeps = self._alone() if self.comm.size == 1 else self._shared()
        begin = time.perf_counter()
        flags = self.agree(self.work.faults, self.work.visits, requests)
        self.work.clear()
        if self.comm.size > 1:
            self._merge(progress.batch & 1)
        self.merge_seconds += time.perf_counter() - begin
        progress.batch += sweeps
        progress.iterations = progress.batch // 2
        progress.visits += int(flags[VISITS])
        return flags

    def _alone(self) -> int:
        """Run and apply some sweeps on this process alone; their number."""
        first, left = self.progress.batch, 2 * self.problem.config.iters - self.progress.batch
        sweeps = max(1, min(self._sweeps_a_call, left))
        keep = np.array([self._keep(sweep) for sweep in range(first, first + sweeps)])
        begin = time.perf_counter()
        self.work.run_alone(self.table, first, keep)
        if time.perf_counter() - begin < _CALL_SECONDS / 2:
            self._sweeps_a_call *= 2
        return sweeps

    def _shared(self) -> int:
        """Run this rank's boards of one sweep; what they add is merged later."""
        self.work.sweep(self.table, self.progress.batch & 1, self._keep(self.progress.batch))
        return 1

    def _merge(self, player: int) -> None:
        """Sum what boards share, and give every host the rows that boards have alone."""
        dense = self.work.dense(player)
        self.comm.allreduce_sum(dense)
        self._bytes_sent = dense.nbytes
        self.work.apply(self.table, player, self.shared.part, self.shared.parts)
        if self.shared.parts < self.comm.size and self.work.entries_of_ranks:
            self._exchange(self.work.entries_of_ranks[player])
        if self.shared.parts > 1:
            self.comm.host_barrier()

    def _exchange(self, entries: np.ndarray) -> None:
        """Copy each rank's own rows to the tables of the other hosts."""
        for rank in range(self.comm.size):
            rows = self.table[entries[rank] : entries[rank + 1]]
            # Ranks that share a table receive aside: one of them writes.
            received = rows if self.shared.part == 0 and rank != self.comm.rank else rows.copy()
            self.comm.bcast(received, rank)
            self._bytes_sent += received.nbytes

    @property
    def bytes_sent(self) -> int:
        return self._bytes_sent

    @property
    def bytes_in_use(self) -> int:
        return self.work.bytes_in_use
