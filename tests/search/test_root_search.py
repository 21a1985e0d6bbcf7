"""Searches at a decision: what they say of every hand, and that what ranks found adds up."""

import numpy as np
import pytest
from helpers.search_roots import hand, pattern_abstraction, root_on, weights_of

from holdem_mpi.game.betting import SizeMenu
from holdem_mpi.game.rules import CALL, FOLD
from holdem_mpi.game.tree import build_tree
from holdem_mpi.search.begin_search import new_search
from holdem_mpi.search.root_search import EnumeratedSearch, SampledSearch, as_strategy, cards_to_come
from holdem_mpi.subgame.sampled_solver import SampledSolver

MENU = SizeMenu(((1.0,),) * 4, ((1.0,),) * 4, (False,) * 4, 0.9)
KINDS = [(1, True), (2, True), (2, False), (3, True), (3, False)]


def search_at(root, sampled, rank=0):
    tree = build_tree(root.state.rules, MENU, root.state)
    return new_search(root, tree, pattern_abstraction(), (3, 1, rank), sampled)


def search_on(street, sampled, rank=0, **options):
    return search_at(root_on(street, **options), sampled, rank)


@pytest.mark.parametrize("street, sampled", KINDS)
@pytest.mark.parametrize("actions", [(), (75,)])
def test_hands_outside_the_range_are_unknown(street, sampled, actions):
    search = search_on(street, sampled, actions=actions)
    assert isinstance(search, SampledSearch if sampled else EnumeratedSearch) and search.iterations == 0
    assert search.root_sums().max() == 0
    search.run(3)
    search.run(2)
    root = root_on(street, actions=actions)
    assert search.iterations == 5 and cards_to_come(root) == 3 - street
    assert search.actions == ((CALL, 75, 125) if not actions else (FOLD, CALL, 125))[: len(search.actions)]
    player = root.state.player
    inside = root.weight[player] > 0
    sums, values = search.root_sums(), search.root_values()
    assert sums.shape == values.shape == (1326, len(search.actions)) and 5 <= inside.sum() <= 9
    assert (sums[~inside] == 0).all() and (sums[inside].sum(axis=1) > 0).all()
    assert np.isnan(values[~inside]).all() and np.isfinite(values[inside]).all()
    if actions:
        # Folding loses what is in the pot; whoever cannot win does best so.
        assert values[inside, 0] == pytest.approx(-25, abs=1e-3)


@pytest.mark.parametrize("street, sampled", KINDS)
def test_hands_on_the_board_count_nothing(street, sampled):
    root = root_on(street)
    careless = root._replace(weight=weights_of() + (np.arange(1326) == hand("QsAd")))
    found = []
    for each in (root, careless):
        search = search_at(each, sampled)
        search.run(3)
        found.append((search.root_sums(), search.root_values()))
    assert np.allclose(found[0][0], found[1][0]) and np.allclose(found[0][1], found[1][1], equal_nan=True)


@pytest.mark.parametrize("street, sampled", KINDS)
def test_sums_of_ranks_count_by_their_iterations(street, sampled):
    """The weights of t iterations add up to about t / (gamma + 1), so twice the iterations are twice the voice."""
    gamma = 2.0 if sampled else 5.0
    totals = {}
    for iterations in (40, 80, 160):
        search = search_on(street, sampled)
        search.run(iterations)
        inside = search.root_sums().sum(axis=1) > 0
        totals[iterations] = search.root_sums().sum(axis=1)[inside] / root_on(street).weight[0][inside]
        assert totals[iterations] == pytest.approx(iterations / (gamma + 1), rel=0.15)
    assert totals[160] / totals[80] == pytest.approx(2.0, rel=0.05)


@pytest.mark.parametrize("street", [2, 3])
def test_ranks_begin_elsewhere_and_end_near(street):
    searches = [search_on(street, False, rank) for rank in (0, 1, 2)]
    strategies = {}
    for iterations in (3, 297):
        for search in searches:
            search.run(iterations)
        sums = [search.root_sums() for search in searches]
        inside = sums[0].sum(axis=1) > 0
        strategies[iterations] = [each[inside] / each[inside].sum(axis=1, keepdims=True) for each in sums]
    first, last = ([np.abs(one - each[0]).mean() for one in each[1:]] for each in strategies.values())
    assert min(first) > 0.05 > max(last)
    again = search_on(street, False, 1)
    again.run(300)
    assert np.array_equal(again.root_sums(), sums[1])


def test_strategies_from_sums():
    sums = np.zeros((1326, 2))
    sums[5] = 1, 3
    assert as_strategy(sums, 5).tolist() == [0.25, 0.75] and as_strategy(sums, 6) is None


@pytest.mark.parametrize("street, sampled", [(2, False), (3, False)])
def test_spots_without_a_meeting_are_refused(street, sampled):
    with pytest.raises(ValueError, match="can meet"):
        search_on(street, sampled, ranges=({"AhKc": 1}, {"AhQc": 1}))


def test_ranges_of_any_scale_are_one():
    """A sampled search scales each range to a maximum of 1."""
    root = root_on(2)
    tree = build_tree(root.state.rules, MENU, root.state)
    cards = pattern_abstraction()
    solvers = [
        SampledSolver(tree, list(root.board), root.weight * scale, cards.tables, cards.num_buckets)
        for scale in (1, 1e-3)
    ]
    for solver in solvers:
        solver.run(3)
    assert np.allclose(solvers[0].sums.strategy, solvers[1].sums.strategy, rtol=1e-5)
