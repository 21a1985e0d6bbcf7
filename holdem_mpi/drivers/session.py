"""The problem that a config poses: tree, layout, cards and scales, built once."""

from dataclasses import dataclass

import numpy as np

from holdem_mpi.abstraction.deal_tables import tables_of_deck
from holdem_mpi.cards import NUM_HANDS
from holdem_mpi.config.game_config import GameConfig
from holdem_mpi.config.run_config import RunConfig
from holdem_mpi.evaluation.best_response import EnumeratedDeals
from holdem_mpi.evaluation.policy_on_cards import PolicyOnCards
from holdem_mpi.game.layout import Layout
from holdem_mpi.game.toy import ToyDeck
from holdem_mpi.kernels.cards.deal import DealTables
from holdem_mpi.solver.batch_schedule import BatchSchedule
from holdem_mpi.solver.scale import FixedPoint
from holdem_mpi.solver.schedule import DiscountSchedule


@dataclass(frozen=True)
class Problem:
    """A game that is ready to be trained: what a config stands for, built.

    config: with its lanes filled in (``RunConfig.completed``). tables: how cards become buckets and strengths.
    bucket_digest: SHA-256 (hex) of the buckets. scales: fixed point of what a batch adds up.
    """

    config: RunConfig
    layout: Layout
    tables: DealTables
    bucket_digest: str
    scales: FixedPoint

    def schedule(self) -> DiscountSchedule:
        """The discounts of this config."""
        solver = self.config.solver
        return DiscountSchedule(
            solver.algorithm, solver.discount_interval, solver.discount_until, solver.alpha, solver.beta, solver.gamma
        )

    def batches(self) -> BatchSchedule:
        """The sizes of batches."""
        return batches_of(self.config)

    def regret_floor(self) -> float:
        """What no regret falls below, in the table's units."""
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


def policy_on_cards(game: GameConfig, layout: Layout, probability: np.ndarray, tables: DealTables) -> PolicyOnCards:
    """A policy (float[num_pairs]) of a hold'em game with the buckets that ``tables`` deal by."""
    by_cards = {3: tables.bucket_of_3, 4: tables.bucket_of_4, 5: tables.bucket_of_5}
    seen = np.cumsum(game.board_cards)[1:].tolist()
    bucket_tables = (np.zeros((0, NUM_HANDS), np.uint8), *(by_cards[cards].reshape(-1, NUM_HANDS) for cards in seen))
    return PolicyOnCards(layout, probability, tables.class_of_hand.astype(np.int64), bucket_tables)


def enumerate_deals(deck: ToyDeck) -> EnumeratedDeals:
    """Every deal of a toy deck."""
    tables, cards = tables_of_deck(deck), deck.deals()
    private = cards[:, : deck.num_players]
    public = cards[:, deck.num_players :] if deck.public_cards else np.zeros((len(cards), 1), np.int64)
    bucket = np.stack([of_street[private, public] for of_street in tables.toy_bucket.astype(np.int64)], axis=1)
    return EnumeratedDeals(np.full(len(cards), 1 / len(cards)), bucket, tables.toy_strength[private, public])
