"""Words of messages and reports."""

import difflib
import re
from decimal import Decimal, InvalidOperation
from typing import Any

# Of a number that is read: more would take its time, and mean nothing.
_MOST_DIGITS = 40
# What the letters of ``count`` stand for.
_POWERS = {"G": 10**9, "M": 10**6, "k": 10**3}


def whole(text: str) -> int:
    """An int, also written ``1_000_000``, ``1e6`` or as ``count`` writes it, ``1M``. ValueError where it is none."""
    try:
        return int(text)
    except ValueError:
        found = re.fullmatch(r"\s*([0-9][0-9_]*(?:\.[0-9]*)?)([kMG])\s*", text)
        try:
            number = Decimal(found[1]) * _POWERS[found[2]] if found else Decimal(text)
        except InvalidOperation:
            raise ValueError(text) from None
        if not number.is_finite() or number.adjusted() > _MOST_DIGITS or number != int(number):
            raise ValueError(text) from None
        return int(number)


def numbers(text: str) -> list[int]:
    """Ints of a text, separated by commas."""
    return [whole(part) for part in text.split(",")]


def named(text: str) -> str:
    """A name or a path, which an unset variable of a shell is not."""
    if not text:
        raise ValueError
    return text


# What an error of argparse calls a text that none of these can read.
whole.__name__, numbers.__name__, named.__name__ = "integer", "list of integers", "name"


def duration(seconds: float | None) -> str:
    """``1:02:03`` or ``2:03``; ``--:--`` where it is unknown."""
    if seconds is None:
        return "--:--"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def count(number: float) -> str:
    """A number as people read it: ``1.23M``, ``45.6k``, ``789``."""
    for letter, size in _POWERS.items():
        if number >= size:
            return f"{number / size:.3g}{letter}"
    return f"{number:.3g}"


def shown(value: Any) -> str:
    """A value as messages show it, short."""
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def did_you_mean(word: str, known: list[str]) -> str:
    """`` (did you mean X?)`` where a known word is close, else nothing."""
    close = difflib.get_close_matches(word, known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def one_line(text: str) -> str:
    """The text with single blanks for all white space."""
    return " ".join(text.split())


def printable(text: str) -> str:
    """The text without control characters, which a file could do things to a terminal with."""
    return "".join(each if each.isprintable() else "?" for each in text)


def counted(number: int, noun: str) -> str:
    """A number with its noun: ``1 hand``, ``2 hands``."""
    return f"{number} {noun if number == 1 else f'{noun}s'}"


def gibibytes(size: float) -> str:
    """Bytes as people read them: ``12.3 GiB``, ``45 MiB``."""
    for power, unit in ((40, "TiB"), (30, "GiB"), (20, "MiB")):
        if size >= 1 << power:
            return f"{size / (1 << power):.3g} {unit}"
    return f"{size / 1024:.3g} KiB"


def memory_size(text: str) -> int:
    """Bytes of ``17179869184``, ``64G``, ``64GB`` or ``64 GiB``: the letters stand for powers of 1024, as in SLURM."""
    found = re.fullmatch(r"\s*([0-9]*\.?[0-9]+)\s*(?:([KMGT])(?:i?B)?|B)?\s*", text, re.IGNORECASE)
    if not found:
        raise ValueError(text)
    return int(float(found[1]) * 1024 ** " KMGT".index((found[2] or " ").upper()))


memory_size.__name__ = "amount of memory such as 64G"
