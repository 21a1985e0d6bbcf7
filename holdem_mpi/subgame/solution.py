"""A solved spot that is asked by hand and line, at any decision of any street; kept in a folder, and opened again."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from holdem_mpi.cards import (
    CLASS_OF_HAND,
    NUM_HANDS,
    Cards,
    cards_text,
    hand_of_cards,
    hands_holding,
    parse_cards,
)
from holdem_mpi.config.spot_positions import one_of_positions
from holdem_mpi.errors import DataError, UserError
from holdem_mpi.game.rules import FOLD
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.reporting.hand_chart import HandChart
from holdem_mpi.reporting.hand_grid import class_means
from holdem_mpi.subgame.rank_rows import RankRows
from holdem_mpi.subgame.solution_folder import Kept, check_solution_folder, kept_of, open_kept, save_last
from holdem_mpi.subgame.solution_line import Place, at_action, follow, is_decision, line_text, waits_for_card, words_of
from holdem_mpi.subgame.solution_numbers import SolutionNumbers
from holdem_mpi.subgame.spot import AnySolver, Spot, open_spot
from holdem_mpi.subgame.spot_solving import SolveResult
from holdem_mpi.text import one_line, shown

Line = str | Sequence[str]
_LINES = 256


class SpotDecision:
    """A decision of a solved spot.

    line: names of the actions that lead there from the root on, and of the cards that came, such as ``("check",
        "check", "card 3c")``.
    board: the cards there. pot: chips in it there, bets of the street included.
    player: position of who acts. actions: names of what may be done.
    strategy: float64[hand, action] over the hands of ``Solution.hands(player)``; rows sum to 1.
    """

    def __init__(self, solution: "Solution", place: Place) -> None:
        spot, state = solution.opened, place.state
        self._solution, self.place, self.line = solution, place, place.line
        self.board: tuple[int, ...] = (*spot.board, *place.cards)
        self.pot = sum(state.contributions) / spot.unit
        self.player = solution.positions[state.player]
        self.actions = tuple(spot.action_names(state, spot.tree.actions(place.node)))
        self.strategy: np.ndarray = solution.numbers.strategy_at(place.node, place.cards)[solution.hands(self.player)]

    @functools.cached_property
    def evs(self) -> np.ndarray:
        """float64[hand, action], chips that each action wins from there on, the strategies after it and the range that
        the other one has there given; its share of the pot included, so a fold is 0. Of a hand that meets
        none of it no chips are won.
        """
        return self._solution.action_evs(self)

    def __repr__(self) -> str:
        return f"SpotDecision({', '.join(self.line) or 'the start'}: {self.player}, {', '.join(self.actions)})"


class Solution:
    """What a solved spot says, in the spot's chips, at every decision of every street.

    A line is ``"check, bet 50"`` or a list of such names, from the root on; cards that come stand in it, ``"check,
    check, card 3c, bet 20"``. None is the decision that the spot asks for, an empty line the root.

    pot: chips in it at the root: the start of the street, or with ``ranges_now`` the decision that the spot asks for.
    line: names of the actions that the spot's own have taken, from the root to the decision that it asks for.
    notes: a line for each size of the spot that could not be taken as written.
    positions: names of the players, the first to act on each street first.
    iterations: done. exploitability_pct: NashConv by player in percent of the pot, over the whole tree.
    gain_pct: with three players, what each position's best response gains, in percent of the pot; of two empty.
    solve_seconds: wall time. stopped_by: target, time, iterations or signal; running in a state kept on the way.
    digest: of all that was learnt. can_go_on: whether the state is there that solving goes on from.
    spot: the spot file's keys, as they were used.
    """

    def __init__(self, kept: Kept, opened: Spot | None = None) -> None:
        """kept: of a folder, or of a solver. opened: its spot, where that is at hand."""
        meta, self._kept = kept.meta, kept
        self.spot: dict[str, Any] = meta["spot"]
        self.opened = opened or open_spot(self.spot)
        self.gain_pct: dict[str, float] = dict(meta.get("gain_pct", {}))
        self.iterations: int = meta["iterations"]
        self.exploitability_pct: float = meta["exploitability_pct"]
        self.solve_seconds: float = meta["solve_seconds"]
        self.stopped_by: str = meta["stopped_by"]
        self.digest: str = meta["digest"]
        self.can_go_on: bool = meta["state"]
        self.positions = self.opened.config.positions
        self.pot = self.opened.pot
        self.notes = self.opened.notes
        self.numbers = SolutionNumbers(self.opened, kept)

    @functools.cached_property
    def line(self) -> tuple[str, ...]:
        spot = self.opened
        return next(tuple(line) for node, _, line in spot.decisions() if node == spot.now)

    @functools.cached_property
    def decisions(self) -> list[SpotDecision]:
        """Those of the street that the spot is on, the root first; of a river spot that is all there are."""
        return [self.decision(line) for _, _, line in self.opened.decisions()]

    @functools.cached_property
    def _hands(self) -> list[np.ndarray]:
        found = []
        for player in range(len(self.positions)):
            hands = np.flatnonzero(
                self.numbers.tables.ranges[player] * self.numbers.met(player, self.numbers.tables.ranges) > 0
            )
            found.append(hands[np.lexsort((-hands, CLASS_OF_HAND[hands]))])
        return found

    def hands(self, position: str) -> np.ndarray:
        """int64[hand], the hands (0..1325) of a position that can be dealt; ``weights`` and strategies are in their
        order, by class, also where a card that came blocks some. UserError where there is no such position.
        """
        return self._hands[self._player(position)]

    def weights(self, position: str) -> np.ndarray:
        """float64[hand], weight of each hand in the range that the spot gave."""
        return self.numbers.tables.ranges[self._player(position), self.hands(position)]

    def equities(self, position: str, line: Line | None = "") -> np.ndarray:
        """float64[hand], share of the pot (0 to 1) of each hand when the ranges that a line leaves are shown down."""
        at = self.place(line)
        if not at.taken:
            player = self._player(position)
            full = np.zeros(NUM_HANDS)
            full[self.numbers.tables.hands[player]] = self._kept.arrays[f"equity_{player}"]
            return full[self.hands(position)]
        return self.numbers.equities(at)[self._player(position), self.hands(position)]

    def evs(self, position: str, line: Line | None = "") -> np.ndarray:
        """float64[hand], chips that each hand wins from the decision after a line on (by default from the root), its
        share of the pot included; a fold there is 0.
        """
        at, player = self.place(line), self._player(position)
        won = self.numbers.won(player, at, at.node)
        return ((won + at.state.contributions[player]) / self.opened.unit)[self.hands(position)]

    def decision(self, line: Line | None = None) -> SpotDecision:
        """The decision after a line. UserError that says what may be done at the last decision that the line comes
        to.
        """
        at = self.place(line)
        if waits_for_card(self.opened, at):
            what = "ends the betting of this street; expected the card that comes, such as 'card 3c'"
        elif not is_decision(self.opened, at):
            what = "ends the hand; expected a line to one of its decisions"
        else:
            return SpotDecision(self, at)
        before = ", ".join(at.line[:-1]) or "the start"
        raise UserError(one_line(f"line {line_text(line or '')}: after {before}, {at.line[-1]} {what}"))

    def place(self, line: Line | None, cards: Sequence[int] = ()) -> Place:
        """Where a line leads: a decision, or where a card comes, or an end of the hand. cards: that come where the line
        has a street end and names none.
        """
        words = self.line if line is None else line if isinstance(line, str) else tuple(words_of(line))
        return self._follow(words, tuple(cards))

    @functools.cached_property
    def _follow(self) -> Callable[[Line, tuple[int, ...]], Place]:
        # What is asked of one decision goes to the same few lines over and over.
        return functools.lru_cache(_LINES)(functools.partial(follow, self.opened))

    def leads_to(self, line: Line | None = None) -> dict[str, str]:
        """Of each action at a decision: ``decision``, ``card`` (a street ends, and betting goes on once it has come),
        or ``end``, of the hand or of all betting.
        """
        at, found = self.decision(line), {}
        for place, name in enumerate(at.actions):
            below = at_action(self.opened, at.place, place)
            to_act = is_decision(self.opened, below)
            found[name] = "decision" if to_act else "card" if waits_for_card(self.opened, below) else "end"
        return found

    def strategy(self, hand: Cards, line: Line | None = None) -> dict[str, float]:
        """Probability by action of a hand such as ``AhKh`` at the decision after ``line``, see ``decision``.

        UserError where the player to act there does not hold the hand.
        """
        at = self.decision(line)
        row = at.strategy[self._place(hand, at.player)]
        return dict(zip(at.actions, row.tolist()))

    def range_at(self, position: str, line: Line | None = None) -> np.ndarray:
        """float64[hand], weight of each hand of a position at the decision after ``line``: in the spot's range, times
        the probability with which it has taken its own actions on that line. In the order of ``hands``.
        """
        return self.numbers.reach_at(self.place(line))[self._player(position), self.hands(position)]

    def dealt_at(self, position: str, line: Line | None = None) -> np.ndarray:
        """float64[hand], how often each hand of a position is the one that it holds at the decision after ``line``: its
        weight in ``range_at``, times that of the others' hands which it can meet. They sum to 1, or to 0 where nobody
        ever comes there.
        """
        reach, player = self.numbers.reach_at(self.place(line)), self._player(position)
        dealt = (reach[player] * self.numbers.met(player, reach))[self.hands(position)]
        total = dealt.sum()
        return dealt / total if total > 0 else dealt

    def frequency(self, line: Line | None = None) -> float:
        """How often the players take a line's actions, where the cards that it names come."""
        at = self.place(line)
        reach = self.numbers.tables.ranges * ~hands_holding(at.cards), self.numbers.reach_at(at)
        before, here = (each[0] @ self.numbers.met(0, each) for each in reach)
        return float(here / before) if before > 0 else 0.0

    def chart(self, line: Line | None = None) -> HandChart:
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

    def ev(self, hand: Cards, position: str | None = None, line: Line | None = "") -> float:
        """Chips that a hand wins from the decision after a line on (by default from the root), its share of the pot
        included; folding there is 0.

        position: whose hand it is, ``BB`` or ``bb``, ``BTN`` or ``button``; default: the player's to act where the spot
            asks.
        """
        position = position or self.decision().player
        return float(self.evs(position, line)[self._place(hand, position)])

    def equity(self, hand: Cards, position: str | None = None, line: Line | None = "") -> float:
        """Share of the pot, likewise, when the ranges that the line leaves go to the showdown."""
        position = position or self.decision().player
        return float(self.equities(position, line)[self._place(hand, position)])

    def save(self, folder: str | Path) -> None:
        """Write the folder that ``open_solution`` opens, whole or not at all; a solution of the same name is replaced.
        UserError where something else has that name, SaveError where the disk refuses.
        """
        check_solution_folder(str(folder), folder)
        save_last(Communicator(), folder, self._kept)

    def action_evs(self, at: SpotDecision) -> np.ndarray:
        """See ``SpotDecision.evs``."""
        tree, state = self.opened.tree, at.place.state
        won = [self.numbers.won(state.player, at.place, int(child)) for child in tree.children(at.place.node)]
        found = (np.stack(won, axis=1) + state.contributions[state.player]) / self.opened.unit
        found[:, tree.actions(at.place.node) == FOLD] = 0.0  # by definition, whatever is left of float32 sums
        return found[self.hands(at.player)]

    def _player(self, position: str) -> int:
        found = position if position in self.positions else one_of_positions(position, self.positions)
        if found is None:
            raise UserError(f"position {shown(position)}: expected {' or '.join(self.positions)}")
        return self.positions.index(found)

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


def solution_of(spot: Spot, solver: AnySolver, solved: SolveResult, state: bool = True) -> Solution:
    """What a solver has found; with ``state`` solving can go on from it, once it is saved. The solver should not run on
    meanwhile: its sums are not copied.
    """
    kept = kept_of(spot, solver, solved, state)
    whole = {name: array.whole() if isinstance(array, RankRows) else array for name, array in kept.arrays.items()}
    return Solution(Kept(kept.meta, whole), spot)


def open_solution(folder: str | Path, verify: bool = False) -> Solution:
    """The solution of a folder, its arrays mapped, in milliseconds whatever its size: that is checked, each byte only
    with ``verify``. DataError, one line, where it is missing, damaged or no solution.
    """
    kept = open_kept(folder, verify)
    try:
        solution = Solution(kept)
        fits = solution.numbers.fits()
    except (KeyError, TypeError, ValueError, UserError) as error:
        raise DataError(f"{folder}: not a solution of this version ({one_line(str(error))})") from None
    if not fits:
        raise DataError(f"{folder}: its strategies do not fit its decisions; expected a solution of this version")
    return solution
