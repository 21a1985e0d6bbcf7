"""Books of a match at Slumbot: every hand that is over, those cut off, and whether the server counts as we do."""

from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.formats.slumbot import SessionTotals
from holdem_mpi.text import counted


class SlumbotHandResult(NamedTuple):
    """Chips of a hand: the client's, and those of the server's baseline, None where it does not say."""

    chips: float
    baseline: float | None


class SlumbotBooks:
    """Keeps what was won.

    A hand whose last answer was lost is cut off. What it came to follows from the server's totals after the next hand
    that ends in the session; of several in a row only their sum is known, and each counts as an equal part of it.

    results: of hands in order. cut: hands cut off. recovered: hands known by totals alone. forgotten: those cut off of
    which nothing is known. sessions: how many there were.
    """

    def __init__(self) -> None:
        self.results: list[SlumbotHandResult] = []
        self.cut = self.recovered = self.forgotten = self.sessions = 0
        self._open = self._unseen = 0
        self._counted = SessionTotals(0, 0, 0)

    def begin_session(self) -> None:
        """The server counts anew. What hands that were cut off came to can no longer be known."""
        self.sessions += 1
        self.forgotten += self._open
        self._open = self._unseen = 0
        self._counted = SessionTotals(0, 0, 0)

    def cut_off(self) -> None:
        """A hand whose end we have not seen."""
        self.cut += 1
        self._open += 1

    def maybe_dealt(self) -> None:
        """An answer was lost that may have dealt a hand: the server may count one that we have never seen."""
        self._unseen += 1

    def ended(self, chips: int, baseline: int | None, totals: SessionTotals | None) -> tuple[str, list[float]]:
        """A hand is over: (what is wrong with the server's totals, may be empty; chips of hands cut off before it)."""
        self.results.append(SlumbotHandResult(chips, baseline))
        if totals is None:
            return "", []
        before, self._counted = self._counted, totals
        hands = totals.hands - before.hands - 1
        missing = totals.chips - before.chips - chips
        missing_baseline = totals.baseline - before.baseline - (baseline or 0)
        open_hands, most = self._open, self._open + self._unseen
        self._open = self._unseen = 0
        if not 0 <= hands <= most or (hands == 0 and (missing or (baseline is not None and missing_baseline))):
            self.forgotten += open_hands
            told = f"{totals.hands - before.hands} hands, {totals.chips - before.chips:+d} chips"
            return f"the server's totals went on by {told}, expected 1 to {1 + most} hands, {chips:+d} chips", []
        self.recovered += hands
        self.forgotten += max(open_hands - hands, 0)
        found = [missing / hands] * hands if hands else []
        part = None if baseline is None else missing_baseline / max(hands, 1)
        self.results[-1:-1] = [SlumbotHandResult(each, part) for each in found]
        return "", found

    @property
    def hands(self) -> int:
        """Hands whose result is known."""
        return len(self.results)

    def summary(self) -> dict[str, Any]:
        """JSON of the match so far: counts and chips."""
        found: dict[str, Any] = {"hands": self.hands, "chips": round(sum(result.chips for result in self.results))}
        if self._knows_baseline:
            found["baseline_chips"] = round(sum(result.baseline or 0 for result in self.results))
        found |= {"cut_off": self.cut, "recovered": self.recovered, "forgotten": self.forgotten + self._open}
        return found | {"sessions": self.sessions}

    def mbb_of_hands(self, blind: int) -> dict[str, np.ndarray]:
        """float64[hand] in mbb: what a hand won (``mean_of_a_hand``), and the same less the server's baseline
        (``less_baseline``) where that is known of all.
        """
        values = {"mean_of_a_hand": np.array([result.chips for result in self.results], np.float64)}
        if self._knows_baseline:
            values["less_baseline"] = np.array([each.chips - (each.baseline or 0) for each in self.results], np.float64)
        return {key: 1000 * each / blind for key, each in values.items()}

    @property
    def _knows_baseline(self) -> bool:
        return bool(self.results) and all(result.baseline is not None for result in self.results)


def slumbot_lines(found: dict[str, Any], means: dict[str, str]) -> list[str]:
    """The summary for people, but for the decisions. means: those of ``mbb_of_hands`` as text."""
    lines = [f"{counted(found['hands'], 'hand')}, {found['chips']:+d} chips"]
    for key, words in (("mean_of_a_hand", "luck included"), ("less_baseline", "less what the server's baseline won")):
        if key in means:
            lines.append(f"{means[key]}, {words}")
    if found["recovered"] or found["forgotten"]:
        text = f"{counted(found['recovered'], 'hand')} of them known by the server's totals alone"
        lines.append(f"{text}, {found['forgotten']} cut off and not known")
    return lines
