"""Full-width training: every canonical board in each sweep, weighted by the real boards that it stands for."""

import numpy as np
from numba import njit

from holdem_mpi.cards import NUM_HANDS
from holdem_mpi.game.layout import Layout
from holdem_mpi.kernels.arrays import C_FAULTS, C_VISITS
from holdem_mpi.kernels.cards.deal import D_CARDS, D_DECK, D_PUBLIC, DECK_TOY, DealTables
from holdem_mpi.kernels.cards.isomorphism import build_indexer, indexer_size, orbit_size, unindex_hand
from holdem_mpi.kernels.vector.vector_arrays import TO_DENSE, TO_TABLE, SweepTask
from holdem_mpi.kernels.vector.vector_runs import CanonicalBoards, apply_sweep, run_sweeps
from holdem_mpi.training.dense_delta import new_dense_delta
from holdem_mpi.training.fixed_point import FixedPoint
from holdem_mpi.training.public_lane_runner import board_workspace, boards_a_call
from holdem_mpi.training.vector_plan import build_plan

# Work of a board with no buckets of its own, in buckets: its sweeps over hands take half of a lossless board's time.
_BOARD_COST = 500


@njit(cache=True)
def _fill_boards(ix, cards, weight):
    board = np.empty(cards.shape[1], np.int64)
    for index in range(weight.size):
        unindex_hand(ix, index, board)
        cards[index] = board
        weight[index] = orbit_size(ix, index)


def canonical_boards(tables: DealTables) -> CanonicalBoards:
    """Every complete board of a game up to a renaming of suits, or of a toy deck's equal cards."""
    public = int(tables.shape[D_PUBLIC])
    if tables.shape[D_DECK] == DECK_TOY:
        if public == 0:
            return CanonicalBoards(np.zeros((1, 0), np.int8), np.ones(1))
        seen: dict[bytes, int] = {}
        for card in range(int(tables.shape[D_CARDS])):
            seen.setdefault(tables.toy_bucket[:, :, card].tobytes(), card)
        kinds = [tables.toy_bucket[:, :, card].tobytes() for card in range(int(tables.shape[D_CARDS]))]
        cards = np.array([[card] for card in seen.values()], np.int8)
        return CanonicalBoards(cards, np.array([kinds.count(kind) / len(kinds) for kind in seen]))
    seen_by_street = tables.board_of_street[: int(tables.shape[3])]
    rounds = tuple(int(dealt) for dealt in np.diff(seen_by_street, prepend=0) if dealt)
    ix = build_indexer(rounds)
    boards = CanonicalBoards(np.zeros((indexer_size(ix), public), np.int8), np.zeros(indexer_size(ix)))
    _fill_boards(ix, *boards)
    boards.weight[:] /= boards.weight.sum()
    return boards


class FullWidth:
    """One rank's side of full-width training: a contiguous share of the boards, and its part of every sum.

    A sweep updates one player against the merged table alone. Streets whose buckets belong to one board each (lossless
    ones where all public cards are dealt at once) go into the table at once: no other board, and so no other rank,
    reads or writes those rows in that sweep. Other streets gather integers in a dense array, which ranks sum.
    """

    def __init__(
        self, layout: Layout, tables: DealTables, *, scales: FixedPoint, floor: float, rank: int, size: int
    ) -> None:
        self._plan = build_plan(layout)
        self._tables = tables
        self._workspace = board_workspace(layout, tables, self._plan)
        self._pattern = layout.pattern()
        self._boards = canonical_boards(tables)
        self._calls = boards_a_call(layout, tables)
        starts = self._first_bucket_of_board(layout)
        self._own = self._shares(starts, size)
        self._rank = rank
        self._where = np.full(layout.tree.num_streets, TO_DENSE, np.int64)
        # By player, int64[ranks + 1]: first table entry of the last street that each rank's boards own alone.
        self.entries_of_ranks: list[np.ndarray] = []
        if starts is not None:
            self._where[-1] = TO_TABLE
            last = layout.tree.num_streets - 1
            for player in range(2):
                first_pair = layout.base_pair[last, player] + starts[self._own] * layout.width[last, player]
                self.entries_of_ranks.append(2 * first_pair)
        self._tasks = tuple(self._task(layout, player, scales, floor) for player in range(2))
        self._dense_size = [self._entries(layout, player) for player in range(2)]
        self.delta = new_dense_delta(max(self._dense_size))

    def _first_bucket_of_board(self, layout: Layout) -> np.ndarray | None:
        """int64[boards + 1], first bucket of each board on the last street; None where boards share buckets there."""
        tables, streets = self._tables, layout.tree.num_streets
        if (
            tables.shape[D_DECK] == DECK_TOY
            or np.count_nonzero(np.diff(tables.board_of_street[:streets], prepend=0)) > 1
        ):
            return None
        table = {3: tables.bucket_of_3, 4: tables.bucket_of_4, 5: tables.bucket_of_5}[int(tables.shape[D_PUBLIC])]
        rows = table.reshape(-1, NUM_HANDS)
        blank = np.iinfo(table.dtype).max
        low = rows.min(axis=1).astype(np.int64)
        high = np.where(rows == blank, 0, rows).max(axis=1).astype(np.int64)
        if low[0] != 0 or (low[1:] != high[:-1] + 1).any():
            return None
        return np.append(low, high[-1] + 1)

    def _shares(self, starts: np.ndarray | None, size: int) -> np.ndarray:
        """int64[ranks + 1], first board of each rank: about equal work."""
        boards = self._boards.weight.size
        cost = np.ones(boards) if starts is None else np.diff(starts) + _BOARD_COST
        done = np.concatenate(([0.0], np.cumsum(cost)))
        return np.searchsorted(done, done[-1] * np.arange(size + 1) / size)

    def _entries(self, layout: Layout, player: int) -> int:
        """Table entries of a player's dense streets."""
        dense = self._where == TO_DENSE
        return int(2 * (layout.width[:, player] * np.array(layout.num_buckets))[dense].sum())

    def _task(self, layout: Layout, player: int, scales: FixedPoint, floor: float) -> SweepTask:
        sizes = 2 * layout.width[:, player] * np.array(layout.num_buckets) * (self._where == TO_DENSE)
        offset = np.concatenate(([0], np.cumsum(sizes)[:-1]))
        return SweepTask(
            player=player,
            where=self._where,
            dense_first=2 * layout.base_pair[:, player] - offset,
            lane_weight=0.0,
            regret_scale=scales.regret_scale,
            strategy_scale=scales.strategy_scale,
            bound=scales.regret_bound,
            keep=np.ones(3),
            floor=floor,
        )

    def dense(self, player: int) -> np.ndarray:
        """int64[...], what the sweep for ``player`` has added to the rows that boards share."""
        return self.delta.values[: self._dense_size[player]]

    def sweep(self, table: np.ndarray, player: int, keep: tuple[float, float, float]) -> None:
        """Run this rank's boards for ``player``; keep: factors of what the table holds, see ``SweepTask``."""
        task = self._tasks[player]
        task.keep[:] = keep
        self.dense(player).fill(0)
        first, end = int(self._own[self._rank]), int(self._own[self._rank + 1])
        for start in range(first, end, self._calls):
            span = (start, min(start + self._calls, end))
            self._run(table, (self._tasks, player, task.keep.reshape(1, 3).copy(), span, False))

    def apply(self, table: np.ndarray, player: int, part: int, parts: int) -> None:
        """Add the summed ``dense`` to a part of the table; the factors are those of the sweep."""
        apply_sweep(table, self.delta, self._pattern, self._tasks[player], (part, parts))

    def run_alone(self, table: np.ndarray, first: int, keep: np.ndarray) -> None:
        """Whole sweeps, ``first`` onwards (even ones are player 0's), one for each row of ``keep`` (float64[n, 3])."""
        if self._boards.weight.size > self._calls:
            for sweep, factors in enumerate(keep, first):
                self.sweep(table, sweep & 1, factors)
                self.apply(table, sweep & 1, 0, 1)
            return
        self._run(table, (self._tasks, first, keep, (0, self._boards.weight.size), True))

    def _run(self, table: np.ndarray, sweeps: tuple) -> None:
        run_sweeps(self._plan, table, self.delta, self._tables, self._workspace, self._boards, sweeps, self._pattern)

    def warm_up(self, table: np.ndarray) -> None:
        """Run every kernel once on one board, changing ``table``: compiling needs types alone."""
        self._run(table, (self._tasks, 0, np.ones((1, 3)), (0, 1), False))
        apply_sweep(table, self.delta, self._pattern, self._tasks[0], (0, 1))
        self.clear()

    def clear(self) -> None:
        """Forget counts."""
        self.delta.counters.fill(0)

    @property
    def visits(self) -> int:
        """Rows visited since ``clear``, once for each bucket and board."""
        return int(self.delta.counters[C_VISITS])

    @property
    def faults(self) -> int:
        """Contributions beyond their bound (or NaN) since ``clear``; they were not added."""
        return int(self.delta.counters[C_FAULTS])

    @property
    def bytes_in_use(self) -> int:
        """Bytes of the dense sums and of the scratch."""
        return self.delta.values.nbytes + sum(array.nbytes for array in self._workspace.vectors)
