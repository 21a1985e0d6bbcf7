"""What a player of real hands keeps of them: a JSON line for each decision and each incident, chips, a summary."""

import json
import sys
from typing import Any

import numpy as np

from holdem_mpi.hands.acpc_states import SeenState
from holdem_mpi.hands.hand import HandHistory, Step
from holdem_mpi.play.action_chooser import ChosenAction
from holdem_mpi.play.decision_report import decision_lines, decision_record, summary_of
from holdem_mpi.storage.line_log import LineLog
from holdem_mpi.text import counted, printable

_MOST_SHOWN = 20


class PlayReport:
    """Keeps what a player has done in a match.

    log: a file for JSON lines, or None.
    blind: chips of the large blind.
    """

    def __init__(self, log: str | None, blind: int) -> None:
        self._log, self._blind = LineLog(log), blind
        self._decisions: list = []
        self._chips: dict[int, int] = {}
        self._incidents = 0
        self.fallbacks = 0

    def decided(self, at: SeenState, choice: ChosenAction) -> None:
        """Note a decision of the player who sees ``at``, and log it."""
        self._decisions.append((at.state.street, choice.decision))
        hand = HandHistory(
            source="",
            name=str(at.number),
            names=(),
            hero=at.seat,
            hole=at.hole,
            board=at.board,
            steps=(),
            final=at.state,
        )
        record = decision_record(hand, Step(at.state, choice.action, at.board), choice.decision)
        self._log.write(json.dumps(record | {"fault": choice.fault}))
        if choice.fault:
            self.fallbacks += 1
            self.incident(f"hand {at.number}: {choice.fault}")

    def incident(self, text: str) -> None:
        """Something that should not have been, which play survives."""
        self._incidents += 1
        text = printable(text)
        self._log.write(json.dumps({"incident": text}))
        if self._incidents <= _MOST_SHOWN:
            more = "; further ones are counted only" if self._incidents == _MOST_SHOWN else ""
            print(f"{text}{more}", file=sys.stderr, flush=True)

    def ended(self, number: int, chips: int) -> None:
        """The player's chips in a hand that is over; told twice, it counts once."""
        if number not in self._chips:
            self._log.write(json.dumps({"hand": str(number), "chips": chips}))
        self._chips[number] = chips

    @property
    def hands(self) -> int:
        """How many hands are over."""
        return len(self._chips)

    @property
    def mbb_of_hands(self) -> np.ndarray:
        """float64[hand], what the player won in each hand that is over, in mbb."""
        return 1000 * np.array(list(self._chips.values()), np.float64) / self._blind

    def summary(self) -> dict[str, Any]:
        """JSON of the match so far: hands, chips, decisions by source, and latency."""
        return {
            "hands": self.hands,
            "chips": sum(self._chips.values()),
            "incidents": self._incidents,
            "fallbacks": self.fallbacks,
        } | summary_of(self._decisions)

    def close(self) -> None:
        """Close the log. SaveError where it is not whole."""
        self._log.close()


def play_lines(found: dict[str, Any], mean: str | None) -> list[str]:
    """The summary for people. mean: what a hand won, as text; None where too few hands say it."""
    line = f"{counted(found['hands'], 'hand')}, {found['chips']:+d} chips"
    if mean is not None:
        line += f", {mean}, luck included"
    counts = f"{counted(found['decisions'], 'decision')}, {found['fallbacks']} after a fault, "
    counts += counted(found["incidents"], "incident")
    return [line, counts, *decision_lines(found)]
