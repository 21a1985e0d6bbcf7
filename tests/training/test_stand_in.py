"""What compiles beside a training has the types of the training itself."""

import numba
import numpy as np
import pytest

from holdem_mpi.abstraction.bucket_files import manifest_path
from holdem_mpi.abstraction.bucket_table_keys import keys_of
from holdem_mpi.cards import CLASS_OF_HAND
from holdem_mpi.config.load import load_config
from holdem_mpi.game.game import Game
from holdem_mpi.kernels.cards.deal import holdem_tables
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.training import stand_in
from holdem_mpi.training.algorithm import algorithm_of
from holdem_mpi.training.lane_runner import LogRunner, SmallTableRunner
from holdem_mpi.training.problem import Problem
from holdem_mpi.training.stand_in import lane_jobs, training_jobs
from holdem_mpi.training.start import build_problem


@pytest.fixture
def compiled_for(monkeypatch):
    """``compiled_for(config)``: the problem whose kernels the config's job compiles."""
    found = []
    monkeypatch.setattr(stand_in, "warm_up", found.append)

    def compiled_for(config) -> Problem:
        (job,) = lane_jobs(config)
        job.run()
        return found[-1]

    return compiled_for


def types_of(problem: Problem) -> list:
    """The type of all that lanes and merges are given, and which lanes those are."""
    runner = algorithm_of(problem.config).runner(problem, Communicator())
    arrays = problem.layout.code(), problem.tables, runner.traversals.work, runner.traversals._deal, runner.sink
    return [type(runner), *map(numba.typeof, arrays), runner.traversals._sampler]


@pytest.mark.parametrize("game", ["kuhn", "leduc_3p"])
@pytest.mark.parametrize("sampler", ["external", "outcome"])
def test_of_toy_games(compiled_for, game, sampler):
    config = load_config(game, {"solver.sampler": sampler}).completed(1)
    types = types_of(build_problem(config, Communicator()))
    assert types_of(compiled_for(config)) == types and types[0] is SmallTableRunner


@pytest.mark.parametrize(
    ("game", "buckets"),
    [("nolimit_hu_20bb", [169, 300, 20, 5]), ("limit_holdem", [169, 50, 50, 1_900]), ("flop_holdem", [169, 300])],
)
def test_of_holdem_with_any_buckets(compiled_for, game, buckets):
    config = load_config(game, {"abstraction.buckets": buckets}).completed(1)
    dtypes = ["uint8" if count < 256 else "uint16" for count in buckets[1:]]
    mapped = {3 + place: np.zeros(1326, dtype) for place, dtype in enumerate(dtypes)}
    shown = Game(config.game)
    tables = holdem_tables(2, tuple(config.game.board_cards), CLASS_OF_HAND.astype(np.uint16), mapped)
    layout = shown.layout(tuple(min(count, 300) for count in buckets))
    real = Problem(config, layout, tables, "", algorithm_of(config).scales(layout.tree, 1326))
    types = types_of(real)
    assert types_of(compiled_for(config)) == types and types[0] is LogRunner


def test_games_with_arrays_of_the_same_types_are_one_job():
    jobs = [lane_jobs(load_config(game).completed(4))[0] for game in ("kuhn", "leduc", "leduc_3p")]
    assert len({job.mark for job in jobs}) == 1
    racing = lane_jobs(load_config("leduc", {"mode": "racing"}).completed(1))[0]
    assert racing.mark != jobs[0].mark
    assert {
        name
        for name in ("external", "outcome", "public", "full")
        if lane_jobs(load_config("leduc", {"solver.sampler": name}).completed(1))
    } == {
        "external",
        "outcome",
    }


def test_tables_that_are_not_there_are_compiled_for_too(tmp_path):
    config = load_config("flop_holdem", {"abstraction.directory": str(tmp_path)}).completed(1)
    (lanes,) = lane_jobs(config)
    tables, last = training_jobs(config)
    assert last == lanes and tables.arguments == {
        "buckets": [169, 1000],
        "final_street": 1,
        "methods": ["lossless", "texture"],
    }
    tables.run()
    table = keys_of((169, 1000), 1, ("lossless", "texture"))[0].path(tmp_path)
    for path in (table, manifest_path(table)):
        path.touch()
    assert training_jobs(config) == [lanes] and training_jobs(load_config("leduc").completed(1))[:-1] == []
