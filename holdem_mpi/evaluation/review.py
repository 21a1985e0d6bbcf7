"""``evaluate review``: a player's decisions in hands that were played, against a policy.

EVs are the policy's own: both players hold what Bayes' rule along its blueprint leaves them, and play it to the end.
Before the last street they come from tables of groups of buckets (``pair_values``), on the last one they are exact.
So they say what the action costs against this policy, if the policy is right about the opponent's range; not against
the opponent who sat there, nor against one who adapts.
"""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from holdem_mpi.evaluation.aivat import Aivat, PublicState
from holdem_mpi.evaluation.blueprint_values import BlueprintValues
from holdem_mpi.evaluation.pair_values import PairValues
from holdem_mpi.game.deck import Deck
from holdem_mpi.game.rules import BettingState
from holdem_mpi.hands.action_text import action_text
from holdem_mpi.hands.hand import HandHistory, Step
from holdem_mpi.policy.blueprint import Blueprint
from holdem_mpi.policy.players import BlueprintPlayer
from holdem_mpi.policy.range_tracker import NUMBERS, RangeTracker
from holdem_mpi.policy.translation import Outcomes, Place, is_on_tree, outcomes

# Visits of training below which an infoset's strategy and values say little.
LEAST_VISITS = 100


class ReviewedDecision(NamedTuple):
    """A decision of a played hand beside what the policy does there.

    hand: in which it was taken.
    step: the state before it, and the action.
    actions, probabilities: what the policy does.
    probability: that the policy gives to the action taken; None where it has no place for it.
    off_tree: what its tree lacks; may be empty.
    ev_policy: chips that the hand takes out of the pot from now on, less what it still puts in, where it plays the
        policy's mixture; None where the betting before has left the tree.
    ev_taken: the same where it takes the action taken; None where the tree has no place for that.
    visits: of training to the infoset, as may be expected; None where it is not known how long was trained.
    """

    hand: HandHistory
    step: Step
    actions: tuple[int, ...]
    probabilities: np.ndarray
    probability: float | None = None
    off_tree: str = "the betting before has left the tree"
    ev_policy: float | None = None
    ev_taken: float | None = None
    visits: float | None = None

    @property
    def hardly_visited(self) -> bool:
        """Whether training has hardly been there, so that the policy's values mean little."""
        return self.visits is not None and self.visits < LEAST_VISITS

    @property
    def ev_lost(self) -> float | None:
        """Chips that the action taken loses to the policy's mixture; below 0 where it is worth more."""
        return None if self.ev_policy is None or self.ev_taken is None else self.ev_policy - self.ev_taken


def number_of(hand: HandHistory, place: int) -> int:
    """The number that names a hand's random draws: its own as far as it has one, else its place in the sequence."""
    return (int(hand.name) if hand.name.isdecimal() else place) % NUMBERS


class Reviewer:
    """Reviews decisions by ``player``'s policy. values: of its blueprint against itself. seed: of what is random in
    translating bets; where it is that of the agent that played, the translation is its own.
    """

    def __init__(self, player: BlueprintPlayer, values: PairValues, deck: Deck, seed: int) -> None:
        self.tracker = RangeTracker(player.blueprint, seed)
        self._player, self._deck = player, deck
        # By the hero's seat; the other one's range goes over its groups.
        self._aivat = [Aivat(deck, BlueprintValues(values, deck, 1 - seat)) for seat in range(2)]

    def review(self, hands: Sequence[HandHistory]) -> list[ReviewedDecision]:
        """Every decision of the hero in ``hands``, reviewed, in order."""
        return [
            self._review_decision(number_of(hand, place), hand, step)
            for place, hand in enumerate(hands)
            for step in hand.decisions()
            if step.action is not None
        ]

    def _review_decision(self, number: int, hand: HandHistory, step: Step) -> ReviewedDecision:
        blueprint, state = self._player.blueprint, step.state
        tree = blueprint.tree
        own_hand = hand.hand_of(hand.hero)
        ranges = self.tracker.ranges(number, state, step.board)
        actions, probabilities = self._player.strategy_of_hand(ranges.place, state, step.board, own_hand)
        unknown = ReviewedDecision(hand, step, actions, probabilities)
        if not is_on_tree(tree, ranges.place, state):
            return unknown
        unknown = unknown._replace(visits=self._visits(number, hand, step, ranges.place.node))
        reach = ranges.weight.copy()
        reach[state.player] = 0.0
        reach[state.player, own_hand] = 1.0
        values = [self._value(reach, ranges.place, state, step.board, action) for action in actions]
        policy = float(probabilities @ np.array(values))
        if step.action in actions:
            column = actions.index(step.action)
            probability, off_tree, taken = float(probabilities[column]), "", values[column]
        else:
            places = outcomes(tree, ranges.place, state, step.action)
            if places[0][1].node < 0:
                text = f"no place on the tree for {action_text(state, step.action)}"
                return unknown._replace(off_tree=text, ev_policy=policy)
            probability, off_tree = translated(blueprint, ranges.place, places, step, own_hand)
            taken = self._value(reach, ranges.place, state, step.board, step.action)
        return unknown._replace(probability=probability, off_tree=off_tree, ev_policy=policy, ev_taken=taken)

    def _visits(self, number: int, hand: HandHistory, decision: Step, node: int) -> float | None:
        """Visits of training to the infoset of a decision that may be expected: iterations, times the chance that the
        policy against itself gets there with the hero's hand, times that of one of the street's buckets. 0 where there
        were none.
        """
        blueprint, own_hand, street = self._player.blueprint, hand.hand_of(hand.hero), decision.state.street
        bucket = int(blueprint.buckets(street, decision.board)[own_hand])
        if not blueprint.policy.visited_of_node(node)[bucket]:
            return 0.0
        if self._player.iterations is None:
            return None
        earlier = itertools.takewhile(lambda step: step.state != decision.state, hand.steps)
        chance = 1.0 / blueprint.policy.layout.num_buckets[street]
        for step, after in itertools.pairwise([*earlier, decision]):
            before = self.tracker.ranges(number, step.state, step.board)
            place = self.tracker.ranges(number, after.state, after.board).place
            choice = np.flatnonzero(blueprint.tree.children(before.place.node) == place.node)[0]
            sigma = blueprint.strategy(before.place.node, step.board)[:, choice]
            weight = before.weight[step.state.player]
            is_hero = step.state.player == hand.hero
            chance *= float(sigma[own_hand] if is_hero else weight @ sigma / weight.sum())
        return self._player.iterations * chance

    def _value(
        self, reach: np.ndarray, place: Place, state: BettingState, board: tuple[int, ...], action: int
    ) -> float:
        """EV of ``action`` of the player to act, over the places on the tree that it may be taken for."""
        after, sign = state.apply(action), 1 if state.player == 0 else -1
        spots = [
            (p, PublicState(after, memo, board, reach))
            for p, memo in outcomes(self._player.blueprint.tree, place, state, action)
        ]
        chips = sign * sum(p * self._aivat[state.player].value(public) for p, public in spots)
        return chips + state.stakes[state.player]


def translated(blueprint: Blueprint, place: Place, places: Outcomes, step: Step, own_hand: int) -> tuple[float, str]:
    """(probability of the tree's actions that a raise of no size of the tree's is taken for, which those are)."""
    sigma = blueprint.strategy_of_hand(place.node, step.board, own_hand)
    children = [int(child) for child in blueprint.tree.children(place.node)]
    columns = [(p, children.index(after.node)) for p, after in places]
    sizes = [int(blueprint.tree.actions(place.node)[column]) for _, column in columns]
    names = " or ".join(action_text(place.state, size) for size in sizes)
    text = f"{action_text(step.state, step.action)} taken for {names}"
    return float(sum(p * sigma[column] for p, column in columns)), text
