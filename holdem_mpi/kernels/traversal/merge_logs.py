"""Working off the logs of lanes: segment by segment, so that what is added to stays in a cache.

Sums over all logs are integers, and each entry of the table has its sum added once: the order of the logs, how they are
divided over ranks and hosts, and the form in which sums travel, change no bit of the result.

A window is the int64 sums of a segment's entries, and of what the segment's last row has beyond its end. Its blocks are
8 entries each; a bit for each block tells whether anything was added there.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from holdem_mpi.kernels.prefetch import prefetch
from holdem_mpi.kernels.traversal.segment_logs import ACTIONS_AT, next_record, read_wide

BLOCK = 8
_ZERO, _ONE, _TWO, _THREE, _FOUR = (np.uint64(number) for number in range(5))
_OFFSET = np.uint32((1 << ACTIONS_AT) - 1)
_ACTIONS_AT = np.uint64(ACTIONS_AT)
_255 = np.uint64(255)
_BLOCK_BITS, _WORD_BITS, _63 = np.uint64(3), np.uint64(6), np.uint64(63)


class HostLogs(NamedTuple):
    """The SegmentLogs of all ranks of a host, side by side: words int32[rank, ...]; heads uint64[rank, ...], ``first``
    of all logs, then ``at`` of all, then a word more; bits and last as there.
    """

    words: np.ndarray
    heads: np.ndarray
    bits: np.uint64
    last: np.uint64


class PackedSums(NamedTuple):
    """Sums of marked blocks: values int64[...], segment after segment; starts int64[segment], where each begins."""

    values: np.ndarray
    starts: np.ndarray


class MergeWorkspace(NamedTuple):
    """Scratch of a merge, zero between calls: sums int64[pairs of a segment and of a row], counts int32, likewise;
    window: int64[entries of a window].
    """

    sums: np.ndarray
    counts: np.ndarray
    window: np.ndarray


@njit(cache=True, _nrt=False, inline="always")
def _regrets_length(word):
    """Words of a regrets' record, and whether its numbers are wide, of its first word."""
    actions, wide = (np.uint64(word) >> _ACTIONS_AT) & _255, np.uint64(word) >> np.uint64(24)
    if not wide and _TWO <= actions <= _THREE:
        return _FOUR, wide
    return _ONE + (actions << wide), wide


@njit(cache=True, _nrt=False, inline="always")
def _sum_regrets(words, at, end, last, table, base, sums, step):
    """Add up a log of regrets: sums[offset * step + action]; the rows' table entries are asked for."""
    at = next_record(words, at, end, last)
    while at != end:
        word = np.uint32(words[at])
        offset = np.uint64(word & _OFFSET)
        length, wide = _regrets_length(word)
        prefetch(table, base + (offset << _ONE))
        prefetch(table, base + (offset << _ONE) + ((length - _TWO) >> wide))  # it may lie in two lines of the cache
        place = offset * step
        if length == _FOUR and not wide:
            sums[place] += np.int64(words[at + _ONE])
            sums[place + _ONE] += np.int64(words[at + _TWO])
            sums[place + _TWO] += np.int64(words[at + _THREE])
        else:
            for action in range((length - _ONE) >> wide):
                number = at + _ONE + (np.uint64(action) << wide)
                amount = read_wide(words, number) if wide else np.int64(words[number])
                sums[place + np.uint64(action)] += amount
        at = next_record(words, at + length, end, last)


@njit(cache=True, _nrt=False, inline="always")
def _count_strategies(words, at, end, last, table, base, counts):
    """Count how often a log of strategies has each row."""
    at = next_record(words, at, end, last)
    while at != end:
        word = np.uint32(words[at])
        offset = np.uint64(word & _OFFSET)
        actions = np.uint64(word) >> _ACTIONS_AT
        prefetch(table, base + (offset << _ONE))
        prefetch(table, base + (offset << _ONE) + (actions << _ONE) - _ONE)
        counts[offset] += 1
        at = next_record(words, at + _ONE, end, last)


@njit(cache=True, _nrt=False, inline="always")
def _settle_strategies(words, at, end, last, table, base, counts, target, target_base, scale):
    """Add each row's strategy, as often as it was counted, to its sums in ``target``; counts are zero again.

    target: the table itself (then ``target_base`` is ``base``, the segment's first entry), or a window (then it is 0).
    """
    at = next_record(words, at, end, last)
    while at != end:
        word = np.uint32(words[at])
        offset = np.uint64(word & _OFFSET)
        times = np.int64(counts[offset])
        if times:
            counts[offset] = 0
            actions = np.uint64(word) >> _ACTIONS_AT
            entry = base + (offset << _ONE)
            into = target_base + (offset << _ONE) + actions
            if _TWO <= actions <= _THREE:  # without a branch on which: no predictor could guess
                has_third = np.uint64(actions > _TWO)
                first, second = max(np.float64(table[entry]), 0.0), max(np.float64(table[entry + _ONE]), 0.0)
                third = max(np.float64(table[entry + _ONE + has_third]), 0.0) * np.float64(has_third)
                total = first + second + third
                positive = total > 0.0
                factor = scale / (total if positive else np.float64(actions))
                target[into] += np.int64(np.rint((first if positive else 1.0) * factor)) * times
                target[into + _ONE] += np.int64(np.rint((second if positive else 1.0) * factor)) * times
                third = third if positive else np.float64(has_third)
                target[into + _ONE + has_third] += np.int64(np.rint(third * factor)) * times
            else:
                total = 0.0
                for index in range(actions):
                    total += max(np.float64(table[entry + np.uint64(index)]), 0.0)
                positive = total > 0.0
                factor = scale / (total if positive else np.float64(actions))
                for index in range(actions):
                    regret = max(np.float64(table[entry + np.uint64(index)]), 0.0) if positive else 1.0
                    target[into + np.uint64(index)] += np.int64(np.rint(regret * factor)) * times
        at = next_record(words, at + _ONE, end, last)


@njit(cache=True, _nrt=False, inline="always")
def _settle_regrets(words, at, end, last, table, base, sums, floor):
    """Add the sums of the rows of a log to the table, none below ``floor``; sums are zero again."""
    at = next_record(words, at, end, last)
    while at != end:
        word = np.uint32(words[at])
        offset = np.uint64(word & _OFFSET)
        length, _ = _regrets_length(word)
        entry = base + (offset << _ONE)
        actions = (np.uint64(word) >> _ACTIONS_AT) & _255
        table[entry] = max(table[entry] + sums[offset], floor)
        sums[offset] = 0
        for index in range(_ONE, actions):
            action = np.uint64(index)
            table[entry + action] = max(table[entry + action] + sums[offset + action], floor)
            sums[offset + action] = 0
        at = next_record(words, at + length, end, last)


@njit(cache=True, _nrt=False)
def merge_segments(logs, own, table, work, scale, floor):
    """Add what the logs have for the segments own[0], own[0] + own[1] and so on to ``table`` (float[entries]).

    logs: HostLogs; work: MergeWorkspace; scale: of strategies; floor: no regret stays below it.
    """
    ranks, half, last = logs.heads.shape[0], logs.heads.shape[1] >> 1, logs.last
    for segment in range(own[0], half >> 1, own[1]):
        log = 2 * segment
        base = np.uint64(segment) << (logs.bits + _ONE)
        for rank in range(ranks):
            if logs.heads[rank, log] != _ZERO:
                place = logs.heads[rank, log], logs.heads[rank, half + log]
                _sum_regrets(logs.words[rank], place[0], place[1], last, table, base, work.sums, _ONE)
        for rank in range(ranks):
            if logs.heads[rank, log + 1] != _ZERO:
                place = logs.heads[rank, log + 1], logs.heads[rank, half + log + 1]
                _count_strategies(logs.words[rank], place[0], place[1], last, table, base, work.counts)
        for rank in range(ranks):
            if logs.heads[rank, log + 1] != _ZERO:
                place = logs.heads[rank, log + 1], logs.heads[rank, half + log + 1]
                words = logs.words[rank]
                _settle_strategies(words, place[0], place[1], last, table, base, work.counts, table, base, scale)
        for rank in range(ranks):
            if logs.heads[rank, log] != _ZERO:
                place = logs.heads[rank, log], logs.heads[rank, half + log]
                _settle_regrets(logs.words[rank], place[0], place[1], last, table, base, work.sums, floor)


@njit(cache=True, _nrt=False)
def _sum_into_window(logs, segment, table, work, window, scale):
    """Add what the logs have for a segment to its ``window`` (int64, in place); the table stays as it is."""
    ranks, half, last = logs.heads.shape[0], logs.heads.shape[1] >> 1, logs.last
    log = 2 * segment
    base = np.uint64(segment) << (logs.bits + _ONE)
    for rank in range(ranks):
        if logs.heads[rank, log] != _ZERO:
            place = logs.heads[rank, log], logs.heads[rank, half + log]
            _sum_regrets(logs.words[rank], place[0], place[1], last, table, base, window, _TWO)
        if logs.heads[rank, log + 1] != _ZERO:
            place = logs.heads[rank, log + 1], logs.heads[rank, half + log + 1]
            _count_strategies(logs.words[rank], place[0], place[1], last, table, base, work.counts)
    for rank in range(ranks):
        if logs.heads[rank, log + 1] != _ZERO:
            place = logs.heads[rank, log + 1], logs.heads[rank, half + log + 1]
            words = logs.words[rank]
            _settle_strategies(words, place[0], place[1], last, table, base, work.counts, window, _ZERO, scale)


@njit(cache=True, _nrt=False, inline="always")
def _mark(marks, first, entries):
    """Set the bits of the blocks of so many entries."""
    for block in range(first >> _BLOCK_BITS, ((first + entries - _ONE) >> _BLOCK_BITS) + _ONE):
        place = np.uint64(block)
        marks[place >> _WORD_BITS] |= _ONE << (place & _63)


@njit(cache=True, _nrt=False)
def _mark_logs(logs, segment, marks):
    """Set the bits (uint64[...], a segment's) of the blocks that the logs of a segment add to."""
    half = logs.heads.shape[1] >> 1
    for rank in range(logs.heads.shape[0]):
        words = logs.words[rank]
        for kind in range(2):
            at, end = logs.heads[rank, 2 * segment + kind], logs.heads[rank, half + 2 * segment + kind]
            if at != _ZERO:
                at = next_record(words, at, end, logs.last)
                while at != end:
                    word = np.uint32(words[at])
                    actions = (np.uint64(word) >> _ACTIONS_AT) & _255
                    entry = np.uint64(word & _OFFSET) << _ONE
                    _mark(marks, entry + (actions if kind else _ZERO), actions)
                    length = _ONE if kind else _regrets_length(word)[0]
                    at = next_record(words, at + length, end, logs.last)


@njit(cache=True, _nrt=False)
def add_round(logs, own, table, work, pending, scale):
    """Add what the logs have for the owned segments to their windows, ``pending`` (int64[window, entry]): the logs are
    full, and the table must not change yet. Arguments as in ``merge_segments``.
    """
    for window in range(pending.shape[0]):
        _sum_into_window(logs, own[0] + window * own[1], table, work, pending[window], scale)


@njit(cache=True, _nrt=False)
def apply_pending(own, pending, table, bits, floor):
    """Add the windows of the owned segments to ``table``, none below ``floor``; the windows are zero again."""
    for window in range(pending.shape[0]):
        first = (own[0] + window * own[1]) << (np.int64(bits) + 1)
        for index in range(pending.shape[1]):
            if pending[window, index] != 0:
                table[first + index] = max(table[first + index] + pending[window, index], floor)
                pending[window, index] = 0


@njit(cache=True, _nrt=False)
def mark_segments(logs, own, pending, marks):
    """Set the bits of the blocks of the owned segments that are added to, and those alone.

    marks: uint64[segment, ...], in place; pending: int64[window, entry], of the owned segments; without windows where
    there were no rounds.
    """
    for segment in range(own[0], marks.shape[0], own[1]):
        window = (segment - own[0]) // own[1]
        marks[segment] = 0
        _mark_logs(logs, segment, marks[segment])
        if pending.shape[0] > 0:
            for entry in range(pending.shape[1]):
                if pending[window, entry] != 0:
                    _mark(marks[segment], np.uint64(entry), _ONE)


@njit(cache=True, _nrt=False)
def count_marks(marks, counts):
    """Fill ``counts`` (int64[segment]) with the bits that are set in each of ``marks``."""
    for segment in range(marks.shape[0]):
        counts[segment] = 0
        for word in marks[segment]:
            while word != _ZERO:
                word &= word - _ONE
                counts[segment] += 1


@njit(cache=True, _nrt=False)
def pack_segments(logs, own, table, work, pending, marks, packed, scale):
    """Sum the owned segments and put their marked blocks to their places in ``packed.values``.

    Windows are zero again. Arguments as above; packed: PackedSums.
    """
    for segment in range(own[0], marks.shape[0], own[1]):
        window = pending[(segment - own[0]) // own[1]] if pending.shape[0] > 0 else work.window
        _sum_into_window(logs, segment, table, work, window, scale)
        at = packed.starts[segment]
        for block in range(window.size // BLOCK):
            if (marks[segment, block >> 6] >> np.uint64(block & 63)) & _ONE:
                for entry in range(BLOCK * block, BLOCK * block + BLOCK):
                    packed.values[at] = window[entry]
                    window[entry] = 0
                    at += 1


@njit(cache=True, _nrt=False)
def apply_packed(own, marks, packed, table, bits, floor):
    """Add the marked blocks of the owned segments to ``table``, none below ``floor``.

    ``floor`` is negative or zero, so strategy sums never meet it.
    """
    for segment in range(own[0], marks.shape[0], own[1]):
        at, first = packed.starts[segment], segment << (np.int64(bits) + 1)
        for block in range(marks.shape[1] << 6):
            if (marks[segment, block >> 6] >> np.uint64(block & 63)) & _ONE:
                for index in range(BLOCK):
                    if packed.values[at] != 0:
                        entry = first + BLOCK * block + index
                        table[entry] = max(table[entry] + packed.values[at], floor)
                    at += 1
