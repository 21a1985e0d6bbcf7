"""How a decision is searched: to what depth, with cards drawn or enumerated, and how ranks share the work.

Rank 0 decides by what it expects of the time that there is, from how long iterations took before.
"""

import functools
import time
from typing import NamedTuple

import numpy as np

from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.errors import ConfigError
from holdem_mpi.game.betting import Menu
from holdem_mpi.game.rules import Rules, state_of_row
from holdem_mpi.game.tree import MAX_NODES, PublicTree, build_tree
from holdem_mpi.search.crew import Crew
from holdem_mpi.search.menu import search_menu
from holdem_mpi.search.ring_root import RingRoot
from holdem_mpi.search.ring_search import is_exact_river, ring_search_tree
from holdem_mpi.search.root_search import SearchRoot, cards_to_come
from holdem_mpi.subgame.setting_up import look_at_the_clock

# What iterations are of, whose paces have nothing in common: cards that are drawn, one that is enumerated, none.
_DRAWN, _ENUMERATED, _COMPLETE = range(3)
# Seconds of an iteration for each unit of work, until there are some to go by (one core of an Intel Xeon): a unit is a
# round of betting and a hand on a drawn board, or a node of the tree, a hand and a card that is enumerated; on a
# complete board a node and a hand, what setting the search up takes included.
_FIRST_PACE = {_DRAWN: 80e-9, _ENUMERATED: 4.5e-9, _COMPLETE: 4e-9}
# Rounds that the root's counts for besides: there every hand is apart.
_FIRST_ROUND = 5
# Iterations below which a coarser method is better in the same time (benchmarks/quality/search.py): cards drawn instead
# of enumerated, and no bets from the second street to come on.
LEAST_ENUMERATED, LEAST_SAMPLED = 40, 40
# Iterations with the menu's extra sizes below which it is better without them (benchmarks/quality/more_sizes.py).
LEAST_EXTRA = 250
# Nodes of a tree with extra sizes: more take longer to walk than there is time for.
MOST_EXTRA_NODES = 600
_FORGOTTEN = 0.1


class SearchMethod(NamedTuple):
    """How a decision is searched.

    sampled: cards to come are drawn, and later streets know buckets; else all cards and hands are kept apart.
    divided: ranks share the cards of each iteration; else each searches for itself, and their results are averaged.
    deepest: the street after which nobody bets; None for the last one.
    extra: whether it has the menu's extra sizes too.
    """

    sampled: bool
    divided: bool
    deepest: int | None
    extra: bool = False


@functools.lru_cache(maxsize=256)
def _tree(rules: Rules, row: tuple[int, ...], menu: Menu, taken: int | None, most: int = MAX_NODES) -> PublicTree:
    """row: of the state, which leaves out how the betting came there. ConfigError with more nodes than ``most``."""
    state = state_of_row(rules, list(row))
    if taken is None or taken in menu(state):
        return build_tree(state.rules, menu, state, most)
    return build_tree(state.rules, lambda at: sorted([*menu(at), taken]) if at == state else menu(at), state, most)


@functools.lru_cache(maxsize=256)
def _has_extra(rules: Rules, row: tuple[int, ...], menu: Menu, larger: Menu, taken: int | None) -> bool:
    """Whether the tree of the menu ``larger`` is larger than that of ``menu``, and not too large."""
    try:
        return _tree(rules, row, larger, taken, MOST_EXTRA_NODES).num_nodes > _tree(rules, row, menu, taken).num_nodes
    except ConfigError:
        return False


def search_tree(
    root: SearchRoot | RingRoot, config: SearchConfig, deepest: int | None, extra: bool = False
) -> PublicTree:
    """The betting from the root on that is searched, with what was done since; kept for roots that come again.
    deepest, extra: of ``SearchMethod``.
    """
    look_at_the_clock()
    if isinstance(root, RingRoot):
        return ring_search_tree(root, config)
    state = root.state
    menu = search_menu(config, state.rules, state.street, deepest, extra)
    return _tree(state.rules, tuple(state.row()), menu, root.taken, MOST_EXTRA_NODES if extra else MAX_NODES)


def iterations_with_extra(root: SearchRoot, config: SearchConfig, iterations: float) -> float:
    """How many iterations with the menu's extra sizes take as long as ``iterations`` without them, on a complete board;
    0 where it is better without them: with fewer than LEAST_EXTRA, and where they change nothing or far too much.
    """
    state, row = root.state, tuple(root.state.row())
    menu, larger = (search_menu(config, state.rules, state.street, extra=extra) for extra in (False, True))
    if iterations < LEAST_EXTRA or menu == larger or not _has_extra(state.rules, row, menu, larger, root.taken):
        return 0.0
    small, large = (search_tree(root, config, None, extra).num_nodes for extra in (False, True))
    fewer = iterations * small / large
    return fewer if fewer >= LEAST_EXTRA else 0.0


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
            return self._on_complete_board(root, seconds)
        if to_come > 1:
            shallow = seconds / self._expected(root, SearchMethod(True, False, None)) < LEAST_SAMPLED
            return SearchMethod(True, False, root.state.street + 1 if shallow else None)
        divided = self._ranks > 1 and config.share != "average"
        enough = seconds / self._expected(root, SearchMethod(False, divided, None)) >= LEAST_ENUMERATED
        enumerated = {"auto": enough, "always": False, "never": True}[config.sampled]
        return SearchMethod(not enumerated, divided and enumerated, None)

    def _on_complete_board(self, root: SearchRoot, seconds: float) -> SearchMethod:
        """With extra sizes where there is time for them, less what it took to walk their tree here."""
        method, begin, menu = SearchMethod(False, False, None), time.perf_counter(), self._config.menu
        if not menu.extra_bet_sizes and not menu.extra_raise_sizes:
            return method  # without a tree: the other ranks wait
        each = self._expected(root, method)
        if not iterations_with_extra(root, self._config, seconds / each):
            return method
        left = seconds - (time.perf_counter() - begin)
        return method._replace(extra=iterations_with_extra(root, self._config, left / each) > 0)

    def _expected(self, root: SearchRoot, method: SearchMethod) -> float:
        """Expected seconds of one iteration of ``method`` from ``root``."""
        ranks = self._ranks if method.divided else 1
        return self._pace[_kind(root, method)] * self._units(root, method) / (self._share * ranks)

    def _units(self, root: SearchRoot, method: SearchMethod) -> float:
        hands, kind = root.num_hands, _kind(root, method)
        tree = search_tree(root, self._config, method.deepest, method.extra)
        if kind == _COMPLETE:
            return hands * tree.num_nodes
        return hands * (num_rounds(tree) + _FIRST_ROUND if method.sampled else 44 * tree.num_nodes)

    def learn(
        self, root: SearchRoot | RingRoot, method: SearchMethod, iterations: int, seconds: float, setting_up: float
    ) -> None:
        """A decision's own iterations on this rank took ``seconds``, and ``setting_up`` before the first."""
        if not iterations or isinstance(root, RingRoot):
            return
        own = _kind(root, method)
        ratio = (seconds + setting_up * (own == _COMPLETE)) / iterations / self._expected(root, method)
        self._pace[own] *= min(max(ratio, 0.25), 4.0) ** 0.5
        if own != _COMPLETE:
            # What was not tried is forgotten slowly: a machine that was busy once is not so for ever.
            other = _ENUMERATED if own == _DRAWN else _DRAWN
            self._pace[other] *= (_FIRST_PACE[other] / self._pace[other]) ** _FORGOTTEN


def _kind(root: SearchRoot, method: SearchMethod) -> int:
    if method.sampled:
        return _DRAWN
    return _ENUMERATED if cards_to_come(root) else _COMPLETE


def num_rounds(tree: PublicTree) -> int:
    """Rounds of betting: the root's, and one for each way into a later street on which there is a choice. Streets on
    which all check cost a search nothing.
    """
    choice, parent = tree.num_actions() > 1, np.maximum(tree.parent_of_node, 0)
    above = parent
    while not (settled := choice[above] | (above == 0)).all():
        above = np.where(settled, above, parent[above])
    return 1 + int((choice & (tree.street_of_node != tree.street_of_node[above])).sum())
