"""The training loop: batches, discounts, checkpoints; the same on one process and on many ranks."""

import contextlib
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Any, ClassVar

import numpy as np

from holdem_mpi.config.fingerprint import fingerprint, semantic_dict
from holdem_mpi.config.run_config import RunConfig
from holdem_mpi.errors import EXIT_OK, EXIT_REQUEUE, SaveError
from holdem_mpi.kernels.traversal.merge_rows import discount_rows
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.notices import Notice
from holdem_mpi.parallel.stop_flag import StopFlag
from holdem_mpi.policy.tabular import count_visited, table_entries
from holdem_mpi.reporting.progress import MetricsDisplay
from holdem_mpi.storage.run_folder import RunFolder
from holdem_mpi.storage.table_digest import digest_of_table
from holdem_mpi.training.advice import Adviser
from holdem_mpi.training.checkpointer import Checkpointer
from holdem_mpi.training.problem import Problem

# Slots of the vector that ranks sum at the end of a batch.
NUM_FLAGS = 9
_FAULTS, VISITS, _CPU, ITERATIONS, EXCHANGE, UNFINISHED, STOP, TIME_UP, SAVE = range(NUM_FLAGS)
Requests = Callable[[], tuple[bool, bool, bool]]
"""What a rank asks of the others as a batch ends: (stop on a signal, stop since the time is up, save a checkpoint)."""


def no_requests() -> tuple[bool, bool, bool]:
    """Asks for nothing: no signal, time left, no checkpoint due."""
    return False, False, False


@dataclass
class Progress:
    """How far a run is; what a checkpoint keeps besides the table.

    batch: batches done.
    iterations: done over all lanes.
    last_discount: iterations done at the last discount.
    visits: nodes visited.
    seconds: of training.
    cpu_seconds: of training, over all ranks.
    hosts: what a racing table is divided by (``HostMeans``).
    pending: those of the iterations whose sums are not in the table yet, where merges are late.
    """

    batch: int = 0
    iterations: int = 0
    last_discount: int = 0
    visits: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    hosts: int = 1
    pending: int = 0


def table_digest(table: np.ndarray, progress: Progress) -> str:
    """SHA-256 of a table's bytes and of the iterations behind them: equal exactly where two runs agree bit by bit."""
    return digest_of_table(table, progress.batch, progress.iterations)


def snapshot_due(config: RunConfig, before: int, after: int) -> bool:
    """Whether a batch from ``before`` to ``after`` iterations passes ``snapshot_first`` times a power of the factor."""
    if config.snapshot_factor is None or after < config.snapshot_first:
        return False
    passed = float(config.snapshot_first)
    while passed * config.snapshot_factor <= after:
        passed *= config.snapshot_factor
    return before < passed


class Trainer(ABC):
    """One run on one communicator; every rank holds one and calls ``run``. How a batch goes is a subclass's.

    merge_seconds: in which this rank has waited for the others or merged; wait_seconds: the waiting alone;
    exchange_seconds: the part of the merging in which ranks sent each other sums; merge_cpu_seconds: the CPU time of
    merging, without waiting for the slowest rank.
    in_place: whether ranks change the table at any time, not only as they merge.
    """

    in_place: ClassVar[bool] = False

    def __init__(self, problem: Problem, comm: Communicator, folder: RunFolder | None, progress: Progress) -> None:
        """folder: the run's on rank 0; None elsewhere, and where nothing is to be saved. Fill ``table`` before ``run``
        to go on from a checkpoint.
        """
        self.problem, self.comm, self.folder, self.progress = problem, comm, folder, progress
        config = problem.config
        size, precision = table_entries(config, problem.layout), np.dtype(config.solver.precision)
        self.shared = comm.host.shared_array(size, precision, "one table a host", "each rank keeps a table of its own")
        self.table = self.shared.array
        self.schedule = problem.schedule()
        self.pattern = problem.layout.pattern()
        self.merge_seconds = self.wait_seconds = self.exchange_seconds = self.merge_cpu_seconds = 0.0
        self.checkpointer: Checkpointer | None = None
        self.stopped_by = "iterations"
        self._begin_cpu, self._earlier_cpu = time.process_time(), progress.cpu_seconds

    def share(self, table: np.ndarray | None) -> None:
        """Give rank 0's ``table`` of a checkpoint to every rank."""
        if self.comm.rank == 0:
            np.copyto(self.table, table)
        self.comm.host.share_from_root(self.shared)

    @abstractmethod
    def batch(self, requests: Requests = no_requests) -> np.ndarray:
        """One batch: this rank's part of the iterations, the ranks' agreement, the merge, the discount.

        Returns the flags (slots: see ``VISITS`` and those beside it), summed over ranks, ``requests`` among them.
        """

    def discount(self, added: int | None = None) -> bool:
        """Discount the table if that is due, each rank a part of it; whether it was.

        added: the iterations whose sums the table holds; default: all that are done.
        """
        progress = self.progress
        added = progress.iterations if added is None else added
        factors = self.schedule.due(added, progress.last_discount)
        if factors is None:
            return False
        segments = self.shared.own(int(self.pattern.first_segment[-1]))
        discount_rows(self.table, self.pattern, segments, astuple(factors))
        if self.shared.parts > 1:
            self.comm.host.barrier()
        progress.last_discount = added
        return True

    def flags(
        self,
        faults: int,
        visits: int,
        requests: Requests,
        *,
        iterations: int = 0,
        exchange: bool = False,
        unfinished: int = 0,
    ) -> np.ndarray:
        """This rank's flags of a batch, to be summed over ranks."""
        microseconds = round(1e6 * (time.process_time() - self._begin_cpu))
        return np.array([faults, visits, microseconds, iterations, exchange, unfinished, *requests()], np.int64)

    def agree(self, faults: int, visits: int, requests: Requests, **more: int) -> np.ndarray:
        """Flags of a batch, summed over ranks, which meet here; arguments as for ``flags``.

        ArithmeticError on all ranks where one has found a fault.
        """
        begin = time.perf_counter()
        flags = self.flags(faults, visits, requests, **more)
        self.comm.allreduce_sum(flags)
        self.wait_seconds += time.perf_counter() - begin
        self.take(flags, self.progress.batch)
        return flags

    def take(self, flags: np.ndarray, batch: int) -> None:
        """Note what the ranks' flags of a batch say. ArithmeticError on all ranks where one has found a fault."""
        self.progress.cpu_seconds = self._earlier_cpu + 1e-6 * float(flags[_CPU])
        if flags[_FAULTS]:
            raise ArithmeticError(
                f"batch {batch}: {flags[_FAULTS]} contributions were not finite or beyond their bound; "
                "nothing of this batch is saved"
            )

    @property
    @abstractmethod
    def bytes_sent(self) -> int:
        """Bytes of a rank's last merge."""

    @property
    @abstractmethod
    def bytes_in_use(self) -> int:
        """Bytes of a rank's arrays beside the table."""

    def run(self) -> int:
        """Train until the iterations, the time budget or a signal end it; checkpoint; EXIT_OK or EXIT_REQUEUE.

        May be called again, with more iterations in the problem's config.
        """
        config, progress = self.problem.config, self.progress
        earlier_seconds, self.stopped_by = progress.seconds, "iterations"
        begin, self._begin_cpu, self._earlier_cpu = time.perf_counter(), time.process_time(), progress.cpu_seconds
        self._begin, first = begin, True
        display = MetricsDisplay(self.comm, config.iters) if self.comm.rank == 0 else None
        if self.folder:
            self.checkpointer = Checkpointer(self.folder, config.keep_checkpoints, display.say)
        reporter = _RunReporter(self, display, begin)
        with StopFlag() as stop:

            def requests() -> tuple[bool, bool, bool]:
                late = time.perf_counter() - begin >= (config.time_budget or math.inf)
                return stop.signal_number > 0, self.comm.rank == 0 and late, reporter.save_due()

            self.comm.watch(config.watchdog)
            while progress.iterations < config.iters and self.stopped_by == "iterations":
                before = progress.iterations
                # The others load now what rank 0 has compiled.
                with Notice("first batch") if first else contextlib.nullcontext():
                    flags, first = self.batch(requests), False
                if flags[STOP]:
                    self.stopped_by = "signal"
                elif flags[TIME_UP]:
                    self.stopped_by = "time budget"
                progress.seconds = earlier_seconds + time.perf_counter() - begin
                if self.saves(flags, before):
                    reporter.save(self.kept(), snapshot_due(config, before, progress.iterations))
                    self.after_save()
                reporter.after_batch()
            progress.seconds = earlier_seconds + time.perf_counter() - begin
            progress.cpu_seconds = self._earlier_cpu + self._cpu_of_all_ranks(self._begin_cpu)
            self.comm.watch(None)  # the others wait for the last save, however long that takes
            reporter.close()
            kept = self.kept()
            if self.checkpointer:
                self.checkpointer.save_now({"table": self.table, **kept}, self.meta())
        if display:
            display.close()
        failed = self.comm.bcast_json(str(self.checkpointer.failed or "") if self.checkpointer else "")
        self.settle()
        if failed:
            raise SaveError(f"{failed}: the last checkpoint was not written; expected free space in the run's folder")
        return EXIT_REQUEUE if self.stopped_by == "signal" else EXIT_OK

    def saves(self, flags: np.ndarray, before: int) -> bool:
        """Whether a checkpoint follows the batch that began after ``before`` iterations; every rank knows."""
        return bool(flags[SAVE]) or snapshot_due(self.problem.config, before, self.progress.iterations)

    def kept(self) -> dict[str, np.ndarray]:
        """Arrays that a checkpoint keeps besides the table, whole on rank 0. Collective."""
        return {}

    def share_kept(self, kept: dict[str, np.ndarray]) -> None:
        """Give what rank 0's checkpoint ``kept`` besides the table to every rank, after ``share``. Collective."""
        if kept:
            raise ValueError(f"expected a checkpoint of the table alone, got also {', '.join(sorted(kept))}")

    def settle(self) -> bool:
        """See to it that the table holds the sums of all iterations done; whether it did not. Called once a run has
        ended. Collective.
        """
        return False

    def after_save(self) -> None:
        """Called on every rank after a checkpoint: where ranks change the table at any time, all wait until rank 0 has
        copied it.
        """
        if self.in_place:
            self.comm.host.barrier()

    def _cpu_of_all_ranks(self, begin: float) -> float:
        microseconds = np.array([round(1e6 * (time.process_time() - begin))], np.int64)
        self.comm.allreduce_sum(microseconds)
        return float(microseconds[0]) / 1e6

    def meta(self) -> dict[str, Any]:
        """The JSON that a checkpoint keeps besides the table: fingerprint, semantic config, progress."""
        return {
            "fingerprint": fingerprint(self.problem.config),
            "semantic": semantic_dict(self.problem.config),
            "progress": {
                **vars(self.progress),
                "bucket_digest": self.problem.bucket_digest,
                "layout": self.problem.layout.fingerprint(),
                "units": self.problem.units,
            },
        }

    def visited(self) -> int:
        """How many infosets have a strategy sum above zero."""
        return int(count_visited(self.table, self.pattern))

    def metrics(self, since: Progress, seconds: float, merge_share: float) -> dict[str, Any]:
        """A line of metrics.jsonl, rates counted from ``since`` over ``seconds``."""
        progress = self.progress
        rate = (progress.iterations - since.iterations) / seconds
        return {
            "batch": progress.batch,
            "iterations": progress.iterations,
            "seconds": progress.seconds,
            "iterations_per_second": rate,
            "visits_per_second": (progress.visits - since.visits) / seconds,
            "merge_share": merge_share,
            "infosets": self.problem.layout.num_rows,
            "infosets_visited": self.visited(),
            "eta": self._eta(rate),
        }

    def _eta(self, rate: float) -> float | None:
        left = (self.problem.config.iters - self.progress.iterations) / rate if rate > 0 else math.inf
        budget = self.problem.config.time_budget
        if budget is not None:
            left = min(left, budget - (time.perf_counter() - self._begin))
        return max(0.0, left) if math.isfinite(left) else None


class _RunReporter:
    """Rank 0's metrics and checkpoints, by the clock, the latter where it has a folder. Does nothing on other ranks."""

    def __init__(self, trainer: Trainer, display: MetricsDisplay | None, begin: float) -> None:
        self._trainer, self._display = trainer, display
        self._logged = self._saved = begin
        self._warned = False
        spent = (begin, trainer.merge_seconds, trainer.wait_seconds)
        self._adviser = Adviser(trainer.problem.config, trainer.comm.size, trainer.shared.parts, spent)
        self._mark()

    def _mark(self) -> None:
        self._since = Progress(**vars(self._trainer.progress))
        self._merge_since = self._trainer.merge_seconds

    def save_due(self) -> bool:
        """Whether a checkpoint is due by the clock; one at a time."""
        if self._trainer.checkpointer is None:
            return False
        due = time.perf_counter() - self._saved >= self._trainer.problem.config.checkpoint_interval
        return due and not self._trainer.checkpointer.busy

    def save(self, kept: dict[str, np.ndarray], snapshot: bool) -> None:
        if self._trainer.checkpointer is None:
            return
        self._saved = time.perf_counter()
        self._trainer.checkpointer.start(self._trainer.table, kept, self._trainer.meta(), snapshot)

    def after_batch(self) -> None:
        now = time.perf_counter()
        if self._display is not None and now - self._logged >= self._trainer.problem.config.log_interval:
            self._log(now)

    def _log(self, now: float, last: bool = False) -> None:
        trainer = self._trainer
        seconds = max(now - self._logged, 1e-9)
        metrics = trainer.metrics(self._since, seconds, (trainer.merge_seconds - self._merge_since) / seconds)
        self._display.show(metrics, last)
        if line := self._adviser.line(now, trainer.merge_seconds, trainer.wait_seconds):
            self._display.say(line)
        try:
            if trainer.folder:
                trainer.folder.append_metrics(metrics)
        except OSError as error:
            if not self._warned:
                self._display.say(f"warning: metrics not written: {error}; the run goes on")
            self._warned = True
        self._logged = time.perf_counter()
        self._mark()

    def close(self) -> None:
        if self._trainer.folder and self._trainer.progress.batch > self._since.batch:
            self._log(time.perf_counter(), last=True)
