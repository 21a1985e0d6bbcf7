"""Every call of the communicator, on each rank, whole and cut into pieces."""

import time

import numpy as np
import pytest

from holdem_mpi.errors import EXIT_IO, EXIT_REQUEUE, SaveError, UserError
from holdem_mpi.parallel import builds, mpi_communicator
from holdem_mpi.parallel import host as host_room
from holdem_mpi.parallel.builds import build_here, check_builds

pytestmark = pytest.mark.mpi


@pytest.fixture(autouse=True, params=[1 << 26, 7])
def chunk(request, monkeypatch):
    """One message a buffer, and messages of 7 elements."""
    monkeypatch.setattr(mpi_communicator, "CHUNK", request.param)


def own_numbers(rank: int) -> np.ndarray:
    """int64[5, 8], large, of both signs, different on each rank."""
    return (np.arange(40).reshape(5, 8) - 20) * (1 << 40) * (rank + 1) + rank


def test_allreduce_sum(comm):
    buffer = own_numbers(comm.rank)
    comm.allreduce_sum(buffer)
    assert np.array_equal(buffer, sum(own_numbers(rank) for rank in range(comm.size)))


def test_allreduce_or(comm):
    buffer = np.uint64(1) << ((np.arange(30, dtype=np.uint64) * np.uint64(comm.rank + 2)) % np.uint64(64))
    comm.allreduce_or(buffer)
    expected = [0] * 30
    for rank in range(comm.size):
        expected = [word | 1 << index * (rank + 2) % 64 for index, word in enumerate(expected)]
    assert buffer.tolist() == expected


def test_allreduce_max(comm):
    buffer = (np.arange(20) - 10) * (1 - 2 * (comm.rank % 2)) + comm.rank
    expected = np.max([(np.arange(20) - 10) * (1 - 2 * (rank % 2)) + rank for rank in range(comm.size)], axis=0)
    comm.allreduce_max(buffer)
    assert np.array_equal(buffer, expected)


def test_each_rank_gives_its_part_to_all(comm):
    starts = np.concatenate(([0], np.cumsum([9 * (rank % 3) for rank in range(comm.size)])))  # rank 0 has none
    buffer = np.full(starts[-1] + 2, 99)
    buffer[starts[comm.rank] : starts[comm.rank + 1]] = comm.rank
    comm.bcast_parts(buffer, starts)
    assert buffer.tolist() == np.repeat(np.arange(comm.size), np.diff(starts)).tolist() + [99, 99]


@pytest.mark.parametrize("shape", [(0,), (7,), (3, 5)])
def test_bcast_from_every_root(comm, shape):
    for root in range(comm.size):
        buffer = np.full(shape, float(comm.rank))
        comm.bcast(buffer, root)
        assert np.array_equal(buffer, np.full(shape, float(root)))


def test_bcast_json(comm):
    for root in range(comm.size):
        value = {"rank": root, "name": "K♠ or a text longer than one piece", "none": None, "list": [1.5, 2**64]}
        assert comm.bcast_json(value if comm.rank == root else None, root) == value


@pytest.mark.parametrize("shape", [(), (4,)])
def test_gather_rows_of_unequal_counts(comm, shape):
    counts = [3 * (rank % 3) for rank in range(comm.size)]  # rank 0 has none
    gathered = comm.gather_rows(np.full((counts[comm.rank], *shape), comm.rank, np.uint16), counts)
    if comm.rank:
        assert gathered is None
    else:
        expected = np.concatenate([np.full((counts[rank], *shape), rank) for rank in range(comm.size)])
        assert gathered.dtype == np.uint16 and np.array_equal(gathered, expected)


def test_on_root_gives_the_value_to_all(comm):
    asked = []
    assert comm.on_root(lambda: asked.append(comm.rank) or {"answer": 42}) == {"answer": 42}
    assert asked == ([0] if comm.rank == 0 else [])


@pytest.mark.parametrize("error", [UserError("no such file"), SaveError("disk full")])
def test_on_root_raises_on_all(comm, error):
    def fail():
        raise error

    with pytest.raises(UserError, match=str(error)) as caught:
        comm.on_root(fail)
    assert caught.value.exit_code == error.exit_code and SaveError.exit_code == EXIT_IO
    assert comm.on_root(lambda: "goes on") == "goes on"


def test_barrier_waits_for_the_last(comm):
    time.sleep(0.2 * comm.rank)
    arrived = np.zeros(comm.size, np.int64)
    arrived[comm.rank] = time.monotonic_ns()  # one clock a host
    comm.barrier()
    left = time.monotonic_ns()
    comm.allreduce_sum(arrived)
    assert left >= arrived.max()


def test_shared_array_is_one_a_host(comm):
    shared = comm.host.shared_array(100, np.dtype(np.float64))
    assert shared.array.shape == (100,) and not shared.array.any()
    assert (shared.part, shared.parts) in [(0, 1), (comm.host.rank, comm.host.size)]
    comm.barrier()
    first, last = shared.own(100)
    shared.array[first:last] = comm.rank + 1
    comm.host.barrier()
    parts = np.array([last - first], np.int64)
    comm.allreduce_sum(parts)
    assert shared.array.all() and parts[0] == 100 * comm.size // shared.parts
    comm.host.barrier()
    if comm.rank == 0:
        shared.array[:] = np.arange(100)
    comm.host.share_from_root(shared)
    assert np.array_equal(shared.array, np.arange(100))
    comm.barrier()


def test_hosts_have_numbers_and_leaders(cluster):
    own = np.zeros((cluster.size, 3), np.int64)
    own[cluster.rank] = cluster.host.number, cluster.host.rank, cluster.host.size
    cluster.allreduce_sum(own)
    assert own[0, 0] == 0 and set(own[:, 0]) == set(range(cluster.hosts))
    for host in range(cluster.hosts):
        members = own[own[:, 0] == host]
        assert members[:, 1].tolist() == list(range(len(members))) and set(members[:, 2]) == {len(members)}
    leaders = cluster.host.leaders()
    assert (leaders is None) == (cluster.host.rank > 0)
    if leaders is not None:
        assert (leaders.rank, leaders.size) == (cluster.host.number, cluster.hosts)


def test_released_memory_is_free_again(cluster):
    one, other = (cluster.host.shared_array(1000, np.dtype(np.int64)) for _ in range(2))
    cluster.host.release(one)
    assert (one.window is None) == (cluster.hosts == cluster.size)
    cluster.host.barrier()
    first, last = other.own(1000)
    other.array[first:last] = cluster.host.number + 1
    cluster.host.barrier()
    assert np.all(other.array == cluster.host.number + 1)
    cluster.host.release(other)
    assert not [window for window in (one.window, other.window) if window]  # freed windows are null
    cluster.host.barrier()


def test_an_array_for_each_rank_where_shared_memory_is_short(comm, monkeypatch):
    monkeypatch.setattr(host_room, "free_shared_memory", lambda: 1000)
    shared = comm.host.shared_array(100, np.dtype(np.float32))
    assert shared.parts == 1 and shared.array.dtype == np.float32
    shared.array[:] = comm.rank
    comm.host.share_from_root(shared)
    assert not shared.array.any()


def test_the_watchdog_names_a_rank_that_does_not_come(everyone, monkeypatch, capsys):
    """Each rank in its turn is late: those that wait say so (and would abort); with the watch off they just wait."""
    ends = []
    monkeypatch.setattr(everyone, "abort", ends.append)
    for late in range(everyone.size):
        everyone.watch(0.2)
        everyone.barrier()
        if everyone.rank == late:
            time.sleep(1.0)
        everyone.barrier()
        everyone.watch(None)
        said = capsys.readouterr().err
        speaker = min(rank for rank in range(everyone.size) if rank != late)
        assert (f"for all ranks; missing: rank {late};" in said) == (everyone.rank == speaker)
        assert bool(ends) == (everyone.rank == speaker) and set(ends) <= {EXIT_REQUEUE}
        ends.clear()
    if everyone.rank == 0:
        time.sleep(0.5)
    everyone.barrier()
    assert not ends and capsys.readouterr().err == ""


def test_ranks_of_one_build_are_content(comm):
    check_builds(comm)


def test_ranks_that_differ_are_named(everyone, monkeypatch):
    last = everyone.size - 1
    own = build_here() | ({"numba": "0.1"} if everyone.rank == last else {})
    monkeypatch.setattr(builds, "build_here", lambda: own)
    with pytest.raises(UserError, match=rf"ranks 0 and {last} .*numba '.*' and '0.1'; 1 of {last + 1} ranks differ"):
        check_builds(everyone)


def test_hosts_are_numbered_by_their_first_ranks(comm):
    assert comm.host.of_ranks() == [0] * comm.size


def test_ping_pong_is_timed_on_one_rank(comm):
    last = comm.size - 1
    if last == 0:
        return
    found = comm.ping_pong(100_000, last, 0, 3)
    assert (found > 0) == (comm.rank == last)
    # Nothing is left over that a later message could be taken for.
    assert comm.waiting_message(8) is None


def test_freed_communicators_come_and_go(comm):
    for count in (1, comm.size):
        part = comm.first_ranks(count)
        if part is None:
            continue
        shared = part.host.shared_array(10, np.dtype(np.float64))
        shared.array[part.rank : part.rank + 1] = 1.0
        part.barrier()
        del shared
        part.free()
    buffer = np.ones(1, np.int64)
    comm.allreduce_sum(buffer)
    assert buffer[0] == comm.size
