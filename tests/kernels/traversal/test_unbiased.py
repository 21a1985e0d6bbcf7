"""The production traversals are unbiased, as an equality: every deal and every sampled choice of Kuhn is enumerated."""

import itertools

import numpy as np
import pytest

from holdem_mpi.abstraction.deal_tables import tables_of_deck
from holdem_mpi.best_response.enumerated import enumerate_deals
from holdem_mpi.game.betting import limit_menu
from holdem_mpi.game.layout import build_layout
from holdem_mpi.game.rules import kuhn_rules
from holdem_mpi.game.toy import toy_deck
from holdem_mpi.game.tree import build_tree
from holdem_mpi.kernels.arrays import (
    KIND_DECISION,
    P_AVERAGE_INLINE,
    P_EXPLORATION,
    P_LANE_WEIGHT,
    P_REGRET_BOUND,
    P_REGRET_SCALE,
    P_STRATEGY_SCALE,
)
from holdem_mpi.kernels.calls import KernelCall
from holdem_mpi.kernels.cards.deal import read_toy
from holdem_mpi.kernels.traversal.lane import LaneKey, deal_hands
from holdem_mpi.kernels.traversal.payoff import terminal_value
from holdem_mpi.kernels.traversal.traverse_average import traverse_average
from holdem_mpi.kernels.traversal.traverse_external import traverse_external
from holdem_mpi.kernels.traversal.traverse_outcome import traverse_outcome
from holdem_mpi.training.dense_delta import new_dense_delta
from holdem_mpi.training.lane_runner import new_deal, new_workspace

pytestmark = pytest.mark.kernels

# A draw from the middle of each equal part of (0, 1): strategies are multiples of a quarter, the exploring mixture of
# an eighth, so every sequence of draws is equally likely and each choice is met exactly as often as it is probable.
PARTS = {traverse_external: 4, traverse_outcome: 8, traverse_average: 4}
EXPLORATION = 0.5
CALLS = {traverse: KernelCall(traverse) for traverse in PARTS}
# Their last argument: how many traversals are walked, or which one.
LAST_ARGUMENT = {traverse_external: 1, traverse_outcome: 1, traverse_average: np.uint64(0)}


class Kuhn:
    def __init__(self, num_players):
        self.deck = toy_deck("kuhn", num_players)
        self.tree = build_tree(kuhn_rules(num_players), limit_menu)
        self.layout = build_layout(self.tree, self.deck.num_buckets)
        self.code = self.layout.code()
        self.tables = tables_of_deck(self.deck)
        self.deals = enumerate_deals(self.deck)
        random = np.random.default_rng(num_players)
        first = self.layout.first_pair_of_row()
        # Regrets (k, 4 - k): strategies 0, 1/4, 1/2, 3/4, 1, so that some rows are pure.
        self.table = np.zeros(2 * self.layout.num_pairs)
        self.sigma = np.zeros(self.layout.num_pairs)
        for pair in first[:-1]:
            quarters = random.integers(0, 5)
            self.table[2 * pair : 2 * pair + 2] = quarters, 4 - quarters
            self.sigma[pair : pair + 2] = quarters / 4, 1 - quarters / 4

    def dealt(self, number):
        """(segments, strengths) of every deal: of the deck; with a number, of what that draw of a run may be where
        draws are correlated, for a phase in each of equal parts, which stand for all phases.
        """
        deal, work, count = new_deal(self.layout, self.tables), new_workspace(self.layout, 1), len(self.tables.order)
        for part, cards in enumerate(self.deck.deals()):
            if number is None:
                deal.cards[:] = cards
                read_toy(self.tables, self.code, deal)
                yield deal.segment.ravel(), deal.strength
            else:
                phase = np.uint64((2 * part + 1) * 2**63 // count)
                key = LaneKey(np.uint64(0), 0, 0, 0, number, number + 1, 0, True, phase)
                deal_hands(self.tables, self.code, deal, work, key, number, 1, 0, np.uint64(1))
                yield work.segment, work.strength[0]

    def means(self, traverse, player, draws, number=None):
        """Mean value and mean additions to the table, over all deals and all sequences of ``draws`` draws of actions.

        number: of the draw of cards in a run, where these are correlated.
        """
        work = new_workspace(self.layout, 1, np.zeros(draws))
        work.params[P_LANE_WEIGHT] = work.params[P_REGRET_SCALE] = work.params[P_STRATEGY_SCALE] = 1.0
        work.params[P_REGRET_BOUND] = np.inf
        work.params[P_EXPLORATION] = EXPLORATION
        work.params[P_AVERAGE_INLINE] = float(self.tree.num_players == 2)
        work.player[0] = player
        delta = new_dense_delta(self.table.size, np.float64)
        # Tens of thousands of terms are added: each deal on its own first, the value in extended precision.
        totals, value = [], np.longdouble(0)
        parts = (np.arange(PARTS[traverse]) + 0.5) / PARTS[traverse]
        scripts = list(itertools.product(parts, repeat=draws))
        for segment, strength in self.dealt(number):
            work.segment[:] = segment
            work.strength[0] = strength
            work.ahead[0] = np.sign(strength[player] - strength[1 - player])
            total = np.zeros_like(self.table)
            totals.append(total)
            for script in scripts:
                delta.values.fill(0)
                work.script[:] = script
                work.value[0] = work.random[0] = 0
                CALLS[traverse](self.code, self.table, delta, work, LAST_ARGUMENT[traverse])
                assert work.random[0] <= draws
                value += work.value[0]
                total += delta.values
        count = len(scripts) * len(self.deck.deals())
        return float(value / count), np.sum(totals, axis=0) / count

    def exact(self, player):
        """Exact value, counterfactual regrets of ``player``, and reach of each owner alone, by plain recursion."""
        regret, own_reach = np.zeros_like(self.table), np.zeros_like(self.table)
        value = 0.0
        for deal in range(len(self.deals.probability)):
            reach = np.ones(self.tree.num_players)
            value += self._walk(0, deal, reach, player, regret, own_reach)
        return value, regret, own_reach

    def _walk(self, node, deal, reach, player, regret, own_reach):
        """Value of ``player``, weighted by chance and everyone's reach except that own regrets use the others'."""
        tree, chance = self.tree, self.deals.probability[deal]
        if tree.kind_of_node[node] != KIND_DECISION:
            terminal, kind = tree.terminal_of_node[node], tree.kind_of_node[node]
            pays = terminal_value(self.code, terminal, kind, self.deals.strength[deal], player)
            return chance * reach.prod() * pays
        owner, street = int(tree.player_of_node[node]), int(tree.street_of_node[node])
        pair = self.layout.pair(node, int(self.deals.bucket[deal, street, owner]))
        sigma = self.sigma[pair : pair + 2]
        own_reach[2 * pair + 2 : 2 * pair + 4] += chance * reach[owner] * sigma
        values = np.zeros(2)
        for action, child in enumerate(tree.children(node)):
            below = reach.copy()
            below[owner] *= sigma[action]
            values[action] = self._walk(int(child), deal, below, player, regret, own_reach)
            if owner == player:
                # The counterfactual value: as if the player had come here and taken this action for sure.
                certain = reach.copy()
                certain[player] = 1.0
                counterfactual = self._certain(int(child), deal, certain, player)
                regret[2 * pair + action] += counterfactual
                regret[2 * pair : 2 * pair + 2] -= sigma[action] * counterfactual
        return values.sum()

    def _certain(self, node, deal, reach, player):
        return self._walk(node, deal, reach, player, np.zeros_like(self.table), np.zeros_like(self.table))


def draws_needed(game, traverse, player):
    """Most draws that a traversal of the game can use."""
    tree = game.tree

    def most(node):
        if tree.kind_of_node[node] != KIND_DECISION:
            return 0
        below = [most(int(child)) for child in tree.children(node)]
        if traverse is traverse_external and tree.player_of_node[node] == player:
            return sum(below)
        return 1 + max(below)

    return most(0)


@pytest.mark.parametrize("number", [None, 5])
@pytest.mark.parametrize("num_players", [2, 3])
@pytest.mark.parametrize("traverse", [traverse_external, traverse_outcome])
def test_regrets_and_values_are_exact_in_the_mean(traverse, num_players, number):
    game = Kuhn(num_players)
    for player in range(num_players):
        value, regret, _ = game.exact(player)
        mean_value, mean = game.means(traverse, player, draws_needed(game, traverse, player), number)
        assert abs(mean_value - value) < 1e-12
        actions = np.arange(game.layout.num_pairs) % 2
        entries = 4 * (np.arange(game.layout.num_pairs) // 2) + actions
        np.testing.assert_allclose(mean[entries], regret[entries], rtol=0, atol=1e-12)
        assert np.abs(regret[entries]).max() > 0.01


def test_external_sampling_weights_the_opponents_strategy_by_its_own_reach():
    game = Kuhn(2)
    for player in range(2):
        _, _, own_reach = game.exact(player)
        _, mean = game.means(traverse_external, player, draws_needed(game, traverse_external, player))
        for node in np.flatnonzero(game.tree.kind_of_node == KIND_DECISION):
            if game.tree.player_of_node[node] != player:
                pairs = game.layout.pairs_of_node(node)
                sums = (2 * pairs[:, :1] + 2 + np.arange(2)).ravel()
                np.testing.assert_allclose(mean[sums], own_reach[sums], rtol=0, atol=1e-12)


@pytest.mark.parametrize("num_players", [2, 3])
def test_the_averaging_pass_weights_by_the_owners_reach_times_a_constant_of_the_betting(num_players):
    game = Kuhn(num_players)
    tree = game.tree
    for player in range(num_players):
        _, _, own_reach = game.exact(player)
        _, mean = game.means(traverse_average, player, draws_needed(game, traverse_average, player))
        for node in np.flatnonzero((tree.kind_of_node == KIND_DECISION) & (tree.player_of_node == player)):
            # Everybody else acts uniformly, and has two actions everywhere in Kuhn.
            others = sum(tree.player_of_node[above] != player for above, _ in tree.line_to(int(node)))
            pairs = game.layout.pairs_of_node(node)
            sums = (2 * pairs[:, :1] + 2 + np.arange(2)).ravel()
            np.testing.assert_allclose(mean[sums], own_reach[sums] / 2**others, rtol=0, atol=1e-12)
            assert own_reach[sums].sum() > 0 or np.all(mean[sums] == 0)
