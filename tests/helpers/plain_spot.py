"""The menu of a spot written a second time, plainly: fractions of chips, no units, sizes as a spot file has them."""

from fractions import Fraction


def plain_sizes(keys, line, street):
    """Amounts that a decision offers beside fold and call, rising: chips of the player to act on the street. None where
    nobody may bet.

    keys: bet_sizes and raise_sizes by position and street, lists of texts; donk_sizes by street, where there are any;
    pot, stack; caps by street; all_in, and add, force, near: thresholds, None for none. line: [[amount, ...] by
    street], chips in all on the street, 0 a check or a call.
    """
    pot, stack, here = Fraction(str(keys["pot"])), Fraction(str(keys["stack"])), line[-1]
    for actions in line[:-1]:
        paid = max(actions, default=Fraction(0))
        pot, stack = pot + 2 * paid, stack - paid
    player, level = len(here) % 2, max(here, default=Fraction(0))
    own = max(here[player::2], default=Fraction(0))
    raises = sum(amount > 0 for amount in here)
    cap = keys["caps"][street]
    if (cap is not None and raises >= cap) or level >= stack:
        return None
    called_before = len(line) > 1 and len(line[-2]) % 2 == 1 and max(line[-2], default=0) > 0
    if level:
        sizes, kind = keys["raise_sizes"][player][street], "raise"
    elif called_before and player == 0 and not any(here) and keys["donk_sizes"].get(street) is not None:
        sizes, kind = keys["donk_sizes"][street], "donk"
    else:
        sizes, kind = keys["bet_sizes"][player][street], "bet"
    whole = pot + 2 * level  # after a call
    largest_raise = max([b - a for a, b in _steps(here)], default=Fraction(0))
    least = min(stack, level + max(largest_raise, Fraction(1)))
    assert own <= level
    found = set()
    for text in sizes:
        amount = max(least, _amount(text, whole, level, stack - level, 3 - street) + (0 if text[-1] == "x" else level))
        after = stack - amount
        if after <= 0 or (
            keys["force"] is not None and after <= Fraction(str(keys["force"])) * (whole + 2 * (amount - level))
        ):
            amount = stack
        found.add(amount)
    add = keys["add"] is not None and stack - level <= Fraction(str(keys["add"])) * whole
    if keys["all_in"] or add or not sizes:
        found.add(stack)
    if kind == "donk" and not sizes:
        found = set()
    return _apart(sorted(found), Fraction(str(keys["near"])), lambda amount: whole + amount - level)


def _steps(amounts):
    """Pairs of levels that bets and raises went between."""
    level = Fraction(0)
    for amount in amounts:
        if amount > level:
            yield level, amount
            level = amount


def _amount(text, pot, level, left, streets):
    if text == "a":
        return left
    if text[-1] == "%":
        return Fraction(text[:-1]) / 100 * pot
    if text[-1] == "x":
        return Fraction(text[:-1]) * level
    if text[-1] == "c":
        return Fraction(text[:-1])
    n = int(text[:-1] or 0) or streets
    if n == 1:
        return left
    return Fraction((float((pot + 2 * left) / pot) ** (1 / n) - 1) / 2) * pot


def _apart(amounts, near, after):
    kept = []
    for amount in reversed(amounts):
        if not near or not kept or after(kept[-1]) > after(amount) * (1 + near):
            kept.append(amount)
    return kept[::-1]
