"""What vector CFR multiplies its sums by before each iteration adds to them."""

from dataclasses import dataclass

import numpy as np

from holdem_mpi.kernels.subgame_arrays import NUM_WEIGHTS, W_NEGATIVE, W_POSITIVE, W_STRATEGY


@dataclass(frozen=True)
class Weights:
    """Discounts by iteration t = 1, 2, ...: DCFR with exponents alpha, beta, gamma, or CFR+ (``plus``).

    With ``restart`` (DCFR) the strategy sums' own count starts again at every power of 4: the first iterations are
    forgotten sooner, and just after such a power the average is a poor one. A high gamma does as much without that.
    """

    alpha: float = 1.5
    beta: float = 0.0
    gamma: float = 5.0
    plus: bool = False
    restart: bool = False

    def table(self, iterations: int) -> np.ndarray:
        """float32[iterations, NUM_WEIGHTS], what sums are multiplied by before iteration t adds to them; nothing is
        kept before the first.
        """
        done = np.arange(iterations, dtype=np.float64)
        weight = np.zeros((iterations, NUM_WEIGHTS), np.float32)
        if self.plus:
            weight[:] = np.stack([np.ones(iterations), np.zeros(iterations), done / (done + 1)], axis=1)
            return weight
        for column, exponent in ((W_POSITIVE, self.alpha), (W_NEGATIVE, self.beta)):
            power = done[1:] ** exponent
            weight[1:, column] = power / (power + 1)
        since = done.copy()
        if self.restart:
            since -= np.array([4 ** (int(t).bit_length() - 1 >> 1) if t else 0 for t in range(iterations)])
        weight[:, W_STRATEGY] = (since / (since + 1)) ** self.gamma
        return weight
