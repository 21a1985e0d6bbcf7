"""States of a spot's solver kept in its solution's folder while it goes on, and taken up again."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from holdem_mpi.config.spot_config import load_spot
from holdem_mpi.errors import ConfigError, DataError, UserError
from holdem_mpi.storage.atomic import settled_folder
from holdem_mpi.subgame.solution_folder import (
    Kept,
    check_solution_folder,
    kept_of,
    open_kept,
    restore,
    save_kept,
    save_last,
)
from holdem_mpi.subgame.solution_tables import SolutionTables
from holdem_mpi.subgame.spot import AnySolver, Spot, open_spot
from holdem_mpi.subgame.spot_solving import ExploitabilityCheck, SolveResult
from holdem_mpi.text import one_line, shown

# What may be otherwise in a spot that is solved on.
_STOPS = ("target_pct", "time", "iterations")


class Folder(NamedTuple):
    """Where the solution is kept.

    path: of its folder. option: with which it was named. goes_on: whether it is there, and solving goes on from it.
    state: whether what solving goes on from is kept.
    """

    path: str
    option: str
    goes_on: bool = False
    state: bool = True

    def check(self) -> None:
        """UserError, before any work, where it cannot be written, or holds a solution that would be lost."""
        if self.goes_on:
            return
        named = f"{self.option} {self.path}"
        check_solution_folder(named, self.path)
        if settled_folder(Path(self.path)).exists():
            raise UserError(f"{named}: holds a solution; expected a new folder, or --continue {self.path} to solve on")

    def save(self, spot: Spot, solver: AnySolver, solved: SolveResult) -> None:
        """Keep the result. Collective over the solver's ranks. SaveError where the disk refuses."""
        save_last(solver.team.comm, self.path, kept_of(spot, solver, solved, self.state))

    def keep(self, spot: Spot, solver: AnySolver, solved: SolveResult) -> None:
        """Keep a state on the way, likewise; where the disk refuses it is told, and the one before is still there."""
        comm = solver.team.comm
        try:
            save_kept(comm, self.path, kept_of(spot, solver, solved))
        except OSError as error:
            if comm.rank == 0:
                text = f"{self.path}: {error.strerror or error}; this state was not kept, the one before is"
                print(f"warning: {text}, and solving goes on", file=sys.stderr, flush=True)


def state_to_go_on(folder: Folder, verify: bool) -> Kept:
    """What a folder has to go on from. verify: all its bytes. DataError where it is damaged, or has no such state."""
    kept = open_kept(folder.path, verify)
    if not kept.meta.get("state"):
        text = "was saved with --no-state, so nothing is there to solve on from"
        raise DataError(f"{folder.option} {folder.path}: {text}; expected a solution with it")
    return kept


def check_same_spot(spot: Spot, before: Mapping[str, Any], folder: Folder) -> bool:
    """Whether the locks are those of the spot that was kept, whose keys are ``before``. ConfigError, naming the key,
    where anything is otherwise but locks and stops.
    """
    now, kept = (each.model_dump(mode="json") for each in (spot.config, load_spot(before)[1]))
    pairs = [(key, now[key], kept[key]) for key in now if key not in ("locks", "solver")]
    pairs += [(f"solver.{key}", now["solver"][key], kept["solver"][key]) for key in now["solver"] if key not in _STOPS]
    for key, found, expected in pairs:
        if found != expected:
            text = f"{shown(found)} is not what was solved; expected {shown(expected)}, only locks and stops may change"
            raise ConfigError(one_line(f"{spot.source}: {key}: {text} (--continue {folder.path})"))
    return now["locks"] == kept["locks"]


def take_up(solver: AnySolver, kept: Kept, same_locks: bool, folder: Folder) -> list[ExploitabilityCheck]:
    """Give a fresh solver the state; the looks at the exploitability that were before. Each rank does it by itself."""
    try:
        restore(solver, kept, None if same_locks else SolutionTables(open_spot(kept.meta["spot"])))
        checks = [ExploitabilityCheck(*each) for each in kept.meta["progress"]]
    except (DataError, TypeError, KeyError, ValueError) as error:
        raise DataError(f"{folder.option} {folder.path}: {one_line(str(error))}") from None
    return checks if same_locks else checks[-1:]
