"""From what best responses leave behind (``response.ResponseRecord``) to a table's rows, as integers that ranks sum
exactly.
"""

import numpy as np
from numba import njit


@njit(cache=True, _nrt=False, inline="always")
def _within(amount, bound):
    return -bound <= amount <= bound


@njit(cache=True)
def settle_gains(gain, policy, pair_of_column, first_edge, width, scale, bound, delta):
    """Turn the values of actions into regrets and forget them; the number of those that are not within ``bound``.

    gain, policy: float64[blocks, buckets, edges, WIDTH]; pair_of_column: int64[column, decision], the first pair of
    bucket 0's row, -1 for padding; first_edge: int64[decisions + 1]; width: pairs between two buckets. scale: steps of
    a chip;
    bound: in chips. delta: int64[entries], added to.
    """
    faults = 0
    columns = gain.shape[3]
    for column in range(pair_of_column.shape[0]):
        block, within = column // columns, column % columns
        for node in range(pair_of_column.shape[1]):
            if pair_of_column[column, node] < 0:
                continue
            first, end = first_edge[node], first_edge[node + 1]
            for bucket in range(gain.shape[1]):
                mean = 0.0
                for edge in range(first, end):
                    mean += policy[block, bucket, edge, within] * gain[block, bucket, edge, within]
                entry = 2 * (pair_of_column[column, node] + bucket * width)
                for edge in range(first, end):
                    regret = gain[block, bucket, edge, within] - mean
                    if _within(regret, bound):
                        delta[entry + edge - first] += np.int64(np.rint(regret * scale))
                    else:
                        faults += 1
    gain[:] = 0.0
    return faults


@njit(cache=True)
def settle_reach(reach, policy, pair_of_column, first_edge, width, scale, bound, delta):
    """Add reach times strategy to the strategy sums and forget it; as ``settle_gains``, of float64[blocks, buckets,
    decisions, WIDTH].
    """
    faults = 0
    columns = reach.shape[3]
    for column in range(pair_of_column.shape[0]):
        block, within = column // columns, column % columns
        for node in range(pair_of_column.shape[1]):
            if pair_of_column[column, node] < 0:
                continue
            first, end = first_edge[node], first_edge[node + 1]
            for bucket in range(reach.shape[1]):
                weight = reach[block, bucket, node, within]
                entry = 2 * (pair_of_column[column, node] + bucket * width) + end - first
                for edge in range(first, end):
                    amount = weight * policy[block, bucket, edge, within]
                    if _within(amount, bound):
                        delta[entry + edge - first] += np.int64(np.rint(amount * scale))
                    else:
                        faults += 1
    reach[:] = 0.0
    return faults


@njit(cache=True)
def match_rows(table, pattern, probability):
    """Regret matching in every row: probability float64[num_pairs], written. table: float[2 * pairs or more]; pattern:
    RowPattern.
    """
    for place in range(pattern.width.size):
        for segment in range(pattern.first_segment[place + 1] - pattern.first_segment[place]):
            start = pattern.base_pair[place] + segment * pattern.width[place]
            for row in range(pattern.first_row[place], pattern.first_row[place + 1]):
                pair, actions = start + pattern.pair[row], pattern.actions[row]
                total = 0.0
                for action in range(actions):
                    total += max(np.float64(table[2 * pair + action]), 0.0)
                for action in range(actions):
                    regret = max(np.float64(table[2 * pair + action]), 0.0)
                    probability[pair + action] = regret / total if total > 0.0 else 1.0 / actions


@njit(cache=True)
def add_to_table(delta, table, first, end):
    """table[first:end] += delta[first:end], of int64 to float."""
    for entry in range(first, end):
        table[entry] += delta[entry]
