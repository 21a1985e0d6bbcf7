"""Searches that find what they are told to: in place of a ``SearchService`` or a ``CountedSearch``."""

import numpy as np

from holdem_mpi.policy.ranges import ranges_of_history
from holdem_mpi.search.search_result import SearchResult


class BlueprintSearch:
    """Finds what a blueprint's player does, each hand with another weight; remembers the roots that it was asked."""

    def __init__(self, player, iterations=30):
        self._player, self._iterations, self.roots = player, iterations, []

    def strategy(self, root):
        """(actions, float64[hand, action])."""
        place = ranges_of_history(self._player.blueprint, root.decision.history, root.board, lambda number: 0.5).place
        return self._player.strategy(place, root.decision, root.board)

    def search(self, root, deadline, alternatives=None):
        self.roots.append(root)
        actions, sigma = self.strategy(root)
        reach = np.random.default_rng(len(self.roots)).integers(1, 9, len(sigma))
        return SearchResult(
            actions=actions,
            sums=sigma * reach[:, None],
            values=np.full(sigma.shape, np.nan),
            asked=1,
            answered=1,
            iterations=self._iterations,
            shared=False,
        )
