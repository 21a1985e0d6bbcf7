"""How good the strategies are that a search finds under the clock, on turn and flop spots, over ranks.

    mpirun -n R python -m benchmarks.quality.search --street turn|flop [--spots N] [--deadlines 100,300,1000,3000]
        [--share auto|average|divide] [--sampled auto|always|never] [--seed 0] --out FILE.json
    python -m benchmarks.quality.search --plot FILE.svg FILE.json [FILE.json ...]

Each spot is searched within each deadline. The strategy of its whole street, of both players, over all ranks that
answered in time, is then locked, the later streets are solved with every hand and card apart until their own gap is
small (0.1 % of the pot on the turn, 0.3 on the flop), and the exploitability of the whole is exact for the sizes in the
tree: half NashConv in percent of the pot. A flop has one size a street, stacks are short.

The first command measures exploitabilities, which ranks share, and prints one line a deadline.
``--plot`` draws the medians of several such files. Timings want an idle machine.
"""

import argparse
import json
import platform
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from holdem_mpi.cards import without_blocked
from holdem_mpi.config.load import load_config
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.formats.range_text import parse_range
from holdem_mpi.game.rules import CALL, BettingState, Rules
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.processes import run_command
from holdem_mpi.parallel.work_queue import run_items
from holdem_mpi.search.planner import search_tree
from holdem_mpi.search.root_search import SearchRoot, street_decisions
from holdem_mpi.search.service import SearchService
from holdem_mpi.search.team import abstraction_to_search, run_with_team
from holdem_mpi.subgame.solver import SubgameSolver

RANGES = (
    "22+,A2s+,K9s+,Q9s+,J9s+,T8s+,97s+,87s,76s,65s,54s,ATo+,KTo+,QTo+",
    "66+,A7s+,KTs+,QTs+,J9s+,T8s+,98s,ATo+,KJo+,QJo,A5s,A4s",
    "22-TT,A2s-AJs,K8s+,Q9s+,J8s+,T8s+,97s+,86s+,75s+,65s,54s,A9o-AQo,KTo+,QTo+,JTo",
    "55+,A2s+,K7s+,Q8s+,J8s+,T8s+,98s,87s,A5o+,K9o+,Q9o+,JTo",
)
# Of each street: cards on the board, stacks (the pot is 100, half of it of each), share of each range's hands that is
# kept, gap in percent of the pot and iterations that its exploitability is measured with.
STREETS = {"turn": (4, 600, 0.6, 0.1, 400), "flop": (3, 300, 0.3, 0.3, 120)}
ONE_SIZE = {"bet_sizes": [1.0], "raise_sizes": []}
FLOP_SIZES = {"menu": ONE_SIZE, "later_bets": [1.0], "later_raises": [], "all_in_pots": 2.5}


def spot_of(street: str, number: int, seed: int) -> SearchRoot:
    """Spot ``number``: a random board, two of the ranges above with random weights."""
    cards, stack, kept, _, _ = STREETS[street]
    random = np.random.default_rng((seed, number, cards))
    board = tuple(int(card) for card in random.permutation(52)[:cards])
    weight = np.stack([parse_range(RANGES[random.integers(len(RANGES))]) for _ in range(2)])
    weight = weight * random.uniform(0.2, 1.0, weight.shape) * (random.random(weight.shape) < kept)
    weight = without_blocked(weight, board)
    rules = Rules(stacks=(stack,) * 2, blinds=(50, 50), first_to_act=(0,) * 4, min_bet=10)
    state = BettingState.start(rules)
    while state.street < cards - 2:
        state = state.apply(CALL)
    return SearchRoot(state, board, weight)


def street_exploitability(street: str, spot: SearchRoot, config: SearchConfig, sums: np.ndarray) -> tuple[float, float]:
    """(exploitability, gap of the later streets), percent of the pot."""
    _, _, _, enough, most = STREETS[street]
    tree = search_tree(spot, config, None)
    solver, start, strategy = SubgameSolver(tree, list(spot.board), spot.weight), 0, {}
    for node in street_decisions(tree):
        shape = solver.strategy_sums(node).shape
        of_node = sums[start : start + shape[0] * shape[1]].reshape(shape).astype(np.float64)
        start += of_node.size
        total = of_node.sum(axis=1, keepdims=True)
        strategy[node] = np.where(total > 0, of_node / np.where(total > 0, total, 1.0), 1.0 / shape[1])
    solver.lock(strategy)
    pot, gap = sum(spot.state.contributions), np.inf
    while gap > enough and solver.iterations < most:
        solver.run(20)
        gap = 100 * solver.exploitability(locked=True) / pot
    return 100 * solver.exploitability() / pot, gap


def measure(service: SearchService, given: argparse.Namespace, deadlines: list[int]) -> list[dict[str, Any]]:
    """Rank 0: search every spot within every deadline."""
    found = []
    for number in range(given.spots):
        spot = spot_of(given.street, number, given.seed)
        for deadline in deadlines:
            begin = time.perf_counter()
            answer = service.search(spot, begin + deadline / 1e3)
            spent = 1e3 * (time.perf_counter() - begin)
            counts = {"iterations": answer.iterations, "answered": answer.answered, "shared": answer.shared}
            row = {"spot": number, "deadline": deadline, "milliseconds": spent, **counts}
            found.append(row | {"sums": service.street_sums(), "sampled": bool(service.method.sampled)})
    return found


def measure_all(comm: Communicator, rows: list[dict[str, Any]] | None, given: argparse.Namespace, config: SearchConfig):
    """Measure the exploitability of ``rows`` (rank 0's) over ranks; adds exploitability and gap. Collective."""
    sizes = comm.on_root(lambda: [row["sums"].size for row in rows])
    sums = [row["sums"] if comm.rank == 0 else np.empty(size, np.float32) for row, size in zip(rows or sizes, sizes)]
    for each in sums:
        comm.bcast(each)
    spots = comm.on_root(lambda: [row["spot"] for row in rows])

    def work(item: int) -> np.ndarray:
        return np.array(
            street_exploitability(given.street, spot_of(given.street, spots[item], given.seed), config, sums[item])
        )

    def keep(item: int, result: np.ndarray) -> None:
        rows[item].update(exploitability=float(result[0]), gap=float(result[1]))

    run_items(comm, range(len(sizes)), work, keep)


def summary(rows: list[dict[str, Any]], deadlines: list[int]) -> list[str]:
    """One line a deadline."""
    lines = ["deadline ms  median %  mean %  quartiles %     gap %  iterations  sampled  late ms (worst)"]
    for deadline in deadlines:
        mine = [row for row in rows if row["deadline"] == deadline]
        values = np.array([row["exploitability"] for row in mine])
        low, median, high = np.percentile(values, (25, 50, 75))
        gap, late = np.mean([row["gap"] for row in mine]), max(row["milliseconds"] - deadline for row in mine)
        iterations = np.median([row["iterations"] for row in mine])
        sampled = sum(row["sampled"] for row in mine)
        lines.append(
            f"{deadline:>11}  {median:8.3f}  {values.mean():6.3f}  {low:.3f} to {high:.3f}  {gap:5.2f}  "
            f"{iterations:>10.0f}  {sampled:>4} of {len(mine)}  {late:.1f}"
        )
    return lines


def plot(files: list[str], target: str) -> None:
    """Medians with quartiles over deadlines, a line a file."""
    from matplotlib.figure import Figure

    from holdem_mpi.reporting.plot import label_logarithms

    figure, ends = Figure(figsize=(6.4, 4), layout="constrained"), []
    axes = figure.subplots()
    for name in files:
        stored = json.loads(Path(name).read_text())
        deadlines = sorted({row["deadline"] for row in stored["rows"]})
        values = [[row["exploitability"] for row in stored["rows"] if row["deadline"] == each] for each in deadlines]
        low, median, high = np.array([np.percentile(each, (25, 50, 75)) for each in values]).T
        ranks = stored["ranks"]
        label = f"{stored['street']}, {ranks} rank{'s' if ranks > 1 else ''}"
        (line,) = axes.plot(deadlines, median, marker="o", label=label)
        axes.fill_between(deadlines, low, high, alpha=0.15, color=line.get_color())
        ends += [*low, *high]
    axes.set(xscale="log", yscale="log", xlabel="deadline (ms)", ylabel="exploitability (% of the pot)")
    label_logarithms(axes.xaxis, deadlines)
    label_logarithms(axes.yaxis, ends)
    axes.legend()
    axes.grid(alpha=0.3)
    figure.savefig(target, metadata={"Date": None})


def main(comm: Communicator) -> int:
    """Measure, value, print; or plot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--street", choices=sorted(STREETS), default="turn")
    parser.add_argument("--spots", type=int, default=None, help="default: 50 turns, 8 flops")
    parser.add_argument("--deadlines", default="100,300,1000,3000")
    parser.add_argument("--share", default="auto")
    parser.add_argument("--sampled", default="auto")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out")
    parser.add_argument("--plot", metavar="SVG")
    parser.add_argument("files", nargs="*")
    given = parser.parse_args()
    if given.plot:
        plot(given.files, given.plot)
        return 0
    given.spots = given.spots or {"turn": 50, "flop": 8}[given.street]
    deadlines = [int(each) for each in given.deadlines.split(",")]
    sizes = FLOP_SIZES if given.street == "flop" else {}
    config = SearchConfig.model_validate(
        {"share": given.share, "sampled": given.sampled, "safe": "unsafe", "most_iterations": 10**6, **sizes}
    )
    game = load_config("nolimit_hu_200bb")
    abstraction = abstraction_to_search(comm, game.game, config)
    rows: list[dict[str, Any]] = []

    def lead(service: SearchService) -> int:
        rows.extend(measure(service, given, deadlines))
        return 0

    rules = spot_of(given.street, 0, given.seed).state.rules
    run_with_team(comm, config, rules, abstraction, lead)
    measure_all(comm, rows if comm.rank == 0 else None, given, config)
    if comm.rank == 0:
        print(f"python {' '.join(sys.orig_argv[1:])}; {comm.size} ranks, {platform.processor() or platform.machine()}")
        print("\n".join(summary(rows, deadlines)), flush=True)
        if given.out:
            kept = [{key: value for key, value in row.items() if key != "sums"} for row in rows]
            stored = {"street": given.street, "ranks": comm.size, "command": sys.orig_argv, "rows": kept}
            Path(given.out).write_text(json.dumps(stored) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
