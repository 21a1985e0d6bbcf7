"""Subgames of a blueprint: their ranges, what each hand has in them by the blueprint, and their new solutions.

Solving a subgame for the blueprint's ranges alone is unsafe: the opponent need not have played by those ranges, and can
gain in the whole game by changing them. A gadget with the blueprint's counterfactual best response values keeps every
hand of the opponent at what it has already (Burch, Johanson and Bowling 2014).
"""

import numpy as np

from holdem_mpi.game.betting import Menu
from holdem_mpi.game.rules import BettingState
from holdem_mpi.game.tree import PublicTree, build_tree
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.policy.blueprint import Blueprint
from holdem_mpi.subgame.gadget import Gadget
from holdem_mpi.subgame.solver import SubgameSolver
from holdem_mpi.subgame.subgame_deck import SubgameDeck
from holdem_mpi.subgame.weights import Weights


class BlueprintSubgame:
    """The subgame of ``blueprint`` at decision ``node`` with ``board``, the public cards seen there: on the last
    street, or with one card to come.

    menu: of the blueprint's tree. ranges: float64[player, hand of the deck], reach of each player's hands by the
    blueprint, zero where they overlap the board.
    """

    def __init__(self, blueprint: Blueprint, menu: Menu, deck: SubgameDeck, node: int, board: tuple[int, ...]) -> None:
        self.blueprint, self.deck, self.node, self.board = blueprint, deck, node, list(board)
        state = BettingState.start(blueprint.tree.rules)
        self.ranges = np.where(deck.blocked(board), 0.0, np.ones((2, len(deck.card))))
        for above, action in blueprint.tree.line_to(node):
            self.ranges[blueprint.tree.player_of_node[above]] *= blueprint.strategy(above, board)[:, action]
            state = state.apply(int(blueprint.tree.actions(above)[action]))
        self.tree = build_tree(state.rules, menu, state)

    def valued(self, player: int, solution: SubgameSolver | None = None) -> SubgameSolver:
        """A solver that holds the blueprint's strategy, and values every hand of ``player`` against it; or the other's
        in ``solution``, of a complete board.

        ValueError where the other's range is empty.
        """
        ranges = self.ranges.copy()
        ranges[player] = 1.0
        solver = SubgameSolver(self.tree, self.board, ranges, deck=self.deck)
        seen = self.blueprint.seen[int(self.tree.street_of_node[0])]
        for node in np.flatnonzero(self.tree.kind_of_node == KIND_DECISION).tolist():
            owner = int(self.tree.player_of_node[node])
            if solution and owner != player:
                solver.set_strategy(node, solution.strategy(node))
                continue
            deeper = self.blueprint.seen[int(self.tree.street_of_node[node])] > seen
            # Nodes are depth first, and those of a subtree follow one another.
            for runout in range(solver.game.runout_card.size if deeper else 1):
                board = (*self.board, int(solver.game.runout_card[runout])) if deeper else tuple(self.board)
                strategy = self.blueprint.strategy(self.node + node, board)
                solver.set_strategy(node, strategy[solver.hands[owner]], runout)
        return solver

    def best_values(self, player: int) -> np.ndarray:
        """float64[hand of the deck], chips of ``player``'s counterfactual best response to the blueprint by hand, from
        the start of the whole hand on; 0 for hands that the board blocks.
        """
        solver = self.valued(player)
        values = np.zeros(len(self.deck.card))
        values[solver.hands[player]] = solver.values(player, True)
        return values

    def solver(self, gadget: Gadget | None, weights: Weights | None = None) -> SubgameSolver:
        """A new solution's solver for the blueprint's ranges: unsafe without a gadget."""
        return SubgameSolver(self.tree, self.board, self.ranges, weights, gadget=gadget, deck=self.deck)

    def safe_solver(self, kind: str, hero: int, weights: Weights | None = None) -> SubgameSolver:
        """A solver whose strategy of ``hero`` will be safe: the other gains no more than what ``GadgetState.nash_conv``
        says. ValueError where the blueprint's ``hero`` never comes with any hand.
        """
        return self.solver(Gadget(kind, 1 - hero, self.best_values(1 - hero)), weights)

    def put_back(self, solver: SubgameSolver, player: int, probability: np.ndarray) -> None:
        """Write a complete board's solution for ``player`` into ``probability`` (float[num_pairs], the layout's order),
        where the layout has no bucket with hands that play differently.
        """
        layout = self.blueprint.policy.layout
        for node in np.flatnonzero(self.tree.player_of_node == player).tolist():
            bucket = self.blueprint.buckets(int(self.tree.street_of_node[node]), tuple(self.board))
            pairs = layout.pairs_of_node(self.node + node)
            probability[pairs[bucket[solver.hands[player]]]] = solver.strategy(node)


def entries_of(tree: PublicTree, street: int) -> list[int]:
    """Decisions that begin ``street``."""
    decides = (tree.kind_of_node == KIND_DECISION) & (tree.street_of_node == street)
    return np.flatnonzero(decides & (tree.street_of_node[tree.parent_of_node] < street)).tolist()
