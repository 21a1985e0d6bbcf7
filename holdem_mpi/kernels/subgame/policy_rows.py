"""A policy over buckets written out by hand, as a subgame keeps strategies."""

from numba import njit


@njit(cache=True, _nrt=False)
def write_policy(probability, rows, bucket, table, base, count):
    """Fill the blocks of some decisions of one player in ``table`` (float32, from ``base`` on).

    rows: int64[decision, 4]: where its block begins, first pair of bucket 0, pairs from one bucket to the next,
    actions. bucket: int64[hand], -1 where the board blocks a hand, whose probabilities become zero; count: hands of an
    action, see ``Subgame``.
    """
    hands = bucket.size
    for decision in range(rows.shape[0]):
        start, first, width, actions = rows[decision]
        for action in range(actions):
            at = base + start + action * count
            for hand in range(hands):
                bucket_of_it = bucket[hand]
                table[at + hand] = probability[first + bucket_of_it * width + action] if bucket_of_it >= 0 else 0.0
