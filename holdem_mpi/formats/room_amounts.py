"""Amounts of money as poker rooms write them, with any currency's sign and either decimal mark, to plain decimals."""

import re
from collections.abc import Iterable
from decimal import Decimal

from holdem_mpi.errors import ProtocolError
from holdem_mpi.text import shown

_SIGN = r"(?:[^\W\d_]{1,3}|[^\w\s()\[\]/:,.|-]|[^\W\d_]{1,2}[^\w\s()\[\]/:,.|-])\.?"
_SPACES = "\u00a0\u202f\u2009'"
_DIGITS = rf"[0-9](?:[0-9.,{_SPACES}]*[0-9])?"
AMOUNT = rf"(?:{_SIGN}[ {_SPACES}]?)?{_DIGITS}(?:[ {_SPACES}]?{_SIGN}(?=\W|$))?"
"""Pattern of an amount: digits with or without a sign before or behind them (``$2.50``, ``2,50 €``, ``R$2``)."""


class Amounts:
    """Reads the amounts of one hand, which has one decimal mark.

    texts: amounts of the hand as they stand there, to tell its decimal mark by: a comma only where one has one or two
        digits behind it, as money has and thousands do not.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        numbers = [_number(text) for text in texts]
        ends = [re.search(r"([.,])[0-9]{1,2}$|^0([.,])[0-9]+$", number) for number in numbers]
        marks = {end[1] or end[2] for end in ends if end}
        if len(marks) > 1:
            raise ProtocolError("expected amounts with one decimal mark, got a comma in some and a point in others")
        self._mark = marks.pop() if marks else ""

    def read(self, text: str) -> Decimal:
        """The amount of a text. ProtocolError where it is none."""
        number = _number(text)
        whole, mark, parts = number, "", ""
        if self._mark and number.count(self._mark) <= 1:
            whole, mark, parts = number.partition(self._mark)
        if not re.fullmatch(r"[0-9]+|[0-9]{1,3}(?:([.,])[0-9]{3}(?:\1[0-9]{3})*)", whole) or (mark and not parts):
            raise ProtocolError(f"expected an amount, got {shown(text)}")
        return Decimal(re.sub("[.,]", "", whole) + (f".{parts}" if parts else ""))


def _number(text: str) -> str:
    """The digits and marks of an amount."""
    found = re.search(_DIGITS, text)
    return re.sub(f"[{_SPACES}]", "", found[0]) if found else ""
