"""Estimates: against NumPy and SciPy on random data, by how often an interval holds the truth, and as JSON and text."""

import json

import numpy as np
import pytest
from scipy import stats

from holdem_mpi.evaluation.estimate import Estimate, interval_text

ONE = Estimate(mean=12.345, standard_error=8.6, low=-4.511, high=29.2, unit="mbb/h", count=40)


@pytest.mark.parametrize("size", [2, 3, 50, 1000])
def test_values_as_scipy_sees_them(size):
    values = np.random.default_rng(size).normal(3.0, 20.0, size)
    found = Estimate.of_values(values, "chips/h")
    assert (found.unit, found.count, found.mean) == ("chips/h", size, values.mean())
    assert found.standard_error == pytest.approx(stats.sem(values), rel=1e-12)
    low, high = stats.norm.interval(0.95, values.mean(), stats.sem(values))
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-12)
    assert found.half_width == pytest.approx((high - low) / 2)


@pytest.mark.parametrize("strata", [1, 2, 7, 24, 25, 40])
def test_equal_strata_have_as_many_degrees_of_freedom(strata):
    """Differences of one size share the variance evenly: Student's t with a degree for each stratum, 25 at most."""
    middle = np.random.default_rng(strata).normal(size=strata)
    found = Estimate.of_strata(np.stack([middle - 1, middle + 1], axis=1), "mbb/g")
    assert found.mean == pytest.approx(middle.mean()) and (found.unit, found.count) == ("mbb/g", 2 * strata)
    assert found.standard_error == pytest.approx(1 / strata**0.5)
    point = stats.t.ppf(0.975, min(strata, 25))
    # 25 differences of one size may come to 24.99 degrees, which are taken for 24.
    assert found.half_width == pytest.approx(point * found.standard_error, rel=3e-3)


def test_uneven_strata_are_never_taken_for_more_than_they_say():
    rng = np.random.default_rng(5)
    for _ in range(100):
        draws = rng.normal(size=(10, 2)) * rng.exponential(size=(10, 1)) ** 2
        parts = (draws[:, 0] - draws[:, 1]) ** 2 / 4 / 100
        found = Estimate.of_strata(draws, "mbb/g")
        freedom = max(1, int(parts.sum() ** 2 / (parts**2).sum()))
        assert found.standard_error == pytest.approx(parts.sum() ** 0.5)
        assert found.half_width == pytest.approx(stats.t.ppf(0.975, freedom) * parts.sum() ** 0.5, rel=1e-3)


def test_parts_weigh_the_same_whatever_their_spread():
    rng = np.random.default_rng(1)
    parts = [Estimate.of_values(rng.normal(place, scale, 30), "mbb/h") for place, scale in ((0, 1), (10, 50))]
    both = Estimate.of_parts(parts)
    assert both.mean == pytest.approx((parts[0].mean + parts[1].mean) / 2) and both.count == 60
    error = np.hypot(parts[0].standard_error, parts[1].standard_error) / 2
    assert both.standard_error == pytest.approx(error)
    assert both.half_width == pytest.approx(stats.norm.ppf(0.975) * error)


def test_intervals_hold_the_truth_as_often_as_they_say():
    """Of 4,000 intervals 95 % are 3,800, give or take 14."""
    rng = np.random.default_rng(2)
    inside = {"values": 0, "parts": 0, "strata": 0}
    for _ in range(4000):
        values = rng.normal(7.0, 3.0, (2, 200))
        each = [Estimate.of_values(of_part, "chips/h") for of_part in values]
        # What makes strata differ, here by far more than their draws do, widens nothing.
        strata = rng.normal(0, 100, (20, 1))
        found = {
            "values": each[0],
            "parts": Estimate.of_parts(each),
            "strata": Estimate.of_strata(strata - strata.mean() + rng.normal(7.0, 3.0, (20, 2)), "mbb/g"),
        }
        for name, estimate in found.items():
            inside[name] += estimate.low <= 7.0 <= estimate.high
    assert 3740 < inside["values"] < 3860 and 3740 < inside["parts"] < 3860
    # Fewer degrees of freedom than there are, since one is told by chance: rather too wide than too narrow.
    assert 3740 < inside["strata"] < 3940


def test_no_spread_is_an_interval_of_one_point():
    for found in (Estimate.of_values(np.full(9, 2.5), "mbb/h"), Estimate.of_strata(np.full((3, 2), 2.5), "mbb/h")):
        assert (found.mean, found.standard_error, found.low, found.high) == (2.5, 0.0, 2.5, 2.5)
        assert found.count_for(0.1) == 1
        assert str(found) == "+2.50 mbb/h, 95 % interval +2.50 to +2.50 (standard error 0.00)"


def test_samples_for_a_width():
    values = np.random.default_rng(3).normal(0.0, 10.0, 100)
    found = Estimate.of_values(values, "mbb/h")
    count = found.count_for(0.5)
    assert found.half_width * (100 / count) ** 0.5 <= 0.5 < found.half_width * (100 / (count - 1)) ** 0.5


def test_json_is_one_set_of_keys_there_and_back():
    found = ONE.to_json()
    assert list(found) == ["mean", "standard_error", "interval_95", "unit", "count"]
    assert Estimate.from_json(json.loads(json.dumps(found | {"seat": 1}))) == ONE
    for key in found:
        with pytest.raises(KeyError):
            Estimate.from_json({name: value for name, value in found.items() if name != key})
    for key, value in (("mean", "12"), ("standard_error", None), ("interval_95", [1.0, "2"]), ("interval_95", 3.0)):
        with pytest.raises(TypeError):
            Estimate.from_json(found | {key: value})


def test_text_has_the_unit_and_three_digits_of_the_width():
    assert str(ONE) == "+12.3 mbb/h, 95 % interval -4.5 to +29.2 (standard error 8.6)"
    assert interval_text(1627.6, 1859.3) == "+1628 to +1859"
    assert interval_text(-0.0123, 0.0111) == "-0.0123 to +0.0111"
    assert interval_text(-1e6, 1e6) == "-1000000 to +1000000"


def test_what_is_no_sample_is_refused():
    for values in (np.zeros(0), np.zeros(1), np.zeros((2, 2))):
        with pytest.raises(ValueError, match="at least two"):
            Estimate.of_values(values, "mbb/h")
    for draws in (np.zeros((0, 2)), np.zeros((2, 3)), np.zeros(4)):
        with pytest.raises(ValueError, match="expected two in each"):
            Estimate.of_strata(draws, "mbb/g")
    other = Estimate.of_values(np.arange(4.0), "chips/h")
    with pytest.raises(ValueError, match="chips/h, mbb/h: expected one unit"):
        Estimate.of_parts([ONE, other])
    with pytest.raises(ValueError, match="expected one unit"):
        Estimate.of_parts([])
