"""What is printed of a report, and the tables and pictures beside it."""

import json
import math
import sys
from typing import Any

import numpy as np

from holdem_mpi.reporting.boards_chart import Bar, BoardsChart, TexturesChart
from holdem_mpi.reporting.picture import can_paint
from holdem_mpi.subgame.report_table import Report
from holdem_mpi.text import counted, duration

# Of boards, that each have a line; of more there is a line a texture, and the table is in the file.
_MOST_ROWS = 24
_MOST_NAMES = 5


def result_of_report(report: Report) -> dict[str, Any]:
    """The report as one JSON object: means, by texture and in all, and where the table is."""
    groups = {name: report.means(inside) for name, inside in report.groups().items()}
    result = {
        "out": str(report.folder.path),
        "told": report.told,
        "boards": len(report.boards),
        "missing": list(report.missing),
        "impossible": list(report.impossible),
        "pot": report.pot,
        "player": report.player,
        "line": list(report.line),
        "actions": list(report.actions),
        "means": report.means(),
        "textures": groups,
    }
    return _without_nan(result)


def report_lines(report: Report) -> list[str]:
    """The report for people: the means, then a line a board or a texture, and which boards are bet most."""
    means, few = report.means(), len(report.boards) <= _MOST_ROWS
    after = f" after {', '.join(report.line)}" if report.line else ""
    lines = [
        f"{report.told}: {counted(len(report.boards), 'board')}, {report.player} to act{after}, pot {report.pot:g}"
    ]
    if report.line:
        lines.append(f"{', '.join(report.line)}: played {100 * means['line_frequency']:.4g} % of the time")
    names = [
        *report.actions,
        *(f"EV {each}" for each in report.positions),
        *(f"eq {each}" for each in report.positions),
    ]
    wide = [max(6, len(name)) for name in names]
    head = "  ".join(f"{name:>{w}}" for name, w in zip(names, wide))
    if few:
        alone = np.eye(len(report.boards), dtype=bool)
        rows = [(name, report.means(alone[place])) for place, name in enumerate(report.boards)]
    else:
        rows = [(name, report.means(inside)) for name, inside in report.groups().items()]
    width = max(len(name) for name, _ in [*rows, ("texture", means)])
    lines += ["", f"{'board' if few else 'texture':<{width}}  share %  {head}"]
    for name, row in [*rows, ("all", means)]:
        shares = [100 * each for each in row["frequencies"]]
        cells = [*(f"{each:.1f}" for each in shares), *(f"{each:.2f}" for each in row["ev"].values())]
        cells += [f"{100 * each:.1f}" for each in row["equity"].values()]
        shown = "  ".join(f"{'-' if cell == 'nan' else cell:>{w}}" for cell, w in zip(cells, wide))
        lines.append(f"{name:<{width}}  {100 * row['share']:7.2f}  {shown}")
    return [*lines, *_extremes(report), *_last(report, means)]


def _extremes(report: Report) -> list[str]:
    """Which boards are bet most, and least."""
    bets = report.bets
    order = [place for place in np.argsort(-bets, kind="stable").tolist() if not math.isnan(bets[place])]
    if len(order) <= 2 * _MOST_NAMES or not (bets[order] > 0).any():
        return []

    def told(places: list[int]) -> str:
        return ", ".join(f"{report.boards[place]} {100 * bets[place]:.0f} %" for place in places)

    return ["", f"bet most: {told(order[:_MOST_NAMES])}", f"bet least: {told(order[: -_MOST_NAMES - 1 : -1])}"]


def _last(report: Report, means: dict[str, Any]) -> list[str]:
    gap = f"exploitability at most {means['exploitability_pct']:.3f} % of the pot"
    lines = ["", f"{gap}; {duration(means['seconds'])} of solving in all"]
    if report.missing:
        lines.append(f"{counted(len(report.missing), 'board')} not done yet")
    return [*lines, f"table and pictures: {report.folder.path}"]


def bars_of(report: Report) -> list[Bar]:
    """A bar a board, for the player who acts."""
    return [
        Bar(
            name=name,
            strip=f"{texture.pairs}, {texture.suits}",
            mark=texture.high,
            frequencies=report.frequencies[place],
            ev=float(report.ev[report.player][place]) / report.pot,
            equity=float(report.equity[report.player][place]),
            share=float(report.share[place]),
        )
        for place, (name, texture) in enumerate(zip(report.boards, report.textures))
    ]


def bars_of_textures(report: Report) -> list[Bar]:
    """A bar a texture, and one of all."""
    bars = []
    groups = {**report.groups(), "all": np.ones(len(report.boards), bool)}
    for name, inside in groups.items():
        means = report.means(inside)
        bars.append(
            Bar(
                name=name,
                strip="",
                mark="",
                frequencies=np.array(means["frequencies"]),
                ev=means["ev"][report.player] / report.pot,
                equity=means["equity"][report.player],
                share=means["share"],
            )
        )
    return bars


def write_tables(report: Report) -> None:
    """Write ``table.csv``, ``report.json``, and the pictures ``boards`` and ``textures`` as SVG and, where matplotlib
    is there, PNG, into the report's folder. SaveError where the disk refuses.
    """
    report.folder.write("table.csv", report.to_csv())
    report.folder.write("report.json", json.dumps(result_of_report(report) | {"rows": _without_nan(report.rows())}))
    after = f" after {', '.join(report.line)}" if report.line else ""
    title = f"{report.told}: {report.player}{after}"
    pictures = {
        "boards": BoardsChart(title, report.actions, bars_of(report), report.player),
        "textures": TexturesChart(title, report.actions, bars_of_textures(report), report.player),
    }
    for name, picture in pictures.items():
        picture.save(report.folder.path / f"{name}.svg")
        if can_paint():
            picture.save(report.folder.path / f"{name}.png")
    if not can_paint():
        text = "pictures are SVG alone; for PNG: pip install 'holdem_mpi[plot]'"
        print(text, file=sys.stderr, flush=True)


def _without_nan(value: Any) -> Any:
    """The same with None for NaN, which JSON lacks."""
    if isinstance(value, dict):
        return {key: _without_nan(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_nan(each) for each in value]
    return None if isinstance(value, float) and math.isnan(value) else value
