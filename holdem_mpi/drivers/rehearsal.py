"""What is compiled before a run's time counts: everything that training calls, run once."""

import numpy as np

from holdem_mpi.drivers.response_trainer import ResponseTrainer
from holdem_mpi.drivers.session import Session, table_entries
from holdem_mpi.drivers.trainer import Progress
from holdem_mpi.kernels.merge_rows import discount_rows
from holdem_mpi.parallel.communicator import Communicator, SharedArray
from holdem_mpi.parallel.compile_once import compile_once
from holdem_mpi.parallel.merge import Merger
from holdem_mpi.parallel.row_merge import rehearse_rows
from holdem_mpi.solver.policy import count_visited


def compile_first(session: Session, comm: Communicator) -> None:
    """Run every kernel of training once on the first rank of each host; the others load its cache. Collective.

    Compiling takes half a minute the first time, which is then no part of a run's time.
    """

    def rehearse() -> None:
        layout = session.layout
        table = np.zeros(table_entries(session.config, layout), np.dtype(session.config.solver.precision))
        if session.config.solver.sampler == "full":
            session.full_width(Communicator()).rehearse(table)
        elif session.config.solver.sampler == "cfr-br":
            ResponseTrainer(session, Communicator(), None, Progress(last_discount=-session.schedule().interval)).batch()
        else:
            _rehearse_lanes(session, table)
        # No place of the table at all: compiling needs types alone.
        pattern = layout.pattern()
        count_visited(table[:0], pattern._replace(width=pattern.width[:0]))

    compile_once(comm, rehearse)


def _rehearse_lanes(session: Session, table: np.ndarray) -> None:
    """An iteration of a lane, its merge each way where there are merges, and a discount."""
    config, layout, alone = session.config, session.layout, Communicator()
    discount_rows(table, layout.pattern(), (0, 1), (0.5, 0.5, 0.5))
    if config.mode == "racing":
        session.in_place_runner(table).run_on(0, 0, 0, 1)
        return
    shared = SharedArray(table, 0, 1)
    runner = session.new_runner()
    runner.run(table, 0, 0, 1)
    for mode in ("rows", "whole")[: 2 if layout.num_pairs < 1 << 20 or config.merge == "whole" else 1]:
        Merger(alone, shared, 2, mode, session.regret_floor()).merge(runner.delta)
    rehearse_rows(table)
    Merger(alone, shared, 1, "auto", session.regret_floor()).merge(runner.delta)
