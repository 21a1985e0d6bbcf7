"""Full-width training against OpenSpiel's CFR and CFR+, and against itself over ranks."""

import numpy as np
import pyspiel
import pytest
from helpers.openspiel_oracle import game_of, pair_up

from holdem_mpi.config.load import load_config
from holdem_mpi.errors import ConfigError
from holdem_mpi.kernels.vector.traverse_public import traverse_public
from holdem_mpi.kernels.vector.vector_arrays import TO_OWN
from holdem_mpi.kernels.vector.vector_board import load_board
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.tabular import average_policy
from holdem_mpi.training.dense_delta import new_dense_delta
from holdem_mpi.training.start import build_problem, trainer_for
from holdem_mpi.training.trainer import Progress


def trainer_of(game, **keys):
    keys = {f"solver.{key}" if key != "iters" else key: value for key, value in keys.items()}
    config = load_config(game, {"solver.sampler": "full", "solver.discount_interval": 1, **keys})
    return trainer_for(build_problem(config, Communicator()), Communicator(), None, Progress())


def trained(game, iterations, **keys):
    trainer = trainer_of(game, iters=iterations, **keys)
    while trainer.progress.iterations < iterations:
        trainer.batch()
    assert trainer.progress.batch == 2 * iterations and trainer.progress.visits > 0
    return trainer


@pytest.mark.parametrize("name", ["kuhn", "leduc"])
@pytest.mark.parametrize(("algorithm", "solver"), [("cfr", "CFRSolver"), ("cfr+", "CFRPlusSolver")])
def test_the_average_policy_is_openspiels(name, algorithm, solver):
    iterations = 30
    theirs = getattr(pyspiel, solver)(game_of(name, 2))
    for _ in range(iterations):
        theirs.evaluate_and_update_policy()
    policy = theirs.average_policy()
    trainer = trained(name, iterations, algorithm=algorithm)
    layout = trainer.problem.layout
    probability, visited = average_policy(layout, trainer.table)
    row_of_state, actions_of_state, _ = pair_up(name, 2)
    for text, (node, bucket) in row_of_state.items():
        pair = layout.pair(node, bucket)
        expected = dict(policy.get_state_policy(text))
        for index, action in enumerate(actions_of_state[text]):
            assert probability[pair + index] == pytest.approx(expected[action], abs=1e-9), text
    assert visited.any()


@pytest.mark.parametrize("algorithm", ["cfr", "cfr+", "linear", "dcfr"])
def test_sweeps_in_one_call_are_sweeps_one_by_one(algorithm):
    many, single = trainer_of("leduc", algorithm=algorithm), trainer_of("leduc", algorithm=algorithm)
    many._sweeps_a_call = 11
    many.batch()
    for _ in range(11):
        single._sweeps_a_call = 1
        single.batch()
    single.progress.cpu_seconds = many.progress.cpu_seconds
    assert many.progress == single.progress and many.progress.batch == 11 and many.progress.iterations == 5
    np.testing.assert_array_equal(many.table, single.table)


def test_discounts_are_those_of_discounted_cfr():
    """Sums by hand from undiscounted steps: the table before a sweep says what the sweep adds."""
    trainer = trainer_of("kuhn", algorithm="dcfr")
    plain = trainer_of("kuhn", algorithm="cfr")
    regret = np.tile([True, True, False, False], trainer.table.size // 4)
    for sweep in range(12):
        before = trainer.table.copy()
        plain.table[:] = before
        for one in (plain, trainer):
            one._sweeps_a_call = 1
            one.batch()
        added = plain.table - before
        t, kept = sweep // 2, before.copy()
        if t:
            kept = before * np.where(regret, np.where(before > 0, t**1.5 / (t**1.5 + 1), 0.5), (t / (t + 1)) ** 2)
        mine = trainer.problem.layout.base_pair[0]
        first = 2 * mine[sweep & 1]
        own = np.zeros(before.size, bool)
        own[first : first + before.size // 2] = True
        np.testing.assert_allclose(trainer.table, np.where(own, kept + added, before), rtol=1e-12)


def test_sampled_boards_are_unbiased():
    """The mean over all boards of what public chance sampling adds is what a full-width sweep adds."""
    trainer = trained("leduc", 5, algorithm="cfr")
    work = trainer.work
    before = trainer.table.copy()
    for player in range(2):
        work.sweep(trainer.table, player, (1.0, 1.0, 1.0))
        work.apply(trainer.table, player, 0, 1)
        total = np.zeros(before.size)
        for public in range(6):
            delta = new_dense_delta(before.size, np.float64)
            task = work._tasks[player]._replace(where=np.full(2, TO_OWN), lane_weight=1.0)
            load_board(trainer.problem.tables, np.array([public]), work._workspace.hands)
            traverse_public(work._plan, before, delta, work._workspace.hands, work._workspace.vectors, task)
            total += delta.values
        np.testing.assert_allclose(trainer.table - before, total / 6, rtol=1e-9, atol=1e-4 * np.abs(total).max() * 1e-8)
        before[:] = trainer.table


def test_three_players_are_refused():
    with pytest.raises(ConfigError, match="full is for 2 players, not 3"):
        load_config("leduc_3p", {"solver.sampler": "full"})
