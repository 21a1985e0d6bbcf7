"""A mean with its 95 % interval: the only place that computes such an interval, and that writes one.

Three ways lead to one: from independent values (hands, pairs of hands), from two draws in each of many strata (flops),
and as the mean of estimates that were made apart (the two seats). The first and the last take the normal distribution,
the second Student's with Satterthwaite's degrees of freedom.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

# 97.5 % point of the normal distribution: 95 % lie within so many standard errors.
_NORMAL = 1.959963984540054
# The same of Student's t, by degrees of freedom; the first is never asked for.
_STUDENT = (12.706, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145)
_STUDENT += (2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060)


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a sample says of a mean.

    mean: of the sample, in ``unit``.
    standard_error: the standard deviation of that mean, in ``unit``.
    low, high: ends of the 95 % interval, in ``unit``.
    unit: such as ``mbb/h``.
    count: independent samples that the mean is of.
    """

    mean: float
    standard_error: float
    low: float
    high: float
    unit: str
    count: int

    @classmethod
    def of_values(cls, values: np.ndarray, unit: str) -> "Estimate":
        """From independent values (float64[n]) in ``unit``. ValueError with fewer than two, which show no spread."""
        if values.ndim != 1 or len(values) < 2:
            raise ValueError(f"values of shape {values.shape}: expected at least two in one dimension")
        error = math.sqrt(float(values.var(ddof=1)) / len(values))
        return cls._around(float(values.mean()), error, _NORMAL * error, unit, len(values))

    @classmethod
    def of_strata(cls, draws: np.ndarray, unit: str) -> "Estimate":
        """From two draws in each of strata of one weight (float64[strata, 2]) in ``unit``.

        Only differences within a stratum count, so what makes strata differ widens nothing. For the difference of two
        figures on the same draws, pass the differences: what both share falls out. ValueError for another shape.
        """
        if draws.ndim != 2 or draws.shape[1] != 2 or not len(draws):
            raise ValueError(f"draws of shape {draws.shape}: expected two in each of at least one stratum")
        # The variance of the mean of a stratum's two draws is a quarter of their squared difference.
        parts = (draws[:, 0] - draws[:, 1]) ** 2 / 4 / len(draws) ** 2
        variance, half_width = float(parts.sum()), 0.0
        if variance > 0:
            half_width = _student(variance**2 / float((parts**2).sum())) * variance**0.5
        return cls._around(float(draws.mean()), variance**0.5, half_width, unit, draws.size)

    @classmethod
    def of_parts(cls, parts: Sequence["Estimate"]) -> "Estimate":
        """The mean of independent estimates in one unit, each of one weight. ValueError where their units differ."""
        units = {part.unit for part in parts}
        if len(units) != 1:
            raise ValueError(f"estimates in {', '.join(sorted(units)) or 'no unit'}: expected one unit")
        mean = sum(part.mean for part in parts) / len(parts)
        error = math.sqrt(sum(part.standard_error**2 for part in parts)) / len(parts)
        return cls._around(mean, error, _NORMAL * error, units.pop(), sum(part.count for part in parts))

    @classmethod
    def _around(cls, mean: float, error: float, half_width: float, unit: str, count: int) -> "Estimate":
        low, high = mean - half_width, mean + half_width
        return cls(mean=mean, standard_error=error, low=low, high=high, unit=unit, count=count)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "Estimate":
        """What ``to_json`` gave; other keys beside its own are left alone. KeyError, TypeError or ValueError where
        something is missing or is no number.
        """
        low, high = found["interval_95"]
        numbers = {"mean": found["mean"], "standard_error": found["standard_error"], "low": low, "high": high}
        if not all(type(number) in (int, float) for number in numbers.values()):
            raise TypeError(f"{numbers}: expected numbers")
        return cls(**numbers, unit=found["unit"], count=found["count"])

    def to_json(self) -> dict[str, Any]:
        """mean, standard_error, interval_95 ([low, high]), unit and count."""
        return {
            "mean": self.mean,
            "standard_error": self.standard_error,
            "interval_95": [self.low, self.high],
            "unit": self.unit,
            "count": self.count,
        }

    @property
    def half_width(self) -> float:
        """Distance from the mean to either end of the interval."""
        return (self.high - self.low) / 2

    def count_for(self, half_width: float) -> int:
        """Samples of the same spread, at least one, after which the interval would be ``half_width`` to either side."""
        return max(1, math.ceil(self.count * (self.half_width / half_width) ** 2))

    def __str__(self) -> str:
        """Such as ``+12.3 mbb/h, 95 % interval -4.5 to +29.1 (standard error 8.6)``."""
        digits = _decimals(self.half_width)
        return (
            f"{self.mean:+.{digits}f} {self.unit}, 95 % interval {interval_text(self.low, self.high)} "
            f"(standard error {self.standard_error:.{digits}f})"
        )


def interval_text(low: float, high: float) -> str:
    """Such as ``-4.5 to +29.1``: as many decimals as give three digits of half the width, none of a wider one."""
    digits = _decimals((high - low) / 2)
    return f"{low:+.{digits}f} to {high:+.{digits}f}"


def _decimals(half_width: float) -> int:
    if not 0 < half_width < math.inf:
        return 2
    return min(9, max(0, 2 - math.floor(math.log10(half_width))))


def _student(freedom: float) -> float:
    """97.5 % point of Student's t, rounded to fewer degrees of freedom: wider, never narrower."""
    return _STUDENT[min(int(freedom), len(_STUDENT) - 1)]
