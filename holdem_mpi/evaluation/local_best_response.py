"""Local best response: a player that looks one action ahead, and so bounds a strategy's exploitability from below.

After Lisy and Bowling, "Equilibrium approximation quality of current no-limit poker bots" (AAAI-17 workshop,
arXiv:1612.07547). The local best response (LBR) knows the other player's strategy, and from it the range: how likely
each hand is after what the hand's betting has shown. It values each of its actions as if nobody bet after that:

- call or check: both stay in to the showdown, so the pot times the equity against the range;
- raise: the pot times the probability that the other one folds, and otherwise the larger pot times the equity against
  the hands that do not fold, as if each of those called;
- fold: nothing more is lost.

It takes the best, and folds where none is better than a fold. On rounds that the settings leave out it checks or
calls. Whatever LBR does is one legal strategy, so in expectation it wins at most what a best response wins: the mean is
a lower bound of the exploitability, and may be negative.

The mean is estimated over hands whose variance is cut where it costs nothing, without bias. The other player's hand is
never drawn: actions are drawn from the range's mixture, public cards from what the range leaves (one hand of the range
is drawn, cards from the rest of the deck, the hand forgotten), folds are counted with their probability instead of
drawn, and at a showdown the whole range is met, over all cards to come. So each hand's value is the expectation over
everything that was not drawn ("imaginary observations" of the paper, and more). Of what is drawn, luck is taken out
(``lbr_luck``). What is random in the translation of LBR's bets is summed over too: LBR never knows how the other one
took its bet.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from holdem_mpi.cards import NUM_CARDS, NUM_HANDS, cards_of_hand, hand_of_cards, without_blocked
from holdem_mpi.evaluation.lbr_luck import luck_of_action, luck_of_cards
from holdem_mpi.game.rules import CALL, FOLD, BettingState, Rules
from holdem_mpi.kernels import rng
from holdem_mpi.kernels.values.equity import boards_of, equity_workspace, margins_of_hand
from holdem_mpi.policy.players import Player

ALL_IN = float("inf")
# Raises that LBR considers beside fold and call, in pots after a call.
NO_LIMIT_ACTIONS = {
    "fc": (),
    "fcp": (1.0,),
    "fca": (ALL_IN,),
    "fcpa": (1.0, ALL_IN),
    "56bets": tuple(0.05 * 1.15**k for k in range(55)) + (ALL_IN,),
}
# In limit games a bet has one size, which "all-in" stands for here.
LIMIT_ACTIONS = {"fc": (), "fcr": (ALL_IN,)}


@dataclass(frozen=True)
class LbrSettings:
    """What local best response may do.

    fractions: its raises in pots after a call, one of the values above.
    first_round, last_round: the rounds in which it acts, counted from 1.
    """

    fractions: tuple[float, ...]
    first_round: int
    last_round: int


class ShowdownMargins:
    """Wins less losses of a hand against every hand, as a fraction of the boards to come.

    total: cards of a complete board. table: int32[1326, 1326] of ``settled_margins`` for an empty board, or None.
    """

    def __init__(self, total: int, table: np.ndarray | None) -> None:
        self._total, self._table, self._workspace = total, table, equity_workspace()

    def of_hand(self, high: int, low: int, board: tuple[int, ...]) -> np.ndarray | None:
        """float64[1326] in -1..1, 0 where cards overlap; None where too many cards are to come for what is at hand."""
        if not board and self._table is not None:
            return self._table[hand_of_cards(high, low)] / boards_of(self._total)
        if self._total - len(board) > 2:
            return None
        sums = np.empty(NUM_HANDS, np.int64)
        return sums / margins_of_hand(self._workspace, high, low, np.array(board, np.int64), self._total, sums)


Reach = dict[Hashable, np.ndarray]


class LbrStep(NamedTuple):
    """What came of an action of local best response, up to its next one.

    line: the hand's actions up to and with this one, a letter each, ``/`` between streets: f fold, c check or call, r
        bet or raise, a all-in; empty for what comes before its first action.
    taken: chips counted.
    over_calling: chips that it expects of the action beyond those of a check or call, 0 where it may do nothing else;
        times the hand's weight.
    """

    line: str
    taken: float
    over_calling: float


@dataclass
class LbrHand:
    """A hand in play, as local best response sees it.

    seat: of local best response.
    high, low: its cards.
    stream: of the hand's random draws.
    reach: of each memo of the other player, float64[1326], probability of what it did, by its hand.
    board: the public cards so far.
    weight: probability that the hand came to this point without the folds already counted.
    value: chips counted.
    line: the actions so far, see ``LbrStep``.
    steps: what each action of local best response has come to; ``taken`` adds up to the value.
    margins_of_board: what ``ShowdownMargins.of_hand`` gave, kept.
    """

    seat: int
    high: int
    low: int
    stream: np.ndarray
    reach: Reach
    board: tuple[int, ...] = ()
    weight: float = 1.0
    value: float = 0.0
    line: str = ""
    steps: list[LbrStep] = field(default_factory=lambda: [LbrStep("", 0.0, 0.0)])
    margins_of_board: dict[tuple[int, ...], np.ndarray | None] = field(default_factory=dict)

    def range(self) -> np.ndarray:
        """float64[1326], reach of the other player's hands over all its memos."""
        return sum(self.reach.values())

    def count(self, chips: float) -> None:
        """Add chips to the value, and to what the last step has come to."""
        self.value += chips
        self.steps[-1] = self.steps[-1]._replace(taken=self.steps[-1].taken + chips)

    def write(self, state: BettingState, action: int) -> None:
        """Add an action in ``state`` to the line."""
        all_in = action >= state.rules.most[state.player]
        letter = "f" if action == FOLD else "c" if action == CALL else "a" if all_in else "r"
        self.line += "/" * (state.street - self.line.count("/")) + letter


def raises_of(state: BettingState, fractions: tuple[float, ...]) -> list[int]:
    """Raises by ``fractions`` of the pot, rising; below the smallest legal one or above the stack they become that."""
    legal = state.legal()
    if not legal.max_raise_to:
        return []
    called = state.contributions[state.player] + legal.call_amount
    pot = state.pot + legal.call_amount
    sizes = set()
    for fraction in fractions:
        size = legal.max_raise_to if fraction == ALL_IN else called + round(fraction * pot)
        sizes.add(min(max(size, legal.min_raise_to), legal.max_raise_to))
    return sorted(sizes)


class LbrScreen(NamedTuple):
    """Which of many raises are considered, where the other player is slow to answer.

    player: answers all of them in its place; the other player's memos are its own.
    most: raises that the other player is asked of at a decision.
    """

    player: Player
    most: int


class LocalBestResponse:
    """Local best response against ``player`` in a two-player game; it acts as ``settings`` allow.

    screen: where there are more raises than its ``most``, neighbours make so many groups, and of each LBR considers
    only the one that is worth most by the answers of the screen's player. It chooses among those by ``player``'s own
    answers, and its beliefs are by what ``player`` does: it is one legal strategy still, and the mean a lower bound.
    """

    def __init__(
        self,
        player: Player,
        rules: Rules,
        settings: LbrSettings,
        margins: ShowdownMargins,
        screen: LbrScreen | None = None,
    ) -> None:
        self._player, self._rules, self._settings, self._margins = player, rules, settings, margins
        self._screen = screen
        self._cards_by_street = np.cumsum(rules.board_cards)

    def play(self, seed: int, number: int) -> float:
        """Chips that LBR wins in hand ``number`` (expected, over what is not drawn), from seat ``number % 2``."""
        return self.played(seed, number).value

    def played(self, seed: int, number: int) -> LbrHand:
        """Hand ``number``, played to its end: its value is that of ``play``, and its steps say where it comes from."""
        hand = self.deal(seed, number)
        state = BettingState.start(self._rules)
        while not state.is_over:
            self._deal_street(hand, state)
            if state.player == hand.seat:
                action, over_calling = self._decide(hand, state)
                state = self.take(hand, state, action)
                hand.steps.append(LbrStep(hand.line, 0.0, hand.weight * over_calling))
            else:
                state = self.answer(hand, state)
                if state is None:
                    return self._ended(hand)
        stake = min(state.stakes)
        hand.count(hand.weight * (self._showdown(hand, state, stake) if state.is_showdown else -stake))
        return self._ended(hand)

    def _ended(self, hand: LbrHand) -> LbrHand:
        hand.count(-self._rules.ante_excess[hand.seat])
        return hand

    def choose(self, hand: LbrHand, state: BettingState) -> int:
        """The action that local best response takes in ``state``: the one of the largest value."""
        return self._decide(hand, state)[0]

    def _decide(self, hand: LbrHand, state: BettingState) -> tuple[int, float]:
        """(the action, by how many chips it is worth more than a check or call)."""
        if not self._settings.first_round <= state.street + 1 <= self._settings.last_round:
            return CALL, 0.0
        values = self.values(hand, state)
        action = max(values, key=values.__getitem__)
        return action, values[action] - values[CALL]

    def values(self, hand: LbrHand, state: BettingState) -> dict[int, float]:
        """Chips won over the whole hand that LBR expects of each action it considers, in order fold, call, raises."""
        seat, other = hand.seat, 1 - hand.seat
        paid, legal = state.stakes, state.legal()
        margins, reach = self._margins_now(hand), hand.range()
        total = reach.sum()
        values = {FOLD: -float(paid[seat])} if legal.can_fold else {}
        values[CALL] = min(paid[seat] + legal.call_amount, paid[other]) * float(reach @ margins) / total
        for action in self._screened(hand, state, self.raises(state)):
            values[action] = self._worth_of_raise(hand, state, action, self._player)
        return values

    def _screened(self, hand: LbrHand, state: BettingState, raises: list[int]) -> list[int]:
        """Those of ``raises`` (rising) that are considered."""
        screen = self._screen
        if screen is None or len(raises) <= screen.most:
            return raises
        worth = {action: self._worth_of_raise(hand, state, action, screen.player) for action in raises}
        return [max(group.tolist(), key=worth.__getitem__) for group in np.array_split(raises, screen.most)]

    def _worth_of_raise(self, hand: LbrHand, state: BettingState, action: int, player: Player) -> float:
        """Chips won over the whole hand by a raise that ``player`` answers."""
        other, margins = 1 - hand.seat, self._margins_now(hand)
        kept, total = self._kept(hand, state, action, player), float(hand.range().sum())
        called = min(action, self._rules.most[other]) + self._rules.dead / 2
        return (state.stakes[other] * (total - float(kept.sum())) + called * float(kept @ margins)) / total

    def raises(self, state: BettingState) -> list[int]:
        """``raises_of`` the settings."""
        return raises_of(state, self._settings.fractions)

    def _kept(self, hand: LbrHand, state: BettingState, action: int, player: Player) -> np.ndarray:
        """float64[1326], reach of the hands with which ``player`` does not fold to LBR's raise."""
        after = state.apply(action)
        kept = np.zeros(NUM_HANDS)
        for memo, reach in self._after(hand.reach, state, action).items():
            actions, sigma = player.strategy(memo, after, hand.board)
            kept += reach * (1.0 - sigma[:, actions.index(FOLD)]) if FOLD in actions else reach
        return kept

    def _after(self, reach: Reach, state: BettingState, action: int) -> Reach:
        """The other player's reach by memo, after ``action``."""
        after: Reach = {}
        for memo, part in reach.items():
            for probability, then in self._player.outcomes(memo, state, action):
                after[then] = after.get(then, 0.0) + probability * part
        return after

    def take(self, hand: LbrHand, state: BettingState, action: int) -> BettingState:
        """The state after local best response takes ``action``; what it puts in and wins is counted."""
        hand.reach = self._after(hand.reach, state, action)
        hand.write(state, action)
        return state.apply(action)

    def answer(self, hand: LbrHand, state: BettingState) -> BettingState | None:
        """The state after the other player acts: folds are counted, one other action drawn; None where it has none."""
        parts: dict[int, Reach] = {}
        for memo, reach in hand.reach.items():
            actions, sigma = self._player.strategy(memo, state, hand.board)
            for column, action in enumerate(actions):
                parts.setdefault(action, {})[memo] = reach * sigma[:, column]
        mass = {action: float(sum(part.sum() for part in parts[action].values())) for action in sorted(parts)}
        total, folds = sum(mass.values()), mass.pop(FOLD, 0.0)
        hand.count(hand.weight * folds / total * state.stakes[1 - hand.seat])
        hand.weight *= 1.0 - folds / total
        # An action of no weight is never drawn, not even where rounding leaves a rest.
        others = [action for action in mass if mass[action] > 0.0]
        if not others:
            return None
        below = np.cumsum([mass[action] for action in others])
        drawn = int(np.searchsorted(below, rng.draw_unit(hand.stream) * below[-1], side="right"))
        drawn = min(drawn, len(others) - 1)
        action = others[drawn]
        if (margins := self._margins_now(hand)) is not None:
            worth = [self._worth_after(hand, state, each, parts[each], margins) for each in others]
            luck = luck_of_action([mass[each] for each in others], worth, drawn, state.street)
            hand.count(-hand.weight * luck)
        hand.reach = self._after(parts[action], state, action)
        hand.write(state, action)
        return state.apply(action)

    def _worth_after(self, hand: LbrHand, state: BettingState, action: int, reach: Reach, margins: np.ndarray) -> float:
        """Chips won after the other player's ``action`` by hands that take it with ``reach``, if nobody bets any more;
        LBR gives up the hand to a raise where that is better.
        """
        after, range_after = state.apply(action), sum(reach.values())
        odds = float(range_after @ margins) / float(range_after.sum())
        if action == CALL:
            return min(after.stakes) * odds
        called = min(after.stakes[1 - hand.seat], self._rules.most[hand.seat] + self._rules.dead / 2)
        return max(called * odds, -float(after.stakes[hand.seat]))

    def deal(self, seed: int, number: int) -> LbrHand:
        stream = np.zeros(10, np.uint64)
        rng.open_stream(stream, np.uint64(seed), rng.DOMAIN_LBR, 0, 0, number, 0)
        low, high = sorted(_draw_cards(stream, 2, ()))
        reach = without_blocked(np.ones(NUM_HANDS), (low, high))
        return LbrHand(number % 2, high, low, stream, {self._player.start(): reach})

    def _deal_street(self, hand: LbrHand, state: BettingState) -> None:
        """Deal the public cards that are missing before a decision, and take their luck out."""
        if len(hand.board) == self._cards_by_street[state.street]:
            return
        before, stake = self._margins_now(hand), min(state.stakes)
        worth = None if before is None else self._against_range(hand, stake, before)
        self.deal_board(hand, state.street)
        after = self._margins_now(hand)
        if worth is not None and after is not None:
            luck = luck_of_cards(worth, self._against_range(hand, stake, after), state.street)
            hand.count(-hand.weight * luck)

    def _against_range(self, hand: LbrHand, stake: float, margins: np.ndarray) -> float:
        """Chips won against the whole range with so much at stake, if nobody bets any more."""
        reach = hand.range()
        return stake * float(reach @ margins) / float(reach.sum())

    def deal_board(self, hand: LbrHand, street: int) -> None:
        """Deal the public cards up to those of ``street``."""
        missing = int(self._cards_by_street[street]) - len(hand.board)
        if not missing:
            return
        below = np.cumsum(hand.range())
        other_hand = int(np.searchsorted(below, rng.draw_unit(hand.stream) * below[-1], side="right"))
        taken = (hand.high, hand.low, *cards_of_hand(other_hand), *hand.board)
        cards = _draw_cards(hand.stream, missing, taken)
        hand.board += cards
        hand.reach = {memo: without_blocked(reach, cards) for memo, reach in hand.reach.items()}

    def _margins_now(self, hand: LbrHand) -> np.ndarray | None:
        if hand.board not in hand.margins_of_board:
            hand.margins_of_board[hand.board] = self._margins.of_hand(hand.high, hand.low, hand.board)
        return hand.margins_of_board[hand.board]

    def _showdown(self, hand: LbrHand, state: BettingState, stake: float) -> float:
        """Chips won against the whole range; where too many cards are to come, the next street's are drawn first."""
        street = state.street
        while (margins := self._margins_now(hand)) is None:
            street += 1
            self.deal_board(hand, street)
        return self._against_range(hand, stake, margins)


def _draw_cards(stream: np.ndarray, count: int, taken: tuple[int, ...]) -> tuple[int, ...]:
    """``count`` different cards that are not ``taken``, uniformly."""
    cards: tuple[int, ...] = ()
    while len(cards) < count:
        card = int(rng.draw_below(stream, NUM_CARDS))
        if card not in taken and card not in cards:
            cards += (card,)
    return cards
