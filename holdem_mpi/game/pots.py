"""Dividing the pot at the end of a hand: side pots, uncalled chips, ties. Chips by seat in, chips by seat out."""

from __future__ import annotations

from collections.abc import Sequence

Pot = tuple[int, tuple[int, ...]]


def pots(contributions: Sequence[int], folded: Sequence[bool], dead: int = 0) -> list[Pot]:
    """Main pot and side pots: (chips, eligible seats), the main pot first.

    contributions: chips by seat over the whole hand. Chips that nobody matched are in no pot: they go back.
    dead: chips in the main pot that are nobody's contribution.
    Neighbouring pots with the same eligible seats are one. Raises ValueError where a seat that folded put in matched
    chips beyond the reach of every seat that is left (no hand ends so).
    """
    matched = sorted(contributions)[-2]
    left = [seat for seat, out in enumerate(folded) if not out]
    if not left or max(contributions[seat] for seat in left) < matched:
        raise ValueError(f"contributions {list(contributions)}, folded {list(folded)}: chips that nobody left can win")
    result: list[Pot] = [(dead, tuple(left))] if dead else []
    below = 0
    for level in sorted({min(chips, matched) for chips in contributions}):
        amount = sum(min(chips, level) - min(chips, below) for chips in contributions)
        eligible = tuple(seat for seat in left if contributions[seat] >= level)
        if result and result[-1][1] == eligible:
            amount += result.pop()[0]
        if amount:
            result.append((amount, eligible))
        below = level
    return result


def payoffs(
    contributions: Sequence[int],
    folded: Sequence[bool],
    strengths: Sequence[int],
    odd_chips: str = "exact",
    antes: Sequence[int] = (),
) -> list:
    """Net chips won or lost by seat (sum zero) at the end of a hand.

    strengths: by seat, larger is better, equal is a tie; those of folded seats are not looked at.
    odd_chips="exact": tied seats share a pot exactly; floats. odd_chips="seat": ints; the chips that do not divide go
    to the first of the tied seats, counted from seat 0, the left of the button. As in pokerkit, losing hands leave the
    table first, so neighbouring pots that the same seats share are divided as one. antes: dead chips by seat, as
    ``Rules.antes_paid`` has them. Raises ValueError as ``pots`` does.
    """
    if odd_chips not in ("exact", "seat"):
        raise ValueError(f'odd_chips: expected "exact" or "seat", got {odd_chips!r}')
    matched = sorted(contributions)[-2]
    antes = antes or (0,) * len(contributions)
    net = [-min(chips, matched) - ante for chips, ante in zip(contributions, antes)]
    final = pots(contributions, folded, sum(antes))
    winning = {seat for _, eligible in final for seat in _best(eligible, strengths)}
    shared: dict[tuple[int, ...], int] = {}
    for amount, eligible in final:
        contenders = tuple(seat for seat in eligible if seat in winning)
        shared[contenders] = shared.get(contenders, 0) + amount
    for contenders, amount in shared.items():
        winners = _best(contenders, strengths)
        share, odd = divmod(amount, len(winners)) if odd_chips == "seat" else (amount / len(winners), 0)
        for seat in winners:
            net[seat] += share
        net[winners[0]] += odd
    return [float(chips) for chips in net] if odd_chips == "exact" else net


def _best(eligible: Sequence[int], strengths: Sequence[int]) -> list[int]:
    best = max(strengths[seat] for seat in eligible)
    return [seat for seat in eligible if strengths[seat] == best]
