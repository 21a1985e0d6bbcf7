"""The spot view of what was solved: any decision that a solution keeps, with EVs, equities and all ranges."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
from pydantic import Field

from holdem_mpi.cards import CLASS_OF_HAND, NUM_CLASSES, card_name, cards_of_hand, class_name, parse_cards
from holdem_mpi.config.section import Section
from holdem_mpi.errors import UserError
from holdem_mpi.explorer.endpoint import NotFoundError
from holdem_mpi.explorer.policy_view import Line, Name
from holdem_mpi.explorer.sources import Sources, check_links
from holdem_mpi.explorer.spot_store import SOLUTION, SpotStore
from holdem_mpi.reporting.hand_grid import class_means
from holdem_mpi.subgame.solution import Solution, SpotDecision, open_solution
from holdem_mpi.subgame.spot import AnySolver, open_spot
from holdem_mpi.text import shown

_KEPT = 4


class NodeAsked(Section):
    """of: a solution's name, or that of a spot that was solved here. line: actions with commas, ``check,bet 50``."""

    of: Name
    line: Line = ""


class NodeHandsAsked(NodeAsked):
    """hands: the class whose hands are asked for, ``A5s``."""

    hands: Annotated[str, Field(max_length=3)]


class Opened(NamedTuple):
    """A solution that was opened.

    stamp: when its manifest was written: what is still being solved is written anew. river: what finds equities of a
    river spot's decisions; None on earlier streets.
    """

    stamp: int
    solution: Solution
    river: "RiverEquities | None"


class SolutionBook:
    """Solutions by name: of the command line, of reports' boards, and of spots solved here; the last few are kept."""

    def __init__(self, sources: Sources, store: SpotStore, of_report: Callable[[str], Path | None]) -> None:
        """of_report: the folder of a solution that a report has kept, by its name, ``REPORT:BOARD``."""
        self._sources, self._store, self._of_report = sources, store, of_report
        self._kept: OrderedDict[str, Opened] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, name: str) -> Opened:
        """The solution of a name, as it is now. NotFoundError where there is none, or none was kept yet."""
        own = name in {each.name for each in self._sources.of_kind("solution")}
        found = self._sources.get("solution", name).path if own else self._of_report(name)
        folder = found or self._store.folder(name) / SOLUTION
        with self._lock:
            try:
                stamp = (folder / "manifest.json").stat().st_mtime_ns
            except OSError:
                raise NotFoundError(f"spot {shown(name)}: no state of it was kept yet") from None
            kept = self._kept.get(name)
            if kept is None or kept.stamp != stamp:
                check_links(folder)
                solution = open_solution(folder)
                river = RiverEquities(solution) if _is_river(solution) else None
                self._kept[name] = kept = Opened(stamp, solution, river)
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(name)
            return kept


def _is_river(solution: Solution) -> bool:
    return len(parse_cards(solution.spot["board"])) == 5


class RiverEquities:
    """Equities at the decisions of a solved river spot, which are all that there is of it."""

    def __init__(self, solution: Solution) -> None:
        self._solution, self._solver = solution, None
        self._lock = threading.Lock()

    def at(self, decision: SpotDecision) -> dict[str, np.ndarray]:
        """{position: float64[hand]}: shares of the pot at a showdown of the ranges that are left there."""
        with self._lock:
            if self._solver is None:
                self._solver = self._built()
            solver, found = self._solver, {}
            with solver.narrowed_to(self._node[decision.line]):
                for player, position in enumerate(self._solution.positions):
                    found[position] = solver.equity(player)[self._places[player]]
            return found

    def _built(self) -> AnySolver:
        spot = open_spot(self._solution.spot)
        solver = spot.solver()
        self._places = []
        for player, position in enumerate(self._solution.positions):
            places = {int(hand): place for place, hand in enumerate(solver.hands[player])}
            self._places.append(np.array([places[int(hand)] for hand in self._solution.hands(position)]))
        self._node = {}
        for node, state, line in spot.decisions():
            self._node[tuple(line)] = node
            full = np.zeros(solver.strategy(node).shape)
            full[self._places[state.player]] = self._solution.decision(line).strategy
            solver.set_strategy(node, full)
        return solver


def node_view(opened: Opened, line: str) -> dict[str, Any]:
    """A decision as the page shows it. UserError where the line leads to none."""
    solution = opened.solution
    at = solution.decision(line)
    weight = solution.range_at(at.player, at.line)
    classes = CLASS_OF_HAND[solution.hands(at.player)]
    equities = _equities(opened, at)
    equity, evs = equities.get(at.player), at.evs
    ev = None if evs is None else (at.strategy * evs).sum(axis=1)
    share = solution.dealt_at(at.player, at.line)
    comes = bool(share.any())
    return {
        "board": "".join(map(card_name, parse_cards(solution.spot["board"]))),
        "pot": solution.pot,
        "positions": list(solution.positions),
        "line": list(at.line),
        "asked_line": list(solution.line),
        "crumbs": _crumbs(solution, at),
        "player": at.player,
        "actions": [_action(solution, at, place, share) for place in range(len(at.actions))],
        "classes": _classes(classes, weight, share, at, {"ev": ev, "equity": equity}),
        "ranges": [_range(solution, position, at, equities) for position in solution.positions],
        "ev": None if ev is None or not comes else float(share @ ev),
        "equity": None if equity is None or not comes else float(share @ equity),
        "iterations": solution.iterations,
        "exploitability_pct": solution.exploitability_pct,
        "solve_seconds": solution.solve_seconds,
        "stopped_by": solution.stopped_by,
        "notes": list(solution.notes),
        "streets_after": not _is_river(solution),
    }


def _equities(opened: Opened, at: SpotDecision) -> dict[str, np.ndarray]:
    if opened.river is not None:
        return opened.river.at(at)
    solution = opened.solution
    return {} if at.line else {position: solution.equities(position) for position in solution.positions}


def _crumbs(solution: Solution, at: SpotDecision) -> list[dict[str, Any]]:
    lines = [at.line[:place] for place in range(len(at.line))]
    return [
        {"line": list(line), "player": solution.decision(line).player, "text": at.line[len(line)]} for line in lines
    ]


def kind_of(name: str) -> str:
    """``fold``, ``call`` (and check) or ``raise`` of an action's name."""
    return "fold" if name == "fold" else "call" if name in ("call", "check") else "raise"


def _action(solution: Solution, at: SpotDecision, place: int, share: np.ndarray) -> dict[str, Any]:
    name = at.actions[place]
    line = (*at.line, name)
    leads = any(each.line == line for each in solution.decisions)
    mean = float(share @ at.strategy[:, place]) if share.any() else None
    taken = share * at.strategy[:, place]
    ev = float(taken @ at.evs[:, place] / taken.sum()) if at.evs is not None and taken.sum() > 0 else None
    return {"text": name, "kind": kind_of(name), "mean": mean, "ev": ev, "next": list(line) if leads else None}


def _classes(
    classes: np.ndarray,
    weight: np.ndarray,
    share: np.ndarray,
    at: SpotDecision,
    values: dict[str, np.ndarray | None],
) -> list[dict[str, Any] | None]:
    """By class (169); None where the range has none of its hands. Means are over the hands as they are dealt there."""
    combos = np.bincount(classes, minlength=NUM_CLASSES)
    reach = class_means(weight, np.ones(weight.size), classes)
    play = [class_means(column, share, classes) for column in at.strategy.T]
    told = {name: None if each is None else class_means(each, share, classes) for name, each in values.items()}
    by_action = None if at.evs is None else [class_means(column, share, classes) for column in at.evs.T]
    cells: list[dict[str, Any] | None] = []
    for each in range(NUM_CLASSES):
        cell = combos[each] and {
            "name": class_name(each),
            "combos": int(combos[each]),
            "reach": float(reach[each]),
            "play": [_or_none(column[each]) for column in play],
            **{name: None if values is None else _or_none(values[each]) for name, values in told.items()},
            "evs": None if by_action is None else [_or_none(column[each]) for column in by_action],
        }
        cells.append(cell or None)
    return cells


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _range(solution: Solution, position: str, at: SpotDecision, equities: dict[str, np.ndarray]) -> dict[str, Any]:
    weight, hands = solution.range_at(position, at.line), solution.hands(position)
    reach = class_means(weight, np.ones(weight.size), CLASS_OF_HAND[hands])
    share = solution.dealt_at(position, at.line)
    mean = float(share @ equities[position]) if position in equities and share.any() else None
    return {"position": position, "combos": float(weight.sum()), "reach": reach.tolist(), "equity": mean}


def node_hands(opened: Opened, line: str, name: str) -> dict[str, Any]:
    """The hands of a class at a decision, with all that is known of each. UserError where there is no such class."""
    solution = opened.solution
    at = solution.decision(line)
    number = next((each for each in range(NUM_CLASSES) if class_name(each) == name), None)
    if number is None:
        raise UserError(f"hands {shown(name)}: expected a class such as A5s, KQo or 77")
    hands = solution.hands(at.player)
    weight, equity = solution.range_at(at.player, at.line), _equities(opened, at).get(at.player)
    rows = []
    for place in np.flatnonzero(CLASS_OF_HAND[hands] == number).tolist():
        play = at.strategy[place].tolist()
        evs = None if at.evs is None else at.evs[place].tolist()
        row = {"hand": "".join(map(card_name, cards_of_hand(int(hands[place])))), "reach": float(weight[place])}
        row |= {"play": play, "evs": evs, "ev": None if evs is None else float(np.dot(play, evs))}
        rows.append(row | {"equity": None if equity is None else float(equity[place])})
    return {"name": name, "actions": list(at.actions), "hands": rows}


def csv_rows(opened: Opened) -> tuple[list[str], list[Sequence[Any]]]:
    """(columns, rows): each hand at each decision that the solution keeps, its actions in a column each."""
    solution = opened.solution
    names = list(dict.fromkeys(name for each in solution.decisions for name in each.actions))
    kinds = ("p", "ev")
    head = ["line", "position", "hand", "weight", *(f"{kind}({name})" for kind in kinds for name in names)]
    rows: list[Sequence[Any]] = []
    for at in solution.decisions:
        weight, hands = solution.range_at(at.player, at.line), solution.hands(at.player)
        for place, hand in enumerate(hands.tolist()):
            known: dict[str, Any] = {}
            for column, name in enumerate(at.actions):
                known[f"p({name})"] = round(float(at.strategy[place, column]), 6)
                known[f"ev({name})"] = "" if at.evs is None else round(float(at.evs[place, column]), 6)
            cards = "".join(map(card_name, cards_of_hand(hand)))
            own = ["; ".join(at.line), at.player, cards, round(float(weight[place]), 6)]
            rows.append([*own, *(known.get(column, "") for column in head[4:])])
    return head, rows
