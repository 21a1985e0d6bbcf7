"""Regret matching: in proportion to positive regret, whatever a lane adds to, and drawn as likely as that."""

import numpy as np
import pytest
from helpers.logging_records import new_logs
from helpers.naive_lanes import game_of
from hypothesis import given, settings
from hypothesis import strategies as st

from holdem_mpi.kernels.arrays import NUM_COUNTERS, P_LANE_WEIGHT, InPlace
from holdem_mpi.kernels.traversal.regret import match_regrets, positive_regrets, sample_positive
from holdem_mpi.training.dense_delta import new_dense_delta
from holdem_mpi.training.lane_runner import new_workspace

pytestmark = pytest.mark.kernels

PAIR = 6


def workspace(lane_weight):
    """Of a game of two or three actions; what else it needs for sixteen is replaced."""
    work = new_workspace(game_of("kuhn", 2)[0])
    work.params[P_LANE_WEIGHT] = lane_weight
    return work._replace(uniform=1.0 / np.maximum(1, np.arange(17)))


def matched(table, sink, work, actions):
    """(strategy, what lies before and behind it) from regret matching of the row at PAIR."""
    sigma = np.full(2 + max(3, actions) + 1, np.nan)
    match_regrets(table, sink, np.uint64(PAIR), np.uint64(actions), work, sigma, np.uint64(2))
    return sigma[2 : 2 + actions], np.concatenate((sigma[:2], sigma[2 + max(3, actions) :]))


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=16), st.integers(1, 8), st.integers(0, 2**32))
@settings(deadline=None, max_examples=60)
def test_strategies_are_proportional_to_positive_regret(own, lane_weight, seed):
    actions, work = len(own), workspace(float(lane_weight))
    merged = np.random.default_rng(seed).integers(-1000, 1000, actions).astype(np.float64)
    table = np.full(2 * PAIR + 2 * actions, np.nan)
    table[2 * PAIR : 2 * PAIR + actions] = merged
    delta = new_dense_delta(table.size)
    delta.values[2 * PAIR : 2 * PAIR + actions] = own
    frozen = new_logs(1, 6, 64, 2, False), InPlace(table, np.zeros(NUM_COUNTERS, np.int64), 0.0)
    sinks = [(delta, merged + lane_weight * np.array(own)), *((sink, merged) for sink in frozen)]
    for sink, regrets in sinks:
        positive = np.maximum(regrets, 0)
        expected = positive / positive.sum() if positive.sum() > 0 else np.full(actions, 1 / actions)
        sigma, beside = matched(table, sink, work, actions)
        np.testing.assert_allclose(sigma, expected, rtol=1e-14, atol=0)
        assert np.isnan(beside).all()
        # Nothing is read beyond the row, with which the table ends.
        found = np.full(max(3, actions), np.nan)
        total = positive_regrets(
            table, sink, np.uint64(PAIR), np.uint64(actions), float(lane_weight), found, np.uint64(0)
        )
        assert found[:actions].tolist() == positive.tolist() and total == positive.sum()


@given(st.lists(st.integers(0, 8), min_size=1, max_size=8))
@settings(deadline=None, max_examples=100)
def test_an_action_is_drawn_as_often_as_it_is_likely_and_never_without_regret(weights):
    positive, total = np.array([*weights, 99.0]), float(sum(weights))
    parts = int(total) or len(weights)
    drawn = [
        int(sample_positive(positive, total, np.uint64(len(weights)), (part + 0.5) / parts)) for part in range(parts)
    ]
    expected = weights if total else [1] * len(weights)
    assert np.bincount(drawn, minlength=len(weights)).tolist() == expected
    least, most = 0.5 * 2.0**-32, 1 - 0.5 * 2.0**-32
    for uniform in (least, most):
        chosen = int(sample_positive(positive, total, np.uint64(len(weights)), uniform))
        assert not total or weights[chosen] > 0
