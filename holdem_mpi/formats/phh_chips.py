"""Whole chips for hands in PHH: stacks and bets in cents or parts of them, and stacks that nobody knows."""

import math
import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from holdem_mpi.game.rules import Rules

MAX_CHIPS = 2**31 - 1
_LISTS = ("starting_stacks", "blinds_or_straddles", "antes")
_AMOUNTS = ("min_bet", "small_bet", "big_bet")
_BET = re.compile(r"(\s*p[0-9]+\s+cbr\s+)([^\s#]+)(.*)", re.DOTALL)
_MOST_DIGITS = 9  # after the point


def in_whole_chips(history: Any, table: Rules | None) -> Fraction:
    """Write the amounts of pokerkit's ``history`` in units that make all of them whole, in place; what a chip is worth
    there, 1 where nothing changed.

    The unit is the one in which the largest blind is that of ``table``, where that makes all whole; else the largest
    one that does. A stack of ``inf``, which nobody knows, becomes that of the table. What is no amount stays as it is.
    """
    _fill_unknown_stacks(history, table)
    lists = {key: getattr(history, key, None) for key in _LISTS}
    late = late_posts(lists["blinds_or_straddles"])
    if late:
        lists["blinds_or_straddles"] = [abs(value) for value in lists["blinds_or_straddles"]]
    bets = [_BET.fullmatch(text) for text in history.actions] if _is_texts(history.actions) else []
    values = [value for each in lists.values() if isinstance(each, list) for value in each]
    values += [value for key in _AMOUNTS if (value := getattr(history, key, None)) is not None]
    amounts = [_amount(value) for value in values] + [_amount(bet[2]) for bet in bets if bet]
    if not amounts or None in amounts:
        return Fraction(1)
    scale = Fraction(math.lcm(*(amount.denominator for amount in amounts)))
    blinds = [_amount(value) for value in lists["blinds_or_straddles"] or []]
    if table is not None and blinds and max(blinds) > 0 and max(table.blinds):
        wanted = max(table.blinds) / max(blinds)
        scale = wanted if all((amount * wanted).denominator == 1 for amount in amounts) else scale
    if scale == 1 or max(amounts) * scale > MAX_CHIPS:
        return Fraction(1)
    for key, each in lists.items():
        if isinstance(each, list):
            signs = late if late and key == "blinds_or_straddles" else [1] * len(each)
            setattr(history, key, [sign * int(_amount(value) * scale) for sign, value in zip(signs, each)])
    for key in _AMOUNTS:
        if getattr(history, key, None) is not None:
            setattr(history, key, int(_amount(getattr(history, key)) * scale))
    history.actions = [
        f"{bet[1]}{int(_amount(bet[2]) * scale)}{bet[3]}" if bet else text for bet, text in zip(bets, history.actions)
    ]
    return 1 / scale


def _fill_unknown_stacks(history: Any, table: Rules | None) -> None:
    stacks = history.starting_stacks
    if table is None or not isinstance(stacks, list) or len(stacks) != table.num_players:
        return
    blinds = [_amount(value) for value in history.blinds_or_straddles or []]
    unit = Fraction(max(table.blinds) or 1) / (max(blinds, default=0) or 1) if None not in blinds else Fraction(1)
    history.starting_stacks = [
        _plain(Fraction(own) / unit) if isinstance(stack, (Decimal, float)) and stack == math.inf else stack
        for stack, own in zip(stacks, table.stacks)
    ]


def _plain(amount: Fraction) -> int | Decimal:
    return int(amount) if amount.denominator == 1 else Decimal(amount.numerator) / Decimal(amount.denominator)


def late_posts(blinds: Any) -> list[int]:
    """-1 for each seat whose blind is posted out of turn, which PHH writes below 0, else 1; nothing without any."""
    if not isinstance(blinds, list) or not all(isinstance(each, (int, Decimal)) for each in blinds):
        return []
    signs = [-1 if value < 0 else 1 for value in blinds]
    return signs if -1 in signs else []


def _is_texts(actions: Any) -> bool:
    return isinstance(actions, list) and all(isinstance(text, str) for text in actions)


def _amount(value: Any) -> Fraction | None:
    """An amount, exactly; None where it is none, or finer or larger than chips can be."""
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    if not number.is_finite() or not 0 <= number <= MAX_CHIPS or number.as_tuple().exponent < -_MOST_DIGITS:
        return None
    return Fraction(number)
