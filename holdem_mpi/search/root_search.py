"""Search at one decision, in short steps: from that decision on, both ranges, with a menu of sizes of its own.

The last street is solved with all hands apart, the last but one with all cards to come too where time allows
(``EnumeratedSearch``); else public cards are drawn, and later streets know buckets (``SampledSearch``).
"""

from typing import NamedTuple, Protocol

import numpy as np

from holdem_mpi.game.rules import BettingState
from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.kernels.cards.deal import DealTables
from holdem_mpi.policy.translation import LOST
from holdem_mpi.subgame.gadget import Gadget
from holdem_mpi.subgame.ring_blueprint import RingContinuation
from holdem_mpi.subgame.ring_solver import RingSolver
from holdem_mpi.subgame.sampled_solver import SampledSolver
from holdem_mpi.subgame.solver import SubgameSolver
from holdem_mpi.subgame.subgame_deck import SubgameDeck, holdem_deck
from holdem_mpi.subgame.three_way_solver import ThreeWaySolver

Solver = SampledSolver | SubgameSolver | RingSolver | ThreeWaySolver


class SearchRoot(NamedTuple):
    """Where the subgame begins that a decision is searched in.

    state: the betting so far: that of the decision, or of the opponent's action before it.
    board: the public cards.
    weight: float[player, hand], weights of both ranges: of 1326 hands, or of a toy deck's where it is so told.
    gadget: the opponent's, where every hand and card is kept apart; all his hands are then in the subgame.
    taken: the opponent's action in ``state``, which the decision answers; None where ``state`` is the decision's own.
    node: the decision that stands for ``state`` in the blueprint's tree; LOST where none is known.
    """

    state: BettingState
    board: tuple[int, ...]
    weight: np.ndarray
    gadget: Gadget | None = None
    taken: int | None = None
    node: int = LOST

    @property
    def decision(self) -> BettingState:
        """The betting before the decision."""
        return self.state if self.taken is None else self.state.apply(self.taken)

    @property
    def line(self) -> tuple[int, ...]:
        """What was done from ``state`` up to the decision."""
        return () if self.taken is None else (self.taken,)

    @property
    def player(self) -> int:
        """Seat of the player whose strategy is sought: to act at the root, or after ``taken`` there."""
        return self.state.player if self.taken is None else 1 - self.state.player

    @property
    def num_hands(self) -> int:
        """Hands of both players in the subgame together."""
        if self.gadget is None:
            return int((self.weight > 0).sum())
        free = 52 - len(self.board)
        return int((self.weight[1 - self.gadget.player] > 0).sum()) + free * (free - 1) // 2


class CardAbstraction(NamedTuple):
    """The buckets of the streets to come.

    tables: how cards become buckets.
    num_buckets: by street.
    continuation: the blueprint that streets to come are played by, with more than two players and where it is so told.
    """

    tables: DealTables | None
    num_buckets: tuple[int, ...]
    continuation: RingContinuation | None = None


def _spread(hands: np.ndarray, values: np.ndarray, rest: float, num_hands: int) -> np.ndarray:
    """``values`` (float[hand, action]) by the hands of the deck, ``rest`` where the range lacks one."""
    spread = np.full((num_hands, values.shape[1]), rest)
    spread[hands] = values
    return spread


def street_decisions(tree: PublicTree) -> list[int]:
    """The decisions of the root's street, in the order of nodes."""
    here = (tree.kind_of_node == KIND_DECISION) & (tree.street_of_node == tree.street_of_node[0])
    return np.flatnonzero(here).tolist()


class Root(Protocol):
    """What searches of any kind ask of a root; see ``SearchRoot``."""

    @property
    def line(self) -> tuple[int, ...]: ...

    @property
    def player(self) -> int: ...

    @property
    def weight(self) -> np.ndarray: ...


def decision_node(tree: PublicTree, root: Root) -> int:
    """The node of the decision in a tree from ``root`` on."""
    node = 0
    for action in root.line:
        node = int(tree.children(node)[tree.actions(node).tolist().index(action)])
    return node


class RootSearch:
    """A search that is under way. actions: those of the decision, in real chips, whose node in the tree is ``node``;
    gadget: its kind, or "none". exact: whether every hand and every card to come is apart in it.
    """

    gadget = "none"
    exact = False

    def __init__(self, tree: PublicTree, root: Root, solver: Solver) -> None:
        self.node = decision_node(tree, root)
        self.actions = tuple(tree.actions(self.node).tolist())
        self.solver = solver
        self._hands, self._num_hands = solver.hands[root.player], root.weight.shape[1]

    @property
    def iterations(self) -> int:
        """How many iterations are done."""
        return self.solver.iterations

    def run(self, iterations: int) -> None:
        """Do ``iterations`` more iterations."""
        self.solver.run(iterations)

    def root_sums(self) -> np.ndarray:
        """float64[1326, action], reach times strategy of the player to act, summed over iterations: over ranks these
        add up, and each rank counts by its iterations.
        """
        return _spread(self._hands, self.solver.strategy_sums(self.node), 0.0, self._num_hands)

    def street_sums(self) -> np.ndarray:
        """float32: strategy sums [hand, action] of every decision of the root's street, one after another by node."""
        sums = [self.solver.strategy_sums(node).ravel() for node in street_decisions(self.solver.tree)]
        return np.concatenate(sums).astype(np.float32)

    def root_values(self) -> np.ndarray:
        """float64[1326, action], chips won on average from the start of the hand on by each action; NaN: unknown."""
        return self.by_hand(self.solver.action_values(self.node))

    def by_hand(self, values: np.ndarray) -> np.ndarray:
        """float64[1326, action] of values (float[hand, action]) of the player's hands; NaN: unknown."""
        return _spread(self._hands, values, np.nan, self._num_hands)


class SampledSearch(RootSearch):
    """A search that draws the public cards to come at random; it takes no gadget."""

    def __init__(
        self, tree: PublicTree, root: SearchRoot, abstraction: CardAbstraction, stream: tuple[int, int, int]
    ) -> None:
        tables, num_buckets, node = abstraction.tables, abstraction.num_buckets, decision_node(tree, root)
        solver = SampledSolver(tree, list(root.board), root.weight, tables, num_buckets, stream, valued=node)
        super().__init__(tree, root, solver)


class EnumeratedSearch(RootSearch):
    """Every card to come, every hand apart.

    deck: by default hold'em's, whose board is complete with the cards of the rules.
    stream: (seed, decision, rank). Ranks other than 0 begin with random regrets: iterations that are the same on all
    ranks would buy nothing, while the mean of different near-equilibria is at least as good as they are on average.
    """

    solver: SubgameSolver
    exact = True

    def __init__(
        self, tree: PublicTree, root: SearchRoot, stream: tuple[int, int, int], deck: SubgameDeck | None = None
    ) -> None:
        deck = deck or holdem_deck(sum(tree.rules.board_cards))
        super().__init__(tree, root, SubgameSolver(tree, list(root.board), root.weight, gadget=root.gadget, deck=deck))
        self.gadget = root.gadget.kind if root.gadget else "none"
        self._other, self._weight = 1 - root.player, root.weight
        if stream[2]:
            noise = np.random.default_rng(stream).random(self.solver.sums.regret.size, np.float32)
            self.solver.sums.regret[:] = noise * np.float32(min(root.state.stakes))

    def root_values(self) -> np.ndarray:
        """float64[1326, action], as for every search, found by one sweep; with a gadget, too, against the opponent's
        range by the blueprint.
        """
        if self.solver.gadget:
            self.solver.take_range(self._weight[self._other, self.solver.hands[self._other]])
        return super().root_values()


def cards_to_come(root: SearchRoot) -> int:
    """How many public cards are not dealt yet."""
    return sum(root.state.rules.board_cards) - len(root.board)


def as_strategy(sums: np.ndarray, hand: int) -> np.ndarray | None:
    """float64[action] of a hand from sums over ranks; None where nothing was summed for it."""
    total = float(sums[hand].sum())
    return sums[hand] / total if total > 0 else None
