"""A search with a gadget over ranks: dividing cards is as good as one solver, averaging goes by the same gadget."""

import time

import numpy as np
import pytest
from helpers.subgame_spots import ASYMMETRIC, RIVER, TURN, both

from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.game.rules import CALL, BettingState, Rules
from holdem_mpi.search import sharing as search_sharing
from holdem_mpi.search.planner import search_tree
from holdem_mpi.search.root_search import EnumeratedSearch, SearchRoot
from holdem_mpi.search.service import SearchService
from holdem_mpi.search.worker import serve
from holdem_mpi.subgame.divided import DividedSweeps
from holdem_mpi.subgame.gadget import Gadget

pytestmark = pytest.mark.mpi

RULES = Rules(stacks=(200, 200), blinds=(25, 25), first_to_act=(0,) * 4, min_bet=10)


class Known:
    """Alternatives that cost nothing."""

    opponent = 1

    def expected_seconds(self):
        return 0.0

    def find(self):
        return np.random.default_rng(3).uniform(-15, 15, 1326).astype(np.float32)


def root_of(name):
    plain, _ = both(name, ASYMMETRIC)
    weight, state = np.zeros((2, 1326)), BettingState.start(RULES)
    for seat, hands in enumerate(plain.hands):
        weight[seat, hands] = plain.ranges[seat, : hands.size]
    while state.street < len(plain.board) - 2:
        state = state.apply(CALL)
    return SearchRoot(state, tuple(plain.board), weight)


def run_divided(leader, follower, iterations):
    """What two ranks do, in one process."""
    ours, theirs = DividedSweeps(leader), DividedSweeps(follower)
    own, other = np.array_split(np.arange(ours.num_branches)[::-1], 2)
    for iteration in range(iterations):
        for player in range(2):
            theirs.enter(iteration, player, ours.descend(iteration, player).copy())
            ours.value(player, own.tolist())
            theirs.value(player, other.tolist())
            totals = ours.totals
            totals += theirs.totals
            ours.ascend(player)
        ours.finish()


def searched(comm, root, **settings):
    """(what rank 0 found, the config): the others serve."""
    config = SearchConfig.model_validate({"most_iterations": 12, "sampled": "never", "seed": 2, **settings})
    if comm.rank:
        serve(comm, config, RULES, None)
        return None, config
    service = SearchService(comm, config, RULES, None)
    try:
        found = service.search(root, time.perf_counter() + 60, Known())
    finally:
        assert service.close() == []
    return found, config


@pytest.mark.parametrize("kind", ["resolve", "maxmargin"])
def test_divided_it_is_one_solver_with_the_gadget(kind, everyone, monkeypatch):
    # Who values which cards must not depend on how busy the machine is: float32 sums do.
    monkeypatch.setattr(search_sharing, "_BALANCE_AFTER", 1 << 30)
    monkeypatch.setattr(search_sharing, "_LEAST_PATIENCE", 20.0)
    root = root_of(TURN)
    team = everyone.first_ranks(2)  # of more, values come in any order, and their float32 sums decide ties
    if team is None:
        return
    found, config = searched(team, root, share="divide", safe=kind)
    if found is None:
        return
    assert found.gadget == kind and found.shared and found.answered == 2 and found.iterations == 12
    guarded = root._replace(gadget=Gadget(kind, 1, Known().find()))
    tree = search_tree(root, config, None)
    leader, follower = (EnumeratedSearch(tree, guarded, (0, 0, 0)) for _ in range(2))
    run_divided(leader.solver, follower.solver, 12)
    assert np.array_equal(found.sums, leader.root_sums())
    # The leader lacks the river's sums of the other's cards, so the first street tells as much as there is.
    alone = EnumeratedSearch(tree, guarded, (0, 0, 0))
    alone.run(1)
    first = EnumeratedSearch(tree, guarded, (0, 0, 0))
    run_divided(first.solver, EnumeratedSearch(tree, guarded, (0, 0, 0)).solver, 1)
    np.testing.assert_allclose(first.root_sums(), alone.root_sums(), rtol=1e-5)


@pytest.mark.parametrize(("safe", "gadget"), [("auto", "maxmargin"), ("resolve", "resolve"), ("unsafe", "none")])
def test_averaged_all_ranks_have_it(safe, gadget, everyone):
    found, _ = searched(everyone, root_of(RIVER), safe=safe)
    if found is None:
        return
    assert found.gadget == gadget and found.answered == everyone.size and found.iterations == 12 * everyone.size
    assert np.isfinite(found.sums).all() and (found.sums.sum(axis=1) > 0).sum() == (root_of(RIVER).weight[0] > 0).sum()
