"""k-means over integer points: nearest centres, found by their sums, and sums of members.

A point's or centre's key is the sum of its coordinates. Two keys cannot differ more than the points do: by at most the
sum of absolute differences (L1), and by at most the root of width times the sum of squares (L2). Centres lie in rising
order of their keys, so a search that begins at the point's key goes outwards until no centre left can be nearer: the
triangle inequality against the plane of equal sums, which needs no memory. On the way, a centre is passed over by its
tilt, the sum of the last half of the coordinates less that of the first, which bounds the distance likewise: under L2
both bounds add up, for the two directions are perpendicular. Ties go to the lowest centre.

points: int16[points, width]; centres: int16[k, width], keys: int64[k], rising; cost: int64, squared (L2) or absolute
(L1) distances.
"""

import numpy as np
from numba import njit

L1 = 1
L2 = 2
# Above every cost and every key, and its square is an int64 still.
FAR = 1 << 31


@njit(cache=True, inline="always")
def _cost(metric, points, i, centres, c):
    """Cost between point ``i`` and centre ``c``; coordinates of both below 2**15, and 48 of them at most."""
    total = np.int64(0)
    if metric == L2:
        for d in range(points.shape[1]):
            gap = np.int64(points[i, d]) - np.int64(centres[c, d])
            total += gap * gap
    else:
        for d in range(points.shape[1]):
            total += abs(np.int64(points[i, d]) - np.int64(centres[c, d]))
    return total


@njit(cache=True, inline="always")
def _is_beyond(metric, gap, best, width):
    """Whether no centre whose key differs by ``gap`` can have a cost of ``best`` or less."""
    return gap * gap > width * best if metric == L2 else gap > best


@njit(cache=True, inline="always")
def _tilt(points, i):
    """Sum of the last half of a point's coordinates less that of the first."""
    width = points.shape[1]
    tilt = np.int64(0)
    for d in range(width // 2):
        tilt += np.int64(points[i, width - 1 - d]) - np.int64(points[i, d])
    return tilt


@njit(cache=True)
def assign_points(metric, points, centres, keys, bucket, cost):
    """Write the nearest centre of each point to ``bucket`` (int32, read as where to begin: the nearer, the faster) and
    the cost of that to ``cost`` (int64).
    """
    k, width = centres.shape
    tilts = np.empty(k, np.int64)
    for centre in range(k):
        tilts[centre] = _tilt(centres, centre)
    for i in range(len(points)):
        key = np.int64(0)
        for d in range(width):
            key += points[i, d]
        tilt = _tilt(points, i)
        chosen = np.int64(bucket[i])
        best = _cost(metric, points, i, centres, chosen)
        up = np.searchsorted(keys, key)
        down = up - 1
        while True:
            gap_up = keys[up] - key if up < k else FAR
            gap_down = key - keys[down] if down >= 0 else FAR
            gap = min(gap_up, gap_down)
            if gap == FAR or _is_beyond(metric, gap, best, width):
                break
            if gap_up <= gap_down:
                centre = up
                up += 1
            else:
                centre = down
                down -= 1
            aslant = tilts[centre] - tilt
            if metric == L2:
                if gap * gap + aslant * aslant > width * best:
                    continue
            elif abs(aslant) > best:
                continue
            found = _cost(metric, points, i, centres, centre)
            if found < best or (found == best and centre < chosen):
                best, chosen = found, centre
        bucket[i] = chosen
        cost[i] = best


@njit(cache=True)
def guess_by_key(points, keys, bucket):
    """Write a centre whose key is near each point's to ``bucket``, for ``assign_points`` to begin at."""
    last = len(keys) - 1
    for i in range(len(points)):
        key = np.int64(0)
        for d in range(points.shape[1]):
            key += points[i, d]
        bucket[i] = min(np.searchsorted(keys, key), last)


@njit(cache=True)
def approach(metric, points, point_keys, centre, cost):
    """Lower ``cost`` (int64) to that of one more ``centre`` (int16[1, width]) where it is nearer; by k-means++."""
    width = points.shape[1]
    key = np.int64(0)
    for d in range(width):
        key += centre[0, d]
    for i in range(len(points)):
        if not _is_beyond(metric, abs(point_keys[i] - key), cost[i], width):
            cost[i] = min(cost[i], _cost(metric, points, i, centre, 0))


@njit(cache=True)
def add_members(points, deals, bucket, sums, members):
    """Add each point, ``deals`` (int64) times, to its bucket's row of ``sums`` (int64[k, width]) and ``members``."""
    for i in range(len(points)):
        members[bucket[i]] += deals[i]
        for d in range(points.shape[1]):
            sums[bucket[i], d] += deals[i] * np.int64(points[i, d])
