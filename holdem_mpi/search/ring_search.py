"""Searches with three and more players: a river of three with all hands apart, else by draws and continuations."""

import functools

import numpy as np

from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.errors import ConfigError
from holdem_mpi.game.betting import Menu
from holdem_mpi.game.rules import BettingState
from holdem_mpi.game.tree import PublicTree, build_tree
from holdem_mpi.kernels.arrays import KIND_SHOWDOWN
from holdem_mpi.search.menu import search_menu
from holdem_mpi.search.ring_root import RingRoot
from holdem_mpi.search.root_search import RootSearch, SearchRoot
from holdem_mpi.subgame.ring_blueprint import RingContinuation
from holdem_mpi.subgame.ring_solver import RingSolver
from holdem_mpi.subgame.setting_up import look_at_the_clock
from holdem_mpi.subgame.subgame_deck import SubgameDeck, holdem_deck
from holdem_mpi.subgame.three_way_solver import ThreeWaySolver

# Nodes of a searched street beyond which sizes are left out, and then raises.
_MOST_NODES = 1200
# Seconds of an iteration with every hand apart, for each showdown and hand of any player (docs/resolving.md).
_SECONDS_A_HAND = 0.25e-6
# Iterations that there has to be time for on a river of three; else drawing hands is better.
LEAST_EXACT = 30


class RingSearch(RootSearch):
    """The street in play, all hands drawn, the blueprint's continuations at its end."""

    def __init__(
        self, tree: PublicTree, root: RingRoot, continuation: RingContinuation, stream: tuple[int, int, int]
    ) -> None:
        place = root.place(continuation.blueprint.tree)
        solver = RingSolver(
            tree, root.state, place, root.board, root.weight, continuation, line=root.line, stream=stream
        )
        super().__init__(tree, root, solver)


class ThreeWaySearch(RootSearch):
    """A river between three, every hand apart."""

    exact = True

    def __init__(
        self, tree: PublicTree, root: RingRoot, stream: tuple[int, int, int], deck: SubgameDeck | None = None
    ) -> None:
        deck = deck or holdem_deck(sum(tree.rules.board_cards))
        solver = ThreeWaySolver(tree, list(root.board), root.weight, deck=deck)
        super().__init__(tree, root, solver)
        if stream[2]:  # as in ``EnumeratedSearch``
            noise = np.random.default_rng(stream).random(solver.sums.regret.size)
            solver.sums.regret[:] = noise * min(root.state.stakes)


@functools.lru_cache(maxsize=512)
def _street(state: BettingState, menu: Menu, line: tuple[int, ...], most: int | None) -> PublicTree | None:
    """The tree of a street that offers the actions of ``line``; None where it has more nodes than ``most``."""
    lines, at = {}, state
    for action in line:
        lines[at], at = action, at.apply(action)

    def actions(at: BettingState) -> list[int]:
        look_at_the_clock()
        offered = menu(at)
        return sorted({*offered, lines[at]}) if at in lines else offered

    try:
        return build_tree(state.rules, actions, state, *([] if most is None else [most]), streets=state.street + 1)
    except ConfigError:
        return None


def ring_search_tree(root: RingRoot, config: SearchConfig) -> PublicTree:
    """The rest of the street that is searched: with the menu's sizes, with its first ones alone where they make it
    large, and then with one raise a street.
    """
    state, first = root.state, _first_sizes(config)
    for settings, most in (({}, _MOST_NODES), (first, _MOST_NODES), (first | {"most_raises": 1}, None)):
        menu = search_menu(config.model_copy(update=settings), state.rules, state.street)
        tree = _street(state, menu, root.line, most)
        if tree is not None:
            return tree
    raise AssertionError("a tree of any size is one")


def _first_sizes(config: SearchConfig) -> dict:
    menu = config.menu
    cut = {
        key: type(sizes).model_validate({street: of[:1] for street, of in sizes.model_dump().items()})
        for key, sizes in (("bet_sizes", menu.bet_sizes), ("raise_sizes", menu.raise_sizes))
    }
    return {"menu": menu.model_copy(update=cut)}


def at_leaves(root: SearchRoot | RingRoot, config: SearchConfig, sampled: bool) -> SearchRoot | RingRoot:
    """``root`` as it is searched: of two players by continuations where ``config`` says so, instead of by drawn cards,
    and the blueprint's tree has a place for it.
    """
    if isinstance(root, RingRoot) or not sampled or config.leaves == "cards" or root.node < 0:
        return root
    return RingRoot(root.state, root.board, root.weight, root.node, root.line)


def is_exact_river(root: RingRoot, tree: PublicTree, seconds: float) -> bool:
    """Whether ``root`` is a river of three, and small enough to be solved with every hand apart in ``seconds``."""
    if len(root.weight) != 3 or len(root.board) < sum(root.state.rules.board_cards) or any(root.state.folded):
        return False
    shown = int((tree.kind_of_node == KIND_SHOWDOWN).sum())
    return LEAST_EXACT * shown * root.num_hands * _SECONDS_A_HAND <= seconds
