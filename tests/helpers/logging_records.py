"""Logs of many ranks, filled record by record, as lanes fill them."""

import numpy as np

from holdem_mpi.kernels.arrays import C_FAULTS, NUM_COUNTERS, SegmentLogs
from holdem_mpi.kernels.traversal.merge_logs import HostLogs
from holdem_mpi.kernels.traversal.sinks import add_regrets, add_strategy

from .naive_merge import Record


def new_logs(segments: int, bits: int, chunk: int, chunks: int, wide: bool) -> SegmentLogs:
    """Empty logs of so many chunks of ``chunk`` words; what was there before is noise."""
    noise = np.random.default_rng(0).integers(-(2**31), 2**31, chunk * chunks).astype(np.int32)
    logs = SegmentLogs(
        words=noise,
        first=np.zeros(2 * segments, np.uint64),
        at=np.full(2 * segments, chunk - 1, np.uint64),
        pool=np.ones(1, np.uint64),
        counters=np.zeros(NUM_COUNTERS, np.int64),
        bits=np.uint64(bits),
        last=np.uint64(chunk - 1),
        wide=np.uint64(wide),
    )
    return logs


def write(logs: SegmentLogs, records: list[Record]) -> None:
    """Append records; the numbers are given as values of actions around a mean that changes nothing."""
    for pair, actions, amounts in records:
        row = np.uint64(pair), np.uint64(actions)
        if amounts is None:
            add_strategy(logs, *row, np.zeros(actions), 0.0, 0.0)
        else:
            # A fourth of the numbers as values, behind two that are not to be read; room for a third action.
            value = np.zeros(2 + max(3, actions))
            value[2 : 2 + actions] = np.array(amounts) / 4 + 8.0
            value[:2] = np.nan
            add_regrets(logs, *row, value, np.uint64(2), 8.0, 4.0, np.inf)
    assert logs.counters[C_FAULTS] == 0


def host_logs(ranks: list[SegmentLogs]) -> HostLogs:
    """The logs of a host's ranks, side by side."""
    heads = [np.concatenate([logs.first, logs.at, logs.pool]) for logs in ranks]
    return HostLogs(np.stack([logs.words for logs in ranks]), np.stack(heads), ranks[0].bits, ranks[0].last)
