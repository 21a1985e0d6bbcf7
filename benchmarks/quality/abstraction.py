"""Whether clustered buckets play better than percentiles: exact exploitability in the real game, by bucket counts.

    python -m benchmarks.quality.abstraction [--games flop,turn] [--buckets 100,1000,10000] [--methods NAMES]
        [--seeds 3] [--flops N] [--folder DIR]

``flop``: flop hold'em, equity against clusters of opponents beside percentiles and beside hand strength and its square.
``turn``: limit hold'em that ends after the turn; on the flop earth mover's distance beside percentiles, on the turn as
many percentiles in both (1,900 at most). Both are trained against best responses (CFR-BR), which comes near the least
exploitable strategy that the buckets can hold. Near an equilibrium of the buckets instead: ``flop-public`` by
public-chance sampling, ``flop-full`` by full-width CFR+ (five minutes a run), ``turn-external`` by external sampling.

A seed is that of training and of clustering. The best response is over all flops; on the turn with ``--flops N``
estimated from the same N for all. Runs that are in the folder are not done again.
"""

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

TRAINING = {
    "flop": ("--sampler", "cfr-br", "--lanes", 1, "--iters", 4000),
    "turn": ("--sampler", "cfr-br", "--lanes", 1, "--iters", 1000),
    "flop-public": ("--sampler", "public", "--lanes", 1, "--iters", 20_000),
    "flop-full": ("--sampler", "full", "--algorithm", "cfr+", "--iters", 100),
    "turn-external": ("--lanes", 1, "--batch-size", 2000, "--iters", 10_000_000),
}
# Few more hands differ on the flop by what the method sees (1,345 of those that k-means draws).
MOST = {"percentile": 1390, "ehs_kmeans": 1300}
METHODS = {"flop": ("percentile", "ehs_kmeans", "ochs_kmeans"), "turn": ("percentile", "emd_kmeans")}


def run(*arguments: object) -> str:
    """A command of the package; its standard output. Ends the benchmark where it fails."""
    done = subprocess.run([sys.executable, "-m", *map(str, arguments)], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, arguments))}: exit code {done.returncode}")
    return done.stdout


def recipe(street: str, method: str, k: int, seed: int) -> str:
    """The recipe of one case, as YAML."""
    text = f"seed: {seed}\npreflop: {{method: lossless}}\nflop: {{method: {method}, k: {k}}}\n"
    return text + (f"turn: {{method: percentile, k: {min(k, 1900)}}}\n" if street == "turn" else "")


def mbb(folder: Path, game: str, method: str, k: int, seed: int, flops: int) -> float:
    """Exploitability of one case in mbb/g, trained and measured where the folder does not hold it yet."""
    case, street = folder / f"{game}-{method}-{k}-{seed}", game.split("-")[0]
    if not (case / "result.json").exists():
        case.mkdir(parents=True, exist_ok=True)
        (case / "recipe.yaml").write_text(recipe(street, method, k, seed))
        how = ["--game", f"{street}_holdem", *TRAINING[game], "--seed", seed, "--recipe", case / "recipe.yaml"]
        run("holdem_mpi.train", *how, "--logdir", case / "run")
        exact = ["--flops", flops, "--seed", 0] if street == "turn" and flops else []
        run("holdem_mpi.evaluate", "exploitability", "--policy", case / "run", *exact)
        last = (case / "run" / "evaluations.jsonl").read_text().splitlines()[-1]
        (case / "result.json").write_text(json.dumps(json.loads(last)["result"]))
    result = json.loads((case / "result.json").read_text())
    return result["cross_fitted"]["mean"] if "cross_fitted" in result else result["exploitability_mbb"]


def names(known: Iterable[str]) -> Callable[[str], list[str]]:
    """An option's type: names with commas between them."""

    def parse(text: str) -> list[str]:
        found = text.split(",")
        if not set(found) <= set(known):
            raise argparse.ArgumentTypeError(f"{text}: expected some of {', '.join(known)}")
        return found

    return parse


def numbers(text: str) -> list[int]:
    """An option's type: numbers with commas between them."""
    if not all(part.isdecimal() for part in text.split(",")):
        raise argparse.ArgumentTypeError(f"{text}: expected numbers such as 100,1000")
    return [int(part) for part in text.split(",")]


def main() -> None:
    """Measure and print a table row by row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--games", type=names(TRAINING), default=["flop", "turn"], help="default: flop,turn")
    parser.add_argument("--buckets", type=numbers, default=[100, 1000, 10000], help="default: 100,1000,10000")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="default: 3")
    parser.add_argument("--methods", type=names(MOST | {"ochs_kmeans": 0, "emd_kmeans": 0}), help="default: all")
    parser.add_argument("--flops", type=int, default=0, help="of the turn's estimate (default: all, exact)")
    parser.add_argument("--folder", type=Path, default=Path("abstraction_quality"), help="default: abstraction_quality")
    options = parser.parse_args()
    if options.seeds < 1:
        parser.error(f"argument --seeds: expected at least 1, got {options.seeds}")
    print(
        "| game | buckets | method | exploitability, mbb/g: median (least to largest) |\n|---|---|---|---|", flush=True
    )
    for game in options.games:
        street = game.split("-")[0]
        for k in options.buckets:
            for method in options.methods or METHODS[street]:
                seeds = 1 if game == "flop-full" and method == "percentile" else options.seeds
                most = k if street == "turn" else MOST.get(method, k)
                found = [mbb(options.folder, game, method, min(k, most), seed, options.flops) for seed in range(seeds)]
                spread = f"{statistics.median(found):.1f} ({min(found):.1f} to {max(found):.1f})"
                print(f"| {game} | {k} | {method} | {spread} |", flush=True)


if __name__ == "__main__":
    main()
