"""A plain twin of the sampled solver's update: pairs of hands one by one on a whole board, phevaluator, float64.

It shares the public tree and the buckets of a board with the solver and no other code.
"""

import numpy as np
from phevaluator import evaluate_cards

from holdem_mpi.cards import card_name
from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_FOLD

from .naive_subgame import weights_by_formula


class NaiveSampled:
    """hands: for each player a list of ((card, card), weight), none on the root's board; buckets(street, board, pair):
    the bucket of a hand on a later street; formula: alpha, beta, gamma, plus, restart.
    """

    def __init__(self, tree, hands, buckets, formula):
        self.tree, self.hands, self.buckets, self.formula = tree, hands, buckets, formula
        self.regret, self.strategy, self.entry = {}, {}, {}
        self.root = int(tree.street_of_node[0])

    def key(self, node, board, player, number):
        """The infoset: on the root's street a hand's place, later its bucket."""
        street = int(self.tree.street_of_node[node])
        if street == self.root:
            return number
        seen = (0, 3, 4, 5)[street]
        return self.buckets(street, board[:seen], self.hands[player][number][0])

    def sigma(self, node, board, player, number):
        """float64[action]."""
        count = len(self.tree.actions(node))
        sums = self.regret.get((node, self.key(node, board, player, number)), np.zeros(count))
        positive = np.maximum(sums, 0)
        return positive / positive.sum() if positive.sum() > 0 else np.full(count, 1 / count)

    def pays(self, node, board, player, mine, theirs):
        """Chips that ``player`` wins at an end of the hand."""
        tree, terminal = self.tree, self.tree.terminal_of_node[node]
        stake = tree.stake_of_terminal[terminal].min()
        if tree.kind_of_node[node] == KIND_FOLD:
            return -stake if tree.folded_of_terminal[terminal] == 1 << player else stake
        own, other = (evaluate_cards(*map(card_name, (*pair, *board))) for pair in (mine, theirs))
        return stake * (np.sign(other - own))

    def update(self, player, board, iteration):
        """One update of ``player`` on ``board`` (all cards)."""
        other, change = 1 - player, {}
        live = [[n for n, (pair, _) in enumerate(of_player) if not set(pair) & set(board)] for of_player in self.hands]

        def value(node, number, reach):
            """Of hand ``number`` of the player against reach (dict of the other's hands)."""
            tree, mine = self.tree, self.hands[player][number][0]
            if tree.kind_of_node[node] != KIND_DECISION:
                return sum(
                    weight * self.pays(node, board, player, mine, self.hands[other][n][0])
                    for n, weight in reach.items()
                    if not set(mine) & set(self.hands[other][n][0])
                )
            children = [int(child) for child in tree.children(node)]
            if tree.player_of_node[node] == other:
                sigma = {n: self.sigma(node, board, other, n) for n in reach}
                rows = [{n: weight * sigma[n][i] for n, weight in reach.items()} for i in range(len(children))]
                result = sum(value(child, number, row) for child, row in zip(children, rows))
            else:
                values = np.array([value(child, number, reach) for child in children])
                result = self.sigma(node, board, player, number) @ values
                key = (node, self.key(node, board, player, number))
                later = tree.street_of_node[node] != self.root
                weight = self.hands[player][number][1] if later else 1.0
                change[key] = change.get(key, 0.0) + weight * (values - result)
            if node and tree.street_of_node[node] != tree.street_of_node[tree.parent_of_node[node]]:
                self.entry[node, number] = result
            return result

        self.entry = {}
        start = {n: self.hands[other][n][1] for n in live[other]}
        root = {number: value(0, number, start) for number in live[player]}
        self.add_strategies(other, iteration)
        self.apply(player, change, iteration)
        return root

    def apply(self, player, change, iteration):
        """Discounts of all the player's regrets, then what this update found."""
        positive, negative, _ = weights_by_formula(iteration, *self.formula)
        for node, key in {*self.regret, *change}:
            if self.tree.player_of_node[node] == player:
                sums = self.regret.get((node, key), np.zeros(len(self.tree.actions(node))))
                kept = np.where(sums > 0, sums * positive, sums * negative)
                self.regret[node, key] = kept + change.get((node, key), 0.0)

    def add_strategies(self, other, iteration):
        """Reach times strategy of all the other's hands on the root's street, whatever the board."""
        decay = weights_by_formula(iteration, *self.formula)[2]

        def walk(node, reach):
            if self.tree.kind_of_node[node] != KIND_DECISION or self.tree.street_of_node[node] != self.root:
                return
            sigma = np.ones((len(self.hands[other]), len(self.tree.actions(node))))
            if self.tree.player_of_node[node] == other:
                sigma = np.array([self.sigma(node, (), other, n) for n in range(len(self.hands[other]))])
                for n in range(len(self.hands[other])):
                    self.strategy[node, n] = self.strategy.get((node, n), 0.0) * decay + reach[n] * sigma[n]
            for column, child in enumerate(self.tree.children(node)):
                walk(int(child), reach * sigma[:, column])

        walk(0, np.array([weight for _, weight in self.hands[other]]))
