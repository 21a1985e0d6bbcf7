"""CFR-BR: a flop teaches what dense matrices say, and what many teach comes to the optimum of a linear program."""

import itertools
from dataclasses import replace
from math import comb

import numpy as np
import phevaluator
import pytest
from helpers.small_decks import (
    CLASS_OF_HAND,
    Buckets,
    deals_of,
    enumerated_best_response,
    layout_of,
    random_policy,
    small_deck,
)
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array, hstack

from holdem_mpi.best_response.policy_on_cards import PolicyOnCards
from holdem_mpi.cards import hand_of_cards
from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_FOLD, KIND_SHOWDOWN
from holdem_mpi.kernels.response.update import match_rows
from holdem_mpi.policy.tabular import average_policy, trunk_entries
from holdem_mpi.training.cfr_br_flop import FlopUpdater

SCALE = 2.0**30
ODD = small_deck((3, 7, 8), (0, 1, 2))
EVEN = small_deck((2, 5, 8, 12), (1, 3))


class Parts(Buckets):
    """Buckets of a street in which hands of different preflop classes never meet, each class in ``parts`` of them.
    Bucket 0 is for hands with cards that the deck lacks.
    """

    def __init__(self, seen, deck, parts):
        super().__init__(seen, 7 + seen, parts)
        self.deck, self.seen, self._number = set(deck), seen, {}
        for board in itertools.combinations(deck, seen):
            for hand in itertools.combinations(sorted(self.deck - set(board)), 2):
                self._number.setdefault(self._key(board, hand), 1 + len(self._number))
        self.buckets = 1 + len(self._number)

    def _key(self, board, hand):
        return int(CLASS_OF_HAND[hand_of_cards(*hand)]), int(super().of(board, hand))

    def of(self, board, hand):
        return self._number[self._key(board, hand)]


def problem(max_raises, deck, stacks=(1000, 1000)):
    """(PolicyOnCards with a random strategy, buckets by street) of a small game."""
    streets = len(max_raises)
    # The turn does not know which of its cards came first: a seat that is to forget nothing has no parts on the flop.
    buckets = [None, Parts(3, deck, 4 - streets), Parts(4, deck, 2)][:streets]
    layout = layout_of(max_raises, stacks, buckets=(169, *(of_street.buckets for of_street in buckets[1:])))
    tables = [np.zeros((0, 1326), np.uint16)]
    tables += [of_street.table(itertools.combinations(deck, of_street.seen)) for of_street in buckets[1:]]
    # Nothing is certain, so that no two of a best responder's actions are worth the same.
    mixed = 0.9 * random_policy(layout, 5) + 0.1 * average_policy(layout, np.zeros(2 * layout.num_pairs))[0]
    return PolicyOnCards(layout, mixed, CLASS_OF_HAND, tuple(tables), tuple(deck)), buckets


def updater_of(policy):
    return FlopUpdater(policy, regret_scale=SCALE, strategy_scale=SCALE, bound=1e6)


class Dense:
    """One flop for one seat, with a matrix of all hands against all hands and without any symmetry."""

    def __init__(self, policy, buckets, trunk, flop, seat):
        self.policy, self.buckets, self.seat = policy, buckets, seat
        self.layout, self.tree = policy.layout, policy.layout.tree
        self.hands = list(itertools.combinations(policy.deck, 2))
        self.numbers = np.array([hand_of_cards(*hand) for hand in self.hands])
        holds = np.zeros((len(self.hands), 52))
        for row, hand in enumerate(self.hands):
            holds[row, hand] = 1
        self.holds, self.apart = holds, holds @ holds.T == 0
        self.trunk, self.choice = trunk, {}
        self.opponents = comb(len(policy.deck) - 5, 2)
        entries = 2 * self.layout.num_pairs
        self.delta, self.of_trunk = np.zeros(entries), {}
        live = 1.0 - holds[:, flop].max(axis=1)
        self._best(0, flop, live, 1.0)
        self._mixed(0, flop, live, 1.0)

    def _bucket(self, street, board):
        if street == 0:
            return CLASS_OF_HAND[self.numbers]
        shared = [set(hand) & set(board) for hand in self.hands]
        return np.array([0 if cut else self.buckets[street].of(board, hand) for cut, hand in zip(shared, self.hands)])

    def _terminal(self, node, board, reach, player):
        terminal = self.tree.terminal_of_node[node]
        stake = self.tree.stake_of_terminal[terminal]
        live = 1.0 - self.holds[:, board].max(axis=1)
        if self.tree.kind_of_node[node] == KIND_FOLD:
            folded = self.tree.folded_of_terminal[terminal] >> player & 1
            return live * (-stake[player] if folded else stake[1 - player]) * (self.apart @ reach)
        strength = [-phevaluator.evaluate_cards(*board, *hand) if ok else 0 for ok, hand in zip(live, self.hands)]
        wins = np.sign(np.subtract.outer(strength, strength))
        return live * stake.min() * ((self.apart * wins) @ reach)

    def _deal(self, walk, node, board, reach, weight):
        left = [card for card in self.policy.deck if card not in board]
        share = 1.0 / (len(left) - 4)
        return share * sum(
            walk(node, (*board, card), reach * (1.0 - self.holds[:, card]), weight * share) for card in left
        )

    def _below(self, node, board):
        """Whether more cards come before the node acts, or shows down."""
        shown = self.tree.kind_of_node[node] == KIND_SHOWDOWN and self.tree.num_streets == 3
        return len(board) == 3 and (shown or self.tree.street_of_node[node] == 2)

    def _best(self, node, board, reach, weight):
        """float64[hand]: the best responder's values against the seat's reach."""
        tree, other = self.tree, 1 - self.seat
        if self._below(node, board):
            return self._deal(self._best, node, board, reach, weight)
        if tree.kind_of_node[node] != KIND_DECISION:
            return self._terminal(node, board, reach, other)
        street, children = tree.street_of_node[node], tree.children(node)
        bucket = self._bucket(street, board)
        if tree.player_of_node[node] == self.seat:
            sigma = self.policy.probability[self.layout.pairs_of_node(node)]
            pairs = self.layout.pairs_of_node(node)
            np.add.at(
                self.delta, (pairs + pairs[:, :1] + pairs.shape[1])[bucket], (weight * reach)[:, None] * sigma[bucket]
            )
            return sum(self._best(child, board, reach * sigma[bucket, a], weight) for a, child in enumerate(children))
        values = np.stack([self._best(child, board, reach, weight) for child in children])
        if street:
            self.choice[node, board] = values.argmax(axis=0)
            return values.max(axis=0)
        played = self.trunk[other][node][bucket].T
        mean = (played * values).sum(axis=0)
        self.of_trunk[node] = [np.bincount(bucket, row - mean, 169) / self.opponents for row in values]
        return mean

    def _mixed(self, node, board, reach, weight):
        """float64[hand]: the seat's values against the best responder's reach."""
        tree = self.tree
        if self._below(node, board):
            return self._deal(self._mixed, node, board, reach, weight)
        if tree.kind_of_node[node] != KIND_DECISION:
            return self._terminal(node, board, reach, self.seat)
        street, children = tree.street_of_node[node], tree.children(node)
        bucket = self._bucket(street, board)
        if tree.player_of_node[node] != self.seat:
            if street:
                played = self.choice[node, board][:, None] == np.arange(len(children))
            else:
                played = self.trunk[1 - self.seat][node][bucket]
            return sum(self._mixed(child, board, reach * played[:, a], weight) for a, child in enumerate(children))
        values = np.stack([self._mixed(child, board, reach, weight) for child in children])
        pairs = self.layout.pairs_of_node(node)
        mean = (self.policy.probability[pairs][bucket].T * values).sum(axis=0)
        regrets = (values - mean) * weight / self.opponents
        np.add.at(self.delta, (pairs + pairs[:, :1])[bucket], regrets.T)
        return mean


@pytest.mark.parametrize(
    ("max_raises", "deck", "flop", "stacks"),
    [
        ((2, 3), EVEN, 0, (1000, 1000)),
        ((2, 3), EVEN, 17, (9, 9)),
        ((1, 1, 2), ODD, 3, (1000, 1000)),
        ((2, 2, 1), ODD, 40, (1000, 1000)),
        ((2, 2, 2), ODD, 11, (6, 9)),
        ((2, 2, 2), ODD, 12, (4, 4)),
    ],
)
def test_a_flop_teaches_what_dense_matrices_say(max_raises, deck, flop, stacks):
    policy, buckets = problem(max_raises, deck, stacks)
    updater = updater_of(policy)
    layout = policy.layout
    trunk = np.random.default_rng(2).normal(size=trunk_entries(layout))
    flop = list(itertools.combinations(deck, 3))[flop]
    found, of_trunk = np.zeros(2 * layout.num_pairs, np.int64), np.zeros(trunk.size, np.int64)
    for _ in range(2):  # nothing of a flop is left for the next
        found[:], of_trunk[:] = 0, 0
        updater.play(policy.probability, trunk)
        updater.update(np.array(flop), found, of_trunk)
    assert updater.faults == 0 and updater.visits > 0
    expected = np.zeros(found.size)
    played = [matched(layout, player, trunk) for player in (0, 1)]
    for seat in (0, 1):
        dense = Dense(policy, buckets, played, flop, seat)
        expected += dense.delta
        for node, regrets in dense.of_trunk.items():
            first = (1 - seat) * 169 * layout.width[0, 0] + layout.pair_of_node[node]
            rows = first + layout.width[0, 1 - seat] * np.arange(169)
            for action, row in enumerate(regrets):
                np.testing.assert_allclose(of_trunk[rows + action] / SCALE, row, rtol=0, atol=1e-7)
    outside = np.zeros(found.size, bool)
    for node in np.flatnonzero((layout.tree.kind_of_node == KIND_DECISION) & (layout.tree.street_of_node > 0)):
        pairs = layout.pairs_of_node(node)[0]
        outside[np.concatenate([pairs + pairs[0], pairs + pairs[0] + pairs.size])] = True
    np.testing.assert_allclose(found[~outside] / SCALE, expected[~outside], rtol=0, atol=1e-6)


def test_nothing_is_left_for_the_next_flop_where_a_seat_never_comes():
    policy, _ = problem((2, 3), EVEN)
    layout, flops = policy.layout, list(itertools.combinations(EVEN, 3))
    pairs = layout.pairs_of_node(0)
    strategy = policy.probability.copy()
    strategy[pairs] = np.eye(pairs.shape[1])[0]  # the first to act folds everything
    trunk, found = np.zeros(trunk_entries(layout)), []
    for before in ([], [(flops[3], policy.probability)]):
        updater = updater_of(policy)
        for flop, played in [*before, (flops[30], strategy)]:
            updater.play(played, trunk)
            delta = np.zeros(2 * layout.num_pairs, np.int64)
            updater.update(np.array(flop), delta, np.zeros(trunk.size, np.int64))
        found.append(delta)
    assert np.array_equal(*found)


def matched(layout, player, trunk):
    """By node before the flop, float64[class, action]: regret matching on a player's part of the trunk."""
    first = player * 169 * int(layout.width[0, 0])
    rows = trunk[first : first + 169 * int(layout.width[0, player])].reshape(169, -1)
    result = {}
    for node in np.flatnonzero((layout.tree.street_of_node == 0) & (layout.tree.player_of_node == player)):
        place = layout.pair_of_node[node]
        positive = np.maximum(rows[:, place : place + len(layout.tree.children(node))], 0)
        total = positive.sum(axis=1, keepdims=True)
        result[int(node)] = np.where(total > 0, positive / np.where(total > 0, total, 1), 1 / positive.shape[1])
    return result


class Plans:
    """Sequences of one player: a number for each (infoset, action), with the constraints of realisation plans."""

    def __init__(self):
        self.number, self.parent, self.first = {}, [], []
        self.sequences = 1

    def below(self, infosets, parents, actions):
        """int64[n, action], the sequences after each of ``infosets`` (any keys) reached by ``parents`` (int64[n])."""
        result = np.empty((len(infosets), actions), np.int64)
        for row, (key, parent) in enumerate(zip(infosets, parents)):
            if key not in self.number:
                self.number[key] = len(self.parent)
                self.parent.append((int(parent), actions))
                self.first.append(self.sequences)
                self.sequences += actions
            place = self.number[key]
            assert self.parent[place] == (int(parent), actions)  # nothing is forgotten
            result[row] = self.first[place] + np.arange(actions)
        return result

    def constraints(self):
        """E of E x = (1, 0, ...)."""
        rows, columns, values = [0], [0], [1.0]
        for place, ((parent, actions), first) in enumerate(zip(self.parent, self.first)):
            rows += [place + 1] * (actions + 1)
            columns += [parent, *range(first, first + actions)]
            values += [-1.0] + [1.0] * actions
        return csr_array((values, (rows, columns)), shape=(1 + len(self.parent), self.sequences))


def least_exploitable(policy, buckets, seat):
    """What a best responder wins at least, in chips a hand, whatever ``seat`` does with its buckets."""
    tree, deck = policy.layout.tree, policy.deck
    seen = np.cumsum(tree.rules.board_cards)
    deals = list(deals_of(deck, int(seen[-1])))
    ranks = np.array([[phevaluator.evaluate_cards(*board, *hand) for hand in hands] for *hands, board in deals])
    result, plans, entries = np.sign(ranks[:, 0] - ranks[:, 1]), (Plans(), Plans()), []

    def key(street, own, deal):
        own_hand, other_hand, board = deal
        if not own:
            return other_hand, board[: seen[street]]
        if street == 0:
            return int(CLASS_OF_HAND[hand_of_cards(*own_hand)])
        return buckets[street].of(board[: seen[street]], own_hand)

    def walk(node, sequences):
        terminal = tree.terminal_of_node[node]
        if tree.kind_of_node[node] != KIND_DECISION:
            stake = tree.stake_of_terminal[terminal]
            if tree.kind_of_node[node] == KIND_FOLD:
                folded = tree.folded_of_terminal[terminal] >> (1 - seat) & 1
                pay = np.full(len(deals), -stake[1 - seat] if folded else stake[seat])
            else:
                pay = result * stake.min()
            entries.append((sequences[0], sequences[1], pay / len(deals)))
            return
        street, own = tree.street_of_node[node], tree.player_of_node[node] == seat
        of_whom = 0 if own else 1
        infosets = [(node, key(street, own, deal)) for deal in deals]
        below = plans[of_whom].below(infosets, sequences[of_whom], len(tree.children(node)))
        for action, child in enumerate(tree.children(node)):
            after = list(sequences)
            after[of_whom] = below[:, action]
            walk(child, after)

    zero = np.zeros(len(deals), np.int64)
    walk(0, [zero, zero])
    rows, columns, pay = (np.concatenate(parts) for parts in zip(*entries))
    shape = plans[0].sequences, plans[1].sequences
    payoff = coo_array((pay, (rows, columns)), shape=shape).tocsr()
    first, second = (plan.constraints() for plan in plans)
    # min v[0] over plans x and v free, F'v >= A'x.
    nothing = csr_array((first.shape[0], second.shape[0]))
    found = linprog(
        np.eye(1, shape[0] + second.shape[0], shape[0])[0],
        A_ub=hstack([payoff.T, -second.T]).tocsr(),
        b_ub=np.zeros(shape[1]),
        A_eq=hstack([first, nothing]).tocsr(),
        b_eq=np.eye(1, first.shape[0])[0],
        bounds=[(0, None)] * shape[0] + [(None, None)] * second.shape[0],
        method="highs-ipm",
    )
    assert found.success
    return found.fun


@pytest.mark.parametrize("max_raises", [(1, 2), (0, 1, 1)])
def test_it_comes_to_the_least_exploitable_strategy(max_raises):
    policy, buckets = problem(max_raises, EVEN)
    layout, pattern = policy.layout, policy.layout.pattern()
    updater = updater_of(policy)
    flops = list(itertools.combinations(EVEN, 3))
    draw = np.random.default_rng(1)
    table, trunk, strategy = np.zeros(2 * layout.num_pairs), np.zeros(trunk_entries(layout)), np.zeros(layout.num_pairs)
    is_sum = np.concatenate([np.arange(2 * length) >= length for length in np.diff(layout.first_pair_of_row())])
    least = [least_exploitable(policy, buckets, seat) for seat in (0, 1)]

    def above_the_least():
        average = replace(policy, probability=average_policy(layout, table)[0])
        return np.array([enumerated_best_response(average, buckets, 1 - seat) for seat in (0, 1)]) - least

    gaps = [above_the_least()]
    for iteration in range(1500):
        match_rows(table, pattern, strategy)
        updater.play(strategy, trunk)
        delta, of_trunk = np.zeros(table.size, np.int64), np.zeros(trunk.size, np.int64)
        updater.update(np.array(flops[draw.integers(len(flops))]), delta, of_trunk)
        table += np.where(is_sum, (iteration + 1) ** 2, 1) * delta
        trunk += of_trunk
        if iteration in (149, 1499):
            gaps.append(above_the_least())
    assert (np.array(gaps) > -1e-9).all()  # nothing is less exploitable
    assert (gaps[1] < 0.3 * gaps[0]).all() and (gaps[2] < 0.08 * gaps[0]).all()
