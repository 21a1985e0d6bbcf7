"""What ranks bring to the default game: two and sixteen ranks beside one rank alone, and beside racing.

    python -m benchmarks.speed.ranks [--rounds 3] [--seconds 10] [--cores 2] [--ranks 16] [--lanes 16]

Meant for a machine of two cores that nothing else uses. In each round these jobs of ``bench scaling`` run one after
another, each run in them for ``--seconds`` (kernels are compiled and buckets built before):

- ``--cores`` ranks: one rank with one lane; all ranks with ``--lanes`` lanes;
- ``--cores`` ranks, racing;
- ``--ranks`` ranks, more than there are cores, with one lane each, all taking turns.

The command itself, ``--ranks`` ranks of ``train`` with one lane each, of which those rest that outnumber the cores,
runs for ``--seconds`` too; its rate is that between its first and its last line of metrics.

Ratios are of iterations a second within one round; median, least and largest over rounds are printed beside the
targets, with the shares of merging (of all ranks' CPU time, waiting for the slowest rank apart) and of waiting (of the
time of a batch); all are written to ``--json``. Always ends with 0.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.common import spread
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host import machine_facts
from tests.helpers.launching import child_environment, launcher

# What a ratio or a share is to be.
_TARGETS = {
    "cores over one": ">= 1.8",
    "cores over racing": ">= 0.75",
    "ranks over racing": ">= 0.7",
    "turns over racing": ">= 0.7",
    "merging, cores": "<= 0.15",
    "merging, turns": "<= 0.15",
}


def scaling(ranks: int, counts: str, options: list[str], seconds: float) -> list[dict[str, Any]]:
    """The runs of one job of ``bench scaling`` on so many ranks."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["-m", "holdem_mpi.bench", "scaling", "--ranks", counts, "--rounds", "1", "--seconds", str(seconds)]
        command = [launcher(), "-n", str(ranks), sys.executable, *words, "--out", folder, *options]
        done = subprocess.run(command, env=child_environment(), capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}: ended with {done.returncode}\n{done.stderr[-2000:]}")
        return json.loads((Path(folder) / "report.json").read_text())["runs"]


def command_rate(ranks: int, options: list[str], seconds: float) -> float:
    """Iterations a second of ``train`` on so many ranks, from its first line of metrics to its last."""
    with tempfile.TemporaryDirectory() as folder:
        ends = ["--time-budget", str(seconds), "--log-interval", "1", "--iters", "1e12", "--logdir", f"{folder}/run"]
        command = [launcher(), "-n", str(ranks), sys.executable, "-m", "holdem_mpi.train", *options, *ends]
        done = subprocess.run(command, env=child_environment(), capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}: ended with {done.returncode}\n{done.stderr[-2000:]}")
        lines = [json.loads(line) for line in (Path(folder) / "run" / "metrics.jsonl").read_text().splitlines()]
        first, last = lines[0], lines[-1]
        return (last["iterations"] - first["iterations"]) / (last["seconds"] - first["seconds"])


def run_of(runs: list[dict[str, Any]], kind: str, ranks: int) -> dict[str, Any]:
    """The run of a kind (strong, weak) on so many ranks."""
    return next(run for run in runs if run["kind"] == kind and run["ranks"] == ranks)


def measure(given: argparse.Namespace) -> dict[str, float]:
    """One round: iterations a second, ratios and shares."""
    game = ["--game", given.game, "--batch-size", str(given.batch_size)]
    game += ["--buckets", given.buckets] if given.buckets else []
    few = scaling(given.cores, str(given.cores), [*game, "--lanes", str(given.lanes)], given.seconds)
    one, cores = run_of(few, "weak", 1), run_of(few, "strong", given.cores)
    racing = run_of(
        scaling(given.cores, str(given.cores), [*game, "--mode", "racing"], given.seconds), "strong", given.cores
    )
    many = scaling(given.ranks, str(given.ranks), [*game, "--lanes", str(given.ranks)], given.seconds)
    turns = run_of(many, "strong", given.ranks)
    rate = command_rate(given.ranks, [*game, "--lanes", str(given.ranks)], given.seconds)
    rates = {
        name: run["iterations_per_second"]
        for name, run in (("one", one), ("cores", cores), ("racing", racing), ("turns", turns))
    }
    rates["ranks"] = rate
    return {
        **{f"{name}, iterations/s": rate for name, rate in rates.items()},
        "cores over one": rates["cores"] / rates["one"],
        "cores over racing": rates["cores"] / rates["racing"],
        "ranks over racing": rates["ranks"] / rates["racing"],
        "turns over racing": rates["turns"] / rates["racing"],
        "merging, one": one["merge_cpu_share"],
        "merging, cores": cores["merge_cpu_share"],
        "merging, turns": turns["merge_cpu_share"],
        "waiting, cores": cores["wait_share"],
        "waiting, turns": turns["wait_share"],
    }


def main() -> int:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--game", default="nolimit_hu_200bb")
    parser.add_argument("--buckets", help="instead of the game's own")
    parser.add_argument("--batch-size", type=int, default=200)
    parser.add_argument("--lanes", type=int, default=16, help="of the run with a rank a core")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--ranks", type=int, default=16, help="of the run with more ranks than cores")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each run")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    given = parser.parse_args()
    rounds = []
    for number in range(given.rounds):
        rounds.append(measure(given))
        shown = ", ".join(f"{name} {value:.3g}" for name, value in rounds[-1].items())
        print(f"round {number + 1}: {shown}", file=sys.stderr, flush=True)
    figures = {name: [each[name] for each in rounds] for name in rounds[0]}
    print(f"{given.game}, batches of {given.batch_size}; {given.rounds} rounds of {given.seconds:g} s a run")
    print(f"one: 1 rank, 1 lane; cores: {given.cores} ranks, {given.lanes} lanes; racing: {given.cores} ranks;")
    print(f"ranks: train on {given.ranks} ranks, {given.ranks} lanes; turns: the same, all at work.")
    print("Merging: share of CPU time; waiting: of a batch's time.")
    for name, values in figures.items():
        target = f", target {_TARGETS[name]}" if name in _TARGETS else ""
        print(f"{name}: {spread(values, 3)}{target}")
    report = {"game": given.game, "batch_size": given.batch_size, "figures": figures}
    report["machine"] = machine_facts(Communicator().mpi_version)
    if given.json:
        given.json.write_text(json.dumps(report, indent=1) + "\n", encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
