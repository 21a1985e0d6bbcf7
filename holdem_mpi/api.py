"""The Python API, ``import holdem_mpi as hm``: load, train, ask, measure, solve and play. See docs/api.md.

What is collective says so: under mpirun every rank calls it with the same arguments. Everything else is each process's
own. Mistakes in arguments and files are exceptions of ``holdem_mpi.errors``, with the one line that the commands print.
"""

from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

import holdem_mpi.parallel.startup  # noqa: F401, before Numba is imported
from holdem_mpi.config.spot_config import stop_overrides
from holdem_mpi.errors import UserError
from holdem_mpi.evaluation.match import check_match, match_of
from holdem_mpi.evaluation.match_result import MatchResult
from holdem_mpi.evaluation.nash_conv import nash_conv_of
from holdem_mpi.game.game import Game
from holdem_mpi.game.open_game import GameSource, game_argument, load_game
from holdem_mpi.parallel.processes import library_world
from holdem_mpi.policy.open_player import load_policy as open_policy
from holdem_mpi.policy.policy import Policy
from holdem_mpi.search.asked_agent import AskedAgent as Agent
from holdem_mpi.subgame.report_table import open_report
from holdem_mpi.subgame.solution import Solution, open_solution, solution_of
from holdem_mpi.subgame.spot import open_spot
from holdem_mpi.subgame.spot_report import show_look
from holdem_mpi.subgame.spot_solving import solve, stops_of
from holdem_mpi.training.mccfr_solver import MCCFRSolver

__all__ = [
    "Agent",
    "MCCFRSolver",
    "exploitability",
    "load_game",
    "load_policy",
    "match",
    "nash_conv",
    "open_report",
    "open_solution",
    "solve_spot",
]

# Seconds of solving after which progress is shown.
_SILENT_SECONDS = 2.0


def load_policy(folder: str | Path) -> Policy:
    """The policy of a run's or policy's folder, of a checkpoint (``RUN@250``), or a shipped blueprint by its name
    (``nolimit_hu_200bb``).

    All bytes are checked, and the card abstraction that it was trained with is opened, or built where the cache lacks
    it. UserError where there is no such folder, where it is damaged, or where the buckets at hand are others.
    Collective.
    """
    return open_policy(str(folder), library_world())


def nash_conv(game: Game | GameSource, policy: Policy | str | Path) -> float:
    """Sum over players of what a best response gains against ``policy``, in chips a hand; 0 at an equilibrium.

    game: or what ``load_game`` makes one of, such as a shipped name.
    policy: of ``game``, or its folder.

    Exact, in the real game without buckets: Kuhn and Leduc at once, with OpenSpiel's values; heads-up fixed-limit
    hold'em with one evaluation of each of 1755 flops, which ranks share: seconds where the game ends on the flop, 17
    core-hours where it ends on the river. UserError on any other game. Collective.
    """
    played = game_argument(game)
    opened = policy if isinstance(policy, Policy) else load_policy(policy)
    if opened.game != played:
        raise UserError(f"{opened.name}: a policy of {opened.game.name}, expected one of {played.name}")
    return nash_conv_of(library_world(), opened)


def exploitability(game: Game | GameSource, policy: Policy | str | Path) -> float:
    """``nash_conv`` divided by the number of players, in chips a hand, as in OpenSpiel. Collective."""
    played = game_argument(game)
    return nash_conv(played, policy) / played.num_players


def match(
    policy: Policy | str | Path,
    against: Policy | str | Path,
    *,
    hands: int = 2000,
    seed: int = 0,
    game: Game | GameSource | None = None,
    aivat: bool = True,
    search_ms: float | None = None,
) -> MatchResult:
    """Play ``policy`` against ``against`` on duplicate deals; what the first one wins a hand, with intervals. Of more
    than two seats it takes each in turn, and ``against`` all others.

    policy, against: policies, folders, or baselines: always-fold, always-call, always-raise, half-half, random,
        pot-odds.
    hands: in all, even, 4 at least; with more seats rounded up to whole deals. seed: of cards and draws; one seed gives
        one result on any number of ranks.
    game: needed where both are baselines.
    aivat: also the estimate of less variance, where it is to be had.
    search_ms: ``policy`` searches so many milliseconds at each decision after the flop.

    UserError on what cannot be played. Collective; every rank gets the result.
    """
    first, second = (each if isinstance(each, Policy) else str(each) for each in (policy, against))
    played = None if game is None else game_argument(game)
    check_match("", hands, seed, None, search_ms)
    options: dict[str, Any] = {"hands": hands, "seed": seed, "game": played, "aivat": aivat, "search_ms": search_ms}
    return MatchResult.from_json(match_of(library_world(), first, second, **options))


def solve_spot(
    source: str | Path | Mapping[str, Any],
    *,
    target_pct: float | None = None,
    time: float | None = None,
    iterations: int | None = None,
) -> Solution:
    """Solve a flop, turn or river spot range against range: a spot file, a shipped spot by name, or a file's keys.

    target_pct: stop at this exploitability, in percent of the pot; time: after so many seconds; iterations: after so
    many. Those given replace the file's stops; without any the file's count.

    Ctrl-C ends the solving, and what was reached is the solution (``stopped_by`` is then ``signal``). It holds every
    street, and what solving goes on from once it is saved. ConfigError, one line, on what cannot be solved. Not
    collective: each process that calls it solves by itself.
    """
    given = {"target_pct": target_pct, "time": time, "iterations": iterations}
    overrides = stop_overrides({key: (key, value) for key, value in given.items() if value is not None})
    begin = perf_counter()
    spot = open_spot(source if isinstance(source, Mapping) else str(source), overrides)
    solver = spot.solver()
    solved = solve(
        solver,
        spot.pot * spot.unit,
        stops_of(spot.config.solver, begin),
        lambda check, left: show_look(check, left) if check.seconds > _SILENT_SECONDS else None,
    )
    return solution_of(spot, solver, solved)
