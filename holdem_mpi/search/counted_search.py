"""Searches of a given number of iterations: what is found depends on the decision and the seed alone, never on a clock.

For whoever measures an agent: on any number of ranks, and as often as one likes, it is the same agent.
"""

import math
import zlib

from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.search.begin_search import new_search
from holdem_mpi.search.planner import LEAST_SAMPLED, SearchMethod, iterations_with_extra, ring_method, search_tree
from holdem_mpi.search.ring_root import RingRoot
from holdem_mpi.search.ring_search import at_leaves
from holdem_mpi.search.root_search import CardAbstraction, SearchRoot, cards_to_come
from holdem_mpi.search.search_result import SearchResult
from holdem_mpi.search.service import AUTO
from holdem_mpi.subgame.alternatives import Alternatives
from holdem_mpi.subgame.gadget import Gadget
from holdem_mpi.subgame.subgame_deck import SubgameDeck


class CountedSearch:
    """Searches by itself, in place of a ``SearchService``, as a team of one rank would that has the time for so many
    iterations. Where cards are to come they are drawn (``config.sampled`` never: on the last but one street
    enumerated), and after fewer than LEAST_SAMPLED iterations nobody bets from the second street to come on.
    On the last street the iterations stand for the time that they take with the menu's own sizes: with extra ones they
    are fewer, by the nodes of the two trees, and if that leaves at least LEAST_EXTRA, extra sizes are searched.

    iterations: by street after the first; a search before the flop takes the first number.
    abstraction: None in a game where no search draws cards. deck: by default hold'em's.
    """

    def __init__(
        self,
        config: SearchConfig,
        iterations: tuple[int, ...],
        abstraction: CardAbstraction | None,
        deck: SubgameDeck | None = None,
    ) -> None:
        self.config, self._iterations, self._abstraction, self._deck = config, iterations, abstraction, deck

    def search(
        self, root: SearchRoot | RingRoot, deadline: float = math.inf, alternatives: Alternatives | None = None
    ) -> SearchResult:
        """As ``SearchService.search``, but that ``deadline`` is not looked at. ValueError: no hands that can meet."""
        street = root.state.street
        most = self._iterations[max(street, 1) - 1]
        method = self._method(root, most)
        if alternatives is not None and self.config.safe != "unsafe" and not method.sampled:
            kind = AUTO if self.config.safe == "auto" else self.config.safe
            root = root._replace(gadget=Gadget(kind, alternatives.opponent, alternatives.find()))
        root = at_leaves(root, self.config, method.sampled)
        tree = search_tree(root, self.config, method.deepest, method.extra)
        stream = (self.config.seed, _number_of(root), 0)
        own = new_search(root, tree, self._abstraction, stream, method.sampled, self._deck)
        own.run(int(iterations_with_extra(root, self.config, most)) if method.extra else most)
        return SearchResult(
            actions=own.actions,
            sums=own.root_sums(),
            values=own.root_values(),
            asked=1,
            answered=1,
            iterations=own.iterations,
            shared=False,
            gadget=own.gadget,
            exact=own.exact,
        )

    def _method(self, root: SearchRoot | RingRoot, iterations: int) -> SearchMethod:
        if isinstance(root, RingRoot):
            return ring_method(root, self.config)
        to_come = cards_to_come(root)
        if to_come == 0:
            return SearchMethod(False, False, None, iterations_with_extra(root, self.config, iterations) > 0)
        if to_come == 1 and self.config.sampled == "never":
            return SearchMethod(False, False, None)
        shallow = to_come > 1 and iterations < LEAST_SAMPLED
        return SearchMethod(True, False, root.state.street + 1 if shallow else None)


def _number_of(root: SearchRoot | RingRoot) -> int:
    """Of the decision, below 2**32: the betting and the board, whoever comes to it, and in which hand."""
    return zlib.crc32(repr((root.decision.history, root.board)).encode())
