"""Plain twins of the merge's kernels: dictionaries from a piece of a row to its sums."""

from collections import defaultdict

import numpy as np

PIECE = 64
BLOCK = 32
GOLDEN = 0x4F1BBCDD

Pieces = dict[tuple[int, int], list[int]]


def place_of_pair(pair: int) -> int:
    """Place of a pair in the order by which owners share pieces: its block's number is scrambled."""
    return pair // BLOCK * GOLDEN % 2**31 * BLOCK + pair % BLOCK


def owner_of_pair(pair: int, owners: int) -> int:
    """Owner of the pieces that begin there: consecutive ranges of places."""
    return place_of_pair(pair) * owners // 2**36


def pieces_of_rows(rows: list[tuple[int, list[int]]]) -> Pieces:
    """(first pair, pairs) -> sums, over rows of (first pair, 2 entries a pair); a row may come more than once."""
    sums: Pieces = defaultdict(lambda: [0])
    for first, entries in rows:
        for start in range(0, len(entries), 2 * PIECE):
            part = entries[start : start + 2 * PIECE]
            key = first + start // 2, len(part) // 2
            before = sums[key] if key in sums else [0] * len(part)
            sums[key] = [old + new for old, new in zip(before, part)]
    return dict(sums)


def add_pieces(pieces: Pieces, table: np.ndarray, floor: float) -> np.ndarray:
    """A table (float[2 * pairs]) with each sum added to it once; what a sum was added to stays above ``floor``."""
    after = table.copy()
    for (first, _), entries in pieces.items():
        for place, entry in enumerate(entries, 2 * first):
            after[place] = max(float(table[place]) + entry, floor)
    return after
