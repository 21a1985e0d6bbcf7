"""What a searching player's decisions came from, summed up by street."""

from typing import TYPE_CHECKING, Any

import numpy as np

from holdem_mpi.config.profile_config import STREETS

if TYPE_CHECKING:
    from holdem_mpi.search.search_result import SearchResult

# What a decision can come from.
BLUEPRINT, PARTIAL, SEARCH = "blueprint", "partial search", "search"
_SOURCES = (SEARCH, PARTIAL, BLUEPRINT)
_ITERATIONS, _SECONDS, _SAFE = 3, 4, 5
# Of an audit's numbers.
SHAPE = (len(STREETS), 6)


class SearchAudit:
    """Sums over decisions that were to be searched.

    sums: float64[SHAPE], by street: decisions by search, by partial search, by the blueprint because there was too
        little time or no two hands could meet; iterations; seconds; decisions with a gadget.
    """

    def __init__(self) -> None:
        self.sums = np.zeros(SHAPE)

    def add(self, street: int, found: "SearchResult | None", seconds: float) -> None:
        """Count a decision on ``street``; ``found``: None where the blueprint plays it."""
        source = BLUEPRINT if found is None else found.source
        row = self.sums[street]
        row[_SOURCES.index(source)] += 1
        row[_SECONDS] += seconds
        if found is not None:
            row[_ITERATIONS] += found.iterations
            row[_SAFE] += found.gadget != "none"


def audit_json(sums: np.ndarray) -> dict[str, Any]:
    """``SearchAudit.sums`` as JSON: by street that was searched, decisions by source, means of the rest."""
    found = {}
    for street, row in zip(STREETS, sums):
        decisions = int(row[: len(_SOURCES)].sum())
        if decisions:
            found[street] = {
                "decisions": decisions,
                **{source: int(count) for source, count in zip(_SOURCES, row)},
                "safe": int(row[_SAFE]),
                "mean_iterations": float(row[_ITERATIONS] / decisions),
                "mean_ms": float(1e3 * row[_SECONDS] / decisions),
            }
    return found


def audit_lines(found: dict[str, Any]) -> list[str]:
    """``audit_json`` as a line for each street."""
    return [
        f"  {street}: {of['decisions']:,} decisions: "
        + ", ".join(f"{of[source]:,} {source}" for source in _SOURCES)
        + f"; {of['safe']:,} with a gadget; mean {of['mean_iterations']:.0f} iterations, {of['mean_ms']:.0f} ms"
        for street, of in found.items()
    ]
