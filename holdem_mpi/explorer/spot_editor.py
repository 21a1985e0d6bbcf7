"""The editor of spots: what a range means, what a spot would take, and the spots that are there to begin with."""

import csv
import io
import json
from typing import Annotated, Any

import numpy as np
import yaml
from pydantic import Field
from starlette.responses import Response

from holdem_mpi.cards import CLASS_OF_HAND
from holdem_mpi.config.section import Section
from holdem_mpi.config.spot_config import SpotConfig, load_spot
from holdem_mpi.errors import UserError
from holdem_mpi.explorer.policy_view import Name
from holdem_mpi.explorer.solution_view import Opened, csv_rows, node_view
from holdem_mpi.explorer.spot_jobs import job_plan
from holdem_mpi.formats.range_text import parse_range
from holdem_mpi.reporting.hand_grid import class_means
from holdem_mpi.subgame.solution import Solution
from holdem_mpi.subgame.spot import Spot, open_spot
from holdem_mpi.text import did_you_mean, shown

Ranks = Annotated[int, Field(ge=1, le=256)]
# Nodes of a betting tree and sizes of a street that the page may ask for: what is planned on every key must be quick.
MOST_NODES, _MOST_SIZES, _MOST_ACTIONS, _MOST_LOCKS = 50_000, 10, 40, 200
# What a menu's name writes out, and the most iterations that a spot file takes.
_OF_MENU = (
    *("bet_sizes", "raise_sizes", "donk_sizes", "all_in", "add_allin", "force_allin", "merge", "merge_sizes"),
    "max_raises",
)
_MOST_ITERATIONS = 10**7


class RangeAsked(Section):
    """text: a range, ``22+,A2s+``."""

    text: Annotated[str, Field(max_length=20_000)]


class SpotAsked(Section):
    """spot: the keys of a spot file. ranks: processes that are to solve it."""

    spot: dict[str, Any]
    ranks: Ranks = 1


class SolveAsked(SpotAsked):
    """begin: name of a solution of the same spot, with other locks or stops, to go on from. exploit: look only at what
    best responses do against that solution with the locks of ``spot``; solve no further.
    """

    begin: Name = ""
    exploit: bool = False


class GoOnAsked(Section):
    """of: name of a spot that was solved here. target_pct, seconds: new stops. ranks: as in ``SpotAsked``."""

    of: Name
    target_pct: Annotated[float, Field(gt=0, le=1000)] | None = None
    seconds: Annotated[float, Field(gt=0, le=1e7)] | None = None
    ranks: Ranks = 1


class MenuAsked(Section):
    """menu: lean, standard or rich. board: of the spot that it is for."""

    menu: Annotated[str, Field(pattern="^(lean|standard|rich)$")]
    board: Annotated[str, Field(max_length=40)] = ""


class TemplateAsked(Section):
    """of: name of a spot of the command line, or of one that was solved here."""

    of: Name


class DownloadAsked(Section):
    """of: a solution's name. form: yaml (the spot), csv or json."""

    of: Name
    form: Annotated[str, Field(pattern="^(yaml|csv|json)$")]


def range_view(text: str) -> dict[str, Any]:
    """Weights by class (169) of a range, whether all hands of each have that weight, and how many hands it is."""
    weight = parse_range(text)
    mean = class_means(weight, np.ones(weight.size))
    return {
        "weights": mean.tolist(),
        "even": (np.bincount(CLASS_OF_HAND, np.abs(weight - mean[CLASS_OF_HAND]), 169) < 1e-9).tolist(),
        "combos": float(weight.sum()),
    }


def opened_spot(keys: dict[str, Any]) -> Spot:
    """The spot of a page's keys. UserError where it cannot be solved, or is more than a page may ask for."""
    known = list(SpotConfig.model_fields)
    for key in keys:
        if key not in known:
            raise UserError(f"spot: unknown key {shown(key)}{did_you_mean(key, known)}")
    for key in ("bet_sizes", "raise_sizes", "donk_sizes"):
        if any(len(sizes) > _MOST_SIZES for sizes in _lists(keys.get(key))):
            raise UserError(f"spot: {key}: expected at most {_MOST_SIZES} sizes a street")
    for key, most in (("actions", _MOST_ACTIONS), ("locks", _MOST_LOCKS)):
        if isinstance(given := keys.get(key), list) and len(given) > most:
            raise UserError(f"spot: {key}: expected at most {most}")
    spot = open_spot(keys, most_nodes=MOST_NODES)
    if len(spot.ranges) != 2:
        raise UserError(f"spot: ranges: the pages solve spots of two players, got {len(spot.ranges)}; resolve takes it")
    return spot


def _lists(sizes: Any) -> list[list[Any]]:
    """The lists of sizes by street and position, however they are written."""
    if isinstance(sizes, dict):
        return [each for below in sizes.values() for each in _lists(below)]
    return [sizes] if isinstance(sizes, list) else [sizes.split()] if isinstance(sizes, str) else []


def plan_view(spot: Spot, memory_limit: int, ranks: int = 1) -> dict[str, Any]:
    """What solving the spot by at most so many processes would take, and its file."""
    plan = job_plan(spot, ranks)
    return {
        "nodes": spot.size.nodes,
        "decisions": sum(1 for _ in spot.decisions()),
        "ranks": plan.ranks,
        "memory": plan.memory,
        "memory_limit": memory_limit,
        "fits": plan.memory <= memory_limit,
        "seconds": list(plan.seconds),
        "notes": list(spot.notes),
        "yaml": yaml_of(spot.config.model_dump(mode="json")),
        "to_act": spot.config.positions[spot.state.player],
        "combos": [float(weight.sum()) for weight in spot.ranges],
    }


def menu_view(menu: str, board: str) -> dict[str, Any]:
    """The keys of a spot that a menu stands for, every size by street. UserError on a board that is none."""
    keys = {"board": board or "Qs Jh 2h", "pot": 1, "stacks": 1, "ranges": {"oop": "AA", "ip": "KK"}, "menu": menu}
    found = load_spot(keys)[1].model_dump(mode="json")
    return {key: found[key] for key in _OF_MENU}


def stops_from(solution: Solution, given: dict[str, Any]) -> dict[str, Any]:
    """The stops of a spot that goes on from a solution: iterations are counted from its very start."""
    most = given.get("iterations")
    return given if most is None else {**given, "iterations": min(_MOST_ITERATIONS, solution.iterations + most)}


def looks_only(solution: Solution, given: dict[str, Any]) -> dict[str, Any]:
    """The stops with which a solution is looked at once more, and solved no further."""
    return {**given, "target_pct": None, "time": None, "iterations": max(1, solution.iterations)}


def yaml_of(spot: dict[str, Any]) -> str:
    """A spot as the file that ``resolve --spot`` takes; keys that are not set are left out."""
    given = {key: value for key, value in spot.items() if value is not None}
    return yaml.safe_dump(given, sort_keys=False, width=100)


def template_of(path: str) -> dict[str, Any]:
    """The keys of a spot file, every one of them."""
    return load_spot(path)[1].model_dump(mode="json")


def download(name: str, opened: Opened, form: str) -> Response:
    """A solution as a file: its spot, a row for each hand and decision, or all decisions as the page shows them."""
    solution = opened.solution
    if form == "yaml":
        text, kind = yaml_of(solution.spot), "application/yaml"
    elif form == "csv":
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        head, rows = csv_rows(opened)
        writer.writerow(head)
        writer.writerows(rows)
        text, kind = stream.getvalue(), "text/csv"
    else:
        nodes = [node_view(opened, ",".join(each.line)) for each in solution.decisions]
        text, kind = json.dumps({"spot": solution.spot, "decisions": nodes}, default=str), "application/json"
    safe = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in name)
    attached = {"Content-Disposition": f'attachment; filename="{safe}.{form}"'}
    return Response(text, media_type=kind, headers=attached)
