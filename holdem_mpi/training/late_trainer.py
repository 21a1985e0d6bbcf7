"""Training by lanes whose sums are merged late: the next batch runs while the last one's sums travel."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.storage.checkpoint import PENDING_ENTRIES, PENDING_VALUES
from holdem_mpi.storage.run_folder import RunFolder
from holdem_mpi.training.lane_trainer import LaneTrainer
from holdem_mpi.training.late_merge import HeldSums, LateMerger
from holdem_mpi.training.problem import Problem
from holdem_mpi.training.trainer import NUM_FLAGS, SAVE, UNFINISHED, VISITS, Progress, Requests, no_requests


class LateTrainer(LaneTrainer):
    """A run in which the sums of batch t are added to the table after batch t + 1, which reads the table without them.

    What ranks agree on at the end of a batch travels with its sums, so that a rank never waits for another host's
    batch that has just ended, but for the one before. Sums and discounts follow each other as in a run whose merges are
    not late: a discount that batch t makes due comes right after its sums.

    ``settle`` adds the last batch's sums, for whoever wants to see the table; ``batch`` takes them out again first.
    """

    _merger: LateMerger

    def __init__(
        self,
        problem: Problem,
        comm: Communicator,
        folder: RunFolder | None,
        progress: Progress,
        new_runner: Callable[[], Any],
    ) -> None:
        """As for ``LaneTrainer``."""
        super().__init__(problem, comm, folder, progress, new_runner)
        self.runner.between_calls = self._merger.poke
        self._settled, self._counted = False, True

    def new_merger(self) -> LateMerger:
        return self.runner.late_merger(self.comm, self.shared, self.problem.regret_floor(), NUM_FLAGS)

    def batch(self, requests: Requests = no_requests) -> np.ndarray:
        """This rank's lanes; then the sums of the batch before are waited for and added, and discounts that they make
        due. The flags are that batch's; see ``Trainer.batch``.
        """
        goes_on = not self._unsettle()
        progress, size, rounds = self.progress, self.begin_lanes(), 0
        while True:
            done = self.runner.go_on(self.table)
            begin = time.perf_counter()
            again = self.comm.host.any(not done)
            self.wait_seconds += time.perf_counter() - begin
            if not again:
                break
            self._merge(self._merger.add_round)
            rounds += 1
            self.merge_seconds += time.perf_counter() - begin
        flags = self._flags_of_last() * goes_on  # what ended the last call of ``run`` does not end this one
        asked = self.flags(self.runner.faults, self.runner.visits, requests, unfinished=rounds)
        asked[SAVE] &= flags[SAVE] == 0  # what is asked for while a save is due is that save
        self._merge(lambda: self._merger.merge(asked))
        self._counted = False
        self.runner.clear()
        self.merge_seconds += time.perf_counter() - begin
        self.exchange_seconds = self._merger.exchange_seconds
        added = progress.iterations
        progress.batch += 1
        progress.pending = self.problem.config.lanes * size
        progress.iterations += progress.pending
        self.discount(added)
        if flags[UNFINISHED]:
            self._merger.grow(-(-int(flags[UNFINISHED]) // self.comm.size))
        return flags

    def _flags_of_last(self) -> np.ndarray:
        """Flags of the last batch, once its sums are here. ArithmeticError on all ranks where one found a fault."""
        flags = self._merger.finish()
        if not self._counted:
            self._counted = True
            self.take(flags, self.progress.batch - 1)
            self.progress.visits += int(flags[VISITS])
        return flags

    def kept(self) -> dict[str, np.ndarray]:
        """What the last batch's sums will make of the table, which goes into the checkpoint as it is. Collective."""
        self._unsettle()
        self._flags_of_last()
        held = self._merger.held()
        return {PENDING_ENTRIES: held.entries, PENDING_VALUES: held.values}

    def share_kept(self, kept: dict[str, np.ndarray]) -> None:
        """Go on from what rank 0 has ``kept`` in a checkpoint."""
        number = np.zeros(1, np.int64)
        if self.comm.rank == 0:
            number[0] = kept[PENDING_ENTRIES].size
        self.comm.bcast(number)
        held = HeldSums(np.zeros(number[0], np.int64), np.zeros(number[0], self.table.dtype))
        if self.comm.rank == 0:
            held = HeldSums(np.array(kept[PENDING_ENTRIES]), np.array(kept[PENDING_VALUES]))
        self.comm.bcast(held.entries)
        self.comm.bcast(held.values)
        self._merger.hold(held)

    def settle(self) -> bool:
        """Add the sums of the last batch to the table, without a discount that they make due; whether that was to be
        done. Collective.
        """
        if self._settled:
            return False
        self._flags_of_last()
        self._merger.swap()
        self._settled = True
        return True

    def _unsettle(self) -> bool:
        """Take out what ``settle`` has added; whether it had."""
        settled, self._settled = self._settled, False
        if settled:
            self._merger.swap()
        return settled
