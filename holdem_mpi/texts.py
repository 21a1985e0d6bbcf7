"""Words of messages and reports."""

import difflib
from typing import Any


def whole(text: str) -> int:
    """An int, ``1_000_000`` and ``1e6`` included. ValueError where it is none."""
    try:
        return int(text)
    except ValueError:
        number = float(text)
        if not number.is_integer():
            raise
        return int(number)


def numbers(text: str) -> list[int]:
    """Ints separated by commas."""
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
    """``1.23M``, ``45.6k``, ``789``."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
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
    """Without what a file could do to a terminal."""
    return "".join(each if each.isprintable() else "?" for each in text)


def counted(number: int, noun: str) -> str:
    """``1 hand``, ``2 hands``."""
    return f"{number} {noun if number == 1 else f'{noun}s'}"
