"""AIVAT: what a played hand was worth, with the luck taken off (Burch et al., AAAI 2018, arXiv 1612.06915).

Where a player's strategy is known, all hands that he might have held are looked at together, weighed by how likely he
was to act as he did; and at each event whose probabilities are known (public cards, his actions, the deal of the
other's hand where that one's strategy is unknown), the expected baseline value before it, less the baseline value after
it, is added. Each such term has mean zero whatever the baseline says, so the estimate has the same expectation as the
result; a good baseline makes it vary less. The baseline may depend on anything up to the event, not on what follows.
"""

from collections.abc import Hashable
from typing import NamedTuple, Protocol

import numpy as np

from holdem_mpi.cards import without_blocked
from holdem_mpi.game.deck import Board, Deck
from holdem_mpi.game.rules import BettingState
from holdem_mpi.policy.players import Strategy


class Decision(NamedTuple):
    """One action of a hand: taken in ``state`` with ``board`` on the table, by a player whose whole ``strategy`` (None
    where it is unknown) was asked. u: in [0, 1), for what a baseline translates.
    """

    state: BettingState
    board: Board
    strategy: Strategy | None
    action: int
    u: float


class PlayedHand(NamedTuple):
    """A hand from deal to end. chips: seat 0's result."""

    hands: tuple[int, int]
    board: Board
    decisions: tuple[Decision, ...]
    end: BettingState
    chips: int


class Spot(NamedTuple):
    """A public position. memo: the baseline's; reach: float64[2, hand], by seat, zero where a hand overlaps the board;
    of a player whose strategy is unknown, 1 for the hand that he holds.
    """

    state: BettingState
    memo: Hashable
    board: Board
    reach: np.ndarray


class Baseline(Protocol):
    """Guesses of seat 0's chips."""

    def start(self) -> Hashable:
        """Memo before any action."""

    def follow(self, memo: Hashable, state: BettingState, action: int, u: float) -> Hashable:
        """Memo after ``action``."""

    def value(self, spot: Spot) -> float:
        """Before an action, or before cards that nobody acts on any more."""

    def dealt(self, spot: Spot) -> float:
        """Just after public cards came."""

    def expected(self, spot: Spot) -> float:
        """Exact mean of ``dealt`` over the public cards that come next, by the weight of the pairs of hands."""


class NoBaseline:
    """Says 0: only the hands that might have been held reduce the variance."""

    def start(self) -> None:
        return None

    def follow(self, memo: None, state: BettingState, action: int, u: float) -> None:
        return None

    def value(self, spot: Spot) -> float:
        return 0.0

    dealt = expected = value


class Aivat:
    """Estimates of seat 0's expected chips from played hands.

    known: by seat, whether the decisions carry that player's strategies. Where none does, what is taken off is the luck
    of the hands dealt together and of single cards; several cards at once would have to be gone through for each pair.
    """

    def __init__(self, deck: Deck, baseline: Baseline, known: tuple[bool, bool] = (True, True)) -> None:
        self._deck, self._baseline, self._known = deck, baseline, known
        self._deal_values: np.ndarray | None = None
        self._pair_luck: np.ndarray | None = None

    def estimate(self, hand: PlayedHand) -> float:
        """Seat 0's chips in this hand, with the luck taken off."""
        reach = np.ones((2, self._deck.num_hands))
        for seat in range(2):
            if not self._known[seat]:
                reach[seat] = 0.0
                reach[seat, hand.hands[seat]] = 1.0
        start = hand.decisions[0].state
        spot = Spot(start, self._baseline.start(), (), reach)
        total = self._luck_of_deal(spot, hand)
        for decision in hand.decisions:
            spot, luck = self._deal_to(spot, decision.board)
            total += luck
            spot, luck = self._act(spot, decision)
            total += luck
        while not self._is_settled(spot):
            spot, luck = self._deal_to(spot, hand.board[: self._next_seen(spot)])
            total += luck
        return total + self.value(spot)

    def _luck_of_deal(self, spot: Spot, hand: PlayedHand) -> float:
        """The deal of the hand of a player whose strategy is unknown."""
        if all(self._known):
            return 0.0
        if not any(self._known):
            return self._luck_of_pair(spot, hand.hands)
        seat = self._known.index(False)
        if self._deal_values is None:
            values = []
            for held in range(self._deck.num_hands):
                reach = spot.reach.copy()
                reach[seat] = 0.0
                reach[seat, held] = 1.0
                values.append(self.value(spot._replace(reach=reach)))
            self._deal_values = np.array(values)
        return float(self._deal_values.mean() - self._deal_values[hand.hands[seat]])

    def _luck_of_pair(self, spot: Spot, hands: tuple[int, int]) -> float:
        """The deal of both hands: any guess by their classes will do, as long as its mean is that over all deals."""
        kind = self._deck.class_of_hand
        size = int(kind.max()) + 1
        if self._pair_luck is None:
            first, second = np.nonzero(self._deck.disjoint())
            pairs, at, count = np.unique(kind[first] * size + kind[second], return_index=True, return_counts=True)
            values = np.zeros(size * size)
            for pair, place in zip(pairs, at):
                reach = np.zeros((2, self._deck.num_hands))
                reach[0, first[place]] = reach[1, second[place]] = 1.0
                values[pair] = self.value(spot._replace(reach=reach))
            self._pair_luck = float(values[pairs] @ count / count.sum()) - values
        return float(self._pair_luck[kind[hands[0]] * size + kind[hands[1]]])

    def _next_seen(self, spot: Spot) -> int:
        return self._deck.seen[self._deck.seen.index(len(spot.board)) + 1]

    def _deal_to(self, spot: Spot, board: Board) -> tuple[Spot, float]:
        """The spot with ``board`` on the table and the luck of the cards that came."""
        luck = 0.0
        while len(spot.board) < len(board):
            now = board[: self._next_seen(spot)]
            after = spot._replace(board=now, reach=without_blocked(spot.reach, now))
            if any(self._known) or len(now) == len(spot.board) + 1:
                luck += self._baseline.expected(spot) - self._baseline.dealt(after)
            spot = after
        return spot, luck

    def _act(self, spot: Spot, decision: Decision) -> tuple[Spot, float]:
        """The spot after a decision and the luck in what was drawn."""
        seat = decision.state.player
        if not self._known[seat]:
            return self._after(spot, decision, decision.action, spot.reach), 0.0
        actions, sigma = decision.strategy
        against = self._deck.mass(spot.reach[1 - seat])
        weights = (spot.reach[seat] * against) @ sigma
        taken, luck = None, 0.0
        for place, action in enumerate(actions):
            if weights[place] <= 0.0:
                continue
            reach = spot.reach.copy()
            reach[seat] *= sigma[:, place]
            after = self._after(spot, decision, action, reach / reach.max(axis=1, keepdims=True))
            value = self.value(after)
            luck += weights[place] / weights.sum() * value
            if action == decision.action:
                taken, luck = after, luck - value
        return taken, luck

    def _after(self, spot: Spot, decision: Decision, action: int, reach: np.ndarray) -> Spot:
        memo = self._baseline.follow(spot.memo, decision.state, action, decision.u)
        return Spot(decision.state.apply(action), memo, spot.board, reach)

    def _is_settled(self, spot: Spot) -> bool:
        """Whether the rest is known exactly: somebody folded, or few enough boards can follow."""
        return spot.state.is_over and (not spot.state.is_showdown or self._deck.can_finish(spot.board))

    def value(self, spot: Spot) -> float:
        """Exact where nothing is left but cards, else the baseline's."""
        state = spot.state
        stake = min(state.contributions)
        if state.is_over and not state.is_showdown:
            return float(-stake if state.folded[0] else stake)
        if self._is_settled(spot):
            return stake * self._deck.finish(spot.board, spot.reach)
        if not state.is_over and self._deck.seen[state.street] > len(spot.board):
            return self._baseline.expected(spot)
        return self._baseline.value(spot)
