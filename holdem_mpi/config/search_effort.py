"""How much a search is given at each decision where somebody measures it: milliseconds, or iterations."""

import re
from typing import Any, NamedTuple

from holdem_mpi.config.profile_config import STREETS
from holdem_mpi.errors import UserError

_MOST = 10**6
# Where two players' searches end, see ``SearchConfig``.
LEAVES = ("cards", "continuations")


class SearchEffort(NamedTuple):
    """One of the two.

    milliseconds: for each decision.
    iterations: by street after the first, flop, turn and river; what is found then depends on the seed alone.
    """

    milliseconds: float | None = None
    iterations: tuple[int, ...] | None = None

    def __str__(self) -> str:
        if self.iterations is None:
            return f"{self.milliseconds:g} ms"
        if len(set(self.iterations)) == 1:
            return f"{self.iterations[0]} iterations"
        first, second, third = self.iterations
        return f"{first}, {second} and {third} iterations on {STREETS[1]}, {STREETS[2]} and {STREETS[3]}"


def effort_of(milliseconds: float | None, iterations: str | None) -> SearchEffort | None:
    """What ``--search-ms`` and ``--search-iterations`` ask for; None without either. UserError where they cannot be."""
    if milliseconds is not None and iterations is not None:
        raise UserError("--search-ms and --search-iterations: expected one of them")
    if milliseconds is not None and not 1 <= milliseconds < float("inf"):
        raise UserError(f"--search-ms {milliseconds}: expected at least 1")
    if iterations is not None:
        return SearchEffort(iterations=parse_iterations(iterations))
    return None if milliseconds is None else SearchEffort(milliseconds)


def search_settings(
    effort: SearchEffort | None, streets: str | None, purify: float | None, leaves: str | None = None
) -> dict[str, Any]:
    """What ``--search-streets``, ``--purify`` and ``--search-leaves`` say of ``SearchConfig``. UserError where they
    cannot be.
    """
    if purify is not None and (effort is None or not 0.0 <= purify < 1.0):
        raise UserError(f"--purify {purify}: expected at least 0 and less than 1, beside a search's option")
    if streets is not None and effort is None:
        raise UserError(f"--search-streets {streets}: expected a search's option beside it")
    chosen = {} if streets is None else {"streets": parse_streets(streets)}
    if leaves is not None and (effort is None or leaves not in LEAVES):
        raise UserError(f"--search-leaves {leaves}: expected {' or '.join(LEAVES)}, beside a search's option")
    return {"purify": purify or 0.0, **chosen, **({"leaves": leaves} if leaves else {})}


def parse_streets(text: str) -> list[str]:
    """Streets that are searched: ``turn,river``. UserError where the text names others, or none."""
    streets = text.split(",")
    if not set(streets) <= set(STREETS[1:]) or len(set(streets)) < len(streets):
        raise UserError(f"--search-streets {text}: expected some of {', '.join(STREETS[1:])}, such as turn,river")
    return streets


def parse_iterations(text: str) -> tuple[int, ...]:
    """Iterations by street after the first: ``200`` for all of them, or ``10,60,1000`` for flop, turn and river.

    UserError where the text is neither.
    """
    counts = tuple(map(int, text.split(","))) if re.fullmatch(r"\d{1,7}(,\d{1,7}){0,2}", text) else ()
    if len(counts) not in (1, 3) or not all(1 <= count <= _MOST for count in counts):
        raise UserError(
            f"--search-iterations {text}: expected a number of iterations from 1 to {_MOST:,}, or three of them for "
            "flop, turn and river, such as 10,60,1000"
        )
    return counts * (1 if len(counts) == 3 else 3)
