"""k-means over ranks gives the centres of one process, bit by bit."""

import os

import numpy as np
import pytest
from helpers.cluster_cases import KINDS, case

from holdem_mpi.abstraction import build_abstraction, distributed_kmeans, kmeans_buckets, points
from holdem_mpi.abstraction.bucket_files import BucketTableKey
from holdem_mpi.abstraction.build_abstraction import ensure_abstraction
from holdem_mpi.abstraction.distributed_kmeans import cluster_points
from holdem_mpi.errors import ConfigError, UserError
from holdem_mpi.reporting.progress import Reporter

pytestmark = pytest.mark.mpi


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("k", [1, 8, 70])
def test_centres_equal_those_of_one_process(kind, k, everyone, alone):
    metric, cloud, deals = case(kind)
    expected = cluster_points(alone, metric, cloud, deals, k, (5, 2), "turn")
    np.testing.assert_array_equal(cluster_points(everyone, metric, cloud, deals, k, (5, 2), "turn"), expected)


def test_more_ranks_than_points_and_empty_buckets(everyone, alone, monkeypatch):
    metric, cloud, deals = case("squares", 2)
    found = cluster_points(everyone, metric, cloud, deals, 2, (0, 2), "turn")
    np.testing.assert_array_equal(found, cluster_points(alone, metric, cloud, deals, 2, (0, 2), "turn"))
    with pytest.raises(ConfigError, match="3 buckets for the turn: expected at most 2"):
        cluster_points(everyone, metric, cloud, deals, 3, (0, 2), "turn")
    metric, cloud, deals = case("squares", 50)
    start = np.full((4, 8), 4090, np.int16)  # all but one are empty
    monkeypatch.setattr(distributed_kmeans, "_spread_centres", lambda *given: start)
    found = cluster_points(everyone, metric, cloud, deals, 4, (0, 2), "turn")
    np.testing.assert_array_equal(found, cluster_points(alone, metric, cloud, deals, 4, (0, 2), "turn"))


def test_the_sample_is_the_same_whoever_reads_which_boards(everyone, alone, monkeypatch):
    monkeypatch.setattr(kmeans_buckets, "_FEWEST_POINTS", 2000)
    key = BucketTableKey(1, 1, 3, "ochs_kmeans", 4)
    source = points.ClusterPoints(1, np.arange(169) % 8)
    own = [piece for piece in kmeans_buckets.pieces_of(1755, everyone.rank, everyone.size) if piece[0] < piece[1]]
    found = kmeans_buckets._sample(everyone, source, key, own)
    for one, other in zip(found, kmeans_buckets._sample(alone, source, key, [(0, 1755)])):
        np.testing.assert_array_equal(one, other)
    assert 1500 < len(found[0]) < 2500


def test_clusters_of_opponents_are_those_of_one_process(everyone, alone):
    expected = kmeans_buckets.opponent_clusters(alone, 1, Reporter(everyone, None))
    np.testing.assert_array_equal(kmeans_buckets.opponent_clusters(everyone, 1, Reporter(everyone, None)), expected)


def test_textures_over_ranks_are_those_of_one_process(everyone, alone, tmp_path_factory):
    folders = [everyone.on_root(lambda name=name: str(tmp_path_factory.mktemp(name))) for name in ("all", "one")]
    methods = ("lossless", "texture")
    found = ensure_abstraction(everyone, (169, 300), 1, folders[0], methods=methods)
    expected = everyone.on_root(lambda: ensure_abstraction(alone, (169, 300), 1, folders[1], methods=methods).digest)
    assert found.digest == expected


def test_where_ranks_outnumber_cores_some_build_and_all_learn(everyone, alone, tmp_path_factory, monkeypatch):
    """One of them here: the tables are those of one process, and what is wrong is raised on every rank."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0})
    folders = [everyone.on_root(lambda name=name: str(tmp_path_factory.mktemp(name))) for name in ("some", "one")]

    def refuse(builders, *given):
        assert builders.size == 1
        raise ConfigError("no buckets today")

    with monkeypatch.context() as broken, pytest.raises(UserError, match="no buckets today"):
        broken.setattr(build_abstraction, "by_percentile", refuse)
        ensure_abstraction(everyone, (169, 30), 1, folders[0])
    found = ensure_abstraction(everyone, (169, 30), 1, folders[0])
    expected = everyone.on_root(lambda: ensure_abstraction(alone, (169, 30), 1, folders[1]).digest)
    assert found.digest == expected
    everyone.barrier()
