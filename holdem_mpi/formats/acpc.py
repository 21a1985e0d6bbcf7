"""Lines of the ACPC protocol, version 2.0.0: logs of finished hands, match states, and messages with their times.

    STATE:30:cr300c/r600f:AhKd|QsQc/2h3d4c:300|-300:Ann|Bob
    TO 1 at 123.4 MATCHSTATE:0:30:cr300:AhKd|
    FROM 1 at 124.75 MATCHSTATE:0:30:cr300:AhKd|:r900

Betting: ``f`` fold, ``c`` check or call, ``rN`` bet or raise to N chips in all over the hand, ``r`` alone or ``r0`` in
fixed-limit games; streets are separated by ``/``. Cards, results and names are by seat; of two,
seat 0 is the big blind. Hold'em, two to six players. Values here are what a line says; whether the rules of a game
allow it is for whoever knows the game.
"""

import re
from codecs import BOM_UTF8
from decimal import Decimal
from typing import NamedTuple

from holdem_mpi.cards import RANKS, SUITS, card_name, parse_card
from holdem_mpi.errors import ProtocolError
from holdem_mpi.game.rules import CALL, FOLD, MAX_PLAYERS
from holdem_mpi.text import shown

MAX_LINE = 4096  # bytes, the end of the line included
RAISE = -2  # a fixed-limit bet or raise, whose size the line leaves out or gives as 0

Betting = tuple[tuple[int, ...], ...]
"""Actions by street: FOLD, CALL, RAISE or a raise-to total."""
Hole = tuple[tuple[int, int] | None, ...]
"""Two cards by seat, in the order of the line; None where they are not shown."""
Board = tuple[tuple[int, ...], ...]
"""Public cards by street after the first."""


class HandLine(NamedTuple):
    """A ``STATE`` line: one finished hand.

    number: of the hand.
    betting: actions by street.
    hole: cards by seat, None where hidden.
    board: public cards by street.
    result: chips won by seat.
    names: of the players, by seat.
    """

    number: int
    betting: Betting
    hole: Hole
    board: Board
    result: tuple[Decimal, ...]
    names: tuple[str, ...]


class MatchState(NamedTuple):
    """What a player sees of a hand.

    seat: the player's.
    number: of the hand.
    betting: actions by street.
    hole: cards by seat, None where hidden.
    board: public cards by street.
    """

    seat: int
    number: int
    betting: Betting
    hole: Hole
    board: Board


class AcpcMessage(NamedTuple):
    """A ``TO`` or ``FROM`` line: a message between dealer and player, with its time.

    player: from 1, whatever its seat.
    at: seconds.
    state: what the player sees.
    action: what the player answers; None in a ``TO`` line.
    """

    player: int
    at: Decimal
    state: MatchState
    action: int | None


Line = HandLine | AcpcMessage

_CARD = f"[{RANKS}][{SUITS}]"
_HOLE = re.compile(rf"(?:{_CARD}{_CARD})?")
_CARDS = re.compile(rf"({_HOLE.pattern}(?:\|{_HOLE.pattern}){{1,{MAX_PLAYERS - 1}}})((?:/(?:{_CARD}){{1,5}}){{0,3}})")
_BETTING = re.compile(r"(?:[fc]|r(?:0|[1-9][0-9]{0,9})?|/)*")
_ACTION = re.compile(r"[fc]|r[0-9]*")
_ONE_ACTION = re.compile(r"[fc]|r(?:0|[1-9][0-9]{0,9})?")
_NUMBER = re.compile(r"[0-9]{1,10}")
_RESULT = re.compile(r"-?[0-9]{1,10}(?:\.[0-9]{1,9})?")
_NAME = re.compile(r"[^:|]+")
_TIMED = re.compile(r"(TO|FROM) ([1-9]) at ([0-9]{1,12}(?:\.[0-9]{1,9})?) (MATCHSTATE:.*)")
_IGNORED = re.compile(r"[ \t]*(?:[#;].*)?|SCORE:[^:]+:[^:]+|VERSION:2\.0\.[0-9]+")
# What the competition's dealer says beside the hands: of the match, of what players did wrong, of ports and times.
_OF_DEALER = re.compile(
    r"(?:STARTED|FINISHED) at [0-9.]+ *|(?:ERROR|WARNING): .*|TOTAL:[^:]+:[^:]+|Seconds .*"
    r"|[0-9.]+ seconds spent waiting.*|[0-9]{1,5}(?: [0-9]{1,5})+ *|FROM [1-9] at [0-9.]+ [#;].*"
)
_NEW_MATCH = re.compile(rb"(?:\xef\xbb\xbf)?[ \t]*(?:#[ \t]*name/game/hands/seed\b|STARTED at )")
_VERSION = re.compile(r"VERSION:([0-9]{1,4})\.([0-9]{1,4})\.([0-9]{1,4})")
_STATE_FIELDS = "STATE:number:betting:cards:result:names"
_MATCH_FIELDS = "MATCHSTATE:seat:number:betting:cards"


def begins_match(line: bytes) -> bool:
    """Whether a line of a log is the first of a match: hands after it are others, whatever their numbers."""
    return _NEW_MATCH.match(line) is not None


def parse_line(line: bytes) -> Line | None:
    """Value of a line of a log, with its end or without; None for blank lines, comments (``#`` or ``;``), scores,
    versions and what else the dealer says. Blanks and a byte-order mark before it do not count.

    ProtocolError, naming what was expected, on anything else and on lines above MAX_LINE.
    """
    text = _printable(line.removeprefix(BOM_UTF8)).lstrip(" \t")
    if _IGNORED.fullmatch(text) or _OF_DEALER.fullmatch(text):
        return None
    if text.startswith("STATE:"):
        return _hand_line(text)
    timed = _TIMED.fullmatch(text)
    if timed is None:
        raise ProtocolError(
            f"expected {_STATE_FIELDS}, or TO or FROM, a player, 'at', seconds and {_MATCH_FIELDS}, got {shown(text)}"
        )
    fields = timed[4].split(":")
    action = _action(fields.pop()) if timed[1] == "FROM" and len(fields) == 6 else None
    if timed[1] == "FROM" and action is None:
        raise ProtocolError(f"expected {_MATCH_FIELDS}:action after FROM, got {shown(timed[4])}")
    return AcpcMessage(int(timed[2]), Decimal(timed[3]), _match_state(fields), action)


def parse_match_state(line: bytes) -> MatchState | None:
    """Value of a dealer's line, ``MATCHSTATE:seat:number:betting:cards``; None and ProtocolError as ``parse_line``."""
    text = _printable(line)
    return None if _IGNORED.fullmatch(text) else _match_state(text.split(":"))


def parse_answer(line: bytes) -> tuple[MatchState, int] | None:
    """(state, action) of a player's line, a match state and ``:action``; None and ProtocolError as ``parse_line``."""
    text = _printable(line)
    if _IGNORED.fullmatch(text):
        return None
    state, _, action = text.rpartition(":")
    return _match_state(state.split(":")), _action(action)


def parse_version(line: bytes) -> tuple[int, int, int] | None:
    """Numbers of a player's first line, ``VERSION:2.0.0``; None and ProtocolError as ``parse_line``."""
    text = _printable(line)
    found = _VERSION.fullmatch(text)
    if found:
        return int(found[1]), int(found[2]), int(found[3])
    if _IGNORED.fullmatch(text):
        return None
    raise ProtocolError(f"expected VERSION:2.0.0, got {shown(text)}")


def format_answer(state: MatchState, action: int) -> str:
    """Text of a player's line."""
    return f"{format_match_state(state)}:{_format_action(action)}"


def format_line(line: Line) -> str:
    """Text of a line, without its end, which ``parse_line`` reads back. ValueError where it could not."""
    if isinstance(line, HandLine):
        results = "|".join(f"{chips:f}" for chips in line.result)
        names = "|".join(line.names)
        text = f"STATE:{line.number}:{format_betting(line.betting)}:{_format_cards(line)}:{results}:{names}"
    else:
        text = (
            f"{'TO' if line.action is None else 'FROM'} {line.player} at {line.at:f} {format_match_state(line.state)}"
        )
        text += "" if line.action is None else f":{_format_action(line.action)}"
    try:
        back = parse_line(text.encode())
    except ProtocolError as error:
        raise ValueError(str(error)) from None
    if back != line:
        raise ValueError(f"not a line of the ACPC protocol: {line}")
    return text


def format_match_state(state: MatchState) -> str:
    """Text of a match state."""
    return f"MATCHSTATE:{state.seat}:{state.number}:{format_betting(state.betting)}:{_format_cards(state)}"


def format_betting(betting: Betting) -> str:
    """Text of the betting, such as ``cr300c/``."""
    return "/".join("".join(_format_action(action) for action in street) for street in betting)


def _format_action(action: int) -> str:
    return {FOLD: "f", CALL: "c", RAISE: "r"}.get(action) or f"r{action}"


def _format_cards(line: HandLine | MatchState) -> str:
    hole = "|".join("".join(map(card_name, cards or ())) for cards in line.hole)
    return hole + "".join("/" + "".join(map(card_name, cards)) for cards in line.board)


def _printable(line: bytes) -> str:
    """Text of a line without its end. ProtocolError where it is too long or not printable ASCII."""
    if len(line) > MAX_LINE:
        raise ProtocolError(f"expected at most {MAX_LINE} bytes in a line, got more")
    body = line.removesuffix(b"\n").removesuffix(b"\r")
    for column, byte in enumerate(body):
        if byte != 9 and not 32 <= byte < 127:
            raise ProtocolError(f"expected printable ASCII, got byte {byte:#04x} at column {column + 1}")
    return body.decode("ascii")


def _hand_line(text: str) -> HandLine:
    fields = text.split(":")
    if len(fields) != 6:
        raise ProtocolError(f"expected the fields {_STATE_FIELDS}, got {len(fields)} of them")
    number, betting, (hole, board) = _number(fields[1]), _betting(fields[2]), _cards(fields[3])
    results = _by_seat(_RESULT, fields[4], len(hole), "chips won, such as -300|300")
    names = _by_seat(_NAME, fields[5], len(hole), "names, such as Ann|Bob")
    return HandLine(
        number=number, betting=betting, hole=hole, board=board, result=tuple(map(Decimal, results)), names=names
    )


def _match_state(fields: list[str]) -> MatchState:
    if len(fields) != 5 or fields[0] != "MATCHSTATE":
        raise ProtocolError(f"expected the fields {_MATCH_FIELDS}, got {len(fields)} of them")
    number, betting, (hole, board) = _number(fields[2]), _betting(fields[3]), _cards(fields[4])
    if fields[1] not in map(str, range(len(hole))):
        raise ProtocolError(f"expected a seat 0 to {len(hole) - 1} of {len(hole)} players, got {shown(fields[1])}")
    return MatchState(int(fields[1]), number, betting, hole, board)


def _by_seat(pattern: re.Pattern, text: str, players: int, expected: str) -> tuple[str, ...]:
    parts = text.split("|")
    if len(parts) != players or not all(pattern.fullmatch(part) for part in parts):
        raise ProtocolError(f"expected {expected}, one for each of {players} players, got {shown(text)}")
    return tuple(parts)


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ProtocolError(f"expected the number of a hand, got {shown(text)}")
    return int(text)


def _betting(text: str) -> Betting:
    if not _BETTING.fullmatch(text):
        raise ProtocolError(f"expected betting of f, c, rCHIPS and /, such as cr300c/, got {shown(text)}")
    return tuple(tuple(map(_action, _ACTION.findall(street))) for street in text.split("/"))


def _action(text: str) -> int:
    if not _ONE_ACTION.fullmatch(text):
        raise ProtocolError(f"expected an action f, c or rCHIPS, got {shown(text)}")
    known = {"f": FOLD, "c": CALL, "r": RAISE, "r0": RAISE}
    return known[text] if text in known else int(text[1:])


def _cards(text: str) -> tuple[Hole, Board]:
    match = _CARDS.fullmatch(text)
    if match is None:
        raise ProtocolError(f"expected cards such as AhKd|QsQc/2h3d4c/5s/6c, got {shown(text)}")
    hole = tuple(_parsed(part) if part else None for part in match[1].split("|"))
    board = tuple(_parsed(part) for part in match[2].split("/")[1:])
    cards = [card for group in (*hole, *board) for card in group or ()]
    if len(set(cards)) != len(cards):
        twice = min(card for card in cards if cards.count(card) > 1)
        raise ProtocolError(f"expected different cards, got {card_name(twice)} twice in {shown(text)}")
    return hole, board


def _parsed(text: str) -> tuple[int, ...]:
    return tuple(parse_card(text[i : i + 2]) for i in range(0, len(text), 2))
