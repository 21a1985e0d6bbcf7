"""Adding sums to a whole table, and discounting it."""

import numpy as np
from numba import njit


@njit(cache=True)
def apply_whole(table, whole, floor):
    """Add ``whole`` (int64, integer sums over all lanes) to ``table`` (float, same length, in place)."""
    for entry in range(table.size):
        table[entry] = max(table[entry] + whole[entry], floor)


@njit(cache=True)
def discount_rows(table, pattern, segments, factors):
    """Multiply regrets above and below zero, and strategy sums, by ``factors`` (three floats), in place.

    pattern: RowPattern; segments: (first, last) to do, last not included. Adding 0.0 keeps a product that vanishes from
    being -0.0.
    """
    positive, negative, strategy = factors
    for place in range(pattern.width.size):
        first = max(pattern.first_segment[place], segments[0])
        last = min(pattern.first_segment[place + 1], segments[1])
        for segment in range(first, last):
            start = pattern.base_pair[place] + (segment - pattern.first_segment[place]) * pattern.width[place]
            for row in range(pattern.first_row[place], pattern.first_row[place + 1]):
                begin = 2 * (start + pattern.pair[row])
                middle = begin + pattern.actions[row]
                for entry in range(begin, middle):
                    factor = positive if table[entry] > 0.0 else negative
                    table[entry] = table[entry] * factor + 0.0
                for entry in range(middle, middle + pattern.actions[row]):
                    table[entry] = table[entry] * strategy + 0.0


@njit(cache=True)
def apply_dense(table, values, pattern, place, segments, keep, floor):
    """Discount and then add to the rows of one (street, player), in place: what a full-width sweep has found.

    values: int64, one for each entry of the place's segments, from its bucket 0 on; segments: (first, last) bucket to
    do; keep: float64[3], factors of regrets above and below zero and of strategy sums; floor: of the regrets.
    """
    begin = 2 * pattern.base_pair[place]
    for segment in range(segments[0], segments[1]):
        for row in range(pattern.first_row[place], pattern.first_row[place + 1]):
            source = 2 * (segment * pattern.width[place] + pattern.pair[row])
            middle = source + pattern.actions[row]
            for entry in range(source, middle):
                old = np.float64(table[begin + entry])
                factor = keep[0] if old > 0.0 else keep[1]
                table[begin + entry] = max(old * factor + values[entry], floor)
            for entry in range(middle, middle + pattern.actions[row]):
                table[begin + entry] = np.float64(table[begin + entry]) * keep[2] + values[entry]
