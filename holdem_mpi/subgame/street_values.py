"""What hands win and own at the decisions of a solved spot's streets after the first one, and shares of the pot."""

from collections.abc import Callable

import numpy as np

from holdem_mpi.cards import NUM_HANDS, hands_holding
from holdem_mpi.game.rules import CALL
from holdem_mpi.game.tree import build_tree
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.subgame.locks import marks_of
from holdem_mpi.subgame.solver import SubgameSolver
from holdem_mpi.subgame.spot import Spot
from holdem_mpi.subgame.spot_start import begin_of
from holdem_mpi.subgame.subgame_deck import holdem_deck

# Of the likeliest hand's weight, what a hand of the range that never comes to a street has there: it is told as well
# what it would win, and the others' numbers stay as they are.
_NEVER = 1e-10
# (node of the spot's tree, cards that have come) -> float64[1326, action].
StrategyOf = Callable[[int, tuple[int, ...]], np.ndarray]


class LaterStreet:
    """A street after the spot's first one, with what comes after it, as it is played on the cards that came.

    entry: the node where it begins. cards: after the spot's board. reach: float64[player, 1326], weights of hands
    there; ``reach`` is that with the largest of each player as 1, and next to nothing in the place of 0 for hands of
    the spot's ranges. strategy_of: of the solution. ValueError where no two hands can meet there.
    """

    def __init__(
        self, spot: Spot, entry: int, cards: tuple[int, ...], reach: np.ndarray, strategy_of: StrategyOf
    ) -> None:
        self._entry = entry
        self.reach = _scaled(spot, cards, reach)
        tree, board = spot.tree.subtree(entry), [*spot.board, *cards]
        # Equal are cards that the solution has as equal, so by renamings that keep the spot's board and locks.
        known = [hands_holding(some).astype(np.float64) for some in (spot.board, *([card] for card in cards))]
        known += marks_of(spot.locks, holdem_deck())
        solver = SubgameSolver(tree, board, self.reach, rake=spot.rake, marks=known)
        here, dealt = int(tree.street_of_node[0]), solver.game.runout_card.tolist()
        for node in np.flatnonzero(tree.kind_of_node == KIND_DECISION).tolist():
            mine = solver.hands[int(tree.player_of_node[node])]
            later = int(tree.street_of_node[node]) > here
            for runout, more in enumerate([(card,) for card in dealt] if later else [()]):
                solver.set_strategy(node, strategy_of(entry + node, (*cards, *more))[mine], runout)
        self._hands, self._value = solver.hands, []
        for player in range(2):
            solver.value_sums(player, False)
            self._value.append(solver.workspace.value[:, : solver.hands[player].size].copy())

    def value(self, player: int, node: int) -> np.ndarray:
        """float64[1326], chips that each hand wins from a node of the spot's tree on, summed over what the other one
        holds there by ``reach`` and the strategies on the way.
        """
        full = np.zeros(NUM_HANDS)
        full[self._hands[player]] = self._value[player][node - self._entry]
        return full


def equities_of(spot: Spot, cards: tuple[int, ...], reach: np.ndarray) -> np.ndarray:
    """float64[player, 1326], share of the pot of each hand when both ranges (float64[player, 1326]) go to the showdown
    once these cards have come; 0 where no two hands can meet.
    """
    found = np.zeros((2, NUM_HANDS))
    # A tree in which everybody checks has the cards to come, and next to no sums.
    begin = begin_of(spot.config, spot.unit, spot.start.street + len(cards))
    tree = build_tree(begin.rules, lambda state: [CALL], begin)
    try:
        solver = SubgameSolver(tree, [*spot.board, *cards], _scaled(spot, cards, reach))
    except ValueError:
        return found
    for player in range(2):
        found[player, solver.hands[player]] = solver.equity(player)
    return found


def _scaled(spot: Spot, cards: tuple[int, ...], reach: np.ndarray) -> np.ndarray:
    """See ``LaterStreet.reach``. ValueError where a player never comes there."""
    most = reach.max(axis=1, keepdims=True)
    if not most.all():
        raise ValueError("a player never comes here")
    there = (spot.ranges > 0) & ~hands_holding([*spot.board, *cards])
    return np.where(there, np.maximum(reach / most, _NEVER), 0.0)
