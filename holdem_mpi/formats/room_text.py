"""Hand histories as poker rooms write them: known by how they begin; those in PokerStars' words read by pokerkit.

``room_lines`` makes a hand's text plain first. What is read must agree with what the text says of its pots, so that
nothing that the parser has missed goes unnoticed.
"""

import contextlib
import functools
import io
import re
import warnings
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from holdem_mpi.cards import parse_card
from holdem_mpi.errors import ProtocolError
from holdem_mpi.formats.phh import COMPLAINTS, PhhHand, PhhSection, cause_of, hand_of_history, pokerkit_notation
from holdem_mpi.formats.room_lines import RoomLines, plain_lines
from holdem_mpi.game.pots import pots
from holdem_mpi.game.rules import BettingState, Rules

_STARS = "PokerStars"
_ROOMS = (
    (r"PokerStars (?:Home Game |Zoom )?(?:Hand|Game) #", _STARS),
    (r"Poker Hand #", "GGPoker"),
    (r"Full ?Tilt ?Poker (?:Hand|Game) #", "Full Tilt Poker"),
    (r"Winamax Poker - ", "Winamax"),
    (r"(?:Ignition|Bovada|Bodog)(?:\.\w+)? (?:Hand|Game) #", "Ignition"),
    (r"\*{3,} ?(?:888poker|Pacific Poker|Cassava) ", "888poker"),
    (r"#Game No ?: ?[0-9]+", "888poker"),
    (r"\*{3,} ?Hand History [Ff]or Game ", "PartyPoker"),
    (r"(?:Game )?Hand #[0-9]+ ?-", "a poker room"),
    (r"(?:<\?xml[^>]*>\s*)?<session\b", "iPoker"),
    (r"Stage #[0-9]+", "Absolute Poker"),
)
READABLE_ROOMS = (_STARS, "GGPoker")
"""Rooms whose hands are read: those that write in PokerStars' words."""
_HEADER = re.compile(r"^\ufeff?[ \t]*(?:PokerStars (?:Home Game |Zoom )?(?:Hand|Game) #|Poker Hand #)", re.MULTILINE)
_BY_ROOM = 400  # characters that tell a room


class RoomHand(NamedTuple):
    """A hand of a poker room.

    hand: the same as a value of a PHH file, with the names of the text.
    dealt: the seat whose cards the text shows from the start: whoever kept it. None where nobody's.
    mucked: by seat, whether a player gave his hand up at the showdown; his cards may be known all the same.
    """

    hand: PhhHand
    dealt: int | None
    mucked: tuple[bool, ...]


def room_of(text: str) -> str:
    """The poker room whose hand history a text is by its beginning; nothing where it is none that is known."""
    begin = text[:_BY_ROOM].lstrip("\ufeff \t\r\n")
    return next((room for pattern, room in _ROOMS if re.match(pattern, begin)), "")


def decoded(data: bytes) -> str:
    """The text of a room's file: UTF-8 or UTF-16 as its mark says, else UTF-8, else what old programs wrote."""
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.removeprefix(BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def split_room_hands(text: str) -> list[PhhSection]:
    """The hands of a room's file, unread: each from its header to the next one's, named by its number."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    starts = [head.start() for head in _HEADER.finditer(text)]
    sections = []
    for start, end in zip(starts, [*starts[1:], len(text)]):
        body = text[start:end].lstrip("\ufeff \t")
        number = re.search(r"#([^\s:]+)", body)
        sections.append(PhhSection(text.count("\n", 0, start) + 1, number[1] if number else "", body))
    return sections


def read_room_hand(
    section: PhhSection, accept: Callable[[Rules], None] = lambda rules: None, table: Rules | None = None
) -> RoomHand:
    """The hand of a section. accept, table: as for ``read_hand``.

    ProtocolError with the line on anything amiss: games other than no-limit hold'em, straddles and dead blinds, boards
    dealt twice, hands cut off, and hands whose pots are not as the text says; UserError without pokerkit.
    """
    notation = pokerkit_notation()
    try:
        plain = plain_lines(section.text)
    except ProtocolError as error:
        raise ProtocolError(str(error), section.line + (error.line or 0)) from None
    history = _parsed(notation, plain.text, section.line)
    unit = Fraction(max(map(abs, history.blinds_or_straddles)))
    if len(set(history.antes)) != 1:
        raise ProtocolError("antes: expected the same ante of every player", section.line)
    history.ante_trimming_status = True  # of an ante that a stack does not reach, all pay in as much
    labels = list(history.players)
    history.players, history.hand = [plain.names[label] for label in labels], plain.name
    hand, _ = hand_of_history(PhhSection(section.line, plain.name, ""), history, accept, table)
    state = BettingState.start(hand.rules)
    for action in hand.actions:
        state = state.apply(action)
    if not state.is_over:
        raise ProtocolError(f"expected a finished hand, seat {state.player} is still to act", section.line)
    _check_pots(plain, labels, state, max(hand.rules.blinds) / unit, section.line)
    mucked = tuple(
        state.is_showdown and not state.folded[seat] and not _shows(plain, label) for seat, label in enumerate(labels)
    )
    shown = [plain.mucked.get(label) if mucked[seat] else None for seat, label in enumerate(labels)]
    hole = tuple(
        (parse_card(text[:2]), parse_card(text[3:])) if cards is None and text is not None else cards
        for cards, text in zip(hand.hole, shown)
    )
    dealt = labels.index(plain.dealt) if plain.dealt in labels else None
    return RoomHand(hand._replace(hole=hole), dealt, mucked)


def _shows(plain: RoomLines, label: str) -> bool:
    return f"\n{label}: shows [" in plain.text


@functools.cache
def _parser(notation) -> Any:
    """pokerkit's parser of PokerStars' text, made to see antes, which it does not (0.7.7)."""

    class Parser(notation.PokerStarsParser):
        ANTE_POSTING = re.compile(r"(?P<player>.+): posts the ante (?P<ante>[0-9.]+)")

    return Parser()


def _parsed(notation, text: str, line: int) -> Any:
    """pokerkit's history of one hand. It prints what it complains of, and says why only in passing."""
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            histories = list(_parser(notation)(text, error_status=True))
        except COMPLAINTS as error:
            reason = cause_of(error.__context__ or error)
            raise ProtocolError(f"expected a hand that pokerkit can read: {reason}", line) from None
    if len(histories) != 1:
        raise ProtocolError(f"expected one hand, pokerkit read {len(histories)}", line)
    return histories[0]


def _check_pots(plain: RoomLines, labels: list[str], state: BettingState, chips: Fraction, line: int) -> None:
    """ProtocolError where the text says something else of the pots than its betting comes to. chips: a unit's."""
    if plain.pot is None or plain.rake is None:
        raise ProtocolError("expected the total pot and the rake in the summary", line)
    told, rake = Fraction(plain.pot) * chips, Fraction(plain.rake) * chips
    found = sum(amount for amount, _ in pots(state.contributions, state.folded))
    if found != told:
        raise ProtocolError(
            f"expected a pot of {float(told):g} chips as the summary says, betting comes to {found}", line
        )
    paid = Fraction(sum(plain.collected.values())) * chips
    if paid + rake != told:
        due, got = float(told - rake), float(paid)
        raise ProtocolError(f"expected {due:g} chips collected, pot less rake, got {got:g}", line)
    for label in plain.collected:
        if label not in labels or state.folded[labels.index(label)]:
            raise ProtocolError(f"expected pots collected by players who are left, got {plain.names[label]}", line)
