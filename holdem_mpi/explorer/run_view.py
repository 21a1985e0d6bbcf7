"""The run view: what a run's folder says of it, also while it trains; nothing in the folder is written or locked."""

import json
import math
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
from starlette.concurrency import run_in_threadpool

from holdem_mpi.abstraction.bucket_files import read_bucket_manifest
from holdem_mpi.abstraction.request import AbstractionRequest, open_requested
from holdem_mpi.config.load import load_config
from holdem_mpi.config.profile_config import STREETS
from holdem_mpi.config.section import Section
from holdem_mpi.errors import DataError, UserError
from holdem_mpi.explorer.endpoint import Pause
from holdem_mpi.explorer.policy_view import Name
from holdem_mpi.explorer.sources import Source, is_inside
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.storage.checkpoint import read_manifests
from holdem_mpi.storage.jsonl import read_lines
from holdem_mpi.storage.run_folder import EVALUATIONS
from holdem_mpi.text import printable

# Points of a line in a chart, letters of a log, log files shown, seconds between two looks at a folder.
_MOST_POINTS, _LOG_BYTES, _MOST_LOGS, _LOOK_SECONDS = 400, 6000, 3, 1.0
_LOG_ENDINGS = (".log", ".out", ".err")
_SETTINGS = ("mode", "lanes", "batch_size", "iters", "time_budget")
_METRICS = ("batch", "iterations", "seconds", "iterations_per_second", "merge_share", "eta")
# Seconds without a line after which a run counts as silent, in intervals between two lines.
_SILENT_INTERVALS, _SILENT_LEAST = 4, 30.0


class RunAsked(Section):
    """of: the run's name."""

    of: Name


def run_view(source: Source) -> dict[str, Any]:
    """All that the page shows of a run. DataError where its config cannot be read; the rest may be missing."""
    folder = source.path
    config = load_config(_own(folder, "config.yaml"))
    metrics, warnings = read_lines(_own(folder, "metrics.jsonl"))
    evaluations, more = read_lines(_own(folder, EVALUATIONS))
    manifests, unread = read_manifests(_own(folder, "checkpoints"))
    summary = _summary(folder)
    settings = config.model_dump(mode="json")
    last = metrics[-1] if metrics else None
    return {
        "name": source.name,
        "game": config.game.name,
        "settings": {key: settings[key] for key in _SETTINGS}
        | {key: settings["solver"][key] for key in ("sampler", "algorithm", "seed", "precision")}
        | {"buckets": settings["abstraction"]["buckets"]},
        "state": _state(folder, summary, last, config.log_interval),
        "last": last and {key: last.get(key) for key in (*_METRICS, "infosets", "infosets_visited")},
        "summary": summary,
        "metrics": _thinned([{key: each.get(key) for key in _METRICS} for each in metrics]),
        "checkpoints": [_checkpoint(each) for each in manifests],
        "measures": _measures(evaluations),
        "logs": _logs(folder),
        "warnings": [printable(each) for each in [*warnings, *more, *unread]],
    }


def _own(folder: Path, name: str) -> Path:
    """A file of the folder. DataError where it is a link to elsewhere."""
    path = folder / name
    if not is_inside(path, folder):
        raise DataError(f"{path}: a link out of {folder}; expected a file of its own")
    return path


def _summary(folder: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(_own(folder, "summary.json").read_text(encoding="ascii"))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _state(
    folder: Path, summary: dict[str, Any] | None, last: dict[str, Any] | None, interval: float
) -> dict[str, Any]:
    """Whether the run has ended, goes on, or is silent; a summary is of before where lines came after it."""
    done = summary.get("iterations", 0) if summary else -1
    if summary and (last is None or _number(last.get("iterations")) <= _number(done)):
        return {"word": "ended", "by": str(summary.get("stopped_by", "")), "age": None}
    try:
        age = time.time() - (folder / "metrics.jsonl").stat().st_mtime
    except OSError:
        return {"word": "starting", "by": "", "age": None}
    silent = age > max(_SILENT_LEAST, _SILENT_INTERVALS * interval)
    return {"word": "silent" if silent else "training", "by": "", "age": age}


def _number(value: Any) -> float:
    return value if isinstance(value, int | float) else math.inf


def _thinned(points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """At most so many points, evenly, the last one among them."""
    step = max(1, math.ceil(len(points) / _MOST_POINTS))
    return points[::-1][::step][::-1]


def _checkpoint(manifest: dict[str, Any]) -> dict[str, Any]:
    progress = manifest["progress"]
    told = {key: progress.get(key) for key in ("iterations", "seconds", "cpu_seconds")}
    return told | {"number": manifest["number"], "kept": manifest.get("snapshot") is True}


def _measures(lines: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """{measure: its points, fewest iterations first}; lines that somebody edited into nonsense are left out."""
    found: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        point = _figure(line.get("verb"), line.get("result"))
        if point is None or type(line.get("iterations")) is not int:
            continue
        found.setdefault(line["verb"], []).append(
            point | {key: line.get(key) for key in ("iterations", "checkpoint", "time", "options")}
        )
    return {verb: sorted(points, key=lambda each: each["iterations"]) for verb, points in found.items()}


def _figure(verb: Any, result: Any) -> dict[str, float | None] | None:
    """value, low and high in mbb/g of a ledger's result; low and high None where it is exact."""
    if not isinstance(result, dict):
        return None
    if verb == "exploitability":
        low, high = result.get("bracket_mbb") or (None, None)
        value = result.get("exploitability_mbb") if low is None else (low + high) / 2
    elif verb == "lbr":
        value, (low, high) = result.get("mean"), result.get("interval_95") or (None, None)
    else:
        return None
    known = [each for each in (value, low, high) if each is not None]
    fits = value is not None and all(isinstance(each, int | float) and math.isfinite(each) for each in known)
    return {"value": value, "low": low, "high": high} if fits else None


def _logs(folder: Path) -> list[dict[str, str]]:
    """The ends of the log files in the folder."""
    found = [path for path in sorted(folder.iterdir()) if path.suffix in _LOG_ENDINGS and is_inside(path, folder)]
    return [{"name": path.name, "end": _end_of(path)} for path in found[-_MOST_LOGS:]]


def _end_of(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            file.seek(max(0, path.stat().st_size - _LOG_BYTES))
            text = file.read(_LOG_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(printable(line) for line in text.splitlines()[-40:])


def bucket_view(source: Source) -> dict[str, Any]:
    """Of each street after the first its buckets: mean equity and share of the deals, as far as their files tell.

    DataError where the tables are not built here.
    """
    config = load_config(_own(source.path, "config.yaml"))
    asked = config.abstraction
    if config.game.deck != "holdem":
        return {"streets": []}
    request = AbstractionRequest(tuple(asked.buckets), tuple(asked.methods), asked.seed, asked.directory)
    found = open_requested(Communicator(), request, None, "python -m holdem_mpi.abstract")
    streets = []
    for key, path in zip(found.keys, found.paths):
        told = read_bucket_manifest(path, key).get("statistics")
        if told:
            share = np.array(told["deals"]) / max(1, sum(told["deals"]))
            points = {"equity": list(told["equity"]), "share": share.tolist()}
            streets.append({"name": STREETS[key.street], "buckets": key.buckets, "recipe": key.recipe} | points)
    return {"streets": streets}


def _signature(folder: Path) -> list[tuple[str, int, int]]:
    """What changes when the folder has something new to say."""
    names = [folder, folder / "checkpoints", *sorted(folder.glob("*"))]
    told = []
    for path in names:
        try:
            stat = path.stat()
        except OSError:
            continue
        told.append((path.name, stat.st_size, stat.st_mtime_ns))
    return told


async def run_events(source: Source, pause: Pause) -> AsyncIterator[str]:
    """Server-sent events: the view, each time that the folder has changed, and now and then though it has not.

    pause: waits so many seconds, and says whether to go on.
    """
    before, quiet = None, 0
    while await pause(_LOOK_SECONDS if before else 0.0):
        now = await run_in_threadpool(_signature, source.path)
        if now != before or quiet >= 15:
            before, quiet = now, 0
            try:
                told = await run_in_threadpool(run_view, source)
            except (UserError, OSError) as error:
                told = {"error": printable(str(error))}
            yield f"data: {json.dumps(told)}\n\n"
        quiet += 1
