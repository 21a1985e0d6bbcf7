"""``abstract --plan``: what a build would take, from its sizes and a calibration on a few boards, some seconds long."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.abstraction import features, percentile, points
from holdem_mpi.abstraction import lossless_buckets as lossless
from holdem_mpi.abstraction.bucket_files import PERCENTILE, BucketTableKey, table_exists
from holdem_mpi.abstraction.bucket_table_keys import keys_of
from holdem_mpi.abstraction.distributed_kmeans import MAX_STEPS
from holdem_mpi.abstraction.kmeans_buckets import hands_of, shares_of_sample, warm_up
from holdem_mpi.abstraction.kmeans_metrics import HistogramMetric, Metric, VectorMetric, ground_of_equities
from holdem_mpi.abstraction.request import AbstractionRequest
from holdem_mpi.cards import NUM_HANDS
from holdem_mpi.kernels.cards.isomorphism import index_board, unindex_hand
from holdem_mpi.kernels.clustering.hand_features import CLUSTERS
from holdem_mpi.kernels.clustering.kmeans import FAR, L1, L2
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.storage.cache import cache_folder
from holdem_mpi.text import count, counted, duration

# Boards, from all over a street, on which a pass is timed; points for which k-means is.
_BOARDS = {1: 4, 2: 8, 3: 32}
_POINTS = 2000
_PROCESS_BYTES = 250 << 20


class BuildCost(NamedTuple):
    """What building the table of a street takes.

    seconds: of one core, for all ranks together.
    rank_bytes: of each rank, besides the process itself.
    disk_bytes: of the files.
    """

    seconds: float
    rank_bytes: int
    disk_bytes: int


def show_build_plan(comm: Communicator, request: AbstractionRequest, folder: str | None) -> None:
    """Print time, memory and disk of what is missing on rank 0; builds nothing. Collective."""
    keys = keys_of(request.buckets, request.final_street, request.methods, request.seed)
    place, ranks = Path(request.folder or cache_folder(folder)), counted(comm.size, "rank")

    def lines() -> list[str]:
        told, costs = [], []
        for key in keys:
            name = f"{features.STREET_NAMES[key.street]}, {counted(key.buckets, 'bucket')}, {key.recipe}:"
            if table_exists(key.path(place)):
                told.append(f"{name} built already")
                continue
            costs.append(_cost(key, comm.size))
            told.append(
                f"{name} {duration(costs[-1].seconds / comm.size)} on {ranks}, "
                f"{count(costs[-1].rank_bytes + _PROCESS_BYTES)}B a rank, {count(costs[-1].disk_bytes)}B on disk"
            )
        seconds, disk = sum(cost.seconds for cost in costs), sum(cost.disk_bytes for cost in costs)
        most = _PROCESS_BYTES + max((cost.rank_bytes for cost in costs), default=0)
        told.append(
            f"in all: {duration(seconds / comm.size)} on {ranks}, {count(most * comm.size)}B of memory, "
            f"{count(disk)}B on disk ({place})"
        )
        return told

    for line in comm.on_root(lines):
        if comm.rank == 0:
            print(line)


def _cost(key: BucketTableKey, ranks: int) -> BuildCost:
    boards = features.number_of_boards(key.street)
    disk = boards * NUM_HANDS * percentile.bucket_dtype(key.buckets).itemsize
    if key.method == PERCENTILE and lossless.is_lossless(key.street, key.buckets):
        lossless.lossless_rows(key.street, 0, 1)
        seconds = _timed(lambda: lossless.lossless_rows(key.street, boards // 2, boards // 2 + 32))
        return BuildCost(2 * boards / 32 * seconds, 0, disk)
    sweeps, sums_bytes = _sums_cost(key, ranks)
    if not key.is_clustered:
        return BuildCost(sweeps, sums_bytes, disk)
    warm_up(key)
    seconds, sample_bytes = _clustering_cost(key)
    if key.method == "ochs_kmeans":
        boards_of_last = features.number_of_boards(key.final_street)
        counts = points.empty_class_counts()
        seconds += boards_of_last / 32 * _timed(lambda: points.add_class_outcomes(key.final_street, 0, 32, counts))
    elif key.method == "ehs_kmeans":
        seconds, sums_bytes = seconds + 2 * sweeps, 3 * sums_bytes
    elif key.after:
        seconds += sweeps
    if key.method != "ehs_kmeans" and not key.after:
        sums_bytes = 0
    return BuildCost(seconds, sample_bytes + sums_bytes + disk // ranks, disk)


def _timed(call: Callable[[], Any]) -> float:
    """CPU seconds, which other programs' turns on the core do not lengthen."""
    began = time.process_time()
    call()
    return time.process_time() - began


def _sums_cost(key: BucketTableKey, ranks: int) -> tuple[float, int]:
    """(seconds, bytes of a rank) of a street's numerators."""
    complete, boards = features.number_of_boards(key.final_street), features.number_of_boards(key.street)
    if key.street == key.final_street:
        features.final_numerators(key.final_street, 0, 1)
        seconds = _timed(lambda: features.final_numerators(key.final_street, complete // 2, complete // 2 + 32))
        return complete / 32 * seconds, 2 * boards * NUM_HANDS // ranks
    sums = features.empty_sums(key.street)
    features.add_to_sums(key.street, key.final_street, 0, 1, sums)
    middle = complete // 2
    seconds = _timed(lambda: features.add_to_sums(key.street, key.final_street, middle, middle + 32, sums))
    return complete / 32 * seconds, sums.nbytes


def _clustering_cost(key: BucketTableKey) -> tuple[float, int]:
    """(seconds, bytes of a rank) of sampling, k-means and the pass over all hands."""
    boards = features.number_of_boards(key.street)
    chosen = np.linspace(0, boards - 1, _BOARDS[key.street]).astype(int)
    source, metric = _calibration(key, chosen)
    parts = []

    def read() -> None:
        for board in chosen:
            values, _ = source.at(board, board + 1)
            parts.append(values[points.classes_at(key.street, board, board + 1)[1] > 0])

    reading = _timed(read) / len(chosen)
    # A strided view would compile the kernels anew.
    hands = np.ascontiguousarray(np.concatenate(parts)[:: max(1, sum(map(len, parts)) // _POINTS)])
    centres = metric.centres_at(hands[np.arange(key.buckets) % len(hands)])
    order, keys = metric.in_order(centres)
    bucket = metric.guess(hands, keys)
    assigning = _timed(lambda: metric.assign(hands, centres[order], keys, bucket)) / len(hands)
    own, cost = metric.keys_of_points(hands), np.full(len(hands), FAR, np.int64)
    few = centres[:50]
    spreading = _timed(lambda: [metric.approach(hands, own, few[at : at + 1], cost) for at in range(len(few))])
    share_of_boards, share_of_hands = shares_of_sample(key.street, key.buckets)
    sampled = share_of_boards * share_of_hands * hands_of(key.street)
    # Centres after the first ones touch few points.
    start = sampled * key.buckets * spreading / (len(few) * len(hands)) / 2
    seconds = boards * (1 + share_of_boards) * reading + start
    seconds += (hands_of(key.street) + sampled * MAX_STEPS) * assigning
    return seconds, int(2 * sampled * hands.shape[1] * hands.itemsize)


def _calibration(key: BucketTableKey, chosen: np.ndarray) -> tuple[points.PointSource, Metric]:
    """Points of a few boards, with made-up sums, clusters of opponents and next buckets where those are not known."""
    street, final_street = key.street, key.final_street
    if key.method == "ochs_kmeans":
        return points.ClusterPoints(final_street, np.arange(169) % CLUSTERS), VectorMetric(L2)
    if key.method == "emd_kmeans" and street == final_street - 1:
        return points.OutcomePoints(street), VectorMetric(L1)
    sums = {int(board): np.zeros((1, NUM_HANDS), np.uint32) for board in chosen}
    if not key.after:
        rng = np.random.default_rng(0)
        for rows in sums.values():
            rows[:] = rng.integers(features.largest_numerator(street, final_street), size=rows.shape)
        scale = features.largest_square(street, final_street) / features.largest_numerator(street, final_street) ** 2
        squares = {board: (rows.astype(float) ** 2 * scale).astype(np.uint64) for board, rows in sums.items()}
        return points.StrengthPoints(street, final_street, sums, squares), VectorMetric(L2)
    k = key.after[0]
    source = points.NextBucketPoints(street, _buckets_after(street, chosen, k), sums)
    return source, HistogramMetric(ground_of_equities((np.arange(k) + 0.5) / k), source.width)


def _buckets_after(street: int, chosen: np.ndarray, k: int) -> np.ndarray:
    """unsigned[boards, 1326]: a next street's table whose rows after the chosen boards are buckets of equal equity."""
    table = np.zeros((features.number_of_boards(street + 1), NUM_HANDS), percentile.bucket_dtype(k))
    outcomes, largest = points.OutcomePoints(street + 1), features.largest_numerator(street + 1, street + 2)
    board, suit_map = np.zeros(features.CARDS_OF_STREET[street + 1], np.int64), np.zeros(4, np.uint8)
    for number in chosen:
        unindex_hand(features.board_indexer(street), number, board[:-1])
        for card in set(range(52)) - set(board[:-1].tolist()):
            board[-1] = card
            row = index_board(features.board_indexer(street + 1), board, suit_map)
            table[row] = outcomes.at(row, row + 1)[1][0].astype(np.int64) * k // (largest + 1)
    table.flags.writeable = False
    return table
