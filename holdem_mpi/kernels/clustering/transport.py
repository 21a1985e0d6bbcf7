"""Potential-aware clustering: histograms over the next street's buckets, compared by an approximate transport.

Ganzfried and Sandholm, "Potential-aware imperfect-recall abstraction with earth mover's distance in
imperfect-information games" (AAAI 2014). A hand is the list of buckets that the next card may bring, a centre the mean
of its members' histograms, and the ground distance between two buckets that of their own centres. Their algorithm 2:
every bucket of the hand fills its nearest bucket of the centre first, then its second nearest, and so on, all in turn.
What it gives is a transport, so never less than the earth mover's distance.

points: uint16[points, cards]; centres: float64[k, buckets], each row's sum the number of cards.

A bucket's height is a number that differs between two buckets by no more than their ground distance. So the earth
mover's distance of heights alone, where sorted masses go to sorted masses, is a bound from below, and so is the
difference of the sums of heights, the keys (see ``kernels.kmeans``). Both are far cheaper than a transport.
"""

from typing import NamedTuple

import numpy as np
from numba import njit


class Ground(NamedTuple):
    """The next street's buckets: distance int32[buckets, buckets]; order uint16[buckets, buckets], the buckets from the
    nearest to the farthest of each; height int64[buckets]; rising int64[buckets], the buckets by height."""

    distance: np.ndarray
    order: np.ndarray
    height: np.ndarray
    rising: np.ndarray


class TransportWorkspace(NamedTuple):
    """capacity: float64[buckets], mass: float64[cards], bucket: int64[cards]."""

    capacity: np.ndarray
    mass: np.ndarray
    bucket: np.ndarray


@njit(cache=True)
def transport_workspace(buckets, cards):
    """TransportWorkspace arrays for a ground of so many buckets."""
    return TransportWorkspace(np.zeros(buckets), np.zeros(cards), np.zeros(cards, np.int64))


@njit(cache=True)
def transport(ground, point, centre, limit, workspace):
    """Cost of carrying ``point`` to ``centre`` (float64[buckets]), summed over the cards; above ``limit``, any number
    above it.
    """
    left = 0
    for i in range(len(point)):
        if left > 0 and workspace.bucket[left - 1] == point[i]:
            workspace.mass[left - 1] += 1.0
        else:
            workspace.bucket[left] = point[i]
            workspace.mass[left] = 1.0
            left += 1
    workspace.capacity[:] = centre
    cost = 0.0
    for place in range(len(centre)):
        kept = 0
        for i in range(left):
            bucket = workspace.bucket[i]
            mass = workspace.mass[i]
            target = ground.order[bucket, place]
            capacity = workspace.capacity[target]
            moved = min(mass, capacity)
            cost += moved * ground.distance[bucket, target]
            workspace.capacity[target] = capacity - moved
            if mass > moved:
                workspace.bucket[kept] = bucket
                workspace.mass[kept] = mass - moved
                kept += 1
        left = kept
        if left == 0 or cost > limit:
            break
    return cost


@njit(cache=True)
def height_of_points(ground, points, keys):
    """Write the key of each point to ``keys`` (int64)."""
    for i in range(len(points)):
        keys[i] = 0
        for bucket in points[i]:
            keys[i] += ground.height[bucket]


@njit(cache=True)
def slice_heights(ground, centres, slices):
    """Write the mean height of each card's share of a centre's mass, lowest first, to ``slices`` (int64[k, cards])."""
    cards = slices.shape[1]
    for c in range(len(centres)):
        card, capacity, total = 0, 1.0, 0.0
        for bucket in ground.rising:
            mass = centres[c, bucket]
            while mass > 0.0:
                moved = min(mass, capacity)
                total += moved * ground.height[bucket]
                mass -= moved
                capacity -= moved
                if capacity <= 0.0 and card < cards - 1:
                    slices[c, card] = np.int64(np.rint(total))
                    card, capacity, total = card + 1, 1.0, 0.0
                elif capacity <= 0.0:
                    break  # what rounding left over
        slices[c, card:] = np.int64(np.rint(total))


@njit(cache=True, inline="always")
def _sort_heights(ground, point, heights):
    """Write the heights of a point's buckets to ``heights`` (int64[cards]), rising; nearly sorted lists are fast."""
    for i in range(len(point)):
        height = ground.height[point[i]]
        place = i
        while place > 0 and heights[place - 1] > height:
            heights[place] = heights[place - 1]
            place -= 1
        heights[place] = height


@njit(cache=True, inline="always")
def _least_cost(heights, slices, c):
    """What no transport to centre ``c`` costs less than: a mean moves no farther than its parts. Slices are rounded."""
    total = np.int64(0)
    for i in range(len(heights)):
        total += abs(heights[i] - slices[c, i])
    return total - len(heights)


@njit(cache=True)
def assign_histograms(ground, points, point_keys, centres, keys, slices, bucket, cost):
    """``kmeans.assign_points`` by transport; keys: float64[k], rising; slices: of ``slice_heights``; cost: int64,
    rounded down.
    """
    k = len(centres)
    workspace = transport_workspace(centres.shape[1], points.shape[1])
    heights = np.empty(points.shape[1], np.int64)
    for i in range(len(points)):
        key = np.float64(point_keys[i])
        chosen = np.int64(bucket[i])
        best = np.floor(transport(ground, points[i], centres[chosen], np.inf, workspace))
        _sort_heights(ground, points[i], heights)
        up = np.searchsorted(keys, key)
        down = up - 1
        while True:
            gap_up = keys[up] - key if up < k else np.inf
            gap_down = key - keys[down] if down >= 0 else np.inf
            # Costs are whole, so that rounding of keys decides nothing: a centre within one is looked at.
            if min(gap_up, gap_down) > best + 1.0:
                break
            if gap_up <= gap_down:
                centre = up
                up += 1
            else:
                centre = down
                down -= 1
            if centre == bucket[i] or _least_cost(heights, slices, centre) > best + 1.0:
                continue
            found = np.floor(transport(ground, points[i], centres[centre], best + 1.0, workspace))
            if found < best or (found == best and centre < chosen):
                best, chosen = found, centre
        bucket[i] = chosen
        cost[i] = np.int64(best)


@njit(cache=True)
def approach_histograms(ground, points, point_keys, centre, key, slices, cost):
    """``kmeans.approach`` by transport to ``centre`` (float64[1, buckets]) of that key and slices (int64[1, cards])."""
    workspace = transport_workspace(centre.shape[1], points.shape[1])
    heights = np.empty(points.shape[1], np.int64)
    for i in range(len(points)):
        if abs(np.float64(point_keys[i]) - key) <= cost[i] + 1.0:
            _sort_heights(ground, points[i], heights)
            if _least_cost(heights, slices, 0) <= cost[i]:
                found = transport(ground, points[i], centre[0], np.float64(cost[i]) + 1.0, workspace)
                cost[i] = min(cost[i], np.int64(found))


@njit(cache=True)
def add_histograms(points, deals, bucket, sums, members):
    """``kmeans.add_members`` for points that list buckets: sums int64[k, buckets]."""
    for i in range(len(points)):
        members[bucket[i]] += deals[i]
        for listed in points[i]:
            sums[bucket[i], listed] += deals[i]
