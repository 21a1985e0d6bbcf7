"""The preflop end of a best response in hold'em: what flops are worth, added up by preflop class, and the choice there.

By symmetry of suits all hands of a preflop class have one value before the flop, so that sums over the hands of a class
are enough to choose by, and they add up over flops.
"""

from math import comb

import numpy as np

from holdem_mpi.best_response.flop_response import FlopResponder
from holdem_mpi.cards import CLASS_OF_HAND, NUM_CLASSES, mass_of_others
from holdem_mpi.kernels.arrays import KIND_FOLD

# Action by (preflop node of the responder, class): int64[169] by node.
Choice = dict[int, np.ndarray]


def class_sums(values: np.ndarray) -> np.ndarray:
    """float64[..., 169]: ``values`` (float64[..., 1326]) summed over the hands of each preflop class."""
    flat = values.reshape(-1, values.shape[-1])
    sums = np.stack([np.bincount(CLASS_OF_HAND, row, NUM_CLASSES) for row in flat])
    return sums.reshape(*values.shape[:-1], NUM_CLASSES)


def class_values(responder: FlopResponder, flop: tuple[int, ...]) -> np.ndarray:
    """float64[2, entries, 169]: by responder, chips a hand that one real flop adds to the best response's value from
    each flop entry on, summed over the hands of each class.
    """
    cards = len(responder.policy.deck)
    deals = comb(cards - 4, 3) * comb(cards - 2, 2) * comb(cards, 2)
    return class_sums(responder.values(flop)) / deals


class PreflopResponse:
    """The betting before the flop, as the best responder in seat ``player`` meets it."""

    def __init__(self, responder: FlopResponder, player: int) -> None:
        self.policy, self.player, self._sigma = responder.policy, player, responder.sigma_of_node
        self.place_of_entry = {node: place for place, node in enumerate(responder.entries)}
        cards = len(self.policy.deck)
        self._deals = comb(cards - 2, 2) * comb(cards, 2)
        self._start = (~responder.outside).astype(np.float64)

    def best(self, entry_values: np.ndarray) -> tuple[float, Choice]:
        """(chips a hand of a best response, what it does) given float64[entries, 169] summed over all flops."""
        choice: Choice = {}
        return float(self._walk(0, self._start, entry_values, None, choice).sum()), choice

    def value(self, entry_values: np.ndarray, choice: Choice) -> float:
        """Chips a hand where ``choice`` is what the responder does before the flop."""
        return float(self._walk(0, self._start, entry_values, choice, {}).sum())

    def _walk(self, node: int, reach: np.ndarray, entry_values: np.ndarray, fixed: Choice | None, made: Choice):
        """float64[169] at ``node``; reach: float64[1326], the opponent's."""
        tree = self.policy.layout.tree
        if node in self.place_of_entry:
            return entry_values[self.place_of_entry[node]]
        if tree.kind_of_node[node] == KIND_FOLD:
            return self._fold(int(tree.terminal_of_node[node]), reach)
        children = [int(child) for child in tree.children(node)]
        if tree.player_of_node[node] != self.player:
            sigma = self._sigma(node)[self.policy.class_of_hand]
            return sum(
                self._walk(child, reach * sigma[:, action], entry_values, fixed, made)
                for action, child in enumerate(children)
            )
        values = np.stack([self._walk(child, reach, entry_values, fixed, made) for child in children])
        made[node] = values.argmax(axis=0) if fixed is None else fixed[node]
        return np.take_along_axis(values, made[node][None], axis=0)[0]

    def _fold(self, terminal: int, reach: np.ndarray) -> np.ndarray:
        tree = self.policy.layout.tree
        folded = tree.folded_of_terminal[terminal] >> self.player & 1
        stake = tree.stake_of_terminal[terminal]
        chips = -stake[self.player] if folded else stake[1 - self.player]
        return class_sums(chips * mass_of_others(reach) * self._start) / self._deals
