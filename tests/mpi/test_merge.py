"""The merge sums the ranks' deltas, never their tables, and both its forms give one table."""

import numpy as np
import pytest

from holdem_mpi.config import load_config
from holdem_mpi.drivers.session import build_session
from holdem_mpi.kernels.merge_rows import add_rows
from holdem_mpi.parallel.merge import Merger

pytestmark = pytest.mark.mpi
LANES = 6


@pytest.fixture(params=["kuhn", "leduc_3p"])
def session(request, alone):
    """A game with six lanes of 50 iterations."""
    return build_session(load_config(request.param, {"lanes": LANES, "batch_size": 50}), alone)


def deltas_of_lanes(session, lanes) -> np.ndarray:
    """Sum over ``lanes`` of what each adds to an empty table: int64[2 * num_pairs]."""
    total = np.zeros(2 * session.layout.num_pairs, np.int64)
    for lane in lanes:
        runner = session.new_runner()
        runner.run(np.zeros(total.size), 0, lane, session.config.batch_size, False)
        add_rows(runner.delta, total)
    return total


def merged(session, comm, mode, times=1):
    """The table after a merge of every rank's lanes, and the runner."""
    shared = comm.shared_array(2 * session.layout.num_pairs, np.dtype(np.float64))
    merger = Merger(comm, shared, LANES, mode, -np.inf)
    runner = session.new_runner()
    for lane in range(comm.rank, LANES, comm.size):
        runner.run(shared.array, 0, lane, session.config.batch_size, False)
    comm.barrier()
    for _ in range(times):
        merger.merge(runner.delta)
        runner.clear()
    comm.barrier()
    return shared


@pytest.mark.parametrize("mode", ["whole", "rows", "auto"])
def test_table_is_the_sum_of_all_lanes(session, everyone, mode):
    expected = deltas_of_lanes(session, range(LANES))
    assert np.count_nonzero(expected) > 8
    assert np.array_equal(merged(session, everyone, mode).array, expected.astype(np.float64))


@pytest.mark.parametrize("mode", ["whole", "rows"])
def test_merging_nothing_changes_nothing(session, everyone, mode):
    # Codes that sum totals multiply the table by the number of ranks here.
    expected = deltas_of_lanes(session, range(LANES))
    assert np.array_equal(merged(session, everyone, mode, times=3).array, expected.astype(np.float64))


@pytest.mark.parametrize("mode", ["whole", "rows"])
def test_a_table_to_go_on_from_counts_once(session, everyone, mode):
    shared = everyone.shared_array(2 * session.layout.num_pairs, np.dtype(np.float64))
    if everyone.rank == 0:
        shared.array[:] = 1000.0
    everyone.share_from_root(shared)
    runner = session.new_runner()
    lane = everyone.rank
    runner.run(np.zeros(shared.array.size), 0, lane, session.config.batch_size, False)
    Merger(everyone, shared, LANES, mode, -np.inf).merge(runner.delta)
    everyone.barrier()
    assert np.array_equal(shared.array, 1000.0 + deltas_of_lanes(session, range(everyone.size)))


def test_regrets_stop_at_the_floor(session, everyone):
    tables = []
    for mode in ("whole", "rows"):
        shared = everyone.shared_array(2 * session.layout.num_pairs, np.dtype(np.float64))
        runner = session.new_runner()
        runner.run(np.zeros(shared.array.size), 0, everyone.rank, session.config.batch_size, False)
        Merger(everyone, shared, LANES, mode, -1000.0).merge(runner.delta)
        everyone.barrier()
        tables.append(shared.array)
    lowest = deltas_of_lanes(session, range(everyone.size)).min()
    assert lowest < -1000 and tables[0].min() == -1000
    assert np.array_equal(*tables)
