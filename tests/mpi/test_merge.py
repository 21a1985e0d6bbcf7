"""The merge sums what ranks have added, never their tables, and gives one table on any hosts and in any memory."""

import numpy as np
import pytest

from holdem_mpi.config.load import load_config
from holdem_mpi.parallel import host as host_room
from holdem_mpi.parallel import mpi_communicator
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host_ranks import SharedArray
from holdem_mpi.training import algorithm as algorithms
from holdem_mpi.training import lane_logs
from holdem_mpi.training.algorithm import algorithm_of
from holdem_mpi.training.log_merge import LogMerger
from holdem_mpi.training.start import build_problem, trainer_for
from holdem_mpi.training.trainer import Progress, table_digest
from holdem_mpi.training.whole_merge import WholeMerger

pytestmark = pytest.mark.mpi
LANES = 6
MUCH = 1 << 40
# (game, sampler, whether lanes write logs): Leduc is small, its lanes have tables of their own where they may.
CASES = [
    ("kuhn", "external", False),
    ("leduc", "external", True),
    ("leduc", "outcome", True),
    ("leduc_3p", "external", True),
]


@pytest.fixture(params=CASES)
def problem(request, alone, monkeypatch):
    """A game with six lanes of 50 iterations."""
    game, sampler, logs = request.param
    monkeypatch.setattr(algorithms, "SMALL_PAIRS", 0 if logs else 1 << 30)
    return build_problem(load_config(game, {"lanes": LANES, "batch_size": 50, "solver.sampler": sampler}), alone)


def leduc(monkeypatch, alone, logs=True, **keys):
    """Leduc with six lanes of 50 iterations."""
    monkeypatch.setattr(algorithms, "SMALL_PAIRS", 0 if logs else 1 << 30)
    return build_problem(load_config("leduc", {"lanes": LANES, "batch_size": 50, **keys}), alone)


def run_lanes(runner, table, problem, batch, lanes, merger=None):
    """Run lanes; with ``merger``, in rounds where logs are full on any rank."""
    runner.begin(batch, lanes, problem.config.batch_size, False)
    comm = merger._comm if merger else Communicator()
    while True:
        unfinished = np.array([not runner.go_on(table)], np.int64)
        comm.allreduce_sum(unfinished)
        if not unfinished[0]:
            return
        merger.add_round()


def sums_of_lanes(problem, lanes, batch=0, table=None) -> np.ndarray:
    """What ``lanes`` add together to a table (one of zeros), lane by lane: float64[2 * num_pairs]."""
    before = np.zeros(2 * problem.layout.num_pairs) if table is None else table
    total = np.zeros(before.size)
    for lane in lanes:
        runner, after = algorithm_of(problem.config).runner(problem, Communicator()), before.copy()
        run_lanes(runner, before, problem, batch, range(lane, lane + 1))
        runner.merger(Communicator(), SharedArray(after, 0, 1), -np.inf).merge()
        total += after - before
    return total


def merged(problem, comm, times=1, floor=-np.inf, start=None, dtype=np.float64):
    """The table after a merge of every rank's lanes: shared array, and what merged."""
    shared = comm.host.shared_array(2 * problem.layout.num_pairs, np.dtype(dtype))
    if start is not None:
        if comm.rank == 0:
            shared.array[:] = start
        comm.host.share_from_root(shared)
    runner = algorithm_of(problem.config).runner(problem, comm)
    merger = runner.merger(comm, shared, floor)
    run_lanes(runner, shared.array, problem, 0, range(comm.rank, LANES, comm.size), merger)
    for _ in range(times):
        comm.barrier()
        merger.merge()
        runner.clear()
    comm.barrier()
    return shared, merger


def test_the_table_is_the_sum_of_all_lanes(problem, cluster):
    expected = sums_of_lanes(problem, range(LANES))
    shared, merger = merged(problem, cluster)
    assert np.count_nonzero(expected) > 8 and np.array_equal(shared.array, expected)
    assert isinstance(merger, LogMerger if problem.config.game.name != "kuhn" else WholeMerger)
    # Between hosts packed sums travel, within one nothing; whole tables always.
    assert (merger.bytes_sent > 0) == (cluster.hosts > 1 or isinstance(merger, WholeMerger))


def test_merging_nothing_changes_nothing(problem, cluster):
    # Codes that sum totals multiply the table by the number of ranks here.
    expected = sums_of_lanes(problem, range(LANES))
    assert np.array_equal(merged(problem, cluster, times=3)[0].array, expected)


@pytest.mark.parametrize("logs", [True, False])
def test_a_table_to_go_on_from_counts_once(alone, cluster, monkeypatch, logs):
    problem = leduc(monkeypatch, alone, logs)
    start = np.random.default_rng(3).integers(-1000, 1000, 2 * problem.layout.num_pairs).astype(np.float64)
    expected = start + sums_of_lanes(problem, range(LANES), table=start)
    assert np.array_equal(merged(problem, cluster, start=start)[0].array, expected)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("logs", [True, False])
def test_each_sum_is_added_at_once_and_regrets_stop_at_the_floor(alone, cluster, monkeypatch, dtype, logs):
    problem = leduc(monkeypatch, alone, logs)
    floor = -(2.0**27)
    size = 2 * problem.layout.num_pairs
    start = np.maximum(np.rint(np.random.default_rng(5).normal(0, 2.0**27, size)), floor).astype(dtype)
    sums = sums_of_lanes(problem, range(LANES), table=start.astype(np.float64))
    expected = np.where(sums != 0, np.maximum(start.astype(np.float64) + sums, floor), start).astype(dtype)
    assert np.count_nonzero(expected == floor) > 10
    assert merged(problem, cluster, floor=floor, start=start, dtype=dtype)[0].array.tobytes() == expected.tobytes()


def digests_of_batches(trainer, batches):
    """The digest after each batch, and how many rounds it took."""
    digests, rounds, merger = [], [], trainer._merger
    plain = merger.add_round

    def add_round():
        rounds[-1] += 1
        plain()

    merger.add_round = add_round
    for _ in range(batches):
        rounds.append(0)
        trainer.batch()
        trainer.comm.barrier()
        digests.append(table_digest(trainer.table, trainer.progress))
        trainer.comm.barrier()
    return digests, rounds


def trainer_on(problem, comm):
    return trainer_for(problem, comm, None, Progress())


@pytest.mark.parametrize("sampler", ["external", "outcome"])
@pytest.mark.parametrize(("most", "chunk"), [(0, 1 << 26), (256 << 20, 1 << 26), (0, 5)])
def test_logs_that_are_full_are_worked_off_in_rounds(alone, cluster, monkeypatch, sampler, most, chunk):
    """A batch for which logs must be emptied again and again; those that may grow hold the next ones.

    With messages of five numbers at most, too.
    """
    keys = {"batch_size": 300, "solver.sampler": sampler, "solver.discount_interval": 3600}
    problem = leduc(monkeypatch, alone, **keys)
    expected, none = digests_of_batches(trainer_on(problem, alone), 4)
    monkeypatch.setattr(lane_logs, "_FIRST_BYTES", 0)
    monkeypatch.setattr(lane_logs, "_MOST_BYTES", most)
    monkeypatch.setattr(lane_logs, "_CHUNK_WORDS", 16)
    monkeypatch.setattr(mpi_communicator, "CHUNK", chunk)
    found, rounds = digests_of_batches(trainer_on(problem, cluster), 4)
    assert found == expected and none == [0] * 4
    assert rounds[0] > 1 and (rounds[1:] == [0] * 3 if most else min(rounds) > 1)


@pytest.mark.parametrize("grows", [True, False])
@pytest.mark.parametrize(
    "left",
    [
        pytest.param([MUCH, MUCH, 0], id="table"),
        pytest.param([0, 0, MUCH, 0], id="logs"),
        pytest.param([MUCH, 0, MUCH, 0], id="heads of logs"),
        pytest.param([0], id="all"),
        pytest.param([MUCH, MUCH, MUCH, 0], id="larger logs"),
        pytest.param([0, 0, MUCH], id="first logs"),
    ],
)
def test_where_shared_memory_is_short_ranks_exchange_by_messages(alone, everyone, monkeypatch, capfd, left, grows):
    """Free bytes are asked for as the table, the logs and their heads are made, and then as logs grow; ``left`` has
    those of the logs first, of their heads, of the table, and then as logs grow.
    """
    problem = leduc(monkeypatch, alone, **{"batch_size": 300, "solver.discount_interval": 3600})
    expected, _ = digests_of_batches(trainer_on(problem, alone), 4)
    monkeypatch.setattr(lane_logs, "_FIRST_BYTES", 0)
    monkeypatch.setattr(lane_logs, "_MOST_BYTES", (256 << 20) if grows else 0)
    monkeypatch.setattr(lane_logs, "_CHUNK_WORDS", 16)
    first = (list(left) + [left[-1]] * 3)[:3]
    todo = [first[2], *first[:2], *(left[3:] or left[-1:])]
    monkeypatch.setattr(host_room, "free_shared_memory", lambda: todo.pop(0) if len(todo) > 1 else todo[0])
    trainer = trainer_on(problem, everyone)
    groups = trainer._merger._groups
    found, rounds = digests_of_batches(trainer, 4)
    assert found == expected and rounds[0] > 1
    together = left[0] == left[1] == left[2] == MUCH if len(left) > 2 else False
    assert groups == (1 if together else everyone.size)
    if grows:
        # What was free when logs were made anew decides: nothing in the first five cases.
        assert trainer._merger._groups == (1 if left[2:] == [MUCH] else everyone.size)
    said = [line for line in capfd.readouterr().err.splitlines() if "warning: shared memory is short" in line]
    warned = left[0] == 0 or 0 in left[2:3] or (grows and left[-1] == 0)
    assert (len(said) > 0) == (everyone.rank == 0 and warned), said
    assert all("0 MiB are free" in line and "--shm-size=" in line for line in said)


def test_a_host_without_room_for_what_it_exchanges_says_so(alone, monkeypatch, cluster):
    problem, left = leduc(monkeypatch, alone), [MUCH, MUCH, MUCH, 0]
    monkeypatch.setattr(host_room, "free_shared_memory", lambda: left.pop(0) if len(left) > 1 else left[0])
    trainer = trainer_on(problem, cluster)
    if cluster.hosts == 1 or cluster.hosts == cluster.size:
        trainer.batch()
    else:
        with pytest.raises(MemoryError, match=r"shared memory .* expected more space in /dev/shm"):
            trainer.batch()
    cluster.barrier()
