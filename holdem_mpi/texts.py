"""Words of messages and reports."""

import difflib
from typing import Any


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
