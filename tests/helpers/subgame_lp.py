"""Exact values of a toy deck's subgame: a linear program over realisation plans (Koller, Megiddo, von Stengel 1996).

It shares the public tree with the solver and no other code.
"""

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_FOLD


class _Plans:
    """One player's sequences, the empty one first, and its infosets: (sequence that leads there, those it has)."""

    def __init__(self):
        self.count, self.infosets, self.fixed = 1, {}, {}

    def actions(self, infoset, above, number):
        if infoset not in self.infosets:
            self.infosets[infoset] = above, list(range(self.count, self.count + number))
            self.count += number
        assert self.infosets[infoset][0] == above
        return self.infosets[infoset][1]

    def flow(self):
        """What a plan must fulfil: E x = (1, 0, 0, ...), dense; at a fixed infoset also x = probability times above.

        But for its last action, whose share is what the others leave, however they are rounded.
        """
        fixed = [(key, place) for key, sigma in self.fixed.items() for place in range(len(sigma) - 1)]
        rows = np.zeros((1 + len(self.infosets) + len(fixed), self.count))
        rows[0, 0] = 1
        for row, (above, below) in enumerate(self.infosets.values(), 1):
            rows[row, above] = -1
            rows[row, below] = 1
        for row, (key, place) in enumerate(fixed, 1 + len(self.infosets)):
            above, below = self.infosets[key]
            rows[row, below[place]] += 1
            rows[row, above] -= self.fixed[key][place]
        return rows


class SubgameProgram:
    """ranges: float[player, card]. gadget: None or (kind, opponent, float[card]), alternatives in mean chips. locks:
    {node: {card: float[action]}}, strategies that are fixed, on every board that comes there.
    """

    def __init__(self, tree, toy, board, ranges, gadget=None, locks=None):
        self.tree, self.toy, self.gadget = tree, toy, gadget
        self.locks = locks or {}
        self.plans, self.entries = (_Plans(), _Plans()), []
        cards = [card for card in range(toy.num_cards) if card not in board]
        ranges = np.array(ranges, np.float64)
        roots = np.zeros((2, toy.num_cards), np.int64)
        if gadget:
            self._enter(ranges, cards, roots)
        for first in cards:
            for second in cards:
                weight = ranges[0, first] * ranges[1, second]
                if first != second and weight > 0:
                    self._walk(0, (first, second), tuple(board), (roots[0, first], roots[1, second]), weight)

    def _enter(self, ranges, cards, roots):
        """The opponent's choice; what it is paid is less the alternative."""
        kind, seat, alternative = self.gadget
        meets = {card: sum(ranges[1 - seat, other] for other in cards if other != card) for card in cards}
        cards = [card for card in cards if meets[card] > 0]
        ranges[seat] = 0
        for number, card in enumerate(cards):
            if kind == "resolve":
                ranges[seat, card] = 1
                roots[seat, card] = self.plans[seat].actions(("gadget", card), 0, 2)[0]
            else:
                ranges[seat, card] = 1 / meets[card]
                roots[seat, card] = self.plans[seat].actions("gadget", 0, len(cards))[number]
            sequence = (0, roots[1, card]) if seat == 1 else (roots[0, card], 0)
            paid = ranges[seat, card] * meets[card] * alternative[card]
            self.entries.append((*sequence, paid if seat == 1 else -paid))

    def _walk(self, node, hands, board, sequences, weight):
        tree = self.tree
        kind, terminal = tree.kind_of_node[node], tree.terminal_of_node[node]
        shown = kind != KIND_FOLD and (kind != KIND_DECISION or tree.street_of_node[node] == tree.num_streets - 1)
        if shown and len(board) < self.toy.public_cards:
            left = [card for card in range(self.toy.num_cards) if card not in hands]
            for card in left:
                self._walk(node, hands, (card,), sequences, weight / len(left))
            return
        if kind != KIND_DECISION:
            stake = tree.stake_of_terminal[terminal].min()
            if kind == KIND_FOLD:
                sign = -1 if tree.folded_of_terminal[terminal] == 1 else 1
            else:
                first, second = (self.toy.strength(card, board[0] if board else None) for card in hands)
                sign = int(first > second) - int(first < second)
            self.entries.append((*sequences, weight * sign * stake))
            return
        seat = int(tree.player_of_node[node])
        children = tree.children(node)
        key = (node, hands[seat], board)
        below = self.plans[seat].actions(key, sequences[seat], len(children))
        if hands[seat] in self.locks.get(node, {}):
            self.plans[seat].fixed[key] = self.locks[node][hands[seat]]
        for child, sequence in zip(children, below):
            after = (sequence, sequences[1]) if seat == 0 else (sequences[0], sequence)
            self._walk(int(child), hands, board, after, weight)

    def value(self):
        """Player 0's value: the sum over pairs of hands, weighted."""
        rows, columns, paid = zip(*self.entries)
        first, second = (plans.flow() for plans in self.plans)
        payoff = coo_array((paid, (rows, columns)), shape=(first.shape[1], second.shape[1])).toarray()
        # max v[0] over plans x and v free, F'v <= A'x.
        bounds = [(0, None)] * first.shape[1] + [(None, None)] * second.shape[0]
        found = linprog(
            -np.eye(1, len(bounds), first.shape[1])[0],
            A_ub=np.hstack([-payoff.T, second.T]),
            b_ub=np.zeros(second.shape[1]),
            A_eq=np.hstack([first, np.zeros((first.shape[0], second.shape[0]))]),
            b_eq=np.eye(1, first.shape[0])[0],
            bounds=bounds,
        )
        assert found.success
        return -found.fun
