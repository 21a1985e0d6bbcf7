"""Discounts of Linear CFR and DCFR (Brown and Sandholm 2019), weighted by iterations done, never by batch number."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Discounts:
    """Factors for regrets above zero, regrets below zero, and strategy sums."""

    positive: float
    negative: float
    strategy: float


@dataclass(frozen=True)
class DiscountSchedule:
    """When and by how much the whole table is discounted.

    algorithm: ``cfr`` (never), ``cfr+`` (strategy sums alone, linearly), ``linear``, or ``dcfr`` (alpha, beta, gamma).
    interval: a discount is due once this many iterations were done since the last one (at the end of a batch).
    until: iterations after which nothing is discounted any more; None for no end.
    """

    algorithm: str
    interval: int
    until: int | None
    alpha: float = 1.5
    beta: float = 0.0
    gamma: float = 2.0

    def until_due(self, iterations: int, last_discount: int) -> int | None:
        """Iterations left before the next discount; None where there is none to come."""
        if self.algorithm == "cfr" or (self.until is not None and iterations > self.until):
            return None
        return max(0, last_discount + self.interval - iterations)

    def due(self, iterations: int, last_discount: int) -> Discounts | None:
        """Factors to apply now, with ``iterations`` done in all and the last discount at ``last_discount``; or None.

        The paper's t, the number of the iteration, is here the iterations done in units of the block just finished:
        t = iterations / (iterations - last_discount). Linear CFR multiplies by t / (t + 1), so that block number t
        ends with a weight proportional to t.
        """
        block = iterations - last_discount
        if self.algorithm == "cfr" or block < self.interval or (self.until is not None and iterations > self.until):
            return None
        t = iterations / block
        factor = t / (t + 1)
        if self.algorithm == "cfr+":
            return Discounts(1.0, 1.0, factor)
        if self.algorithm == "linear":
            return Discounts(factor, factor, factor)
        positive, negative = t**self.alpha, t**self.beta
        return Discounts(positive / (positive + 1), negative / (negative + 1), factor**self.gamma)
