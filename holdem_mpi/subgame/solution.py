"""A solved spot that is asked by hand and line, kept in a folder, and opened again."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.cards import (
    CLASS_OF_HAND,
    NUM_HANDS,
    Cards,
    cards_text,
    hand_of_cards,
    mass_of_others,
    mass_of_pairs,
    parse_cards,
)
from holdem_mpi.config.spot_positions import one_of_positions
from holdem_mpi.errors import DataError, SaveError, UserError
from holdem_mpi.reporting.hand_chart import HandChart
from holdem_mpi.reporting.hand_grid import class_means
from holdem_mpi.storage.array_folder import MANIFEST, open_array_folder, save_array_folder
from holdem_mpi.storage.atomic import settled_folder
from holdem_mpi.subgame.action_names import named_action
from holdem_mpi.subgame.spot import AnySolver, Spot
from holdem_mpi.subgame.spot_solving import SolveResult
from holdem_mpi.subgame.spot_tables import PlayerHands, evs_at, player_hands_of
from holdem_mpi.subgame.three_way_solver import gains_of
from holdem_mpi.text import one_line, shown

KIND, VERSION = "holdem_mpi solution", 1
# Of each player by hand: float64[hand], but the hands' numbers.
_COLUMNS = ("hands", "weight", "equity", "ev")
_KEYS = ("spot", "notes", "pot", "line", "iterations", "exploitability_pct", "solve_seconds", "stopped_by")
_KEYS += ("positions", "decisions")


class SpotDecision(NamedTuple):
    """A decision of the street that was solved first.

    line: names of the actions that lead there from the root on, such as ``("check", "bet 50")``.
    player: position of who acts.
    actions: names of what may be done.
    strategy: float64[hand, action] over the hands of ``Solution.hands(player)``; rows sum to 1.
    evs: float64[hand, action], chips that each action wins from there on, the strategies after it and the range that
        the other one has there given; its share of the pot included, so a fold is 0. None where they were not kept.
    """

    line: tuple[str, ...]
    player: str
    actions: tuple[str, ...]
    strategy: np.ndarray
    evs: np.ndarray | None = None


class Solution:
    """What a solved spot says, in the spot's chips.

    It keeps every decision of the street that the spot is on: of a river spot that is all there is. Of a turn or flop
    spot the strategies of the streets after it are not kept; EVs and exploitability are over the whole tree even so.

    pot: chips in it at the root: the start of the street, or with ``ranges_now`` the decision that the spot asks for.
    line: names of the actions that the spot's own have taken, from the root to the decision that it asks for.
    notes: a line for each size of the spot that could not be taken as written.
    positions: names of the players, the first to act on each street first.
    iterations: done. exploitability_pct: NashConv by player in percent of the pot, over the whole tree.
    gain_pct: with three players, what each position's best response gains, in percent of the pot; of two empty.
    solve_seconds: wall time. stopped_by: target, time, iterations or signal.
    spot: the spot file's keys, as they were used.
    """

    def __init__(self, manifest: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        """manifest, arrays: as a solution's folder holds them."""
        self.gain_pct: dict[str, float] = dict(manifest.get("gain_pct", {}))
        self._manifest = {key: manifest[key] for key in _KEYS} | ({"gain_pct": self.gain_pct} if self.gain_pct else {})
        self._arrays = dict(arrays)
        self.spot: dict[str, Any] = manifest["spot"]
        self.notes: tuple[str, ...] = tuple(manifest["notes"])
        self.pot: float = manifest["pot"]
        self.line: tuple[str, ...] = tuple(manifest["line"])
        self.iterations: int = manifest["iterations"]
        self.exploitability_pct: float = manifest["exploitability_pct"]
        self.solve_seconds: float = manifest["solve_seconds"]
        self.stopped_by: str = manifest["stopped_by"]
        self.positions: tuple[str, ...] = tuple(manifest["positions"])
        self.decisions: list[SpotDecision] = []
        start, flat, flat_evs = 0, arrays["strategy"], arrays.get("action_ev")
        for each in manifest["decisions"]:
            size = (self.hands(each["player"]).size, len(each["actions"]))
            end = start + size[0] * size[1]
            strategy = flat[start:end].reshape(size)
            evs = None if flat_evs is None else flat_evs[start:end].reshape(size)
            names = tuple(each["line"]), each["player"], tuple(each["actions"])
            self.decisions.append(SpotDecision(*names, strategy, evs))
            start = end

    def hands(self, position: str) -> np.ndarray:
        """int64[hand], the hands (0..1325) of a position that can be dealt; ``weights`` and strategies are in their
        order. UserError where there is no such position.
        """
        return self._of("hands", position)

    def weights(self, position: str) -> np.ndarray:
        """float64[hand], weight of each hand in the range that the spot gave."""
        return self._of("weight", position)

    def equities(self, position: str) -> np.ndarray:
        """float64[hand], share of the pot of each hand when both ranges go to the showdown, 0 to 1."""
        return self._of("equity", position)

    def evs(self, position: str) -> np.ndarray:
        """float64[hand], chips that each hand wins from the root on, its share of the pot included; a fold now is 0."""
        return self._of("ev", position)

    def decision(self, line: str | Sequence[str] | None = None) -> SpotDecision:
        """The decision after ``line``: ``"check, bet 50"`` or ``["check", "bet 50"]``; ``all-in`` needs no chips.
        None is the decision that the spot asks for; an empty line is the root.

        UserError that says what may be done at the last decision that the line comes to.
        """
        line = self.line if line is None else line
        names = [name for name in line.split(",") if name.strip()] if isinstance(line, str) else line
        if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
            raise UserError(f"line {shown(line)}: expected actions such as 'check, bet 50', or a list of them")
        at = self.decisions[0]
        for place, text in enumerate(names):
            name = named_action(text, at.actions)
            after = next((each for each in self.decisions if each.line == (*at.line, name)), None) if name else None
            if after is None:
                before = ", ".join(at.line) or "the start"
                ends = f"{name} ends the betting of this street" if name else f"no {shown(text.strip())} there"
                last = place == len(names) - 1
                raise UserError(
                    one_line(
                        f"line {shown(line)}: after {before} {ends}; expected "
                        f"{'' if last else 'there '}one of {', '.join(at.actions)} that leads to a decision"
                    )
                )
            at = after
        return at

    def strategy(self, hand: Cards, line: str | Sequence[str] | None = None) -> dict[str, float]:
        """Probability by action of a hand such as ``AhKh`` at the decision after ``line``, see ``decision``.

        UserError where the player to act there does not hold the hand.
        """
        at = self.decision(line)
        row = at.strategy[self._place(hand, at.player)]
        return dict(zip(at.actions, row.tolist()))

    def range_at(self, position: str, line: str | Sequence[str] | None = None) -> np.ndarray:
        """float64[hand], weight of each hand of a position at the decision after ``line``: in the spot's range, times
        the probability with which it has taken its own actions on that line. In the order of ``hands``.
        """
        weight, at = self.weights(position).astype(np.float64), self.decision(line)
        for place, name in enumerate(at.line):
            above = self.decision(at.line[:place])
            if above.player == position:
                weight = weight * above.strategy[:, above.actions.index(name)]
        return weight

    def dealt_at(self, position: str, line: str | Sequence[str] | None = None) -> np.ndarray:
        """float64[hand], how often each hand of a position is the one that it holds at the decision after ``line``: its
        weight in ``range_at``, times that of the others' hands which it can meet. They sum to 1, or to 0 where nobody
        ever comes there.
        """
        others = [each for each in self.positions if each != position]
        reaches = np.zeros((len(others), NUM_HANDS))
        for reach, other in zip(reaches, others):
            reach[self.hands(other)] = self.range_at(other, line)
        mass = (mass_of_others if len(others) == 1 else mass_of_pairs)(*reaches)
        dealt = self.range_at(position, line) * np.maximum(mass[self.hands(position)], 0.0)
        total = dealt.sum()
        return dealt / total if total > 0 else dealt

    def chart(self, line: str | Sequence[str] | None = None) -> HandChart:
        """The 13 x 13 grid of the decision after ``line``: shows itself in a notebook, ``save("chart.svg")`` keeps it,
        or a PNG. Each class is the mean over its hands, weighted by ``dealt_at``. UserError as for ``decision``.
        """
        at = self.decision(line)
        weight, dealt = self.range_at(at.player, at.line), self.dealt_at(at.player, at.line)
        classes = CLASS_OF_HAND[self.hands(at.player)]
        return HandChart(
            f"{self.spot['board']}: {at.player} after {', '.join(at.line) or 'nothing'}",
            at.actions,
            np.stack([class_means(column, dealt, classes) for column in at.strategy.T], axis=1),
            class_means(weight, np.ones(weight.size), classes),
            dealt @ at.strategy if dealt.any() else np.full(len(at.actions), np.nan),
        )

    def ev(self, hand: Cards, position: str | None = None) -> float:
        """Chips that a hand wins from the root on, its share of the pot included; folding there is 0.

        position: whose hand it is, ``BB`` or ``bb``, ``BTN`` or ``button``; default: the player's to act where the spot
            asks.
        """
        position = position or self.decision().player
        return float(self.evs(position)[self._place(hand, position)])

    def save(self, folder: str | Path) -> None:
        """Write the folder that ``open_solution`` opens, whole or not at all; a solution of the same name is replaced.
        UserError where something else has that name, SaveError where the disk refuses.
        """
        path = Path(os.path.abspath(folder))
        if os.path.lexists(path) and not (path / MANIFEST).is_file():
            raise UserError(f"{folder}: is there, and holds no solution; expected the name of a new folder")
        try:
            save_array_folder(path, self._arrays, self._manifest, KIND, VERSION)
        except OSError as error:
            raise SaveError(f"{folder}: {error.strerror or error}; the solution was not written") from None

    def _of(self, name: str, position: str) -> np.ndarray:
        found = position if position in self.positions else one_of_positions(position, self.positions)
        if found is None:
            raise UserError(f"position {shown(position)}: expected {' or '.join(self.positions)}")
        return self._arrays[f"{name}_{self.positions.index(found)}"]

    def _place(self, named: Cards, position: str) -> int:
        hand = cards_text("hand", named)
        letters = "".join(hand.split())
        if len(letters) != 4:
            raise UserError(f"hand {shown(hand)}: expected two cards such as AhKh")
        place = np.flatnonzero(self.hands(position) == hand_of_cards(*parse_cards(letters)))
        if not place.size:
            raise UserError(f"hand {shown(hand)}: {position} cannot hold it in this spot; expected a hand of the range")
        return int(place[0])

    def __repr__(self) -> str:
        gap = f"exploitability {self.exploitability_pct:.4f} % of the pot"
        return f"Solution({self.spot['board']!r}, {self.iterations} iterations, {gap})"


def solution_of(spot: Spot, solver: AnySolver, solved: SolveResult, action_evs: bool = True) -> Solution:
    """What a solver has found, copied out of it.

    action_evs: whether the EVs of actions are kept, which take a sweep of the solver for each decision.
    """
    views: list[PlayerHands] = [player_hands_of(spot, solver, player) for player in range(len(spot.ranges))]
    decisions, parts, evs = [], [], []
    for node, state, line in spot.decisions():
        actions = spot.action_names(state, spot.tree.actions(node))
        decisions.append({"line": line, "player": spot.config.positions[state.player], "actions": actions})
        parts.append(solver.strategy(node)[views[state.player].place].ravel())
        if action_evs:
            evs.append(evs_at(spot, solver, node, state)[views[state.player].place].ravel())
    arrays = {"strategy": np.concatenate(parts)}
    if action_evs:
        arrays["action_ev"] = np.concatenate(evs)
    for player, view in enumerate(views):
        arrays |= {f"{name}_{player}": np.ascontiguousarray(getattr(view, name)) for name in _COLUMNS}
    manifest = {
        "spot": spot.config.model_dump(mode="json"),
        "notes": list(spot.notes),
        "pot": spot.pot,
        "line": next(line for node, _, line in spot.decisions() if node == spot.now),
        "iterations": solved.last.iterations,
        "exploitability_pct": solved.last.exploitability_pct,
        "solve_seconds": solved.last.seconds,
        "stopped_by": solved.stopped_by,
        "positions": list(spot.config.positions),
        "decisions": decisions,
        **gains_of(solver, spot.config.positions, spot.pot * spot.unit),
    }
    return Solution(manifest, arrays)


def open_solution(folder: str | Path) -> Solution:
    """The solution of a folder, its arrays mapped. DataError, one line, where it is missing, damaged or no solution."""
    if not (settled_folder(Path(folder)) / MANIFEST).is_file():
        there = "no solution here" if Path(folder).exists() else "no such folder"
        raise DataError(f"{folder}: {there}; expected a folder that Solution.save wrote")
    arrays, manifest = open_array_folder(settled_folder(Path(folder)), KIND, VERSION, verify=True)
    try:
        solution = Solution(manifest, arrays)
        entries = sum(each.strategy.size for each in solution.decisions)
    except (KeyError, TypeError, ValueError, UserError) as error:
        raise DataError(f"{folder}: not a solution of this version ({one_line(str(error))})") from None
    if not solution.decisions or entries != arrays["strategy"].size:
        raise DataError(f"{folder}: its strategies do not fit its decisions; expected a solution of this version")
    return solution
