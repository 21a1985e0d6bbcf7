"""Estimates of a best response's value from some of the flops, with intervals.

A draw is one real flop. The flops are put in an order in which neighbours are worth about the same, cut into strata of
equal probability, and each stratum gets two independent draws. The first draws of all strata are one half of the
sample, the second draws the other; each half by itself, times the number of flops, is an unbiased estimate of the sum
over all flops.

Only the preflop choice is made on the sample: below, a flop's value is exact. The plug-in figure makes it on the whole
sample, and values it there: biased upward. The cross-fitted figure makes it on one half, values it on the other, and
the other way round: an unbiased estimate of what those choices are worth, which is at most what a best response is
worth. Standard errors come from the differences within strata, for the choices as they were made; intervals are
Student's with Satterthwaite's degrees of freedom.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from holdem_mpi.evaluation.preflop_response import PreflopResponse
from holdem_mpi.kernels.rng import DOMAIN_FLOPS, draw_unit, open_stream


class FlopSample(NamedTuple):
    """flop_of_draw: int64[strata, 2], canonical flops. flops: how many real flops there are."""

    flop_of_draw: np.ndarray
    flops: int


class Estimate(NamedTuple):
    """Half NashConv, in chips a hand: estimate, standard error and 95 % interval; by seat the best response's value."""

    mean: float
    standard_error: float
    low: float
    high: float
    best_responses: list[float]


def sample_flops(flops: np.ndarray, weights: np.ndarray, number: int, seed: int) -> FlopSample:
    """``number`` draws (even) from canonical ``flops`` (int64[n, 3]) with ``weights`` real flops each (int64[n])."""
    order = np.arange(len(flops))
    ends = np.cumsum(weights[order])
    strata = number // 2
    state = np.zeros(10, np.uint64)
    drawn = np.empty((strata, 2), np.int64)
    for stratum in range(strata):
        for half in (0, 1):
            open_stream(state, seed, DOMAIN_FLOPS, 0, half, stratum, 0)
            place = (stratum + draw_unit(state)) / strata * ends[-1]
            drawn[stratum, half] = order[np.searchsorted(ends, place, side="right")]
    return FlopSample(drawn, int(ends[-1]))


def estimate(
    seats: list[PreflopResponse], sample: FlopSample, values: Callable[[int], np.ndarray]
) -> tuple[Estimate, Estimate]:
    """(plug-in, cross-fitted) figures. values: float64[2, entries, 169] of one real flop, by canonical flop."""
    scaled = {int(flop): sample.flops * values(int(flop)) for flop in sample.flop_of_draw.flat}
    mean_of_half = [np.mean([scaled[int(flop)] for flop in half], axis=0) for half in sample.flop_of_draw.T]
    whole = (mean_of_half[0] + mean_of_half[1]) / 2
    made_on_all = [seat.best(whole[player])[1] for player, seat in enumerate(seats)]
    made_on_half = [[seat.best(half[player])[1] for player, seat in enumerate(seats)] for half in mean_of_half]

    def worth(choices: list) -> np.ndarray:
        """float64[stratum, half, seat] for the choices of each half's draws."""
        return np.array(
            [
                [
                    [seat.value(scaled[int(flop)][player], choices[half][player]) for player, seat in enumerate(seats)]
                    for half, flop in enumerate(draws)
                ]
                for draws in sample.flop_of_draw
            ]
        )

    return _summed_up(worth([made_on_all, made_on_all])), _summed_up(worth(made_on_half[::-1]))


def _summed_up(worth: np.ndarray) -> Estimate:
    seats = worth.mean(axis=(0, 1))
    of_draw = worth.mean(axis=2)
    # The variance of the mean of a stratum's two draws is a quarter of their squared difference.
    parts = (of_draw[:, 0] - of_draw[:, 1]) ** 2 / 4 / len(of_draw) ** 2
    variance = float(parts.sum())
    half_width = 0.0
    if variance > 0:
        freedom = variance**2 / float((parts**2).sum())
        half_width = _student(freedom) * variance**0.5
    mean = float(seats.mean())
    return Estimate(mean, variance**0.5, mean - half_width, mean + half_width, seats.tolist())


def _student(freedom: float) -> float:
    """97.5 % point of Student's t, rounded to fewer degrees of freedom: wider, never narrower."""
    return _POINTS[min(int(freedom), len(_POINTS) - 1)]


_POINTS = (12.706, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145)
_POINTS += (2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060)
