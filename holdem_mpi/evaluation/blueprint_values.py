"""Blueprints' own values as AIVAT's value function: pair tables before the last street, exact ranges on it."""

import functools
import itertools
from collections.abc import Hashable

import numpy as np

from holdem_mpi.evaluation.aivat import PublicState
from holdem_mpi.evaluation.pair_values import PairValues
from holdem_mpi.game.deck import Board, Deck
from holdem_mpi.game.rules import BettingState
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.kernels.cards.isomorphism import build_indexer, index_board, indexer_size, unindex_hand
from holdem_mpi.kernels.values.range_values import PairTable, add_boards, value_boards
from holdem_mpi.kernels.values.subtree_value import subtree_value
from holdem_mpi.policy.translation import Place, follow, start_place

# Values kept: of boards to come after preflop betting, and after later betting, where one hand asks a few times.
_FLOPS_KEPT, _TURNS_KEPT = 512, 16


class BlueprintValues:
    """The value function of AIVAT out of PairValues.

    leading: the seat whose range is averaged over its groups first; one whose strategy is known.
    """

    def __init__(self, values: PairValues, deck: Deck, leading: int = 0) -> None:
        self._values, self._deck, self._leading = values, deck, leading
        self._tree = values.blueprints[0].tree
        self._tables = values.blueprints[0].tables
        policies = [np.asarray(blueprint.policy.probability).view() for blueprint in values.blueprints]
        for policy in policies:
            policy.flags.writeable = False
        self._policies = tuple(policies)
        self._expected_flop = functools.lru_cache(_FLOPS_KEPT)(self._sum_flops)
        self._expected_card = functools.lru_cache(_TURNS_KEPT)(self._mean_of_cards)
        self._table = functools.lru_cache(4096)(self._pair_table)

    def start(self) -> Place:
        """The place of the root of the blueprints' tree."""
        return start_place(self._tree)

    def follow(self, memo: Place, state: BettingState, action: int, u: float) -> Place:
        """The place on the tree of the blueprints after ``action`` was taken in ``state``."""
        return follow(self._tree, memo, state, action, u)

    def value(self, public: PublicState) -> float:
        """Seat 0's chips if both play on by the blueprints; on the last street exact for these ranges."""
        node, factor = self._place(public)
        street = self._deck.seen.index(len(public.board))
        if node < 0 or street < self._tree.num_streets - 1:
            return self.dealt(public)
        buckets = np.stack([blueprint.buckets(street, public.board) for blueprint in self._values.blueprints])
        ranked = self._deck.ranked(public.board)
        return factor * subtree_value(self._values.last_street, self._policies, buckets, ranked, public.reach, node)

    def _place(self, public: PublicState) -> tuple[int, float]:
        """(decision node, chips of a chip of its values), or (-1, stake) off the tree and where only cards follow."""
        node, state = public.memo.node, public.state
        if state.is_over or node < 0 or self._tree.kind_of_node[node] != KIND_DECISION:
            return -1, min(state.stakes)
        return node, state.pot / public.memo.state.pot

    def _pair_table(self, node: int, street: int) -> PairTable:
        values = self._values.equity[street] if node < 0 else self._values.value_of_node[node]
        values = values if self._leading == 0 else np.ascontiguousarray(values.T)
        return PairTable(self._values.group_of_bucket[street], values)

    def dealt(self, public: PublicState) -> float:
        """Seat 0's chips by the tables, for the board that lies there."""
        node, factor = self._place(public)
        board, reach = np.array([public.board], np.int64), self._ordered(public.reach)
        street = self._deck.seen.index(len(public.board))
        out = np.empty((1, 2))
        value_boards(self._tables, street, board, self._deck.cards, reach, self._table(node, street), out)
        return factor * float(out[0, 0])

    def _ordered(self, reach: np.ndarray) -> np.ndarray:
        return reach if self._leading == 0 else np.ascontiguousarray(reach[::-1])

    def expected(self, public: PublicState) -> float:
        """Mean of ``dealt`` over the next board, kept for ranges that come again."""
        node, factor = self._place(public)
        reach = self._ordered(public.reach)
        street = self._deck.seen.index(len(public.board)) + 1
        if self._deck.seen[street] - len(public.board) == 1:
            return factor * self._expected_card(node, public.board, reach.tobytes())
        sums = self._expected_flop(node, street, reach[0].tobytes())
        return factor * float(reach[1] @ sums[0] / (reach[1] @ sums[1]))

    def _mean_of_cards(self, node: int, board: Board, reach: bytes) -> float:
        boards = self._deck.next_boards(board)
        street = self._deck.seen.index(boards.shape[1])
        out = np.empty((len(boards), 2))
        ranges = np.frombuffer(reach).reshape(2, -1)
        value_boards(self._tables, street, boards, self._deck.cards, ranges, self._table(node, street), out)
        return float(out[:, 0] @ out[:, 1] / out[:, 1].sum())

    def _sum_flops(self, node: int, street: int, reach: bytes) -> np.ndarray:
        """float64[2, hand]: weight times value, and weight, of each hand of the other player, over all flops."""
        leading = np.frombuffer(reach)
        class_of_hand = self._tables.class_of_hand.astype(np.int64)
        size = np.bincount(class_of_hand)
        mean = (np.bincount(class_of_hand, leading) / size)[class_of_hand]
        symmetric = np.allclose(mean, leading, rtol=1e-12, atol=0.0)
        boards, orbits = _canonical_flops() if symmetric else _all_flops()
        sums = np.zeros((2, self._deck.num_hands))
        add_boards(self._tables, street, boards, orbits, self._deck.cards, leading, self._table(node, street), sums)
        if symmetric:
            # A renamed flop gives the renamed hand what the canonical one gives the hand: so hands of a class share.
            sums = np.stack([(np.bincount(class_of_hand, row) / size)[class_of_hand] for row in sums])
        return sums


class MeanValues:
    """The mean of several value functions, for players whose blueprints have trees or buckets of their own."""

    def __init__(self, parts: tuple[BlueprintValues, ...]) -> None:
        self._parts = parts

    def start(self) -> Hashable:
        """What the parts remember, one after another."""
        return tuple(part.start() for part in self._parts)

    def follow(self, memo: Hashable, state: BettingState, action: int, u: float) -> Hashable:
        """What the parts remember, one after another."""
        return tuple(part.follow(each, state, action, u) for part, each in zip(self._parts, memo))

    def _mean(self, name: str, public: PublicState) -> float:
        values = [getattr(part, name)(public._replace(memo=memo)) for part, memo in zip(self._parts, public.memo)]
        return sum(values) / len(values)

    def value(self, public: PublicState) -> float:
        """The mean over the parts of their ``value``."""
        return self._mean("value", public)

    def dealt(self, public: PublicState) -> float:
        """The mean over the parts of their ``dealt``."""
        return self._mean("dealt", public)

    def expected(self, public: PublicState) -> float:
        """The mean over the parts of their ``expected``."""
        return self._mean("expected", public)


@functools.cache
def _all_flops() -> tuple[np.ndarray, np.ndarray]:
    """(int64[22100, 3], every flop; 22,100 ones): what ``_canonical_flops`` is for ranges without symmetry."""
    boards = np.array(list(itertools.combinations(range(52), 3)), np.int64)
    return boards, np.ones(len(boards))


@functools.cache
def _canonical_flops() -> tuple[np.ndarray, np.ndarray]:
    """(int64[1755, 3], how many flops each stands for)."""
    indexer = build_indexer((3,))
    suits = np.zeros(4, np.uint8)
    orbits = np.bincount([index_board(indexer, flop, suits) for flop in _all_flops()[0]]).astype(np.float64)
    boards = np.empty((indexer_size(indexer), 3), np.int64)
    for index, board in enumerate(boards):
        unindex_hand(indexer, index, board)
    return boards, orbits
