"""Where what a traversal adds goes: to logs (SegmentLogs), to a lane's own table (DenseDelta), or at once into the
table (InPlace). The kind is known when a kernel is compiled, so that none costs the others anything.
"""

import numpy as np
from numba import njit, types
from numba.extending import overload

from holdem_mpi.kernels.arrays import C_FAULTS, InPlace, SegmentLogs
from holdem_mpi.kernels.traversal.segment_logs import log_few_regrets, log_regrets, log_strategy

_ONE = np.uint64(1)
_TWO = np.uint64(2)


def _kind(sink):
    """The class of a sink, of its value or of its Numba type."""
    found = getattr(sink, "instance_class", type(sink))
    return found if found in (SegmentLogs, InPlace) else None


def to_fixed(amount, like):
    """``amount`` (float64, already scaled) as an entry of ``like``: rounded to the nearest integer, ties to even, or
    unchanged where ``like`` holds floats. Truncation would be biased.
    """
    return np.int64(np.rint(amount)) if like.dtype.kind == "i" else amount


@overload(to_fixed, inline="always")
def _to_fixed(amount, like):
    if isinstance(like.dtype, types.Integer):
        return lambda amount, like: np.int64(np.rint(amount))
    return lambda amount, like: amount


def _table_alone(table, sink, entry, weight):
    return np.float64(table[entry])


def _sum_of_both(table, sink, entry, weight):
    return np.float64(table[entry]) + weight * np.float64(sink.values[entry])


def current_regret(table, sink, entry, weight):
    """The regret (float64) that a traversal goes by: the table's, and ``weight`` times what a lane with a table of its
    own has added to it.
    """
    return (_table_alone if _kind(sink) else _sum_of_both)(table, sink, entry, weight)


@overload(current_regret, inline="always")
def _current_regret(table, sink, entry, weight):
    return _table_alone if _kind(sink) else _sum_of_both


def _log_strategy(sink, pair, actions, positive, factor, each):
    log_strategy(sink, pair, actions)


def _sum_strategy(sink, pair, actions, positive, factor, each):
    entry = _TWO * pair + actions
    for index in range(actions):
        action = np.uint64(index)
        sink.values[entry + action] += to_fixed(positive[action] * factor + each, sink.values)


def add_strategy(sink, pair, actions, positive, factor, each):
    """Add a strategy to the sums of a row: positive[action] * factor + each, by action (``factor`` has the scale)."""
    found = _kind(sink) is SegmentLogs
    (_log_strategy if found else _sum_strategy)(sink, pair, actions, positive, factor, each)


@overload(add_strategy, inline="always")
def _add_strategy(sink, pair, actions, positive, factor, each):
    return _log_strategy if _kind(sink) is SegmentLogs else _sum_strategy


@njit(cache=True, _nrt=False, inline="always")
def _is_sound(sink, mean, scale, bound):
    """Whether a node's value is finite and within its bound; a fault is counted otherwise. All values below it were."""
    sound = abs(mean * scale) <= bound
    if not sound:
        sink.counters[C_FAULTS] += 1
    return sound


def _log_regrets(sink, pair, actions, value, start, mean, scale, bound):
    if _is_sound(sink, mean, scale, bound):
        if _TWO <= actions <= np.uint64(3) and not sink.wide:
            has_third = np.uint64(actions > _TWO)
            first, second = (value[start] - mean) * scale, (value[start + _ONE] - mean) * scale
            third = (value[start + _ONE + has_third] - mean) * scale * np.float64(has_third)
            log_few_regrets(sink, pair, actions, first, second, third)
        else:
            log_regrets(sink, pair, actions, value, start, mean, scale)


def _sum_regrets(sink, pair, actions, value, start, mean, scale, bound):
    if _is_sound(sink, mean, scale, bound):
        for index in range(actions):
            action = np.uint64(index)
            sink.values[_TWO * pair + action] += to_fixed((value[start + action] - mean) * scale, sink.values)


def _update_regrets(sink, pair, actions, value, start, mean, scale, bound):
    if _is_sound(sink, mean, scale, bound):
        for index in range(actions):
            entry = _TWO * pair + np.uint64(index)
            amount = (value[start + np.uint64(index)] - mean) * scale
            sink.values[entry] = max(sink.values[entry] + amount, sink.floor)


_REGRETS = {SegmentLogs: _log_regrets, InPlace: _update_regrets, None: _sum_regrets}


def add_regrets(sink, pair, actions, value, start, mean, scale, bound):
    """Add (value[start + action] - mean) * scale to the regrets of a row; nothing where ``mean`` is a fault.

    In place, nothing stays below the floor, and one rank's addition may be lost to another's at the same moment.
    """
    _REGRETS[_kind(sink)](sink, pair, actions, value, start, mean, scale, bound)


@overload(add_regrets, inline="always")
def _add_regrets(sink, pair, actions, value, start, mean, scale, bound):
    return _REGRETS[_kind(sink)]


def _regrets_alone(sink, actions):
    return actions


def _whole_row(sink, actions):
    return _TWO * actions


def entries_in_use(sink, actions):
    """How many entries of a row a traversal reads or changes: in place its strategy sums, too."""
    return (_whole_row if _kind(sink) is InPlace else _regrets_alone)(sink, actions)


@overload(entries_in_use, inline="always")
def _entries_in_use(sink, actions):
    return _whole_row if _kind(sink) is InPlace else _regrets_alone


def _room_in_logs(sink, chunks):
    # Each log may be about to begin a chunk, whatever the next records are.
    begun = sink.pool[np.uint64(0)] + np.uint64(sink.first.size)
    return begun + np.uint64(chunks) <= np.uint64(sink.words.size) // (sink.last + _ONE)


def _always_room(sink, chunks):
    return True


def has_room(sink, chunks):
    """Whether records that fill so many chunks fit, whichever logs they go to."""
    return (_room_in_logs if _kind(sink) is SegmentLogs else _always_room)(sink, chunks)


@overload(has_room, inline="always")
def _has_room(sink, chunks):
    return _room_in_logs if _kind(sink) is SegmentLogs else _always_room
