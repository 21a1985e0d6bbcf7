"""The arrays of a sampled search of three and more players: a street's tree, its leaves on the blueprint's, ranges."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from holdem_mpi.cards import CARDS_OF_HAND
from holdem_mpi.game.rules import FOLD, BettingState
from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.kernels.cards.deal import D_DECK, DECK_TOY, DealTables
from holdem_mpi.kernels.traversal.ring_types import (
    NUM_CONTINUATIONS,
    RING_LEAF,
    RingEnds,
    RingLeaves,
    RingRanges,
    RingSums,
    RingTree,
    RingWork,
)
from holdem_mpi.policy.translation import Place, follow
from holdem_mpi.subgame.ring_blueprint import RingContinuation
from holdem_mpi.subgame.setting_up import look_at_the_clock

# Streets that are kept.
_KEPT = 512


class WalkedTree(NamedTuple):
    """What real betting makes of a searched tree's nodes.

    states: the betting at each node. places: on the blueprint's tree.
    """

    states: list[BettingState]
    places: list[Place]


class RingStreet(NamedTuple):
    """A searched street, whatever the cards: its tree, what was put in, its leaves, and choices at these of one group.

    tree, leaves: with offsets of one group; ``for_groups`` of more.
    """

    tree: RingTree
    ends: RingEnds
    leaves: RingLeaves
    choices: int

    def for_groups(self, num_groups: int) -> tuple[RingTree, RingLeaves]:
        """(tree, leaves) where hands are of so many groups."""
        offset = np.where(self.leaves.offset >= 0, self.leaves.offset * num_groups, -1)
        return self.tree._replace(offset=self.tree.offset * num_groups), self.leaves._replace(offset=offset)


def ring_street(
    tree: PublicTree,
    state: BettingState,
    place: Place,
    continuation: RingContinuation,
    line: Sequence[int] = (),
    every: bool = False,
) -> RingStreet:
    """The street of ``tree`` from ``state`` on, which stands at ``place`` of the blueprint's tree.

    line: actions from the root to the decision that is sought. every: whether average strategies are kept of all
    decisions, else of that one. Kept for roots that come again: it takes 30 us a node.
    """
    key = state, place.node, tuple(line), every, tree.action_of_edge.tobytes()
    if key not in continuation.streets:
        ways = _walked(tree, state, place, continuation)
        of_tree = _ring_tree(tree, ways, line, every)
        leaves, choices = _leaves(of_tree, ways, continuation)
        continuation.streets[key] = RingStreet(of_tree, _ends(ways), leaves, choices)
        if len(continuation.streets) > _KEPT:
            continuation.streets.popitem(last=False)
    return continuation.streets[key]


def _walked(tree: PublicTree, state: BettingState, place: Place, continuation: RingContinuation) -> WalkedTree:
    """Every node's state and place; bets that the blueprint's tree lacks are taken for the likelier one."""
    states, places = [state] * tree.num_nodes, [place] * tree.num_nodes
    own = continuation.blueprint.tree
    for node in range(tree.num_nodes):
        at, there = states[node], places[node]
        look_at_the_clock()
        for child, action in zip(tree.children(node).tolist(), tree.actions(node).tolist()):
            states[child] = at.apply(action)
            places[child] = follow(own, there, at, action, 0.5) if there.node >= 0 else there
    return WalkedTree(states, places)


def _ring_tree(tree: PublicTree, ways: WalkedTree, line: Sequence[int], every: bool) -> RingTree:
    nodes = tree.num_nodes
    kind = tree.kind_of_node.copy()
    goes_on = np.array([not state.is_over for state in ways.states])
    kind[(tree.kind_of_node != KIND_DECISION) & goes_on] = RING_LEAF
    actions = np.where(kind == KIND_DECISION, tree.num_actions(), 0)
    leaf = np.full(nodes, -1, np.int32)
    leaf[kind == RING_LEAF] = np.arange((kind == RING_LEAF).sum())
    on_line, at = np.full(nodes, -1, np.int32), 0
    for action in line:
        on_line[at] = tree.actions(at).tolist().index(action)
        at = int(tree.children(at)[on_line[at]])
    above, taken = _own_above(tree)
    return RingTree(
        kind=kind,
        player=tree.player_of_node,
        first_edge=tree.first_edge_of_node.astype(np.int32),
        child=tree.child_of_edge.astype(np.int32),
        gives_up=(tree.action_of_edge == FOLD).astype(np.uint8),
        offset=np.cumsum(actions) - actions,
        line=on_line,
        leaf=leaf,
        own_above=above,
        own_action=taken,
        averaged=np.flatnonzero(kind == KIND_DECISION) if every else np.array([at]),
        valued=np.array([at]),
    )


def _own_above(tree: PublicTree) -> tuple[np.ndarray, np.ndarray]:
    """(own_above, own_action) of ``RingTree``."""
    above, taken = np.full(tree.num_nodes, -1, np.int32), np.full(tree.num_nodes, -1, np.int32)
    last: list[dict[int, tuple[int, int]]] = [{} for _ in range(tree.num_nodes)]
    for node in range(tree.num_nodes):
        if tree.kind_of_node[node] != KIND_DECISION:
            continue
        player = int(tree.player_of_node[node])
        above[node], taken[node] = last[node].get(player, (-1, -1))
        for action, child in enumerate(tree.children(node).tolist()):
            last[child] = last[node] | {player: (node, action)}
    return above, taken


def _ends(ways: WalkedTree) -> RingEnds:
    folded = [sum(1 << seat for seat, out in enumerate(state.folded) if out) for state in ways.states]
    return RingEnds(np.array([state.stakes for state in ways.states]), np.array(folded, np.uint8))


def _leaves(tree: RingTree, ways: WalkedTree, continuation: RingContinuation) -> tuple[RingLeaves, int]:
    """(leaves, entries of their choices), of one group."""
    own, players = continuation.blueprint.tree, len(ways.states[0].folded)
    nodes = np.flatnonzero(tree.kind == RING_LEAF)
    record, scale = np.full(nodes.size, -1, np.int64), np.ones(nodes.size)
    before, offset = np.zeros((nodes.size, players)), np.full((nodes.size, players), -1, np.int64)
    entries = 0
    for leaf, node in enumerate(nodes.tolist()):
        state, place = ways.states[node], ways.places[node]
        if place.node < 0 or own.kind_of_node[place.node] != KIND_DECISION or place.state.folded != state.folded:
            continue
        record[leaf] = continuation.record_of_node[place.node]
        scale[leaf], before[leaf] = state.pot / place.state.pot, place.state.stakes
        for seat in range(players):
            if not state.folded[seat] and not place.state.is_all_in(seat):
                offset[leaf, seat] = entries
                entries += NUM_CONTINUATIONS
    return RingLeaves(record, scale, before, offset), entries


def ring_ranges(
    weight: np.ndarray, board: Sequence[int], tables: DealTables, group: np.ndarray, players: Sequence[int]
) -> RingRanges:
    """Ranges as draws take them. weight: float64[player, hand], zero for hands on the board; players: who decides or
    chooses. ValueError where a range is empty.
    """
    hands = [np.flatnonzero(of_player > 0) for of_player in weight]
    if not all(of_player.size for of_player in hands):
        raise ValueError("no hands of the ranges can meet")
    most = max(of_player.size for of_player in hands)
    hand, cumulative = np.zeros((len(hands), most), np.int32), np.zeros((len(hands), most))
    for player, of_player in enumerate(hands):
        hand[player, : of_player.size] = of_player
        cumulative[player, : of_player.size] = np.cumsum(weight[player, of_player])
    toy = tables.shape[D_DECK] == DECK_TOY
    cards = np.arange(weight.shape[1])[:, None] if toy else CARDS_OF_HAND
    return RingRanges(
        hand=hand,
        cumulative=cumulative,
        count=np.array([of_player.size for of_player in hands]),
        cards=np.ascontiguousarray(cards, np.int64),
        mask=np.bitwise_or.reduce(np.uint64(1) << cards.astype(np.uint64), axis=1),
        group=np.maximum(group, 0).astype(np.int32),
        board=np.array(board, np.int64),
        players=np.array(players, np.int64),
    )


def ring_sums(tree: RingTree, choices: int, num_groups: int) -> RingSums:
    """Regrets, strategy sums and root values before the first iteration, zero: float64, ``num_groups`` entries for each
    action of a decision of ``tree``, and ``choices`` regrets for what is done from leaves on.
    """
    actions = np.diff(tree.first_edge)
    entries = int((actions * num_groups)[tree.kind == KIND_DECISION].sum())
    valued = int(actions[tree.valued[0]])
    return RingSums(
        np.zeros(entries), np.zeros(entries), np.zeros(choices), np.zeros((num_groups, valued)), np.zeros(num_groups)
    )


def ring_work(tree: RingTree, players: int, widest: int) -> RingWork:
    """RingWork for traversals of ``tree``, and of a blueprint with at most ``widest`` actions."""
    nodes, actions = tree.kind.size, max(int(np.diff(tree.first_edge).max()), widest, NUM_CONTINUATIONS)
    return RingWork(
        stream=np.zeros(10, np.uint64),
        visited=np.zeros(nodes, np.int64),
        below=np.zeros(nodes, np.int64),
        value=np.zeros(nodes),
        share=np.zeros(nodes),
        sigma=np.zeros((nodes, actions)),
        group=np.zeros(players, np.int64),
        choice=np.zeros(players, np.int64),
        scratch=np.zeros(actions),
        sigma_of_choice=np.zeros(NUM_CONTINUATIONS),
        value_of_choice=np.zeros(NUM_CONTINUATIONS),
    )
