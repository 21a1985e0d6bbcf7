"""Training by lanes against a merged table: run them, sum what they add, discount."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.storage.run_folder import RunFolder
from holdem_mpi.training.lane_runner import LogRunner, SmallTableRunner
from holdem_mpi.training.problem import Problem
from holdem_mpi.training.public_lane_runner import PublicLaneRunner
from holdem_mpi.training.trainer import UNFINISHED, VISITS, Progress, Requests, Trainer, no_requests


class LaneTrainer(Trainer):
    """A run whose batches are lanes of iterations against the merged table."""

    def __init__(
        self,
        problem: Problem,
        comm: Communicator,
        folder: RunFolder | None,
        progress: Progress,
        new_runner: Callable[[], LogRunner | SmallTableRunner | PublicLaneRunner],
    ) -> None:
        """new_runner: makes what runs this rank's lanes, once the table has its memory; the rest as for ``Trainer``."""
        super().__init__(problem, comm, folder, progress)
        self.runner = new_runner()
        self._batches = problem.batches()
        self._merger = self.new_merger()

    def new_merger(self) -> Any:
        """What adds the lanes' sums to the table. Collective."""
        return self.runner.merger(self.comm, self.shared, self.problem.regret_floor())

    def begin_lanes(self) -> int:
        """Tell the runner which lanes the next batch has for this rank; the iterations of each."""
        config, progress = self.problem.config, self.progress
        pruning = config.solver.pruning
        prune = pruning.enabled and progress.iterations >= pruning.after
        size = self._batches.size(progress.iterations)
        lanes = range(self.comm.rank, config.lanes, self.comm.size)
        self.runner.begin(progress.batch, lanes, size, prune, progress.iterations)
        return size

    def batch(self, requests: Requests = no_requests) -> np.ndarray:
        """This rank's lanes, the ranks' agreement, the merge, the discount; see ``Trainer.batch``."""
        progress, size = self.progress, self.begin_lanes()
        while True:
            done = self.runner.go_on(self.table)
            begin = time.perf_counter()
            flags = self.agree(self.runner.faults, self.runner.visits, requests, unfinished=not done)
            if not flags[UNFINISHED]:
                break
            self._merge(self._merger.add_round)
            self.merge_seconds += time.perf_counter() - begin
        self._merge(self._merger.merge)
        self.runner.clear()
        self.merge_seconds += time.perf_counter() - begin
        self.exchange_seconds = self._merger.exchange_seconds
        progress.batch += 1
        progress.iterations += self.problem.config.lanes * size
        progress.visits += int(flags[VISITS])
        self.discount()
        return flags

    def _merge(self, step: Callable[[], None]) -> None:
        begin = time.process_time()
        step()
        self.merge_cpu_seconds += time.process_time() - begin

    @property
    def bytes_sent(self) -> int:
        """Bytes of a rank's last merge."""
        return self._merger.bytes_sent

    @property
    def bytes_in_use(self) -> int:
        """Bytes of a rank's arrays beside the table."""
        return self.runner.bytes_in_use + self._merger.bytes_in_use
