"""Discounts by iteration: the same whichever part of them is asked for, and the papers' formulas."""

import numpy as np
import pytest

from holdem_mpi.kernels.subgame.subgame_types import W_NEGATIVE, W_POSITIVE, W_STRATEGY
from holdem_mpi.subgame.weights import Weights

KINDS = [Weights(), Weights(1.5, 0.5, 2.0), Weights(1.5, -1.0, 2.0), Weights(plus=True), Weights(restart=True)]


@pytest.mark.parametrize("weights", KINDS)
def test_a_part_of_the_table_is_that_part(weights):
    whole = weights.table(70)
    assert np.isfinite(whole).all()
    for first in (0, 1, 2, 16, 17, 63, 69, 70):
        assert np.array_equal(weights.table(70, first), whole[first:])


def test_discounts_are_those_of_dcfr():
    weights = Weights(1.5, 0.5, 2.0)
    for done in (1, 2, 9):
        (row,) = weights.table(done + 1, done)
        assert row[W_POSITIVE] == pytest.approx(done**1.5 / (done**1.5 + 1))
        assert row[W_NEGATIVE] == pytest.approx(done**0.5 / (done**0.5 + 1))
        assert row[W_STRATEGY] == pytest.approx((done / (done + 1)) ** 2)
    assert (weights.table(1) == 0).all()
