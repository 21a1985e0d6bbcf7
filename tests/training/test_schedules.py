"""Discounts are the paper's for equal blocks, and depend on iterations, not on how many batches made them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdem_mpi.training.schedules import Discounts, DiscountSchedule


def factors_of(schedule, batch, iterations):
    """[(iterations done, Discounts)] of a run in batches of ``batch`` iterations."""
    found, last = [], 0
    for done in range(batch, iterations + 1, batch):
        factors = schedule.due(done, last)
        if factors:
            found.append((done, factors))
            last = done
    return found


def product_after(found, iteration, part):
    """What is left at the end of a unit added in iteration ``iteration``."""
    return math.prod(getattr(factors, part) for done, factors in found if done >= iteration)


def test_linear_cfr_multiplies_by_t_over_t_plus_one():
    found = factors_of(DiscountSchedule("linear", 100, None), 100, 1000)
    assert [done for done, _ in found] == list(range(100, 1001, 100))
    for t, (_, factors) in enumerate(found, 1):
        assert factors == Discounts(t / (t + 1), t / (t + 1), t / (t + 1))
    # So block t ends with a weight proportional to t (Brown and Sandholm 2019, section 3).
    weights = [product_after(found, 100 * t, "positive") for t in range(1, 11)]
    assert weights == pytest.approx([t / 11 for t in range(1, 11)])


@pytest.mark.parametrize(("alpha", "beta", "gamma"), [(1.5, 0.0, 2.0), (1.5, -2.0, 1.0), (0.0, 0.5, 0.0), (1, 1, 1)])
def test_dcfr_has_the_papers_three_factors(alpha, beta, gamma):
    found = factors_of(DiscountSchedule("dcfr", 50, None, alpha, beta, gamma), 50, 1000)
    assert len(found) == 20
    for t, (_, factors) in enumerate(found, 1):
        assert factors.positive == pytest.approx(t**alpha / (t**alpha + 1))
        assert factors.negative == pytest.approx(t**beta / (t**beta + 1))
        assert factors.strategy == pytest.approx((t / (t + 1)) ** gamma)


def test_dcfr_111_is_linear_cfr():
    linear = factors_of(DiscountSchedule("linear", 70, None), 70, 700)
    dcfr = factors_of(DiscountSchedule("dcfr", 70, None, 1.0, 1.0, 1.0), 70, 700)
    for (_, one), (_, other) in zip(linear, dcfr, strict=True):
        assert vars(one) == pytest.approx(vars(other))


def test_plain_cfr_never_discounts():
    assert factors_of(DiscountSchedule("cfr", 1, None), 10, 1000) == []


def test_no_discount_after_the_last():
    found = factors_of(DiscountSchedule("linear", 100, 500), 100, 2000)
    assert [done for done, _ in found] == [100, 200, 300, 400, 500]


@pytest.mark.parametrize("algorithm", ["linear", "dcfr"])
@pytest.mark.parametrize("batch", [1, 40, 200, 1000])
def test_batches_that_divide_the_interval_make_no_difference(algorithm, batch):
    schedule = DiscountSchedule(algorithm, 1000, None)
    assert factors_of(schedule, batch, 20_000) == factors_of(schedule, 1000, 20_000)


@given(st.integers(1, 3000), st.integers(1, 40))
def test_weights_go_with_iterations_up_to_the_ends_of_blocks(batch, blocks):
    """Whatever the batch: a unit of iteration i is worth about i / n in the end, off by at most one block."""
    schedule = DiscountSchedule("linear", 1000, None)
    block = math.ceil(1000 / batch) * batch
    total = block * blocks
    found = factors_of(schedule, batch, total)
    assert [done for done, _ in found] == list(range(block, total + 1, block))
    for iteration in range(1, total + 1, max(1, total // 50)):
        weight = product_after(found, iteration, "strategy")
        assert abs(weight * (total + block) - iteration) <= block


@given(st.integers(1, 500), st.lists(st.integers(1, 50), min_size=1, max_size=60))
def test_due_exactly_when_the_interval_has_passed(interval, batches):
    schedule = DiscountSchedule("dcfr", interval, None)
    done = last = 0
    for batch in batches:
        done += batch
        factors = schedule.due(done, last)
        assert (factors is not None) == (done - last >= interval)
        if factors:
            assert 0 < factors.negative <= factors.positive < 1 and 0 < factors.strategy < 1
            last = done


def test_until_due_leads_to_the_next_discount():
    schedule = DiscountSchedule("linear", 100, 1000)
    for iterations, last in ((0, 0), (30, 0), (250, 200), (420, 300)):
        left = schedule.until_due(iterations, last)
        assert schedule.due(iterations + left, last) is not None
        assert left == 0 or schedule.due(iterations + left - 1, last) is None
    assert schedule.until_due(1001, 1000) is None and DiscountSchedule("cfr", 100, None).until_due(0, 0) is None
