"""What a solved spot says, as one JSON-like result; and the whole of ``resolve``, from the file to the report."""

import json
import sys
from typing import Any

import numpy as np

from holdem_mpi.errors import EXIT_OK, EXIT_REQUEUE
from holdem_mpi.storage.result_file import check_result_file, write_result_file
from holdem_mpi.subgame.solver import SubgameSolver
from holdem_mpi.subgame.spot import Spot, open_spot
from holdem_mpi.subgame.spot_solving import ExploitabilityCheck, SolveResult, StopRules, solve
from holdem_mpi.subgame.spot_tables import PlayerHands, csv_of, last_line, player_hands_of, table_lines

FORMAT, VERSION = "holdem_mpi spot", 1
_DIGITS = 6


def result_of(spot: Spot, solver: SubgameSolver, solved: SolveResult) -> dict[str, Any]:
    """All that is saved as JSON: how it went, both players' hands, every decision of this street."""
    views = [player_hands_of(spot, solver, player) for player in range(2)]
    decisions = []
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
    root = views[spot.state.player]
    decisions[0]["mean"] = _rounded(root.share @ solver.strategy(0)[root.place])
    decisions[0]["ev"] = _by_hand(root, _action_evs(spot, solver)[root.place])
    return {
        "format": FORMAT,
        "version": VERSION,
        "spot": spot.config.model_dump(mode="json"),
        "pot": spot.pot,
        "solve_seconds": solved.last.seconds,
        "iterations": solved.last.iterations,
        "exploitability_pct": solved.last.exploitability_pct,
        "stopped_by": solved.stopped_by,
        "progress": [list(check) for check in solved.checks],
        "players": {name: _player(view) for name, view in zip(spot.config.positions, views)},
        "decisions": decisions,
    }


def _action_evs(spot: Spot, solver: SubgameSolver) -> np.ndarray:
    return (solver.action_values() + spot.state.contributions[spot.state.player]) / spot.unit


def _player(view: PlayerHands) -> dict[str, Any]:
    hands = {
        name: {"weight": weight, "equity": equity, "ev": ev}
        for name, weight, equity, ev in zip(view.names, _rounded(view.weight), _rounded(view.equity), _rounded(view.ev))
    }
    equity, ev = _rounded(np.array([view.share @ view.equity, view.share @ view.ev]))
    return {"equity": equity, "ev": ev, "hands": hands}


def _by_hand(view: PlayerHands, values: np.ndarray) -> dict[str, list[float]]:
    return dict(zip(view.names, _rounded(values)))


def _rounded(values: np.ndarray) -> list:
    return np.round(np.asarray(values, np.float64), _DIGITS).tolist()


def _show(check: ExploitabilityCheck) -> None:
    gap = f"exploitability {check.exploitability_pct:.4f} % of the pot"
    print(f"{check.iterations:>7} iterations  {check.seconds:8.3f} s  {gap}", file=sys.stderr, flush=True)


def resolve_spot(source: str, overrides: dict[str, Any], out: str | None, csv: str | None, as_json: bool) -> int:
    """Solve a spot file, save ``out`` (JSON) and ``csv`` where given, print tables or one JSON object; the exit code.

    The exploitability goes to standard error as it falls. UserError on bad input, SaveError where the disk refuses.
    """
    files = {"--out": out, "--csv": csv}
    for option, path in files.items():
        if path is not None:
            check_result_file(option, path)
    spot = open_spot(source, overrides)
    solver, settings = spot.solver(), spot.config.solver
    stops = StopRules(settings.target_pct, settings.time, settings.iterations)
    solved = solve(solver, spot.pot * spot.unit, stops, _show)
    result = result_of(spot, solver, solved)
    print(last_line(result) if as_json else "\n".join(table_lines(spot, solver, result)), flush=True)
    texts = {"--out": json.dumps(result), "--csv": csv_of(result)}
    for option, path in files.items():
        if path is not None:
            write_result_file(option, path, texts[option], "the spot was solved, but not saved")
    return EXIT_REQUEUE if solved.stopped_by == "signal" else EXIT_OK
