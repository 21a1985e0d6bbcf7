"""What re-solving does to exploitability, in the manner of table 1 of Brown and Sandholm 2017, half NashConv in mbb/g.

    python -m benchmarks.quality.safe_resolving [--flops 48] [--iterations 600] [--train 300000] [--seed 0]

Blueprints that are coarse on purpose, and all subgames that begin the second round solved anew for both players: not
at all, unsafely (for the blueprint's ranges), and with either gadget. Leduc: exact. Flop hold'em: the re-solved
strategy is that of each flop by itself, every hand apart, and the flops are sampled as ``evaluate exploitability
--flops`` does: plug-in and cross-fitted figures with their 95 % intervals, on the same flops in all rows; and by how
much the plug-in figure changes. Takes a minute of training, and 6 seconds a flop.
"""

import argparse
import platform
import shlex
import sys
import time
from dataclasses import replace

import numba
import numpy as np

import holdem_mpi
from benchmarks.common import new_trainer, train
from benchmarks.quality.blueprint_subgame import BlueprintSubgame, entries_of
from holdem_mpi.abstraction.canonical_flops import canonical_flops
from holdem_mpi.best_response.enumerated import enumerate_deals, exploitability
from holdem_mpi.best_response.flop_response import FlopResponder
from holdem_mpi.best_response.flop_sample import flop_features, sample_flops, sampled_responses
from holdem_mpi.best_response.policy_on_cards import PolicyOnCards
from holdem_mpi.best_response.preflop_response import PreflopResponse, class_sums, class_values
from holdem_mpi.evaluation.estimate import Estimate, interval_text
from holdem_mpi.game.game import Game
from holdem_mpi.game.layout import build_layout
from holdem_mpi.kernels.cards.deal import toy_tables
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.blueprint import Blueprint
from holdem_mpi.policy.tabular import TabularPolicy, average_policy
from holdem_mpi.subgame.solver import SubgameSolver
from holdem_mpi.subgame.subgame_deck import holdem_deck, toy_subgame_deck
from holdem_mpi.training.problem import Problem
from holdem_mpi.training.start import trainer_for
from holdem_mpi.training.trainer import Progress, Trainer

# Rows of the table: kind of the gadget, or None for unsafe re-solving; the first row solves nothing.
NONE, UNSAFE = "no re-solving", "unsafe re-solving"
ROWS = (UNSAFE, "resolve", "maxmargin")
NAMES = {NONE: NONE, UNSAFE: UNSAFE, "resolve": "re-solve gadget", "maxmargin": "maxmargin gadget"}


def solutions(subgame: BlueprintSubgame, row: str, iterations: int) -> list[SubgameSolver | None]:
    """By player whose strategy it is; None where the blueprint never comes."""
    solvers: list[SubgameSolver | None] = []
    for hero in range(2):
        if row == UNSAFE and hero == 1:
            solvers.append(solvers[0])  # one solution for both
            continue
        try:
            solver = subgame.solver(None) if row == UNSAFE else subgame.safe_solver(row, hero)
        except ValueError:
            solvers.append(None)
            continue
        solver.run(iterations)
        solvers.append(solver)
    return solvers


def leduc_of_merged_ranks() -> tuple[Problem, np.ndarray]:
    """Leduc, trained where nobody knows the own card in the second round; the policy in the whole game's layout."""
    full = new_trainer("leduc", solver__sampler="full", solver__algorithm="cfr+", iters=1000).problem
    bucket, ranks = full.tables.toy_bucket.copy(), Game(full.config.game).toy_deck.num_ranks
    bucket[1] %= ranks
    layout = build_layout(full.layout.tree, (ranks, ranks))
    coarse = replace(
        full, layout=layout, tables=toy_tables(bucket, full.tables.toy_strength.copy(), full.tables.order, 1)
    )
    trainer = train(trainer_for(coarse, Communicator(), None, Progress()), 1000)
    probability, of_merged = np.empty(full.layout.num_pairs), average_policy(layout, trainer.table)[0]
    for node in np.flatnonzero(layout.tree.player_of_node >= 0).tolist():
        fine = full.layout.pairs_of_node(node)
        probability[fine] = of_merged[layout.pairs_of_node(node)[np.arange(len(fine)) % ranks]]
    return full, probability


def leduc_after(iterations: int) -> tuple[Problem, np.ndarray]:
    """Leduc after some iterations of CFR+."""
    trainer = new_trainer("leduc", solver__sampler="full", solver__algorithm="cfr+", iters=iterations)
    train(trainer, iterations)
    return trainer.problem, average_policy(trainer.problem.layout, trainer.table)[0]


def leduc_column(problem: Problem, probability: np.ndarray, iterations: int) -> dict[str, float]:
    """Half NashConv by row, mbb/g."""
    layout, game = problem.layout, Game(problem.config.game)
    toy, deals = game.toy_deck, enumerate_deals(game.toy_deck)
    blueprint = Blueprint(TabularPolicy(layout, probability, np.ones(layout.num_rows, bool)), problem.tables)
    found = {NONE: exploitability(layout, probability, deals).nash_conv}
    deck, menu = toy_subgame_deck(toy), game.menu
    for row in ROWS:
        anew = probability.copy()
        for node in entries_of(layout.tree, 1):
            for card in range(0, toy.num_cards, toy.copies):  # one card of each rank: its copies are like it
                subgame = BlueprintSubgame(blueprint, menu, deck, node, (card,))
                for hero, solver in enumerate(solutions(subgame, row, iterations)):
                    if solver:
                        subgame.put_back(solver, hero, anew)
        found[row] = exploitability(layout, anew, deals).nash_conv
    return {row: 1000 * nash_conv / 2 for row, nash_conv in found.items()}


class FlopTable:
    """Flop hold'em's rows on a sample of flops."""

    def __init__(self, trainer: Trainer, iterations: int) -> None:
        problem = trainer.problem
        self.iterations, self.menu = iterations, Game(problem.config.game).menu
        probability, visited = average_policy(problem.layout, trainer.table)
        self.blueprint = Blueprint(TabularPolicy(problem.layout, probability, visited), problem.tables)
        tables = (np.zeros((0, 1326), np.uint8), problem.tables.bucket_of_3.reshape(-1, 1326))
        classes = problem.tables.class_of_hand.astype(np.int64)
        self.responder = FlopResponder(PolicyOnCards(problem.layout, probability, classes, tables))
        if self.responder.entries != entries_of(problem.layout.tree, 1):
            raise ValueError("flop hold'em: a flop without decisions")
        self.unit = 1000 / max(problem.config.game.blinds)

    def values(self, row: str, flop: tuple[int, ...]) -> np.ndarray:
        """As ``class_values``: what the best responders get on one real flop, by entry and preflop class."""
        if row == NONE:
            return class_values(self.responder, flop)
        found = np.zeros((2, len(self.responder.entries), 1326))
        for place, node in enumerate(self.responder.entries):
            subgame = BlueprintSubgame(self.blueprint, self.menu, holdem_deck(3), node, flop)
            for hero, solver in enumerate(solutions(subgame, row, self.iterations)):
                if solver:  # who never comes here with any hand gives nothing here
                    answer = subgame.valued(1 - hero, solver)
                    found[1 - hero, place, answer.hands[1 - hero]] = answer.value_sums(1 - hero, True)
        deals = 1326 * 1225 * 17296  # hands of one, of the other, and flops that both leave
        return class_sums(found) / deals

    def rows(self, number: int, seed: int) -> dict[str, list[Estimate]]:
        """[plug-in, cross-fitted, change of plug-in] by row, mbb/g; the same flops in all of them."""
        flops, weights = canonical_flops()
        sample = sample_flops(flop_features(flops, 1), weights, number, seed)
        seats = [PreflopResponse(self.responder, player) for player in (0, 1)]
        found: dict[str, list[Estimate]] = {}
        unsolved: np.ndarray | None = None
        for row in (NONE, *ROWS):
            begin = time.perf_counter()
            of_flop = {
                int(flop): self.values(row, tuple(flops[flop].tolist())) for flop in np.unique(sample.flop_of_draw)
            }
            draws = [self.unit * each.draws for each in sampled_responses(seats, sample, of_flop.__getitem__)]
            unsolved = draws[0] if unsolved is None else unsolved
            found[row] = [Estimate.of_strata(each, "mbb/g") for each in (*draws, draws[0] - unsolved)]
            print(f"{row}: {len(of_flop)} flops, {time.perf_counter() - begin:.0f} s", file=sys.stderr, flush=True)
        return found


def cell(estimate: Estimate) -> str:
    """Of the table."""
    return f"{estimate.mean:.1f} ({interval_text(estimate.low, estimate.high)})"


def print_table(heads: list[str], cells: dict[str, list[str]]) -> None:
    """In Markdown."""
    print("| mbb/g | " + " | ".join(heads) + " |\n" + "|---" * (1 + len(heads)) + "|")
    for row, of_row in cells.items():
        print(f"| {NAMES[row]} | " + " | ".join(of_row) + " |")
    print()


def main() -> int:
    parser = argparse.ArgumentParser(description="Exploitability with and without safe re-solving.")
    parser.add_argument("--flops", type=int, default=48, help="flops that are drawn, an even number")
    parser.add_argument("--iterations", type=int, default=600, help="of each subgame's solution")
    parser.add_argument("--train", type=int, default=300_000, help="iterations of flop hold'em's blueprint")
    parser.add_argument("--buckets", type=int, default=5, help="of its flop")
    parser.add_argument("--seed", type=int, default=0, help="of the training and of the flops drawn")
    options = parser.parse_args()
    columns = [leduc_column(*leduc_of_merged_ranks(), options.iterations)]
    columns += [leduc_column(*leduc_after(iterations), options.iterations) for iterations in (10, 1000)]
    buckets = [169, options.buckets]
    trainer = new_trainer("flop_holdem", abstraction__buckets=buckets, solver__seed=options.seed, lanes=1)
    table = FlopTable(train(trainer, options.train), options.iterations)
    holdem = table.rows(options.flops, options.seed)
    print(shlex.join(["python", *sys.orig_argv[1:]]))
    print(f"holdem_mpi {holdem_mpi.__version__}, Python {platform.python_version()}, NumPy {np.__version__}, ", end="")
    print(f"Numba {numba.__version__}; seed {options.seed}; {options.iterations} iterations of DCFR a subgame\n")
    print_table(
        ["own card unknown in round 2", "10 iterations", "1,000 iterations"],
        {row: [f"{column[row]:.4g}" for column in columns] for row in NAMES},
    )
    print_table(
        [f"169/{options.buckets} buckets, plug-in", "cross-fitted", "change of plug-in"],
        {row: list(map(cell, holdem[row])) for row in NAMES},
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
