"""``--plan``: what a run would take, from its sizes and a two-second calibration."""

import time

import numpy as np

from holdem_mpi.config import RunConfig
from holdem_mpi.drivers.progress import count, duration
from holdem_mpi.drivers.rehearsal import compile_first
from holdem_mpi.drivers.session import Session, build_session
from holdem_mpi.drivers.trainer import Progress, Trainer
from holdem_mpi.parallel.communicator import Communicator

_CALIBRATION_SECONDS = 2.0
# Share of the time that merging may take at the recommended batch size.
_MERGE_SHARE = 0.03
_PROCESS_BYTES = 150 << 20


def recommend_batch_size(iteration_seconds: float, merge_seconds: float, lanes_a_rank: float) -> int:
    """Iterations of a lane between merges, a round number, at which merging takes about _MERGE_SHARE of the time."""
    needed = merge_seconds * (1 / _MERGE_SHARE - 1) / max(iteration_seconds * lanes_a_rank, 1e-9)
    size = 100
    while size < needed:
        size = size * 2 if str(size)[0] != "2" else size * 5 // 2
    return size


def _calibrate(session: Session, comm: Communicator) -> tuple[float, float, int, int]:
    """(seconds of an iteration on one rank, seconds of a merge, bytes sent in a merge, bytes of touched rows)."""
    trainer = Trainer(session, comm, None, Progress())
    trainer.batch()
    trainer.merge_seconds, batches, begin = 0.0, 0, time.perf_counter()
    going = True
    while going:
        trainer.batch()
        batches += 1
        going = comm.bcast_json(time.perf_counter() - begin < _CALIBRATION_SECONDS)
    seconds = time.perf_counter() - begin
    config = session.config
    iterations = batches * config.batch_size * config.lanes / comm.size
    merge = trainer.merge_seconds / batches
    iteration = (seconds - trainer.merge_seconds) / iterations
    return iteration, merge, trainer.merger.bytes_sent, trainer.runner.bytes_in_use


def show_plan(config: RunConfig, comm: Communicator) -> None:
    """Print the plan on rank 0; trains nothing that is kept. Collective."""
    session = build_session(config, comm)
    compile_first(session, comm)
    config, layout = session.config, session.layout
    iteration, merge, sent, touched = _calibrate(session, comm)
    table = 2 * layout.num_pairs * np.dtype(config.solver.precision).itemsize
    host_ranks = comm.split_host()[1]
    per_rank = sent + touched + _PROCESS_BYTES
    lanes_a_rank = config.lanes / comm.size
    batch = config.batch_size * lanes_a_rank * iteration + merge
    rate = config.batch_size * config.lanes / batch
    recommended = recommend_batch_size(iteration, merge, lanes_a_rank)
    at_best = recommended * config.lanes / (recommended * lanes_a_rank * iteration + merge)
    if comm.rank:
        return
    lines = [
        ("game", config.game.name),
        ("infosets", f"{layout.num_rows} ({layout.num_pairs} with their actions)"),
        ("tree nodes", f"{layout.tree.num_nodes}"),
        ("ranks, lanes, batch size", f"{comm.size}, {config.lanes}, {config.batch_size}"),
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
        ("recommended batch size", f"{recommended} ({count(at_best)} iterations/s)"),
    ]
    for name, value in lines:
        print(f"{name + ':':26}{value}")
