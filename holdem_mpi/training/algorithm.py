"""One class for each sampler: all that its training needs of the rest of the program.

To add a sampler, add its class here and its line of facts to the config's table of samplers. The classes below are
found by their names; no other place compares a sampler's name (the traversal kernel ``lane`` has a number for it).
"""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from holdem_mpi.best_response.policy_on_cards import policy_on_cards
from holdem_mpi.config.run_config import RunConfig
from holdem_mpi.game.layout import Layout
from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.traversal.lane import SAMPLER_EXTERNAL, SAMPLER_OUTCOME
from holdem_mpi.kernels.traversal.merge_rows import discount_rows
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host_ranks import SharedArray
from holdem_mpi.policy.tabular import table_entries
from holdem_mpi.storage.run_folder import RunFolder
from holdem_mpi.training.cfr_br import ResponseTrainer
from holdem_mpi.training.cfr_br_flop import MOST_ON_A_FLOP, FlopUpdater
from holdem_mpi.training.fixed_point import (
    FixedPoint,
    choose_scales,
    full_width_scales,
    largest_weight,
    narrow_scales,
    payoff_range,
    unit_scales,
)
from holdem_mpi.training.full_trainer import FullTrainer
from holdem_mpi.training.full_width import FullWidth
from holdem_mpi.training.in_place_runner import InPlaceRunner
from holdem_mpi.training.lane_logs import bytes_of_logs
from holdem_mpi.training.lane_runner import LogRunner, SmallTableRunner
from holdem_mpi.training.lane_trainer import LaneTrainer
from holdem_mpi.training.late_trainer import LateTrainer
from holdem_mpi.training.problem import Problem, batches_of
from holdem_mpi.training.public_lane_runner import PublicLaneRunner
from holdem_mpi.training.racing import RacingTrainer
from holdem_mpi.training.trainer import Progress, Trainer

# Bytes of a rank for CFR-BR: for each pair of the table, and for the rest.
_RESPONSE_BYTES, _MARK_BYTES = 90, 60 << 20
# Bytes for each pair where lanes have a table of sums of their own: int64 of a regret and a strategy, of one lane and
# of all that a rank runs.
_SUM_BYTES = 32
# Bytes of late sums for each pair, at most; and how many times what is logged they are at most, a block of 64 bytes for
# a record of 16. Of logs they are in memory twice: those of the last batch, and of this one.
_LATE_BYTES, _LATE_TIMES = 16, 4
# Batches that run without each other's sums where merges are late. Leduc, 16 lanes of 200, 200,000 iterations, means of
# two seeds: NashConv 0.07 with merges at once; 0.64, 0.19, 0.08 and 0.09 where a lane stands for 1, 2, 3 and 4 batches.
_BATCHES_APART = 3
# Pairs of a table up to which a lane sees what it adds, in a table of its own; in larger ones a batch changes little,
# and what lanes add goes to logs (docs/scaling.md).
SMALL_PAIRS = 1 << 15

ALGORITHMS: dict[str, type["Algorithm"]] = {}


def algorithm_of(config: RunConfig) -> "Algorithm":
    """The algorithm of the sampler that a config names."""
    return ALGORITHMS[config.solver.sampler](config)


class Algorithm(ABC):
    """How one sampler trains. A subclass that has a ``name`` is found by it; configs name the sampler so."""

    name: ClassVar[str]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "name" in vars(cls):
            ALGORITHMS[cls.name] = cls

    def __init__(self, config: RunConfig) -> None:
        """config: with its lanes filled in, where ``scales`` is asked for."""
        self.config = config

    @abstractmethod
    def scales(self, tree: PublicTree, hands: int) -> FixedPoint:
        """Fixed point for what the largest batch can add up to, in a game with so many private hands.

        ConfigError where none fits.
        """

    def table_entries(self, layout: Layout) -> int:
        """Entries of the table: numbers of the config's precision."""
        return table_entries(self.config, layout)

    def process_bytes(self, pairs: int, ranks: int, iteration_bytes: float) -> int:
        """Bytes of a rank, one of ``ranks`` on a host, for a table of so many ``pairs``, beside the table and what
        every sampler needs. iteration_bytes: what an iteration logs.
        """
        return 0

    @abstractmethod
    def runner(self, problem: Problem, comm: Communicator) -> Any:
        """What does one rank's part of the iterations against a merged table."""

    @abstractmethod
    def trainer(self, problem: Problem, comm: Communicator, folder: RunFolder | None, progress: Progress) -> Trainer:
        """A run on ``comm``; the arguments are those of ``Trainer``. Collective."""

    @abstractmethod
    def warm_up(self, problem: Problem, table: np.ndarray, lanes_last: bool = False) -> None:
        """Run every kernel of the training once, so that it is compiled, changing ``table`` (float[entries]); those of
        lanes in the end where ``lanes_last``.
        """


class LaneAlgorithm(Algorithm):
    """A sampler whose lanes run batches of iterations, whose sums are merged."""

    @property
    def contributions(self) -> int:
        """Traversals for each player in the largest batch, over all lanes."""
        return self.config.lanes * batches_of(self.config).largest

    @property
    def stands_for(self) -> int:
        """How many lanes one stands for where it sees what it adds itself: all of its batch; where merges are late also
        those of the batch before and of the one after, which do not see this one's sums, nor it theirs.
        """
        return self.config.lanes * (_BATCHES_APART if self.config.late_merge else 1)

    def trainer(self, problem: Problem, comm: Communicator, folder: RunFolder | None, progress: Progress) -> Trainer:
        """A trainer whose batches are lanes of iterations against a merged table."""
        kind = LateTrainer if self.config.late_merge else LaneTrainer
        return kind(problem, comm, folder, progress, lambda: self.runner(problem, comm))

    def warm_up(self, problem: Problem, table: np.ndarray, lanes_last: bool = False) -> None:
        """Run an iteration of a lane, a discount, and merges."""
        runner = self.runner(problem, Communicator())
        if not lanes_last:
            runner.run(table, 0, 0, 1)
        discount_rows(table, problem.layout.pattern(), (0, 1), (0.5, 0.5, 0.5))
        merger = runner.merger(Communicator(), SharedArray(table, 0, 1), problem.regret_floor())
        merger.add_round()
        merger.merge()
        runner.run(table, 0, 0, 1)
        merger.merge()


class ActionSampling(LaneAlgorithm):
    """A sampler of actions, hand by hand; ``kernel`` is its number in the traversal kernels. It can race."""

    kernel: ClassVar[int]

    def weight(self, tree: PublicTree) -> float:
        """The largest weight that a sampled payoff can have."""
        return 1.0

    def process_bytes(self, pairs: int, ranks: int, iteration_bytes: float) -> int:
        """A small table's sums, or the logs of the rank's lanes; nothing where ranks race."""
        if self.config.mode == "racing":
            return 0
        if pairs <= SMALL_PAIRS:
            return (_SUM_BYTES + _LATE_BYTES * self.config.late_merge) * pairs
        config = self.config.completed(ranks)
        needed = iteration_bytes * -(-config.lanes // ranks) * batches_of(config).largest
        late = 2 * min(_LATE_BYTES * pairs // ranks, _LATE_TIMES * int(needed)) if config.late_merge else 0
        return bytes_of_logs(pairs, ranks, needed) + late

    def averages_inline(self, tree: PublicTree) -> bool:
        """Whether traversals add to strategy sums by the acting player's own reach, so that these need no pass."""
        return False

    def scales(self, tree: PublicTree, hands: int) -> FixedPoint:
        """Fixed point for all traversals of a batch; chips themselves where ranks race."""
        if self.config.mode == "racing":
            return unit_scales(tree, self.weight(tree))
        if self.weight(tree) == 1.0:
            return narrow_scales(tree, self.contributions)
        return choose_scales(tree, self.contributions, self.weight(tree))

    def sampling(self, problem: Problem) -> dict[str, Any]:
        """How iterations sample, and in which units they add; as for ``Traversals``."""
        solver, toy = self.config.solver, self.config.game.deck != "holdem"
        return {
            "seed": solver.seed,
            "sampler": self.kernel,
            "exploration": solver.exploration,
            "correlated": solver.draws == "correlated" or (solver.draws == "auto" and toy),
            "average_inline": self.averages_inline(problem.layout.tree),
            "scales": problem.scales,
            "prune_below": solver.pruning.threshold if solver.pruning.enabled else -np.inf,
            "prune_probability": solver.pruning.probability,
        }

    def runner(self, problem: Problem, comm: Communicator) -> LogRunner | SmallTableRunner:
        """Runs the lanes of one rank, hand by hand."""
        layout = problem.layout
        game = layout, layout.code(), problem.tables
        if layout.num_pairs <= SMALL_PAIRS:
            return SmallTableRunner(*game, lanes=self.stands_for, **self.sampling(problem))
        wide = self.weight(layout.tree) > 1.0
        return LogRunner(*game, comm=comm, wide=wide, **self.sampling(problem))

    def in_place_runner(self, problem: Problem, table: np.ndarray, hosts: int = 1) -> InPlaceRunner:
        """Iterations on a table that ranks have in common and that is divided by ``hosts``."""
        layout, sampling = problem.layout, self.sampling(problem)
        sampling["prune_below"] /= hosts
        floor = problem.regret_floor() / hosts
        return InPlaceRunner(table, floor, layout, layout.code(), problem.tables, **sampling)

    def trainer(self, problem: Problem, comm: Communicator, folder: RunFolder | None, progress: Progress) -> Trainer:
        """The trainer of the config's mode: racing, or lanes against a merged table."""
        if self.config.mode != "racing":
            return super().trainer(problem, comm, folder, progress)

        def new_runner(table: np.ndarray, hosts: int) -> InPlaceRunner:
            return self.in_place_runner(problem, table, hosts)

        return RacingTrainer(problem, comm, folder, progress, new_runner)

    def warm_up(self, problem: Problem, table: np.ndarray, lanes_last: bool = False) -> None:
        """Warm up as for all lanes; where ranks race, without the merges, of which there are none."""
        if self.config.mode != "racing":
            super().warm_up(problem, table, lanes_last)
            return
        discount_rows(table, problem.layout.pattern(), (0, 1), (0.5, 0.5, 0.5))
        self.in_place_runner(problem, table).run_on(0, 0, 0, 1)


class ExternalSampling(ActionSampling):
    """External sampling: chance and the opponents are sampled, all actions of the updating player are walked."""

    name, kernel = "external", SAMPLER_EXTERNAL

    def averages_inline(self, tree: PublicTree) -> bool:
        """With two players the other player's rows are met by that player's own reach."""
        return tree.num_players == 2


class OutcomeSampling(ActionSampling):
    """Outcome sampling: one path, with importance weights and an exploring policy."""

    name, kernel = "outcome", SAMPLER_OUTCOME

    def weight(self, tree: PublicTree) -> float:
        """The importance weight of the path that is sampled least."""
        return largest_weight(tree, self.config.solver.exploration)


class PublicChanceSampling(LaneAlgorithm):
    """Public chance sampling: a sampled board, all hands of both players at once."""

    name = "public"

    def process_bytes(self, pairs: int, ranks: int, iteration_bytes: float) -> int:
        """The sums of a lane, and of all lanes of a rank."""
        return _SUM_BYTES * pairs

    def scales(self, tree: PublicTree, hands: int) -> FixedPoint:
        """Fixed point for all boards of a batch; a bucket may hold every hand."""
        return choose_scales(tree, self.contributions * hands)

    def runner(self, problem: Problem, comm: Communicator) -> PublicLaneRunner:
        """Runs the lanes of one rank, all hands at once."""
        return PublicLaneRunner(
            problem.layout,
            problem.tables,
            lanes=self.stands_for,
            seed=self.config.solver.seed,
            scales=problem.scales,
            floored=self.config.solver.algorithm == "cfr+",
        )


class FullWidthSweeps(Algorithm):
    """No sampling: every board and every hand in each iteration, which ranks share out."""

    name = "full"

    def scales(self, tree: PublicTree, hands: int) -> FixedPoint:
        """Fixed point for one sweep, whose boards' weights add up to 1."""
        return full_width_scales(tree)

    def runner(self, problem: Problem, comm: Communicator) -> FullWidth:
        """Sweeps one rank's share of the boards."""
        scales, floor = problem.scales, problem.regret_floor()
        return FullWidth(problem.layout, problem.tables, scales=scales, floor=floor, rank=comm.rank, size=comm.size)

    def trainer(self, problem: Problem, comm: Communicator, folder: RunFolder | None, progress: Progress) -> Trainer:
        """A trainer whose batches are sweeps over all boards."""
        return FullTrainer(problem, comm, folder, progress, self.runner(problem, comm))

    def warm_up(self, problem: Problem, table: np.ndarray, lanes_last: bool = False) -> None:
        """Sweep one board, which compiles every kernel."""
        self.runner(problem, Communicator()).warm_up(table)


class BestResponses(Algorithm):
    """CFR-BR: each seat's strategy against a best responder with real hands, on a sampled flop."""

    name = "cfr-br"

    def scales(self, tree: PublicTree, hands: int) -> FixedPoint:
        """Fixed point for what the flops of a batch add up to, one for each lane."""
        return choose_scales(tree, self.config.lanes * batches_of(self.config).largest * MOST_ON_A_FLOP)

    def process_bytes(self, pairs: int, ranks: int, iteration_bytes: float) -> int:
        """The strategy laid out by betting sequence, what is learnt, and the marks of best actions."""
        return _RESPONSE_BYTES * pairs + _MARK_BYTES

    def runner(self, problem: Problem, comm: Communicator) -> FlopUpdater:
        """What learns from best responses on one rank's flops."""
        scales, layout = problem.scales, problem.layout
        policy = policy_on_cards(self.config.game, layout, np.zeros(0), problem.tables)
        bound = MOST_ON_A_FLOP * payoff_range(layout.tree)
        return FlopUpdater(policy, regret_scale=scales.regret_scale, strategy_scale=scales.strategy_scale, bound=bound)

    def trainer(self, problem: Problem, comm: Communicator, folder: RunFolder | None, progress: Progress) -> Trainer:
        """A trainer whose batches are flops, one for each lane."""
        return ResponseTrainer(problem, comm, folder, progress, self.runner(problem, comm))

    def warm_up(self, problem: Problem, table: np.ndarray, lanes_last: bool = False) -> None:
        """Run one batch on a table of its own, and a discount after it."""
        progress = Progress(last_discount=-problem.schedule().interval)
        self.trainer(problem, Communicator(), None, progress).batch()
