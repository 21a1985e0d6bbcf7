"""Two players' streets searched to their end, where each chooses a continuation of the blueprint."""

import time

import numpy as np
import pytest
from helpers.search_roots import NUM_BUCKETS, pattern_tables
from helpers.small_blueprints import RULES, holdem_blueprint

from benchmarks.quality.safe_resolving import leduc_after
from holdem_mpi.best_response.enumerated import enumerate_deals, exploitability
from holdem_mpi.cards import hands_holding, parse_cards
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.config.search_effort import SearchEffort
from holdem_mpi.evaluation.searched_policies import probability_of_toy
from holdem_mpi.game.game import Game
from holdem_mpi.game.rules import CALL, BettingState
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.blueprint import Blueprint
from holdem_mpi.policy.players import BlueprintPlayer
from holdem_mpi.policy.ranges import ranges_of_history
from holdem_mpi.policy.tabular import TabularPolicy
from holdem_mpi.search.agent import Agent, Situation
from holdem_mpi.search.counted_search import CountedSearch
from holdem_mpi.search.messages import SearchRequest, pack_request, unpack_request
from holdem_mpi.search.planner import SearchMethod
from holdem_mpi.search.ring_root import RingRoot, after
from holdem_mpi.search.ring_search import RingSearch, at_leaves
from holdem_mpi.search.root_search import CardAbstraction, EnumeratedSearch, SampledSearch, SearchRoot
from holdem_mpi.search.search_audit import SEARCH
from holdem_mpi.search.search_player import SearchPlayer
from holdem_mpi.search.service import SearchService
from holdem_mpi.subgame.ring_blueprint import RingContinuation
from holdem_mpi.subgame.subgame_deck import toy_subgame_deck

BOARD = tuple(parse_cards("Qs Jh 2h 8h 3c"))
SMALL = {"menu": {"bet_sizes": [1.0], "raise_sizes": [1.0]}, "later_bets": [1.0], "later_raises": [], "most_raises": 1}
SMALL |= {"least_drawn": 1, "least_iterations": 1}
PLAYER = BlueprintPlayer("b", holdem_blueprint())


def config_of(leaves, **options):
    return SearchConfig.model_validate(SMALL | {"leaves": leaves} | options)


def abstraction():
    return CardAbstraction(pattern_tables(), NUM_BUCKETS, RingContinuation(PLAYER.blueprint))


def state_after(*actions):
    return after(BettingState.start(RULES), actions)


def asked(state, leaves, iterations=6, **options):
    config = config_of(leaves, **options)
    search = CountedSearch(config, (iterations,) * 3, abstraction())
    player = SearchPlayer(PLAYER, search, config, SearchEffort(iterations=(iterations,) * 3))
    place = ranges_of_history(PLAYER.blueprint, state.history, BOARD, lambda number: 0.5).place
    return player.strategy(place, state, BOARD[: (0, 3, 4, 5)[state.street]])


@pytest.mark.parametrize("actions", [(CALL,) * 2, (CALL, CALL, 20), (CALL,) * 4])
def test_every_hand_has_a_strategy_and_it_is_the_same_whenever_it_is_asked(actions):
    state = state_after(*actions)
    actions, sigma = asked(state, "continuations")
    free = ~hands_holding(BOARD[: (0, 3, 4, 5)[state.street]])
    assert np.allclose(sigma[free].sum(axis=1), 1.0) and (sigma >= 0).all() and (sigma[~free] == 0).all()
    assert np.array_equal(sigma, asked(state, "continuations")[1])
    assert np.abs(sigma - asked(state, "cards")[1]).max() > 0.1
    for action in actions:
        state.apply(action)


def test_rivers_and_what_the_blueprint_has_no_place_for_are_searched_as_ever():
    river = state_after(*(CALL,) * 6)
    found = [asked(river, leaves, streets=["river"])[1] for leaves in ("continuations", "cards")]
    assert np.array_equal(*found)
    weight, config = np.ones((2, 1326)), config_of("continuations")
    root = SearchRoot(state_after(CALL, CALL), BOARD[:3], weight, taken=20, node=5)
    found = at_leaves(root, config, True)
    assert isinstance(found, RingRoot) and found.line == (20,) and found.decision == root.decision
    assert found.player == root.player and found.node == 5
    for same in (at_leaves(root, config, False), at_leaves(root, config_of("cards"), True)):
        assert same is root
    lost = root._replace(node=-1)
    assert at_leaves(lost, config, True) is lost


def test_questions_carry_it_to_other_ranks():
    weight = np.random.default_rng(0).random((2, 1326)).astype(np.float32).astype(np.float64)
    root = RingRoot(state_after(CALL, CALL), BOARD[:3], weight, 7, (20,))
    asked = SearchRequest(root, 0.25, SearchMethod(True, False, None))
    got = unpack_request(RULES, pack_request(asked, RULES))
    assert got.root.state == root.state and got.root.board == root.board and got.root.line == (20,)
    assert got.root.node == 7 and np.array_equal(got.root.weight, weight) and got.method == asked.method


@pytest.mark.parametrize("street, kind", [(1, RingSearch), (2, RingSearch), (3, EnumeratedSearch)])
def test_an_agent_answers_in_time(street, kind):
    config = config_of("continuations", most_iterations=9, sampled="always")
    service = SearchService(Communicator(), config, RULES, abstraction())
    agent, state = Agent(PLAYER, service, config), state_after(*(CALL,) * 2 * street)
    at = Situation(3, state, BOARD[: (0, 3, 4, 5)[street]], 1200)
    begin = time.perf_counter()
    found = agent.decide(at, 60_000.0)
    assert time.perf_counter() - begin < 60 and found.source == SEARCH and found.iterations == 9
    assert found.probabilities.sum() == pytest.approx(1) and found.ev is not None and isinstance(service.last, kind)
    for action in found.actions:
        state.apply(action)
    other = SearchService(Communicator(), config_of("cards", most_iterations=9), RULES, abstraction())
    Agent(PLAYER, other, config).decide(at._replace(state=state_after(CALL, CALL), board=BOARD[:3]), 60_000.0)
    assert isinstance(other.last, SampledSearch)


def test_in_leduc_a_first_round_that_was_spoiled_is_put_right():
    """Every action alike in the first round, the second near its equilibrium; exact."""
    problem, probability = leduc_after(300)
    game, layout = Game(problem.config.game), problem.layout
    probability, first = probability.copy(), layout.tree.street_of_node == 0
    for node in np.flatnonzero(first & (layout.tree.player_of_node >= 0)).tolist():
        probability[layout.pairs_of_node(node)] = 1.0 / len(layout.tree.actions(node))
    tabular = TabularPolicy(layout, probability, np.ones(layout.num_rows, bool))
    player = BlueprintPlayer("spoiled", Blueprint(tabular, problem.tables))
    deck, deals = toy_subgame_deck(game.toy_deck), enumerate_deals(game.toy_deck)
    config = config_of("continuations", streets=["preflop"])
    search = CountedSearch(config, (60,) * 3, CardAbstraction(None, (), RingContinuation(player.blueprint)), deck)
    agent = SearchPlayer(player, search, config, SearchEffort(iterations=(60,) * 3), deck)
    before = exploitability(layout, probability, deals).nash_conv
    found = probability_of_toy(agent, game)
    assert exploitability(layout, found, deals).nash_conv < 0.3 * before
    assert agent.audit.sums[0, 0] == agent.audit.sums.sum(axis=0)[0] > 3
