"""Where local best response gains: what it takes by street, action and line, of all hands together."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from holdem_mpi.config.profile_config import STREETS
from holdem_mpi.evaluation.estimate import Estimate
from holdem_mpi.evaluation.local_best_response import LbrHand, LbrStep

_LETTERS = "fcra/"
_BASE, _HALF = len(_LETTERS) + 1, 20
# Steps of a hand that are told apart; a longer hand's last ones are counted as one.
_STEPS = 16
_NUMBERS = 4
# Numbers of a hand: its value, and its steps.
COLUMNS = 1 + _STEPS * _NUMBERS
# Lines that a result holds; the rest is one row.
_LINES = 60
_OTHERS = {"street": None, "line": "others", "action": None}
# How people call an action; the first step is what comes before any.
_WORDS = {"": "before it acts", "f": "fold", "c": "check or call", "r": "bet or raise", "a": "all-in"}


def hand_row(hand: LbrHand) -> np.ndarray:
    """float64[COLUMNS]: a hand that was played, as it travels and is kept."""
    row = np.zeros(COLUMNS)
    row[0] = hand.value
    first, rest = hand.steps[:_STEPS], hand.steps[_STEPS:]
    for later in rest:
        taken, over_calling = first[-1].taken + later.taken, first[-1].over_calling + later.over_calling
        first[-1] = LbrStep(first[-1].line, taken, over_calling)
    for place, step in enumerate(first):
        start = 1 + place * _NUMBERS
        row[start : start + _NUMBERS] = *_numbers_of(step.line), step.taken, step.over_calling
    return row


def _numbers_of(line: str) -> tuple[float, float]:
    """Two whole numbers that hold up to 40 letters; a longer line keeps its last ones."""
    digits = [_LETTERS.index(letter) + 1 for letter in line[-2 * _HALF :]]
    halves = digits[:_HALF], digits[_HALF:]
    low, high = (sum(digit * _BASE**place for place, digit in enumerate(half)) for half in halves)
    return float(low), float(high)


def _line_of(low: float, high: float) -> str:
    letters = []
    for number in (int(low), int(high)):
        while number:
            number, digit = divmod(number, _BASE)
            letters.append(_LETTERS[digit - 1])
    return "".join(letters)


class _Rows:
    """Chips by hand of the rows of one table."""

    def __init__(self, hands: int) -> None:
        self._taken: dict[Any, np.ndarray] = defaultdict(lambda: np.zeros(hands))
        self._over: dict[Any, np.ndarray] = defaultdict(lambda: np.zeros(hands))
        self._met: dict[Any, set[int]] = defaultdict(set)

    def add(self, key: Any, hand: int, taken: float, over_calling: float) -> None:
        self._taken[key][hand] += taken
        self._over[key][hand] += over_calling
        self._met[key].add(hand)

    def figures(self, estimate: Callable[[np.ndarray], Estimate]) -> list[tuple[Any, dict[str, Any]]]:
        """(key, figures), where most is taken first."""
        found = [
            (
                key,
                {
                    "hands": len(self._met[key]),
                    **estimate(taken).to_json(),
                    "over_calling": estimate(self._over[key]).mean,
                },
            )
            for key, taken in self._taken.items()
        ]
        return sorted(found, key=lambda row: (-row[1]["mean"], row[0]))


def gains_of(rows: np.ndarray, estimate: Callable[[np.ndarray], Estimate]) -> dict[str, Any]:
    """What is taken by street and action, and by line, as JSON; each adds up to the whole.

    rows: float64[hand, COLUMNS]. estimate: of a mean in mbb/h, from chips by hand (float64[hand]).
    """
    steps = rows[:, 1:].reshape(len(rows), _STEPS, _NUMBERS)
    places = np.argwhere(steps.any(axis=2)).tolist()
    lines = [_line_of(*steps[hand, place, :2].tolist()) for hand, place in places]
    total: dict[str, float] = defaultdict(float)
    for (hand, place), line in zip(places, lines):
        total[line] += steps[hand, place, 2]
    shown = set(sorted(total, key=lambda line: -total[line])[:_LINES])
    by_street, by_line = _Rows(len(rows)), _Rows(len(rows))
    for (hand, place), line in zip(places, lines):
        taken, over_calling = steps[hand, place, 2:].tolist()
        by_street.add((line.count("/"), line[-1:]), hand, taken, over_calling)
        by_line.add((line in shown, line if line in shown else ""), hand, taken, over_calling)
    return {
        "by_street": [
            {"street": STREETS[street], "action": _WORDS[action]} | of
            for (street, action), of in sorted(by_street.figures(estimate), key=lambda row: row[0][0])
        ],
        "by_line": [(_of_line(line) if known else _OTHERS) | of for (known, line), of in by_line.figures(estimate)],
    }


def _of_line(line: str) -> dict[str, Any]:
    return {"street": STREETS[line.count("/")], "line": line[:-1], "action": _WORDS[line[-1:]]}


def gains_lines(found: dict[str, Any], top: int) -> list[str]:
    """``gains_of`` as text: by street and action, then the ``top`` lines where most is taken."""
    if not found["by_line"]:
        return []
    lines = [
        "taken, mbb/h, by street and by its last action before chips are counted (expected: beyond a check or call):",
        f"  {'street':<8} {'action':<15} {'hands':>7} {'taken':>9} {'+-':>7} {'expected':>9}",
    ]
    lines += [f"  {of['street']:<8} {of['action']:<15} {_figures(of)}" for of in found["by_street"]]
    of_top = [of for of in found["by_line"] if of["street"] is not None][:top]
    if of_top:
        lines.append("lines where it takes most (f fold, c check or call, r bet or raise, a all-in, / next street):")
        lines.append(f"  {'line':<24} {'action':<15} {'hands':>7} {'taken':>9} {'+-':>7} {'expected':>9}")
        lines += [f"  {of['line'] or '-':<24} {of['action']:<15} {_figures(of)}" for of in of_top]
    return lines


def _figures(of: dict[str, Any]) -> str:
    estimate = Estimate.from_json(of)
    return f"{of['hands']:>7,} {estimate.mean:>+9.1f} {estimate.half_width:>7.1f} {of['over_calling']:>+9.1f}"
