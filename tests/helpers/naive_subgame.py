"""A plain twin of the subgame solver: pairs of hands one by one, every card to come, phevaluator's ranks, float64.

It shares the public tree with the solver and no other code. Values are counterfactual: summed over the other's hands,
weighted by their reach.
"""

import numpy as np
from phevaluator import evaluate_cards

from holdem_mpi.cards import card_name
from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_FOLD


def weights_by_formula(iteration, alpha, beta, gamma, plus, restart):
    """(positive, negative, strategy): what sums are multiplied by before iteration 1, 2, ... adds to them."""
    before = iteration - 1
    if plus:
        return 1.0, 0.0, before / iteration
    since = before
    if restart:
        power = 1
        while power * 4 <= before:
            power *= 4
        since = before - power if before else 0
    if not before:
        return 0.0, 0.0, 0.0
    return before**alpha / (before**alpha + 1), before**beta / (before**beta + 1), (since / (since + 1)) ** gamma


class NaiveSpot:
    """hands: for each player a list of ((card, card), weight), none on the board. deck: cards that may come; None: all.
    (Each has its chance in the whole deck, so the values of a part of it are not means, but add up to those of all.)

    rake: (share of the pot, most chips of it) that the house takes at the end.
    locked: {node: float64[action, hand]}, strategies of the first street that are fixed; None: no lock.
    """

    def __init__(self, tree, board, hands, weights, deck=None, rake=(0.0, np.inf)):
        self.tree, self.board, self.hands, self.weights = tree, tuple(board), hands, weights
        self.deck = set(range(52)) if deck is None else set(deck)
        self.regret, self.strategy = {}, {}
        self.locked, self.rake = None, rake
        self.iterations = 0
        self._rank = {}

    def start(self, player):
        return np.array([weight for _, weight in self.hands[player]])

    def meets(self, board):
        """bool[hand of 0, hand of 1]: both can be held with this board."""
        return np.array(
            [
                [len({*first, *second, *board}) == 4 + len(board) for second, _ in self.hands[1]]
                for first, _ in self.hands[0]
            ]
        )

    def rank(self, cards, board):
        key = (cards, board)
        if key not in self._rank:
            self._rank[key] = evaluate_cards(*(card_name(card) for card in (*cards, *board)))
        return self._rank[key]

    def sigma(self, sums, node, board):
        """float64[action, hand]: sums above zero, normalised; even where there are none."""
        actions = len(self.tree.actions(node))
        player = int(self.tree.player_of_node[node])
        table = np.maximum(sums.get((node, board), np.zeros((actions, len(self.hands[player])))), 0)
        total = table.sum(axis=0)
        return np.where(total > 0, table / np.where(total > 0, total, 1), 1 / actions)

    def value(self, node, board, player, reach, visit):
        """float64[hand] of ``player``; ``visit(node, board, reach)``: policy of both, and what to do at own nodes."""
        tree = self.tree
        kind = tree.kind_of_node[node]
        street = tree.street_of_node[node] if kind == KIND_DECISION else tree.num_streets - 1
        if kind != KIND_FOLD and len(board) < len(self.board) + street - tree.street_of_node[0]:
            total = np.zeros(len(self.hands[player]))
            for card in self.deck - set(board):
                free = np.array([card not in hand for hand, _ in self.hands[1 - player]])
                mine = np.array([card not in hand for hand, _ in self.hands[player]])
                total += mine * self.value(node, (*board, card), player, reach * free, visit)
            return total / (48 - len(board))
        if kind != KIND_DECISION:
            return self.end(node, board, player, reach)
        children = tree.children(node)
        if tree.player_of_node[node] != player:
            sigma = visit(self, node, board, player, reach, None)
            return sum(self.value(child, board, player, reach * row, visit) for child, row in zip(children, sigma))
        values = np.array([self.value(child, board, player, reach, visit) for child in children])
        return visit(self, node, board, player, reach, values)

    def end(self, node, board, player, reach):
        tree, terminal = self.tree, self.tree.terminal_of_node[node]
        stake = tree.stake_of_terminal[terminal].min()
        taken = min(self.rake[0] * 2 * stake, self.rake[1])
        meets = self.meets(board)
        payoff = np.zeros(meets.shape)  # of the player
        for i, j in np.argwhere(meets):
            if tree.kind_of_node[node] == KIND_FOLD:
                share = float(tree.folded_of_terminal[terminal] == 1 << (1 - player))
            else:
                ranks = [self.rank(self.hands[seat][k][0], board) for seat, k in ((0, i), (1, j))]
                own, other = ranks[player], ranks[1 - player]
                share = 1.0 if own < other else 0.5 if own == other else 0.0
            payoff[i, j] = share * (2 * stake - taken) - stake
        return payoff @ reach if player == 0 else payoff.T @ reach

    def run(self, iterations):
        for _ in range(iterations):
            self.iterations += 1
            for player in range(2):
                self.value(0, self.board, player, self.start(1 - player), _update)

    def root_value(self, player, best, locked=False):
        visit = (_best_later if locked else _best) if best else _average
        return self.value(0, self.board, player, self.start(1 - player), visit)

    def exploitability(self, locked=False):
        meetings = (self.meets(self.board) * np.outer(self.start(0), self.start(1))).sum()
        best = sum(self.start(player) @ self.root_value(player, True, locked) for player in range(2))
        own = sum(self.start(player) @ self.root_value(player, False) for player in range(2))
        return (best - own) / meetings / 2


def _update(spot, node, board, player, reach, values):
    if spot.locked is not None and len(board) == len(spot.board):
        sigma = spot.locked[node]
        return sigma if values is None else (sigma * values).sum(axis=0)
    sigma = spot.sigma(spot.regret, node, board)
    positive, negative, decay = weights_by_formula(spot.iterations, *spot.weights)
    zero = np.zeros(sigma.shape)
    if values is None:
        spot.strategy[node, board] = spot.strategy.get((node, board), zero) * decay + reach * sigma
        return sigma
    value = (sigma * values).sum(axis=0)
    regret = spot.regret.get((node, board), zero)
    spot.regret[node, board] = np.where(regret > 0, regret * positive, regret * negative) + values - value
    return value


def _average(spot, node, board, player, reach, values):
    sigma = spot.sigma(spot.strategy, node, board)
    return sigma if values is None else (sigma * values).sum(axis=0)


def _best(spot, node, board, player, reach, values):
    return spot.sigma(spot.strategy, node, board) if values is None else values.max(axis=0)


def _best_later(spot, node, board, player, reach, values):
    return (_average if len(board) == len(spot.board) else _best)(spot, node, board, player, reach, values)
