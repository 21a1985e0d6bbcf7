"""AIVAT: what a played hand was worth, with the luck taken off (Burch et al., AAAI 2018, arXiv 1612.06915).

Where a player's strategy is known, all hands that he might have held are looked at together, weighed by how likely he
was to act as he did; and at each event whose probabilities are known (public cards, his actions, the deal of the
other's hand where that one's strategy is unknown), the mean of a value function before it, less the value function
after it, is added. Each such term has mean zero whatever that function says, so the estimate has the same expectation
as the result; a good value function makes it vary less. It may depend on anything up to the event, not on what follows.
"""

from collections.abc import Hashable
from typing import NamedTuple, Protocol

import numpy as np

from holdem_mpi.cards import without_blocked
from holdem_mpi.game.deck import Board, Deck
from holdem_mpi.game.rules import BettingState
from holdem_mpi.policy.players import Strategy


class PlayedAction(NamedTuple):
    """One action of a hand that was played.

    state: the betting before the action.
    board: the public cards dealt so far.
    strategy: what the acting player does with every hand; None where that is unknown.
    action: the action that was taken.
    u: in [0, 1), decides how a value function translates a bet that its tree lacks.
    mixture: of the hand that was held, (actions, probabilities); None where it is not told.
    """

    state: BettingState
    board: Board
    strategy: Strategy | None
    action: int
    u: float
    mixture: tuple[tuple[int, ...], tuple[float, ...]] | None = None


class PlayedHand(NamedTuple):
    """A hand from the deal to its end.

    hands: the hand (0..1325, or a toy deck's card) of each seat.
    board: every public card.
    decisions: the actions in order.
    end: the betting after the last action.
    chips: what seat 0 won, below zero what it lost.
    """

    hands: tuple[int, ...]
    board: Board
    decisions: tuple[PlayedAction, ...]
    end: BettingState
    chips: int


class PublicState(NamedTuple):
    """The public state of a hand, with a weight for each hand that either player may hold.

    state: the betting so far.
    memo: what the value function remembers of the betting.
    board: the public cards dealt so far.
    reach: float64[seat, hand], probability of the seat's own actions with that hand; zero where the hand overlaps the
        board. Of a player whose strategy is unknown: 1 for the hand that he holds, else 0.
    """

    state: BettingState
    memo: Hashable
    board: Board
    reach: np.ndarray


class ValueFunction(Protocol):
    """A guess of the chips that seat 0 will have won at the end of the hand. Any guess leaves AIVAT unbiased."""

    def start(self) -> Hashable:
        """What to remember before any action."""

    def follow(self, memo: Hashable, state: BettingState, action: int, u: float) -> Hashable:
        """What to remember after ``action`` was taken in ``state``; ``u`` in [0, 1) decides what is random in that."""

    def value(self, public: PublicState) -> float:
        """Chips of seat 0 where a player is to act, or where only cards follow."""

    def dealt(self, public: PublicState) -> float:
        """Chips of seat 0 just after public cards were dealt."""

    def expected(self, public: PublicState) -> float:
        """Exact mean of ``dealt`` over the public cards that come next, by the weight of the pairs of hands."""


class ZeroValues:
    """The value function that always says 0: only the hands that might have been held reduce the variance."""

    def start(self) -> None:
        return None

    def follow(self, memo: None, state: BettingState, action: int, u: float) -> None:
        return None

    def value(self, public: PublicState) -> float:
        return 0.0

    dealt = expected = value


class Aivat:
    """Estimates of seat 0's expected chips from played hands.

    known: by seat, whether the decisions carry that player's strategies. Where none does, what is taken off is the luck
    of the hands dealt together and of single cards; several cards at once would have to be gone through for each pair.
    """

    def __init__(self, deck: Deck, value_function: ValueFunction, known: tuple[bool, bool] = (True, True)) -> None:
        self._deck, self._value_function, self._known = deck, value_function, known
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
        public = PublicState(start, self._value_function.start(), (), reach)
        total = self._luck_of_deal(public, hand)
        for decision in hand.decisions:
            public, luck = self._deal_to(public, decision.board)
            total += luck
            public, luck = self._act(public, decision)
            total += luck
        while not self._is_settled(public):
            public, luck = self._deal_to(public, hand.board[: self._next_seen(public)])
            total += luck
        return total + self.value(public) - start.rules.ante_excess[0]

    def _luck_of_deal(self, public: PublicState, hand: PlayedHand) -> float:
        """The deal of the hand of a player whose strategy is unknown."""
        if all(self._known):
            return 0.0
        if not any(self._known):
            return self._luck_of_pair(public, hand.hands)
        seat = self._known.index(False)
        if self._deal_values is None:
            values = []
            for candidate in range(self._deck.num_hands):
                reach = public.reach.copy()
                reach[seat] = 0.0
                reach[seat, candidate] = 1.0
                values.append(self.value(public._replace(reach=reach)))
            self._deal_values = np.array(values)
        return float(self._deal_values.mean() - self._deal_values[hand.hands[seat]])

    def _luck_of_pair(self, public: PublicState, hands: tuple[int, int]) -> float:
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
                values[pair] = self.value(public._replace(reach=reach))
            self._pair_luck = float(values[pairs] @ count / count.sum()) - values
        return float(self._pair_luck[kind[hands[0]] * size + kind[hands[1]]])

    def _next_seen(self, public: PublicState) -> int:
        return self._deck.seen[self._deck.seen.index(len(public.board)) + 1]

    def _deal_to(self, public: PublicState, board: Board) -> tuple[PublicState, float]:
        """The state with ``board`` dealt and the luck of the cards that came."""
        luck = 0.0
        while len(public.board) < len(board):
            now = board[: self._next_seen(public)]
            after = public._replace(board=now, reach=without_blocked(public.reach, now))
            if any(self._known) or len(now) == len(public.board) + 1:
                luck += self._value_function.expected(public) - self._value_function.dealt(after)
            public = after
        return public, luck

    def _act(self, public: PublicState, decision: PlayedAction) -> tuple[PublicState, float]:
        """The state after a decision and the luck in what was drawn."""
        seat = decision.state.player
        if not self._known[seat]:
            return self._after(public, decision, decision.action, public.reach), 0.0
        actions, sigma = decision.strategy
        against = self._deck.mass(public.reach[1 - seat])
        weights = (public.reach[seat] * against) @ sigma
        taken, luck = None, 0.0
        for place, action in enumerate(actions):
            if weights[place] <= 0.0:
                continue
            reach = public.reach.copy()
            reach[seat] *= sigma[:, place]
            after = self._after(public, decision, action, reach / reach.max(axis=1, keepdims=True))
            value = self.value(after)
            luck += weights[place] / weights.sum() * value
            if action == decision.action:
                taken, luck = after, luck - value
        return taken, luck

    def _after(self, public: PublicState, decision: PlayedAction, action: int, reach: np.ndarray) -> PublicState:
        memo = self._value_function.follow(public.memo, decision.state, action, decision.u)
        return PublicState(decision.state.apply(action), memo, public.board, reach)

    def _is_settled(self, public: PublicState) -> bool:
        """Whether the rest is known exactly: somebody folded, or few enough boards can follow."""
        return public.state.is_over and (not public.state.is_showdown or self._deck.can_finish(public.board))

    def value(self, public: PublicState) -> float:
        """Seat 0's chips by the stakes: exact where nothing is left but cards, else what the value function says."""
        state = public.state
        stake = min(state.stakes)
        if state.is_over and not state.is_showdown:
            return float(-stake if state.folded[0] else stake)
        if self._is_settled(public):
            return stake * self._deck.finish(public.board, public.reach)
        if not state.is_over and self._deck.seen[state.street] > len(public.board):
            return self._value_function.expected(public)
        return self._value_function.value(public)
