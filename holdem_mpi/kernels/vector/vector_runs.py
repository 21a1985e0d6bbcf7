"""Traversals in vector form, one after another: a lane's sampled boards, or a stretch of all canonical boards."""

from typing import NamedTuple

import numpy as np
from numba import njit

from holdem_mpi.kernels import rng
from holdem_mpi.kernels.cards.deal import D_CARDS, D_PUBLIC, draw_cards
from holdem_mpi.kernels.traversal.merge_rows import apply_dense
from holdem_mpi.kernels.vector.traverse_public import traverse_public
from holdem_mpi.kernels.vector.vector_arrays import TO_DENSE, BoardHands, SweepTask, VectorWorkspace
from holdem_mpi.kernels.vector.vector_board import load_board


class CanonicalBoards(NamedTuple):
    """All canonical boards of a game: cards int8[board, card] in the order dealt; weight float64[board], the share of
    the real boards that each stands for.
    """

    cards: np.ndarray
    weight: np.ndarray


class BoardWorkspace(NamedTuple):
    """What a traversal overwrites: the hands of its board, and the arrays of its sweeps."""

    hands: BoardHands
    vectors: VectorWorkspace


@njit(cache=True)
def run_public_lane(plan, table, delta, tables, workspace, tasks, state, key):
    """Iterations key.first to key.last of a lane: one traversal for each player, each on a board of its own.

    table: float[entries], read only; delta: DenseDelta, changed; tasks: a SweepTask for each player; state: uint64[10],
    the stream's; key: LaneKey.
    """
    for iteration in range(key.first, key.last):
        for player in range(2):
            rng.open_stream(state, key.seed, rng.DOMAIN_TRAVERSE, key.batch, key.lane, iteration, player)
            draw_cards(state, tables.shape[D_CARDS], 0, tables.shape[D_PUBLIC], workspace.hands.cards, np.uint64(0))
            load_board(tables, workspace.hands.cards, workspace.hands)
            traverse_public(plan, table, delta, workspace.hands, workspace.vectors, tasks[player])


@njit(cache=True, inline="always")
def _run_boards(plan, table, delta, tables, workspace, boards, span, task):
    """Update ``task.player`` on boards span[0] to span[1] of ``boards``, each with its weight.

    table: float[entries], read, and changed where the task says TO_TABLE; delta: dense, changed elsewhere.
    """
    public = tables.shape[D_PUBLIC]
    for board in range(span[0], span[1]):
        for card in range(public):
            workspace.hands.cards[card] = boards.cards[board, card]
        load_board(tables, workspace.hands.cards, workspace.hands)
        weight = boards.weight[board]
        weighted = SweepTask(
            task.player,
            task.where,
            task.dense_first,
            task.lane_weight,
            task.regret_scale * weight,
            task.strategy_scale * weight,
            task.bound * weight,
            task.keep,
            task.floor,
        )
        traverse_public(plan, table, delta, workspace.hands, workspace.vectors, weighted)


@njit(cache=True)
def apply_sweep(table, delta, pattern, task, share):
    """Add what a sweep has left in ``delta`` to the table; share: (part, parts), which part of each street to do."""
    streets = task.where.size
    for street in range(streets):
        if task.where[street] == TO_DENSE:
            place = 2 * street + task.player
            buckets = pattern.first_segment[place + 1] - pattern.first_segment[place]
            segments = (buckets * share[0] // share[1], buckets * (share[0] + 1) // share[1])
            # dense_first is where table entry 0 would lie in the dense array, from below.
            first = 2 * pattern.base_pair[place] - task.dense_first[street]
            values = delta.values[first : first + 2 * buckets * pattern.width[place]]
            apply_dense(table, values, pattern, place, segments, task.keep, task.floor)


@njit(cache=True)
def run_sweeps(plan, table, delta, tables, workspace, boards, sweeps, pattern):
    """Sweeps, each updating one player on the boards of a span; where one process trains alone, each is applied.

    sweeps: (tasks: a SweepTask for each player; first: number of the first sweep, even ones are player 0's;
    keep: float64[sweeps, 3], the factors of each; span: first and last board; alone: False for a rank that shares the
    boards: one sweep, which is only added to ``delta``). One kernel for both, since each takes long to compile.
    """
    tasks, first, keep, span, alone = sweeps
    for sweep in range(keep.shape[0]):
        task = tasks[(first + sweep) & 1]
        for factor in range(3):
            task.keep[factor] = keep[sweep, factor]
        if alone:
            delta.values[:] = 0
        _run_boards(plan, table, delta, tables, workspace, boards, span, task)
        if alone:
            apply_sweep(table, delta, pattern, task, (0, 1))
