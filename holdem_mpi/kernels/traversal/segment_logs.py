"""Logs of what traversals add to a table that stays as it is meanwhile.

A log is a chain of chunks of one pool. The last word of a chunk is the number of the next chunk; a record that would
not fit before it begins the next chunk, and VOID takes its place. Chunk 0 is never given out.

A record begins with a word: the row's first pair within its segment, its number of actions from bit 16 on, and bit 24
where its numbers take two words each. A regret's record has a number for each action, a fixed-point contribution (two
and three actions: always three numbers, the third 0 where there are two). A strategy's record is that word alone: the
strategy follows from the table, which has not changed.
"""

import numpy as np
from numba import njit

ACTIONS_AT = 16
WIDE_BIT = 1 << 24
VOID = -1

_ZERO, _ONE, _TWO, _THREE, _FOUR = (np.uint64(number) for number in range(5))
_ACTIONS_AT = np.uint64(ACTIONS_AT)
_WIDE = np.uint64(WIDE_BIT)
_32 = np.uint64(32)
_VOID = np.uint32(0xFFFFFFFF)
_SMALL = np.uint32(4)


@njit(cache=True, _nrt=False, inline="always")
def begin_record(logs, log, length):
    """Place in ``logs.words`` of a new record of ``length`` words (below a chunk's) at the end of a log."""
    at = logs.at[log]
    last = at | logs.last
    if at + length > last:
        chunk = logs.pool[_ZERO]
        logs.pool[_ZERO] = chunk + _ONE
        start = chunk * (logs.last + _ONE)
        if logs.first[log] == _ZERO:
            logs.first[log] = start
        else:
            if at != last:
                logs.words[at] = np.int32(VOID)
            logs.words[last] = np.int32(chunk)
        at = start
    logs.at[log] = at + length
    return at


@njit(cache=True, _nrt=False, inline="always")
def log_strategy(logs, pair, actions):
    """Note that the strategy of a row was met."""
    at = begin_record(logs, ((pair >> logs.bits) << _ONE) | _ONE, _ONE)
    logs.words[at] = np.int32((pair & ((_ONE << logs.bits) - _ONE)) | (actions << _ACTIONS_AT))


@njit(cache=True, _nrt=False, inline="always")
def log_few_regrets(logs, pair, actions, first, second, third):
    """Note contributions (scaled, float64) to the regrets of a row with two or three actions, narrow."""
    at = begin_record(logs, (pair >> logs.bits) << _ONE, _FOUR)
    logs.words[at] = np.int32((pair & ((_ONE << logs.bits) - _ONE)) | (actions << _ACTIONS_AT))
    logs.words[at + _ONE] = np.int32(np.rint(first))
    logs.words[at + _TWO] = np.int32(np.rint(second))
    logs.words[at + _THREE] = np.int32(np.rint(third))


@njit(cache=True, _nrt=False)
def log_regrets(logs, pair, actions, value, start, mean, scale):
    """Note the contributions (value[start + action] - mean) * scale to the regrets of a row; int32 or wide."""
    length = _ONE + (actions << logs.wide) if logs.wide or actions > _THREE or actions < _TWO else _FOUR
    at = begin_record(logs, (pair >> logs.bits) << _ONE, length)
    word = (pair & ((_ONE << logs.bits) - _ONE)) | (actions << _ACTIONS_AT) | logs.wide * _WIDE
    logs.words[at] = np.int32(word)
    at += _ONE
    for index in range(actions):
        amount = np.int64(np.rint((value[start + np.uint64(index)] - mean) * scale))
        if logs.wide:
            logs.words[at] = np.int32(amount)
            at += _ONE
            amount >>= 32
        logs.words[at] = np.int32(amount)
        at += _ONE
    if length == _FOUR and actions == _TWO:
        logs.words[at] = np.int32(0)


@njit(cache=True, _nrt=False, inline="always")
def next_record(words, at, end, last):
    """The place of the record at or after ``at``, following the chain of chunks; ``end`` where there is none."""
    while at != end:
        if at & last == last:
            at = np.uint64(words[at]) * (last + _ONE)
        elif np.uint32(words[at]) == _VOID:
            at = np.uint64(words[at | last]) * (last + _ONE)
        else:
            return at
    return at


@njit(cache=True, _nrt=False, inline="always")
def read_wide(words, at):
    """int64 of the two words at ``at``."""
    return (np.int64(words[at + _ONE]) << 32) | (np.int64(words[at]) & np.int64(0xFFFFFFFF))
