"""Hold'em with a few cards: its layouts, random policies and buckets, and best responses by plain enumeration."""

import itertools

import numpy as np
import phevaluator

from holdem_mpi.best_response.policy_on_cards import PolicyOnCards
from holdem_mpi.cards import CLASS_OF_HAND, hand_of_cards
from holdem_mpi.game.betting import limit_menu
from holdem_mpi.game.layout import build_layout
from holdem_mpi.game.rules import Rules
from holdem_mpi.game.tree import build_tree
from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_FOLD
from holdem_mpi.kernels.cards.isomorphism import build_indexer, index_board, index_hand, indexer_size

BUCKETS = 7


def layout_of(max_raises, stacks=(1000, 1000), buckets=None):
    streets = len(max_raises)
    rules = Rules(
        stacks=stacks,
        blinds=(2, 1),
        betting="fixed_limit",
        board_cards=(0, 3, 1, 1)[:streets],
        raise_sizes=(2, 2, 4, 4)[:streets],
        max_raises=max_raises,
    )
    return build_layout(build_tree(rules, limit_menu), buckets or (169,) + (BUCKETS,) * (streets - 1))


def random_policy(layout, seed, dtype=np.float64):
    """Every row another point of the simplex, a third of them at a corner."""
    generator = np.random.default_rng(seed)
    first = layout.first_pair_of_row()
    probability = np.empty(layout.num_pairs)
    for start, end in itertools.pairwise(first):
        corner = generator.random() < 0.3
        count = end - start
        probability[start:end] = (
            np.eye(count)[generator.integers(count)] if corner else generator.dirichlet(np.ones(count))
        )
    return probability.astype(dtype)


class Buckets:
    """A random bucket for every deal of board and hand up to a renaming of suits."""

    def __init__(self, seen, seed, buckets=BUCKETS):
        self.whole, self.board = build_indexer((seen, 2)), build_indexer((seen,))
        self.bucket_of_deal = np.random.default_rng(seed).integers(0, buckets, indexer_size(self.whole))

    def of(self, board, hand):
        return self.bucket_of_deal[index_hand(self.whole, np.array([*board, *hand]))]

    def table(self, boards, dtype=np.uint16):
        """[board_iso, 1326], filled for ``boards`` alone."""
        table = np.zeros((indexer_size(self.board), 1326), dtype)
        suit_map = np.empty(4, np.uint8)
        for board in boards:
            row = index_board(self.board, np.array(board), suit_map)
            live = {4 * (card >> 2) + suit for card in range(52) for suit in range(4)} - set(board)
            for hand in itertools.combinations(sorted(live & self.deck), 2):
                renamed = [(card & ~3) + int(suit_map[card & 3]) for card in hand]
                table[row, hand_of_cards(*renamed)] = self.of(board, hand)
        return table


def policy_on_cards(layout, deck, seed):
    """(PolicyOnCards with random strategy and buckets, Buckets by street)."""
    tables, buckets = [np.zeros((0, 1326), np.uint16)], [None]
    for seen in np.cumsum(layout.tree.rules.board_cards)[1:]:
        of_street = Buckets(int(seen), seed + int(seen), layout.num_buckets[1])
        of_street.deck = set(deck)
        buckets.append(of_street)
        tables.append(of_street.table(itertools.combinations(deck, int(seen))))
    policy = PolicyOnCards(layout, random_policy(layout, seed), CLASS_OF_HAND, tuple(tables), tuple(deck))
    return policy, buckets


def deals_of(deck, cards):
    """(hand, other's hand, board of so many cards) of every deal, the flop's cards in order."""
    for own in itertools.combinations(deck, 2):
        for other in itertools.combinations(sorted(set(deck) - set(own)), 2):
            left = sorted(set(deck) - set(own) - set(other))
            for flop in itertools.combinations(left, 3):
                for rest in itertools.permutations(sorted(set(left) - set(flop)), cards - 3):
                    yield own, other, flop + rest


def enumerated_best_response(policy, buckets, player):
    """The best response's chips a hand: every deal by itself, the responder's infosets told apart by what he sees."""
    layout, tree, deck = policy.layout, policy.layout.tree, policy.deck
    seen = np.cumsum(tree.rules.board_cards)
    infosets, bucket_of_deal, result = [[] for _ in seen], [[] for _ in seen], []
    deals = list(deals_of(deck, int(seen[-1])))
    number, cached, shown = {}, {}, {}
    for own, other, board in deals:
        for street, cards in enumerate(seen):
            visible = board[:cards]
            infosets[street].append(number.setdefault((own, visible), len(number)))
            key = other, visible
            if key not in cached:
                if street:
                    cached[key] = buckets[street].of(visible, other)
                else:
                    cached[key] = policy.class_of_hand[hand_of_cards(*other)]
            bucket_of_deal[street].append(cached[key])
        for hand in (own, other):
            key = hand, tuple(sorted(board))
            if key not in shown:
                shown[key] = -phevaluator.evaluate_cards(*hand, *board)
        result.append(np.sign(shown[own, tuple(sorted(board))] - shown[other, tuple(sorted(board))]))
    infosets, bucket_of_deal, result = np.array(infosets), np.array(bucket_of_deal), np.array(result)

    def walk(node, reach):
        terminal = tree.terminal_of_node[node]
        if tree.kind_of_node[node] != KIND_DECISION:
            stake = tree.stake_of_terminal[terminal]
            if tree.kind_of_node[node] == KIND_FOLD:
                folded = tree.folded_of_terminal[terminal] >> player & 1
                return reach * (-stake[player] if folded else stake[1 - player])
            return reach * result * stake.min()
        street = tree.street_of_node[node]
        if tree.player_of_node[node] != player:
            sigma = policy.probability[layout.pairs_of_node(node)][bucket_of_deal[street]]
            return sum(walk(child, reach * sigma[:, action]) for action, child in enumerate(tree.children(node)))
        values = np.stack([walk(child, reach) for child in tree.children(node)])
        totals = np.stack([np.bincount(infosets[street], row, len(number)) for row in values])
        return np.take_along_axis(values, totals.argmax(axis=0)[infosets[street]][None], axis=0)[0]

    return walk(0, np.full(len(deals), 1 / len(deals))).sum()


def small_deck(ranks, suits):
    return [4 * rank + suit for rank in ranks for suit in suits]
