"""What solving a spot takes, told before anything of it is built."""

import itertools
import json
import os
from typing import Any, NamedTuple

from holdem_mpi.config.spot_sizes import STREETS
from holdem_mpi.errors import ConfigError
from holdem_mpi.parallel.host import available_memory
from holdem_mpi.subgame.branch_team import share_out
from holdem_mpi.subgame.locks import marks_of
from holdem_mpi.subgame.spot import Spot, open_spot
from holdem_mpi.subgame.subgame_arrays import bytes_by_branch
from holdem_mpi.subgame.subgame_deck import holdem_deck
from holdem_mpi.text import counted, gibibytes

# Of one core, for each byte that a solver takes: 6e-10 with turn spots, 1e-9 with flops, less with rivers.
SECONDS_A_BYTE = 1e-9
# Iterations to 1 % of the pot, and the power of the target that they grow with, of easy spots and of hard ones. The
# shipped river and turn, and menus lean and rich on them: 32 to 45 to 1 %, 70 to 118 to 0.25 %, 127 to 202 to 0.1 %.
_ITERATIONS, _POWERS = (28, 60), (0.55, 0.7)
# Seconds of building: for each byte, and for each node of the tree.
_BUILD_SECONDS_A_BYTE, _BUILD_SECONDS_A_NODE = 1e-9, 3e-5


# Numbers of ranks that a plan tells of, if cards are divided.
_RANKS = (2, 4, 8, 16)


class SpotPlan(NamedTuple):
    """What solving takes, about.

    nodes: of the betting tree, exact. memory: bytes, as ``Spot.memory``. build_seconds: before the first iteration.
    seconds_per_iteration: on one core. iterations, seconds: least and most until the first stop.
    """

    nodes: int
    memory: int
    build_seconds: float
    seconds_per_iteration: float
    iterations: tuple[int, int]
    seconds: tuple[float, float]


def plan_of(spot: Spot) -> SpotPlan:
    """The plan of a spot. Nothing is built."""
    stops, each = spot.config.solver, SECONDS_A_BYTE * spot.memory
    build = _BUILD_SECONDS_A_BYTE * spot.memory + _BUILD_SECONDS_A_NODE * spot.size.nodes
    counts = []
    for first, power in zip(_ITERATIONS, _POWERS):
        wanted = [] if stops.target_pct is None else [max(1.0, first * (1 / stops.target_pct) ** power)]
        wanted += [] if stops.iterations is None else [stops.iterations]
        wanted += [] if stops.time is None else [max(1.0, (stops.time - build) / each)]
        counts.append(round(min(wanted)))
    seconds = (build + counts[0] * each, build + counts[1] * each)
    return SpotPlan(
        nodes=spot.size.nodes,
        memory=spot.memory,
        build_seconds=build,
        seconds_per_iteration=each,
        iterations=(counts[0], counts[1]),
        seconds=seconds,
    )


def on_ranks(spot: Spot, ranks: int) -> tuple[int, float]:
    """(bytes of the fullest of so many ranks, seconds of an iteration on as many cores), about. Nothing is built.

    What every rank has and does stays what it is: the street of the spot itself.
    """
    plan = plan_of(spot)
    if len(spot.ranges) == 3 or len(spot.board) == 5:  # all ranks have the whole tree, or rank 0 alone solves
        return plan.memory, plan.seconds_per_iteration
    marks = marks_of(spot.locks, holdem_deck())
    everywhere, of_branch, work = bytes_by_branch(spot.size, spot.start.street, spot.board, spot.ranges, marks=marks)
    starts = share_out(work, ranks)
    fullest = everywhere + max(int(of_branch[low:high].sum()) for low, high in itertools.pairwise(starts))
    return fullest, plan.seconds_per_iteration * fullest / plan.memory


def refuse_too_long(spot: Spot, given: str) -> None:
    """ConfigError where building alone takes longer than the spot's ``time``; ``given``: what says so."""
    limit, build = spot.config.solver.time, plan_of(spot).build_seconds
    if limit is not None and build > limit:
        text = f"building the spot takes about {build:.3g} s, more than the {limit:g} s for all of it"
        raise ConfigError(f"{given}: {text}; expected more time, or fewer sizes or hands")


def plan_result(spot: Spot) -> dict[str, Any]:
    """The plan as one JSON-like object."""
    plan = plan_of(spot)
    decisions = spot.size.rows.sum(axis=1)
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "board": spot.config.board,
        "pot": spot.pot,
        **plan._asdict(),
        "decisions": {name: int(decisions[street]) for street, name in enumerate(STREETS, 1) if decisions[street]},
        "memory_here": total,
        "memory_free": available_memory(),
        "fits": plan.memory <= total,
        "on_ranks": [
            {"ranks": ranks, "memory_of_rank": memory, "seconds_per_iteration": seconds}
            for ranks, (memory, seconds) in ((ranks, on_ranks(spot, ranks)) for ranks in _RANKS)
            if memory < plan.memory
        ],
        "notes": list(spot.notes),
    }


def plan_lines(spot: Spot, result: dict[str, Any]) -> list[str]:
    """What ``plan_result`` found, as lines to print."""
    by_street = ", ".join(f"{street} {number:,}" for street, number in result["decisions"].items())
    here = f"this machine has {gibibytes(result['memory_here'])}, {gibibytes(result['memory_free'])} free"
    stops = spot.config.solver
    until = f"{stops.target_pct:g} % of the pot" if stops.target_pct is not None else "its stop"
    least, most = result["iterations"]
    build, each = about(result["build_seconds"]), about(result["seconds_per_iteration"])
    low, high = map(about, result["seconds"])
    ranks = "; ".join(
        f"{each['ranks']}: {gibibytes(each['memory_of_rank'])}, {about(each['seconds_per_iteration'])}"
        for each in result["on_ranks"]
    )
    return [
        f"board {result['board']}, pot {result['pot']:g}: {counted_nodes(result['nodes'])}, decisions: {by_street}",
        f"memory {gibibytes(result['memory'])} ({here})" + ("" if result["fits"] else ": it does not fit"),
        f"building about {build}, an iteration {each} on one core",
        *([f"on so many ranks, memory of the fullest and an iteration: {ranks}"] if ranks else []),
        f"to {until}: about {least} to {most} iterations, {low} to {high}",
    ]


def counted_nodes(nodes: int) -> str:
    """``1,985 nodes``."""
    return f"{nodes:,} {counted(nodes, 'node').partition(' ')[2]}"


def about(seconds: float) -> str:
    """A time as people say it: ``15 ms``, ``3 s``, ``1.5 h``."""
    if seconds < 1:
        return f"{1000 * seconds:.3g} ms"
    return (
        f"{seconds:.3g} s"
        if seconds < 120
        else f"{seconds / 60:.3g} min"
        if seconds < 7200
        else f"{seconds / 3600:.3g} h"
    )


def show_plan(source: str, overrides: dict[str, Any], as_json: bool) -> None:
    """Print the plan of a spot file, or one JSON object."""
    spot = open_spot(source, overrides)
    result = plan_result(spot)
    print(json.dumps(result) if as_json else "\n".join([*plan_lines(spot, result), *spot.notes]), flush=True)
