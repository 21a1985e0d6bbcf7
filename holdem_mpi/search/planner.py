"""How a decision is searched: to what depth, with cards drawn or enumerated, and how ranks share the work.

Rank 0 decides by what it expects of the time that there is, from how long iterations took before.
"""

import functools
from typing import NamedTuple

import numpy as np

from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.game.betting import Menu
from holdem_mpi.game.rules import Rules, state_of_row
from holdem_mpi.game.tree import PublicTree, build_tree
from holdem_mpi.search.crew import Crew
from holdem_mpi.search.menu import search_menu
from holdem_mpi.search.ring_root import RingRoot
from holdem_mpi.search.ring_search import is_exact_river, ring_search_tree
from holdem_mpi.search.root_search import SearchRoot, cards_to_come
from holdem_mpi.subgame.setting_up import look_at_the_clock

# Seconds of an iteration for each unit of work, until there are some to go by (one core of an Intel Xeon): a unit is a
# round of betting and a hand on a drawn board, or a node of the tree, a hand and a card that is enumerated.
_FIRST_PACE = {True: 80e-9, False: 4.5e-9}
# Rounds that the root's counts for besides: there every hand is apart.
_FIRST_ROUND = 5
# Iterations below which a coarser method is better in the same time (benchmarks/quality/search.py): cards drawn instead
# of enumerated, and no bets from the second street to come on.
LEAST_ENUMERATED, LEAST_SAMPLED = 40, 40
_FORGOTTEN = 0.1


class SearchMethod(NamedTuple):
    """How a decision is searched.

    sampled: cards to come are drawn, and later streets know buckets; else all cards and hands are kept apart.
    divided: ranks share the cards of each iteration; else each searches for itself, and their results are averaged.
    deepest: the street after which nobody bets; None for the last one.
    """

    sampled: bool
    divided: bool
    deepest: int | None


@functools.lru_cache(maxsize=256)
def _tree(rules: Rules, row: tuple[int, ...], menu: Menu, taken: int | None) -> PublicTree:
    """row: of the state, which leaves out how the betting came there."""
    state = state_of_row(rules, list(row))
    if taken is None or taken in menu(state):
        return build_tree(state.rules, menu, state)
    return build_tree(state.rules, lambda at: sorted([*menu(at), taken]) if at == state else menu(at), state)


def search_tree(root: SearchRoot | RingRoot, config: SearchConfig, deepest: int | None) -> PublicTree:
    """The betting from the root on that is searched, with what was done since; kept for roots that come again."""
    look_at_the_clock()
    if isinstance(root, RingRoot):
        return ring_search_tree(root, config)
    state = root.state
    menu = search_menu(config, state.rules, state.street, deepest)
    return _tree(state.rules, tuple(state.row()), menu, root.taken)


def ring_method(root: RingRoot, config: SearchConfig, seconds: float = 1.0) -> SearchMethod:
    """How a decision of three and more players is searched with so many seconds of a core: each rank for itself."""
    return SearchMethod(not is_exact_river(root, ring_search_tree(root, config), seconds), False, None)


class Planner:
    """Chooses ways for a crew's decisions, and learns how fast it is."""

    def __init__(self, config: SearchConfig, crew: Crew) -> None:
        self._config, self._ranks, self._share = config, crew.size, crew.share
        self._pace = dict(_FIRST_PACE)

    def choose(self, root: SearchRoot | RingRoot, seconds: float) -> SearchMethod:
        """The method that is expected to be best in ``seconds``."""
        if isinstance(root, RingRoot):
            return ring_method(root, self._config, self._share * seconds)
        to_come, config = cards_to_come(root), self._config
        if to_come == 0:
            return SearchMethod(False, False, None)
        if to_come > 1:
            shallow = seconds / self._expected(root, SearchMethod(True, False, None)) < LEAST_SAMPLED
            return SearchMethod(True, False, root.state.street + 1 if shallow else None)
        divided = self._ranks > 1 and config.share != "average"
        enough = seconds / self._expected(root, SearchMethod(False, divided, None)) >= LEAST_ENUMERATED
        enumerated = {"auto": enough, "always": False, "never": True}[config.sampled]
        return SearchMethod(not enumerated, divided and enumerated, None)

    def _expected(self, root: SearchRoot, method: SearchMethod) -> float:
        """Expected seconds of one iteration of ``method`` from ``root``."""
        ranks = self._ranks if method.divided else 1
        return self._pace[method.sampled] * self._units(root, method) / (self._share * ranks)

    def _units(self, root: SearchRoot, method: SearchMethod) -> float:
        hands = root.num_hands
        tree = search_tree(root, self._config, method.deepest)
        return hands * (num_rounds(tree) + _FIRST_ROUND if method.sampled else 44 * tree.num_nodes)

    def learn(self, root: SearchRoot | RingRoot, method: SearchMethod, iterations: int, seconds: float) -> None:
        """A decision's own iterations on this rank took ``seconds``."""
        if iterations and not isinstance(root, RingRoot) and cards_to_come(root):
            ratio = seconds / iterations / self._expected(root, method)
            self._pace[method.sampled] *= min(max(ratio, 0.25), 4.0) ** 0.5
            # What was not tried is forgotten slowly: a machine that was busy once is not so for ever.
            other = not method.sampled
            self._pace[other] *= (_FIRST_PACE[other] / self._pace[other]) ** _FORGOTTEN


def num_rounds(tree: PublicTree) -> int:
    """Rounds of betting: the root's, and one for each way into a later street on which there is a choice. Streets on
    which all check cost a search nothing.
    """
    choice, parent = tree.num_actions() > 1, np.maximum(tree.parent_of_node, 0)
    above = parent
    while not (settled := choice[above] | (above == 0)).all():
        above = np.where(settled, above, parent[above])
    return 1 + int((choice & (tree.street_of_node != tree.street_of_node[above])).sum())
