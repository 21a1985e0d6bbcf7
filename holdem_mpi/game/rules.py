"""The rules of betting and of dividing the pot: the single truth for the tree, the agents and the parsers.

A hand is a chain of immutable ``BettingState``; cards play no part in it. Chips are whole numbers. Seats follow the ACPC:
seat 0 acts first after the flop; heads-up, seat 0 is the big blind.

No-limit raises follow the TDA's rules 43 and 47 as pokerkit reads them: a raise is at least as large as the largest bet or
raise of the street; an all-in for less is legal, and a player who has acted may raise again only when what he faces
adds up to that size. Two corners of that reading are finer print than the TDA's: an all-in that opens the betting for
less than the minimum bet counts as a full bet of its own size, and once short all-ins have added up to a full raise, a
further short one closes the betting again for those who had acted.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from holdem_mpi.errors import ConfigError

FOLD = -1
CALL = 0  # a check too; an action above 0 is a bet or raise to that many chips over the whole hand

MAX_PLAYERS = 6
MAX_STREETS = 4
MAX_BOARD_CARDS = 5


class IllegalAction(ValueError):  # noqa: N818  (the name says it)
    """An action that the rules do not allow in this state; the text says what they do allow."""


class Legal(NamedTuple):
    """What the player to act may do.

    ``call_amount`` is the chips that CALL adds (0 is a check, less than the bet where the stack is short). Bets and
    raises are totals over the whole hand; both bounds are 0 where none is legal.
    """

    can_fold: bool
    call_amount: int
    min_raise_to: int
    max_raise_to: int


def _whole(field: str, values, least: int, length: int | None = None) -> tuple[int, ...]:
    """``values`` as a tuple of ints >= ``least``; ConfigError naming ``field`` otherwise."""
    text = f"{field}: expected {'whole numbers' if length is None else f'{length} whole numbers'} >= {least}, got {values!r}"
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise ConfigError(text)
    if any(isinstance(value, bool) or not isinstance(value, int) or value < least for value in values):
        raise ConfigError(text)
    if length is not None and len(values) != length:
        raise ConfigError(text)
    return tuple(values)


@dataclass(frozen=True)
class Rules:
    """A betting game. Defaults are filled in at construction, so every per-street field has one entry a street.

    stacks: chips by seat before antes and blinds (2 to 6 seats). blinds: by seat. ante: every seat's, paid before the
    blinds. betting: "no_limit" or "fixed_limit". board_cards: cards dealt at the start of each street. first_to_act: seat
    by street; by default seat 0, and on the first street the seat after the (last) largest blind. raise_sizes: fixed-limit
    size of a bet or raise by street. max_raises: bets and raises allowed by street, blinds not counted, None for no cap.
    min_bet: no-limit smallest bet and raise, by default the largest blind, or 1. Raises ConfigError naming the field.
    """

    stacks: tuple[int, ...]
    blinds: tuple[int, ...]
    ante: int = 0
    betting: str = "no_limit"
    board_cards: tuple[int, ...] = (0, 3, 1, 1)
    first_to_act: tuple[int, ...] = ()
    raise_sizes: tuple[int, ...] = ()
    max_raises: tuple[int | None, ...] = ()
    min_bet: int | None = None

    def __post_init__(self) -> None:
        stacks = _whole("stacks", self.stacks, 1)
        players = len(stacks)
        if not 2 <= players <= MAX_PLAYERS:
            raise ConfigError(f"stacks: expected 2 to {MAX_PLAYERS} players, got {players}")
        blinds = _whole("blinds", self.blinds, 0, players)
        _whole("ante", (self.ante,), 0)
        if not any(blinds) and not self.ante:
            raise ConfigError("blinds: expected a blind or an ante above 0, got neither")
        board_cards = _whole("board_cards", self.board_cards, 0)
        streets = len(board_cards)
        if not 1 <= streets <= MAX_STREETS or sum(board_cards) > MAX_BOARD_CARDS:
            raise ConfigError(
                f"board_cards: expected 1 to {MAX_STREETS} streets and at most {MAX_BOARD_CARDS} cards in all, "
                f"got {list(board_cards)}"
            )
        first_to_act = _whole("first_to_act", self.first_to_act or self._usual_order(blinds, streets), 0, streets)
        if max(first_to_act) >= players:
            raise ConfigError(f"first_to_act: expected seats 0 to {players - 1}, got {list(first_to_act)}")
        filled = dict(stacks=stacks, blinds=blinds, board_cards=board_cards, first_to_act=first_to_act)
        filled["max_raises"] = self._checked_caps(streets)
        filled |= self._checked_sizes(blinds, streets)
        for name, value in filled.items():
            object.__setattr__(self, name, value)

    @staticmethod
    def _usual_order(blinds: tuple[int, ...], streets: int) -> tuple[int, ...]:
        if not any(blinds):
            return (0,) * streets
        largest = max(seat for seat, blind in enumerate(blinds) if blind == max(blinds))
        return ((largest + 1) % len(blinds),) + (0,) * (streets - 1)

    def _checked_caps(self, streets: int) -> tuple[int | None, ...]:
        caps = self.max_raises if self.max_raises not in ((), [], None) else (None,) * streets
        text = f"max_raises: expected {streets} entries, each null or a whole number >= 0, got {caps!r}"
        if isinstance(caps, str) or not isinstance(caps, Sequence) or len(caps) != streets:
            raise ConfigError(text)
        if any(cap is not None and (isinstance(cap, bool) or not isinstance(cap, int) or cap < 0) for cap in caps):
            raise ConfigError(text)
        return tuple(caps)

    def _checked_sizes(self, blinds: tuple[int, ...], streets: int) -> dict:
        if self.betting == "fixed_limit":
            if self.min_bet is not None:
                raise ConfigError(f"min_bet: only for no_limit (fixed_limit has raise_sizes), got {self.min_bet!r}")
            return {"raise_sizes": _whole("raise_sizes", self.raise_sizes, 1, streets)}
        if self.betting != "no_limit":
            raise ConfigError(f"betting: expected no_limit or fixed_limit, got {self.betting!r}")
        if self.raise_sizes:
            raise ConfigError(f"raise_sizes: only for fixed_limit, got {self.raise_sizes!r}")
        min_bet = (max(blinds) or 1) if self.min_bet is None else self.min_bet
        return {"raise_sizes": (), "min_bet": _whole("min_bet", (min_bet,), 1)[0]}

    @property
    def num_players(self) -> int:
        return len(self.stacks)

    @property
    def num_streets(self) -> int:
        return len(self.board_cards)

    def bet_size(self, street: int) -> int:
        """Chips of the smallest bet or raise that is not all-in; in fixed-limit, of every one."""
        return self.raise_sizes[street] if self.betting == "fixed_limit" else self.min_bet


@dataclass(frozen=True, slots=True)
class BettingState:
    """The public betting of a hand after some actions. Immutable; ``apply`` gives the next one.

    street: of the last possible action. player: to act, -1 when the betting is over. contributions: chips by seat over the
    whole hand. folded: by seat. num_raises: bets and raises on this street. largest_raise: chips of the largest one, 0
    before any. short_raises: chips of the all-in raises in a row that are still short of a full one together. acted: by
    seat, since the last full raise. to_act: seats that still have to act on this street, in order, the player first.
    history: actions by street.
    """

    rules: Rules
    street: int
    player: int
    contributions: tuple[int, ...]
    folded: tuple[bool, ...]
    num_raises: int
    largest_raise: int
    short_raises: int
    acted: tuple[bool, ...]
    to_act: tuple[int, ...]
    history: tuple[tuple[int, ...], ...]

    @classmethod
    def start(cls, rules: Rules) -> BettingState:
        """The state after antes and blinds. A short stack pays what it has, the ante first."""
        contributions = tuple(min(stack, rules.ante + blind) for stack, blind in zip(rules.stacks, rules.blinds))
        folded = (False,) * rules.num_players
        order = _in_turn(rules, rules.first_to_act[0], contributions, folded)
        return _settled(rules, 0, contributions, folded, 0, 0, 0, folded, order, ((),))

    @property
    def is_over(self) -> bool:
        return self.player < 0

    @property
    def is_showdown(self) -> bool:
        """Over with at least two players left, who show their hands on the full board."""
        return self.player < 0 and self.folded.count(False) >= 2

    def stack(self, seat: int) -> int:
        """Chips that ``seat`` has left."""
        return self.rules.stacks[seat] - self.contributions[seat]

    def is_all_in(self, seat: int) -> bool:
        return not self.folded[seat] and self.stack(seat) == 0

    def legal(self) -> Legal:
        """What the player to act may do; nothing when the betting is over."""
        seat = self.player
        if seat < 0:
            return Legal(False, 0, 0, 0)
        stack = self.rules.stacks[seat]
        highest = max(self.contributions)
        owed = highest - self.contributions[seat]
        call_amount = min(owed, stack - self.contributions[seat])
        if not self._may_raise(seat, highest, owed):
            return Legal(owed > 0, call_amount, 0, 0)
        min_raise_to = min(stack, highest + max(self.largest_raise, self.rules.bet_size(self.street)))
        fixed = self.rules.betting == "fixed_limit"
        return Legal(owed > 0, call_amount, min_raise_to, min_raise_to if fixed else stack)

    def _may_raise(self, seat: int, highest: int, owed: int) -> bool:
        stacks, cap = self.rules.stacks, self.rules.max_raises[self.street]
        if self.num_raises == cap or stacks[seat] <= highest:
            return False
        # Short all-ins do not reopen the betting for those who have acted since the last full bet or raise.
        if owed < self.largest_raise or (self.acted[seat] and 0 < self.short_raises < self.largest_raise):
            return False
        return _someone_can_call_more(stacks, highest, self.folded, seat)

    def apply(self, action: int) -> BettingState:
        """The state after the player's FOLD, CALL or bet or raise to ``action`` chips. Raises IllegalAction."""
        action = operator.index(action)
        seat, legal = self.player, self.legal()
        self._refuse_illegal(action, legal)
        contributions, folded, acted, to_act = self.contributions, self.folded, self.acted, self.to_act[1:]
        num_raises, largest_raise, short_raises = self.num_raises, self.largest_raise, self.short_raises
        acted = _replaced(acted, seat, True)
        if action == FOLD:
            folded = _replaced(folded, seat, True)
        elif action == CALL:
            contributions = _replaced(contributions, seat, contributions[seat] + legal.call_amount)
        else:
            size = action - max(contributions)
            contributions = _replaced(contributions, seat, action)
            num_raises += 1
            short_raises = short_raises + size if action == self.rules.stacks[seat] else 0
            if size >= largest_raise:
                largest_raise = size
                acted = tuple(other == seat for other in range(len(acted)))
            if short_raises >= largest_raise:
                short_raises = 0
            to_act = _in_turn(self.rules, seat + 1, contributions, folded, skip=seat)
        history = self.history[:-1] + (self.history[-1] + (action,),)
        return _settled(
            self.rules,
            self.street,
            contributions,
            folded,
            num_raises,
            largest_raise,
            short_raises,
            acted,
            to_act,
            history,
        )

    def _refuse_illegal(self, action: int, legal: Legal) -> None:
        if self.player < 0:
            raise IllegalAction(f"action {action}: the betting is over")
        if action == FOLD and not legal.can_fold:
            raise IllegalAction(f"seat {self.player} cannot fold: there is no bet to call")
        if action < FOLD:
            raise IllegalAction(f"action {action}: expected {FOLD} (fold), {CALL} (call) or the chips to raise to")
        if action > CALL and not legal.min_raise_to <= action <= legal.max_raise_to:
            allowed = f"{legal.min_raise_to} to {legal.max_raise_to}" if legal.max_raise_to else "none"
            raise IllegalAction(f"seat {self.player} cannot bet or raise to {action} chips; legal: {allowed}")


def _replaced(values: tuple, seat: int, value) -> tuple:
    return values[:seat] + (value,) + values[seat + 1 :]


def _in_turn(rules: Rules, first: int, contributions, folded, skip: int = -1) -> tuple[int, ...]:
    """Seats from ``first`` on that have not folded and have chips left."""
    players = rules.num_players
    seats = [(first + i) % players for i in range(players)]
    return tuple(s for s in seats if s != skip and not folded[s] and contributions[s] < rules.stacks[s])


def _someone_can_call_more(stacks, highest: int, folded, seat: int) -> bool:
    """Whether a player other than ``seat`` is left with more chips than the highest contribution."""
    return any(stack > highest and not folded[i] and i != seat for i, stack in enumerate(stacks))


def _settled(
    rules, street, contributions, folded, num_raises, largest_raise, short_raises, acted, to_act, history
) -> BettingState:
    """The state with its player found: the next seat in turn, the first of the next street, or -1."""
    if folded.count(False) == 1:
        to_act = ()
    else:
        highest = max(contributions)
        # A player who owes nothing and whose raise nobody could call has nothing to decide.
        to_act = tuple(
            s for s in to_act if contributions[s] < highest or _someone_can_call_more(rules.stacks, highest, folded, s)
        )
        if not to_act and street + 1 < rules.num_streets:
            order = _in_turn(rules, rules.first_to_act[street + 1], contributions, folded)
            if len(order) >= 2:
                street, to_act, history = street + 1, order, history + ((),)
                num_raises = largest_raise = short_raises = 0
                acted = (False,) * rules.num_players
    player = to_act[0] if to_act else -1
    return BettingState(
        rules, street, player, contributions, folded, num_raises, largest_raise, short_raises, acted, to_act, history
    )


def pots(contributions: Sequence[int], folded: Sequence[bool]) -> list[tuple[int, tuple[int, ...]]]:
    """Main pot and side pots: (chips, eligible seats), the main pot first.

    Chips that nobody matched are in no pot: they go back. Neighbouring pots with the same eligible seats are one. Raises
    ValueError where a seat that folded had put in more than every seat that is left (no hand ends so).
    """
    left = [seat for seat, out in enumerate(folded) if not out]
    if not left or max(contributions[seat] for seat in left) < sorted(contributions)[-2]:
        raise ValueError(f"contributions {list(contributions)}: folded {list(folded)} leaves chips that nobody can win")
    result: list[tuple[int, tuple[int, ...]]] = []
    below = 0
    for level in sorted({min(chips, sorted(contributions)[-2]) for chips in contributions}):
        amount = sum(min(chips, level) - min(chips, below) for chips in contributions)
        eligible = tuple(seat for seat in left if contributions[seat] >= level)
        if result and result[-1][1] == eligible:
            amount += result.pop()[0]
        if amount:
            result.append((amount, eligible))
        below = level
    return result


def payoffs(
    contributions: Sequence[int], folded: Sequence[bool], strengths: Sequence[int], odd_chips: str = "exact"
) -> list:
    """Net chips won or lost by seat (sum zero) at the end of a hand.

    strengths: by seat, larger is better, equal is a tie; those of folded seats are not looked at. odd_chips="exact":
    tied seats share a pot exactly (floats). odd_chips="seat": whole chips (ints); what does not divide goes to the first of
    the tied seats, the one nearest the left of the button, as in pokerkit. Each pot is divided by itself.
    """
    if odd_chips not in ("exact", "seat"):
        raise ValueError(f'odd_chips: expected "exact" or "seat", got {odd_chips!r}')
    matched = sorted(contributions)[-2]
    net = [-min(chips, matched) for chips in contributions]
    for amount, eligible in pots(contributions, folded):
        best = max(strengths[seat] for seat in eligible)
        winners = [seat for seat in eligible if strengths[seat] == best]
        share, odd = divmod(amount, len(winners)) if odd_chips == "seat" else (amount / len(winners), 0)
        for seat in winners:
            net[seat] += share
        net[winners[0]] += odd
    return [float(chips) for chips in net] if odd_chips == "exact" else net


def kuhn_rules(num_players: int) -> Rules:
    """Kuhn poker as OpenSpiel's ``kuhn_poker``: ante 1, one bet of 1, no raise."""
    return Rules(
        stacks=(2,) * num_players,
        blinds=(0,) * num_players,
        ante=1,
        betting="fixed_limit",
        board_cards=(0,),
        raise_sizes=(1,),
        max_raises=(1,),
    )


def leduc_rules(num_players: int) -> Rules:
    """Leduc poker as OpenSpiel's ``leduc_poker``: ante 1, bets of 2 then 4, two a street, stacks that never run out."""
    return Rules(
        stacks=(100,) * num_players,
        blinds=(0,) * num_players,
        ante=1,
        betting="fixed_limit",
        board_cards=(0, 1),
        raise_sizes=(2, 4),
        max_raises=(2, 2),
    )
