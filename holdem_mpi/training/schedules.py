"""Discounts of Linear CFR and DCFR (Brown and Sandholm 2019), weighted by iterations done, never by batch number."""

from dataclasses import dataclass

# Iterations that lanes do not know of each other (lanes * batch size) are at most 1 / _SHARE of those done before, once
# batches are no longer the smallest. Measured: docs/staleness.md.
_SHARE = 50
# Iterations of a lane in the first batches. They grow by doubling, and _SHARE batches or more have one size, so that
# even the smallest cost next to nothing.
_SMALLEST = 25


@dataclass(frozen=True)
class Discounts:
    """Factors that a discount multiplies a table by.

    positive, negative: of regrets above and below zero.
    strategy: of strategy sums.
    """

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


@dataclass(frozen=True)
class BatchSchedule:
    """Sizes of batches. A function of the config and the iterations done alone: any number of ranks and any history of
    stops gives the same batches.

    lanes: of the run.
    largest: iterations of a lane, always or at most.
    grows: whether batches grow up to ``largest``.
    """

    lanes: int
    largest: int
    grows: bool = False

    def size(self, iterations: int) -> int:
        """Iterations of a lane in the batch that begins after ``iterations`` over all lanes."""
        if not self.grows:
            return self.largest
        doublings = max(iterations // (_SHARE * self.lanes * _SMALLEST), 1).bit_length() - 1
        return min(_SMALLEST << doublings, self.largest)
