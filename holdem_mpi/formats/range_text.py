"""Ranges of hands in the usual notation, such as ``22+,A2s+,KTo+,QJs:0.5``; text to weights.

Entries stand between commas, semicolons or blanks, and are read in any case. An entry is one of

- ``AA``, ``AKs``, ``AKo``, ``AK`` (suited and offsuit), or two cards, ``AhKh``; 10 for T, and signs of suits, too;
- with ``+``: the pairs from there up (``QQ+``), or the kickers from there up to below the high card (``A9s+``);
- a run between two of them, in either order: pairs (``QQ-99``), kickers of one high card (``A5s-A2s``), or hands whose
  cards lie equally far apart (``JTs-54s``);
- ``15%`` or ``top 15%``: the classes with the highest equity against a random hand, that share of all hands or as near
  to it as whole classes come;
- ``random``, ``any``, ``all``, ``atc``, ``100%`` or ``*``: every hand;

and may end in a weight: ``:0.5``, ``:50%`` or ``@50`` (in percent). ``[50]AA,KK[/50]`` gives all between the brackets
this weight, in percent. Where entries overlap, the last one counts.

Instead of entries 1,326 numbers, 0 to 1, may stand: the weights of 2d2c, 2h2c, 2h2d, 2s2c, ..., AsAh, as PioSolver
lists hands (by the higher card, then the lower one, suits in the order c, d, h, s).
"""

import re

import numpy as np

from holdem_mpi.cards import NUM_HANDS, RANKS, SUITS, hand_of_cards, parse_card, plain_cards
from holdem_mpi.errors import UserError
from holdem_mpi.formats.hand_order import CLASSES_BY_EQUITY

EVERY_HAND = ("random", "*", "any", "all", "atc")
_NOTATIONS = "22+, A2s+, KTo+, QQ-99, JTs-54s, AhKh, 15%, random, each with :weight or without"
_CLASS = re.compile(rf"([{RANKS}])([{RANKS}])([so]?)", re.IGNORECASE)
_CARDS = re.compile(rf"(?:[{RANKS}][{SUITS}]){{2}}", re.IGNORECASE)
_ANY_KICKER = re.compile(rf"([{RANKS[1:]}])[x*]([so]?)", re.IGNORECASE)
_NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_TOP = re.compile(rf"(?:top\s*)?({_NUMBER})%", re.IGNORECASE)
_WEIGHT = re.compile(rf"({_NUMBER})(%?)")
_BRACKET = re.compile(rf"\[(/?)\s*({_NUMBER})\s*%?\s*\]")
# An entry may begin with a word and a blank; a bracket stands for itself.
_ENTRY = re.compile(r"\[[^\[\]]*\]|(?:[tT][oO][pP]\s+(?=[0-9.]))?[^,;\s\[\]]+|[\[\]]")
_SEPARATORS = re.compile(r"[,;\s]+")
_FEWEST_NUMBERS = 100  # pairs such as 99 are numbers, too, but there are few of them
_PLAIN_DASH = str.maketrans("\u2010\u2011\u2012\u2013\u2014\u2212", "-" * 6)

Shape = tuple[int, int, str]
"""High rank, low rank, and ``s``, ``o`` or nothing for a pair or both."""


class RangeError(UserError):
    """A text that is no range; the line names the entry and where it stands."""


def parse_range(text: str) -> np.ndarray:
    """float64[1326], the weight of each hand (0 to 1). RangeError where an entry is none, or there is no entry."""
    if len(numbers := _SEPARATORS.split(text.strip(" ,;\t\r\n"))) >= _FEWEST_NUMBERS and _is_number(numbers[0]):
        return _weights(numbers)
    weight_of_hand = np.zeros(NUM_HANDS)
    found, bracket = False, None
    for entry in _ENTRY.finditer(text):
        try:
            if entry[0][0] in "[]":
                bracket = _bracket(entry[0], bracket)
                continue
            body, weight = _split(entry[0])
            weight_of_hand[_hands(body)] = (1.0 if bracket is None else bracket) if weight is None else weight
            found = True
        except ValueError as problem:
            place = f"entry {entry[0]!r} at character {entry.start() + 1}"
            raise RangeError(f"{place}: {str(problem) or 'expected one of ' + _NOTATIONS}") from None
    if not found:
        raise RangeError(f"an empty range; expected entries such as {_NOTATIONS}")
    if bracket is not None:
        raise RangeError(
            f"a bracket [{100 * bracket:g}] that does not end; expected [/{100 * bracket:g}] after its hands"
        )
    return weight_of_hand


def _is_number(text: str) -> bool:
    return re.fullmatch(rf"[-+]?{_NUMBER}", text) is not None


def _weights(numbers: list[str]) -> np.ndarray:
    """A weight for each hand, from as many numbers."""
    wrong = next(
        (place for place, text in enumerate(numbers) if not (_is_number(text) and 0 <= float(text) <= 1)), None
    )
    if wrong is not None:
        raise RangeError(f"number {wrong + 1} of {len(numbers)}: expected 0 to 1, got {numbers[wrong][:20]!r}")
    if len(numbers) != NUM_HANDS:
        raise RangeError(f"expected {NUM_HANDS} numbers, one for each hand, got {len(numbers)}")
    weight = np.array(numbers, np.float64)
    if not weight.any():
        raise RangeError("an empty range: all numbers are 0")
    return weight


def _bracket(text: str, before: float | None) -> float | None:
    """The weight that holds after a bracket; None after the end of one. before: the one that held."""
    match = _BRACKET.fullmatch(text)
    if match is None:
        raise ValueError("expected brackets such as [50]AA,KK[/50], the weight in percent")
    weight = float(match[2]) / 100
    if weight > 1:
        raise ValueError(f"expected a weight from 0 to 100 percent in brackets, got {match[2]}")
    if not match[1]:
        if before is not None:
            raise ValueError(f"expected [/{100 * before:g}] first")
        return weight
    if before != weight:
        expected = "no such end" if before is None else f"[/{100 * before:g}]"
        raise ValueError(f"expected {expected} here")
    return None


def _split(entry: str) -> tuple[str, float | None]:
    """(entry without its weight, the weight or None). ValueError where that is none."""
    body, colon, weight = entry.partition(":")
    if not colon:
        body, at, weight = entry.partition("@")
        return (body, _percent_after_at(body, weight)) if at else (entry, None)
    number = _WEIGHT.fullmatch(weight)
    value = float(number[1]) / (100 if number[2] else 1) if number else 2.0
    if value > 1:
        raise ValueError(f"expected a weight from 0 to 1, or a percentage such as 50%, after the colon, got {weight!r}")
    return body, value


def _percent_after_at(body: str, text: str) -> float:
    """A weight after ``@``, a percentage; one up to 1 without its sign may be meant as a part of 1, and is refused."""
    number = _WEIGHT.fullmatch(text)
    value = float(number[1]) if number else 101.0
    if value > 100:
        raise ValueError(f"expected a percentage from 0 to 100 after @, got {text!r}")
    if 0 < value <= 1 and not number[2]:
        raise ValueError(f"after @ stands a percentage; expected {body}:{text}, or {body}@{text}% if that is meant")
    return value / 100


def _hands(entry: str) -> list[int]:
    """Hands of an entry without its weight. ValueError, with a reason or without, where it is no entry."""
    if entry.lower() in EVERY_HAND:
        return list(range(NUM_HANDS))
    if percent := _TOP.fullmatch(entry):
        return _top(float(percent[1]) / 100)
    body = plain_cards(entry.translate(_PLAIN_DASH))
    if _CARDS.fullmatch(body):
        first, second = parse_card(body[:2]), parse_card(body[2:])
        if first == second:
            raise ValueError("expected two different cards")
        return [hand_of_cards(first, second)]
    if body.endswith("+"):
        high, low, suits = _shape(body[:-1])
        top = len(RANKS) if high == low else high
        shapes = [(rank if high == low else high, rank, suits) for rank in range(low, top)]
    elif "-" in body:
        shapes = _run(*(_shape(part) for part in body.split("-", 1)))
    else:
        shapes = [_shape(body)]
    return [hand for shape in shapes for hand in hands_of_shape(shape)]


def _top(share: float) -> list[int]:
    """Hands of the best classes, as many as come nearest to a share of all hands, at least one class."""
    if not 0 < share <= 1:
        raise ValueError("expected above 0% and at most 100%")
    hands_of_class = [hands_of_shape(_shape(name)) for name in CLASSES_BY_EQUITY]
    sizes = np.cumsum([len(hands) for hands in hands_of_class])
    classes = int(np.argmin(np.abs(sizes - share * NUM_HANDS))) + 1
    return [hand for hands in hands_of_class[:classes] for hand in hands]


def _shape(text: str) -> Shape:
    match = _CLASS.fullmatch(text)
    if not match:
        if any_kicker := _ANY_KICKER.fullmatch(text):
            raise ValueError(f"expected {any_kicker[1].upper()}2{any_kicker[2].lower()}+ for every kicker")
        raise ValueError
    low, high = sorted((RANKS.index(match[1].upper()), RANKS.index(match[2].upper())))
    if low == high and match[3]:
        raise ValueError("a pair is neither suited nor offsuit")
    return high, low, match[3].lower()


def _run(first: Shape, last: Shape) -> list[Shape]:
    """Shapes from one to the other."""
    if first[2] != last[2]:
        raise ValueError("expected both ends suited, both offsuit or neither")
    low, high = sorted((first, last))
    if low[0] == high[0] and low[0] != low[1] and high[0] != high[1]:
        return [(low[0], kicker, low[2]) for kicker in range(low[1], high[1] + 1)]
    if low[0] - low[1] != high[0] - high[1]:
        raise ValueError("expected two pairs, two hands with the same high card or two with the same gap")
    return [(low[0] + step, low[1] + step, low[2]) for step in range(high[0] - low[0] + 1)]


def hands_of_shape(shape: Shape) -> list[int]:
    """Hands of a shape: 6 of a pair, 4 suited, 12 offsuit, 16 of both."""
    high, low, suits = shape
    return [
        hand_of_cards(4 * high + first, 4 * low + second)
        for first in range(4)
        for second in range(first if high == low else 4)
        if high == low or not suits or (first == second) == (suits == "s")
    ]
