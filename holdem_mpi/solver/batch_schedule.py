"""How many iterations a lane runs between two merges: a number, or one that grows with the iterations done."""

from dataclasses import dataclass

# Iterations that lanes do not know of each other (lanes * batch size) are at most 1 / _SHARE of those done before, once
# batches are no longer the smallest. Measured: docs/staleness.md.
_SHARE = 50
# Iterations of a lane in the first batches. They grow by doubling, and _SHARE batches or more have one size, so that
# even the smallest cost next to nothing.
_SMALLEST = 25


@dataclass(frozen=True)
class BatchSchedule:
    """Sizes of batches. A function of the config and the iterations done alone: any number of ranks and any history of
    stops gives the same batches.

    largest: iterations of a lane, always (``grows`` False) or at most.
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
