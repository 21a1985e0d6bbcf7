"""What the opponent has at a decision already: his best response to a blueprint by hand, fast enough for a deadline."""

import numpy as np

from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.kernels.subgame.policy_rows import write_policy
from holdem_mpi.policy.blueprint import Blueprint
from holdem_mpi.subgame.solver import SubgameSolver
from holdem_mpi.subgame.subgame_arrays import symmetries_of
from holdem_mpi.subgame.subgame_deck import SubgameDeck, holdem_deck

# Seconds of a node, a hand of the opponent and a card to come, of setting up for each, and of all else; about those of
# one core of an Intel Xeon.
_PACE, _CARD, _REST = 3e-9, 3e-4, 2e-3


def warm_up(blueprint: Blueprint) -> None:
    """Compile or load the kernels that ``Alternatives`` needs besides those of a solver."""
    none = np.zeros(0, np.int64)
    write_policy(blueprint.policy.probability, none.reshape(0, 4), none, np.zeros(0, np.float32), 0, 0)


class Alternatives:
    """The opponent's counterfactual best response values at decision ``node`` of ``blueprint``'s tree, on the last
    street or the last but one, against the blueprint's strategy of ``player``.

    board: what is seen there; ``weight``: float[hand of the deck], range of the player.
    """

    def __init__(
        self,
        blueprint: Blueprint,
        node: int,
        board: tuple[int, ...],
        player: int,
        weight: np.ndarray,
        deck: SubgameDeck | None = None,
    ) -> None:
        self._blueprint, self._node, self._board, self._weight = blueprint, node, tuple(board), weight
        self._deck = deck or holdem_deck()
        self._tree = blueprint.tree.subtree(node)
        self.opponent = 1 - player

    def expected_seconds(self) -> float:
        """Seconds that ``find`` is expected to take."""
        cards = 1 if len(self._board) == self._deck.complete else self._deck.num_cards - len(self._board)
        return _REST + cards * (_CARD + _PACE * self._tree.num_nodes * len(self._deck.card))

    def find(self) -> np.ndarray:
        """float32[hand of the deck], chips as in ``SubgameSolver.values``; 0 for hands that the board blocks, or that
        meet none. Hands that a renaming of suits exchanges, which changes neither board nor range, have the very same.

        ValueError where the range is empty.
        """
        ranges = np.ones((2, len(self._deck.card)))
        ranges[1 - self.opponent] = self._weight
        solver = SubgameSolver(self._tree, list(self._board), ranges, deck=self._deck)
        self._write(solver)
        values = np.zeros(len(self._deck.card), np.float32)
        values[solver.hands[self.opponent]] = solver.values(self.opponent, True)
        ranges[:, self._deck.blocked(self._board)] = 0.0
        symmetries = symmetries_of(list(self._board), ranges, self._deck)
        if len(symmetries) > 1:
            values = np.sort([values[self._deck.renamed_hands(suits)] for suits in symmetries], axis=0).mean(axis=0)
        return values.astype(np.float32)

    def _write(self, solver: SubgameSolver) -> None:
        """The player's strategy by the blueprint, at all decisions, on all boards."""
        blueprint, tree, hero = self._blueprint, self._tree, 1 - self.opponent
        street, first = int(tree.street_of_node[0]), self._rows(solver.game.offset)
        hands, table, count = solver.hands[hero], solver.sums.strategy, int(solver.game.count[hero])
        # Contiguous whatever is left of them: one compiled kernel.
        own = np.ascontiguousarray(first[tree.street_of_node[first[:, 4]] == street][:, :4])
        last = np.ascontiguousarray(first[tree.street_of_node[first[:, 4]] > street][:, :4])
        probability = blueprint.policy.probability
        write_policy(probability, own, blueprint.buckets(street, self._board)[hands], table, 0, count)
        upper, below = int(solver.game.block[0]), int(solver.game.block[1])
        for runout, card in enumerate(solver.game.runout_card.tolist() if last.size else ()):
            bucket = blueprint.buckets(street + 1, (*self._board, card))[hands]
            write_policy(probability, last, bucket, table, upper + runout * below, count)

    def _rows(self, offset: np.ndarray) -> np.ndarray:
        """int64[decision, 5], see ``write_policy``, then the node; of the player's decisions."""
        tree, layout, hero = self._tree, self._blueprint.policy.layout, 1 - self.opponent
        nodes = np.flatnonzero((tree.kind_of_node == KIND_DECISION) & (tree.player_of_node == hero))
        street = tree.street_of_node[nodes]
        first = layout.base_pair[street, hero] + layout.pair_of_node[self._node + nodes]
        columns = (offset[nodes], first, layout.width[street, hero], tree.num_actions()[nodes], nodes)
        return np.stack(columns, axis=1).astype(np.int64)
