"""The merge sums the ranks' deltas, never their tables, and all its forms give one table, on any hosts."""

import numpy as np
import pytest
from holdem_mpi.training.merge import Merger

from holdem_mpi.config.load import load_config
from holdem_mpi.kernels.arrays import C_ENTRIES
from holdem_mpi.kernels.traversal.merge_rows import add_rows
from holdem_mpi.parallel import host as host_room
from holdem_mpi.parallel import mpi_communicator
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.training import merge, row_merge
from holdem_mpi.training.algorithm import algorithm_of
from holdem_mpi.training.start import build_problem

pytestmark = pytest.mark.mpi
LANES = 6
FORMS = ["whole", "rows", "node", "auto"]


@pytest.fixture(params=["kuhn", "leduc_3p"])
def problem(request, alone):
    """A game with six lanes of 50 iterations."""
    return build_problem(load_config(request.param, {"lanes": LANES, "batch_size": 50}), alone)


@pytest.fixture
def leduc(alone):
    """The same with two players."""
    return build_problem(load_config("leduc", {"lanes": LANES, "batch_size": 50}), alone)


def deltas_of_lanes(problem, lanes, batch=0) -> np.ndarray:
    """Sum over ``lanes`` of what each adds to an empty table: int64[2 * num_pairs]."""
    total = np.zeros(2 * problem.layout.num_pairs, np.int64)
    for lane in lanes:
        runner = algorithm_of(problem.config).runner(problem, Communicator())
        runner.run(np.zeros(total.size), batch, lane, problem.config.batch_size, False)
        add_rows(runner.delta, total)
    return total


def merged(problem, comm, mode, times=1):
    """The table after a merge of every rank's lanes."""
    shared = comm.host.shared_array(2 * problem.layout.num_pairs, np.dtype(np.float64))
    merger = Merger(comm, shared, LANES, mode, -np.inf)
    runner = algorithm_of(problem.config).runner(problem, Communicator())
    for lane in range(comm.rank, LANES, comm.size):
        runner.run(shared.array, 0, lane, problem.config.batch_size, False)
    comm.barrier()
    for _ in range(times):
        merger.merge(runner.delta)
        runner.clear()
    comm.barrier()
    return shared


@pytest.mark.parametrize("mode", FORMS)
def test_table_is_the_sum_of_all_lanes(problem, cluster, mode):
    expected = deltas_of_lanes(problem, range(LANES))
    assert np.count_nonzero(expected) > 8
    assert np.array_equal(merged(problem, cluster, mode).array, expected.astype(np.float64))


@pytest.mark.parametrize("mode", FORMS)
def test_merging_nothing_changes_nothing(problem, everyone, mode):
    # Codes that sum totals multiply the table by the number of ranks here.
    expected = deltas_of_lanes(problem, range(LANES))
    assert np.array_equal(merged(problem, everyone, mode, times=3).array, expected.astype(np.float64))


@pytest.mark.parametrize("mode", FORMS)
def test_a_table_to_go_on_from_counts_once(leduc, cluster, mode):
    shared = cluster.host.shared_array(2 * leduc.layout.num_pairs, np.dtype(np.float64))
    if cluster.rank == 0:
        shared.array[:] = 1000.0
    cluster.host.share_from_root(shared)
    runner = algorithm_of(leduc.config).runner(leduc, Communicator())
    runner.run(np.zeros(shared.array.size), 0, cluster.rank, leduc.config.batch_size, False)
    Merger(cluster, shared, LANES, mode, -np.inf).merge(runner.delta)
    cluster.barrier()
    assert np.array_equal(shared.array, 1000.0 + deltas_of_lanes(leduc, range(cluster.size)))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_each_sum_is_added_at_once_and_regrets_stop_at_the_floor(leduc, cluster, dtype):
    expected = deltas_of_lanes(leduc, range(cluster.size))
    start = np.maximum(np.random.default_rng(5).normal(0, 1e4, expected.size), -2000.0).astype(dtype)
    expected = np.maximum(start.astype(np.float64) + expected, -2000.0).astype(dtype)
    assert expected.min() == -2000
    for mode in FORMS:
        shared = cluster.host.shared_array(expected.size, np.dtype(dtype))
        if cluster.rank == 0:
            shared.array[:] = start
        cluster.host.share_from_root(shared)
        runner = algorithm_of(leduc.config).runner(leduc, Communicator())
        runner.run(np.zeros(expected.size), 0, cluster.rank, leduc.config.batch_size, False)
        Merger(cluster, shared, LANES, mode, -2000.0).merge(runner.delta)
        cluster.barrier()
        assert shared.array.tobytes() == expected.tobytes(), mode


@pytest.mark.parametrize("chunk", [1 << 26, 5])
@pytest.mark.parametrize("mode", ["rows", "node"])
def test_buffers_grow_and_long_ones_go_in_pieces(leduc, cluster, mode, chunk, monkeypatch):
    """Sections of one piece at first: as many rounds as pieces, and then larger sections."""
    monkeypatch.setattr(mpi_communicator, "CHUNK", chunk)
    monkeypatch.setattr(row_merge, "FIRST_ROWS", 1)
    monkeypatch.setattr(row_merge, "FIRST_ENTRIES", 128)
    shared = cluster.host.shared_array(2 * leduc.layout.num_pairs, np.dtype(np.float64))
    merger = Merger(cluster, shared, LANES, mode, -np.inf)
    total = np.zeros(shared.array.size, np.int64)
    rounds = []
    for batch in range(4):
        runner = algorithm_of(leduc.config).runner(leduc, Communicator())
        for lane in range(cluster.rank, LANES, cluster.size):
            # The table as it was, so that what lanes add can be found again.
            runner.run(np.zeros(shared.array.size), batch, lane, leduc.config.batch_size, False)
        cluster.barrier()
        merger.merge(runner.delta)
        rounds.append(merger._by_rows[mode]._rounds)
        total += deltas_of_lanes(leduc, range(LANES), batch)
        assert np.array_equal(shared.array, total)
        cluster.barrier()
    on_a_host = mode == "node" and cluster.hosts < cluster.size
    assert (rounds[0] > 10) == on_a_host and rounds[-1] <= 2


def test_where_shared_memory_is_short_rows_are_exchanged_by_messages(leduc, everyone, monkeypatch, capfd):
    expected = deltas_of_lanes(leduc, range(LANES)).astype(np.float64)
    # A table of each rank's own, and a shared one with no room for buffers, or for larger ones.
    for workspace, form in (([0], "rows"), ([1 << 30, 0], "rows"), ([1 << 30] * 3 + [0], "node")):
        left = list(workspace)
        free = lambda left=left: left.pop(0) if len(left) > 1 else left[0]  # noqa: E731
        monkeypatch.setattr(host_room, "free_shared_memory", free)
        monkeypatch.setattr(row_merge, "FIRST_ROWS", 1)
        shared = everyone.host.shared_array(
            expected.size, np.dtype(np.float64), "one table a host", "each rank has one"
        )
        merger = Merger(everyone, shared, LANES, "node", -np.inf)
        for times in range(1, 4):
            runner = algorithm_of(leduc.config).runner(leduc, Communicator())
            for lane in range(everyone.rank, LANES, everyone.size):
                runner.run(np.zeros(expected.size), 0, lane, leduc.config.batch_size, False)
            merger.merge(runner.delta)
            assert np.array_equal(shared.array, times * expected) and merger.form == form
            everyone.barrier()
        said = [line for line in capfd.readouterr().err.splitlines() if "warning: shared memory is short" in line]
        assert len(said) == (everyone.rank == 0), said
        assert all("0 MiB are free" in line and "--shm-size=" in line for line in said)


def test_auto_tries_each_form_and_settles_on_the_fastest(leduc, cluster, monkeypatch):
    """By a clock of the test's, whole tables are slow on rank 1, and the slowest rank counts; later they are fast."""
    monkeypatch.setattr(merge, "_LOOK_EVERY", 16)
    shared = cluster.host.shared_array(2 * leduc.layout.num_pairs, np.dtype(np.float64))
    merger = Merger(cluster, shared, LANES, "auto", -np.inf)
    cost = {"node": 2, "whole": 1 if cluster.rank != 1 else 50, "rows": 2}
    clock, used = [0], []
    plain = merger._merge_as

    def timed(form, delta):
        plain(form, delta)
        used.append(form)
        clock[0] += cost[form]

    monkeypatch.setattr(merger, "_merge_as", timed)
    monkeypatch.setattr(merge.time, "perf_counter_ns", lambda: clock[0])
    runner, total, batches = algorithm_of(leduc.config).runner(leduc, Communicator()), 0, (1, 1, 200)
    for batch, size in enumerate(np.repeat(batches, 16)):
        if batch == 32:
            cost["whole"] = 1
        for lane in range(cluster.rank, LANES, cluster.size):
            runner.run(np.zeros(shared.array.size), batch, lane, int(size), False)
        entries = np.zeros(shared.array.size, np.int64)
        add_rows(runner.delta, entries)
        cluster.allreduce_sum(entries)
        total = total + entries
        merger.merge(runner.delta)
        assert runner.delta.counters[C_ENTRIES] > 0 and np.array_equal(shared.array, total)
        runner.clear()
        cluster.barrier()
    form = "node" if cluster.hosts < cluster.size else "rows"
    tried = [form, "whole"] * 3
    assert used == tried + [form] * 10 + [form] * 16 + tried + ["whole"] * 10
