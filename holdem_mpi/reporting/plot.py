"""Plots of a comparison, by matplotlib, which is an optional extra."""

import importlib.util
from pathlib import Path
from typing import Any

from holdem_mpi.errors import ConfigError, SaveError, UserError
from holdem_mpi.storage.result_file import check_result_file

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

    The measure's axis is linear where a value is not above zero, as bounds by sampling may be. SaveError where the disk
    refuses.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    def logarithmic(axis: Any) -> None:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.set_minor_formatter(NullFormatter())

    points = comparison["points"]
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for panel, key, label in zip(panels, ("iterations", "cpu_seconds"), ("iterations", "CPU seconds, all ranks")):
        for run in dict.fromkeys(point["run"] for point in points):
            known = [point for point in points if point["run"] == run and point[key]]
            values = [point["value"] for point in known]
            spread = [
                [0 if point["low"] is None else max(0.0, point["value"] - point["low"]) for point in known],
                [0 if point["high"] is None else max(0.0, point["high"] - point["value"]) for point in known],
            ]
            panel.errorbar([point[key] for point in known], values, spread, marker="o", capsize=3, label=run)
        panel.set(xscale="log", xlabel=label)
        logarithmic(panel.xaxis)
        panel.grid(True, which="both", alpha=0.3)
    panels[0].set_ylabel(f"{comparison['measure']} ({comparison['unit']})")
    if all(point["value"] > 0 for point in points):
        panels[0].set_yscale("log", nonpositive="clip")
        logarithmic(panels[0].yaxis)
    panels[1].legend(fontsize="small")
    try:
        figure.savefig(file, dpi=150)
    except OSError as error:
        raise SaveError(f"{file}: {error.strerror or error}; the plot was not written") from None
