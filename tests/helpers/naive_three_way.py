"""A plain twin of the three-player solver: triples of hands one by one, phevaluator's ranks, payoffs by hand.

It shares the public tree with the solver and no other code. Values are counterfactual: summed over the others' hands,
weighted by their reach.
"""

import itertools

import numpy as np
from phevaluator import evaluate_cards

from holdem_mpi.cards import card_name
from holdem_mpi.kernels.arrays import KIND_DECISION

from .naive_subgame import weights_by_formula


def ranks_of(board, cards):
    """By hand, larger is better."""
    return [-evaluate_cards(*(card_name(card) for card in (*pair, *board))) for pair in cards]


def settle(stake, folded, strength):
    """Chips won by seat: chip levels are won one by one, by the best of those who are left and have put so much in."""
    net = [-chips for chips in stake]
    levels = sorted(set(stake))
    for below, level in itertools.pairwise([0, *levels]):
        payers = [seat for seat in range(3) if stake[seat] >= level]
        left = [seat for seat in payers if not folded[seat]]
        if len(payers) == 1:
            net[payers[0]] += level - below  # nobody matched them
            continue
        best = max(strength[seat] for seat in left)
        winners = [seat for seat in left if strength[seat] == best]
        for seat in winners:
            net[seat] += (level - below) * len(payers) / len(winners)
    return net


class NaiveThreeWay:
    """hands: for each player a list of ((card, card), weight), none on the board; strengths: by player and hand, or
    None: phevaluator's on ``board``.
    """

    def __init__(self, tree, board, hands, weights, strengths=None):
        self.tree, self.hands, self.weights, self.iterations = tree, hands, weights, 0
        self.strengths = strengths or [ranks_of(board, [pair for pair, _ in of_player]) for of_player in hands]
        self.start = [np.array([weight for _, weight in of_player], float) for of_player in hands]
        cards = [[pair for pair, _ in of_player] for of_player in hands]
        self.triples = [
            places
            for places in itertools.product(*map(range, map(len, hands)))
            if len({card for player, place in enumerate(places) for card in cards[player][place]}) == 6
        ]
        self.regret, self.strategy = {}, {}

    def sigma(self, sums, node):
        """float64[action, hand]: sums above zero, normalised; even where there are none."""
        actions, player = len(self.tree.actions(node)), int(self.tree.player_of_node[node])
        table = np.maximum(sums.get(node, np.zeros((actions, len(self.hands[player])))), 0)
        total = table.sum(axis=0)
        return np.where(total > 0, table / np.where(total > 0, total, 1), 1 / actions)

    def end(self, node, player, reach):
        terminal, value = self.tree.terminal_of_node[node], np.zeros(len(self.hands[player]))
        stake = self.tree.stake_of_terminal[terminal].tolist()
        folded = [bool(self.tree.folded_of_terminal[terminal] >> seat & 1) for seat in range(3)]
        first, second = (seat for seat in range(3) if seat != player)
        of_first, of_second = reach[first].tolist(), reach[second].tolist()
        for places in self.triples:
            weight = of_first[places[first]] * of_second[places[second]]
            if weight:
                strength = [self.strengths[seat][place] for seat, place in enumerate(places)]
                value[places[player]] += weight * settle(stake, folded, strength)[player]
        return value

    def value(self, node, player, reach, visit):
        """float64[hand] of ``player``; ``visit(node, player, reach, values)``: policy, and what to do at decisions."""
        if self.tree.kind_of_node[node] != KIND_DECISION:
            return self.end(node, player, reach)
        children, who = self.tree.children(node), int(self.tree.player_of_node[node])
        if who != player:
            total = np.zeros(len(self.hands[player]))
            for child, row in zip(children, visit(node, player, reach[who], None)):
                below = [reach[seat] * row if seat == who else reach[seat] for seat in range(3)]
                total += self.value(child, player, below, visit)
            return total
        return visit(node, player, None, np.array([self.value(child, player, reach, visit) for child in children]))

    def run(self, iterations):
        for _ in range(iterations):
            self.iterations += 1
            for player in range(3):
                self.value(0, player, self.start, self._update)

    def _update(self, node, player, reach, values):
        sigma = self.sigma(self.regret, node)
        positive, negative, decay = weights_by_formula(self.iterations, *self.weights)
        if values is None:
            if (self.tree.player_of_node[node] - player) % 3 == 1:
                before = self.strategy.get(node, np.zeros(sigma.shape))
                self.strategy[node] = before * decay + reach * sigma
            return sigma
        value, regret = (sigma * values).sum(axis=0), self.regret.get(node, np.zeros(sigma.shape))
        self.regret[node] = np.where(regret > 0, regret * positive, regret * negative) + values - value
        return value

    def root_value(self, player, best):
        """float64[hand], against both others' average strategies: of the own one, or of the best response to them."""

        def visit(node, player, reach, values):
            sigma = self.sigma(self.strategy, node)
            return sigma if values is None else values.max(axis=0) if best else (sigma * values).sum(axis=0)

        return self.value(0, player, self.start, visit)

    def meets(self, player):
        """float64[hand], weight of the others' pairs of hands that each can meet."""
        met = np.zeros(len(self.hands[player]))
        for places in self.triples:
            met[places[player]] += np.prod([self.start[seat][places[seat]] for seat in range(3) if seat != player])
        return met

    def gains(self):
        meetings = self.start[0] @ self.meets(0)
        found = [
            self.start[player] @ (self.root_value(player, True) - self.root_value(player, False)) / meetings
            for player in range(3)
        ]
        return np.array(found)
