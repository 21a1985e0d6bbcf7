"""What best responses do, as the job that solved a spot has told: at a decision of the spot's own street, by class."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from holdem_mpi.cards import CLASS_OF_HAND, NUM_CLASSES, card_name, cards_of_hand, class_name
from holdem_mpi.explorer.solution_view import Opened
from holdem_mpi.reporting.hand_grid import class_means
from holdem_mpi.subgame.solution import Solution


def response_view(opened: Opened, line: str, told: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What each position's best response wins, and what that of the player to act does after a line: the mean of each
    action, and a cell for each class as ``node_view`` has them; None where it is not told, on later streets.

    told: of the job, see ``exploit_of``. UserError where the line leads to no decision.
    """
    solution = opened.solution
    at = solution.decision(line)
    wins = [{key: each[key] for key in ("player", "ev", "gain", "gain_pct")} for each in told]
    mine = next((each for each in told if each["player"] == at.player), None)
    by_line = {tuple(each["line"]): each for each in mine["decisions"]} if mine else {}
    here = by_line.get(at.line)
    if mine is None or here is None:
        return {"wins": wins, "player": at.player, "mean": None, "classes": None}
    reach = solution.weights(at.player).copy()
    for length, action in enumerate(at.line):
        if (before := by_line.get(at.line[:length])) is not None:
            reach *= _by_hand(solution, at.player, before)[:, before["actions"].index(action)]
    return {
        "wins": wins,
        "player": at.player,
        "mean": here["mean"],
        "classes": _cells(solution, at.player, reach, here),
    }


def _by_hand(solution: Solution, position: str, decision: dict[str, Any]) -> np.ndarray:
    """float64[hand, action], in the order of the solution's hands."""
    names = ["".join(map(card_name, cards_of_hand(int(hand)))) for hand in solution.hands(position)]
    return np.array([decision["strategy"][name] for name in names])


def _cells(
    solution: Solution, position: str, reach: np.ndarray, decision: dict[str, Any]
) -> list[dict[str, Any] | None]:
    classes = CLASS_OF_HAND[solution.hands(position)]
    combos = np.bincount(classes, minlength=NUM_CLASSES)
    height = class_means(reach, np.ones(reach.size), classes)
    play = [class_means(column, reach, classes) for column in _by_hand(solution, position, decision).T]
    return [
        {
            "name": class_name(each),
            "combos": int(combos[each]),
            "reach": float(height[each]),
            "play": [None if np.isnan(column[each]) else float(column[each]) for column in play],
        }
        if combos[each]
        else None
        for each in range(NUM_CLASSES)
    ]
