"""A match's result with a name for each figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from holdem_mpi.evaluation.estimate import Estimate
from holdem_mpi.evaluation.match import match_lines


@dataclass(frozen=True, kw_only=True)
class MatchResult:
    """What a match says; the attributes are the keys of ``evaluate match --json``. Printed, it is the command's text.

    game: its name.
    policy, against: names of the two players.
    hands: in all; deals: half of them, since each is played twice with seats swapped; with more players it is played in
        each seat.
    seed: of cards and draws.
    unit: of the figures: ``mbb/h``, thousandths of a big blind a hand; ``chips/h`` in games without blinds.
    chips: that ``policy`` has won in all.
    variance_of_one_hand: by ``plain``, ``duplicate`` and ``aivat``, in squared units.
    duplicate: what ``policy`` wins a hand, from pairs of hands with one deal.
    aivat: the same with less variance; None where it was not asked for or is not to be had.
    seats: of more than two players, what ``policy`` wins from each seat: ``seat``, ``position`` and an estimate's keys.
    """

    game: str
    policy: str
    against: str
    hands: int
    deals: int
    seed: int
    unit: str
    chips: int
    variance_of_one_hand: dict[str, float]
    duplicate: Estimate
    aivat: Estimate | None = None
    seats: Sequence[dict[str, Any]] = ()

    @classmethod
    def from_json(cls, summary: dict[str, Any]) -> "MatchResult":
        """From what ``match_of`` gives."""
        estimates = {key: Estimate.from_json(summary[key]) for key in ("duplicate", "aivat") if key in summary}
        return cls(**{**summary, **estimates})

    def to_json(self) -> dict[str, Any]:
        """The keys and values of the command's JSON."""
        estimates = {key: getattr(self, key) for key in ("duplicate", "aivat")}
        found = {key: estimate.to_json() for key, estimate in estimates.items() if estimate}
        rest = {key: value for key, value in vars(self).items() if key not in (*estimates, "seats")}
        return rest | found | ({"seats": list(self.seats)} if self.seats else {})

    def __str__(self) -> str:
        return "\n".join(match_lines(self.to_json()))
