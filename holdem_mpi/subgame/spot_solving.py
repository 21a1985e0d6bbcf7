"""Solve a spot until it is good enough, the time is over, or somebody stops it."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from holdem_mpi.config.spot_config import SpotSolver
from holdem_mpi.parallel.stop_flag import StopFlag
from holdem_mpi.subgame.spot import AnySolver
from holdem_mpi.subgame.three_way_team import ThreeWayLeader

# Iterations between two checks of the exploitability, the shares of those done that they may be, at least and at most,
# and seconds that they may take where they are more than twice as many.
_LEAST, _SHARE, _GROWTH, _SILENCE = 4, 0.05, 1.0, 10.0
# How much of the way to the target that is expected is gone before the next check.
_TRUST = 0.8
# Seconds between two states that are kept on the way, at least; and how many times as long as keeping one takes.
_KEEP_SECONDS, _KEEP_SHARE = 60.0, 20.0


class StopRules(NamedTuple):
    """When to stop solving, whichever comes first; None switches a rule off.

    target_pct: exploitability in percent of the pot.
    seconds: of wall time.
    iterations: in all.
    """

    target_pct: float | None
    seconds: float | None
    iterations: int | None


def stops_of(settings: SpotSolver, since: float) -> StopRules:
    """The stops of a spot file; of its time those seconds are gone that passed since ``since`` (``perf_counter``)."""
    left = None if settings.time is None else max(settings.time - (time.perf_counter() - since), 0.0)
    return StopRules(settings.target_pct, left, settings.iterations)


class ExploitabilityCheck(NamedTuple):
    """How exploitable the strategies were at one moment of solving.

    iterations, seconds: so far.
    exploitability_pct: in percent of the pot.
    """

    iterations: int
    seconds: float
    exploitability_pct: float


@dataclass
class SolveResult:
    """How solving went.

    checks: of the exploitability, in order; the last one is that of the result.
    stopped_by: ``target``, ``time``, ``iterations`` or ``signal``; ``running`` on the way.
    """

    checks: list[ExploitabilityCheck]
    stopped_by: str

    @property
    def last(self) -> ExploitabilityCheck:
        return self.checks[-1]


def solve(
    solver: AnySolver | ThreeWayLeader,
    pot: float,
    stops: StopRules,
    show: Callable[[ExploitabilityCheck, float | None], None],
    growth: float = 1.5,
    *,
    keep: Callable[[SolveResult], None] | None = None,
    earlier: Sequence[ExploitabilityCheck] = (),
) -> SolveResult:
    """Iterate until a stop. Seconds are wall time from the first iteration on, checks included; not the compilation.
    Collective over the solver's ranks: the stops of any rank are those of all. The time is looked at within iterations
    as well, and the one in hand given up.

    pot: in the solver's chips. show: called with a check each time that iterations grew by ``growth``, and the last,
    and with the seconds that are left, None where that cannot be known yet. keep: called with what there is at checks
    that are a minute apart, or more where it takes long. earlier: checks of a solve that ``solver`` goes on with, whose
    seconds count on, but not for ``stops``; what it begins with is looked at first.
    """
    solver.warm_up()
    checks = [check for check in earlier if check.iterations < solver.iterations]
    before = max((check.seconds for check in earlier), default=0.0)
    if stops.seconds is not None:
        stops = stops._replace(seconds=before + stops.seconds)
    begin, shown, kept, pause = time.perf_counter() - before, 0, before, _KEEP_SECONDS
    end = math.inf if stops.seconds is None else begin + stops.seconds
    chunk = 0 if solver.iterations else 1
    with StopFlag() as flag:
        while True:
            solver.run(chunk, lambda: flag.signal_number != 0 or time.perf_counter() > end)
            pct = 100 * solver.exploitability() / pot
            seconds, told = solver.team.most(time.perf_counter() - begin, flag.signal_number)
            checks.append(ExploitabilityCheck(solver.iterations, seconds, pct))
            stopped_by = "signal" if told else _reached(checks, stops)
            if stopped_by or checks[-1].iterations >= growth * shown:
                show(checks[-1], 0.0 if stopped_by else seconds_left(checks, stops))
                shown = checks[-1].iterations
            if stopped_by:
                return SolveResult(checks, stopped_by)
            if keep and seconds - kept >= pause:
                keep(SolveResult(checks, "running"))
                (kept,) = solver.team.most(time.perf_counter() - begin)
                pause = max(_KEEP_SECONDS, _KEEP_SHARE * (kept - seconds))
            chunk = _chunk(checks, stops)


def seconds_left(checks: list[ExploitabilityCheck], stops: StopRules) -> float | None:
    """Until the first stop, as may be expected: exploitability falls on as it has since half the iterations, by a power
    of them. None where there is a target and it does not fall yet, or was looked at too seldom.
    """
    done, seconds, _ = checks[-1]
    each = seconds / done
    left = [] if stops.seconds is None else [stops.seconds - seconds]
    left += [] if stops.iterations is None else [(stops.iterations - done) * each]
    if stops.target_pct is not None:
        more = _iterations_left(checks, stops.target_pct)
        if more is None:
            return None
        left.append(more * each)
    return max(0.0, min(left))


def _iterations_left(checks: list[ExploitabilityCheck], target_pct: float) -> float | None:
    """Until a target, see ``seconds_left``."""
    done, _, pct = checks[-1]
    earlier = next((check for check in reversed(checks) if 2 * check.iterations <= done), None)
    if earlier is None or len(checks) < 3 or not 0 < pct < earlier.exploitability_pct:
        return None
    power = math.log(earlier.exploitability_pct / pct) / math.log(done / earlier.iterations)
    return done * ((pct / target_pct) ** (1 / power) - 1) if power > 0.05 else math.inf


def _chunk(checks: list[ExploitabilityCheck], stops: StopRules) -> int:
    """Iterations until the next check: as many as have been done, fewer where the target is expected before."""
    done, seconds, _ = checks[-1]
    more = None if stops.target_pct is None else _iterations_left(checks, stops.target_pct)
    most = _GROWTH * done if more is None else min(_GROWTH * done, _TRUST * more)
    chunk = max(_LEAST, int(_SHARE * done), min(int(most), max(2 * _LEAST, int(_SILENCE * done / seconds))))
    if stops.seconds is not None:
        chunk = max(1, min(chunk, int((stops.seconds - seconds) * done / seconds)))
    return chunk if stops.iterations is None else min(chunk, stops.iterations - done)


def _reached(checks: list[ExploitabilityCheck], stops: StopRules) -> str:
    """Which stop has come, or nothing. Time is over when another iteration would not fit."""
    done, seconds, pct = checks[-1]
    if not done:
        return "time"
    if stops.target_pct is not None and pct <= stops.target_pct:
        return "target"
    if stops.iterations is not None and done >= stops.iterations:
        return "iterations"
    return "time" if stops.seconds is not None and seconds + seconds / max(1, done) > stops.seconds else ""
