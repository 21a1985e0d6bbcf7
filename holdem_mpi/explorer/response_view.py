"""What best responses do at a decision, by class: on the spot's own street as the job that solved it has told."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from holdem_mpi.cards import CLASS_OF_HAND, NUM_CLASSES, card_name, cards_of_hand, class_name, hands_holding
from holdem_mpi.explorer.solution_view import Opened
from holdem_mpi.reporting.hand_grid import class_means
from holdem_mpi.subgame.solution import Solution, SpotDecision


def response_view(opened: Opened, line: str, told: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What each position's best response wins, and what that of the player to act does after a line: the mean of each
    action, and a cell for each class as ``node_view`` has them; None where nothing was told, or nobody comes there.

    told: of the job, see ``exploit_of``. On later streets it is worked out. UserError where the line leads to no
    decision.
    """
    solution = opened.solution
    at = solution.decision(line)
    wins = [{key: each[key] for key in ("player", "ev", "gain", "gain_pct")} for each in told]
    view = {"wins": wins, "player": at.player, "mean": None, "classes": None}
    mine = next((each for each in told if each["player"] == at.player), None)
    here = None if mine is None else _best(solution, at, mine)
    if here is None:
        return view
    player = solution.positions.index(at.player)
    hands = solution.hands(at.player)
    reach = solution.weights(at.player) * ~hands_holding(at.place.cards)[hands]
    for length, action in enumerate(at.line):
        before = None if action.startswith("card ") else solution.decision(at.line[:length])
        taken = None if before is None or before.player != at.player else _best(solution, before, mine)
        if taken is not None:
            reach = reach * taken[:, before.actions.index(action)]
    dealt = reach * solution.numbers.met(player, solution.numbers.reach_at(at.place))[hands]
    known = _told_at(at, mine)
    mean = known["mean"] if known else (dealt @ here / (dealt.sum() or 1.0)).tolist()
    return view | {"mean": mean, "classes": _cells(solution, at.player, reach, here)}


def _best(solution: Solution, at: SpotDecision, told: dict[str, Any]) -> np.ndarray | None:
    """float64[hand, action] of the best response of the player to act, in the order of the solution's hands; told: of
    its position. None where the other one never comes there.
    """
    hands = solution.hands(at.player)
    if at.place.cards:
        found = solution.numbers.best_at(at.place)
        return None if found is None else found[hands]
    here = _told_at(at, told)
    if here is None:
        return None
    names = ["".join(map(card_name, cards_of_hand(int(hand)))) for hand in hands]
    return np.array([here["strategy"][name] for name in names])


def _told_at(at: SpotDecision, told: dict[str, Any]) -> dict[str, Any] | None:
    """What was told of a decision; None of those on later streets."""
    return next((each for each in told["decisions"] if tuple(each["line"]) == at.line), None)


def _cells(solution: Solution, position: str, reach: np.ndarray, strategy: np.ndarray) -> list[dict[str, Any] | None]:
    classes = CLASS_OF_HAND[solution.hands(position)]
    combos = np.bincount(classes, minlength=NUM_CLASSES)
    height = class_means(reach, np.ones(reach.size), classes)
    play = [class_means(column, reach, classes) for column in strategy.T]
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
