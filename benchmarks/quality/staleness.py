"""What it costs that lanes do not see each other's updates: quality at equal iterations, lanes by batch size.

    python -m benchmarks.quality.staleness [--seeds 3] [--leduc 1000000] [--flop 200000] [--plot FILE.svg] [--late]

Ten to fifteen minutes of one core. Leduc: NashConv, exact. Flop hold'em: exploitability in the real game, exact. Lanes
run in one process and give what as many ranks give, bit by bit; the rows of ``mode: racing`` are runs of real ranks.
``--late`` is for lanes whose sums are merged a batch late (``late_merge``), without racing.
Prints Markdown tables of medians with the least and the largest value over the seeds.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import yaml

from benchmarks.common import exploitability_of, new_trainer, spread, train
from holdem_mpi.abstraction.canonical_flops import canonical_flops
from holdem_mpi.best_response.flop_response import FlopResponder
from holdem_mpi.best_response.policy_on_cards import PolicyOnCards
from holdem_mpi.best_response.preflop_response import PreflopResponse, class_values
from holdem_mpi.config.load import load_config
from holdem_mpi.policy.tabular import average_policy
from holdem_mpi.training.trainer import Trainer

LANES = {"leduc": (1, 2, 4, 8, 16), "flop_holdem": (1, 4, 16)}
BATCH_SIZES = {"leduc": (50, 200, 1000, 5000, "auto"), "flop_holdem": (200, 1000, 5000, "auto")}
RACING_RANKS = (1, 2, 4)
TITLES = {"leduc": "Leduc: NashConv, chips / 1,000", "flop_holdem": "Flop hold'em: exploitability, mbb/g"}
_MILLI = 1000.0


def leduc_figure(trainer: Trainer) -> float:
    """NashConv in thousandths of a chip."""
    return _MILLI * exploitability_of(trainer).nash_conv


def flop_figure(trainer: Trainer) -> float:
    """Exploitability (half the NashConv) of flop hold'em in mbb/g, as ``evaluate exploitability`` computes it."""
    problem = trainer.problem
    tables = problem.tables
    bucket_tables = (np.zeros((0, 1326), np.uint8), tables.bucket_of_3.reshape(-1, 1326))
    probability = average_policy(problem.layout, trainer.table)[0]
    policy = PolicyOnCards(problem.layout, probability, tables.class_of_hand.astype(np.int64), bucket_tables)
    responder = FlopResponder(policy)
    flops, weights = canonical_flops()
    total = sum(weight * class_values(responder, tuple(flop.tolist())) for flop, weight in zip(flops, weights))
    best = [PreflopResponse(responder, player).best(total[player])[0] for player in (0, 1)]
    return _MILLI * sum(best) / 2 / max(problem.config.game.blinds)


# Flop hold'em as a small table without a floor.
KEYS: dict[str, dict] = {
    "leduc": {},
    "flop_holdem": {
        "abstraction__buckets": [169, 200],
        "abstraction__methods": [],
        "solver__pruning__enabled": False,
    },
}
FIGURES: dict[str, Callable[[Trainer], float]] = {"leduc": leduc_figure, "flop_holdem": flop_figure}


def in_lanes(game: str, iterations: int, lanes: int, batch_size: int | str, seed: int, late: bool) -> float:
    """A reproducible run in this process."""
    trainer = new_trainer(game, lanes=lanes, batch_size=batch_size, solver__seed=seed, late_merge=late, **KEYS[game])
    return FIGURES[game](train(trainer, iterations))


def racing(game: str, iterations: int, ranks: int, seed: int) -> float:
    """A racing run of real ranks, measured by ``evaluate exploitability``."""
    with tempfile.TemporaryDirectory() as folder:
        run = f"{folder}/run"
        config = load_config(game, {key.replace("__", "."): value for key, value in KEYS[game].items()})
        Path(f"{folder}/game.yaml").write_text(yaml.safe_dump(config.model_dump(mode="json", exclude_defaults=True)))
        options = [
            "--config",
            f"{folder}/game.yaml",
            "--mode",
            "racing",
            "--iters",
            str(iterations),
            "--seed",
            str(seed),
            "--logdir",
            run,
        ]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": True}
        started = [sys.executable, "-m", "holdem_mpi.train", *options]
        subprocess.run(started + (["--num-workers", str(ranks)] if ranks > 1 else []), **quiet)
        evaluation = [sys.executable, "-m", "holdem_mpi.evaluate", "exploitability", "--policy", run]
        subprocess.run(evaluation, **quiet)
        line = json.loads((Path(run) / "evaluations.jsonl").read_text().splitlines()[-1])
    return line["result"]["nash_conv_mbb" if game == "leduc" else "exploitability_mbb"]


def rows_of(game: str, iterations: int, seeds: range, late: bool) -> Iterator[tuple[str, list[list[float]]]]:
    """(name of the row, values by seed of each column), reproducible lanes and then, unless ``late``, racing ranks."""
    for lanes in LANES[game]:
        sizes = BATCH_SIZES[game]
        cells = [[in_lanes(game, iterations, lanes, size, seed, late) for seed in seeds] for size in sizes]
        yield f"{lanes} lanes", cells
    for ranks in () if late else RACING_RANKS:
        yield f"racing, {ranks} ranks", [[racing(game, iterations, ranks, seed) for seed in seeds]]


def draw(results: dict[str, dict[str, list[list[float]]]], file: str) -> None:
    """A panel a game: medians by lanes, a line a batch size, with the spread over seeds; racing by ranks."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    panels = figure.subplots(1, len(results), squeeze=False)[0]
    for panel, (game, rows) in zip(panels, results.items()):
        lines = {f"batches of {size}": [] for size in BATCH_SIZES[game]} | {"racing (ranks)": []}
        for name, columns in rows.items():
            number = int(name.split()[-2])
            labels = ["racing (ranks)"] if name.startswith("racing") else list(lines)
            for label, values in zip(labels, columns):
                lines[label].append((number, statistics.median(values), min(values), max(values)))
        for label, points in ((label, points) for label, points in lines.items() if points):
            number, middle, least, largest = np.array(points).T
            bars = (middle - least, largest - middle)
            panel.errorbar(number, middle, bars, marker="o", capsize=3, label=label, ls="--" if "rac" in label else "-")
        panel.set_xscale("log", base=2)
        panel.set_yscale("log")
        panel.set(title=TITLES[game], xlabel="lanes (racing: ranks)")
        panel.grid(True, which="both", alpha=0.3)
        panel.legend(fontsize="small")
    figure.savefig(file, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description="Quality at equal iterations, lanes by batch size.")
    parser.add_argument("--seeds", type=int, default=3, help="seeds 0, 1, ... of each cell")
    parser.add_argument("--leduc", type=int, default=1_000_000, help="iterations of Leduc; 0: without it")
    parser.add_argument("--flop", type=int, default=200_000, help="iterations of flop hold'em; 0: without it")
    parser.add_argument("--late", action="store_true", help="merge late, and do not race")
    parser.add_argument("--plot", metavar="FILE", help="draw it, as SVG")
    options = parser.parse_args()
    begin, results = time.process_time(), {}
    for game, iterations in (("leduc", options.leduc), ("flop_holdem", options.flop)):
        heads = [f"batches of {size}" if size != "auto" else "auto" for size in BATCH_SIZES[game]]
        if not iterations:
            continue
        late = ", late merges" if options.late else ""
        print(f"\n{TITLES[game]}, after {iterations:,} iterations{late}\n\n| | {' | '.join(heads)} |")
        print("|---" * (1 + len(heads)) + "|", flush=True)
        results[game] = {}
        for name, columns in rows_of(game, iterations, range(options.seeds), options.late):
            results[game][name] = columns
            cells = [spread(values, 3) for values in columns] + [""] * (len(heads) - len(columns))
            print(f"| {name} | {' | '.join(cells)} |", flush=True)
    print(f"\n{options.seeds} seeds, {time.process_time() - begin:.0f} CPU seconds beside the racing runs")
    if options.plot:
        draw(results, options.plot)


if __name__ == "__main__":
    main()
