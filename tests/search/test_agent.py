"""What an agent makes of a situation: search where it may, else its blueprint with a reason, in legal actions."""

import time

import numpy as np
import pytest
from helpers.search_roots import BOARDS, hand, pattern_abstraction
from helpers.small_blueprints import RULES, holdem_blueprint

from holdem_mpi.cards import parse_cards, without_blocked
from holdem_mpi.config.profile_config import ProfileMenu, StreetSizes
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.game.rules import CALL, FOLD, BettingState, Rules
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.players import BlueprintPlayer
from holdem_mpi.policy.ranges import LEAST, ranges_of_history
from holdem_mpi.search.agent import Agent, Situation
from holdem_mpi.search.decision_root import nearest
from holdem_mpi.search.root_search import SearchRoot
from holdem_mpi.search.search_audit import BLUEPRINT, PARTIAL, SEARCH
from holdem_mpi.search.search_result import SearchResult
from holdem_mpi.search.service import SearchService
from holdem_mpi.search.team import compile_search

FLOP_BET = ((30, CALL), (60,))  # the button raises, the blind calls and bets half the pot
BOARD = tuple(parse_cards(BOARDS[3]))
SMALL = {"menu": ProfileMenu(bet_sizes=StreetSizes(flop=[1.0])), "later_bets": [1.0], "later_raises": []}
SMALL |= {"least_drawn": 6}


def state_after(history):
    state = BettingState.start(RULES)
    for action in (action for actions in history for action in actions):
        state = state.apply(action)
    return state


def situation(history=FLOP_BET, cards="AhKc", number=1, board=BOARD):
    state = state_after(history)
    seen = (0, 3, 4, 5)[state.street]
    return Situation(number, state, tuple(board[:seen]), hand(cards))


class FakeService:
    """Answers what it is told to, and remembers what it was asked."""

    def __init__(self, found=None, error=None):
        self.found, self.error, self.asked = found, error, []

    def search(self, root, deadline, alternatives=None):
        self.asked.append((root, deadline - time.perf_counter()))
        if self.error:
            raise ValueError(self.error)
        return self.found


def found_of(actions, sums, values, cards="AhKc", iterations=30, asked=3, answered=3):
    table, worth = np.zeros((1326, len(actions))), np.full((1326, len(actions)), np.nan)
    table[hand(cards)], worth[hand(cards)] = sums, values
    return SearchResult(actions, table, worth, asked, answered, iterations, False)


def agent_of(service=None, **options):
    return Agent(BlueprintPlayer("b", holdem_blueprint()), service, SearchConfig(**SMALL, **options))


def assert_legal(decision, state):
    assert decision.probabilities.sum() == pytest.approx(1) and (decision.probabilities >= 0).all()
    assert len(decision.actions) == decision.probabilities.size == len(set(decision.actions))
    for action in decision.actions:
        state.apply(action)


def assert_blueprints(decision, at, reason):
    assert decision.source == BLUEPRINT and reason in decision.reason and decision.reason
    assert decision.ev is None and decision.ev_gain is None and decision.iterations == 0
    assert_legal(decision, at.state)
    blueprint = holdem_blueprint()
    place = ranges_of_history(blueprint, at.state.history, at.board, lambda number: 0.5).place
    expected = blueprint.strategy_of_hand(place.node, at.board, at.hand)
    assert decision.probabilities == pytest.approx(expected)


def test_without_a_service_the_blueprint_plays():
    assert_blueprints(agent_of().decide(situation()), situation(), "no search")


def test_streets_that_are_not_searched_are_the_blueprints():
    service = FakeService()
    agent = agent_of(service, streets=["turn"])
    assert_blueprints(agent.decide(situation()), situation(), "flop is the blueprint's")
    assert_blueprints(agent.decide(situation(((),))), situation(((),)), "preflop is the blueprint's")
    assert service.asked == []


def test_where_cards_are_drawn_a_few_iterations_are_too_few():
    for iterations, exact, enough in ((5, True, True), (5, False, False), (6, False, True), (4, True, False)):
        found = found_of((FOLD, CALL, 200), 1, 0, iterations=iterations, asked=1, answered=1)._replace(exact=exact)
        decision = agent_of(FakeService(found)).decide(situation())
        assert (decision.source == SEARCH) == enough
        assert enough or "iterations in time are too few" in decision.reason


@pytest.mark.parametrize(
    "service, reason",
    [
        (FakeService(error="no two hands of the ranges can meet"), "can meet"),
        (
            FakeService(found_of((FOLD, CALL, 200), 0, np.nan, iterations=0, answered=0)),
            "0 iterations in time are too few",
        ),
        (FakeService(found_of((FOLD, CALL, 200), 1, 0, cards="2c2d")), "knows nothing of this hand"),
    ],
)
def test_where_search_finds_nothing_the_blueprint_plays(service, reason):
    decision = agent_of(service).decide(situation())
    assert_blueprints(decision, situation(), reason)
    assert len(service.asked) == 1 and decision.asked == (service.found.asked if service.found else 0)


def test_what_search_finds_is_played_and_valued():
    """EV is of what is won from here on: values count from the start of the hand, 30 chips are in."""
    actions, sums, values = (FOLD, CALL, 200), np.array([1.0, 2.0, 5.0]), np.array([-30.0, 10.0, 50.0])
    service = FakeService(found_of(actions, sums, values, answered=2))
    at = situation()
    decision = agent_of(service).decide(at)
    assert decision.source == PARTIAL and decision.reason == "" and decision.translated == ()
    assert (decision.asked, decision.answered, decision.iterations) == (3, 2, 30)
    assert decision.actions == actions and decision.probabilities == pytest.approx(sums / 8)
    assert decision.ev == pytest.approx((1 * 0 + 2 * 40 + 5 * 80) / 8)
    folding = agent_of(FakeService(found_of(actions, [1, 0, 0], values))).decide(at)
    assert folding.ev == 0 and folding.source == SEARCH


def test_a_strategy_without_values_is_played_unvalued():
    service = FakeService(found_of((FOLD, CALL, 200), [1, 1, 2], [np.nan] * 3))
    decision = agent_of(service).decide(situation())
    assert decision.source == SEARCH and decision.ev is None and decision.ev_gain is None
    assert decision.probabilities.tolist() == [0.25, 0.25, 0.5]


def test_search_is_asked_with_the_ranges_of_the_history():
    service = FakeService(found_of((FOLD, CALL, 200), 1, 0))
    agent, at = agent_of(service, least_weight=0.05), situation(cards="2h2c", board=BOARD[:2] + BOARD[3:])
    agent.decide(at, deadline_ms=700)
    root, left = service.asked[0]
    assert root.decision == at.state and root.taken == 60 and root.player == at.state.player
    assert root.board == at.board and 0.2 < left <= 0.7
    before = ((30, CALL), ())
    assert root.state.history == before
    weight = ranges_of_history(agent.player.blueprint, before, at.board, lambda number: 0.5).weight
    likely = weight >= 0.05 * weight.max(axis=1, keepdims=True)
    own = np.zeros_like(likely)
    own[1, at.hand] = True
    assert np.array_equal(root.weight[likely], weight[likely]) and (root.weight[~likely & ~own] == 0).all()
    assert root.weight[1, at.hand] > 0 and (weight[~likely] > 0).any()


def test_the_configs_deadline_is_the_default():
    service = FakeService(found_of((FOLD, CALL, 200), 1, 0))
    decision = agent_of(service, deadline_ms=4000).decide(situation())
    assert 2.0 < service.asked[0][1] <= 4.0 and decision.allowed_ms == 4000 > decision.milliseconds > 0


@pytest.mark.parametrize("street", [1, 2, 3])
def test_a_real_search_keeps_its_deadline(street):
    """All ranges, a real service of one process."""
    history = ((30, CALL), (CALL, CALL), (CALL, CALL))[:street] + ((90,),)
    at = situation(history, cards="AhKc")
    agent = agent_of(None, margin_ms=10)
    service = SearchService(Communicator(), SearchConfig(**SMALL), RULES, pattern_abstraction())
    agent = Agent(agent.player, service, SearchConfig(**SMALL))
    compile_search(Communicator(), SearchConfig(**SMALL), RULES, pattern_abstraction())
    agent.decide(at, deadline_ms=1200)
    decisions = [agent.decide(at, deadline_ms=1200) for _ in range(3)]
    for decision in decisions:
        assert_legal(decision, at.state)
        assert decision.source == SEARCH and decision.ev is not None and decision.iterations > 0
    assert min(decision.milliseconds for decision in decisions) < 1300


def test_bets_off_the_tree_are_translated_and_told():
    history = ((30, CALL), (75,))
    agent, at = agent_of(), situation(history)
    decision = agent.decide(at)
    assert len(decision.translated) == 1 and decision.translated[0].startswith("r75 taken for r")
    assert_legal(decision, at.state)
    told = {agent.decide(situation(history, number=number)).translated[0] for number in range(40)}
    assert told == {"r75 taken for r60", "r75 taken for r90"}
    again = [agent.decide(situation(history, number=3)).translated for _ in range(3)]
    assert len(set(again)) == 1


def test_off_the_tree_it_searches_whatever_the_street_or_checks():
    # An all-in on the tree that is none: the raise after it has no place there.
    history = ((30, 90, 170, 200),)
    at, service = situation(history), FakeService(found_of((FOLD, CALL), 1, 0))
    searched = agent_of(service, streets=["river"]).decide(at)
    assert searched.source == SEARCH and "r200 has no place on the tree" in searched.translated
    alone = agent_of().decide(at)
    assert alone.source == BLUEPRINT and alone.actions == (CALL,) and "no place" in alone.reason


def test_hands_are_not_mixed_up():
    """Ranges kept for one hand do not serve another one, and a hand that goes on is not begun anew."""
    agent = agent_of()
    boards = [BOARD, tuple(parse_cards("2c 7d 9h Tc Kd"))]
    for number, board in ((1, boards[0]), (2, boards[1]), (1, boards[0]), (3, boards[0])):
        for history in (((30,),), FLOP_BET, (*FLOP_BET[:1], (60, CALL), (CALL,))):
            at = situation(history, number=number, board=board)
            kept = agent.tracker.ranges(number, at.state, at.board)
            expected = ranges_of_history(agent.player.blueprint, history, at.board, lambda number: 0.5)
            assert np.array_equal(kept.weight, expected.weight) and kept.place == expected.place


def test_its_own_range_is_by_what_its_searches_said_of_each_hand():
    first, table = ((30, CALL), ()), np.zeros((1326, 2))
    table[::2, 0] = table[1::2, 1] = 3.0
    found = SearchResult(
        actions=(CALL, 60),
        sums=table,
        values=np.full((1326, 2), np.nan),
        asked=1,
        answered=1,
        iterations=30,
        shared=False,
    )
    service = FakeService(found)
    agent, seat = agent_of(service), state_after(first).player
    agent.decide(situation(first))
    at = {bet: situation(((30, CALL), (bet, 150))) for bet in (60, 90)}
    for bet, searched in ((60, True), (90, False)):  # a bet of 90 is none of the search's: it is taken by the blueprint
        assert at[bet].state.player == seat
        kept = agent.tracker.ranges(1, at[bet].state, at[bet].board).weight
        start = ranges_of_history(agent.player.blueprint, first, BOARD[:3], lambda number: 0.5).weight[seat]
        expected = start * np.where(np.arange(1326) % 2, 1.0, LEAST)
        blueprints = ranges_of_history(agent.player.blueprint, at[bet].state.history, BOARD[:3], lambda number: 0.5)
        assert np.allclose(kept[seat], expected / expected.max() if searched else blueprints.weight[seat])
        assert np.allclose(kept[1 - seat], blueprints.weight[1 - seat])
    agent.decide(situation(first, number=2))
    assert not np.allclose(agent.tracker.ranges(3, at[60].state, at[60].board).weight[seat], expected), "another hand"


@pytest.mark.parametrize("street", [2, 3])
def test_a_gain_over_the_blueprint_is_told_on_rivers(street):
    history = ((30, CALL), (CALL, CALL), (CALL, CALL))[:street] + ((90,),)
    config = SearchConfig(**SMALL, most_iterations=30, sampled="never")
    service = SearchService(Communicator(), config, RULES, pattern_abstraction())
    agent, at = Agent(agent_of().player, service, config), situation(history)
    compile_search(Communicator(), config, RULES, pattern_abstraction())
    decision = agent.decide(at, deadline_ms=60_000)
    assert decision.source == SEARCH and decision.ev is not None and decision.ev_gain is None
    told = agent.with_gains(decision)
    assert (told.ev_gain is not None) == (told.worst_case_gain is not None) == (street == 3)
    assert agent.with_gains(agent.decide(at, deadline_ms=1)).ev_gain is None


def test_rare_actions_are_left_out_where_asked():
    found = found_of((FOLD, CALL, 200), (0.1, 3.0, 1.0), (-30.0, 10.0, 20.0))
    for least, expected in ((0.0, [0.1 / 4.1, 3 / 4.1, 1 / 4.1]), (0.05, [0, 0.75, 0.25]), (0.5, [0, 1, 0])):
        decision = agent_of(FakeService(found), purify=least).decide(situation())
        assert decision.probabilities == pytest.approx(expected)
    blueprint = agent_of(purify=0.45).decide(situation()).probabilities
    assert blueprint.sum() == pytest.approx(1) and (blueprint == 0).any()


def test_a_number_that_comes_again_with_another_board():
    """Hands are numbered anew in each match."""
    agent, history = agent_of(), ((30, CALL), (60, CALL), (CALL,))
    for board in (BOARD, tuple(parse_cards("2c 7d 9h Tc Kd"))):
        at = situation(history, number=1, board=board)
        expected = ranges_of_history(agent.player.blueprint, history, at.board, lambda number: 0.5)
        assert np.allclose(agent.tracker.ranges(1, at.state, at.board).weight, expected.weight)


def test_nearest_actions():
    state = state_after(FLOP_BET)
    assert nearest(state, FOLD, (FOLD, CALL, 150)) == 0 and nearest(state, FOLD, (CALL, 150)) == 0
    assert nearest(state, 140, (FOLD, CALL, 150, 200)) == 2 and nearest(state, 190, (FOLD, CALL, 150, 200)) == 3
    assert nearest(state, 150, (FOLD, CALL, 150, 200)) == 2 and nearest(state, 150, (FOLD, CALL)) == 1


@pytest.mark.parametrize("share", ["auto", "divide", "average"])
def test_games_of_few_board_cards_are_searched(share):
    """Flop hold'em: the flop is the last street, and its board is complete with three cards."""
    rules = Rules((100, 100), (10, 5), board_cards=(0, 3))
    state = BettingState.start(rules).apply(CALL).apply(CALL)
    weight = np.zeros((2, 1326))
    weight[:, ::60] = 1.0
    root = SearchRoot(state, BOARD[:3], without_blocked(weight, BOARD[:3]))
    service = SearchService(Communicator(), SearchConfig(**SMALL, share=share), rules, pattern_abstraction())
    found = service.search(root, time.perf_counter() + 1.5)
    inside = root.weight[state.player] > 0
    assert found.source == SEARCH and (found.sums.sum(axis=1)[inside] > 0).all()
    assert np.isfinite(found.values[inside]).all()
