"""Extra sizes of a river's search: taken where there is time for them, by the clock or by the number of iterations."""

import numpy as np
import pytest
from helpers.search_roots import root_on
from helpers.small_blueprints import holdem_blueprint

from holdem_mpi.config.profile_config import ProfileMenu
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.config.search_effort import SearchEffort
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.players import BlueprintPlayer
from holdem_mpi.search import planner as search_planner
from holdem_mpi.search.counted_search import CountedSearch
from holdem_mpi.search.crew import whole_crew
from holdem_mpi.search.planner import LEAST_EXTRA, Planner, SearchMethod, iterations_with_extra, search_tree
from holdem_mpi.search.search_player import SearchPlayer

PLAYER = BlueprintPlayer("b", holdem_blueprint())
OWN = {"bet_sizes": [1.0], "raise_sizes": [1.0]}
NONE = {"extra_bet_sizes": [], "extra_raise_sizes": []}
FEW, MANY = (
    SearchConfig(menu=ProfileMenu.model_validate(OWN | extra)) for extra in (NONE, NONE | {"extra_bet_sizes": [0.4]})
)
SMALL, LARGE = (SearchMethod(False, False, None, extra) for extra in (False, True))


def test_sizes_are_added_where_there_is_time():
    planner, root = Planner(MANY, whole_crew(Communicator())), root_on(3)
    assert planner.choose(root, 1.0) == LARGE and planner.choose(root, 1e-5) == SMALL
    assert (
        not planner.choose(root_on(2), 1.0).extra and not Planner(FEW, whole_crew(Communicator())).choose(root, 1).extra
    )
    assert planner.choose(root._replace(taken=50), 1.0) == LARGE
    for _ in range(12):  # what takes long is setting up: that counts too
        planner.learn(root, LARGE, 10, 1e-4, 2.0)
    assert planner.choose(root, 1.0) == SMALL
    for _ in range(12):
        planner.learn(root, SMALL, 1000, 1e-3, 1e-3)
    assert planner.choose(root, 1.0) == LARGE


def test_iterations_are_fewer_by_the_nodes(monkeypatch):
    root = root_on(3)
    small, large = (search_tree(root, MANY, None, extra) for extra in (False, True))
    assert set(small.actions(0)) < set(large.actions(0)) and large.num_nodes > small.num_nodes
    enough = LEAST_EXTRA * large.num_nodes / small.num_nodes
    assert iterations_with_extra(root, MANY, 2 * enough) == pytest.approx(2 * LEAST_EXTRA)
    assert iterations_with_extra(root, MANY, enough - 1) == iterations_with_extra(root, FEW, 1e9) == 0
    monkeypatch.setattr(search_planner, "MOST_EXTRA_NODES", large.num_nodes - 1)
    other = root_on(3, stack=101)  # whose trees nobody has kept yet
    assert iterations_with_extra(other, MANY, 1e9) == 0


def test_a_counted_search_takes_them_by_its_iterations_alone():
    root = root_on(3)
    small, large = (search_tree(root, MANY, None, extra) for extra in (False, True))
    many = 2 * LEAST_EXTRA * large.num_nodes // small.num_nodes
    found, again = (CountedSearch(MANY, (1, 1, many), None).search(root) for _ in range(2))
    assert found.actions == tuple(large.actions(0)) and found.iterations == int(
        many * small.num_nodes / large.num_nodes
    )
    assert np.array_equal(found.sums, again.sums)
    for config, count in ((MANY, LEAST_EXTRA), (FEW, many)):
        found = CountedSearch(config, (1, 1, count), None).search(root)
        assert found.actions == tuple(small.actions(0)) and found.iterations == count


def test_what_is_kept_of_a_search_with_them_is_not_taken_for_one_without():
    few, many = (SearchPlayer(PLAYER, None, config, SearchEffort(iterations=(1, 1, 1))) for config in (FEW, MANY))
    assert few.description() != many.description()
    assert set(few.description()["config"]["menu"]) == {"bet_sizes", "raise_sizes", "all_in"}
