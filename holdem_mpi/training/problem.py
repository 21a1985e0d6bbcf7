"""The problem that a config poses: tree, layout, cards and scales, built once."""

from dataclasses import dataclass

import numpy as np

from holdem_mpi.config.run_config import RunConfig
from holdem_mpi.game.layout import Layout
from holdem_mpi.kernels.cards.deal import DealTables
from holdem_mpi.training.fixed_point import FixedPoint
from holdem_mpi.training.schedules import BatchSchedule, DiscountSchedule


@dataclass(frozen=True)
class Problem:
    """A game that is ready to be trained: what a config stands for, built.

    config: with its lanes filled in (``RunConfig.completed``).
    tables: how cards become buckets and strengths.
    bucket_digest: SHA-256 (hex) of the buckets.
    scales: fixed point of what a batch adds up.
    """

    config: RunConfig
    layout: Layout
    tables: DealTables
    bucket_digest: str
    scales: FixedPoint

    @property
    def units(self) -> list[float]:
        """What a chip and a probability of 1 are in the table's numbers."""
        return [self.scales.regret_scale, self.scales.strategy_scale]

    def schedule(self) -> DiscountSchedule:
        """When and by how much the table is discounted."""
        solver = self.config.solver
        return DiscountSchedule(
            algorithm=solver.algorithm,
            interval=solver.discount_interval,
            until=solver.discount_until,
            alpha=solver.alpha,
            beta=solver.beta,
            gamma=solver.gamma,
        )

    def batches(self) -> BatchSchedule:
        """How many iterations each batch has."""
        return batches_of(self.config)

    def regret_floor(self) -> float:
        """The value that no regret falls below, in the table's units."""
        if self.config.solver.algorithm == "cfr+":
            return 0.0
        pruning = self.config.solver.pruning
        return pruning.floor * self.scales.regret_scale if pruning.enabled else -np.inf


def batches_of(config: RunConfig) -> BatchSchedule:
    """The sizes of batches, in a config whose lanes are filled in. ValueError where they are not."""
    if config.lanes is None:
        raise ValueError("lanes: not filled in; RunConfig.completed does that once the number of ranks is known")
    if config.batch_size == "auto":
        return BatchSchedule(config.lanes, config.batch_size_limit, grows=True)
    return BatchSchedule(config.lanes, config.batch_size)
