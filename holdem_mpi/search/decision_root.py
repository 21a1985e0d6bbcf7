"""The root of a decision's search, and what is played by what was found.

The root is both ranges, and what the opponent has already where the blueprint can tell; found is a strategy for every
hand of the player to act. Where the opponent has acted on the street, the root is his decision: what his action says of
his hands the search finds itself, with all that he might have done there. His range by the blueprint after an action
that it hardly takes is noise, and the best answer to noise loses to whoever takes the action with other hands.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from holdem_mpi.cards import without_blocked
from holdem_mpi.config.profile_config import STREETS
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.game.rules import BettingState
from holdem_mpi.policy.blueprint import Blueprint
from holdem_mpi.policy.players import Strategy
from holdem_mpi.policy.ranges import Ranges, pruned
from holdem_mpi.policy.translation import is_on_tree, nearest
from holdem_mpi.search.ring_root import RingRoot, ring_question, ring_root_state
from holdem_mpi.search.root_search import SearchRoot
from holdem_mpi.search.search_result import SearchResult, least_of
from holdem_mpi.subgame.alternatives import Alternatives
from holdem_mpi.subgame.subgame_deck import SubgameDeck, holdem_deck


def is_searched(config: SearchConfig, state: BettingState, on_tree: bool) -> bool:
    """Whether a decision is searched where there is time. on_tree: whether the blueprint has an answer of its own."""
    return STREETS[state.street] in config.streets or not on_tree


def root_state(state: BettingState) -> tuple[BettingState, int | None]:
    """(the betting at the root of a decision's search, what the opponent did there): his last decision where he has
    acted on the street, else the decision's own.
    """
    if not state.history[-1]:
        return state, None
    *before, taken = (action for street in state.history for action in street)
    root = BettingState.start(state.rules)
    for action in before:
        root = root.apply(action)
    return root, taken


def decision_root(
    blueprint: Blueprint,
    ranges: Ranges,
    board: tuple[int, ...],
    least_weight: float,
    taken: int | None = None,
    *,
    keep: tuple[int, int] | None = None,
    deck: SubgameDeck | None = None,
) -> tuple[SearchRoot, Alternatives | None]:
    """(root, alternatives) of a decision, whose root ``ranges`` stand at (``root_state``); hands below ``least_weight``
    of their range's likeliest are left out, but ``keep`` (seat, hand).

    The opponent's alternatives are by the blueprint, where every action up to the root was its tree's own, on the last
    street and the last but one; else None. deck: by default hold'em's, whose board is complete with the cards of the
    rules.
    """
    state, place = ranges.state, ranges.place
    weight = pruned(ranges.weight, least_weight, keep)
    root = SearchRoot(state, board, weight, taken=taken, node=place.node)
    on_tree = is_on_tree(blueprint.tree, place, state) and place.state.history == state.history
    if not on_tree or state.street < state.rules.num_streets - 2:
        return root, None
    deck = deck or holdem_deck(sum(state.rules.board_cards))
    return root, Alternatives(blueprint, place.node, board, root.player, weight[root.player], deck)


class Searching(Protocol):
    """What searches: a ``SearchService``, or a ``CountedSearch``."""

    def search(
        self, root: SearchRoot | RingRoot, deadline: float, alternatives: Alternatives | None = None
    ) -> SearchResult:
        """What is found from ``root`` on. ValueError where no hands can meet."""


def betting_to_search(state: BettingState) -> tuple[BettingState, tuple[int, ...]]:
    """(the betting at the root of a decision's search, what was done from there on), with any number of players."""
    if state.rules.num_players > 2:
        return ring_root_state(state)
    before, taken = root_state(state)
    return before, () if taken is None else (taken,)


def search_decision(
    service: Searching,
    blueprint: Blueprint,
    ranges: Ranges,
    line: tuple[int, ...],
    board: tuple[int, ...],
    config: SearchConfig,
    deadline: float,
    *,
    keep: tuple[int, int] | None = None,
    deck: SubgameDeck | None = None,
) -> SearchResult:
    """What a search finds at a decision until ``deadline``, ``ranges`` and ``line`` as ``betting_to_search`` has them;
    the rest as for ``decision_root``. ValueError where no hands can meet.
    """
    if ranges.state.rules.num_players > 2:
        question = ring_question(ranges, board, config.least_weight, line, keep)
        return question.real(service.search(question.root, deadline))
    taken = line[0] if line else None
    root, known = decision_root(blueprint, ranges, board, config.least_weight, taken, keep=keep, deck=deck)
    return service.search(root, deadline, known)


def is_enough(config: SearchConfig, found: SearchResult) -> bool:
    """Whether a search has done as many iterations as it takes to play by what it found."""
    return found.iterations_a_rank >= least_of(config, found.exact)


def whole_strategy(found: SearchResult, known: Strategy, state: BettingState, board: tuple[int, ...]) -> Strategy:
    """(actions, float64[hand, action]) of the player to act: what search found for each hand; hands that it knows
    nothing of play ``known``, the blueprint's strategy, by the nearest of the search's actions.
    """
    rest = in_actions(known, state, found.actions)
    sums = without_blocked(found.sums.T, board).T
    total = sums.sum(axis=1, keepdims=True)
    return found.actions, np.where(total > 0, sums / np.where(total > 0, total, 1.0), rest)


def in_actions(known: Strategy, state: BettingState, actions: Sequence[int]) -> np.ndarray:
    """float64[hand, action], the strategy ``known`` by the nearest of ``actions``."""
    rest = np.zeros((len(known[1]), len(actions)))
    for column, action in enumerate(known[0]):
        rest[:, nearest(state, action, actions)] += known[1][:, column]
    return rest


def purified(sigma: np.ndarray, least: float) -> np.ndarray:
    """``sigma`` (float64[..., action]) without probabilities below ``least``, the others in proportion; each row's
    largest stays, and rows of zeros do.
    """
    if least <= 0.0:
        return sigma
    kept = np.where(sigma >= np.minimum(least, sigma.max(axis=-1, keepdims=True)), sigma, 0.0)
    total = kept.sum(axis=-1, keepdims=True)
    return np.divide(kept, total, out=np.zeros_like(kept), where=total > 0)
