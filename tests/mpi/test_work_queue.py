"""Items handed out over ranks: each once, whoever is busy; results whole; errors end the job."""

import time

import numpy as np
import pytest

from holdem_mpi.parallel import mpi_communicator
from holdem_mpi.parallel.work_queue import run_items

pytestmark = pytest.mark.mpi


@pytest.fixture(autouse=True, params=[1 << 26, 7])
def chunk(request, monkeypatch):
    """One message a buffer, and messages of 7 elements."""
    monkeypatch.setattr(mpi_communicator, "CHUNK", request.param)


def results_of(comm, items, work):
    """{item: result} on rank 0, and the items that this rank worked on."""
    found, own = {}, []

    def on_result(item, result):
        assert comm.rank == 0 and item not in found
        found[item] = result.copy()

    run_items(comm, items, lambda item: own.append(item) or work(item), on_result)
    return found, own


def array_of(item: int) -> np.ndarray:
    """float64 of 0 to 3 dimensions, empty ones among them."""
    shape = ((), (item,), (item % 3, 4), (2, 3, item))[item % 4]
    return np.asarray(item + np.arange(np.prod(shape, dtype=int), dtype=np.float64).reshape(shape))


@pytest.mark.parametrize("count", [0, 1, 2, 5, 40])
def test_every_item_is_done_once(comm, count):
    items = [3 * i for i in range(count)]
    found, own = results_of(comm, items, array_of)
    done = np.zeros(3 * count + 1, np.int64)
    np.add.at(done, own, 1)
    comm.allreduce_sum(done)
    assert done.sum() == count and all(done[item] == 1 for item in items)
    if comm.rank == 0:
        assert sorted(found) == items
        for item, result in found.items():
            assert result.dtype == np.float64 and np.array_equal(result, array_of(item))


def test_a_slow_item_holds_up_nobody(everyone):
    def work(item):
        time.sleep(0.5 if item == 0 else 0.01)
        return np.array([float(item)])

    begin = time.monotonic()
    _, own = results_of(everyone, range(20), work)
    counts = np.zeros(everyone.size, np.int64)
    counts[everyone.rank] = len(own)
    everyone.allreduce_sum(counts)
    assert counts.sum() == 20 and (counts > 0).all()
    assert time.monotonic() - begin < 1.2  # 0.69 one after another, and patience with a busy machine


def test_waiting_takes_no_core(everyone):
    def work(item):
        time.sleep(1.0 if item == 0 else 0.0)
        return np.zeros(1)

    begin = time.process_time()
    results_of(everyone, [0], work)
    assert time.process_time() - begin < 0.5


def test_one_process_sends_to_nobody(alone):
    with pytest.raises(ValueError, match="rank 1"):
        alone.send(np.zeros(1), 1, 5)
    with pytest.raises(ValueError, match="rank 1"):
        alone.receive(np.zeros(1), 1, 5)
    assert alone.waiting_message(5) is None
