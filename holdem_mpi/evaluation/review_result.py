"""What a reviewed player won: plain, and by AIVAT; the better, the more is said of who played which policy."""

from typing import Any

import numpy as np

from holdem_mpi.errors import UserError
from holdem_mpi.evaluation.aivat import Aivat, PlayedAction, PlayedHand
from holdem_mpi.evaluation.blueprint_values import BlueprintValues
from holdem_mpi.evaluation.estimate import Estimate
from holdem_mpi.evaluation.head_to_head import estimate_pairs
from holdem_mpi.evaluation.pair_values import PairValues
from holdem_mpi.evaluation.review import number_of
from holdem_mpi.game.deck import Deck
from holdem_mpi.hands.hand import HandHistory
from holdem_mpi.policy.players import Player, Strategy
from holdem_mpi.policy.range_tracker import RangeTracker


class ResultOfMatch:
    """Tells what a reviewed player won.

    known: player by name, of those whose strategy is known.
    tracker: has the draws of translation.
    """

    def __init__(self, values: PairValues, deck: Deck, known: dict[str, Player], tracker: RangeTracker) -> None:
        self._values, self._deck, self._known, self._tracker = values, deck, known, tracker
        self._estimators: dict[tuple[bool, bool], Aivat] = {}

    def result(self, hands: list[HandHistory], blind: int) -> dict[str, Any]:
        """Figures in mbb/h of hands that are over; both runs of a deal, seats changed, are one sample."""
        rows, deals = [], []
        for place, hand in enumerate(hands):
            if hand.is_settled:
                sign = 1 if hand.hero == 0 else -1
                adjusted = self._adjusted(hand, place)
                chips = hand.winnings(self._deck)[hand.hero]
                rows.append((chips, np.nan if adjusted is None else sign * adjusted))
                deals.append((hand.hole if None not in hand.hole else place, hand.hero))
        if not rows:
            return {"hands": 0}
        scaled = 1000.0 / blind * np.array(rows, np.float64)
        pairs = _pairs(deals)
        found: dict[str, Any] = {"hands": len(rows), "chips": int(sum(row[0] for row in rows)), "pairs": len(pairs)}
        for column, name in enumerate(("plain", "aivat")):
            if len(rows) >= 4 and not np.isnan(scaled[:, column]).any():
                values = scaled[:, column]
                whole = estimate_pairs(values[pairs], "mbb/h") if pairs else Estimate.of_values(values, "mbb/h")
                found[name] = whole.to_json()
        return found

    def _adjusted(self, hand: HandHistory, place: int) -> float | None:
        """Seat 0's chips by AIVAT; None where the hand of a player whose strategy is unknown is not shown."""
        known = tuple(name in self._known for name in hand.names)
        if any(not is_known and hand.hole[seat] is None for seat, is_known in enumerate(known)):
            return None
        if hand.final.is_showdown and None in hand.hole:
            return None
        if known not in self._estimators:
            value_function = BlueprintValues(self._values, self._deck, known.index(True) if any(known) else 0)
            self._estimators[known] = Aivat(self._deck, value_function, known)
        return self._estimators[known].estimate(self._played(hand, number_of(hand, place)))

    def _played(self, hand: HandHistory, number: int) -> PlayedHand:
        """The hand as AIVAT takes it, with the strategies of the players that are known."""
        players = [self._known.get(name) for name in hand.names]
        memos, decisions = [player and player.start() for player in players], []
        for count, step in enumerate(hand.steps, 1):
            seat, u = step.state.player, self._tracker.draw(number, count)
            player, strategy = players[seat], None
            if player is not None:
                strategy = player.strategy(memos[seat], step.state, step.board)
                self._refuse_other_player(hand, seat, step.action, strategy)
            decisions.append(PlayedAction(step.state, step.board, strategy, step.action, u))
            memos = [each and each.follow(memo, step.state, step.action, u) for each, memo in zip(players, memos)]
        hands = tuple(0 if hand.hole[seat] is None else hand.hand_of(seat) for seat in range(2))
        return PlayedHand(hands, hand.board, tuple(decisions), hand.final, hand.winnings(self._deck)[0])

    def _refuse_other_player(self, hand: HandHistory, seat: int, action: int, strategy: Strategy) -> None:
        """UserError where a player did what its strategy never does: then the estimate would be of somebody else."""
        actions, sigma = strategy
        own_hand = hand.hand_of(seat)
        row = sigma.sum(axis=0) if own_hand is None else sigma[own_hand]
        if action not in actions or not row[actions.index(action)] > 0.0:
            name = hand.names[seat]
            text = f"hand {hand.name}: {name} took an action that {self._known[name].name} never takes"
            raise UserError(f"--known {name}: {text}; expected a player who plays that, with --seed its own")


def _pairs(deals: list) -> list[tuple[int, int]]:
    """Places of hands that are the two runs of one deal, where all are."""
    place: dict[Any, dict[int, int]] = {}
    for at, (deal, hero) in enumerate(deals):
        if hero in place.setdefault(deal, {}):
            return []
        place[deal][hero] = at
    return [(runs[0], runs[1]) for runs in place.values()] if all(len(runs) == 2 for runs in place.values()) else []
