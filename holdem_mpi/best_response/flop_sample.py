"""A best response's value from some of the flops, draw by draw, so that an interval can be told.

A draw is one real flop. The flops are put in order of the spread of hand strengths on them, which explains most of what
a flop is worth to a best response (93 % of the variance against always-call in limit hold'em), cut into strata of equal
probability, and each stratum gets two independent draws. The first draws of all strata are one half of the sample, the
second draws the other; each half by itself, times the number of flops, is an unbiased estimate of the sum over all.

What a flop is worth to a preflop class goes along with the strength of the class's hands on it, whose mean over all
flops is known exactly. So control variates take most of the noise off: values less ``coefficients * (features - their
mean over all flops)``, with coefficients fitted on the half that the draw is not in, which keeps the mean as it is.

Only the preflop choice is made on the sample: below, a flop's value is exact. The plug-in figure makes it on the whole
sample, and values it there: biased upward. The cross-fitted figure makes it (and fits) on one half, values it on the
other, and the other way round: an unbiased estimate of what those choices are worth, which is at most what a best
response is worth. How far the draws of a stratum differ says how uncertain that is, for the choices as they were made.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from holdem_mpi.abstraction import features
from holdem_mpi.best_response.preflop_response import PreflopResponse, class_sums
from holdem_mpi.kernels.cards.isomorphism import index_board
from holdem_mpi.kernels.rng import DOMAIN_FLOPS, draw_unit, open_stream

_SPREAD = 2  # its place among the features
# Features that coefficients are fitted for, class by class. More of them fit the few draws of a half too well: with the
# spread and the squares too, standard errors came out several times too small.
_FITTED = 2


class FlopSample(NamedTuple):
    """A sample of flops, in strata.

    flop_of_draw: int64[strata, 2], canonical flops.
    flops: how many real flops there are.
    distance: float64[n, 3, 169], features of every canonical flop less their mean over all real flops.
    """

    flop_of_draw: np.ndarray
    flops: int
    distance: np.ndarray


class SampledResponse(NamedTuple):
    """What best responses are worth by a sample of flops.

    best_responses: by seat, chips a hand.
    draws: float64[strata, 2], half NashConv in chips a hand as each draw says it; their mean is the figure.
    """

    best_responses: list[float]
    draws: np.ndarray


def flop_features(flops: np.ndarray, final_street: int) -> np.ndarray:
    """float64[n, 3, 169]: on each of ``flops`` (int64[n, 3]), by preflop class: how many of its hands there are, and
    the sums over them of x and abs(x), x being twice the expected hand strength less 1.

    final_street: the game's last, 1 flop to 3 river. Takes 4 seconds with turn and river to come.
    """
    boards, complete = features.number_of_boards(1), features.number_of_boards(final_street)
    if final_street == 1:
        values = features.final_numerators(1, 0, boards)
    else:
        values = features.empty_sums(1)
        features.add_to_sums(1, final_street, 0, complete, values)
        features.settle_sums(1, 0, values)
    suit_map = np.empty(4, np.uint8)
    values = values[[index_board(features.board_indexer(1), flop, suit_map) for flop in flops]]
    dealt = values != features.blank_of(values)
    x = np.where(dealt, 2 * values / features.largest_numerator(1, final_street) - 1, 0.0)
    return np.stack([class_sums(each) for each in (dealt, x, abs(x))], axis=1)


def sample_flops(features_of_flop: np.ndarray, weights: np.ndarray, number: int, seed: int) -> FlopSample:
    """``number`` draws (even) from canonical flops of ``weights`` (int64[n]) real ones each."""
    order = np.argsort(features_of_flop[:, _SPREAD].sum(axis=1), kind="stable")
    ends = np.cumsum(weights[order])
    strata = number // 2
    state = np.zeros(10, np.uint64)
    drawn = np.empty((strata, 2), np.int64)
    for stratum in range(strata):
        for half in (0, 1):
            open_stream(state, seed, DOMAIN_FLOPS, 0, half, stratum, 0)
            place = (stratum + draw_unit(state)) / strata * ends[-1]
            drawn[stratum, half] = order[np.searchsorted(ends, place, side="right")]
    mean = np.tensordot(weights / ends[-1], features_of_flop, 1)
    return FlopSample(drawn, int(ends[-1]), features_of_flop - mean)


class _Draws:
    """The draws' values, scaled to all flops: float64[stratum, half, seat, entry, 169], and what halves teach."""

    def __init__(self, sample: FlopSample, values: Callable[[int], np.ndarray]) -> None:
        self.values = sample.flops * np.array([[values(int(flop)) for flop in pair] for pair in sample.flop_of_draw])
        self.distance = sample.distance[sample.flop_of_draw, :_FITTED]
        self.coefficients = [self._fitted(half) for half in (0, 1)]

    def _fitted(self, half: int) -> np.ndarray:
        """float64[seat, entry, _FITTED]: least squares over draws and classes, each class about its own mean."""
        y = self.values[:, half] - self.values[:, half].mean(axis=0)
        x = self.distance[:, half] - self.distance[:, half].mean(axis=0)
        rows = x.transpose(0, 2, 1).reshape(-1, x.shape[1])
        targets = y.transpose(0, 3, 1, 2).reshape(len(rows), -1)
        return np.linalg.lstsq(rows, targets, rcond=None)[0].T.reshape(*y.shape[1:3], -1)

    def adjusted(self, half: int, fitted_on: int) -> np.ndarray:
        """float64[stratum, seat, entry, 169]: one half's values with the coefficients of one half."""
        explained = np.einsum("sef,dfc->dsec", self.coefficients[fitted_on], self.distance[:, half])
        return self.values[:, half] - explained


def sampled_responses(
    seats: list[PreflopResponse], sample: FlopSample, values: Callable[[int], np.ndarray]
) -> tuple[SampledResponse, SampledResponse]:
    """(plug-in, cross-fitted) figures. values: float64[2, entries, 169] of one real flop, by canonical flop."""
    plug_in, crossed = (
        SampledResponse(best_responses=worth.mean(axis=(0, 1)).tolist(), draws=worth.mean(axis=2))
        for worth in _worth_of_draws(seats, sample, values)
    )
    return plug_in, crossed


def _worth_of_draws(
    seats: list[PreflopResponse], sample: FlopSample, values: Callable[[int], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """What each draw says of the (plug-in, cross-fitted) figures: float64[stratum, half, seat], chips a hand."""
    draws = _Draws(sample, values)
    other = [draws.adjusted(half, 1 - half) for half in (0, 1)]
    own = [draws.adjusted(half, half) for half in (0, 1)]
    on_all = _choices(seats, (other[0].mean(axis=0) + other[1].mean(axis=0)) / 2)
    on_half = [_choices(seats, own[half].mean(axis=0)) for half in (0, 1)]
    spread = sample.distance[sample.flop_of_draw, _SPREAD].sum(axis=2)
    plug_in, crossed = [], []
    for half in (0, 1):
        there, here = spread[:, 1 - half], spread[:, half]
        # What is left of the spread's effect on a whole flop; it differs from that on its classes one by one.
        left = _slope(there, _worth(seats, other[1 - half], on_all))
        plug_in.append(_worth(seats, other[half], on_all) - here[:, None] * left)
        left = _slope(there, _worth(seats, own[1 - half], on_half[1 - half]))
        crossed.append(_worth(seats, other[half], on_half[1 - half]) - here[:, None] * left)
    return np.stack(plug_in, axis=1), np.stack(crossed, axis=1)


def _slope(x: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """float64[seat]: least-squares slope of ``worth`` (float64[stratum, seat]) over x (float64[stratum]); 0 where all x
    are equal but for rounding, as the spreads of flop hold'em's flops often are.
    """
    away = x - x.mean()
    if away @ away <= 1e-20 * (x @ x):
        return np.zeros(worth.shape[1])
    return away @ (worth - worth.mean(axis=0)) / (away @ away)


def _choices(seats: list[PreflopResponse], total: np.ndarray) -> list:
    return [seat.best(total[player])[1] for player, seat in enumerate(seats)]


def _worth(seats: list[PreflopResponse], draws: np.ndarray, choices: list) -> np.ndarray:
    """float64[stratum, seat], chips a hand of the choices by each draw alone."""
    return np.array([[seat.value(draw[i], choices[i]) for i, seat in enumerate(seats)] for draw in draws])
