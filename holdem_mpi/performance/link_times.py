"""What messages cost between these ranks: a latency and a time a byte, fitted from ping-pongs and Allreduces."""

import math
import time
from typing import NamedTuple

import numpy as np

from holdem_mpi.parallel.communicator import Communicator

# Bytes of the messages that are timed, messages in one measurement, and measurements, of which the least counts: what
# the link can do, whatever else the machine does.
_SIZES = (8, 256, 4096, 1 << 15, 1 << 18, 1 << 21)
_TIMES = (100, 100, 50, 20, 5, 2)
_MEASUREMENTS = 5


class Link(NamedTuple):
    """The alpha-beta model: ``latency`` seconds a message, and ``byte`` seconds for each byte of it."""

    latency: float
    byte: float

    def message(self, size: float) -> float:
        """Seconds of a message of ``size`` bytes."""
        return self.latency + size * self.byte

    def allreduce(self, size: float, ranks: int) -> float:
        """Seconds of an Allreduce of ``size`` bytes: log2 steps of latency, every byte scattered and gathered once."""
        return math.ceil(math.log2(ranks)) * self.latency + 2 * (ranks - 1) / ranks * size * self.byte


# Where nothing could be measured: a node's memory, and a 100 Gbit/s network.
ASSUMED_HOST, ASSUMED_NETWORK = Link(1e-6, 1e-10), Link(2e-6, 1e-10)


def fit_link(sizes: list[int], seconds: list[float], steps: float = 1.0, crossings: float = 1.0) -> Link:
    """Least squares of relative errors of ``steps`` * latency + ``crossings`` * size * byte, neither below 0."""
    columns = np.array([[steps, crossings * size] for size in sizes]) / np.array(seconds)[:, None]
    latency, byte = np.linalg.lstsq(columns, np.ones(len(sizes)), rcond=None)[0]
    if latency <= 0:
        return Link(0.0, max(0.0, float(np.median(np.array(seconds) / sizes)) / crossings))
    return Link(float(latency), max(0.0, float(byte)))


class Links(NamedTuple):
    """Fits and timings of one job; None where there are no such ranks.

    host: between two ranks of one host.
    network: between ranks of two hosts.
    allreduce: of all ranks.
    timings: by name, [bytes, seconds] each.
    """

    host: Link | None
    network: Link | None
    allreduce: Link | None
    timings: dict[str, list[list[float]]]


def measure_links(comm: Communicator) -> Links:
    """Time messages between ranks; about a second. Collective."""
    hosts = comm.host_of_rank()
    pairs = {
        "host": next(((hosts.index(host), rank) for rank, host in enumerate(hosts) if hosts.index(host) < rank), None),
        "network": (0, hosts.index(1)) if 1 in hosts else None,
    }
    timings = {name: _ping_pongs(comm, *pair) for name, pair in pairs.items() if pair}
    fits = {name: fit_link(*map(list, zip(*found))) for name, found in timings.items()}
    if comm.size > 1:
        timings["allreduce"] = [[size, _allreduce(comm, size, times)] for size, times in zip(_SIZES, _TIMES)]
        steps, crossings = math.ceil(math.log2(comm.size)), 2 * (comm.size - 1) / comm.size
        fits["allreduce"] = fit_link(*map(list, zip(*timings["allreduce"])), steps, crossings)
    return Links(fits.get("host"), fits.get("network"), fits.get("allreduce"), timings)


def _ping_pongs(comm: Communicator, first: int, second: int) -> list[list[float]]:
    found = []
    for size, times in zip(_SIZES, _TIMES):
        comm.barrier()
        spans = [comm.ping_pong(size, first, second, times) for _ in range(_MEASUREMENTS)]
        found.append([size, comm.bcast_json(min(spans), first)])
    return found


def _allreduce(comm: Communicator, size: int, times: int) -> float:
    """Seconds of the call that merges use, least of measurements, mean over ranks."""
    buffer, spans = np.zeros(size // 8, np.int64), []
    for _ in range(_MEASUREMENTS):
        comm.barrier()
        begin = time.perf_counter()
        for _ in range(times):
            comm.allreduce_sum(buffer)
        spans.append((time.perf_counter() - begin) / times)
    seconds = np.array([min(spans)])
    comm.allreduce_sum(seconds)
    return float(seconds[0]) / comm.size
