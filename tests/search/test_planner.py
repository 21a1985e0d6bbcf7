"""What the planner goes by: how much work a tree is; and trees that are kept."""

import pytest
from helpers.search_roots import pattern_abstraction, root_on

from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.game.rules import CALL, state_of_row
from holdem_mpi.search.planner import num_rounds, search_tree
from holdem_mpi.search.root_search import SampledSearch


@pytest.mark.parametrize("actions", [(), (75,)])
@pytest.mark.parametrize("street, deepest", [(1, None), (1, 2), (1, 1), (2, None), (2, 2), (3, None)])
def test_rounds_are_those_that_a_search_works_through(street, deepest, actions):
    """Streets on which nobody may bet are no rounds: else a tree without them is taken for one of dear rounds, and what
    was learnt on it makes others look three times as quick as they are.
    """
    root = root_on(street, actions=actions)
    tree = search_tree(root, SearchConfig(), deepest)
    search = SampledSearch(tree, root, pattern_abstraction(), (0, 0, 0))
    assert num_rounds(tree) == search.solver.game.street.size
    assert (num_rounds(tree) == 1) == (deepest == street or street == 3)


def test_a_tree_is_kept_for_all_ways_to_its_betting():
    root, config = root_on(1, actions=(CALL,)), SearchConfig()
    unknown = root._replace(state=state_of_row(root.state.rules, root.state.row()))
    assert unknown.state != root.state and unknown.state.history[-1] == ()
    tree = search_tree(root, config, 2)
    assert search_tree(unknown, config, 2) is tree and search_tree(root, config, 3) is not tree
    untaken = root_on(1)
    assert search_tree(untaken._replace(taken=60), config, 2) is not search_tree(untaken, config, 2)
