"""The average policy: normalised strategy sums, uniform and saying so where nothing was summed; it converges."""

from itertools import pairwise

import numpy as np
import pytest

from holdem_mpi.best_response.enumerated import enumerate_deals, exploitability
from holdem_mpi.config.load import load_config
from holdem_mpi.game.game import Game
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.tabular import TabularPolicy, average_policy, count_visited
from holdem_mpi.training.start import build_problem, trainer_for
from holdem_mpi.training.trainer import Progress

LEDUC = Game(load_config("leduc").game).layout()


def trained(name, iterations, **overrides):
    config = load_config(name, {"lanes": 1, **overrides})
    trainer = trainer_for(build_problem(config, Communicator()), Communicator(), None, Progress())
    while trainer.progress.iterations < iterations:
        trainer.batch()
    return trainer


def exploitability_of(trainer):
    layout = trainer.problem.layout
    deals = enumerate_deals(Game(trainer.problem.config.game).toy_deck)
    return exploitability(layout, average_policy(layout, trainer.table)[0], deals)


def test_an_empty_table_is_uniform_and_unvisited_everywhere():
    probability, visited = average_policy(LEDUC, np.zeros(2 * LEDUC.num_pairs))
    assert not visited.any() and count_visited(np.zeros(2 * LEDUC.num_pairs), LEDUC.pattern()) == 0
    policy = TabularPolicy(LEDUC, probability, visited)
    for node in np.flatnonzero(LEDUC.tree.kind_of_node == KIND_DECISION)[::4]:
        actions = len(LEDUC.tree.actions(node))
        assert policy.of_row(int(node), 2)[0].tolist() == [1 / actions] * actions
        assert policy.of_row(int(node), 2)[1] is False


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_rows_are_their_strategy_sums_over_their_total(dtype):
    """Regrets do not matter; a row with sums of zero stays uniform even where it has regrets."""
    generator = np.random.default_rng(0)
    table = generator.normal(0, 1e9, 2 * LEDUC.num_pairs).astype(dtype)
    first = LEDUC.first_pair_of_row()
    touched = generator.random(LEDUC.num_rows) < 0.7
    expected = []
    for row, (start, end) in enumerate(pairwise(first)):
        sums = generator.random(end - start).astype(dtype) * touched[row]
        table[start + end : 2 * end] = sums
        exact = sums.astype(np.float64)
        expected.append(exact / exact.sum() if touched[row] else np.full(end - start, 1 / (end - start)))
    expected = np.concatenate(expected)
    probability, visited = average_policy(LEDUC, table)
    np.testing.assert_allclose(probability, expected, rtol=1e-12)
    assert visited.tolist() == touched.tolist() and count_visited(table, LEDUC.pattern()) == touched.sum()
    policy = TabularPolicy(LEDUC, probability, visited)
    for node in np.flatnonzero(LEDUC.tree.kind_of_node == KIND_DECISION):
        of_node = policy.of_node(int(node))
        for bucket, row in enumerate(of_node):
            sigma, known = policy.of_row(int(node), bucket)
            assert sigma.tolist() == row.tolist() and known == touched[LEDUC.row(int(node), bucket)]
            assert abs(sigma.sum() - 1) < 1e-12


def test_a_short_run_says_which_rows_it_never_met():
    trainer = trained("leduc", 3, batch_size=3)
    layout = trainer.problem.layout
    probability, visited = average_policy(layout, trainer.table)
    assert 0 < visited.sum() < layout.num_rows and trainer.visited() == visited.sum()
    first = layout.first_pair_of_row()
    for row in np.flatnonzero(~visited):
        actions = first[row + 1] - first[row]
        assert probability[first[row] : first[row + 1]].tolist() == [1 / actions] * actions


@pytest.mark.parametrize("sampler", ["external", "outcome"])
@pytest.mark.parametrize("algorithm", ["cfr", "linear", "dcfr"])
def test_kuhn_converges_to_its_value(sampler, algorithm):
    trainer = trained("kuhn", 200_000, **{"solver.sampler": sampler, "solver.algorithm": algorithm})
    result = exploitability_of(trainer)
    assert result.nash_conv < (0.03 if sampler == "external" else 0.06)
    assert abs(result.values[0] + 1 / 18) < 0.01


@pytest.mark.parametrize("sampler", ["external", "outcome"])
def test_three_players_converge(sampler):
    """CFR promises no equilibrium for three, but finds one in Kuhn (Risk and Szafron 2010) if the average is right."""
    trainer = trained("kuhn", 300_000, **{"game.players": 3, "solver.sampler": sampler, "batch_size": 1000})
    result = exploitability_of(trainer)
    assert result.nash_conv < (0.02 if sampler == "external" else 0.05)
    assert abs(result.values.sum()) < 1e-12


def test_leduc_converges_on_several_lanes():
    trainer = trained("leduc", 160_000, lanes=4)
    assert exploitability_of(trainer).nash_conv < 0.12
