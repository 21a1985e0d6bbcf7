"""What a dry run prints: a line or a JSON object for each decision, and a summary."""

import json
from collections import Counter
from typing import Any

import numpy as np

from holdem_mpi.cards import card_name
from holdem_mpi.config.profile_config import STREETS
from holdem_mpi.game.seat_names import seat_names
from holdem_mpi.hands.action_text import action_in_words, action_text, in_blinds
from holdem_mpi.hands.hand import HandHistory, Step
from holdem_mpi.reporting.told_lines import ToldLines
from holdem_mpi.search.agent import Decision
from holdem_mpi.search.search_audit import BLUEPRINT, PARTIAL, SEARCH
from holdem_mpi.storage.line_log import LineLog
from holdem_mpi.text import counted, printable

# Actions that are hardly ever taken are left out of a line for people.
_LEAST_SHOWN = 0.005
# Lines about hands left out, and about what files say wrongly of others.
_MOST_TOLD = 100
# What search gains over the blueprint by its whole range, and in words.
_GAINS = {
    "ev_gain": "gain of a searched river over the blueprint, against opponents who go on by it",
    "worst_case_gain": "likewise, against best responses",
}


def _cards(cards: tuple[int, ...]) -> str:
    return " ".join(card_name(card) for card in cards)


class DryRunReport:
    """Prints while it goes, and remembers what the summary needs.

    log: a file that gets the JSON objects too.
    skipped: to tell of hands that cannot be used. notes: of what a file says wrongly of others.
    """

    def __init__(self, as_json: bool, log: str | None) -> None:
        self._as_json = as_json
        self._log = LineLog(log)
        self._all: list[tuple[int, Decision]] = []
        self._hands = 0
        self.skipped, self.notes = ToldLines("skipped", _MOST_TOLD), ToldLines("note", _MOST_TOLD)
        self.unreadable: list[str] = []  # files of several that could not be used

    def decision(self, hand: HandHistory, step: Step, decision: Decision) -> None:
        """Print one of the hero's decisions, and what the agent would do there."""
        self._all.append((step.state.street, decision))
        record = decision_record(hand, step, decision)
        self._log.write(json.dumps(record))
        words = {action_text(step.state, action): action_in_words(step.state, action) for action in decision.actions}
        print(json.dumps(record) if self._as_json else decision_line(record, words), flush=True)

    def end_hand(self) -> None:
        """Count a hand that is over."""
        self._hands += 1

    def summary(self, ranks: int) -> None:
        """Print the summary of all decisions; ``ranks`` of them searched."""
        found = summary_of(self._all) | {"hands": self._hands, "skipped": self.skipped.count, "ranks": ranks}
        print(json.dumps(found) if self._as_json else "\n".join(summary_lines(found)), flush=True)
        self._log.close()


def decision_record(hand: HandHistory, step: Step, decision: Decision) -> dict[str, Any]:
    """A decision as a JSON object: the line that logs keep, to be audited later."""
    state = step.state
    return {
        "hand": hand.name,
        "from": hand.source,
        "street": STREETS[state.street],
        "board": _cards(step.board),
        "cards": _cards(hand.hole[hand.hero]),
        "seat": hand.hero,
        "position": seat_names(state.rules)[hand.hero],
        "pot": state.pot,
        "big_blind": max(state.rules.blinds),
        "to_call": state.legal().call_amount,
        "actions": {
            action_text(state, action): round(float(p), 6)
            for action, p in zip(decision.actions, decision.probabilities)
        },
        "source": decision.source,
        "reason": decision.reason,
        "ev": decision.ev,
        "ev_gain": decision.ev_gain,
        "worst_case_gain": decision.worst_case_gain,
        "ranks_asked": decision.asked,
        "ranks_answered": decision.answered,
        "iterations": decision.iterations,
        "gadget": decision.gadget,
        "milliseconds": round(decision.milliseconds, 3),
        "allowed_ms": decision.allowed_ms,
        "translated": list(decision.translated),
        "taken": None if step.action is None else action_text(state, step.action),
    }


def decision_line(record: dict[str, Any], words: dict[str, str]) -> str:
    """The record of a decision as a line of text for people. words: of its actions, where they are said in more."""
    where = " ".join(filter(None, [record["street"], record["board"]]))
    shown = ", ".join(
        f"{words.get(name, name)} {100 * p:.0f} %" for name, p in record["actions"].items() if p >= _LEAST_SHOWN
    )
    how = record["source"]
    if record["source"] == BLUEPRINT:
        how += f" ({record['reason']})" if record["reason"] else ""
    else:
        how += f" by {record['ranks_answered']} of {counted(record['ranks_asked'], 'rank')}, "
        how += counted(record["iterations"], "iteration")
        how += "" if record["gadget"] == "none" else f", {record['gadget']}"
    worth = ""
    if record["ev"] is not None:
        worth = f", EV {round(record['ev'])}"
    if record["ev_gain"] is not None:
        worth += f", its range {record['ev_gain']:+.1f} over the blueprint"
    spent = f"{record['milliseconds']:.0f} of {record['allowed_ms']:.0f} ms"
    taken = "" if record["taken"] is None else f"; taken: {record['taken']}"
    off = "; of the whole hand: " + ", ".join(record["translated"]) if record["translated"] else ""
    pot = f"pot {record['pot']}"
    pot += f" ({in_blinds(record['pot'], record['big_blind'])})" if record["big_blind"] else ""
    start = f"hand {printable(record['hand'])}, {where}: {record['cards']} ({record['position']}), {pot}"
    return f"{start}: {shown} [{how}{worth}, {spent}{taken}{off}]"


def summary_of(decisions: list[tuple[int, Decision]]) -> dict[str, Any]:
    """Decisions by source, latency against the deadline, iterations, gain; chips."""
    sources = Counter(decision.source for _, decision in decisions)
    postflop = Counter(decision.source for street, decision in decisions if street > 0)
    spent = np.array([decision.milliseconds for _, decision in decisions] or [np.nan])
    over = spent - np.array([decision.allowed_ms for _, decision in decisions] or [np.nan])
    searched = [decision for _, decision in decisions if decision.source != BLUEPRINT]
    latency = {"p50": _at(spent, 50), "p99": _at(spent, 99), "worst": _at(spent, 100)}
    return {
        "decisions": len(decisions),
        "sources": {name: sources[name] for name in (SEARCH, PARTIAL, BLUEPRINT)},
        "postflop_sources": {name: postflop[name] for name in (SEARCH, PARTIAL, BLUEPRINT)},
        "latency_ms": latency,
        "over_deadline_ms": {"p99": _at(over, 99), "worst": _at(over, 100)},
        "late": int((over > 0).sum()),
        "mean_iterations": float(np.mean([decision.iterations for decision in searched])) if searched else None,
        **{key: _mean([getattr(decision, key) for decision in searched]) for key in _GAINS},
    }


def _mean(gains: list[float | None]) -> dict[str, Any] | None:
    """Mean of the gains that were told, with its standard error; None of fewer than two, which show no spread."""
    told = np.array([gain for gain in gains if gain is not None])
    if told.size < 2:
        return None
    error = float(told.std(ddof=1) / np.sqrt(told.size))
    return {"mean": float(told.mean()), "standard_error": error, "unit": "chips", "count": told.size}


def _at(values: np.ndarray, percent: float) -> float | None:
    """A percentile that was measured, rounded up to one."""
    found = float(np.percentile(values, percent, method="higher"))
    return None if np.isnan(found) else round(found, 3)


def summary_lines(found: dict[str, Any]) -> list[str]:
    """The summary of a dry run as lines of text for people."""
    line = f"{counted(found['hands'], 'hand')}, {counted(found['decisions'], 'decision')}, "
    return [line + f"{counted(found['skipped'], 'hand')} left out", *decision_lines(found)]


def decision_lines(found: dict[str, Any]) -> list[str]:
    """What ``summary_of`` has found as lines of text for people; no line without decisions."""
    lines: list[str] = []
    if not found["decisions"]:
        return lines
    for key, title in (("sources", "decisions"), ("postflop_sources", "after the flop")):
        lines.append(f"{title}: " + ", ".join(f"{count} by {name}" for name, count in found[key].items()))
    latency, over = found["latency_ms"], found["over_deadline_ms"]
    lines.append(
        f"milliseconds: median {latency['p50']:.0f}, 99th percentile {latency['p99']:.0f}, "
        f"worst {latency['worst']:.0f}; "
        f"over the deadline: {found['late']} ({max(over['worst'], 0):.1f} ms at worst)"
    )
    if found["mean_iterations"] is not None:
        lines.append(f"mean iterations of a search: {found['mean_iterations']:.0f}")
    for key, title in _GAINS.items():
        if (gain := found[key]) is not None:
            error = f"standard error {gain['standard_error']:.1f}, {gain['count']} decisions"
            lines.append(f"{title}: {gain['mean']:+.1f} chips ({error})")
    return lines
