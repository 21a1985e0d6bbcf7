"""Lanes of public chance sampling: sampled boards, all hands of both players at once."""

import numpy as np

from holdem_mpi.game.layout import Layout
from holdem_mpi.kernels.calls import KernelCall
from holdem_mpi.kernels.cards.deal import DealTables, num_hands
from holdem_mpi.kernels.traversal.lane import LaneKey
from holdem_mpi.kernels.vector.vector_arrays import TO_OWN, SweepTask, VectorPlan, board_hands, vector_workspace
from holdem_mpi.kernels.vector.vector_runs import BoardWorkspace, run_public_lane
from holdem_mpi.training.fixed_point import FixedPoint
from holdem_mpi.training.lane_runner import DenseLanes
from holdem_mpi.training.vector_plan import build_plan

# Rows (of either player) times hands that one kernel call may work through: about a tenth of a second.
_CALL_ROWS = 20_000_000


def board_workspace(layout: Layout, tables: DealTables, plan: VectorPlan) -> BoardWorkspace:
    """The scratch arrays of a traversal of ``layout``'s tree with all of ``tables``' hands."""
    hands = num_hands(tables)
    buckets = max(layout.num_buckets)
    return BoardWorkspace(board_hands(layout.tree.num_streets, hands, buckets), vector_workspace(plan, hands))


def boards_a_call(layout: Layout, tables: DealTables) -> int:
    """Boards that one kernel call may work through: Python sees a signal only between calls."""
    rows = sum(int(rows) * min(num_hands(tables), buckets) for rows, buckets in _rows_and_buckets(layout))
    return max(1, _CALL_ROWS // rows)


def _rows_and_buckets(layout: Layout) -> list[tuple[int, int]]:
    return [(layout.rows[street].sum(), layout.num_buckets[street]) for street in range(layout.tree.num_streets)]


class PublicLaneRunner(DenseLanes):
    """Runs lanes of public chance sampling. A lane sees the merged table plus ``lanes`` times its own additions.

    Where regrets are floored at zero (CFR+), a lane takes no more away than its share of what the table holds: lanes
    that do not see each other then cannot bring a sum below zero.
    """

    def __init__(
        self, layout: Layout, tables: DealTables, *, lanes: int, seed: int, scales: FixedPoint, floored: bool
    ) -> None:
        self._plan = build_plan(layout)
        self._tables = tables
        self._workspace = board_workspace(layout, tables, self._plan)
        self._state = np.zeros(10, np.uint64)
        self._call = KernelCall(run_public_lane)
        self._seed = seed
        self._calls = max(1, boards_a_call(layout, tables) // 2)
        super().__init__(2 * layout.num_pairs)
        where = np.full(layout.tree.num_streets, TO_OWN, np.int64)
        self._tasks = tuple(
            SweepTask(
                player=player,
                where=where,
                dense_first=np.zeros_like(where),
                lane_weight=float(lanes),
                regret_scale=scales.regret_scale,
                strategy_scale=scales.strategy_scale,
                bound=scales.regret_bound,
                keep=np.ones(3),
                floor=0.0 if floored else -np.inf,
            )
            for player in range(2)
        )

    def run_lane(self, table: np.ndarray, batch: int, lane: int, batch_size: int, prune: bool, number: int) -> None:
        """In kernel calls that are not too long."""
        game = self._tables, self._workspace, self._tasks
        for first in range(0, batch_size, self._calls):
            last = min(batch_size, first + self._calls)
            self.between_calls()
            seed = np.uint64(self._seed)
            key = LaneKey(seed=seed, sampler=0, batch=batch, lane=lane, first=first, last=last, chunks=0)
            self._call(self._plan, table, self.sink, *game, self._state, key)

    @property
    def bytes_in_use(self) -> int:
        """Bytes of the lanes' sums and of the scratch."""
        return super().bytes_in_use + sum(array.nbytes for array in self._workspace.vectors)
