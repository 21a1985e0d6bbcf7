"""Game definitions of the ACPC (``.game`` files): text to the rules of a game.

    GAMEDEF
    nolimit
    numPlayers = 2
    ...
    END GAMEDEF

One field a line, its name in any case, ``=`` or blanks before its values; ``#`` begins a comment. Seats are counted
from 1 there, from 0 here. A fixed-limit game without ``stack`` has stacks that never run out.
"""

from typing import NamedTuple

from holdem_mpi.errors import ConfigError, ProtocolError
from holdem_mpi.game.rules import MAX_PLAYERS, MAX_STREETS, Rules

ENDLESS = 10**9  # chips of a stack that is not given

_BOUNDS = {
    "numplayers": (2, MAX_PLAYERS),
    "numrounds": (1, MAX_STREETS),
    "numsuits": (1, 4),
    "numranks": (1, 13),
    "numholecards": (1, 2),
}
_LISTS = ("stack", "blind", "raisesize", "firstplayer", "maxraises", "numboardcards")
_NEEDED = ("numplayers", "numrounds", "blind", "numsuits", "numranks", "numholecards", "numboardcards")
_SPELT = {
    name.lower(): name
    for name in (
        *("numPlayers", "numRounds", "numSuits", "numRanks", "numHoleCards", "numBoardCards"),
        *("stack", "blind", "raiseSize", "firstPlayer", "maxRaises"),
    )
}


class AcpcGame(NamedTuple):
    """rules: of the betting. deck: suits, ranks and private cards; (4, 13, 2) is hold'em's."""

    rules: Rules
    deck: tuple[int, int, int]

    @property
    def is_holdem(self) -> bool:
        """Whether cards and streets are those of Texas hold'em."""
        return self.deck == (4, 13, 2) and self.rules.board_cards == (0, 3, 1, 1)


def parse_game(text: str) -> AcpcGame:
    """The game of a definition. ProtocolError with its line, naming the field and what was expected."""
    values: dict[str, tuple[int, ...]] = {}
    lines: dict[str, int] = {}
    betting, number, ended = "", 0, False
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.partition("#")[0].strip()
        word = line.replace("=", " ").split()
        if not word:
            continue
        name = word[0].lower()
        if name in ("limit", "nolimit") and len(word) == 1:
            if betting:
                raise ProtocolError("expected limit or nolimit once", number)
            betting = "fixed_limit" if name == "limit" else "no_limit"
        elif [each.lower() for each in word] == ["end", "gamedef"]:
            ended = True
            break
        elif name in _SPELT:
            if name in values:
                raise ProtocolError(f"{_SPELT[name]}: expected once, it is on line {lines[name]} too", number)
            values[name], lines[name] = _numbers(name, word[1:], number), number
        elif name != "gamedef" or len(word) > 1:
            known = ", ".join(["limit", "nolimit", *_SPELT.values()])
            raise ProtocolError(f"expected a field of {known}, got {line[:40]!r}", number)
    if not betting or not ended:
        raise ProtocolError(f"expected {'END GAMEDEF' if betting else 'limit or nolimit'}, got neither", number or 1)
    return _game(betting, values, lines, number)


def _numbers(name: str, words: list[str], line: int) -> tuple[int, ...]:
    """The values of a field."""
    many = name in _LISTS
    if not words or (not many and len(words) > 1) or not all(w.isdecimal() and w.isascii() for w in words):
        expected = "whole numbers" if many else "one whole number"
        raise ProtocolError(f"{_SPELT[name]}: expected {expected}, got {' '.join(words)[:40] or 'nothing'}", line)
    if any(len(word) > 10 for word in words):
        raise ProtocolError(f"{_SPELT[name]}: expected numbers of at most 10 digits", line)
    numbers = tuple(map(int, words))
    if not many:
        least, most = _BOUNDS[name]
        if not least <= numbers[0] <= most:
            raise ProtocolError(f"{_SPELT[name]}: expected {least} to {most}, got {numbers[0]}", line)
    return numbers


def _game(betting: str, values: dict[str, tuple[int, ...]], lines: dict[str, int], last: int) -> AcpcGame:
    fixed = betting == "fixed_limit"
    missing = [name for name in (*_NEEDED, "raisesize" if fixed else "stack") if name not in values]
    if missing:
        raise ProtocolError(f"{_SPELT[missing[0]]}: expected this field, got none", last)
    players, streets = values["numplayers"][0], values["numrounds"][0]

    def of(name: str, count: int, default: tuple[int, ...] = ()) -> tuple[int, ...]:
        found = values.get(name, default)
        if len(found) < count:
            raise ProtocolError(f"{_SPELT[name]}: expected {count} numbers, got {len(found)}", lines[name])
        return found[:count]

    first = of("firstplayer", streets, (1,) * streets)
    if not all(1 <= seat <= players for seat in first):
        raise ProtocolError(f"firstPlayer: expected 1 to {players}, got {list(first)}", lines["firstplayer"])
    given = {
        "stacks": of("stack", players, (ENDLESS,) * players),
        "blinds": of("blind", players),
        "board_cards": of("numboardcards", streets),
        "first_to_act": tuple(seat - 1 for seat in first),
        "max_raises": of("maxraises", streets, ()) if "maxraises" in values else (),
    } | ({"raise_sizes": of("raisesize", streets)} if fixed else {})
    return AcpcGame(
        _rules(betting, given, lines, last), tuple(values[n][0] for n in ("numsuits", "numranks", "numholecards"))
    )


_FIELD_OF_KEY = {
    "stacks": "stack",
    "blinds": "blind",
    "board_cards": "numboardcards",
    "raise_sizes": "raisesize",
    "max_raises": "maxraises",
    "first_to_act": "firstplayer",
}


def _rules(betting: str, given: dict[str, tuple[int, ...]], lines: dict[str, int], last: int) -> Rules:
    for seat, (blind, stack) in enumerate(zip(given["blinds"], given["stacks"])):
        if blind > stack:
            text = f"blind: expected at most the stack, {stack}, of seat {seat + 1}, got {blind}"
            raise ProtocolError(text, lines["blind"])
    try:
        return Rules(betting=betting, **given)
    except ConfigError as error:
        field = _FIELD_OF_KEY.get(str(error).partition(":")[0].split(" ")[0], "")
        named = f"{_SPELT[field]}{str(error)[str(error).index(':') :]}" if field else str(error)
        raise ProtocolError(named, lines.get(field, last)) from None
