"""Strategies of hands that are fixed at decisions of a subgame, as its kernels read them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.subgame.subgame_types import LAST, MIDDLE, UPPER, Locks, Subgame, Sums
from holdem_mpi.subgame.subgame_deck import SubgameDeck
from holdem_mpi.subgame.tree_parts import parts_of


class Lock(NamedTuple):
    """What is fixed at one decision.

    actions: taken from the root of the tree on, in the unit of its rules.
    hands: bool[hand of the deck], those that are locked.
    strategy: float64[hand of the deck, action], rows of probabilities; of the others no matter what.
    cards: of each street after the first that the actions come to, the card dealt; None, or left out: whichever comes.
    """

    actions: tuple[int, ...]
    hands: np.ndarray
    strategy: np.ndarray
    cards: tuple[int | None, ...] = ()


def node_of(tree: PublicTree, actions: Sequence[int]) -> int:
    """The node that actions lead to from the root on."""
    node = 0
    for action in actions:
        node = int(tree.children(node)[tree.actions(node).tolist().index(action)])
    return node


def marks_of(locks: Sequence[Lock], deck: SubgameDeck) -> list[np.ndarray]:
    """float64[hand], several: a renaming of suits that changes none of them changes no lock."""
    marks = []
    for lock in locks:
        marks += [np.where(lock.hands, of_action, -1.0) for of_action in lock.strategy.T]
        marks += [deck.blocked([card]).astype(np.float64) for card in lock.cards if card is not None]
    return marks


def locks_of(tree: PublicTree, game: Subgame, hands_of_player: list[np.ndarray], locks: Sequence[Lock]) -> Locks:
    """The arrays of locks. Of those of one decision later ones count, hand by hand.

    game: whose tree and cards they are for. hands_of_player: hands of the deck, as for ``build_subgame``.
    """
    by_node: dict[int, list[Lock]] = {}
    for lock in locks:
        by_node.setdefault(node_of(tree, lock.actions), []).append(lock)
    of_node = np.full(tree.num_nodes, -1, np.int32)
    at: list[int] = []
    first, hands, shares = [0], [np.zeros(0, np.int32)], [np.zeros((0, int(tree.num_actions().max())), np.float32)]
    part = parts_of(tree)[1]
    for node, of_one in by_node.items():
        of_node[node] = len(at)
        player, known = int(tree.player_of_node[node]), {}
        for dealt in cards_of_places(game, int(part[node])):
            some = tuple(number for number, lock in enumerate(of_one) if _holds(lock, dealt))
            if some and some not in known:
                known[some] = len(first) - 1
                hand, share = _merged([of_one[number] for number in some], hands_of_player[player], shares[0].shape[1])
                hands.append(hand)
                shares.append(share)
                first.append(first[-1] + hand.size)
            at.append(known.get(some, -1))
    return Locks(
        of_node, np.array(at, np.int32), np.array(first, np.int32), np.concatenate(hands), np.concatenate(shares)
    )


def begin_locked(game: Subgame, sums: Sums) -> None:
    """Make the strategies of locked hands those of the sums, so that no iteration sees others."""
    locks, block = game.locks, game.block.tolist()
    first_of_part = {UPPER: 0, LAST: block[UPPER], MIDDLE: block[UPPER] + game.runout_card.size * block[LAST]}
    for node in np.flatnonzero(locks.of_node >= 0).tolist():
        part = UPPER if node in game.upper else MIDDLE if node in game.middle else LAST
        actions, hands = int(np.diff(game.first_row)[node]) - 1, int(game.count[game.player[node]])
        for place in range(len(cards_of_places(game, part))):
            lock = int(locks.at[locks.of_node[node] + place])
            some = slice(locks.first[lock], locks.first[lock + 1])
            start = int(first_of_part[part] + place * block[part] + game.offset[node])
            for table in sums if lock >= 0 else ():
                of_node = table[start : start + actions * hands].reshape(actions, hands)
                of_node[:, locks.hand[some]] = locks.share[some, :actions].T


def cards_of_places(game: Subgame, part: int) -> list[tuple[int, ...]]:
    """The cards dealt each time that a part of the tree comes, as ``Locks.at`` counts them."""
    branches, runouts = game.branch_card.tolist(), game.runout_card.tolist()
    if part == UPPER:
        return [()]
    if part == MIDDLE:
        return [(card,) for card in branches]
    if part == LAST and game.share.size == 1:
        return [(card,) if card >= 0 else () for card in runouts]
    branch_of_runout = np.repeat(np.arange(len(branches)), np.diff(game.first_runout)).tolist()
    return [(branches[branch], card) for branch, card in zip(branch_of_runout, runouts, strict=True)]


def _holds(lock: Lock, dealt: tuple[int, ...]) -> bool:
    return all(card is None or card == there for card, there in zip(lock.cards, dealt, strict=False))


def _merged(locks: list[Lock], hands: np.ndarray, widest: int) -> tuple[np.ndarray, np.ndarray]:
    """(int32[locked], places of locked hands among ``hands``; float32[locked, widest], their probabilities)."""
    locked, strategy = np.zeros(locks[0].hands.shape, bool), np.zeros(locks[0].strategy.shape)
    for lock in locks:
        locked |= lock.hands
        strategy[lock.hands] = lock.strategy[lock.hands]
    places = np.flatnonzero(locked[hands])
    share = np.zeros((places.size, widest), np.float32)
    share[:, : strategy.shape[1]] = strategy[hands[places]]
    return places.astype(np.int32), share
