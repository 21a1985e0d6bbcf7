"""What a config stands for, built once: tree, layout, cards, scales."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from holdem_mpi.cards import CLASS_OF_HAND, NUM_HANDS
from holdem_mpi.config import AbstractionConfig, GameConfig, RunConfig
from holdem_mpi.drivers.builder import check_tables, ensure_abstraction, open_tables
from holdem_mpi.errors import ConfigError
from holdem_mpi.evaluation.best_response import EnumeratedDeals
from holdem_mpi.evaluation.flop_update import MOST_ON_A_FLOP, FlopUpdater, trunk_entries
from holdem_mpi.evaluation.policy_on_cards import PolicyOnCards
from holdem_mpi.game.game import Game
from holdem_mpi.game.layout import Layout
from holdem_mpi.game.toy import ToyDeck
from holdem_mpi.game.tree import ARRAYS, PublicTree
from holdem_mpi.kernels.arrays import TreeCode
from holdem_mpi.kernels.deal import DealTables, holdem_tables, toy_tables
from holdem_mpi.kernels.lane import SAMPLER_EXTERNAL, SAMPLER_OUTCOME
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.solver.batch_schedule import BatchSchedule
from holdem_mpi.solver.full_width import FullWidth
from holdem_mpi.solver.lane import InPlaceRunner, LaneRunner
from holdem_mpi.solver.public_lane import PublicLaneRunner
from holdem_mpi.solver.scale import (
    FixedPoint,
    choose_scales,
    full_width_scales,
    largest_weight,
    payoff_range,
    unit_scales,
)
from holdem_mpi.solver.schedule import DiscountSchedule

# Board cards by street that the card abstraction covers.
_BOARDS = ((0, 3), (0, 3, 1), (0, 3, 1, 1))


@dataclass(frozen=True)
class Session:
    """A game ready to be trained or evaluated. ``config.lanes`` is filled in."""

    config: RunConfig
    layout: Layout
    tables: DealTables
    bucket_digest: str
    scales: FixedPoint

    def new_runner(self) -> LaneRunner:
        """A LaneRunner for this config's lanes; full-width training has none."""
        solver = self.config.solver
        if solver.sampler == "public":
            return PublicLaneRunner(
                self.layout,
                self.tables,
                lanes=self.config.lanes,
                seed=solver.seed,
                scales=self.scales,
                floored=solver.algorithm == "cfr+",
            )
        return LaneRunner(*self._game(), lanes=self.config.lanes, **self._settings())

    def in_place_runner(self, table: np.ndarray, hosts: int = 1) -> InPlaceRunner:
        """The runner of ``mode: racing``, on a table that ranks have in common and that is divided by ``hosts``."""
        settings = self._settings()
        settings["prune_below"] /= hosts
        return InPlaceRunner(table, self.regret_floor() / hosts, *self._game(), **settings)

    def _game(self) -> tuple[Layout, TreeCode, DealTables]:
        return self.layout, self.layout.code(), self.tables

    def _settings(self) -> dict[str, Any]:
        """How lanes sample, and in which units they add."""
        solver = self.config.solver
        return {
            "seed": solver.seed,
            "sampler": SAMPLER_EXTERNAL if solver.sampler == "external" else SAMPLER_OUTCOME,
            "exploration": solver.exploration,
            "average_inline": solver.sampler == "external" and self.layout.tree.num_players == 2,
            "scales": self.scales,
            "prune_below": solver.pruning.threshold if solver.pruning.enabled else -np.inf,
            "prune_probability": solver.pruning.probability,
        }

    def full_width(self, comm: Communicator) -> FullWidth:
        """A rank's side of full-width training."""
        floor = self.regret_floor()
        return FullWidth(self.layout, self.tables, scales=self.scales, floor=floor, rank=comm.rank, size=comm.size)

    def flop_updater(self) -> FlopUpdater:
        """A rank's side of CFR-BR."""
        scales = self.scales
        policy = policy_on_cards(self.config.game, self.layout, np.zeros(0), self.tables)
        bound = MOST_ON_A_FLOP * payoff_range(self.layout.tree)
        return FlopUpdater(policy, regret_scale=scales.regret_scale, strategy_scale=scales.strategy_scale, bound=bound)

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


def table_entries(config: RunConfig, layout: Layout) -> int:
    """Entries of a run's table: regrets and strategy sums of all rows, and of CFR-BR the trunk's regrets."""
    return 2 * layout.num_pairs + (trunk_entries(layout) if config.solver.sampler == "cfr-br" else 0)


def policy_on_cards(game: GameConfig, layout: Layout, probability: np.ndarray, tables: DealTables) -> PolicyOnCards:
    """A policy (float[num_pairs]) of a hold'em game with the buckets that ``tables`` deal by."""
    by_cards = {3: tables.bucket_of_3, 4: tables.bucket_of_4, 5: tables.bucket_of_5}
    seen = np.cumsum(game.board_cards)[1:].tolist()
    bucket_tables = (np.zeros((0, NUM_HANDS), np.uint8), *(by_cards[cards].reshape(-1, NUM_HANDS) for cards in seen))
    return PolicyOnCards(layout, probability, tables.class_of_hand.astype(np.int64), bucket_tables)


def _shared_game(config: GameConfig, comm: Communicator) -> Game:
    """The game, its tree built by rank 0: where ranks outnumber the cores, building it on each takes their time."""
    game = Game(config)
    built: list[PublicTree] = []

    def build() -> dict[str, Any]:
        built.append(game.tree)
        arrays = {name: getattr(built[0], name) for name in ARRAYS}
        return {name: [array.dtype.str, list(array.shape)] for name, array in arrays.items()}

    arrays = {}
    for name, (dtype, shape) in comm.on_root(build).items():
        arrays[name] = getattr(built[0], name) if built else np.empty(shape, dtype)
        comm.bcast(arrays[name])
    return game if built else Game(config, PublicTree(rules=game.rules, **arrays))


def build_session(config: RunConfig, comm: Communicator) -> Session:
    """Everything that training needs; builds or opens the card abstraction. Collective."""
    config = config.model_copy(update={"lanes": config.lanes or comm.size})
    game = _shared_game(config.game, comm)
    deck, layout = game.toy_deck, game.layout(tuple(config.abstraction.buckets))
    scales = _scales(config, layout.tree, game.num_hands)
    if deck:
        return Session(config, layout, tables_of_deck(deck), digest_of_deck(deck), scales)
    tables, digest = tables_of_holdem(config.game, config.abstraction, comm)
    return Session(config, layout, tables, digest, scales)


def batches_of(config: RunConfig) -> BatchSchedule:
    """The sizes of batches, in a config whose lanes are filled in."""
    if config.batch_size == "auto":
        return BatchSchedule(config.lanes, config.batch_size_limit, grows=True)
    return BatchSchedule(config.lanes, config.batch_size)


def _scales(config: RunConfig, tree: PublicTree, hands: int) -> FixedPoint:
    """Fixed point for what the largest batch can add up to, in a game with so many private hands."""
    solver, contributions = config.solver, config.lanes * batches_of(config).largest
    if solver.sampler == "full":
        return full_width_scales(tree)
    if solver.sampler == "public":  # a bucket may hold every hand
        return choose_scales(tree, contributions * hands)
    if solver.sampler == "cfr-br":
        return choose_scales(tree, contributions * MOST_ON_A_FLOP)
    weight = largest_weight(tree, solver.exploration) if solver.sampler == "outcome" else 1.0
    if config.mode == "racing":
        return unit_scales(tree, weight)
    return choose_scales(tree, contributions, weight)


def tables_of_holdem(game: GameConfig, abstraction: AbstractionConfig, comm: Communicator) -> tuple[DealTables, str]:
    """Deal tables and their digest, over the bucket files of ``abstraction.directory``, or of the cache, where missing
    ones are built. Collective.
    """
    board_cards, buckets = tuple(game.board_cards), tuple(abstraction.buckets)
    if board_cards not in _BOARDS:
        raise ConfigError(f"game.board_cards: {list(board_cards)} has no card abstraction; expected one of {_BOARDS}")
    folder, final_street = abstraction.directory, len(board_cards) - 1
    methods, seed = tuple(abstraction.methods), abstraction.seed
    if folder is not None:
        comm.on_root(lambda: check_tables(folder, buckets, final_street, methods, seed))
    built = ensure_abstraction(comm, buckets, final_street, folder, methods=methods, seed=seed)
    # All bytes are checked by one rank; the others map the same files.
    comm.on_root(lambda: len(open_tables(built, verify=True)))
    tables = {3 + place: np.asarray(table) for place, table in enumerate(open_tables(built))}
    return holdem_tables(game.players, board_cards, CLASS_OF_HAND.astype(np.uint16), tables), built.digest


def digest_of_deck(deck: ToyDeck) -> str:
    """Digest that stands for a toy deck's buckets: its ranks, copies and public cards."""
    return hashlib.sha256(repr(deck).encode()).hexdigest()


def tables_of_deck(deck: ToyDeck) -> DealTables:
    """Deal tables of a toy deck."""
    cards, streets = deck.num_cards, 1 + deck.public_cards
    bucket = np.zeros((streets, cards, cards), np.uint16)
    strength = np.zeros((cards, cards), np.int64)
    for private in range(cards):
        for public in range(cards):
            strength[private, public] = deck.strength(private, public if deck.public_cards else None)
            for street in range(streets):
                bucket[street, private, public] = deck.bucket(private, public if street else None)
    return toy_tables(bucket, strength, deck.num_players, deck.public_cards)


def enumerate_deals(deck: ToyDeck) -> EnumeratedDeals:
    """Every deal of a toy deck."""
    tables, cards = tables_of_deck(deck), deck.deals()
    private = cards[:, : deck.num_players]
    public = cards[:, deck.num_players :] if deck.public_cards else np.zeros((len(cards), 1), np.int64)
    bucket = np.stack([of_street[private, public] for of_street in tables.toy_bucket.astype(np.int64)], axis=1)
    return EnumeratedDeals(np.full(len(cards), 1 / len(cards)), bucket, tables.toy_strength[private, public])
