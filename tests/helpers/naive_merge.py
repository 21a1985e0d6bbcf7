"""Plain twins of the merge: records in lists, sums in Python's integers, each added to the table once."""

from collections import Counter

import numpy as np

Record = tuple[int, int, list[int] | None]
"""A row's first pair and its number of actions, and what its regrets gain; None: its strategy was met."""


def strategy_of(regrets: list[float], scale: float) -> list[int]:
    """Regret matching, as integers: each probability times ``scale``, rounded to the nearest."""
    positive, total = [max(regret, 0.0) for regret in regrets], 0.0
    for regret in positive:
        total += regret
    if not total > 0:
        positive, total = [1.0] * len(regrets), float(len(regrets))
    return [round(regret * (scale / total)) for regret in positive]


def sums_of(records: list[Record], table: np.ndarray, scale: float) -> dict[int, int]:
    """Table entry -> what it gains; strategies are those of ``table``, which has not changed meanwhile."""
    sums: Counter[int] = Counter()
    for pair, actions, amounts in records:
        regrets = [float(regret) for regret in table[2 * pair : 2 * pair + actions]]
        first = 2 * pair + (actions if amounts is None else 0)
        gained = strategy_of(regrets, scale) if amounts is None else amounts
        for entry, amount in enumerate(gained, first):
            sums[entry] += amount
    return dict(sums)


def naive_merge(records: list[Record], table: np.ndarray, scale: float, floor: float) -> np.ndarray:
    """A table (float[2 * pairs]) with each sum added to it; no entry that gains anything stays below ``floor``."""
    after = table.copy()
    for entry, amount in sums_of(records, table, scale).items():
        after[entry] = max(float(table[entry]) + amount, floor)
    return after
