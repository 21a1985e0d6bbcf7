"""What ranks have logged comes to the table that plain integers give, bit by bit, however it is divided and travels."""

from itertools import accumulate

import numpy as np
import pytest
from helpers.logging_records import host_logs, new_logs, write
from helpers.naive_merge import naive_merge, sums_of
from hypothesis import given, settings
from hypothesis import strategies as st

from holdem_mpi.kernels.traversal.merge_logs import (
    BLOCK,
    MergeWorkspace,
    PackedSums,
    add_round,
    apply_packed,
    apply_pending,
    count_marks,
    mark_segments,
    merge_segments,
    pack_segments,
)
from holdem_mpi.kernels.traversal.segment_logs import VOID
from holdem_mpi.kernels.traversal.sinks import has_room

pytestmark = pytest.mark.kernels

# Numbers of actions: below, of, and above those that have records of their own.
ACTIONS = [1, 2, 3, 4, 5, 7, 16]
WIDEST, CHUNK = max(ACTIONS), 64
NARROW, WIDE = 2**29, 2**47
SCALE = 2.0**30


def workspace(bits):
    spare = -(-2 * WIDEST // BLOCK) * BLOCK
    pairs, entries = (1 << bits) + WIDEST, (2 << bits) + spare
    return MergeWorkspace(np.zeros(pairs, np.int64), np.zeros(pairs, np.int32), np.zeros(entries, np.int64))


class Case:
    """A table, and for each rank what it logs, in rounds.

    first: first pair of each row; rounds: [round][rank] -> records.
    """

    def __init__(self, first, bits, wide, rounds, dtype, floor, seed):
        self.bits, self.wide, self.rounds, self.floor = bits, wide, rounds, floor
        self.pairs = int(first[-1])
        self.segments = (self.pairs >> bits) + 1
        table = np.random.default_rng(seed).normal(0, 2.0**25, 2 * self.pairs)
        table[np.random.default_rng(seed + 1).random(table.size) < 0.3] = 0.0
        self.table = np.maximum(table, floor).astype(dtype)
        self.records = [record for ranks in rounds for records in ranks for record in records]
        self.sums = sums_of(self.records, self.table, SCALE)
        self.expected = naive_merge(self.records, self.table, SCALE, floor)

    def logs(self, number, ranks=slice(None)):
        """HostLogs of some ranks' records of a round."""
        made, chunks = [], 1 + 2 * self.segments + max(map(len, self.rounds[number]))
        for records in self.rounds[number][ranks]:
            made.append(new_logs(self.segments, self.bits, CHUNK, chunks, self.wide))
            write(made[-1], records)
        return host_logs(made)

    def blocks(self, all_of):
        """(segment, block) of what is added to: of each record, or of each sum that is not 0."""
        found = set()
        for pair, actions, amounts in self.records:
            segment = pair >> self.bits
            first = 2 * pair + (actions if amounts is None else 0)
            for entry in range(first, first + actions):
                if all_of or self.sums.get(entry):
                    found.add((segment, (entry - (segment << self.bits + 1)) // BLOCK))
        return found

    def pending(self, own):
        windows = len(range(own[0], self.segments, own[1]))
        return np.zeros((windows, workspace(self.bits).window.size), np.int64)


@st.composite
def cases(draw, most_rounds=3):
    """A Case. Small segments, so that rows lie across their ends, and small chunks, so that logs are chains of them."""
    actions = draw(st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=40))
    first = list(accumulate(actions, initial=0))
    wide, ranks = draw(st.booleans()), draw(st.integers(1, 4))
    most = WIDE if wide else NARROW
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))

    def record():
        row = generator.integers(len(actions))
        amounts = generator.integers(-most, most, actions[row], endpoint=True).tolist()
        return first[row], actions[row], amounts if generator.random() < 0.5 else None

    rounds = [
        [[record() for _ in range(draw(st.sampled_from([0, 1, 5, 60])))] for _ in range(ranks)]
        for _ in range(draw(st.integers(1, most_rounds)))
    ]
    dtype, floor = draw(st.sampled_from([np.float64, np.float32])), draw(st.sampled_from([-np.inf, -(2.0**26)]))
    return Case(first, draw(st.integers(3, 6)), wide, rounds, dtype, floor, int(generator.integers(2**32)))


def is_clear(work):
    return not any(part.any() for part in work)


@given(cases(most_rounds=1), st.integers(1, 3))
@settings(deadline=None, max_examples=60)
def test_owners_work_off_what_all_ranks_have_logged(case, owners):
    table, work, logs = case.table.copy(), workspace(case.bits), case.logs(0)
    for owner in reversed(range(owners)):
        merge_segments(logs, (owner, owners), table, work, SCALE, case.floor)
    assert table.tobytes() == case.expected.tobytes() and is_clear(work)


@given(cases(), st.integers(1, 3))
@settings(deadline=None, max_examples=60)
def test_rounds_leave_the_table_alone_until_their_sums_are_added(case, owners):
    table, work = case.table.copy(), workspace(case.bits)
    own = [(owner, owners) for owner in range(owners)]
    pending = [case.pending(one) for one in own]
    for number in range(len(case.rounds)):
        logs = case.logs(number)
        for one, windows in zip(own, pending):
            add_round(logs, one, table, work, windows, SCALE)
    assert table.tobytes() == case.table.tobytes() and is_clear(work)
    for one, windows in zip(own, pending):
        apply_pending(one, windows, table, np.uint64(case.bits), case.floor)
        assert not windows.any()
    assert table.tobytes() == case.expected.tobytes()


@given(cases(), st.integers(1, 3), st.integers(1, 2))
@settings(deadline=None, max_examples=60)
def test_groups_sum_the_blocks_that_any_of_them_has_touched(case, groups, owners):
    """Groups are what hosts are: each has a part of the ranks, and their packed sums are added up."""
    work, last = workspace(case.bits), len(case.rounds) - 1
    own = [(owner, owners) for owner in range(owners)]
    ranks = [slice(group, None, groups) for group in range(groups) if len(case.rounds[0]) > group]
    pending = [[case.pending(one) if last else np.zeros((0, 0), np.int64) for one in own] for _ in ranks]
    words = -(-(work.window.size // BLOCK) // 64)
    marks = np.full((len(ranks), case.segments, words), 77, np.uint64)
    for group, of_group in enumerate(ranks):
        for number in range(last):
            for one, windows in zip(own, pending[group]):
                add_round(case.logs(number, of_group), one, case.table, work, windows, SCALE)
        for one, windows in zip(own, pending[group]):
            mark_segments(case.logs(last, of_group), one, windows, marks[group])
    together = np.bitwise_or.reduce(marks)
    found = {
        (segment, block)
        for segment in range(case.segments)
        for block in range(64 * words)
        if int(together[segment, block >> 6]) >> (block & 63) & 1
    }
    assert case.blocks(all_of=False) <= found <= case.blocks(all_of=True)
    counts = np.full(case.segments, 77)
    count_marks(together, counts)
    assert counts.tolist() == [sum(segment == one for segment, _ in found) for one in range(case.segments)]
    starts = np.concatenate(([0], np.cumsum(BLOCK * counts)))
    total = np.zeros(starts[-1], np.int64)
    for group, of_group in enumerate(ranks):
        packed = PackedSums(np.full(total.size, 77), starts[:-1].copy())
        for one, windows in zip(own, pending[group]):
            pack_segments(case.logs(last, of_group), one, case.table, work, windows, together, packed, SCALE)
            assert not windows.any() and is_clear(work)
        total += packed.values
    table = case.table.copy()
    for one in own:
        apply_packed(one, together, PackedSums(total, starts[:-1].copy()), table, np.uint64(case.bits), case.floor)
    assert table.tobytes() == case.expected.tobytes()


@pytest.mark.parametrize("wide", [False, True])
def test_whatever_logs_records_go_to_they_fit_where_there_is_room(wide):
    """Records that fill one chunk by themselves may go to logs that are each about to begin a chunk."""
    first = list(accumulate(np.resize([2, 3, 4, 5], 24).tolist(), initial=0))
    bits, chunk, longest = 3, 32, 1 + (5 << wide)
    segments = (first[-1] >> bits) + 1
    generator = np.random.default_rng(wide)
    # A row of each segment, whose logs fill alike: after a number of records, all are full at once.
    rows = [next(row for row in range(24) if first[row] >> bits == segment) for segment in range(segments - 1)]
    assert len(rows) > 8
    some = -(-(chunk - longest) // longest)
    table, sizes = np.zeros(2 * first[-1]), []
    for spare in range(1, 40):
        logs, written = new_logs(segments, bits, chunk, 1 + 2 * segments + spare, wide), []
        while has_room(logs, 1):
            for row in np.resize(np.roll(rows, -len(written)), some):
                actions = first[row + 1] - first[row]
                amounts = generator.integers(-NARROW, NARROW, actions).tolist()
                written.append((first[row], actions, amounts))
            write(logs, written[-some:])
            assert logs.pool[0] * chunk <= logs.words.size
        sizes.append(len(written))
        merged, work = table.copy(), workspace(bits)
        merge_segments(host_logs([logs]), (0, 1), merged, work, SCALE, -np.inf)
        assert merged.tobytes() == naive_merge(written, table, SCALE, -np.inf).tobytes()
    assert sizes[0] >= some and sizes[-1] > 80


def test_a_record_that_does_not_fit_begins_the_next_chunk():
    """A chunk of 16 words: three records of four and the void; one that ends with it; strategies one by one."""
    logs = new_logs(1, 3, 16, 8, False)
    write(logs, [(0, 3, [1, 2, 3])] * 4)
    assert logs.words[16 + 12] == VOID and logs.words[16 + 15] == 2 and logs.at[0] == 2 * 16 + 4
    write(logs, [(3, 6, [1] * 6), (3, 4, [1] * 4)])
    assert logs.words[2 * 16 + 11] == VOID and logs.at[0] == 3 * 16 + 5
    write(logs, [(0, 3, None)] * 16)
    assert logs.pool[0] == 6 and logs.at[1] == 5 * 16 + 1 and logs.words[4 * 16 + 15] == 5
    write(logs, [(0, 3, [1, 2, 3]), (3, 5, [1] * 5)])
    assert logs.at[0] == 3 * 16 + 15 and logs.pool[0] == 6
    write(logs, [(0, 2, [1, 2])])
    assert logs.words[3 * 16 + 15] == 6 and logs.at[0] == 6 * 16 + 4


def test_strategies_that_were_met_often_are_exact_beyond_the_integers_that_floats_hold():
    """Sums pass 2**53, where a window of floats would lose what a round adds."""
    table, work = np.array([2.0, 1.0, 0.0, 0.0]), workspace(3)
    records, scale = [(0, 2, None)] * 7, 2.0**52
    expected = naive_merge(3 * records, table, scale, -np.inf)
    logs = new_logs(1, 3, 64, 9, True)
    write(logs, records)
    pending, after = np.zeros((1, work.window.size), np.int64), table.copy()
    for _ in range(3):
        add_round(host_logs([logs]), (0, 1), after, work, pending, scale)
    assert pending[0, 2] == 21 * sums_of(records[:1], table, scale)[2] > 2**53
    apply_pending((0, 1), pending, after, np.uint64(3), -np.inf)
    at_once, of_all = table.copy(), new_logs(1, 3, 64, 9, True)
    write(of_all, 3 * records)
    merge_segments(host_logs([of_all]), (0, 1), at_once, work, scale, -np.inf)
    assert after.tobytes() == at_once.tobytes() == expected.tobytes()
