"""``--plan``: what a run would take, from its sizes and a two-second calibration."""

import math
import time
from dataclasses import dataclass, replace

import numpy as np

from holdem_mpi.config import RunConfig
from holdem_mpi.drivers.full_trainer import trainer_for
from holdem_mpi.drivers.progress import count, duration
from holdem_mpi.drivers.rehearsal import compile_first
from holdem_mpi.drivers.session import Session, build_session
from holdem_mpi.drivers.trainer import Progress, Trainer
from holdem_mpi.parallel.communicator import Communicator

_CALIBRATION_SECONDS = 2.0
# Share of the time that merging may take at the recommended batch size.
_MERGE_SHARE = 0.03
_PROCESS_BYTES = 150 << 20
# How many times larger the batches of the second half of the calibration are.
_LARGER = 16
# Batches that a run should have at least.
_FEWEST_BATCHES = 100


@dataclass(frozen=True)
class Calibration:
    """Times of one rank: ``iteration`` and ``merge`` in seconds at ``batch_size``; a merge grows as batch_size **
    ``growth`` (rows met again cost nothing more). ``sent``, ``touched``: bytes of a merge and of the touched rows.
    """

    batch_size: int
    iteration: float
    merge: float
    growth: float
    sent: int
    touched: int

    def merge_at(self, batch_size: int) -> float:
        """Seconds of a merge after batches of ``batch_size`` iterations a lane."""
        return self.merge * (batch_size / self.batch_size) ** self.growth


def recommend_batch_size(calibration: Calibration, lanes_a_rank: float, largest: int) -> int:
    """Iterations of a lane between merges, a round number, at which merging takes about _MERGE_SHARE of the time.

    At most about ``largest``: lanes that do not see each other for long learn less from an iteration.
    """
    size = 100
    while size < largest:
        merge = calibration.merge_at(size)
        if merge <= _MERGE_SHARE * (merge + size * lanes_a_rank * calibration.iteration):
            break
        size = size * 2 if str(size)[0] != "2" else size * 5 // 2
    return size


def _measure(session: Session, comm: Communicator, seconds: float) -> tuple[float, float, Trainer]:
    """(seconds of an iteration, seconds of a merge, the trainer) over about ``seconds`` of batches."""
    trainer = trainer_for(session, comm, None, Progress())
    trainer.batch()
    spans: list[tuple[float, float]] = []
    going, begin = True, time.perf_counter()
    while going:
        merged, start = trainer.merge_seconds, time.perf_counter()
        before = trainer.progress.batch
        trainer.batch()
        merge = trainer.merge_seconds - merged
        batches = trainer.progress.batch - before
        spans.append(((time.perf_counter() - start - merge) / batches, merge / batches))
        going = comm.bcast_json(time.perf_counter() - begin < seconds)
    # Medians: another program's turn on a core falls on few batches.
    compute, merge = np.median(spans, axis=0)
    iterations = trainer.progress.iterations / trainer.progress.batch
    if session.config.solver.sampler == "full":  # two sweeps, each with its merge, shared by all ranks
        iterations, merge = 1 / 2, 2 * merge
    return float(compute) * comm.size / iterations, float(merge), trainer


def _calibrate(session: Session, comm: Communicator) -> Calibration:
    """A second at the config's batch size, for its rates, and one at a larger, for how merges grow."""
    config = session.config
    if config.batch_size == "auto":
        config = config.model_copy(update={"batch_size": RunConfig.model_fields["batch_size"].default})
        session = replace(session, config=config)
    iteration, merge, trainer = _measure(session, comm, _CALIBRATION_SECONDS / 2)
    if config.mode == "racing":  # batches are slices of time
        size = max(1, trainer.progress.iterations // (comm.size * trainer.progress.batch))
        return Calibration(size, iteration, merge, 0.0, trainer.bytes_sent, trainer.bytes_in_use)
    if config.solver.sampler == "full":  # batches are sweeps, and have one size
        return Calibration(config.batch_size, iteration, merge, 0.0, trainer.bytes_sent, trainer.bytes_in_use)
    larger = config.model_copy(update={"batch_size": _LARGER * config.batch_size})
    _, merge_of_larger, _ = _measure(replace(session, config=larger), comm, _CALIBRATION_SECONDS / 2)
    growth = math.log(max(merge_of_larger, merge) / max(merge, 1e-9)) / math.log(_LARGER)
    growth = float(comm.bcast_json(min(growth, 1.0)))
    return Calibration(config.batch_size, iteration, merge, growth, trainer.bytes_sent, trainer.bytes_in_use)


def show_plan(config: RunConfig, comm: Communicator) -> None:
    """Print the plan on rank 0; trains nothing that is kept. Collective."""
    session = build_session(config, comm)
    compile_first(session, comm)
    config, layout = session.config, session.layout
    calibration = _calibrate(session, comm)
    iteration, sent = calibration.iteration, calibration.sent
    racing, auto = config.mode == "racing", config.batch_size == "auto"
    lanes, size = (comm.size, calibration.batch_size) if racing else (config.lanes, session.batches().largest)
    merge = calibration.merge_at(size)
    table = 2 * layout.num_pairs * np.dtype(config.solver.precision).itemsize
    host_ranks = comm.split_host()[1]
    per_rank = sent + calibration.touched + _PROCESS_BYTES
    lanes_a_rank = lanes / comm.size
    batch = size * lanes_a_rank * iteration + merge
    rate = size * lanes / batch
    if comm.size == 1:
        recommended = size
    else:
        recommended = recommend_batch_size(calibration, lanes_a_rank, config.iters // (_FEWEST_BATCHES * lanes))
    at_best = recommended * lanes / (recommended * lanes_a_rank * iteration + calibration.merge_at(recommended))
    if comm.rank:
        return
    lines = [
        ("game", config.game.name),
        ("infosets", f"{layout.num_rows} ({layout.num_pairs} with their actions)"),
        ("tree nodes", f"{layout.tree.num_nodes}"),
        ("ranks, lanes, batch size", f"{comm.size}, {lanes}, {f'auto, up to {size}' if auto else size}"),
        ("bytes per rank", f"{count(per_rank)}B beside the table"),
        (
            "bytes per node",
            f"{count(per_rank * host_ranks + 2 * table)}B for {host_ranks} ranks and one table of "
            f"{count(table)}B (and its copy while a checkpoint is written)",
        ),
        ("bytes per merge", f"{count(sent)}B a rank"),
        ("time of a merge", f"{1e3 * merge:.2f} ms ({100 * merge / batch:.0f} % of a batch)"),
        ("iterations/s", f"{count(rate)}"),
        ("time", f"{duration(config.iters / rate)} for {config.iters} iterations"),
    ]
    if config.solver.sampler != "full" and not racing:
        lines.append(
            (f"recommended {'size limit' if auto else 'batch size'}", f"{recommended} ({count(at_best)} iterations/s)")
        )
    for name, value in lines:
        print(f"{name + ':':26}{value}")
