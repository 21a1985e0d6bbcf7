"""Iterations a second of N ranks over one process, at the batch size that ``--plan`` recommends.

    python benchmarks/scaling.py [--ranks 2] [--rounds 3] [--seconds 20] [--games nolimit_hu_200bb,limit_holdem]

For a machine that has as many quiet cores as ranks. In each round one process runs for so many seconds, then the ranks;
the ratio of the two is kept, and the median, least and largest are printed. Rates come from the runs' metrics.jsonl,
after their first line, so that starting up does not count; batches are long, so give them the seconds. Exits with 1
where a median misses the target, which is stated for two ranks.
"""

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from training import spread

TARGET = 1.85


def command(ranks: int, arguments: list[str]) -> list[str]:
    """The train command on so many ranks, by the mpirun that belongs to this Python."""
    beside = Path(sys.executable).parent / "mpirun"
    mpirun = [str(beside) if beside.exists() else shutil.which("mpirun"), "-n", str(ranks)] if ranks > 1 else []
    return [*mpirun, sys.executable, "-m", "holdem_mpi.train", *arguments]


def recommended_batch_size(game: str, ranks: int) -> int:
    """What ``--plan`` says for a game on so many ranks."""
    plan = subprocess.run(
        command(ranks, ["--game", game, "--plan"]), stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    return int(re.search(r"recommended batch size: +([0-9]+)", plan)[1])


def rate(game: str, ranks: int, batch_size: int, seconds: float) -> float:
    """Iterations a second of one run, once it is under way."""
    with tempfile.TemporaryDirectory() as folder:
        run = ["--game", game, "--batch-size", str(batch_size), "--iters", "1e15", "--log-interval", "1"]
        run += ["--time-budget", str(seconds), "--checkpoint-interval", "1e6", "--logdir", f"{folder}/run"]
        subprocess.run(command(ranks, run), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        lines = [json.loads(line) for line in (Path(folder) / "run" / "metrics.jsonl").read_text().splitlines()]
    if len(lines) < 3:
        raise SystemExit(f"{game}: {len(lines)} lines of metrics in {seconds:g} s; expected more --seconds")
    first, last = lines[1], lines[-1]
    return (last["iterations"] - first["iterations"]) / (last["seconds"] - first["seconds"])


def main() -> int:
    parser = argparse.ArgumentParser(description="Iterations a second of several ranks over one process.")
    parser.add_argument("--ranks", type=int, default=2, help="ranks beside the one process")
    parser.add_argument("--rounds", type=int, default=3, help="pairs of runs for each game")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each run")
    parser.add_argument("--games", default="nolimit_hu_200bb,limit_holdem", help="shipped configs, by commas")
    options = parser.parse_args()
    missed = 0
    for game in options.games.split(","):
        batch_size = recommended_batch_size(game, options.ranks)
        alone, together = [], []
        for _ in range(options.rounds):
            alone.append(rate(game, 1, batch_size, options.seconds))
            together.append(rate(game, options.ranks, batch_size, options.seconds))
        ratios = [many / one for many, one in zip(together, alone)]
        missed += statistics.median(ratios) < TARGET
        print(
            f"{game}, batches of {batch_size}: {options.ranks} ranks over 1: {spread(ratios, 3)}, target >= {TARGET}\n"
            f"    1 process {spread(alone, 4)} it/s, {options.ranks} ranks {spread(together, 4)} it/s",
            flush=True,
        )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
