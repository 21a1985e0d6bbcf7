"""Bet sizes of a spot file: how one is written, and lists of them by street and by position.

A size is a share of the pot (``0.5``, ``50%``), a multiple of the bet faced (``2.5x``), chips beyond it (``25c``), the
same share of the pot on every street that is left, or on so many, so that the last bet is all-in (``e``, ``3e``, at
most two pots each: ``e200%``), or all-in (``a``).
"""

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import Field

from holdem_mpi.config.section import MOST_POTS, CrossCheckError, Section, pot_fractions
from holdem_mpi.config.spot_positions import one_of_positions
from holdem_mpi.text import did_you_mean, shown

STREETS = ("flop", "turn", "river")
Size = float | str
Sizes = list[Size] | dict[str, list[Size]]

_NUMBER = r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+"
_SHARE = re.compile(rf"({_NUMBER})\s*(%?)")
_TIMES, _CHIPS = re.compile(rf"({_NUMBER})\s*x"), re.compile(rf"({_NUMBER})\s*c")
_GEOMETRIC = re.compile(rf"([0-9]*)e(?:({_NUMBER})%)?")
_MOST_TIMES, _MOST_CHIPS, _MOST_STREETS, _ALL_POTS = 100, 1e6, 9, 1e9
_HOW = "a share of the pot such as 0.5 or 50%, 2.5x, 25c, e, 3e or a"


class SizeParts(NamedTuple):
    """kind, number, and of a geometric size the most pots, as kernels/betting/spot_actions.py has them."""

    kind: int
    number: float
    most: float


class Wrong(NamedTuple):
    """What could not be read; the error's key is inside the field."""

    error: CrossCheckError


def refuse_wrong(value: Any) -> Any:
    """What was read; raises the error of what could not be."""
    if isinstance(value, Wrong):
        raise value.error
    return value


class SpotSizes(Section):
    """By street; a street's list is for both players, or for each by position. None: all-in alone."""

    flop: Sizes = Field(default=[])
    turn: Sizes = Field(default=[])
    river: Sizes = Field(default=[])


class DonkSizes(Section):
    """By street; None: the bet sizes. An empty list: check alone."""

    turn: list[Size] | None = None
    river: list[Size] | None = None


def size_parts(size: Size) -> SizeParts:
    """What a size means that ``read_sizes`` has returned."""
    # Here, since --help and configs take no Numba.
    from holdem_mpi.kernels.betting.spot_actions import ALL, CHIPS_MORE, GEOMETRIC, POT, TIMES

    if not isinstance(size, str):
        return SizeParts(POT, size, 0.0)
    if size == "a":
        return SizeParts(ALL, 0.0, 0.0)
    if match := _GEOMETRIC.fullmatch(size):
        return SizeParts(GEOMETRIC, float(match[1] or 0), float(match[2]) / 100 if match[2] else _ALL_POTS)
    return SizeParts(TIMES if size[-1] == "x" else CHIPS_MORE, float(size[:-1]), 0.0)


def size_text(size: Size) -> str:
    """A size as messages name it."""
    return size if isinstance(size, str) else f"{size:g} of the pot"


def share_of(key: str, value: Any) -> Any:
    """A share as a number: ``15%`` is 0.15; what is no share is left to the field's own check."""
    match = _SHARE.fullmatch(value.strip()) if isinstance(value, str) else None
    return float(match[1]) / 100 if match and match[2] else value


def read_sizes(key: str, data: Any, positions: Sequence[str]) -> dict[str, Any]:
    """Sizes as ``SpotSizes`` or ``DonkSizes`` has them. CrossCheckError, with the key that is to blame.

    data: a size, several in a text or a list, or such by street, by position, or by both, either first.
    """
    donks = key == "donk_sizes"
    streets, players = (STREETS[1:], positions[:1]) if donks else (STREETS, positions)
    if isinstance(data, Mapping) and data and all(one_of_positions(str(name), positions) for name in data):
        of_player = {
            _position(f"{key}.{name}", name, players): _by_street(f"{key}.{name}", sizes, streets, (), _list)
            for name, sizes in data.items()
        }
        missing = None if donks else []
        of_streets = {street: {who: of_player[who].get(street, missing) for who in of_player} for street in streets}
        return {street: _joined(lists, players) for street, lists in of_streets.items()}

    def of_street(where: str, sizes: Any) -> Any:
        if donks and sizes is None:
            return None
        if donks or not isinstance(sizes, Mapping):
            return _list(where, sizes)
        lists = {_position(f"{where}.{name}", name, players): _list(f"{where}.{name}", sizes[name]) for name in sizes}
        return _joined(lists, players)

    if donks and isinstance(data, Mapping) and "flop" in data:
        raise CrossCheckError(f"{key}.flop", "no street of the spot comes before; expected turn or river")
    return _by_street(key, data, streets, players, of_street)


def _position(where: str, name: Any, positions: Sequence[str]) -> str:
    found = one_of_positions(name, positions) if isinstance(name, str) else None
    if found is None:
        raise CrossCheckError(where, f"expected {' or '.join(positions) or 'a position'}")
    return found


def _joined(of_player: dict[str, list[Size]], players: Sequence[str]) -> Any:
    """One list where all players have the same, else lists by position."""
    lists = [of_player.get(who, []) for who in players]
    return lists[0] if lists and all(each == lists[0] for each in lists) else dict(zip(players, lists))


def _by_street(
    key: str, data: Any, streets: Sequence[str], players: Sequence[str], read: Callable[[str, Any], Any]
) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        return dict.fromkeys(streets, read(key, data))
    for name in data:
        if name not in streets and one_of_positions(str(name), players):
            text = "a position beside streets; expected streets with positions inside, or the other way round"
            raise CrossCheckError(f"{key}.{name}", text)
        if name not in streets:
            known = [*streets, *players]
            hint = did_you_mean(str(name), known)
            raise CrossCheckError(f"{key}.{name}", f"unknown; expected {', '.join(known[:-1])} or {known[-1]}{hint}")
    return {street: read(f"{key}.{street}", sizes) for street, sizes in data.items()}


def _list(key: str, data: Any) -> list[Size]:
    """Sizes of one list, each read and checked."""
    sizes = re.split(r"[,;]\s*|(?<![\s,;])\s+(?!%)", data.strip()) if isinstance(data, str) else data
    sizes = [sizes] if type(sizes) in (int, float) else sizes
    if not isinstance(sizes, list | tuple):
        raise CrossCheckError(key, f"expected sizes, each {_HOW}, got {shown(data)}")
    sizes = [size for size in sizes if size != ""] if isinstance(data, str) else sizes
    read = [_size(f"{key}[{place}]", key, size) for place, size in enumerate(sizes)]
    shares = [size for size in read if not isinstance(size, str)]
    if any(low >= high for low, high in itertools.pairwise(shares)):
        raise CrossCheckError(key, f"expected rising pot fractions, got {shares}")
    texts = [size for size in read if isinstance(size, str)]
    for place, size in enumerate(texts):
        if size in texts[:place]:
            raise CrossCheckError(key, f"{size} is written twice; expected it once")
    return read


def _size(where: str, key: str, data: Any) -> Size:
    text = data.strip().lower() if isinstance(data, str) else None
    if text is not None and (match := _SHARE.fullmatch(text)) and not match[2]:
        data = float(match[1])
    if type(data) is int and abs(data) > _MOST_CHIPS:  # no float may hold it
        raise CrossCheckError(where, f"expected at most {MOST_POTS} pots, got {shown(data)}")
    if type(data) in (int, float) or (text is not None and _SHARE.fullmatch(text)):
        fraction = pot_fractions(key, data)
        if not 0 < fraction <= MOST_POTS:  # infinity and NaN, too
            raise CrossCheckError(where, f"expected a number above 0, got {fraction:g}")
        return float(fraction)
    if text in ("a", "all-in", "allin", "all in"):
        return "a"
    if text and (match := _GEOMETRIC.fullmatch(text)):
        if match[1] and not 1 <= int(match[1]) <= _MOST_STREETS:
            raise CrossCheckError(where, f"expected 1 to {_MOST_STREETS} streets before e, got {shown(data)}")
        if match[2] and not 0 < float(match[2]) <= 100 * MOST_POTS:
            raise CrossCheckError(where, f"expected at most {MOST_POTS} pots after e, and some, got {shown(data)}")
        return text
    if text and (match := _TIMES.fullmatch(text)):
        return _multiple(where, key, text, float(match[1]))
    if text and (match := _CHIPS.fullmatch(text)):
        if not 0 < float(match[1]) <= _MOST_CHIPS:
            raise CrossCheckError(where, f"expected chips above 0 and up to a million, got {shown(data)}")
        return f"{match[1]}c"
    raise CrossCheckError(where, f"expected a number or a size, {_HOW}, got {shown(data)}")


def _multiple(where: str, key: str, text: str, times: float) -> Size:
    if not key.startswith("raise_sizes"):
        raise CrossCheckError(
            where, f"{text} is a multiple of the bet faced, and there is none; expected it in raise_sizes"
        )
    if not 1 < times <= _MOST_TIMES:
        raise CrossCheckError(where, f"expected above 1x and up to {_MOST_TIMES}x, got {text}")
    return f"{times:g}x"
