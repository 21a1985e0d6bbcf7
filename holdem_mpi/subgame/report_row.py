"""What a board of a report gives: a spot solved on it, and one row of numbers."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.config.spot_config import SpotConfig
from holdem_mpi.subgame.board_choice import Board
from holdem_mpi.subgame.locks import node_of
from holdem_mpi.subgame.spot import AnySolver, Spot, open_spot
from holdem_mpi.subgame.spot_solving import SolveResult, solve, stops_of
from holdem_mpi.subgame.spot_tables import player_hands_of, view_now
from holdem_mpi.subgame.subgame_deck import holdem_deck

_DIGITS = 6


class SolvedBoard(NamedTuple):
    """A board that was solved. row: its numbers, which JSON can hold."""

    row: dict[str, Any]
    spot: Spot
    solver: AnySolver
    solved: SolveResult


def spot_on(template: Spot, board: Board) -> Spot:
    """The template's spot on a board of the same street. Locks of hands that the board leaves none of, and of cards
    that lie there already, are left out.
    """
    blocked, tree = holdem_deck().blocked(list(board.cards)), template.tree
    kept = []
    for lock, given in zip(template.locks, template.config.locks):
        weight = template.ranges[int(tree.player_of_node[node_of(tree, lock.actions)])]
        if (weight * lock.hands * ~blocked).any() and not set(lock.cards) & set(board.cards):
            kept.append(given.model_dump(mode="json"))
    return open_spot({**keys_of(template.config), "board": board.name, "locks": kept})


def keys_of(config: SpotConfig) -> dict[str, Any]:
    """A template's keys without its board, as JSON holds them."""
    return {key: value for key, value in config.model_dump(mode="json").items() if key != "board"}


def solve_board(template: Spot, board: Board, show: Callable[[], None]) -> SolvedBoard | None:
    """The template's spot on a board, solved by this process alone; None where a signal stopped it.

    show: called at each look at the exploitability.
    """
    begin = time.perf_counter()
    spot = spot_on(template, board)
    solver = spot.solver()
    stops = stops_of(spot.config.solver, begin)
    solved = solve(solver, spot.pot * spot.unit, stops, lambda check, left: show(), growth=1.0)
    if solved.stopped_by == "signal":
        return None
    about = {"digest": solver.digest, "seconds": round(time.perf_counter() - begin, 3)}
    return SolvedBoard({"board": board.name, **figures_of(spot, solver, solved), **about}, spot, solver, solved)


def figures_of(spot: Spot, solver: AnySolver, solved: SolveResult) -> dict[str, Any]:
    """The row's numbers: means over ranges, each hand as often as it is dealt; None where the line is never come to.

    ``frequencies`` are those of the decision that the spot asks for, given that it is come to, which happens with
    ``line_frequency``; EVs and equities those of the root.
    """
    views = {name: player_hands_of(spot, solver, player) for player, name in enumerate(spot.config.positions)}
    here, sigma = view_now(spot, solver), solver.strategy(spot.now)
    means = here.share @ sigma[here.place] if here.hands.size else np.full(sigma.shape[1], np.nan)
    dealt = solver.meetings
    with solver.narrowed_to(spot.now):
        frequency = solver.meetings / dealt
    return {
        "frequencies": [_rounded(mean) for mean in means.tolist()],
        "line_frequency": _rounded(frequency),
        "ev": {name: _rounded(view.share @ view.ev) for name, view in views.items()},
        "equity": {name: _rounded(view.share @ view.equity) for name, view in views.items()},
        "exploitability_pct": _rounded(solved.last.exploitability_pct),
        "iterations": solved.last.iterations,
        "stopped_by": solved.stopped_by,
    }


def _rounded(number: float) -> float | None:
    return None if np.isnan(number) else round(float(number), _DIGITS)
