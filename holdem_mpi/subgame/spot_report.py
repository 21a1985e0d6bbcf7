"""What a solved spot says, as one JSON-like result; and the whole of ``resolve``, from the file to the report."""

import contextlib
import functools
import json
import sys
import time
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.config.spot_positions import one_of_positions
from holdem_mpi.errors import EXIT_OK, EXIT_REQUEUE, SaveError, UserError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.compile_once import compile_once
from holdem_mpi.parallel.stop_flag import StopFlag
from holdem_mpi.storage.result_file import check_result_file, write_result_file
from holdem_mpi.subgame.keeping import Folder, check_same_spot, state_to_go_on, take_up
from holdem_mpi.subgame.solution_folder import Kept
from holdem_mpi.subgame.solver import SubgameSolver
from holdem_mpi.subgame.spot import AnySolver, Spot, open_spot
from holdem_mpi.subgame.spot_exploit import exploit_lines, exploit_of
from holdem_mpi.subgame.spot_plan import refuse_too_long
from holdem_mpi.subgame.spot_solving import ExploitabilityCheck, SolveResult, solve, stops_of
from holdem_mpi.subgame.spot_tables import (
    PlayerHands,
    action_evs,
    csv_of,
    last_line,
    player_hands_of,
    spot_lines,
    view_now,
)
from holdem_mpi.subgame.three_way_solver import ThreeWaySolver
from holdem_mpi.subgame.three_way_team import ThreeWayLeader, follow
from holdem_mpi.subgame.tree_parts import deals_of
from holdem_mpi.text import counted, duration

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
    dealt, gains = solver.meetings, solver.gains()
    with solver.narrowed_to(spot.now):
        weights, frequency = solver.ranges, solver.meetings / dealt
    players = {
        name: _player(view, weight[view.place], gain / spot.unit)
        for name, view, weight, gain in zip(spot.config.positions, views, weights, gains)
    }
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
        "gain_pct": {name: round(player["gain"] / spot.pot * 100, _DIGITS) for name, player in players.items()},
        "stopped_by": solved.stopped_by,
        "digest": solver.digest,
        "progress": [list(check) for check in solved.checks],
        "rake": round(spot.pot - sum(player["ev"] for player in players.values()), _DIGITS)
        if spot.config.rake
        else 0.0,
        "players": players,
        "decisions": decisions,
    }


def _player(view: PlayerHands, weight_now: np.ndarray, gain: float) -> dict[str, Any]:
    hands = {
        name: dict(zip(("weight", "equity", "ev", "weight_now"), numbers))
        for name, *numbers in zip(view.names, *map(_rounded, (view.weight, view.equity, view.ev, weight_now)))
    }
    equity, ev = _rounded(np.array([view.share @ view.equity, view.share @ view.ev]))
    return {"equity": equity, "ev": ev, "gain": round(gain, _DIGITS), "hands": hands}


def _by_hand(view: PlayerHands, values: np.ndarray) -> dict[str, list[float]]:
    return dict(zip(view.names, _rounded(values)))


def _rounded(values: np.ndarray) -> list:
    return np.round(np.asarray(values, np.float64), _DIGITS).tolist()


def show_look(check: ExploitabilityCheck, left: float | None) -> None:
    """A line of progress on standard error; left: seconds, where that is known."""
    gap = f"exploitability {check.exploitability_pct:.4f} % of the pot"
    clock = f"{check.seconds:8.3f} s  ETA {duration(left)}"
    unit = "iteration " if check.iterations == 1 else "iterations"
    print(f"{check.iterations:>7} {unit}  {clock}  {gap}", file=sys.stderr, flush=True)


def _seat(spot: Spot, position: str | None) -> int | None:
    """The player of a position that ``--exploit`` names."""
    if position is None:
        return None
    found = one_of_positions(position, spot.config.positions)
    if found is None:
        raise UserError(f"--exploit {position}: expected {' or '.join(spot.config.positions)}")
    if len(spot.config.positions) != 2:
        raise UserError(f"--exploit {position}: three players' results tell what each gains; expected two players")
    return spot.config.positions.index(found)


class ReportFiles(NamedTuple):
    """Where a report goes besides standard output.

    out: JSON of all there is, csv: both players' hands; None for neither.
    as_json: whether one JSON object is printed instead of the tables.
    folder: where the solution is kept; None for nowhere.
    """

    out: str | None
    csv: str | None
    as_json: bool
    folder: Folder | None = None

    def check(self) -> None:
        """UserError where a file could not be written."""
        for option, path in self._named():
            check_result_file(option, path)
        if self.folder:
            self.folder.check()

    def write(self, result: dict[str, Any]) -> None:
        """SaveError where the disk refuses."""
        texts = {"--out": json.dumps(result), "--csv": csv_of(result)}
        for option, path in self._named():
            write_result_file(option, path, texts[option], "the spot was solved, but not saved")

    def _named(self) -> list[tuple[str, str]]:
        return [(option, path) for option, path in (("--out", self.out), ("--csv", self.csv)) if path is not None]


def resolve_spot(
    comm: Communicator,
    source: str | None,
    overrides: dict[str, Any],
    files: ReportFiles,
    exploit: str | None = None,
) -> int:
    """Solve a spot file on the ranks of ``comm``: they divide the cards to come, or a river between three players; one
    between two is rank 0's alone. Rank 0 prints and writes. The exit code.

    source: None for the spot of the folder that solving goes on with. exploit: the position whose best response is
    told.

    The exploitability goes to standard error as it falls. UserError on bad input, SaveError where the disk refuses.
    """
    opened: list[Job] = []
    begin, given = time.perf_counter(), overrides.get("solver.time")

    def open_first() -> dict[str, Any] | None:
        files.check()
        kept = state_to_go_on(files.folder, verify=True) if files.folder and files.folder.goes_on else None
        spot = open_spot(kept.meta["spot"] if kept and source is None else source or "", overrides)
        refuse_too_long(spot, given[0] if isinstance(given, tuple) else f"{spot.source}: solver.time")
        same_locks = check_same_spot(spot, kept.meta["spot"], files.folder) if kept and files.folder else True
        for note in spot.notes:
            print(f"{spot.source}: {note}", file=sys.stderr, flush=True)
        opened.append(Job(spot, files, begin, kept, same_locks))
        _seat(spot, exploit)
        divided = deals_of(spot.tree) or len(spot.ranges) == 3
        config = spot.config.model_dump(mode="json")
        return {"spot": config, "same_locks": same_locks} if divided else None

    # Told to stop, rank 0 saves what it has; the others go with it.
    with StopFlag() if comm.rank else contextlib.nullcontext():
        shared = comm.on_root(open_first)
        if shared is None:
            return comm.on_root(lambda: _solve_and_report(Communicator(), opened[0], exploit))
        if comm.rank:
            kept = state_to_go_on(files.folder, verify=False) if files.folder and files.folder.goes_on else None
            opened.append(Job(open_spot(shared["spot"]), files, begin, kept, shared["same_locks"]))
        return _solve_and_report(comm, opened[0], exploit)


class Job(NamedTuple):
    """A spot to be solved.

    begin: when the work began. kept: what it goes on from, if anything; same_locks: whether its locks are the spot's.
    """

    spot: Spot
    files: ReportFiles
    begin: float
    kept: Kept | None
    same_locks: bool

    def take_up(self, solver: AnySolver) -> list[ExploitabilityCheck]:
        """Begin where an earlier solve stopped; its looks at the exploitability."""
        if self.kept is None or self.files.folder is None:
            return []
        return take_up(solver, self.kept, self.same_locks, self.files.folder)


def _solve_and_report(comm: Communicator, job: Job, exploit: str | None = None) -> int:
    """Collective over ``comm``; the exit code."""
    spot, folder = job.spot, job.files.folder
    solver = spot.solver(comm)
    earlier = job.take_up(solver)
    stops, pot = stops_of(spot.config.solver, job.begin), spot.pot * spot.unit
    if isinstance(solver, ThreeWaySolver):
        if comm.rank:
            follow(solver)
            return comm.on_root(lambda: None)
        leader = ThreeWayLeader(solver)
        solved = solve(leader, pot, stops, show_look, earlier=earlier)
        leader.finish()
        return comm.on_root(lambda: _report(Communicator(), job, solver, solved, None))
    if comm.size > 1:
        compile_once(comm, warm_up_solver)
    keep = functools.partial(folder.keep, spot, solver) if folder and folder.state else None
    show = show_look if comm.rank == 0 else lambda check, left: None
    solved = solve(solver, pot, stops, show, keep=keep, earlier=earlier)
    return _report(comm, job, solver, solved, exploit)


def _report(comm: Communicator, job: Job, solver: AnySolver, solved: SolveResult, exploit: str | None) -> int:
    """Collective over the solver's ranks."""
    spot, files, unsaved = job.spot, job.files, None
    if files.folder:
        try:  # what took long comes first
            files.folder.save(spot, solver, solved)
        except SaveError as error:
            unsaved = error
    result = result_of(spot, solver, solved)
    lines = [] if files.as_json else spot_lines(spot, solver, result)
    player = _seat(spot, exploit)
    if player is not None and isinstance(solver, SubgameSolver):
        result["exploit"] = exploit_of(spot, solver, player)
        lines += exploit_lines(result["exploit"], result["pot"])
    shown = last_line(result) if files.as_json else "\n".join(lines)

    def report() -> None:
        done = solved.checks[-1].iterations
        if job.kept and job.kept.meta["progress"][-1][0] == done and solved.stopped_by in ("iterations", "target"):
            text = f"{counted(done, 'iteration')} done already, and the stops are reached"
            print(f"note: {text}; more --iterations or less --target-pct solve on", file=sys.stderr, flush=True)
        print(shown, flush=True)
        files.write(result)

    comm.on_root(report)
    if unsaved:
        raise unsaved
    return EXIT_REQUEUE if solved.stopped_by == "signal" else EXIT_OK


def warm_up_solver() -> None:
    """Compile or load what solving takes, on a spot of two hands."""
    spot = open_spot({"board": "Qs Jh 2h 8h", "pot": 2, "stacks": 2, "ranges": {"oop": "AA", "ip": "KK"}})
    spot.solver().warm_up()
