"""Agents with three players: every hand has a strategy, and who is late plays the blueprint."""

import time

import numpy as np
import pytest
from helpers.ring_games import THREE, ring_blueprint, ring_tables
from helpers.search_roots import NUM_BUCKETS

from holdem_mpi.cards import hands_holding, parse_cards
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.config.search_effort import SearchEffort
from holdem_mpi.game.rules import CALL, FOLD, BettingState
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.players import BlueprintPlayer
from holdem_mpi.policy.ranges import ranges_of_history
from holdem_mpi.search import ring_search
from holdem_mpi.search.agent import Agent, Situation
from holdem_mpi.search.counted_search import CountedSearch
from holdem_mpi.search.ring_root import after
from holdem_mpi.search.root_search import CardAbstraction
from holdem_mpi.search.search_audit import BLUEPRINT, SEARCH
from holdem_mpi.search.search_player import SearchPlayer
from holdem_mpi.search.service import SearchService
from holdem_mpi.subgame.ring_blueprint import RingContinuation

BOARD = tuple(parse_cards("Qs Jh 2h 8h 3c"))
PLAYER = BlueprintPlayer("b", ring_blueprint())
CALLED = (CALL, CALL, CALL)
SMALL = {"menu": {"bet_sizes": [1.0], "raise_sizes": [1.0]}, "later_bets": [1.0], "later_raises": [], "most_raises": 1}


def abstraction():
    return CardAbstraction(ring_tables(), NUM_BUCKETS, RingContinuation(PLAYER.blueprint))


def state_after(*actions):
    return after(BettingState.start(THREE), actions)


def place_of(state):
    return ranges_of_history(PLAYER.blueprint, state.history, BOARD, lambda number: 0.5).place


@pytest.mark.parametrize("actions", [CALLED, (*CALLED, 30, CALL), (*CALLED, 30, FOLD, CALL), CALLED * 3])
def test_every_hand_has_a_strategy_and_it_is_the_same_whenever_it_is_asked(actions):
    state = state_after(*actions)
    board = BOARD[: (0, 3, 4, 5)[state.street]]
    config = SearchConfig(least_drawn=1, least_iterations=1, **SMALL)

    def asked(seed=0):
        own = config.model_copy(update={"seed": seed})
        player = SearchPlayer(
            PLAYER, CountedSearch(own, (4, 4, 4), abstraction()), own, SearchEffort(iterations=(4,) * 3)
        )
        return *player.strategy(place_of(state), state, board), player.audit.sums

    actions, sigma, audit = asked()
    free = ~hands_holding(board)
    assert np.allclose(sigma[free].sum(axis=1), 1.0) and (sigma >= 0).all() and (sigma[~free] == 0).all()
    assert np.array_equal(sigma, asked()[1]) and audit[state.street, 0] == 1
    for action in actions:
        state.apply(action)
    known = PLAYER.strategy(place_of(state), state, board)
    assert known[0] != actions or not np.allclose(sigma, known[1])


class SlowMenu:
    """Takes a twentieth of a second for each decision."""

    def __init__(self, menu):
        self._menu = menu

    def __call__(self, state):
        time.sleep(0.05)
        return self._menu(state)


def test_what_comes_before_the_first_iteration_is_cut_short(monkeypatch):
    agent, at = agent_of(most_iterations=20), Situation(0, state_after(*CALLED), BOARD[:3], 1200)
    own = ring_search.search_menu
    monkeypatch.setattr(ring_search, "search_menu", lambda *settings: SlowMenu(own(*settings)))
    found = agent.decide(at, 150.0)
    assert found.source == BLUEPRINT and found.reason == "setting the search up took all the time there was"
    assert found.milliseconds < 600  # and not the seconds that the whole tree takes
    monkeypatch.undo()
    assert agent.decide(at, 60_000.0).source == SEARCH


def agent_of(**options):
    config = SearchConfig(least_drawn=1, least_iterations=1, **SMALL, **options)
    return Agent(PLAYER, SearchService(Communicator(), config, THREE, abstraction()), config)


def test_an_agent_answers_in_time_and_late_ones_play_the_blueprint():
    agent, hand = agent_of(most_iterations=20), 1200
    for actions in (CALLED, (*CALLED, 30, CALL), (*CALLED, 30, FOLD), CALLED * 3):
        state = state_after(*actions)
        at = Situation(3, state, BOARD[: (0, 3, 4, 5)[state.street]], hand)
        found = agent.decide(at, 60_000.0)
        assert found.source == SEARCH and found.iterations == 20 and found.milliseconds < 60_000
        assert found.probabilities.sum() == pytest.approx(1) and found.ev is not None
        for action in found.actions:
            state.apply(action)
        late = agent.decide(at, 20.0)
        expected = PLAYER.strategy_of_hand(place_of(state), state, at.board, hand)
        assert (
            late.source == BLUEPRINT and "less than 100 ms are too few" in late.reason and late.actions == expected[0]
        )
        assert np.allclose(late.probabilities, expected[1])
    few = agent_of(most_iterations=3)
    few._config = few._config.model_copy(update={"least_drawn": 25})
    state = state_after(*CALLED)
    found = few.decide(Situation(0, state, BOARD[:3], hand), 60_000.0)
    assert found.source == BLUEPRINT and "3 iterations in time are too few" in found.reason
