"""Roots of searches with three and more players: where they begin, what two who are left play, how they travel."""

import dataclasses

import numpy as np
import pytest
from helpers.ring_games import THREE, ring_blueprint

from holdem_mpi.cards import parse_cards, without_blocked
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.game.pots import payoffs
from holdem_mpi.game.rules import CALL, FOLD, BettingState
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.policy.ranges import ranges_of_history
from holdem_mpi.search.messages import SearchRequest, pack_request, unpack_request
from holdem_mpi.search.planner import SearchMethod, ring_method, search_tree
from holdem_mpi.search.ring_root import Question, RingRoot, after, rest_of_two, ring_question, ring_root_state
from holdem_mpi.search.root_search import SearchRoot, decision_node
from holdem_mpi.search.search_result import SearchResult

BOARD = tuple(parse_cards("Qs Jh 2h"))
CALLED = (CALL, CALL, CALL)


def state_after(*actions, rules=THREE):
    return after(BettingState.start(rules), actions)


def question_at(state, least=0.0):
    root, line = ring_root_state(state)
    ranges = ranges_of_history(ring_blueprint(), root.history, BOARD, lambda number: 0.5)
    return ring_question(ranges, BOARD, least, line)


@pytest.mark.parametrize(
    "actions, before, line",
    [
        (CALLED, 3, ()),
        ((*CALLED, CALL, 40), 3, (CALL, 40)),
        ((*CALLED, CALL, 40, CALL), 4, (40, CALL)),
        ((*CALLED, 30, FOLD, 90), 4, (FOLD, 90)),
        ((40, CALL), 0, (40, CALL)),
    ],
)
def test_a_root_is_after_the_players_own_last_action_on_the_street(actions, before, line):
    state = state_after(*actions)
    root, since = ring_root_state(state)
    assert root == state_after(*actions[:before]) and since == line
    assert after(root, since) == state


def test_three_who_are_left_are_searched_with_all_that_is_known_of_them():
    state = state_after(*CALLED, CALL, 40)
    question = question_at(state)
    root, blueprint = question.root, ring_blueprint()
    assert isinstance(root, RingRoot) and root.decision == state and root.player == state.player == 2
    assert root.weight.shape == (3, 1326) and question == Question(root, (0, 1, 2))
    place = root.place(blueprint.tree)
    assert place.node == root.node > 0 and place.state == root.state
    tree = search_tree(root, SearchConfig(), None)
    node = decision_node(tree, root)
    assert tree.player_of_node[node] == 2 and tree.kind_of_node[node] == KIND_DECISION
    streets = tree.street_of_node[tree.kind_of_node == KIND_DECISION]
    assert (streets == 1).all() and tree.num_nodes <= 1200
    assert ring_method(root, SearchConfig()) == SearchMethod(True, False, None)


def test_off_the_blueprints_tree_there_is_no_place():
    root = question_at(state_after(*CALLED, 30, 90, 150)).root
    assert root.state == state_after(*CALLED, 30) and root.line == (90, 150) and root.node >= 0
    assert RingRoot(root.state, BOARD, root.weight).place(ring_blueprint().tree).node == -1


def test_large_streets_lose_sizes_and_then_raises():
    root = RingRoot(state_after(*CALLED), BOARD, np.ones((3, 1326)), -1, ())
    sizes = {"flop": [0.2, 0.4, 0.6, 0.8, 1.0, 1.3]}
    large = SearchConfig(menu={"bet_sizes": sizes, "raise_sizes": sizes}, most_raises=3)
    tree = search_tree(root, large, None)
    assert tree.num_nodes <= 1200 and len(tree.actions(0)) < 7
    kept = search_tree(root._replace(line=(37, 111)), large, None)
    assert 37 in kept.actions(0).tolist(), "what was done is always there"


def endings(state, most=400):
    """Actions from ``state`` to the end of the hand, some of all there are."""
    random, found = np.random.default_rng(7), []
    for _ in range(most):
        at, line = state, []
        while not at.is_over:
            legal = at.legal()
            actions = [CALL] + [FOLD] * legal.can_fold
            if legal.max_raise_to:
                actions += [legal.min_raise_to, legal.max_raise_to]
            line.append(int(random.choice(actions)))
            at = at.apply(line[-1])
        found.append((tuple(line), at))
    return found


@pytest.mark.parametrize(
    "actions",
    [(40, FOLD, CALL), (CALL, CALL, CALL, 30, FOLD, CALL), (40, CALL, CALL, 60, 180, FOLD), (30, FOLD, 90, CALL)],
)
def test_the_rest_of_two_is_the_same_game_with_dead_money(actions):
    rules = dataclasses.replace(THREE, stacks=(300, 400, 350))
    state = state_after(*actions, rules=rules)
    left = [seat for seat, out in enumerate(state.folded) if not out]
    rest, base = rest_of_two(state, tuple(left))
    assert rest.pot == state.pot and [rest.stack(0), rest.stack(1)] == [state.stack(seat) for seat in left]
    for line, end in endings(state):
        own = after(rest, [action - base if action > CALL else action for action in line])
        assert own.is_over and own.is_showdown == end.is_showdown
        for better in ((2, 1), (1, 2), (1, 1)):
            strength = [0, 0, 0]
            strength[left[0]], strength[left[1]] = better
            real = payoffs(end.contributions, end.folded, strength)
            of_two = payoffs(own.contributions, own.folded, list(better), antes=own.rules.antes_paid)
            won = [real[seat] + state.contributions[seat] for seat in left]
            assert np.allclose(won, [chips + put for chips, put in zip(of_two, _put_in(rest))], atol=1)


def _put_in(rest):
    return [chips + paid for chips, paid in zip(rest.contributions, rest.rules.antes_paid)]


def test_two_who_are_left_are_asked_about_in_their_own_chips_and_answered_in_real_ones():
    state = state_after(FOLD, CALL, CALL, 30, 90)
    question = question_at(state)
    root = question.root
    assert isinstance(root, SearchRoot) and root.weight.shape == (2, 1326) and question.base == 10
    assert root.taken == 80 and root.decision.pot == state.pot
    assert root.player == 0 and root.decision.legal().call_amount == state.legal().call_amount
    values = np.full((1326, 3), root.state.stakes[0] * -1.0)
    found = SearchResult((FOLD, CALL, 80), np.ones((1326, 3)), values, 1, 1, iterations=9, shared=False)
    real = question.real(found)
    assert real.actions == (FOLD, CALL, 90)
    assert np.allclose(real.values, -state.contributions[0]), "folding loses what was put in"


def test_requests_come_as_they_went():
    weight = without_blocked(np.random.default_rng(0).uniform(0.1, 1, (3, 1326)), BOARD).astype(np.float32)
    states = [state_after(*CALLED, CALL, 40), state_after(FOLD, CALL, CALL, 30, 90)]
    for state in states:
        root = question_at(state).root
        root = root._replace(weight=weight[: len(root.weight)].astype(np.float64))
        asked = SearchRequest(root, 0.25, SearchMethod(True, False, None))
        got = unpack_request(THREE, pack_request(asked, THREE))
        assert np.array_equal(got.root.weight, root.weight) and got.seconds == 0.25 and got.method == asked.method
        assert type(got.root) is type(root) and got.root.line == root.line and got.root.board == root.board
        assert got.root.state == root.state and got.root.decision == root.decision
        if isinstance(root, RingRoot):
            assert got.root.node == root.node
