"""Plots of a comparison and of a chart, by matplotlib, which is an optional extra."""

import importlib.util
import math
from pathlib import Path
from typing import Any

import numpy as np

from holdem_mpi.cards import NUM_CLASSES, class_name
from holdem_mpi.errors import ConfigError, SaveError, UserError
from holdem_mpi.storage.result_file import check_result_file
from holdem_mpi.text import count

_ENDINGS = (".png", ".svg", ".pdf")


def check_plot(file: str) -> None:
    """Before anything is measured: UserError unless ``file`` can be a plot, ConfigError without matplotlib."""
    if Path(file).suffix not in _ENDINGS:
        raise UserError(f"--plot {file}: expected a file that ends in {', '.join(_ENDINGS)}")
    check_result_file("--plot", file)
    if importlib.util.find_spec("matplotlib") is None:
        raise ConfigError(
            "--plot: the package matplotlib is not installed; expected it (pip install 'holdem_mpi[plot]')"
        )


def plot_comparison(comparison: dict[str, Any], file: str) -> None:
    """Draw the points against iterations and against CPU seconds, both axes logarithmic, a line for each run.

    The measure's axis is linear where a value is not above zero, as bounds by sampling may be, and near zero where only
    an interval reaches there. SaveError where the disk refuses.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    points = comparison["points"]
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for panel, key, label in zip(panels, ("iterations", "cpu_seconds"), ("iterations", "CPU seconds, all ranks")):
        panel.set_xscale("log")
        places = [point[key] for point in points if point[key]]
        if places:
            spare = (max(places) / min(places)) ** 0.08 if max(places) > min(places) else 2.0
            panel.set_xlim(min(places) / spare, max(places) * spare)
            label_logarithms(panel.xaxis, places)
        for run in dict.fromkeys(point["run"] for point in points):
            known = [point for point in points if point["run"] == run and point[key]]
            values = [point["value"] for point in known]
            spread = [
                [0 if point["low"] is None else max(0.0, point["value"] - point["low"]) for point in known],
                [0 if point["high"] is None else max(0.0, point["high"] - point["value"]) for point in known],
            ]
            panel.errorbar([point[key] for point in known], values, spread, marker="o", capsize=3, label=run)
        panel.set_xlabel(label)
        panel.margins(y=0.08)
        panel.grid(True, which="both", alpha=0.3)
    panels[0].set_ylabel(f"{comparison['measure']} ({comparison['unit']})")
    values = [point["value"] for point in points]
    ends = [end for point in points for end in (point["value"], point["low"], point["high"]) if end is not None]
    if min(ends) > 0:
        panels[0].set_yscale("log")
        label_logarithms(panels[0].yaxis, ends)
    elif min(values) > 0:
        panels[0].set_yscale("symlog", linthresh=min(values))
        panels[0].yaxis.set_major_formatter(FuncFormatter(_number))
    panels[1].legend(fontsize="small")
    _save(figure, file)


def label_logarithms(axis: Any, values: list[float]) -> None:
    """Ticks of a logarithmic axis, as people read numbers, and so few that none touches the next."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    decades = math.log10(max(values) / min(values))
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if decades < 2.5 else (1.0,), numticks=7))
    axis.set_major_formatter(FuncFormatter(_number))
    axis.set_minor_formatter(NullFormatter())


def _number(value: float, _: int) -> str:
    return ("-" if value < 0 else "") + count(abs(value))


def plot_hand_grid(
    title: str, actions: list[str], words: list[str], shares: np.ndarray, means: np.ndarray, file: str
) -> None:
    """Draw the 13 x 13 grid of preflop classes, each cell a bar of its actions. SaveError where the disk refuses.

    actions, words: ``f``, ``c``, ``r300``, which decide the colours, and what the legend says for them.
    shares: float64[class, action], which sum to 1. means: float64[action], for the legend.
    """
    from matplotlib.figure import Figure

    raises = [name for name in actions if name.startswith("r")]
    figure = Figure(figsize=(8, 8.6), layout="constrained")
    panel = figure.subplots()
    row, column = np.divmod(np.arange(NUM_CLASSES), 13)
    left = column.astype(np.float64)
    for place, name in enumerate(actions):
        color = {"f": "#6f9fd8", "c": "#7fbf7b"}.get(name) or _red((raises.index(name) + 1) / len(raises))
        label = f"{words[place]} {100 * means[place]:.1f} %"
        panel.barh(row + 0.5, shares[:, place], height=0.96, left=left, color=color, label=label)
        left += shares[:, place]
    for preflop_class in range(NUM_CLASSES):
        at = column[preflop_class] + 0.06, row[preflop_class] + 0.2
        panel.text(*at, class_name(preflop_class), fontsize=8, va="center")
    for line in range(14):
        panel.axhline(line, color="white", linewidth=1.5)
        panel.axvline(line, color="white", linewidth=1.5)
    panel.set(xlim=(0, 13), ylim=(13, 0), aspect="equal", xticks=[], yticks=[])
    panel.set_title(f"{title}\nsuited above the diagonal", fontsize="medium")
    figure.legend(loc="outside lower center", ncols=min(len(actions), 4), fontsize="small", frameon=False)
    _save(figure, file)


def _red(share: float) -> tuple[float, float, float]:
    """A red for a share in (0, 1], the darker the larger."""
    return (0.98 - 0.4 * share, 0.72 - 0.62 * share, 0.62 - 0.52 * share)


def _save(figure: Any, file: str) -> None:
    try:
        figure.savefig(file, dpi=150, bbox_inches="tight")
    except OSError as error:
        raise SaveError(f"{file}: {error.strerror or error}; the plot was not written") from None
