"""Hands of poker rooms' text as records at the table of a policy: stacks and units made its own, names left out."""

import dataclasses
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from holdem_mpi.errors import ProtocolError
from holdem_mpi.formats.phh import PhhHand, PhhSection
from holdem_mpi.formats.room_text import read_room_hand, split_room_hands
from holdem_mpi.game.rules import CALL, BettingState, Rules
from holdem_mpi.game.seat_names import seat_names
from holdem_mpi.hands.acpc_hands import Report
from holdem_mpi.hands.hand import HandRecord
from holdem_mpi.hands.profile import Profile

HERO = "hero"


class Reading(NamedTuple):
    """How hands are read.

    anonymous: whether names are left out: the hero is ``hero``, others are called by their places.
    as_table: whether a room's hands with other stacks than the table's are read as if they had been played with these,
        bets to the nearest chip, where nobody was all-in.
    """

    anonymous: bool = False
    as_table: bool = False


AS_PLAYED = Reading()


def without_names(record: HandRecord, rules: Rules) -> HandRecord:
    """The record with places for names."""
    places = seat_names(rules)
    return record._replace(names=tuple(HERO if seat == record.hero else each for seat, each in enumerate(places)))


def room_records(text: str, profile: Profile, report: Report, reading: Reading) -> Iterator[HandRecord]:
    """The hands of a room's file, in order; what cannot be read goes to ``report``. The hero is who is named so, else
    whoever the text shows the cards of from the start.

    UserError without pokerkit.
    """
    for section in split_room_hands(text):
        try:
            yield _record(section, profile, reading)
        except ProtocolError as error:
            told = str(error).partition(", got ")[0] if reading.anonymous else str(error)
            report(error.line or section.line, section.header, told)


def _record(section: PhhSection, profile: Profile, reading: Reading) -> HandRecord:
    rules, stacks = profile.rules, None

    def accept(played: Rules) -> None:
        if not reading.as_table:
            profile.refuse_other_game(_with_stacks(played, shorter_stacks(played.stacks)))

    room = read_room_hand(section, accept, rules)
    hand = room.hand
    if reading.as_table:
        actions = _actions_at_table(hand, profile)
    else:
        stacks = shorter_stacks(hand.rules.stacks)
        actions = tuple(min(action, max(stacks)) for action in hand.actions)
    return HandRecord(
        line=section.line,
        name=hand.name,
        names=hand.names,
        hero=_hero(profile, hand.names, room.dealt, reading),
        hole=hand.hole,
        board=hand.board,
        actions=actions,
        lines=(section.line,) * len(actions),
        mucked=room.mucked,
        stacks=stacks,
    )


def shorter_stacks(stacks: Sequence[int]) -> tuple[int, ...]:
    """The stacks without the chips that no other player can call, which play no part."""
    return tuple(min(stack, sorted(stacks)[-2]) for stack in stacks)


def _with_stacks(rules: Rules, stacks: tuple[int, ...]) -> Rules:
    return dataclasses.replace(rules, stacks=stacks)


def _hero(profile: Profile, names: Sequence[str], dealt: int | None, reading: Reading) -> int:
    """The hero's seat. ProtocolError where nobody is it."""
    is_named = profile.hero_key.startswith("--") or set(profile.config.names_of_hero) & set(names)
    if dealt is not None and not is_named:
        return dealt
    try:
        return profile.hero_seat(names)
    except ProtocolError:
        if reading.anonymous:
            raise ProtocolError("expected the hero among the players") from None
        raise


def _actions_at_table(hand: PhhHand, profile: Profile) -> tuple[int, ...]:
    """The hand's actions with the table's stacks and in its chips. ProtocolError where they were not possible there."""
    table, rules = profile.rules, hand.rules
    unit = Fraction(max(table.blinds) or 1, max(rules.blinds) or 1)
    for key, own, played in (
        ("players", table.num_players, rules.num_players),
        ("blinds", list(table.blinds), [unit * blind for blind in rules.blinds]),
        ("ante", table.ante, unit * rules.ante),
        ("antes", list(table.antes), [unit * ante for ante in rules.antes]),
    ):
        if own != played:
            told = ", ".join(f"{float(chips):g}" for chips in (played if isinstance(played, list) else [played]))
            raise ProtocolError(f"{key}: expected {own} as in {profile.source}, got {told}")
    state = BettingState.start(rules)
    for action in hand.actions:
        state = state.apply(action)
    if any(state.is_all_in(seat) for seat in range(rules.num_players)):
        stacks = " and ".join(f"{float(unit * stack):g}" for stack in rules.stacks)
        expected = f"nobody all-in who has not the stack of {profile.source}"
        raise ProtocolError(f"expected {expected}, got stacks of {stacks}")
    return tuple(round(unit * action) if action > CALL else action for action in hand.actions)
