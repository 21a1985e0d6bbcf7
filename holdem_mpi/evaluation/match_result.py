"""A match's result with a name for each figure."""

from dataclasses import dataclass
from typing import Any

from holdem_mpi.evaluation.estimate import Estimate
from holdem_mpi.evaluation.match import match_lines


@dataclass(frozen=True, kw_only=True)
class MatchResult:
    """What a match says; the attributes are the keys of ``evaluate match --json``. Printed, it is the command's text.

    game: its name.
    policy, against: names of the two players.
    hands: in all; deals: half of them, since each is played twice with seats swapped.
    seed: of cards and draws.
    unit: of the figures: ``mbb/h``, thousandths of a big blind a hand; ``chips/h`` in games without blinds.
    chips: that ``policy`` has won in all.
    variance_of_one_hand: by ``plain``, ``duplicate`` and ``aivat``, in squared units.
    duplicate: what ``policy`` wins a hand, from pairs of hands with one deal.
    aivat: the same with less variance; None where it was not asked for or is not to be had.
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

    @classmethod
    def from_json(cls, summary: dict[str, Any]) -> "MatchResult":
        """From what ``match_of`` gives."""
        estimates = {key: Estimate.from_json(summary[key]) for key in ("duplicate", "aivat") if key in summary}
        return cls(**{**summary, **estimates})

    def to_json(self) -> dict[str, Any]:
        """The keys and values of the command's JSON."""
        estimates = {key: getattr(self, key) for key in ("duplicate", "aivat")}
        found = {key: estimate.to_json() for key, estimate in estimates.items() if estimate}
        return {key: value for key, value in vars(self).items() if key not in estimates} | found

    def __str__(self) -> str:
        return "\n".join(match_lines(self.to_json()))
