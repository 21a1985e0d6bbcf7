"""Estimates from sampled flops against the whole of flop hold'em: honest intervals, the two figures on their sides."""

import numpy as np
import pytest

from holdem_mpi.abstraction.canonical_flops import canonical_flops
from holdem_mpi.best_response.flop_response import FlopResponder
from holdem_mpi.best_response.flop_sample import flop_features, sample_flops, sampled_responses
from holdem_mpi.best_response.preflop_response import PreflopResponse, class_values
from holdem_mpi.evaluation.estimate import Estimate
from holdem_mpi.evaluation.exact_policies import baseline, game_of

SAMPLES = 30


def estimates(seats, sample, values):
    """[plug-in, cross-fitted] in chips a hand."""
    return [Estimate.of_strata(each.draws, "chips/g") for each in sampled_responses(seats, sample, values)]


@pytest.fixture(scope="module")
def whole():
    """(seats, values by flop, weights, features, half NashConv of half-half) in flop hold'em."""
    flops, weights = canonical_flops()
    responder = FlopResponder(baseline("half-half", game_of("flop_holdem")).policy)
    values = np.stack([class_values(responder, tuple(flop)) for flop in flops.tolist()])
    seats = [PreflopResponse(responder, player) for player in (0, 1)]
    total = np.tensordot(weights, values, 1)
    exact = np.mean([seat.best(total[player])[0] for player, seat in enumerate(seats)])
    return seats, values, weights, flop_features(flops, 1), exact


def test_features_have_known_means(whole):
    _, _, weights, features, _ = whole
    mean = np.tensordot(weights / weights.sum(), features, 1)
    hands = np.array([6 if r == c else 4 if r < c else 12 for r in range(13) for c in range(13)])
    np.testing.assert_allclose(mean[0], hands * (50 * 49 * 48) / (52 * 51 * 50), rtol=1e-12)
    # Against any two cards wins and losses balance over all hands.
    assert abs(mean[1].sum()) < 1e-9
    assert (abs(features[:, 1]) <= features[:, 2] + 1e-12).all() and (features[:, 2] <= features[:, 0]).all()


def test_intervals_hold_what_they_promise(whole):
    seats, values, weights, features, exact = whole
    inside, means, widths = [], [], []
    for seed in range(SAMPLES):
        sample = sample_flops(features, weights, 16, seed)
        plug_in, crossed = estimates(seats, sample, lambda flop: values[flop])
        inside.append([figure.low <= exact <= figure.high for figure in (plug_in, crossed)])
        means.append([plug_in.mean, crossed.mean])
        widths.append(plug_in.high - crossed.low)
    # 95 % are promised; 24 of 30 or fewer would be a chance of 0.2 %.
    assert (np.sum(inside, axis=0) > 24).all()
    assert np.median(widths) < 0.02 * exact
    error = np.std(means, axis=0) / SAMPLES**0.5
    assert np.mean(means, axis=0)[0] > exact - 3.5 * error[0]
    assert np.mean(means, axis=0)[1] < exact + 3.5 * error[1]


def test_few_flops_of_one_spread_give_figures_near_the_truth(whole):
    """The spreads of two flops may differ by rounding alone: no slope can be had from that."""
    seats, values, weights, features, exact = whole
    for seed in range(10):
        sample = sample_flops(features, weights, 4, seed)
        for figure in estimates(seats, sample, lambda flop: values[flop]):
            assert figure.mean == pytest.approx(exact, rel=0.2)


def test_differences_on_the_same_flops_are_sharper_than_figures(whole):
    seats, values, weights, features, _ = whole
    sample = sample_flops(features, weights, 16, 3)
    before, after = (sampled_responses(seats, sample, lambda flop, by=by: by * values[flop]) for by in (1, 1.1))
    errors = []
    for then, now in zip(before, after):
        assert then.draws.mean() == pytest.approx(np.mean(then.best_responses))
        figure = Estimate.of_strata(then.draws, "chips/g")
        change = Estimate.of_strata(now.draws - then.draws, "chips/g")
        assert change.mean == pytest.approx(now.draws.mean() - then.draws.mean(), rel=1e-9)
        assert 0 < change.low < change.mean < change.high and change.standard_error < figure.standard_error
        errors.append((change.standard_error, figure.standard_error))
    assert errors[0][0] < 0.3 * errors[0][1]


def test_a_sample_is_its_seeds(whole):
    _, _, weights, features, _ = whole
    drawn = [sample_flops(features, weights, 20, seed).flop_of_draw for seed in (5, 5, 6)]
    assert np.array_equal(drawn[0], drawn[1]) and not np.array_equal(drawn[0], drawn[2])
    assert drawn[0].shape == (10, 2)
    counts = np.zeros(1755)
    for seed in range(400):
        np.add.at(counts, sample_flops(features, weights, 20, seed).flop_of_draw, 1)
    # Canonical flops come in proportion to the real ones that they stand for.
    share = np.array([counts[weights == size].sum() for size in (4, 12, 24)]) / counts.sum()
    expected = np.array([size * (weights == size).sum() for size in (4, 12, 24)]) / 22_100
    np.testing.assert_allclose(share, expected, atol=0.02)
