"""What a solved spot says, as one JSON-like result; and the whole of ``resolve``, from the file to the report."""

import contextlib
import json
import sys
from typing import Any

import numpy as np

from holdem_mpi.errors import EXIT_OK, EXIT_REQUEUE
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.stop_flag import StopFlag
from holdem_mpi.storage.result_file import check_result_file, write_result_file
from holdem_mpi.subgame.spot import AnySolver, Spot, open_spot
from holdem_mpi.subgame.spot_solving import ExploitabilityCheck, SolveResult, StopRules, solve
from holdem_mpi.subgame.spot_tables import (
    PlayerHands,
    action_evs,
    csv_of,
    last_line,
    player_hands_of,
    spot_lines,
    view_now,
)
from holdem_mpi.subgame.three_way_solver import ThreeWaySolver, gains_of
from holdem_mpi.subgame.three_way_team import ThreeWayLeader, follow
from holdem_mpi.text import duration

FORMAT, VERSION = "holdem_mpi spot", 1
_DIGITS = 6


def result_of(spot: Spot, solver: AnySolver, solved: SolveResult) -> dict[str, Any]:
    """All that is saved as JSON: how it went, all players' hands, every decision of this street."""
    views = [player_hands_of(spot, solver, player) for player in range(len(spot.config.positions))]
    decisions, line_now = [], []
    for node, state, line in spot.decisions():
        view, sigma = views[state.player], solver.strategy(node)
        decisions.append(
            {
                "line": line,
                "player": spot.config.positions[state.player],
                "actions": spot.action_names(state, spot.tree.actions(node)),
                "strategy": _by_hand(view, sigma[view.place]),
            }
        )
        if node == spot.now:
            line_now, here = line, view_now(spot, solver)
            decisions[-1]["mean"] = _rounded(here.share @ sigma[here.place])
            decisions[-1]["ev"] = _by_hand(view, action_evs(spot, solver)[view.place])
    dealt = solver.meetings
    with solver.narrowed_to(spot.now):
        weights, frequency = solver.ranges, solver.meetings / dealt
    return {
        "format": FORMAT,
        "version": VERSION,
        "spot": spot.config.model_dump(mode="json"),
        "pot": spot.pot,
        "line": line_now,
        "line_frequency": round(frequency, _DIGITS),
        "solve_seconds": solved.last.seconds,
        "iterations": solved.last.iterations,
        "exploitability_pct": solved.last.exploitability_pct,
        **gains_of(solver, spot.config.positions, spot.pot * spot.unit),
        "stopped_by": solved.stopped_by,
        "progress": [list(check) for check in solved.checks],
        "players": {
            name: _player(view, weight[view.place]) for name, view, weight in zip(spot.config.positions, views, weights)
        },
        "decisions": decisions,
    }


def _player(view: PlayerHands, weight_now: np.ndarray) -> dict[str, Any]:
    hands = {
        name: dict(zip(("weight", "equity", "ev", "weight_now"), numbers))
        for name, *numbers in zip(view.names, *map(_rounded, (view.weight, view.equity, view.ev, weight_now)))
    }
    equity, ev = _rounded(np.array([view.share @ view.equity, view.share @ view.ev]))
    return {"equity": equity, "ev": ev, "hands": hands}


def _by_hand(view: PlayerHands, values: np.ndarray) -> dict[str, list[float]]:
    return dict(zip(view.names, _rounded(values)))


def _rounded(values: np.ndarray) -> list:
    return np.round(np.asarray(values, np.float64), _DIGITS).tolist()


def show_look(check: ExploitabilityCheck, left: float | None) -> None:
    """A line of progress on standard error; left: seconds, where that is known."""
    gap = f"exploitability {check.exploitability_pct:.4f} % of the pot"
    time = f"{check.seconds:8.3f} s  ETA {duration(left)}"
    print(f"{check.iterations:>7} iterations  {time}  {gap}", file=sys.stderr, flush=True)


def resolve_spot(
    comm: Communicator, source: str, overrides: dict[str, Any], out: str | None, csv: str | None, as_json: bool
) -> int:
    """Solve a spot file, save ``out`` (JSON) and ``csv`` where given, print tables or one JSON object; the exit code.

    The exploitability goes to standard error as it falls. UserError on bad input, SaveError where the disk refuses.
    Collective: rank 0 solves; with three players all ranks do.
    """
    files = {"--out": out, "--csv": csv}
    opened: list[tuple[Spot, AnySolver]] = []

    def open_first() -> dict[str, Any] | None:
        for option, path in files.items():
            if path is not None:
                check_result_file(option, path)
        spot = open_spot(source, overrides)
        for note in spot.notes:
            print(f"{spot.source}: {note}", file=sys.stderr, flush=True)
        opened.append((spot, spot.solver(comm)))
        return spot.config.model_dump(mode="json") if len(spot.ranges) == 3 else None

    # Told to stop, rank 0 saves what it has; the others go with it.
    with StopFlag() if comm.rank else contextlib.nullcontext():
        shared = comm.on_root(open_first)
        if comm.rank and shared is not None:
            follower = open_spot(shared).solver(comm)
            assert isinstance(follower, ThreeWaySolver)
            follow(follower)
        return comm.on_root(lambda: _solve_and_report(*opened[0], files, as_json))


def _solve_and_report(spot: Spot, solver: AnySolver, files: dict[str, str | None], as_json: bool) -> int:
    """Rank 0's part of ``resolve_spot``; the exit code."""
    settings = spot.config.solver
    stops, pot = StopRules(settings.target_pct, settings.time, settings.iterations), spot.pot * spot.unit
    if isinstance(solver, ThreeWaySolver):
        leader = ThreeWayLeader(solver)
        solved = solve(leader, pot, stops, show_look)
        leader.finish()
    else:
        solved = solve(solver, pot, stops, show_look)
    result = result_of(spot, solver, solved)
    print(last_line(result) if as_json else "\n".join(spot_lines(spot, solver, result)), flush=True)
    texts = {"--out": json.dumps(result), "--csv": csv_of(result)}
    for option, path in files.items():
        if path is not None:
            write_result_file(option, path, texts[option], "the spot was solved, but not saved")
    return EXIT_REQUEUE if solved.stopped_by == "signal" else EXIT_OK
