"""What a report takes, told before anything of it is solved."""

import json
import math
import os
from typing import Any

from holdem_mpi.abstraction.board_names import texture_of
from holdem_mpi.errors import ConfigError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.subgame.report_request import OpenedReport, ReportRequest, open_request
from holdem_mpi.subgame.report_row import spot_on
from holdem_mpi.subgame.spot_plan import SpotPlan, about, plan_of
from holdem_mpi.text import counted, gibibytes


def plans_of_boards(opened: OpenedReport) -> dict[str, SpotPlan]:
    """{board: plan}. Boards whose suits and pairs fall alike have about the same: one of each kind is looked at."""
    of_kind: dict[tuple[str, str], SpotPlan] = {}
    found = {}
    for board in opened.choice.boards:
        kind = texture_of(board.cards)[:2]
        if kind not in of_kind:
            of_kind[kind] = plan_of(spot_on(opened.template, board))
        found[board.name] = of_kind[kind]
    return found


def memory_of_boards(opened: OpenedReport) -> dict[str, int]:
    """{board: bytes that its solver takes, about}."""
    return {name: plan.memory for name, plan in plans_of_boards(opened).items()}


def refuse_too_large(opened: OpenedReport, comm: Communicator) -> None:
    """ConfigError where a host has not the memory for as many boards at once as it has ranks."""
    ranks = math.ceil(comm.size / comm.hosts)
    most, there = max(memory_of_boards(opened).values()), _memory_here()
    if ranks * most > there:
        each = f"a board takes {gibibytes(most)} of memory, {counted(ranks, 'rank')} of this host as many at once"
        text = f"{each}, this machine has {gibibytes(there)}; expected fewer ranks, sizes or hands"
        raise ConfigError(f"{opened.template.source}: bet_sizes: {text}")


def _memory_here() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def report_plan(opened: OpenedReport, ranks: int) -> dict[str, Any]:
    """The plan as one JSON-like object; ``core_seconds`` and ``seconds`` (on so many ranks): least and most."""
    plans = plans_of_boards(opened)
    core = [sum(plan.seconds[end] for plan in plans.values()) for end in (0, 1)]
    slowest = [max(plan.seconds[end] for plan in plans.values()) for end in (0, 1)]
    most = max(plan.memory for plan in plans.values())
    return {
        "boards": len(plans),
        "told": opened.choice.told,
        "nodes": max(plan.nodes for plan in plans.values()),
        "memory": most,
        "memory_here": _memory_here(),
        "ranks": ranks,
        "fits": most * ranks <= _memory_here(),
        "board_seconds": [min(plan.seconds[0] for plan in plans.values()), slowest[1]],
        "core_seconds": core,
        "seconds": [max(total / ranks, each) for total, each in zip(core, slowest)],
        "impossible": list(opened.choice.impossible),
    }


def report_plan_lines(result: dict[str, Any]) -> list[str]:
    """What ``report_plan`` found, as lines to print."""
    here = f"this machine has {gibibytes(result['memory_here'])}" + ("" if result["fits"] else ": it does not fit")
    each, core, wall = ([about(number) for number in result[f"{key}seconds"]] for key in ("board_", "core_", ""))
    ranks = counted(result["ranks"], "rank")
    return [
        f"{result['told']}: {result['boards']:,} boards, a tree of at most {result['nodes']:,} nodes each",
        f"memory at most {gibibytes(result['memory'])} a rank, with {ranks} {here}",
        f"a board about {each[0]} to {each[1]} on one core, in all {core[0]} to {core[1]}",
        f"on {ranks}: {wall[0]} to {wall[1]}",
    ]


def show_report_plan(request: ReportRequest, ranks: int, as_json: bool) -> None:
    """Print the plan of a report, or one JSON object."""
    result = report_plan(open_request(request), ranks)
    print(json.dumps(result) if as_json else "\n".join(report_plan_lines(result)), flush=True)
