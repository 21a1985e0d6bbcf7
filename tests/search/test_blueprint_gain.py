"""Gains over the blueprint on the river, against the same means and best responses worked out triple by triple."""

import itertools

import numpy as np
import pytest
from helpers.naive_three_way import ranks_of, settle
from helpers.ring_games import THREE, ring_blueprint
from helpers.small_blueprints import RULES, holdem_blueprint

from holdem_mpi.cards import CARDS_OF_HAND, parse_cards
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.game.rules import CALL, FOLD, BettingState
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.policy.players import BlueprintPlayer
from holdem_mpi.policy.range_tracker import RangeTracker
from holdem_mpi.policy.translation import follow, nearest
from holdem_mpi.search.begin_search import new_search
from holdem_mpi.search.blueprint_gain import gains_over_blueprint
from holdem_mpi.search.decision_root import betting_to_search, decision_root
from holdem_mpi.search.planner import search_tree
from holdem_mpi.search.ring_root import after, ring_question
from holdem_mpi.search.search_result import Solved

BOARD = tuple(parse_cards("Qs Jh 2h 8h 3c"))
CONFIG = SearchConfig.model_validate({"menu": {"bet_sizes": [0.7], "raise_sizes": [1.0]}, "most_raises": 2})
CHECKED = (CALL,) * 6


class River:
    """A searched river of few hands a player; rows: float64[hand, action], of each decision from the searched one."""

    def __init__(self, rules, blueprint, actions, hands=6):
        self.player, self.state = BlueprintPlayer("b", blueprint), after(BettingState.start(rules), actions)
        tracker = RangeTracker(blueprint, 0)
        few = np.zeros((rules.num_players, 1326))
        free = np.flatnonzero(tracker.ranges(0, self.state, BOARD).weight[0])
        for row in few:
            row[np.random.default_rng(3).permutation(free)[:hands]] = 1.0
        self.at = self._few(tracker.ranges(0, self.state, BOARD), few)
        before, line = betting_to_search(self.state)
        ranges, self.base, self.seats = self._few(tracker.ranges(0, before, BOARD), few), 0, range(rules.num_players)
        if rules.num_players > 2:
            question = ring_question(ranges, BOARD, 0.0, line)
            root, self.base, self.seats = question.root, question.base, question.seats
        else:
            root, _ = decision_root(blueprint, ranges, BOARD, 0.0, *line)
        self.search = new_search(root, search_tree(root, CONFIG, None), None, (0, 0, 0), False)
        self.search.run(9)
        self.tree, self.solver = self.search.solver.tree, self.search.solver
        self.solved = Solved(self.search, tuple(self.seats), self.base)
        self.hero = int(self.tree.player_of_node[self.search.node])
        self.played = np.random.default_rng(5).dirichlet(np.ones(len(self.search.actions)), 1326)

    @staticmethod
    def _few(ranges, few):
        return ranges._replace(weight=ranges.weight * few)

    def gains(self, played=None):
        return gains_over_blueprint(self.player, self.solved, self.at, BOARD, self.played if played is None else played)

    def rows(self, own):
        """Of whoever goes on by the blueprint, or (``own``) of the hero by what search found."""
        found, todo = {}, [(self.search.node, self.state, self.at.place)]
        while todo:
            node, state, place = todo.pop()
            if self.tree.kind_of_node[node] != KIND_DECISION:
                continue
            seat, actions = int(self.tree.player_of_node[node]), self.actions(node)
            known, sigma = self.player.strategy(place, state, BOARD)
            rows = np.zeros((1326, len(actions)))
            for column, action in enumerate(known):
                rows[:, nearest(state, action, actions)] += sigma[:, column]
            found[node] = rows[self.solver.hands[seat]]
            if own and seat == self.hero:
                first = self.played[self.solver.hands[seat]]
                found[node] = first if node == self.search.node else self.solver.strategy(node)
            for child, action in zip(self.tree.children(node).tolist(), actions):
                blueprint = self.player.blueprint.tree
                todo.append((child, state.apply(action), follow(blueprint, place, state, action, 0.5)))
        return found

    def actions(self, node):
        return [action + self.base if action > CALL else action for action in self.tree.actions(node).tolist()]

    def mean(self, player, rows, best=False):
        """Chips of ``player``, whose best response answers the others' rows where it is ``best``."""
        hands, weights = self.solver.hands, [self.at.weight[seat] for seat in self.seats]
        strengths = [ranks_of(list(BOARD), [CARDS_OF_HAND[each].tolist() for each in of]) for of in hands]
        won, mass = 0.0, 0.0
        for mine in range(hands[player].size):
            others = [range(len(of)) if seat != player else (mine,) for seat, of in enumerate(hands)]
            deals = [
                places
                for places in itertools.product(*others)
                if len({card for seat, place in enumerate(places) for card in CARDS_OF_HAND[hands[seat][place]]})
                == 2 * len(places)
            ]
            reach = [np.prod([weights[seat][hands[seat][place]] for seat, place in enumerate(deal)]) for deal in deals]
            values = self._values(self.search.node, self.state, deals, np.array(reach), (player, rows, best, strengths))
            won, mass = won + values, mass + sum(reach)
        return won / mass

    def _values(self, node, state, deals, reach, known):
        """Chips of the player's one hand, summed over ``deals`` by the others' reach."""
        player, rows, best, strengths = known
        if state.is_over:
            return sum(weight * self._paid(state, deal, strengths)[player] for deal, weight in zip(deals, reach))
        seat = int(self.tree.player_of_node[node])
        below = []
        for action, (child, real) in enumerate(zip(self.tree.children(node).tolist(), self.actions(node))):
            share = np.array([1.0 if best and seat == player else rows[node][deal[seat], action] for deal in deals])
            below.append(self._values(child, state.apply(real), deals, reach * share, known))
        return max(below) if best and seat == player else sum(below)

    def _paid(self, state, deal, strengths):
        """Chips by player of the search; seats that it lacks have folded, or are not there."""
        stakes, folded, strength = [0.0] * 3, [True] * 3, [0] * 3
        stakes[: len(state.stakes)], folded[: len(state.folded)] = state.stakes, state.folded
        for seat, of, place in zip(self.seats, strengths, deal):
            strength[seat] = of[place]
        paid = settle(stakes, folded, strength)
        return [paid[seat] for seat in self.seats]


@pytest.mark.parametrize("actions", [CHECKED, (*CHECKED, 30), (*CHECKED, CALL), (30, CALL, *CHECKED[2:], 51)])
def test_of_two_players_it_is_what_pairs_of_hands_say(actions):
    river = River(RULES, holdem_blueprint(), actions)
    before = river.solver.sums.strategy.copy()
    gains = river.gains()
    assert np.array_equal(river.solver.sums.strategy, before)
    new, old = river.rows(True), river.rows(False)
    against = old | {node: rows for node, rows in new.items() if river.tree.player_of_node[node] == river.hero}
    other = 1 - river.hero
    expected = river.mean(river.hero, against) - river.mean(river.hero, old)
    assert gains.goes_on == pytest.approx(expected, abs=1e-3) and abs(expected) > 0.1
    worst = river.mean(other, old, best=True) - river.mean(other, new, best=True)
    assert gains.worst == pytest.approx(worst, abs=1e-3) and abs(worst) > 0.1


@pytest.mark.parametrize("actions", [(CALL,) * 9, ((CALL,) * 9 + (CALL, 25)), (CALL,) * 6 + (30, FOLD, CALL, CALL)])
def test_of_three_players_too_whether_all_or_two_are_left(actions):
    river = River(THREE, ring_blueprint(), actions, hands=4)
    old, new = river.rows(False), river.rows(True)
    against = old | {node: rows for node, rows in new.items() if river.tree.player_of_node[node] == river.hero}
    expected = river.mean(river.hero, against) - river.mean(river.hero, old)
    gains = river.gains()
    assert gains.goes_on == pytest.approx(expected, abs=1e-3) and abs(expected) > 0.1
    assert (gains.worst is None) == (len(river.seats) > 2)


def test_whoever_plays_the_blueprint_gains_nothing():
    river = River(RULES, holdem_blueprint(), CHECKED)
    for node, rows in river.rows(False).items():
        river.solver.set_strategy(node, rows)
    played = np.zeros((1326, len(river.search.actions)))
    played[river.solver.hands[river.hero]] = river.solver.strategy(river.search.node)
    gains = river.gains(played)
    assert gains == pytest.approx((0.0, 0.0), abs=1e-4)
