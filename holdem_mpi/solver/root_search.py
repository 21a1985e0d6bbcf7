"""Search at one decision, in short steps: from that decision on, both ranges, with a menu of sizes of its own.

The last street and the last but one are solved with all hands and all cards apart (``EnumeratedSearch``); with more to
come, public cards are drawn and later streets know buckets (``SampledSearch``).
"""

from typing import NamedTuple, Protocol

import numpy as np

from holdem_mpi.game.rules import BettingState
from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.kernels.deal import DealTables
from holdem_mpi.solver.gadget import Gadget
from holdem_mpi.solver.sampled_subgame import SampledSolver
from holdem_mpi.solver.subgame import SubgameSolver

NUM_HANDS = 1326


class Spot(NamedTuple):
    """A decision to be searched: the betting so far, the board, and float[player, 1326] weights of both ranges.

    gadget: the opponent's, where every hand and card is apart; all his hands are then in the subgame.
    """

    state: BettingState
    board: tuple[int, ...]
    weight: np.ndarray
    gadget: Gadget | None = None

    @property
    def num_hands(self) -> int:
        """Of both players in the subgame."""
        if self.gadget is None:
            return int((self.weight > 0).sum())
        free = 52 - len(self.board)
        return int((self.weight[1 - self.gadget.player] > 0).sum()) + free * (free - 1) // 2


class Cards(NamedTuple):
    """The card abstraction of streets to come: DealTables, and buckets by street."""

    tables: DealTables
    num_buckets: tuple[int, ...]


class RootSearch(Protocol):
    """A search that is under way. actions: those of the root, in real chips; iterations: done so far; gadget: its kind,
    or "none".
    """

    actions: tuple[int, ...]
    gadget: str
    iterations: int

    def run(self, iterations: int) -> None:
        """Go on for ``iterations``."""

    def root_sums(self) -> np.ndarray:
        """float64[1326, action], reach times strategy of the player to act, summed over iterations: over ranks these
        add up, and each rank counts by its iterations.
        """

    def street_sums(self) -> np.ndarray:
        """float32: strategy sums [hand, action] of every decision of the root's street, one after another by node."""

    def root_values(self) -> np.ndarray:
        """float64[1326, action], chips won on average from the start of the hand on by each action; NaN: unknown."""


def _spread(hands: np.ndarray, values: np.ndarray, rest: float) -> np.ndarray:
    """``values`` (float[hand, action]) by the hands of the deck, ``rest`` where the range lacks one."""
    spread = np.full((NUM_HANDS, values.shape[1]), rest)
    spread[hands] = values
    return spread


def street_decisions(tree: PublicTree) -> list[int]:
    """The decisions of the root's street, in the order of nodes."""
    here = (tree.kind_of_node == KIND_DECISION) & (tree.street_of_node == tree.street_of_node[0])
    return np.flatnonzero(here).tolist()


def _street_sums(solver: SampledSolver | SubgameSolver) -> np.ndarray:
    sums = [solver.strategy_sums(node).ravel() for node in street_decisions(solver.tree)]
    return np.concatenate(sums).astype(np.float32)


class SampledSearch:
    """Streets to come on sampled cards; no gadget."""

    gadget = "none"

    def __init__(self, tree: PublicTree, spot: Spot, cards: Cards, stream: tuple[int, int, int]) -> None:
        self.actions = tuple(tree.actions(0).tolist())
        self.solver = SampledSolver(tree, list(spot.board), spot.weight, cards.tables, cards.num_buckets, stream)
        self._hands = self.solver.hands[spot.state.player]

    @property
    def iterations(self) -> int:
        """Done so far."""
        return self.solver.iterations

    def run(self, iterations: int) -> None:
        """Go on."""
        self.solver.run(iterations)

    def root_sums(self) -> np.ndarray:
        """See ``RootSearch``."""
        return _spread(self._hands, self.solver.strategy_sums(0), 0.0)

    def street_sums(self) -> np.ndarray:
        """See ``RootSearch``."""
        return _street_sums(self.solver)

    def root_values(self) -> np.ndarray:
        """See ``RootSearch``."""
        return _spread(self._hands, self.solver.action_values(), np.nan)


class EnumeratedSearch:
    """Every card to come, every hand apart.

    stream: (seed, decision, rank). Ranks other than 0 begin with random regrets: iterations that are the same on all
    ranks would buy nothing, while the mean of different near-equilibria is at least as good as they are on average.
    """

    def __init__(self, tree: PublicTree, spot: Spot, stream: tuple[int, int, int]) -> None:
        self.actions = tuple(tree.actions(0).tolist())
        self.solver = SubgameSolver(tree, list(spot.board), spot.weight, gadget=spot.gadget)
        self.gadget = spot.gadget.kind if spot.gadget else "none"
        self._weight = spot.weight
        self._player = spot.state.player
        self._hands = self.solver.hands[self._player]
        if stream[2]:
            noise = np.random.default_rng(stream).random(self.solver.sums.regret.size, np.float32)
            self.solver.sums.regret[:] = noise * np.float32(min(spot.state.contributions))

    @property
    def iterations(self) -> int:
        """Done so far."""
        return self.solver.iterations

    def run(self, iterations: int) -> None:
        """Go on."""
        self.solver.run(iterations)

    def root_sums(self) -> np.ndarray:
        """See ``RootSearch``."""
        return _spread(self._hands, self.solver.strategy_sums(0), 0.0)

    def street_sums(self) -> np.ndarray:
        """See ``RootSearch``."""
        return _street_sums(self.solver)

    def root_values(self) -> np.ndarray:
        """See ``RootSearch``; one sweep. With a gadget too against the opponent's range by the blueprint."""
        if self.solver.gadget:
            other = 1 - self._player
            self.solver.take_range(self._weight[other, self.solver.hands[other]])
        return self.by_hand(self.solver.action_values())

    def by_hand(self, values: np.ndarray) -> np.ndarray:
        """float64[1326, action] of values (float[hand, action]) of the player's hands; NaN: unknown."""
        return _spread(self._hands, values, np.nan)


def cards_to_come(spot: Spot) -> int:
    """Public cards that are not dealt yet."""
    return sum(spot.state.rules.board_cards) - len(spot.board)


def new_search(spot: Spot, tree: PublicTree, cards: Cards, stream: tuple[int, int, int], sampled: bool) -> RootSearch:
    """A search from ``spot``, the root of ``tree``, on. stream: (seed, decision, rank) of what is random in it.

    ValueError where no two hands of the ranges can meet.
    """
    return SampledSearch(tree, spot, cards, stream) if sampled else EnumeratedSearch(tree, spot, stream)


def as_strategy(sums: np.ndarray, hand: int) -> np.ndarray | None:
    """float64[action] of a hand from sums over ranks; None where nothing was summed for it."""
    total = float(sums[hand].sum())
    return sums[hand] / total if total > 0 else None
