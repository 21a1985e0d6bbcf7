"""Between real betting and a tree's: bets that the tree does not have, and its bets in a pot that it does not know.

Bets are told apart by their size as a fraction of the pot, after a call. A real bet between two of the tree's is taken
for either at random by the pseudo-harmonic mapping (Ganzfried and Sandholm, "Action translation in extensive-form games
with large action spaces", IJCAI 2013); outside of them for the nearest.
"""

from collections.abc import Sequence
from typing import NamedTuple

from holdem_mpi.game.rules import CALL, FOLD, BettingState
from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.arrays import KIND_DECISION


class Place(NamedTuple):
    """Where a real hand stands on a tree: the node, and the betting that the tree takes it for.

    node: -1 once the tree has no place for it, as after a raise where it has none.
    """

    node: int
    state: BettingState


LOST = -1


def start_place(tree: PublicTree) -> Place:
    """The place of the tree's root, where a hand begins."""
    return Place(0, BettingState.start(tree.rules))


def pot_fraction(state: BettingState, action: int) -> float:
    """A bet or raise to ``action`` chips as a fraction of the pot after a call."""
    call = state.legal().call_amount
    return (action - state.contributions[state.player] - call) / (state.pot + call)


def low_probability(fraction: float, low: float, high: float) -> float:
    """Probability with which a bet of ``fraction`` is taken for ``low`` instead of ``high`` (pot fractions)."""
    return (high - fraction) * (1 + low) / ((high - low) * (1 + fraction))


Outcomes = tuple[tuple[float, "Place"], ...]


def _translated_raises(place: Place, raises: list[int], state: BettingState, action: int) -> tuple[float, int, int]:
    """(probability of the first, two of the tree's ``raises``) that a real raise is taken for; both may be the same."""
    if action in raises and place.state == state:
        return 1.0, action, action
    if action == state.legal().max_raise_to:
        return 1.0, raises[-1], raises[-1]
    fraction = pot_fraction(state, action)
    fractions = [pot_fraction(place.state, size) for size in raises]
    above = next((i for i, size in enumerate(fractions) if size >= fraction), len(raises))
    if above in (0, len(raises)):
        nearest = raises[min(above, len(raises) - 1)]
        return 1.0, nearest, nearest
    return low_probability(fraction, fractions[above - 1], fractions[above]), raises[above - 1], raises[above]


def outcomes(tree: PublicTree, place: Place, state: BettingState, action: int) -> Outcomes:
    """(probability, place) of all places that a real ``action`` in the real ``state`` may lead to, most often one."""
    on_tree = place.node >= 0 and tree.kind_of_node[place.node] == KIND_DECISION
    if not on_tree or tree.player_of_node[place.node] != state.player:
        return ((1.0, Place(LOST, place.state)),)
    actions = [int(a) for a in tree.actions(place.node)]
    low, taken, other = 1.0, action, action
    if action > CALL:
        raises = [a for a in actions if a > CALL]
        if not raises:
            return ((1.0, Place(LOST, place.state)),)
        low, taken, other = _translated_raises(place, raises, state, action)
    if taken not in actions:  # a fold where the tree sees nothing to call, a limp where it has none
        return ((1.0, Place(LOST, place.state)),)

    def child(action: int) -> Place:
        return Place(int(tree.children(place.node)[actions.index(action)]), place.state.apply(action))

    return tuple((p, child(a)) for p, a in ((low, taken), (1.0 - low, other)) if p > 0.0)


def follow(tree: PublicTree, place: Place, state: BettingState, action: int, u: float) -> Place:
    """The place after a real ``action`` in the real ``state``; ``u`` in [0, 1) decides between two bets of the tree."""
    places = outcomes(tree, place, state, action)
    return places[0][1] if u < places[0][0] else places[-1][1]


def is_on_tree(tree: PublicTree, place: Place, state: BettingState) -> bool:
    """Whether the tree has a decision of the player to act here."""
    node = place.node
    return node >= 0 and tree.kind_of_node[node] == KIND_DECISION and tree.player_of_node[node] == state.player


def real_action(place: Place, state: BettingState, action: int) -> int:
    """The legal action in the real ``state`` that stands for the tree's ``action`` at ``place``."""
    if place.state == state or action == CALL:
        return action
    legal = state.legal()
    if action == FOLD:
        return FOLD if legal.can_fold else CALL
    if not legal.max_raise_to:
        return CALL
    if action == place.state.legal().max_raise_to:
        return legal.max_raise_to
    pot = state.pot + legal.call_amount
    called = state.contributions[state.player] + legal.call_amount
    size = called + round(pot_fraction(place.state, action) * pot)
    return min(max(size, legal.min_raise_to), legal.max_raise_to)


def nearest(state: BettingState, action: int, actions: Sequence[int]) -> int:
    """Place in ``actions`` of ``action``, or of the one that is nearest to it as a fraction of the pot."""
    if action in actions:
        return actions.index(action)
    raises = [place for place, other in enumerate(actions) if other > CALL]
    if action <= CALL or not raises:
        return actions.index(CALL)
    size = pot_fraction(state, action)
    return min(raises, key=lambda place: abs(pot_fraction(state, actions[place]) - size))
