"""The rules of betting: the single truth for the tree, the agents and the parsers.

A hand is a chain of immutable ``BettingState``; cards play no part in it. Chips are whole numbers. Seats follow the
ACPC: seat 0 acts first after the flop; heads-up, seat 0 is the big blind. Pots and payoffs are in ``pots.py``. What
follows from an action is computed in kernels/betting/betting_rules.py, for states here and for kernels alike.

Raises follow the rules of the Tournament Directors Association (TDA, 41, 43 and 47). A raise is at least as large as
the largest bet or raise of the street. An all-in for less is legal, but does not reopen the betting: a player who has
acted since the last full bet or raise may raise again only when what he faces adds up to a full one. Where stacks are
unequal, others differ:
- pokerkit (0.7.7) counts an all-in for less than the minimum, as the first raise of a street, as a full raise of its
  own size: one who had limped may raise again (in OpenSpiel and the ACPC's dealer, too). And after all-ins that were
  short one by one and a full raise together, a further short one closes the betting there to all who had acted.
- A big blind who cannot post in full leaves the full blind to be called, as at live tables; in pokerkit the largest
  chips posted. Against him alone a call costs what he has.
- Fixed limit needs a full raise to reopen the betting, here and in pokerkit (TDA: half of one).
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from holdem_mpi.errors import ConfigError
from holdem_mpi.game.pots import payoffs, pots  # noqa: F401  (part of this module's face)
from holdem_mpi.kernels.betting.betting_rules import (
    ACTED,
    CALL,
    CHIPS,
    EVERYBODY,
    FOLD,
    FOLDED,
    LARGEST_RAISE,
    MAX_PLAYERS,
    MAX_STREETS,
    NUM_RAISES,
    PLAYER,
    STREET,
    TO_ACT,
    act,
    legal_actions,
    settle,
)

MAX_BOARD_CARDS = 5


class IllegalAction(ValueError):  # noqa: N818  (the name says it)
    """An action that the rules do not allow in this state; the text says what they do allow."""


class Legal(NamedTuple):
    """What the player to act may do.

    can_fold: whether it may fold.
    call_amount: chips that CALL adds; 0 is a check, less than the bet where the stack is short.
    min_raise_to, max_raise_to: smallest and largest bet or raise, totals over the whole hand; both 0 where none is
        legal.
    """

    can_fold: bool
    call_amount: int
    min_raise_to: int
    max_raise_to: int


def _whole(field: str, values, least: int, length: int | None = None) -> tuple[int, ...]:
    """``values`` as a tuple of ints >= ``least``; ConfigError naming ``field`` otherwise."""
    many = "whole numbers" if length is None else f"{length} whole numbers"
    text = f"{field}: expected {many} >= {least}, got {values!r}"
    if isinstance(values, str) or not isinstance(values, Sequence) or length not in (None, len(values)):
        raise ConfigError(text)
    if any(isinstance(value, bool) or not isinstance(value, int) or value < least for value in values):
        raise ConfigError(text)
    return tuple(values)


@dataclass(frozen=True)
class Rules:
    """A betting game. Defaults are filled in at construction, so every per-street field has one entry a street.

    stacks: chips by seat before antes and blinds (2 to 6 seats).
    blinds: by seat.
    ante: every seat's, paid before the blinds and part of what a player has put in: raises count it.
    antes: by seat, in the place of ``ante`` where they differ (a big-blind ante). Dead chips: they are in the pot, for
        whoever wins the main one, and in nobody's bets; raises do not count them. Empty: none.
    betting: "no_limit" or "fixed_limit".
    board_cards: cards dealt at the start of each street.
    first_to_act: seat by street; by default seat 0, on the first street the seat after the (last) largest blind.
    raise_sizes: fixed-limit size of a bet or raise by street.
    max_raises: bets and raises allowed by street, blinds not counted, None for no cap.
    min_bet: no-limit smallest bet and raise, by default the largest blind, or 1.

    Raises ConfigError naming the field.
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
    antes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        stacks = _whole("stacks", self.stacks, 1)
        players = len(stacks)
        if not 2 <= players <= MAX_PLAYERS:
            raise ConfigError(f"stacks: expected 2 to {MAX_PLAYERS} players, got {players}")
        blinds = _whole("blinds", self.blinds, 0, players)
        _whole("ante", (self.ante,), 0)
        antes = _whole("antes", self.antes, 0, players) if self.antes else ()
        if any(antes) and self.ante:
            raise ConfigError(f"antes: expected none beside an ante of {self.ante}, got {list(antes)}")
        if not any(blinds) and not self.ante and not any(antes):
            raise ConfigError("blinds: expected a blind or an ante above 0, got neither")
        board_cards = _whole("board_cards", self.board_cards, 0)
        streets = len(board_cards)
        if not 1 <= streets <= MAX_STREETS or sum(board_cards) > MAX_BOARD_CARDS:
            limits = f"1 to {MAX_STREETS} streets and at most {MAX_BOARD_CARDS} cards in all"
            raise ConfigError(f"board_cards: expected {limits}, got {list(board_cards)}")
        first_to_act = _whole("first_to_act", self.first_to_act or self._usual_order(blinds, streets), 0, streets)
        if max(first_to_act) >= players:
            raise ConfigError(f"first_to_act: expected seats 0 to {players - 1}, got {list(first_to_act)}")
        filled = {"stacks": stacks, "blinds": blinds, "board_cards": board_cards, "first_to_act": first_to_act}
        filled |= {"max_raises": self._checked_caps(streets), "antes": antes if any(antes) else ()}
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
        _whole("max_raises (where not null)", [cap for cap in caps if cap is not None], 0)
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

    @functools.cached_property
    def antes_paid(self) -> tuple[int, ...]:
        """Chips of ``antes`` by seat; a stack that is shorter pays what it has."""
        antes = self.antes or (0,) * self.num_players
        return tuple(min(stack, ante) for stack, ante in zip(self.stacks, antes))

    @property
    def dead(self) -> int:
        """Chips of ``antes`` in the pot."""
        return sum(self.antes_paid)

    @property
    def ante_excess(self) -> tuple[float, ...]:
        """By seat, what it pays of ``antes`` above an equal part: payoffs by ``BettingState.stakes`` leave it out."""
        return tuple(paid - self.dead / self.num_players for paid in self.antes_paid)

    @functools.cached_property
    def most(self) -> tuple[int, ...]:
        """The most chips by seat that contributions can reach: stacks less ``antes``."""
        return tuple(stack - paid for stack, paid in zip(self.stacks, self.antes_paid))

    def bet_size(self, street: int) -> int:
        """Chips of the smallest bet or raise that is not all-in; in fixed-limit, of every one."""
        return self.raise_sizes[street] if self.betting == "fixed_limit" else self.min_bet

    @functools.cached_property
    def numbers(self) -> tuple[int, ...]:
        """The rules as kernels/betting/betting_rules.py has them."""
        streets = range(self.num_streets)
        caps = [-1 if cap is None else cap for cap in self.max_raises]
        full_blind, fixed = self.ante + max(self.blinds), int(self.betting == "fixed_limit")
        of_seats = self.most + (0,) * (MAX_PLAYERS - self.num_players)
        of_streets = (self.first_to_act, caps, [self.bet_size(street) for street in streets])
        spread = [number for values in of_streets for number in (*values, *[0] * (MAX_STREETS - len(streets)))]
        return (self.num_players, self.num_streets, full_blind, fixed, self.dead, *of_seats, *spread)


@dataclass(frozen=True, slots=True)
class BettingState:
    """The public betting of a hand after some actions. Immutable; ``apply`` gives the next one.

    street: of the last possible action.
    player: to act, -1 when the betting is over.
    contributions: chips by seat over the whole hand, ``Rules.antes`` left out.
    folded: by seat.
    num_raises: bets and raises on this street.
    largest_raise: chips of the largest one, 0 before any.
    acted: by seat, since the last full raise.
    to_act: seats that still have to act on this street, in order, the player first.
    history: actions by street.
    """

    rules: Rules
    street: int
    player: int
    contributions: tuple[int, ...]
    folded: tuple[bool, ...]
    num_raises: int
    largest_raise: int
    acted: tuple[bool, ...]
    to_act: tuple[int, ...]
    history: tuple[tuple[int, ...], ...]

    @classmethod
    def start(cls, rules: Rules) -> BettingState:
        """The state after antes and blinds. A short stack pays what it has, the ante first."""
        contributions = (min(most, rules.ante + blind) for most, blind in zip(rules.most, rules.blinds))
        row = [0, 0, 0, 0, 0, 0, EVERYBODY, *contributions]
        settle(rules.numbers, row, rules.first_to_act[0])
        return state_of_row(rules, row)

    def row(self) -> list[int]:
        """The state as kernels/betting/betting_rules.py has it, all but its history."""
        raises = self.num_raises, self.largest_raise
        bits = _bits(self.folded), _bits(self.acted), sum(1 << seat for seat in self.to_act)
        return [self.street, self.player, *raises, *bits, *self.contributions]

    @property
    def is_over(self) -> bool:
        return self.player < 0

    @property
    def is_showdown(self) -> bool:
        """Over with at least two players left, who show their hands on the full board."""
        return self.player < 0 and self.folded.count(False) >= 2

    @property
    def pot(self) -> int:
        """Chips in the pot: contributions of all seats, and dead antes."""
        return sum(self.contributions) + self.rules.dead

    @property
    def stakes(self) -> tuple[float, ...]:
        """Contributions with the dead chips as everybody's equal part: what is risked and won is the same, and payoffs
        are the real ones and ``Rules.ante_excess``.
        """
        part = self.rules.dead / self.rules.num_players
        return tuple(chips + part for chips in self.contributions)

    def stack(self, seat: int) -> int:
        """Chips that ``seat`` has left."""
        return self.rules.most[seat] - self.contributions[seat]

    def is_all_in(self, seat: int) -> bool:
        return not self.folded[seat] and self.stack(seat) == 0

    def legal(self) -> Legal:
        """What the player to act may do; nothing when the betting is over."""
        return self._legal(self.row())

    def _legal(self, row: list[int]) -> Legal:
        if self.player < 0:
            return Legal(False, 0, 0, 0)
        owed, *amounts = legal_actions(self.rules.numbers, row)
        return Legal(owed > 0, *amounts)

    @property
    def is_capped(self) -> bool:
        """Whether the street has as many bets and raises as ``max_raises`` allows."""
        return self.num_raises == self.rules.max_raises[self.street]

    def apply(self, action: int) -> BettingState:
        """The state after the player's FOLD, CALL or bet or raise to ``action`` chips. Raises IllegalAction."""
        action, row = operator.index(action), self.row()
        self._refuse_illegal(action, self._legal(row))
        act(self.rules.numbers, row, action)
        history = self.history[:-1] + (self.history[-1] + (action,),)
        return _state_of(self.rules, row, history + ((),) * (row[STREET] - self.street))

    def _refuse_illegal(self, action: int, legal: Legal) -> None:
        if self.player < 0:
            raise IllegalAction(f"action {action}: the betting is over")
        if action == FOLD and not legal.can_fold:
            raise IllegalAction(f"seat {self.player} cannot fold: there is no bet to call")
        if action < FOLD:
            raise IllegalAction(f"action {action}: expected {FOLD} (fold), {CALL} (call) or the chips to raise to")
        if action > CALL and not legal.min_raise_to <= action <= legal.max_raise_to:
            none = f"none (max_raises is {self.num_raises} here)" if self.is_capped else "none"
            allowed = f"{legal.min_raise_to} to {legal.max_raise_to}" if legal.max_raise_to else none
            raise IllegalAction(f"seat {self.player} cannot bet or raise to {action} chips; legal: {allowed}")


def _bits(flags: tuple[bool, ...]) -> int:
    """One bit for each flag, the first one lowest."""
    bits = 0
    for place, flag in enumerate(flags):
        if flag:
            bits |= 1 << place
    return bits


def state_of_row(rules: Rules, row: list[int]) -> BettingState:
    """The state that ``BettingState.row`` was asked of, without what was done before."""
    return _state_of(rules, row, ((),) * (1 + row[STREET]))


def _state_of(rules: Rules, row: list[int], history: tuple[tuple[int, ...], ...]) -> BettingState:
    """The state of a row of numbers."""
    seats, player, folded, acted, left = range(rules.num_players), row[PLAYER], row[FOLDED], row[ACTED], row[TO_ACT]
    in_turn = (*range(player, rules.num_players), *range(player)) if left else ()
    return BettingState(
        rules=rules,
        street=row[STREET],
        player=player,
        contributions=tuple(row[CHIPS:]),
        folded=tuple([folded >> seat & 1 == 1 for seat in seats]),
        num_raises=row[NUM_RAISES],
        largest_raise=row[LARGEST_RAISE],
        acted=tuple([acted >> seat & 1 == 1 for seat in seats]),
        to_act=tuple([seat for seat in in_turn if left >> seat & 1]),
        history=history,
    )


def kuhn_rules(num_players: int) -> Rules:
    """Kuhn poker as OpenSpiel's ``kuhn_poker``: ante 1, one bet of 1 and no raise, stacks for just that."""
    stacks, blinds = (2,) * num_players, (0,) * num_players
    return Rules(stacks, blinds, 1, "fixed_limit", board_cards=(0,), raise_sizes=(1,), max_raises=(1,))


def leduc_rules(num_players: int) -> Rules:
    """Leduc poker as OpenSpiel's ``leduc_poker``: ante 1, bets of 2 then 4, two a street, stacks that never run out."""
    stacks, blinds = (100,) * num_players, (0,) * num_players
    return Rules(stacks, blinds, 1, "fixed_limit", board_cards=(0, 1), raise_sizes=(2, 4), max_raises=(2, 2))
