"""The spot view of what was solved: any decision of any street, with EVs, equities and all ranges."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import Field

from holdem_mpi.cards import CLASS_NAMES, CLASS_OF_HAND, NUM_CARDS, NUM_CLASSES, card_name, cards_of_hand, class_name
from holdem_mpi.config.section import Section
from holdem_mpi.errors import UserError
from holdem_mpi.explorer.endpoint import NotFoundError
from holdem_mpi.explorer.policy_view import Line, Name
from holdem_mpi.explorer.sources import Sources, check_links
from holdem_mpi.explorer.spot_store import SOLUTION, SpotStore
from holdem_mpi.reporting.hand_grid import class_means
from holdem_mpi.subgame.solution import Solution, SpotDecision, open_solution
from holdem_mpi.subgame.solution_line import waits_for_card
from holdem_mpi.text import shown

_KEPT = 4


class NodeAsked(Section):
    """of: a solution's name, or that of a spot that was solved here. line: actions with commas, ``check,bet 50``."""

    of: Name
    line: Line = ""


class NodeHandsAsked(NodeAsked):
    """hands: the class whose hands are asked for, ``A5s``."""

    hands: Annotated[str, Field(max_length=3)]


class CardsAsked(NodeAsked):
    """by: ``ev`` where what the player wins after each card is asked for as well, which takes longer."""

    by: Literal["bets", "ev"] = "bets"


class Opened(NamedTuple):
    """A solution that was opened. stamp: when its manifest was written: what is still being solved is written anew."""

    stamp: int
    solution: Solution


class SolutionBook:
    """Solutions by name: of the command line, of reports' boards, and of spots solved here; the last few are kept."""

    def __init__(self, sources: Sources, store: SpotStore, of_report: Callable[[str], Path | None]) -> None:
        """of_report: the folder of a solution that a report has kept, by its name, ``REPORT:BOARD``."""
        self._sources, self._store, self._of_report = sources, store, of_report
        self._kept: OrderedDict[str, Opened] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, name: str) -> Opened:
        """The solution of a name, as it is now. NotFoundError where there is none, or none was kept yet."""
        folder = self.folder(name)
        with self._lock:
            try:
                stamp = (folder / "manifest.json").stat().st_mtime_ns
            except OSError:
                raise NotFoundError(f"spot {shown(name)}: no state of it was kept yet") from None
            kept = self._kept.get(name)
            if kept is None or kept.stamp != stamp:
                check_links(folder)
                self._kept[name] = kept = Opened(stamp, open_solution(folder))
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(name)
            return kept

    def folder(self, name: str) -> Path:
        """Where the solution of a name is kept. NotFoundError where there is none of that name."""
        own = name in {each.name for each in self._sources.of_kind("solution")}
        found = self._sources.get("solution", name).path if own else self._of_report(name)
        return found or self._store.folder(name) / SOLUTION


def node_view(opened: Opened, line: str) -> dict[str, Any]:
    """A decision as the page shows it. UserError where the line leads to none."""
    solution = opened.solution
    at = solution.decision(line)
    weight = solution.range_at(at.player, at.line)
    classes = CLASS_OF_HAND[solution.hands(at.player)]
    equities = _equities(solution, at)
    equity, ev = equities[at.player], (at.strategy * at.evs).sum(axis=1)
    share = solution.dealt_at(at.player, at.line)
    comes = bool(share.any())
    return {
        "board": "".join(map(card_name, at.board)),
        "pot": at.pot,
        "positions": list(solution.positions),
        "line": list(at.line),
        "asked_line": list(solution.line),
        "crumbs": _crumbs(solution, at),
        "player": at.player,
        "actions": _actions(solution, at, share),
        "classes": _classes(classes, weight, share, at, {"ev": ev, "equity": equity}),
        "ranges": [_range(solution, position, at, equities) for position in solution.positions],
        "ev": float(share @ ev) if comes else None,
        "equity": float(share @ equity) if comes else None,
        "iterations": solution.iterations,
        "exploitability_pct": solution.exploitability_pct,
        "solve_seconds": solution.solve_seconds,
        "can_go_on": solution.can_go_on,
        "target_pct": solution.spot["solver"]["target_pct"],
        "stopped_by": solution.stopped_by,
        "notes": list(solution.notes),
    }


def cards_view(opened: Opened, line: str, with_ev: bool = True) -> dict[str, Any]:
    """Of each card that may come after a line: how often the player to act then bets or raises, and, with ``with_ev``,
    what that player wins from there on, which on a flop takes a second or more for all cards; None where nobody ever
    comes there. UserError where the line does not wait for a card.
    """
    solution = opened.solution
    place = solution.place(line)
    if not waits_for_card(solution.opened, place):
        raise UserError(f"line {shown(line)}: expected one after which a card comes")
    cards, player = [], ""
    for card in sorted(set(range(NUM_CARDS)) - {*solution.opened.board, *place.cards}):
        after = (*place.line, f"card {card_name(card)}")
        at = solution.decision(after)
        share, player = solution.dealt_at(at.player, after), at.player
        bets = [kind_of(name) == "raise" for name in at.actions]
        comes = bool(share.any())
        cards.append(
            {
                "card": card_name(card),
                "bets": float(share @ at.strategy[:, bets].sum(axis=1)) if comes else None,
                "ev": float(share @ solution.evs(at.player, after)) if comes and with_ev else None,
            }
        )
    return {"line": list(place.line), "player": player, "cards": cards}


def _equities(solution: Solution, at: SpotDecision) -> dict[str, np.ndarray]:
    return {position: solution.equities(position, at.line) for position in solution.positions}


def _crumbs(solution: Solution, at: SpotDecision) -> list[dict[str, Any]]:
    crumbs = []
    for place, text in enumerate(at.line):
        before = at.line[:place]
        player = None if text.startswith("card ") else solution.decision(before).player
        crumbs.append({"line": list(before), "player": player, "text": text})
    return crumbs


def kind_of(name: str) -> str:
    """``fold``, ``call`` (and check) or ``raise`` of an action's name."""
    return "fold" if name == "fold" else "call" if name in ("call", "check") else "raise"


def _actions(solution: Solution, at: SpotDecision, share: np.ndarray) -> list[dict[str, Any]]:
    """The actions: what each leads to is a ``decision``, a ``card`` or the ``end``; ``next``: the line to that."""
    leads, told = solution.leads_to(at.line), []
    for place, name in enumerate(at.actions):
        taken = share * at.strategy[:, place]
        ev = float(taken @ at.evs[:, place] / taken.sum()) if taken.sum() > 0 else None
        mean = float(taken.sum()) if share.any() else None
        goes_on = None if leads[name] == "end" else [*at.line, name]
        told.append(
            {"text": name, "kind": kind_of(name), "mean": mean, "ev": ev, "leads": leads[name], "next": goes_on}
        )
    return told


def _classes(
    classes: np.ndarray,
    weight: np.ndarray,
    share: np.ndarray,
    at: SpotDecision,
    values: dict[str, np.ndarray],
) -> list[dict[str, Any] | None]:
    """By class (169); None where the range has none of its hands. Means are over the hands as they are dealt there."""
    combos = np.bincount(classes, minlength=NUM_CLASSES)
    reach = class_means(weight, np.ones(weight.size), classes)
    play = [class_means(column, share, classes) for column in at.strategy.T]
    told = {name: class_means(each, share, classes) for name, each in values.items()}
    by_action = [class_means(column, share, classes) for column in at.evs.T]
    cells: list[dict[str, Any] | None] = []
    for each in range(NUM_CLASSES):
        cell = combos[each] and {
            "name": class_name(each),
            "combos": int(combos[each]),
            "reach": float(reach[each]),
            "play": [_or_none(column[each]) for column in play],
            **{name: _or_none(values[each]) for name, values in told.items()},
            "evs": [_or_none(column[each]) for column in by_action],
        }
        cells.append(cell or None)
    return cells


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _range(solution: Solution, position: str, at: SpotDecision, equities: dict[str, np.ndarray]) -> dict[str, Any]:
    weight, hands = solution.range_at(position, at.line), solution.hands(position)
    reach = class_means(weight, np.ones(weight.size), CLASS_OF_HAND[hands])
    share = solution.dealt_at(position, at.line)
    mean = float(share @ equities[position]) if share.any() else None
    return {"position": position, "combos": float(weight.sum()), "reach": [*map(_or_none, reach)], "equity": mean}


def node_hands(opened: Opened, line: str, name: str) -> dict[str, Any]:
    """The hands of a class at a decision, with all that is known of each. UserError where there is no such class."""
    solution = opened.solution
    at = solution.decision(line)
    if name not in CLASS_NAMES:
        raise UserError(f"hands {shown(name)}: expected a class such as A5s, KQo or 77")
    number = CLASS_NAMES.index(name)
    hands = solution.hands(at.player)
    weight, equity = solution.range_at(at.player, at.line), solution.equities(at.player, at.line)
    rows = []
    for place in np.flatnonzero(CLASS_OF_HAND[hands] == number).tolist():
        play = at.strategy[place].tolist()
        evs = at.evs[place].tolist()
        row = {"hand": "".join(map(card_name, cards_of_hand(int(hands[place])))), "reach": float(weight[place])}
        row |= {"play": play, "evs": evs, "ev": float(np.dot(play, evs))}
        rows.append(row | {"equity": float(equity[place])})
    return {"name": name, "actions": list(at.actions), "hands": rows}


def csv_rows(opened: Opened) -> tuple[list[str], list[Sequence[Any]]]:
    """(columns, rows): each hand at each decision of the spot's street, its actions in a column each."""
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
                known[f"ev({name})"] = round(float(at.evs[place, column]), 6)
            cards = "".join(map(card_name, cards_of_hand(hand)))
            own = ["; ".join(at.line), at.player, cards, round(float(weight[place]), 6)]
            rows.append([*own, *(known.get(column, "") for column in head[4:])])
    return head, rows
