"""The folder of a solved spot: what its manifest and arrays hold, how it is written on any number of ranks, and opened.

``strategy_first`` (float32, the first street; float64 of three players), ``strategy_middle`` and ``strategy_last``
(uint16, shares of 65,535) are average strategies in the form of ``SolutionTables``. ``value_0`` and so on: float[place,
hand] by player, values at ``SolutionTables.first_nodes``, summed over what the others hold there; ``equity_0``: float64
[hand], at the root. ``regret_*`` and ``sum_*`` are the state that solving goes on from, ``halfway_*`` an iteration that
was given up. All are the same files on any number of ranks.
"""

import functools
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.errors import DataError, SaveError, UserError
from holdem_mpi.kernels.subgame.subgame_types import LAST, MIDDLE
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.storage.array_folder import MANIFEST, open_array_folder, save_array_folder
from holdem_mpi.storage.atomic import settled_folder
from holdem_mpi.subgame.locks import begin_locked, cards_of_places
from holdem_mpi.subgame.rank_rows import RankRows
from holdem_mpi.subgame.solution_tables import SolutionTables
from holdem_mpi.subgame.solver import SubgameSolver
from holdem_mpi.subgame.solver_state import Halfway, parts_of_sums
from holdem_mpi.subgame.spot import AnySolver, Spot
from holdem_mpi.subgame.spot_solving import SolveResult
from holdem_mpi.subgame.three_way_solver import ThreeWaySolver, gains_of

KIND, VERSION = "holdem_mpi solution", 2
_TABLES = ("regret", "sum")


class Kept(NamedTuple):
    """A solution as it is kept. meta: of the manifest. arrays: by name; rows of many ranks where these are several."""

    meta: dict[str, Any]
    arrays: Mapping[str, np.ndarray | RankRows]


def kept_of(spot: Spot, solver: AnySolver, solved: SolveResult, state: bool = True) -> Kept:
    """What is kept of a solver as it is now; tables of many rows are only made while they are written. Collective over
    the solver's ranks.

    state: whether solving can go on from it.
    """
    tables = SolutionTables(spot)
    arrays: dict[str, np.ndarray | RankRows] = {}
    for player, hands in enumerate(solver.hands):
        solver.value_sums(player, False)
        arrays[f"value_{player}"] = solver.workspace.value[tables.first_nodes, : hands.size].copy()
        arrays[f"equity_{player}"] = solver.equity(player)
    meta = {
        "spot": spot.config.model_dump(mode="json"),
        "iterations": solved.last.iterations,
        "exploitability_pct": solved.last.exploitability_pct,
        "solve_seconds": solved.last.seconds,
        "stopped_by": solved.stopped_by,
        "progress": [list(check) for check in solved.checks],
        "digest": solver.digest,
        "nodes": spot.tree.num_nodes,
        "state": state,
        **gains_of(solver, spot.config.positions, spot.pot * spot.unit),
    }
    if isinstance(solver, ThreeWaySolver):
        arrays["strategy_first"] = tables.probabilities(LAST, solver.sums.strategy[None], np.float64)[0]
        if state:
            arrays |= {f"{name}_last": table[None] for name, table in zip(_TABLES, solver.sums)}
        return Kept(meta, arrays)
    arrays |= _tables_of(tables, solver, state)
    if state and solver.halfway:
        meta["halfway"] = solver.halfway.player
        arrays |= _halfway_of(solver, solver.halfway)
    return Kept(meta, arrays)


def _tables_of(tables: SolutionTables, solver: SubgameSolver, state: bool) -> dict[str, np.ndarray | RankRows]:
    """The arrays that are divided over ranks, and those of the first street."""
    regret, total = (parts_of_sums(solver.game, table) for table in solver.sums)
    first = tables.first_part
    above = total.last if first == LAST else total.upper[None]
    found: dict[str, np.ndarray | RankRows] = {"strategy_first": tables.probabilities(first, above, np.float32)[0]}
    for part, name in ((MIDDLE, "middle"), (LAST, "last")):
        counts, mine = rows_of_ranks(solver, name), getattr(total, name)
        rows = functools.partial(_rows, tables, part, mine)
        if part != first and mine.size:
            found[f"strategy_{name}"] = RankRows(solver.team.comm, counts, mine.shape[1:], np.uint16, rows)
        for table, parts in zip(_TABLES, (regret, total)) if state else ():
            of_part = getattr(parts, name)
            rows = functools.partial(_slice, of_part)
            found[f"{table}_{name}"] = RankRows(solver.team.comm, counts, of_part.shape[1:], np.float32, rows)
    if state:
        found |= {f"{table}_upper": parts.upper for table, parts in zip(_TABLES, (regret, total))}
    return found


def _rows(tables: SolutionTables, part: int, sums: np.ndarray, first: int, end: int) -> np.ndarray:
    return tables.probabilities(part, sums[first:end], np.uint16)


def _slice(rows: np.ndarray, first: int, end: int) -> np.ndarray:
    return rows[first:end]


def _halfway_of(solver: SubgameSolver, halfway: Halfway) -> dict[str, np.ndarray | RankRows]:
    counts = np.diff(solver.team.starts).tolist()
    done, passed = halfway.done.astype(np.uint8), halfway.passed
    return {
        "halfway_done": RankRows(solver.team.comm, counts, (), np.uint8, functools.partial(_slice, done)),
        "halfway_passed": RankRows(
            solver.team.comm, counts, passed.shape[1:], np.float32, functools.partial(_slice, passed)
        ),
    }


def rows_of_ranks(solver: SubgameSolver, name: str) -> list[int]:
    """How many rows of a part's tables (``last`` or ``middle``) each rank has."""
    starts = solver.team.starts
    if name == "middle":
        return np.diff(starts).tolist()
    return np.diff(np.concatenate([[0], np.cumsum(solver.runouts)])[starts]).tolist()


def check_solution_folder(named: str, path: str | Path) -> None:
    """UserError, before any work, where a solution cannot have that name; for one rank."""
    folder = Path(os.path.abspath(path))
    if os.path.lexists(folder) and not (folder / MANIFEST).is_file():
        raise UserError(f"{named}: is there, and holds no solution; expected the name of a new folder")
    above = folder.parent
    while not os.path.lexists(above):
        above = above.parent
    probe = above / f"{folder.name}.probe"
    try:
        probe.mkdir()
        probe.rmdir()
    except OSError as error:
        text = f"{error.strerror} at {above}; expected the name of a folder that can be made"
        raise UserError(f"{named}: {text}") from None


def save_kept(comm: Communicator, path: str | Path, kept: Kept) -> None:
    """Write the folder, whole or not at all; a solution of the same name is replaced once the new one is there.
    Collective. OSError on every rank where the disk refuses: what was there before still is.
    """
    rows = [array for _, array in sorted(kept.arrays.items()) if isinstance(array, RankRows)]
    if comm.rank:
        for table in rows:
            table.give()
    failed = comm.on_root(lambda: _write(Path(os.path.abspath(path)), kept, rows))
    if failed:
        raise OSError(failed[0], failed[1])


def _write(path: Path, kept: Kept, rows: list[RankRows]) -> list[Any] | None:
    """For rank 0; the number and text of the disk's error."""
    in_order = sorted(kept.arrays.items())  # as the other ranks give them
    arrays = {name: array.streamed if isinstance(array, RankRows) else array for name, array in in_order}
    try:
        save_array_folder(path, arrays, kept.meta, KIND, VERSION)
    except OSError as error:
        return [error.errno, error.strerror or str(error)]
    finally:
        for table in rows:
            table.drain()
    return None


def save_last(comm: Communicator, path: str | Path, kept: Kept) -> None:
    """``save_kept`` of a result. SaveError, on every rank, where the disk refuses."""
    try:
        save_kept(comm, path, kept)
    except OSError as error:
        raise SaveError(f"{path}: {error.strerror or error}; the solution was not written") from None


def open_kept(path: str | Path, verify: bool = False) -> Kept:
    """A solution's folder, its arrays mapped. Sizes are always checked, all bytes with ``verify``. DataError, one line,
    where it is missing, damaged or no solution.
    """
    folder = settled_folder(Path(path))
    if not (folder / MANIFEST).is_file():
        there = "no solution here" if Path(path).exists() else "no such folder"
        raise DataError(f"{path}: {there}; expected a folder that resolve --out or Solution.save wrote")
    arrays, meta = open_array_folder(folder, KIND, VERSION, verify)
    return Kept(meta, arrays)


def restore(solver: AnySolver, kept: Kept, before: SolutionTables | None = None) -> None:
    """Give a fresh solver of the same spot the state that was kept; each rank takes its part.

    before: where the state lies, of a spot with other locks: which cards are equal may be otherwise then, and an
    iteration that was given up begins anew. DataError where the state is another spot's.
    """
    solver.iterations = int(kept.meta["iterations"])
    if isinstance(solver, ThreeWaySolver):
        for name, table in zip(_TABLES, solver.sums):
            _take(table, kept, f"{name}_last", 0, 1)
        return
    for name, table in zip(_TABLES, solver.sums):
        parts = parts_of_sums(solver.game, table)
        _take(parts.upper, kept, f"{name}_upper", 0, parts.upper.size)
        for part, number in (("last", LAST), ("middle", MIDDLE)):
            rows = getattr(parts, part)
            if before is not None and before.first_part != number:
                _take_by_cards(
                    rows, kept.arrays[f"{name}_{part}"], before, cards_of_places(solver.game, number), number
                )
                continue
            counts = rows_of_ranks(solver, part)
            first = sum(counts[: solver.team.comm.rank])
            _take(rows, kept, f"{name}_{part}", first, first + counts[solver.team.comm.rank])
    player = kept.meta.get("halfway")
    if before is not None:
        begin_locked(solver.game, solver.sums)
    elif player is not None:
        mine = slice(solver.team.own.start, solver.team.own.stop)
        passed = np.array(kept.arrays["halfway_passed"][mine])
        solver.halfway = Halfway(int(player), np.array(kept.arrays["halfway_done"][mine]) != 0, passed)


def _take(table: np.ndarray, kept: Kept, name: str, first: int, end: int) -> None:
    found = kept.arrays.get(name)
    if found is None or found[first:end].size != table.size:
        raise DataError(f"{name} does not fit the spot; expected a solution of this version")
    table[:] = found[first:end].reshape(table.shape)


def _take_by_cards(
    rows: np.ndarray, kept: np.ndarray, before: SolutionTables, cards: list[tuple[int, ...]], part: int
) -> None:
    for row, dealt in zip(rows, cards) if rows.size else ():
        place, suits = before.row_of(dealt)
        row[:] = before.renamed(part, kept[place], suits)
