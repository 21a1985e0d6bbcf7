"""What vector CFR multiplies its sums by before each iteration adds to them."""

from dataclasses import dataclass

import numpy as np

from holdem_mpi.kernels.subgame.subgame_types import NUM_WEIGHTS, W_NEGATIVE, W_POSITIVE, W_STRATEGY


@dataclass(frozen=True)
class Weights:
    """Discounts by iteration t = 1, 2, ...: DCFR, or CFR+.

    alpha, beta, gamma: exponents of the discounts of positive regrets, negative regrets and strategy sums. A high gamma
        forgets the first iterations sooner.
    plus: CFR+ instead of DCFR.
    restart: of DCFR, the strategy sums' own count starts again at every power of 4: the first iterations are forgotten
        sooner, too, but just after such a power the average is a poor one.
    """

    alpha: float = 1.5
    beta: float = 0.0
    gamma: float = 5.0
    plus: bool = False
    restart: bool = False

    def table(self, iterations: int, first: int = 0) -> np.ndarray:
        """float32[iterations - first, NUM_WEIGHTS], what sums are multiplied by before each iteration from number
        ``first`` (counted from 0) on adds to them; nothing is kept before number 0.
        """
        done = np.arange(first, iterations, dtype=np.float64)
        later = done > 0
        weight = np.zeros((done.size, NUM_WEIGHTS), np.float32)
        if self.plus:
            weight[:] = np.stack([np.ones(done.size), np.zeros(done.size), done / (done + 1)], axis=1)
            return weight
        for column, exponent in ((W_POSITIVE, self.alpha), (W_NEGATIVE, self.beta)):
            power = done[later] ** exponent
            weight[later, column] = power / (power + 1)
        since = done.copy()
        if self.restart:
            since -= np.array([4 ** (int(t).bit_length() - 1 >> 1) if t else 0 for t in done])
        weight[:, W_STRATEGY] = (since / (since + 1)) ** self.gamma
        return weight
