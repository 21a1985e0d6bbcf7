"""Batches that grow: sizes follow from the config and the iterations done alone, and stay a small part of them."""

import numpy as np
import pytest

from holdem_mpi.config.fingerprint import fingerprint, semantic_dict
from holdem_mpi.config.load import load_config
from holdem_mpi.errors import ConfigError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.training.schedules import BatchSchedule
from holdem_mpi.training.start import build_problem, trainer_for
from holdem_mpi.training.trainer import Progress, table_digest


def sizes_of_run(schedule, iterations):
    """[(iterations before, size)] of the batches of a run."""
    done, found = 0, []
    while done < iterations:
        found.append((done, schedule.size(done)))
        done += schedule.lanes * found[-1][1]
    return found


@pytest.mark.parametrize("lanes", [1, 3, 64])
def test_what_lanes_do_not_know_of_each_other_stays_a_fiftieth(lanes):
    found = sizes_of_run(BatchSchedule(lanes, 20_000, grows=True), 3_000_000 * lanes)
    sizes = [size for _, size in found]
    assert sizes == sorted(sizes) and set(sizes) == {*(25 << doublings for doublings in range(10)), 20_000}
    for done, size in found[50:]:
        assert 50 * lanes * size <= done
        assert size == 20_000 or 100 * lanes * size > done  # and no smaller than it must be
    assert len(found) < 800


def test_a_limit_below_the_smallest_size_is_kept():
    assert {size for _, size in sizes_of_run(BatchSchedule(2, 7, grows=True), 10_000)} == {7}


def test_a_number_is_that_number():
    assert {size for _, size in sizes_of_run(BatchSchedule(2, 300), 10**6)} == {300}


def trainer_of(**keys):
    config = load_config("leduc", {"lanes": 3, "batch_size": "auto", **keys})
    return trainer_for(build_problem(config, Communicator()), Communicator(), None, Progress())


def test_a_stopped_run_goes_on_with_the_same_batches():
    whole, other = trainer_of(), trainer_of()
    for _ in range(130):
        whole.batch()
    for _ in range(75):
        other.batch()
    resumed = trainer_of()
    resumed.progress = Progress(**vars(other.progress))
    np.copyto(resumed.table, other.table)
    while resumed.progress.batch < 130:
        resumed.batch()
    assert table_digest(resumed.table, resumed.progress) == table_digest(whole.table, whole.progress)
    assert whole.progress.iterations == 3 * (25 * 100 + 50 * 30)


def test_scales_fit_the_largest_batch():
    auto = trainer_of(batch_size_limit=4000).problem
    assert auto.scales == build_problem(load_config("leduc", {"lanes": 3, "batch_size": 4000}), Communicator()).scales
    with pytest.raises(ConfigError, match=r"^batch_size: no fixed-point scale .* 4294967295 .*batch_size_limit"):
        rare = {"solver.sampler": "outcome", "solver.exploration": 0.01}
        trainer_of(lanes=1, batch_size_limit=2**32 - 1, **rare)


def test_the_limit_is_part_of_the_result_only_where_batches_grow():
    number = load_config("leduc")
    assert "batch_size_limit" not in semantic_dict(number)
    auto = load_config("leduc", {"batch_size": "auto"})
    assert semantic_dict(auto)["batch_size_limit"] == 20_000
    assert fingerprint(auto) != fingerprint(load_config("leduc", {"batch_size": "auto", "batch_size_limit": 7}))
