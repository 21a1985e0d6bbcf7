"""Ranges of hands in the usual notation, such as ``22+,A2s+,KTo+,QJs:0.5``; text to weights.

Entries stand between commas, semicolons or blanks. An entry is one of

- ``AA``, ``AKs``, ``AKo``, ``AK`` (suited and offsuit), or two cards, ``AhKh``;
- with ``+``: the pairs from there up (``QQ+``), or the kickers from there up to below the high card (``A9s+``);
- a run between two of them, in either order: pairs (``QQ-99``), kickers of one high card (``A5s-A2s``), or hands whose
  cards lie equally far apart (``JTs-54s``);
- ``random``, ``100%`` or ``*``: every hand;

and may end in ``:`` and a weight from 0 to 1. Where entries overlap, the last one counts.
"""

import re

import numpy as np

from holdem_mpi.cards import NUM_HANDS, RANKS, SUITS, hand_of_cards, parse_card
from holdem_mpi.errors import UserError

EVERY_HAND = ("random", "100%", "*")
_NOTATIONS = "22+, A2s+, KTo+, QQ-99, JTs-54s, AhKh, random, each with :weight or without"
_CLASS = re.compile(rf"([{RANKS}])([{RANKS}])([so]?)")
_CARDS = re.compile(rf"(?:[{RANKS}][{SUITS}]){{2}}")

Shape = tuple[int, int, str]
"""High rank, low rank, and ``s``, ``o`` or nothing for a pair or both."""


class RangeError(UserError):
    """A text that is no range; the line names the entry and where it stands."""


def parse_range(text: str) -> np.ndarray:
    """float64[1326], the weight of each hand (0 to 1). RangeError where an entry is none, or there is no entry."""
    weight_of_hand = np.zeros(NUM_HANDS)
    entries = list(re.finditer(r"[^,;\s]+", text))
    if not entries:
        raise RangeError(f"an empty range; expected entries such as {_NOTATIONS}")
    for entry in entries:
        body, colon, weight = entry[0].partition(":")
        try:
            weight_of_hand[_hands(body)] = _weight(weight) if colon else 1.0
        except ValueError as problem:
            place = f"entry {entry[0]!r} at character {entry.start() + 1}"
            raise RangeError(f"{place}: {str(problem) or 'expected one of ' + _NOTATIONS}") from None
    return weight_of_hand


def _weight(text: str) -> float:
    if not re.fullmatch(r"[0-9]*\.?[0-9]+(e-?[0-9]+)?", text) or not float(text) <= 1:
        raise ValueError(f"expected a weight from 0 to 1 after the colon, got {text!r}")
    return float(text)


def _hands(body: str) -> list[int]:
    """Hands of an entry without its weight. ValueError, with a reason or without, where it is no entry."""
    if body in EVERY_HAND:
        return list(range(NUM_HANDS))
    if _CARDS.fullmatch(body):
        if body[:2] == body[2:]:
            raise ValueError("expected two different cards")
        return [hand_of_cards(parse_card(body[:2]), parse_card(body[2:]))]
    if body.endswith("+"):
        high, low, suits = _shape(body[:-1])
        top = len(RANKS) if high == low else high
        shapes = [(rank if high == low else high, rank, suits) for rank in range(low, top)]
    elif "-" in body:
        shapes = _run(*(_shape(part) for part in body.split("-", 1)))
    else:
        shapes = [_shape(body)]
    return [hand for shape in shapes for hand in hands_of_shape(shape)]


def _shape(text: str) -> Shape:
    match = _CLASS.fullmatch(text)
    if not match:
        raise ValueError
    low, high = sorted((RANKS.index(match[1]), RANKS.index(match[2])))
    if low == high and match[3]:
        raise ValueError("a pair is neither suited nor offsuit")
    return high, low, match[3]


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
