"""Training against best responses (CFR-BR): a batch is a flop for each lane, and an iteration is one flop."""

import time

import numpy as np

from holdem_mpi.kernels.response.update import add_to_table, match_rows
from holdem_mpi.kernels.rng import DOMAIN_DEAL, draw_below, open_stream
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.tabular import trunk_entries
from holdem_mpi.storage.run_folder import RunFolder
from holdem_mpi.training.cfr_br_flop import FlopUpdater
from holdem_mpi.training.problem import Problem
from holdem_mpi.training.trainer import VISITS, Progress, Requests, Trainer, no_requests

_CARDS = 52


def flop_of_lane(seed: int, batch: int, lane: int) -> np.ndarray:
    """int64[3], sorted: the real flop, drawn uniformly, of one lane in one batch."""
    state = np.zeros(10, np.uint64)
    open_stream(state, seed, DOMAIN_DEAL, batch, lane, 0, 0)
    cards: list[int] = []
    while len(cards) < 3:
        card = int(draw_below(state, _CARDS))
        if card not in cards:
            cards.append(card)
    return np.array(sorted(cards), np.int64)


class ResponseTrainer(Trainer):
    """A run of CFR-BR. Lanes see the merged table alone; what they add is summed over ranks as integers, whole.

    Behind the table's rows stand the regrets of the best responders before the flop, the trunk.
    """

    def __init__(
        self,
        problem: Problem,
        comm: Communicator,
        folder: RunFolder | None,
        progress: Progress,
        work: FlopUpdater,
    ) -> None:
        """work: learns from this rank's flops; the rest as for ``Trainer``."""
        super().__init__(problem, comm, folder, progress)
        self.work, layout = work, problem.layout
        self._strategy = np.zeros(layout.num_pairs)
        self._rows = 2 * layout.num_pairs
        self._delta = np.zeros(self._rows + trunk_entries(layout), np.int64)

    def batch(self, requests: Requests = no_requests) -> np.ndarray:
        """A flop for each of this rank's lanes, the ranks' agreement, the merge, the discount; as ``Trainer.batch``."""
        config, progress = self.problem.config, self.progress
        match_rows(self.table, self.pattern, self._strategy)
        self.work.play(self._strategy, self.table[self._rows :])
        for lane in range(self.comm.rank, config.lanes, self.comm.size):
            flop = flop_of_lane(config.solver.seed, progress.batch, lane)
            self.work.update(flop, self._delta[: self._rows], self._delta[self._rows :])
        begin = time.perf_counter()
        flags = self.agree(self.work.faults, self.work.visits, requests)
        self.work.faults = self.work.visits = 0
        self._merge()
        self.merge_seconds += time.perf_counter() - begin
        progress.batch += 1
        progress.iterations += config.lanes
        progress.visits += int(flags[VISITS])
        self.discount()
        return flags

    def _merge(self) -> None:
        self.comm.allreduce_sum(self._delta)
        add_to_table(self._delta, self.table, *self.shared.own(self._delta.size))
        if self.shared.parts > 1:
            self.comm.host_barrier()
        self._delta.fill(0)

    def discount(self) -> bool:
        """Discount rows and trunk if that is due; whether it was."""
        factors = self.schedule.due(self.progress.iterations, self.progress.last_discount)
        due = super().discount()
        if due:
            if self.shared.part == 0:
                trunk = self.table[self._rows :]
                trunk *= np.where(trunk > 0, factors.positive, factors.negative)
            if self.shared.parts > 1:
                self.comm.host_barrier()
        return due

    @property
    def bytes_sent(self) -> int:
        return self._delta.nbytes if self.comm.size > 1 else 0

    @property
    def bytes_in_use(self) -> int:
        return self._delta.nbytes + self._strategy.nbytes + self.work.bytes_in_use
