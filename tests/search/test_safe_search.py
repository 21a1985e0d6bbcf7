"""When a decision is searched with a gadget, what of, and what travels to other ranks."""

from dataclasses import replace

import numpy as np
import pytest

from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.config.shipped import config_folder
from holdem_mpi.game.rules import CALL, FOLD, BettingState
from holdem_mpi.hands.profile import open_profile
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.play.decision_report import decision_line
from holdem_mpi.policy.open_player import open_player
from holdem_mpi.policy.range_tracker import RangeTracker
from holdem_mpi.search.agent import Agent, Situation
from holdem_mpi.search.begin_search import new_search
from holdem_mpi.search.decision_root import decision_root
from holdem_mpi.search.messages import SearchRequest, pack_request, unpack_request
from holdem_mpi.search.planner import SearchMethod, search_tree
from holdem_mpi.search.root_search import CardAbstraction, SearchRoot
from holdem_mpi.search.service import SearchService
from holdem_mpi.subgame.gadget import Gadget

BOARD = (3, 17, 40, 22, 50)
RIVER, TURN, FLOP = [[CALL, CALL]] * 3, [[CALL, CALL]] * 2, [[CALL, CALL]]


@pytest.fixture(scope="module")
def table():
    """(rules of the table, player) of the blueprint that comes with the package."""
    _, player = open_player(str(config_folder() / "blueprints" / "nolimit_hu_200bb"), None, Communicator())
    return open_profile("nolimit_hu_200bb").rules, player


def decide(table, history, hand=1000, **settings):
    rules, player = table
    config = SearchConfig.model_validate(
        {"deadline_ms": 20_000, "most_iterations": 10, "sampled": "never", "seed": 1, **settings}
    )
    blueprint = player.blueprint
    abstraction = CardAbstraction(blueprint.tables, blueprint.policy.layout.num_buckets)
    service = SearchService(Communicator(), config, rules, abstraction)
    state = BettingState.start(rules)
    for action in (action for actions in history for action in actions):
        state = state.apply(action)
    at = Situation(7, state, BOARD[: (0, 3, 4, 5)[state.street]], hand)
    return Agent(player, service, config).decide(at)


@pytest.mark.parametrize(
    ("safe", "gadget"), [("auto", "maxmargin"), ("resolve", "resolve"), ("maxmargin", "maxmargin"), ("unsafe", "none")]
)
def test_on_the_blueprints_tree_the_river_is_searched_as_asked(table, safe, gadget):
    decision = decide(table, RIVER, safe=safe)
    assert decision.source == "search" and decision.gadget == gadget and decision.translated == ()
    assert decision.probabilities.sum() == pytest.approx(1) and np.isfinite(decision.ev)


def test_after_a_bet_it_is_safe_whether_the_tree_has_it_or_not(table):
    """The root is his decision before it, in whose tree his bet is one of several."""
    assert decide(table, [*RIVER, [300]]).gadget == "maxmargin"
    other = decide(table, [*RIVER, [250]])
    assert other.source == "search" and other.gadget == "maxmargin" and other.translated
    again = decide(table, [*RIVER, [250, 1000]])
    assert again.source == "search" and again.gadget == "none" and other.translated


def test_what_an_all_in_says_is_found_by_the_search_and_not_by_the_blueprint(table):
    """The blueprint almost never pushes 100 big blinds into 2, and what it says of his hands then is noise: who calls
    by that folds nearly all hands, or calls with nearly all.
    """
    rules, player = table
    state = BettingState.start(rules)
    for action in (CALL,) * 6:
        state = state.apply(action)
    config = SearchConfig.model_validate({"seed": 1})
    ranges = RangeTracker(player.blueprint, 0).ranges(1, state, BOARD)
    root, known = decision_root(player.blueprint, ranges, BOARD, 5e-3, 20_000)
    assert root.state == state and root.decision == state.apply(20_000) and root.player == 1 - state.player
    assert known.opponent == state.player
    search = new_search(root, search_tree(root, config, None), None, (0, 0, 0), False)
    assert search.actions == (FOLD, CALL)
    search.run(150)
    sums = search.root_sums()
    calls = sums[:, 1].sum() / sums.sum()
    # To make bluffs of 20,000 chips into 200 lose, one call in a hundred is enough.
    assert 0.004 < calls < 0.2
    values = search.root_values()
    assert np.isfinite(values[sums.sum(axis=1) > 0]).all()


def test_a_bet_that_was_translated_earlier_ends_safety(table):
    assert decide(table, [[CALL, CALL], [250, CALL], [CALL, CALL]]).gadget == "none"
    assert decide(table, [[CALL, CALL], [300, CALL], [CALL, CALL]]).gadget == "maxmargin"


def test_turns_are_safe_where_every_card_is_enumerated(table):
    assert decide(table, TURN).gadget == "maxmargin"
    assert decide(table, TURN, sampled="always").gadget == "none"
    assert decide(table, TURN, deadline_ms=100).gadget == "none"  # finding the alternatives would take too much of it
    assert decide(table, FLOP).gadget == "none"


def test_a_line_for_people_says_so():
    record = dict.fromkeys(("hand", "board", "cards", "pot", "reason"), "") | {"translated": []}
    record |= {"street": "river", "actions": {"check": 1.0}, "source": "search", "ranks_answered": 1}
    record |= {"ranks_asked": 1, "iterations": 9, "milliseconds": 5.0, "allowed_ms": 9.0, "taken": None}
    record |= {"ev": None, "ev_gain": None, "position": "BB", "big_blind": 0}
    assert "9 iterations, resolve," in decision_line(record | {"gadget": "resolve"}, {})
    assert "9 iterations," in decision_line(record | {"gadget": "none"}, {})


def test_questions_carry_the_stacks_of_the_hand(table):
    rules, _ = table
    state = BettingState.start(replace(rules, stacks=(1800, 2200))).apply(1800)
    asked = SearchRequest(SearchRoot(state, BOARD, np.ones((2, 1326)), None), 0.25, SearchMethod(False, True, None))
    assert unpack_request(rules, pack_request(asked, rules)).root.state == state


@pytest.mark.parametrize("kind", [None, "resolve", "maxmargin"])
def test_questions_carry_the_gadget(table, kind):
    rules, _ = table
    random = np.random.default_rng(0)
    alternative = random.uniform(-5000, 5000, 1326).astype(np.float32)
    gadget = Gadget(kind, 1, alternative) if kind else None
    state = BettingState.start(rules).apply(CALL)
    weight = random.random((2, 1326)).astype(np.float32).astype(np.float64)
    taken = {None: None, "resolve": 750, "maxmargin": CALL}[kind]
    asked = SearchRequest(SearchRoot(state, BOARD, weight, gadget, taken), 0.25, SearchMethod(False, True, None))
    got = unpack_request(rules, pack_request(asked, rules))
    assert got.method == asked.method and got.seconds == 0.25 and got.root.state == state and got.root.board == BOARD
    assert np.array_equal(got.root.weight, weight) and got.root.taken == taken
    assert (got.root.gadget is None) == (kind is None)
    if kind:
        assert (got.root.gadget.kind, got.root.gadget.player) == (kind, 1)
        assert np.array_equal(got.root.gadget.alternative, alternative)
