"""``evaluate compare``: runs, or the checkpoints of one run, by one measure over iterations and processor time."""

import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from holdem_mpi.config.fingerprint import fingerprint
from holdem_mpi.errors import DataError
from holdem_mpi.evaluation import ledger
from holdem_mpi.evaluation.estimate import Estimate, interval_text
from holdem_mpi.evaluation.measures import MEASURES, draws_of, figure_of
from holdem_mpi.game.game import Game
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.policy_files import config_of_run
from holdem_mpi.storage.checkpoint import read_manifests
from holdem_mpi.storage.policy_file import open_policy

COLUMNS = ("run", "checkpoint", "iterations", "cpu_seconds", "value", "low", "high")


def compare(runs: list[str], name: str, options: dict[str, Any], last: bool, comm: Communicator) -> dict[str, Any]:
    """All checkpoints (``last``: the policies alone) of the runs, by one measure.

    Returns {"measure", "unit", "options", "points", "differences"}.

    name: of MEASURES; options: as its subcommand takes them. What the runs' ledgers know is not measured again; what is
    measured goes there. A point has COLUMNS as keys: cpu_seconds those of training, over all ranks; low and high the 95
    % interval, None where the value is exact. Where flops are sampled, differences are those of what each run came to
    from the first run's, by the cross-fitted figure on the same flops. UserError where a folder is no run, or the
    measure not for its game. Collective.
    """
    measure = MEASURES[name]
    points, draws = [], {}
    # All runs are looked at before anything is measured, which may take hours.
    for found in comm.on_root(lambda: _todo_of_all(runs, name, options, last)):
        policy, result = found.pop("policy"), found.pop("result")
        if result is None:
            timer = ledger.CpuTimer(comm)
            result = measure.take(policy, options, comm)
            if comm.rank == 0:
                _say(f"{name} of {policy}: {measure.figure(result).value:.5g} mbb/g")
            ledger.keep(timer, comm, policy, name, result, options)
        points.append(found | measure.figure(result)._asdict())
        draws[found["run"]] = draws_of(result)
    games = comm.on_root(lambda: [_game_of(run) for run in draws])
    return {
        "measure": name,
        "unit": "mbb/g",
        "options": options,
        "points": points,
        "differences": _differences({run: draws[run] for run, game in zip(draws, games) if game == games[0]}),
    }


def _differences(draws: dict[str, np.ndarray | None]) -> list[dict[str, Any]]:
    """Of every run of one game from the first one. draws: by run, of ``draws_of``."""
    first, *others = draws
    found = []
    for run in others:
        if draws[first] is not None and draws[run] is not None:
            estimate = Estimate.of_strata(draws[run] - draws[first], "mbb/g")
            found.append({"run": run, "from": first, **estimate.to_json()})
    return found


def _game_of(run: str) -> dict[str, Any]:
    return Game(config_of_run(run).game).description()


def _todo_of_all(runs: list[str], name: str, options: dict[str, Any], last: bool) -> list[dict[str, Any]]:
    games = [_game_of(run) for run in runs]
    if any(game != games[0] for game in games):
        _say("note: the runs play different games; what they share is only the unit")
    return [policy for run in runs for policy in _todo(run, name, options, last)]


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _todo(run: str, name: str, options: dict[str, Any], last: bool) -> list[dict[str, Any]]:
    """Policies of a run, fewest iterations first, each with the ledger's newest result for it, or None."""
    own = fingerprint(config_of_run(run))
    lines, warnings = ledger.read(run)
    found, more = _policies(run, last)
    for warning in warnings + more:
        _say(f"warning: {warning}")
    if not found:
        raise DataError(f"{run}: no checkpoint and no policy here, expected the folder of a run that has saved one")
    for policy in found:
        policy["result"] = None
        for line in lines:
            same = (line.get("verb"), line.get("options"), line.get("fingerprint")) == (name, options, own)
            known = same and line.get("iterations") == policy["iterations"] and figure_of(name, line.get("result"))
            # Earlier versions did not say what each of the sampled flops was worth.
            if known and (not options.get("flops") or _is_paired(line["result"], options["flops"])):
                policy["result"] = line["result"]
    return found


def _is_paired(result: dict[str, Any], flops: int) -> bool:
    draws = draws_of(result)
    return draws is not None and draws.size == flops


def _policies(run: str, last: bool) -> tuple[list[dict[str, Any]], list[str]]:
    """(name, checkpoint, iterations and CPU seconds of each policy of a run, fewest iterations first; warnings)."""
    manifests, warnings = read_manifests(Path(run) / "checkpoints")
    found = [
        _policy(run, manifest["number"], manifest["progress"]["iterations"], manifest["progress"]["cpu_seconds"])
        for manifest in manifests
    ]
    try:
        iterations = open_policy(Path(run)).manifest["iterations"]
    except DataError:  # the run has not ended yet
        iterations = None
    if iterations is not None and iterations not in [policy["iterations"] for policy in found]:
        found.append(_policy(run, None, iterations, _summary(run).get("cpu_seconds")))
    found.sort(key=lambda policy: policy["iterations"])
    return found[-1:] if last else found, warnings


def _policy(run: str, checkpoint: int | None, iterations: int, cpu_seconds: float | None) -> dict[str, Any]:
    name = run if checkpoint is None else f"{run}@{checkpoint}"
    # Zero is what older versions wrote into checkpoints: unknown.
    return {
        "policy": name,
        "run": run,
        "checkpoint": checkpoint,
        "iterations": iterations,
        "cpu_seconds": cpu_seconds or None,
    }


def _summary(run: str) -> dict[str, Any]:
    try:
        summary = json.loads((Path(run) / "summary.json").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return {}
    return summary if isinstance(summary, dict) else {}


def _seconds(seconds: float) -> str:
    return f"{seconds:.3g}" if seconds < 100 else f"{seconds:,.0f}"


def table_lines(comparison: dict[str, Any]) -> list[str]:
    """The points of a comparison as a table for people."""
    title = f"{comparison['measure']}, {comparison['unit']}"
    rows = [("run", "checkpoint", "iterations", "CPU seconds", title, "95 % interval")]
    for point in comparison["points"]:
        interval = "exact" if point["low"] is None else interval_text(point["low"], point["high"])
        checkpoint = "policy" if point["checkpoint"] is None else str(point["checkpoint"])
        cpu = "unknown" if point["cpu_seconds"] is None else _seconds(point["cpu_seconds"])
        rows.append((point["run"], checkpoint, f"{point['iterations']:,}", cpu, f"{point['value']:.5g}", interval))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip() for row in rows]
    for change in comparison["differences"]:
        where = f"{change['run']} less {change['from']}, cross-fitted, on the same flops"
        lines.append(f"{where}: {Estimate.from_json(change)}")
    return lines


def csv_lines(comparison: dict[str, Any]) -> list[str]:
    """The points as CSV, with a head; empty fields where a value is exact or unknown."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(comparison["points"])
    return text.getvalue().splitlines()
