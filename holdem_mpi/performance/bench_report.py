"""The report of ``bench scaling``: report.json, report.md and scaling.svg."""

import importlib.util
import json
import statistics
import sys
from pathlib import Path
from typing import Any

import numpy as np

from holdem_mpi.errors import SaveError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.performance.batch_sums import BatchSums
from holdem_mpi.performance.link_times import Link
from holdem_mpi.text import count, counted, gibibytes


def write_report(report: dict[str, Any], folder: Path) -> list[str]:
    """Write the report's files; the lines to print. SaveError where the disk refuses."""
    lines = report_lines(report)
    try:
        (folder / "report.json").write_text(json.dumps(report, indent=1) + "\n", encoding="ascii")
        (folder / "report.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
        if importlib.util.find_spec("matplotlib") is None:
            line = "matplotlib is not installed; the plot is left out (pip install 'holdem_mpi[plot]')"
            print(f"{folder / 'scaling.svg'}: {line}", file=sys.stderr, flush=True)
        else:
            plot_scaling(report, folder / "scaling.svg")
    except OSError as error:
        raise SaveError(f"{folder}: {error.strerror or error}; the report was not written") from None
    return [*lines, "", f"report: {folder}"]


def report_lines(report: dict[str, Any]) -> list[str]:
    """The report as lines of Markdown, which go into report.md."""
    return [*_head(report), *_measured(report), *_links(report), *_extrapolated(report)]


def _head(report: dict[str, Any]) -> list[str]:
    machine, buckets = report["machine"], ",".join(map(str, report["buckets"]))
    hosts = "+".join(map(str, report["ranks_of_hosts"]))
    return [
        f"# Scaling of {report['game']}",
        "",
        f"    {report['command']}",
        "",
        f"- Machine: {machine['processor']}, {machine['cores']} cores, {gibibytes(machine['memory'])}, "
        f"{machine['system']}",
        f"- Versions: holdem_mpi {machine['holdem_mpi']}, Python {machine['python']}, NumPy {machine['numpy']}, Numba "
        f"{machine['numba']}, mpi4py {machine['mpi4py']}, {machine['mpi']}",
        f"- Ranks by host: {hosts}",
        f"- Table: {count(report['table_entries'])} entries of {report['precision']}"
        + (f", buckets {buckets}" if buckets else ""),
        f"- Sampler {report['sampler']}, mode {report['mode']}, batch size "
        f"{report['batch_size']}, seed {report['seed']}",
        f"- {counted(report['rounds'], 'round')} of {report['seconds']:g} s a run; median (least to most) over rounds; "
        "no checkpoints",
        "",
    ]


def _measured(report: dict[str, Any]) -> list[str]:
    digest = next((run["digest"] for run in report["runs"] if run["kind"] == "strong" and run["digest"]), None)
    strong = f"Strong scaling: {report['lanes']} lanes on any number of ranks"
    strong += f"; all runs had one table after their warm-up, digest {digest}" if digest else ""
    lines = [f"## {strong}", "", *_table(report, "strong")]
    if not report["divided"] and report["mode"] != "racing":
        lines += ["", "## Weak scaling: as many lanes as ranks", "", *_table(report, "weak")]
    if len(report["strong"]) == 1:
        lines += ["", "One rank only: scaling needs more (`mpirun -n 2 ...`), and so does the model.", ""]
    return [*lines, ""]


def _table(report: dict[str, Any], kind: str) -> list[str]:
    """Efficiency is over the first line's rate a rank; shares are of a batch's time."""
    lines = [
        "| ranks | iterations/s | efficiency | model, iterations/s | share of merging | of waiting | "
        "PSS a rank | RSS a rank | PSS a node |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    model = {each["ranks"]: each[kind] for each in report.get("model", {}).get("of_measured", [])}
    for row in report[kind]:
        cells = [
            str(row["ranks"]),
            shown_spread(row["iterations_per_second"]),
            shown_spread(row["efficiency"]),
            f"{model[row['ranks']]:,.0f}" if row["ranks"] in model else "",
            "{:.0%} ({:.0%} to {:.0%})".format(*row["merge_share"]),
            f"{row['wait_share'][0]:.0%}",
            *(gibibytes(row[name][0]) for name in ("pss_of_rank", "rss_of_rank", "pss_of_host")),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _links(report: dict[str, Any]) -> list[str]:
    names = {"host": "message, ranks of one host", "network": "message, two hosts", "allreduce": "Allreduce, all ranks"}
    found = {name: report["links"][name] for name in names if report["links"][name] is not None}
    if not found:
        return []
    lines = ["## Messages", "", "| what | latency | bandwidth |", "|---|---|---|"]
    for name, (latency, byte) in found.items():
        bandwidth = f"{1e-9 / byte:.3g} GB/s" if byte > 0 else "not to be told"
        lines.append(f"| {names[name]} | {1e6 * latency:,.1f} us | {bandwidth} |")
    return [*lines, ""]


def _extrapolated(report: dict[str, Any]) -> list[str]:
    model = report.get("model")
    if model is None:
        return []
    sums, network = BatchSums(**model["sums"]), Link(**model["network"])
    measured = report["links"]["network"] is not None
    lines = [
        f"## Extrapolated to {model['extrapolated'][-1]['ranks']} ranks",
        "",
        "Not measured. The model of docs/scaling.md, fitted on "
        f"{model['fitted_on']} ranks of this job, with these assumptions:",
        "",
        f"- {model['ranks_of_node']} ranks a node, which slow each other no more than {model['fitted_on']} did here",
        f"- an iteration takes {1e6 * model['iteration_seconds']:.3g} us; the slowest rank is waited for "
        f"{model['wait']:.1%} of the computing time, growing as sqrt(log ranks)",
        *_sums_lines(sums),
        f"- merging costs {1e9 * model['merge_seconds_of_byte']:.3g} ns for each byte that a rank works through",
        f"- between nodes {1e6 * network.latency:.3g} us and {1e-9 / max(network.byte, 1e-15):.3g} GB/s "
        + ("as measured" if measured else "(assumed: this job had one host)")
        + ", ceil(log2(nodes)) steps of latency and twice the sums of all lanes",
        "- strong: 1,024 lanes of this batch size on any number of ranks; weak: as many lanes as ranks",
        "",
        "| ranks | nodes | strong, iterations/s | efficiency | weak, iterations/s | efficiency | waiting and merging |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in model["extrapolated"]:
        cells = [count(row["strong"]), f"{row['strong_efficiency']:.0%}", count(row["weak"])]
        cells += [f"{row['weak_efficiency']:.0%}", f"{row['weak_idle_share']:.0%}"]
        lines.append(f"| {row['ranks']} | {row['nodes']} | {' | '.join(cells)} |")
    return lines


def _sums_lines(sums: BatchSums) -> list[str]:
    if not sums.logged:
        return [f"- a merge sums the whole table, {sums.most / 1e6:,.3g} MB"]
    return [
        f"- an iteration logs {sums.logged:,.0f} bytes, which owners work off; several nodes go through them twice",
        f"- a lane of {sums.batch_size} iterations adds to blocks of {sums.blocks / 1e3:,.3g} kB, n lanes to "
        f"n**{sums.growth_in_lanes:.2f} times as many, at most {sums.most / 1e6:,.3g} MB",
    ]


def plot_scaling(report: dict[str, Any], file: Path) -> None:
    """Iterations a second and efficiency over ranks: measured with its spread, and the model."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.2), layout="constrained")
    rates, efficiencies = figure.subplots(1, 2)
    for kind, colour in (("strong", "C0"), ("weak", "C1")):
        ranks = [row["ranks"] for row in report[kind]]
        for panel, name in ((rates, "iterations_per_second"), (efficiencies, "efficiency")):
            middle, least, most = zip(*(row[name] for row in report[kind]))
            spread = np.abs(np.array([least, most]) - middle)
            panel.errorbar(ranks, middle, spread, marker="o", capsize=3, color=colour, label=f"{kind}, measured")
        further = report.get("model", {}).get("extrapolated", [])
        if further:
            across = [row["ranks"] for row in further]
            rates.plot(across, [row[kind] for row in further], "--", color=colour, label=f"{kind}, model")
            efficiencies.plot(across, [row[f"{kind}_efficiency"] for row in further], "--", color=colour)
    rates.set(xscale="log", yscale="log", xlabel="ranks", ylabel="iterations/s")
    efficiencies.set(xscale="log", xlabel="ranks", ylabel="efficiency", ylim=(0, None))
    for panel in (rates, efficiencies):
        panel.grid(True, alpha=0.3)
    rates.legend(fontsize="small")
    with rc_context({"svg.fonttype": "none"}):  # letters as letters: a tenth of the size
        figure.savefig(file, metadata={"Date": None})


def spread(values: list[float]) -> list[float]:
    """[median, least, most] of ``values``."""
    return [statistics.median(values), min(values), max(values)]


def shown_spread(figures: list[float] | None) -> str:
    """``12.3 (11.9 to 14)``; nothing for None."""
    if figures is None:
        return ""
    middle, least, most = (f"{value:.3g}" if value < 1000 else f"{value:,.0f}" for value in figures)
    return f"{middle} ({least} to {most})"


def say(comm: Communicator, line: str) -> None:
    """A line of progress, on rank 0's standard error."""
    if comm.rank == 0:
        print(line, file=sys.stderr, flush=True)
