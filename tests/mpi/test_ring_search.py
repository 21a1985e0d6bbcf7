"""Three players' search over ranks: all that answer count, and by iterations it is the same on any number of ranks."""

import time

import numpy as np
import pytest
from helpers.ring_games import THREE, ring_blueprint, ring_tables, toy_blueprint, toy_game
from helpers.search_roots import NUM_BUCKETS

from holdem_mpi.cards import parse_cards, without_blocked
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.config.search_effort import SearchEffort
from holdem_mpi.evaluation.match import play_match
from holdem_mpi.game.rules import CALL, BettingState
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.players import BlueprintPlayer
from holdem_mpi.search.ring_root import RingRoot, after, rest_of_two
from holdem_mpi.search.root_search import CardAbstraction, SearchRoot
from holdem_mpi.search.search_audit import SEARCH
from holdem_mpi.search.search_player import searching
from holdem_mpi.search.service import SearchService
from holdem_mpi.search.worker import serve
from holdem_mpi.subgame.ring_blueprint import RingContinuation

pytestmark = pytest.mark.mpi

SMALL = {"menu": {"bet_sizes": [1.0], "raise_sizes": [1.0]}, "most_raises": 1, "share": "average"}
FLOP = tuple(parse_cards("Qs Jh 2h"))


def test_a_match_with_search_is_the_same_on_any_number_of_ranks(everyone):
    game = toy_game("leduc")
    found = []
    for comm in (everyone, Communicator()):
        even = BlueprintPlayer("even", toy_blueprint(game))
        player = searching(comm, game, even, SearchEffort(iterations=(5,) * 3))
        results = play_match(comm, game, (player, even), 90, 1, True)
        found.append(comm.bcast_json(None if results is None else results.tolist()))
    assert found[0] == found[1] and np.std(found[0]) > 0


def test_all_ranks_search_and_count(everyone):
    config = SearchConfig(most_iterations=10, **SMALL)
    abstraction = CardAbstraction(ring_tables(), NUM_BUCKETS, RingContinuation(ring_blueprint()))
    if everyone.rank:
        serve(everyone, config, THREE, abstraction)
        return
    service = SearchService(everyone, config, THREE, abstraction)
    weight = without_blocked(np.random.default_rng(2).uniform(0.1, 1, (3, 1326)), FLOP)
    state = after(BettingState.start(THREE), (CALL,) * 3)
    rest, _ = rest_of_two(after(state, (30, -1)), (0, 2))
    for root in (RingRoot(state, FLOP, weight, -1), SearchRoot(rest, FLOP, weight[[0, 2]])):
        found = service.search(root, time.perf_counter() + 120.0)
        assert found.answered == found.asked == everyone.size and found.source == SEARCH
        assert found.iterations == 10 * everyone.size and not found.shared and not found.exact
        inside = weight[root.player] > 0
        assert (found.sums[inside].sum(axis=1) > 0).any() and found.sums[~inside].max() == 0
    assert service.close() == []
