"""What to train with: samplers, algorithms, pruning, exploration and draws at equal CPU seconds, by exploitability.

    python -m benchmarks.quality.training --game leduc [--only external,public] [--seconds 30,120] [--seeds 3]

One process and one lane a run; CPU seconds are those of training alone, kernels compiled. Leduc, Kuhn and Leduc of
three players, flop hold'em: exact. Turn hold'em: the cross-fitted estimate from ``--flops`` flops, the same for all
runs. Each run is judged after each of the times, so it takes the longest of them. Prints a Markdown table: medians,
least and largest, in mbb/g.
"""

import argparse
import time

from benchmarks.common import exploitability_of, new_trainer, spread
from benchmarks.quality.staleness import flop_figure
from holdem_mpi.evaluation.exact_policies import measured
from holdem_mpi.evaluation.exploitability import HoldemEvaluation
from holdem_mpi.game.game import Game
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.policy import Policy
from holdem_mpi.policy.tabular import TabularPolicy, average_policy
from holdem_mpi.training.trainer import Trainer

_PRUNED = {"solver__pruning__enabled": True, "solver__pruning__after": 100_000}
_DCFR = {"solver__algorithm": "dcfr"}
CANDIDATES: dict[str, dict] = {
    "external, linear, independent draws": {"solver__draws": "independent"},
    "external, linear, correlated draws": {"solver__draws": "correlated"},
    "external, cfr": {"solver__algorithm": "cfr"},
    "external, dcfr 1.5, 0, 2": _DCFR,
    "external, dcfr 1, 1, 2": {**_DCFR, "solver__alpha": 1.0, "solver__beta": 1.0},
    "external, linear, pruned below -20 blinds": _PRUNED,
    "outcome, linear, exploration 0.6": {"solver__sampler": "outcome"},
    "outcome, linear, exploration 0.3": {"solver__sampler": "outcome", "solver__exploration": 0.3},
    "public, linear": {"solver__sampler": "public", "batch_size": 10, "solver__discount_interval": 1000},
    "public, dcfr": {"solver__sampler": "public", "batch_size": 10, "solver__discount_interval": 1000, **_DCFR},
    "full, dcfr": {"solver__sampler": "full", "solver__discount_interval": 1, **_DCFR},
    "full, cfr+": {"solver__sampler": "full", "solver__discount_interval": 1, "solver__algorithm": "cfr+"},
    "cfr-br": {"solver__sampler": "cfr-br"},
}
_OF_TWO = ("public", "full", "cfr-br")
_NOT_FOR = {"leduc": ("cfr-br",), "kuhn_3p": _OF_TWO, "leduc_3p": _OF_TWO, "turn_holdem": ("full",), "flop_holdem": ()}
_BLIND = {"flop_holdem": 100, "turn_holdem": 10}
# What rows of hold'em have in common: few buckets by percentile, and no floor, whatever is shipped.
_PLAIN = {"abstraction__methods": [], "solver__pruning__enabled": False}
_BUCKETS = {"flop_holdem": [169, 200], "turn_holdem": [169, 200, 200]}


def figure(trainer: Trainer, flops: int) -> float:
    """Exploitability (the NashConv by the number of players) in mbb/g."""
    game = trainer.problem.config.game
    if game.deck != "holdem":
        return 1000 * exploitability_of(trainer).nash_conv / game.players
    if game.name == "flop_holdem":
        return flop_figure(trainer)
    layout = trainer.problem.layout
    tabular = TabularPolicy(layout, *average_policy(layout, trainer.table))
    policy = Policy(Game(game, layout.tree), tabular, trainer.problem.tables)
    found = HoldemEvaluation(Communicator(), measured(policy), None, None).run(flops, 0)
    return 1000 * found["cross_fitted"]["exploitability"] / max(game.blinds)


def run_of(game: str, keys: dict, seed: int, times: list[float], flops: int) -> list[float]:
    """Exploitability after each of so many CPU seconds of training."""
    blind = _BLIND.get(game, 1)
    if game == "kuhn_3p":
        game, keys = "kuhn", {"game__players": 3, **keys}
    if game in _BUCKETS:
        keys = {**_PLAIN, "abstraction__buckets": _BUCKETS[game], **keys}
    if keys.get("solver__pruning__enabled"):
        keys = {**keys, "solver__pruning__threshold": -20.0 * blind, "solver__pruning__floor": -25.0 * blind}
    keys = {"lanes": 1, "batch_size": 200, "solver__seed": seed, **keys}
    new_trainer(game, **keys).batch()  # whatever is loaded or compiled at the first call
    trainer = new_trainer(game, **keys)
    found, spent = [], 0.0
    for end in times:
        begin = time.process_time()
        while spent + time.process_time() - begin < end:
            trainer.batch()
        spent += time.process_time() - begin
        found.append(figure(trainer, flops))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--game", choices=sorted(_NOT_FOR), default="leduc")
    parser.add_argument("--only", default="", help="words, one of which a row's name begins with")
    parser.add_argument("--seconds", default="30,120", help="CPU seconds, rising")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--flops", type=int, default=16, help="of turn hold'em")
    options = parser.parse_args()
    times = [float(text) for text in options.seconds.split(",")]
    print(f"| {options.game}, {options.seeds} seeds, mbb/g | " + " | ".join(f"{end:g} s" for end in times) + " |")
    print("|---" * (1 + len(times)) + "|")
    for name, keys in CANDIDATES.items():
        if name.startswith(_NOT_FOR[options.game]) or not name.startswith(tuple(options.only.split(","))):
            continue
        runs = [run_of(options.game, keys, seed, times, options.flops) for seed in range(options.seeds)]
        print(f"| {name} | " + " | ".join(spread(column, 3) for column in zip(*runs, strict=True)) + " |", flush=True)


if __name__ == "__main__":
    main()
