"""Lossless buckets against the published counts and the indexer of hands."""

import numpy as np

from holdem_mpi.abstraction.features import board_indexer
from holdem_mpi.abstraction.lossless_buckets import is_lossless, lossless_rows, shift_rows
from holdem_mpi.kernels.cards.isomorphism import build_indexer, index_hand, unindex_hand


def test_the_flop_has_1286792_classes_each_an_index_of_hand_and_flop():
    rows, counts = lossless_rows(1, 0, 1755)
    assert counts.sum() == 1_286_792 and is_lossless(1, int(counts.sum())) and not is_lossless(2, int(counts.sum()))
    shift_rows(rows, np.cumsum(counts) - counts)
    blank = np.iinfo(np.uint32).max
    assert (rows == blank).sum() == 1755 * (1326 - 1176) and rows[rows != blank].max() == 1_286_791
    ix, board = build_indexer((2, 3)), np.zeros(3, np.int64)
    for flop in (0, 1, 700, 1234, 1754):
        unindex_hand(board_indexer(1), flop, board)
        bucket_of_index = {}
        for high in range(52):
            for low in range(high):
                bucket = int(rows[flop, high * (high - 1) // 2 + low])
                assert (bucket == blank) == bool({high, low} & set(board.tolist()))
                if bucket != blank:
                    index = index_hand(ix, np.array([high, low, *board]))
                    assert bucket_of_index.setdefault(index, bucket) == bucket
        assert len(set(bucket_of_index.values())) == len(bucket_of_index) == counts[flop]


def test_boards_of_the_turn_are_numbered_alike_from_anywhere():
    rows, counts = lossless_rows(2, 5000, 5040)
    part, part_counts = lossless_rows(2, 5010, 5020)
    np.testing.assert_array_equal(part, rows[10:20])
    np.testing.assert_array_equal(part_counts, counts[10:20])
    assert all(len(np.unique(row)) == count + 1 for row, count in zip(rows, counts))
