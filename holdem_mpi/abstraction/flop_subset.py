"""Few flops that stand for all 1,755: medoids, each the flop that is nearest to those it stands for.

Flops are points: ranks, how the suits fall, pairs, straights and where the flush draw lies. Those are chosen whose
distances to all real flops, each to its nearest chosen one, are the least that two well-known steps find (PAM, Kaufman
and Rousseeuw 1987): first greedily one flop after another, each the one that saves most; then each cluster chooses the
flop in its middle, and all flops go to the nearest, until nothing changes. Nothing is drawn: one number of flops gives
one choice.
"""

import functools

import numpy as np

from holdem_mpi.abstraction.board_names import texture_of
from holdem_mpi.abstraction.canonical_flops import canonical_flops

_ROUNDS = 50
# How far apart flops are that differ in one thing alone. Suits and pairs weigh as much as a ladder of ranks: what they
# change is which hands are made, not which of them are ahead.
_SUITS, _PAIRS, _STRAIGHT, _DRAW = 4.0, 5.0, 0.8, 1.2
# Of the highest, the middle and the lowest card.
_RANKS = (1.0, 0.6, 0.4)
# Higher ranks are in more hands of usual ranges: a step from the king to the ace is worth more than one from 3 to 4.
_STEP = np.linspace(0.25, 1.0, 12)


@functools.cache
def flop_points() -> np.ndarray:
    """float64[1755, dimensions] of the canonical flops, in their order."""
    flops, _ = canonical_flops()
    height = np.concatenate([[0.0], np.cumsum(_STEP)])
    rows = []
    for flop in flops.tolist():
        cards = sorted(flop, reverse=True)
        texture = texture_of(cards)
        suits = [card & 3 for card in cards]
        kinds = len(set(suits))
        # Which card of a two-tone flop has a suit of its own.
        lone = [_DRAW * (kinds == 2 and suits.count(suit) == 1) for suit in suits]
        rows.append(
            [
                *(share * height[card >> 2] for share, card in zip(_RANKS, cards)),
                *(_SUITS * (kinds == each) for each in (1, 2, 3)),
                *(_PAIRS * (texture.pairs == each) for each in ("unpaired", "paired", "trips")),
                _STRAIGHT * texture.straights,
                *lone,
            ]
        )
    return np.array(rows)


@functools.lru_cache(maxsize=4)
def choose_flops(number: int) -> tuple[np.ndarray, np.ndarray]:
    """(chosen int64[number], places among the canonical flops, ascending; stands_for int64[1755], the place among the
    chosen of the one that each flop is stood for by).
    """
    points, weights = flop_points(), canonical_flops()[1].astype(np.float64)
    distance = np.sqrt(np.maximum(((points[:, None] - points[None]) ** 2).sum(axis=2), 0.0))
    chosen = _greedily(distance, weights, number)
    for _ in range(_ROUNDS):
        cluster = _nearest(distance, chosen)
        middles = np.array([_middle(distance, weights, np.flatnonzero(cluster == each)) for each in range(number)])
        if (middles == chosen).all():
            break
        chosen = middles
    chosen = np.sort(chosen)
    return chosen, _nearest(distance, chosen)


def _greedily(distance: np.ndarray, weights: np.ndarray, number: int) -> np.ndarray:
    nearest = np.full(len(weights), np.inf)
    chosen: list[int] = []
    for _ in range(number):
        total = weights @ np.minimum(nearest[:, None], distance)
        total[chosen] = np.inf
        chosen.append(int(total.argmin()))
        nearest = np.minimum(nearest, distance[:, chosen[-1]])
    return np.array(chosen)


def _nearest(distance: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    cluster = distance[:, chosen].argmin(axis=1)
    cluster[chosen] = np.arange(len(chosen))  # each stands for itself, also beside a twin
    return cluster


def _middle(distance: np.ndarray, weights: np.ndarray, members: np.ndarray) -> int:
    inside = distance[np.ix_(members, members)]
    return int(members[(weights[members] @ inside).argmin()])
