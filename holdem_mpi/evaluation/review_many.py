"""``evaluate review`` of hands of three to six players: what the policy does where the hero acted, without EVs.

The values of a policy's actions, and AIVAT, are of two players here; probabilities are of any number.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from holdem_mpi.evaluation.estimate import Estimate
from holdem_mpi.evaluation.review import ReviewedDecision, number_of, translated
from holdem_mpi.game.deck import Deck
from holdem_mpi.hands.action_text import action_text
from holdem_mpi.hands.hand import HandHistory, Step
from holdem_mpi.policy.players import BlueprintPlayer
from holdem_mpi.policy.range_tracker import RangeTracker
from holdem_mpi.policy.translation import Place, is_on_tree, outcomes

_FEWEST_HANDS = 4  # for an interval


class ManyReviewer:
    """Reviews decisions by ``player``'s policy of a game of any number. seed: of what is random in translating bets."""

    def __init__(self, player: BlueprintPlayer, seed: int) -> None:
        self._player, self._draws = player, RangeTracker(player.blueprint, seed)

    def review(self, hands: Sequence[HandHistory]) -> list[ReviewedDecision]:
        """Every decision of the hero in ``hands``, reviewed, in order."""
        found = []
        for place, hand in enumerate(hands):
            number, memo = number_of(hand, place), self._player.start()
            for count, step in enumerate(hand.steps, 1):
                if step.state.player == hand.hero:
                    found.append(self._decision(hand, step, memo))
                u = self._draws.draw(number, count)
                memo = self._player.follow(memo, step.state, step.action, u)
        return found

    def _decision(self, hand: HandHistory, step: Step, memo: Place) -> ReviewedDecision:
        blueprint, state, own_hand = self._player.blueprint, step.state, hand.hand_of(hand.hero)
        actions, probabilities = self._player.strategy_of_hand(memo, state, step.board, own_hand)
        reviewed = ReviewedDecision(hand, step, actions, probabilities)
        if not is_on_tree(blueprint.tree, memo, state):
            return reviewed
        if step.action in actions:
            return reviewed._replace(probability=float(probabilities[actions.index(step.action)]), off_tree="")
        places = outcomes(blueprint.tree, memo, state, step.action)
        if places[0][1].node < 0:
            return reviewed._replace(off_tree=f"no place on the tree for {action_text(state, step.action)}")
        probability, off_tree = translated(blueprint, memo, places, step, own_hand)
        return reviewed._replace(probability=probability, off_tree=off_tree)


def plain_result(hands: Sequence[HandHistory], deck: Deck, blind: int) -> dict[str, Any]:
    """What the hero won in hands that are settled, as ``ResultOfMatch.result`` tells it, without AIVAT."""
    chips = [hand.winnings(deck)[hand.hero] for hand in hands if hand.is_settled]
    if not chips:
        return {"hands": 0}
    found: dict[str, Any] = {"hands": len(chips), "chips": sum(chips), "pairs": 0}
    if len(chips) >= _FEWEST_HANDS:
        found["plain"] = Estimate.of_values(1000.0 / blind * np.array(chips, np.float64), "mbb/h").to_json()
    return found
