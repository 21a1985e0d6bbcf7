"""A street's buckets by k-means: a sample of hands gives the centres, and one pass gives each hand its nearest one.

Methods: ``ehs_kmeans``, expected hand strength and its square; ``ochs_kmeans``, equity against each cluster of
opponents, on the last street (Johanson et al. 2013); ``emd_kmeans``, earth mover's distance: on the street before the
last of histograms of the final equity, on earlier ones of histograms over the next street's buckets (Ganzfried and
Sandholm 2014). Which hands are in the sample depends on the seed alone.
"""

from pathlib import Path
from typing import Any

import numpy as np

from holdem_mpi.abstraction import features, percentile, points
from holdem_mpi.abstraction.bucket_files import TableKey, open_centres, open_table, read_manifest
from holdem_mpi.abstraction.distributed_kmeans import cluster_points
from holdem_mpi.abstraction.kmeans_metrics import (
    HistogramMetric,
    Metric,
    VectorMetric,
    ground_of_equities,
    ground_of_vectors,
)
from holdem_mpi.abstraction.percentile import Pieces, StreetBuckets, all_see, cut, share, statistics, sums_at
from holdem_mpi.cards import NUM_HANDS
from holdem_mpi.config.buckets import LOSSLESS_BUCKETS
from holdem_mpi.errors import DataError
from holdem_mpi.kernels.clustering.hand_features import CLUSTERS
from holdem_mpi.kernels.clustering.kmeans import L1, L2
from holdem_mpi.kernels.clustering.transport import Ground
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.reporting.progress import Reporter

# Points that k-means works on: for each bucket, at least and at most; sampled hands of a board, about.
_POINTS_A_BUCKET = 500
_FEWEST_POINTS = 100_000
_MOST_POINTS = 1_000_000
_HANDS_A_BOARD = 50
# Pieces of boards that ranks take in turn: about so many, so that all have alike ones, of at most so many boards.
_PIECES = 256
_BOARDS_A_PIECE = 256


def pieces_of(boards: int, rank: int, size: int) -> Pieces:
    """Pieces (start, end) of the boards that a rank works on: every ``size``-th, (boards, boards) where there is none
    left. Neighbouring boards have alike symmetries, and so alike numbers of hands.
    """
    length = min(_BOARDS_A_PIECE, max(1, boards // _PIECES))
    count = -(-boards // (length * size))
    starts = [min(length * (rank + size * turn), boards) for turn in range(count)]
    return [(start, min(start + length, boards)) for start in starts]


def by_kmeans(comm: Communicator, key: TableKey, folder: Path, reporter: Reporter) -> StreetBuckets:
    """The street's buckets by the method of ``key``; tables of later streets stand in ``folder``. Collective.

    Memory of a rank: the sample (96 MB for a million points on the turn), its own bucket rows, and the sums of
    ``sums_at`` for streets and methods that need them.
    """
    boards = features.number_of_boards(key.street)
    name = features.STREET_NAMES[key.street]
    pieces = [pieces_of(boards, rank, comm.size) for rank in range(comm.size)]
    own = [piece for piece in pieces[comm.rank] if piece[0] < piece[1]]
    source, metric, about = _source_of(comm, key, folder, own, reporter)
    sampled, deals = _sample(comm, source, key, own)
    reporter.line(f"{name}: {len(sampled)} of {hands_of(key.street)} hands sampled")
    centres = cluster_points(comm, metric, sampled, deals, key.buckets, (key.seed, key.street), name, reporter.line)
    del sampled
    rows, totals = _assigned(source, metric, centres, key, own, reporter)
    comm.allreduce_sum(totals)
    largest = features.largest_numerator(key.street, key.final_street)
    about["statistics"] = {"hands": totals[0].tolist(), **statistics(totals[1], totals[2], largest)}
    about["hands"], about["deals"] = int(totals[0].sum()), int(totals[1].sum())
    kept = centres if isinstance(metric, VectorMetric) else None
    empty = np.empty((0, NUM_HANDS), percentile.bucket_dtype(key.buckets))
    return StreetBuckets(pieces, lambda start, end: rows.get(start, empty), about, kept)


def hands_of(street: int) -> int:
    """Canonical hands of a street: 1,286,792, 13,960,050 and 123,156,254."""
    return LOSSLESS_BUCKETS[features.CARDS_OF_STREET[street]]


def _source_of(
    comm: Communicator, key: TableKey, folder: Path, own: Pieces, reporter: Reporter
) -> tuple[points.PointSource, Metric, dict[str, Any]]:
    """(points, how they are compared, what the manifest says of that) of a street and method."""
    street, final_street = key.street, key.final_street
    if key.method == "ochs_kmeans":
        clusters = opponent_clusters(comm, final_street, reporter)
        return points.ClusterPoints(final_street, clusters), VectorMetric(L2), {"cluster_of_class": clusters.tolist()}
    if key.method == "emd_kmeans" and street == final_street - 1:
        return points.OutcomePoints(street), VectorMetric(L1), {"bins": points.BINS}
    sums = sums_at(comm, street, final_street, own, reporter)
    if key.method == "ehs_kmeans":
        squares = sums_at(comm, street, final_street, own, reporter, power=2)
        return points.StrengthPoints(street, final_street, sums, squares), VectorMetric(L2), {}
    after = key.next_key()
    all_see(comm, folder, [after.path(folder)])
    table, sha256 = open_table(after.path(folder), after)
    source = points.NextBucketPoints(street, np.asarray(table), sums)
    return source, HistogramMetric(_ground(after, folder), source.width), {"next_table": sha256}


def _ground(after: TableKey, folder: Path) -> Ground:
    """Distances between the next street's buckets."""
    if after.method == "emd_kmeans":
        return ground_of_vectors(open_centres(after.path(folder), after))
    path = after.path(folder)
    found = read_manifest(path, after).get("statistics")
    if found is None:
        raise DataError(f"{path}: without mean equities, which earlier versions left out; delete it to have it built")
    return ground_of_equities(np.array(found["equity"]))


def opponent_clusters(comm: Communicator, final_street: int, reporter: Reporter) -> np.ndarray:
    """int64[169]: cluster of opponents of each preflop class, from the weakest to the strongest. Collective.

    k-means of the classes' histograms of final equity under the earth mover's distance (Johanson et al. 2013), each
    class as often as it has hands.
    """
    counts = points.empty_class_counts()
    boards = features.number_of_boards(final_street)
    for start, end in reporter.over("opponents", cut(*share(boards, comm.rank, comm.size))):
        points.add_class_outcomes(final_street, start, end, counts)
    comm.allreduce_sum(counts)
    classes, hands = points.class_points(counts)
    metric = VectorMetric(L1)
    centres = cluster_points(Communicator(), metric, classes, hands, CLUSTERS, (0, 0), "opponents")
    keys = metric.in_order(centres)[1]
    bucket = metric.guess(classes, keys)
    metric.assign(classes, centres, keys, bucket)
    return bucket.astype(np.int64)


def _mixed(seed: int, street: int, numbers: np.ndarray) -> np.ndarray:
    """uint64 hashes below 2**32 of numbers (SplitMix64's last steps), apart for each seed and street."""
    mixed = numbers.astype(np.uint64) + np.uint64((0x9E3779B97F4A7C15 * (4 * seed + street + 1)) % 2**64)
    mixed = (mixed ^ mixed >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ mixed >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return (mixed ^ mixed >> np.uint64(31)) >> np.uint64(32)


def shares_of_sample(street: int, buckets: int) -> tuple[float, float]:
    """(share of the boards, share of their hands) that the sample for so many buckets takes."""
    wanted = min(max(_POINTS_A_BUCKET * buckets, _FEWEST_POINTS), max(_MOST_POINTS, 50 * buckets), hands_of(street))
    boards = min(1.0, wanted / _HANDS_A_BOARD / features.number_of_boards(street))
    return boards, min(1.0, wanted / (boards * hands_of(street)))


def _sample(
    comm: Communicator, source: points.PointSource, key: TableKey, own: Pieces
) -> tuple[np.ndarray, np.ndarray]:
    """(points [n, width], int64[n] deals) of the sample, the same on every rank, in order of boards and hands."""
    boards = features.number_of_boards(key.street)
    share_of_boards, share_of_hands = shares_of_sample(key.street, key.buckets)
    taken = _mixed(key.seed, key.street, np.arange(boards)) < share_of_boards * 2**32
    parts: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for board in (board for start, end in own for board in range(start, end) if taken[board]):
        values, _ = source.at(board, board + 1)
        _, deals = points.classes_at(key.street, board, board + 1)
        hash_of_hand = _mixed(key.seed, key.street, boards + NUM_HANDS * board + np.arange(NUM_HANDS))
        chosen = (deals[0] > 0) & (hash_of_hand < share_of_hands * 2**32)
        parts[board] = values[0][chosen], deals[0][chosen].astype(np.int64)
    count = np.zeros(boards, np.int64)
    for board, (values, _) in parts.items():
        count[board] = len(values)
    comm.allreduce_sum(count)
    first = np.cumsum(count) - count
    sampled, deals_of_point = np.zeros((count.sum(), source.width), source.dtype), np.zeros(count.sum(), np.int64)
    for board, (values, deals) in parts.items():
        sampled[first[board] : first[board] + len(values)] = values
        deals_of_point[first[board] : first[board] + len(values)] = deals
    comm.allreduce_sum(sampled)
    comm.allreduce_sum(deals_of_point)
    return sampled, deals_of_point


def _assigned(
    source: points.PointSource, metric: Metric, centres: np.ndarray, key: TableKey, own: Pieces, reporter: Reporter
) -> tuple[dict[int, np.ndarray], np.ndarray]:
    """({first board: bucket rows} of this rank's pieces, int64[3, k]: canonical hands, deals,
    and sums of numerators times deals, of its part of each bucket).
    """
    dtype, keys = percentile.bucket_dtype(key.buckets), metric.in_order(centres)[1]
    rows: dict[int, np.ndarray] = {}
    totals = np.zeros((3, key.buckets), np.int64)
    for start, end in reporter.over(features.STREET_NAMES[key.street], own):
        values, numerators = source.at(start, end)
        lowest, deals = points.classes_at(key.street, start, end)
        chosen = deals > 0
        hands = values[chosen]
        bucket = metric.guess(hands, keys)
        metric.assign(hands, centres, keys, bucket)
        spread = np.zeros(lowest.shape, dtype)
        spread[chosen] = bucket
        found = np.take_along_axis(spread, np.maximum(lowest, 0), axis=1)
        rows[start] = np.where(lowest < 0, np.iinfo(dtype).max, found).astype(dtype)
        weight = deals[chosen].astype(np.int64)
        for total, amount in zip(totals, (np.ones_like(weight), weight, weight * numerators[chosen].astype(np.int64))):
            np.add.at(total, bucket, amount)
    return rows, totals


def warm_up(key: TableKey) -> None:
    """Run every kernel that ``by_kmeans`` needs for that key on a board or two, so that it is compiled."""
    alone, quiet = Communicator(), Reporter(Communicator(), None)
    street, final_street = key.street, key.final_street
    quiet.line = lambda text: None
    source: points.PointSource
    metric: Metric = VectorMetric(L1)
    if key.method == "ochs_kmeans":
        points.add_class_outcomes(final_street, 0, 1, points.empty_class_counts())
        source, metric = points.ClusterPoints(final_street, np.arange(169) % CLUSTERS), VectorMetric(L2)
    elif key.method == "emd_kmeans" and street == final_street - 1:
        source = points.OutcomePoints(street)
    else:
        sums = {power: _few_sums(street, final_street, power) for power in (1, 2)}
        source, metric = points.StrengthPoints(street, final_street, {0: sums[1]}, {0: sums[2]}), VectorMetric(L2)
    if key.after:
        table = np.zeros((features.number_of_boards(street + 1), NUM_HANDS), percentile.bucket_dtype(key.after[0]))
        table[:] = np.arange(NUM_HANDS) % 3
        table.flags.writeable = False  # as mapped tables are
        source = points.NextBucketPoints(street, table, {0: sums[1]})
        metric = HistogramMetric(ground_of_equities(np.array([0.2, 0.5, 0.9])), source.width)
    values, deals = source.at(0, 2)[0], points.classes_at(street, 0, 2)[1]
    chosen = deals > 0
    centres = cluster_points(alone, metric, values[chosen], deals[chosen].astype(np.int64), 2, (0, street), "")
    _assigned(source, metric, centres, key._replace(buckets=2), [(0, 1)], quiet)


def _few_sums(street: int, final_street: int, power: int) -> np.ndarray:
    """Numerators or squares of two boards; on an earlier street than the last of no use."""
    if street == final_street:
        return features.final_numerators(final_street, 0, 2).astype(np.uint16 if power == 1 else np.uint64)
    sums = features.empty_sums(street, power)
    features.add_to_sums(street, final_street, 0, 1, sums, power)
    rows = sums[:2].copy()
    features.settle_sums(street, 0, rows)
    return rows
