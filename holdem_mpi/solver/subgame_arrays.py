"""The arrays of a subgame: its tree, its hands, the cards to come, and which of those stand for others."""

import itertools

import numpy as np

from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_FOLD, KIND_SHOWDOWN
from holdem_mpi.kernels.subgame_arrays import E_FOLD, E_ROW, E_SHOWDOWN, Subgame
from holdem_mpi.solver.subgame_deck import SubgameDeck, holdem_deck


def permuted_hands(suits: tuple[int, ...]) -> np.ndarray:
    """int64[1326], the hand of hold'em that each becomes when suit s is renamed ``suits[s]``."""
    return holdem_deck().renamed_hands(suits)


def symmetries_of(board: list[int], ranges: np.ndarray, deck: SubgameDeck) -> list[tuple[int, ...]]:
    """Renamings of suits that change neither the board nor the ranges, the identity first."""
    found = []
    for suits in itertools.permutations(range(deck.suits)):
        if {deck.renamed_card(card, suits) for card in board} != set(board):
            continue
        if all((of_player[deck.renamed_hands(suits)] == of_player).all() for of_player in ranges):
            found.append(suits)
    return found


def runouts_of(
    board: list[int], ranges: np.ndarray, deck: SubgameDeck | None = None
) -> dict[int, dict[int, tuple[int, ...]]]:
    """{card to come: {each card that it stands for: the renaming that leads there}}; {-1: ...} on a full board.

    deck: hold'em's by default.
    """
    deck = deck or holdem_deck()
    if len(board) == deck.complete:
        return {-1: {-1: tuple(range(deck.suits))}}
    symmetries, standing, seen = symmetries_of(board, ranges, deck), {}, set(board)
    for card in range(deck.num_cards):
        if card not in seen:
            images: dict[int, tuple[int, ...]] = {}
            for suits in symmetries:
                images.setdefault(deck.renamed_card(card, suits), suits)
            standing[card] = images
            seen |= images.keys()
    return standing


def build_subgame(
    tree: PublicTree,
    board: list[int],
    hands_of_player: list[np.ndarray],
    standing: dict[int, dict[int, tuple[int, ...]]],
    deck: SubgameDeck | None = None,
) -> Subgame:
    """The arrays of a subgame. hands_of_player: the deck's hands (0..1325 in hold'em, the default) of each player;
    standing: ``runouts_of``.
    """
    deck = deck or holdem_deck()
    most = max(hands.size for hands in hands_of_player)
    decision, show = tree.kind_of_node == KIND_DECISION, tree.kind_of_node == KIND_SHOWDOWN
    last = len(board) == deck.complete
    deep = tree.street_of_node == tree.num_streets - 1
    above = np.where(tree.parent_of_node < 0, 0, tree.parent_of_node)
    starts = np.zeros(tree.num_nodes, bool)
    if last:
        starts[0] = True
    else:
        starts = (deep & ~deep[above] & (tree.kind_of_node != KIND_FOLD)) | (show & ~deep)
        # A fold keeps the street of the decision before it.
    end = _subtree_ends(tree)
    below = np.zeros(tree.num_nodes, bool)
    for entry in np.flatnonzero(starts):
        below[entry : end[entry]] = True
    offset, block = _offsets(tree, hands_of_player, decision, below)
    reach_row, source = _reach_rows(tree, np.flatnonzero(starts))
    ends, num_ends = _ends(tree, below, reach_row)
    order, strength, live = _rank(board, hands_of_player, list(standing), deck)
    player = tree.player_of_node.copy()
    folds = tree.kind_of_node == KIND_FOLD
    player[folds] = (tree.folded_of_terminal[tree.terminal_of_node[folds]] >> 1) & 1
    stake = np.zeros(tree.num_nodes, np.float32)
    stake[~decision] = tree.stake_of_terminal[tree.terminal_of_node[~decision]].min(axis=1)
    index, card, twin = _cards(hands_of_player, deck)
    images = [suits for of_card in standing.values() for suits in of_card.values()]
    image = np.zeros((len(images), 2, most), np.int32)
    for number, suits in enumerate(images):
        renamed = deck.renamed_hands(suits)
        for seat, hands in enumerate(hands_of_player):
            image[number, seat, : hands.size] = index[seat, renamed[hands]]
    return Subgame(
        kind=tree.kind_of_node,
        player=player,
        first_edge=tree.first_edge_of_node.astype(np.int32),
        child=tree.child_of_edge.astype(np.int32),
        end=end,
        stake=stake,
        offset=offset,
        reach_row=reach_row,
        entry=np.flatnonzero(starts).astype(np.int32),
        source=source,
        upper=np.flatnonzero(~below).astype(np.int32),
        count=np.array([hands.size for hands in hands_of_player], np.int32),
        card=card,
        twin=twin,
        block=block,
        ends=ends,
        num_ends=num_ends,
        order=order,
        strength=strength,
        live=live,
        runout_card=np.array(list(standing), np.int32),
        first_image=np.cumsum([0] + [len(of_card) for of_card in standing.values()]).astype(np.int32),
        image=image,
    )


def _cards(hands_of_player: list[np.ndarray], deck: SubgameDeck) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(int32[player, hand of the deck], place of each hand or -1; card and twin: see ``Subgame``)."""
    most = max(hands.size for hands in hands_of_player)
    index = np.full((2, len(deck.card)), -1, np.int32)
    card, twin = np.zeros((2, most, 2), np.int32), np.full((2, most), -1, np.int32)
    for seat, hands in enumerate(hands_of_player):
        index[seat, hands] = np.arange(hands.size)
        card[seat, : hands.size] = deck.card[hands]
    for seat, hands in enumerate(hands_of_player):
        twin[seat, : hands.size] = index[1 - seat, hands]
    return index, card, twin


def _offsets(
    tree: PublicTree, hands_of_player: list[np.ndarray], decision: np.ndarray, below: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(int64[node], int64[2]): where each decision's sums lie in its block, and the sizes of both blocks."""
    count = np.array([hands.size for hands in hands_of_player])
    size = np.where(decision, tree.num_actions() * count[np.where(decision, tree.player_of_node, 0)], 0)
    offset, block = np.zeros(tree.num_nodes, np.int64), np.zeros(2, np.int64)
    for number, part in enumerate((~below, below)):
        sizes = np.where(part, size, 0)
        offset[part] = (np.cumsum(sizes) - sizes)[part]
        block[number] = sizes.sum()
    return offset, block


def _reach_rows(tree: PublicTree, entries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(int32[player, node], int32[player, entry]): see ``Subgame``."""
    row = np.zeros((2, tree.num_nodes), np.int32)
    source = np.zeros((2, entries.size), np.int32)
    number_of_entry = {int(entry): number for number, entry in enumerate(entries)}
    for player in range(2):
        for node in range(tree.num_nodes):
            above = tree.parent_of_node[node]
            if above >= 0:
                moved = tree.player_of_node[above] != player
                row[player, node] = node if moved else row[player, above]
            if node in number_of_entry:
                source[player, number_of_entry[node]] = row[player, node]
                row[player, node] = tree.num_nodes + number_of_entry[node]
    return row, source


def _ends(tree: PublicTree, below: np.ndarray, reach_row: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(ends, num_ends): see ``Subgame``. A row comes to one decision at most, so to one fold and one showdown."""
    ends = np.full((2, 2, tree.num_nodes, 3), -1, np.int32)
    num_ends = np.zeros((2, 2), np.int32)
    for player in range(2):
        place_of_row: dict[tuple[int, int], int] = {}
        for node in np.flatnonzero(tree.kind_of_node != KIND_DECISION):
            part, row = int(below[node]), int(reach_row[player, node])
            place = place_of_row.setdefault((part, row), int(num_ends[part, player]))
            num_ends[part, player] = max(num_ends[part, player], place + 1)
            kind = E_FOLD if tree.kind_of_node[node] == KIND_FOLD else E_SHOWDOWN
            ends[part, player, place, E_ROW] = row
            ends[part, player, place, kind] = node
    return ends, num_ends


def _rank(
    board: list[int], hands_of_player: list[np.ndarray], cards: list[int], deck: SubgameDeck
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(order, strength, live): see ``Subgame``."""
    most = max(hands.size for hands in hands_of_player)
    order, strength = np.zeros((len(cards) + 1, 2, most), np.int32), np.zeros((len(cards) + 1, 2, most), np.int32)
    live = np.zeros((len(cards) + 1, 2), np.int32)
    order[-1], live[-1] = np.arange(most), [hands.size for hands in hands_of_player]
    for number, card in enumerate(cards):
        group_of_hand = deck.groups(board + ([card] if card >= 0 else []))
        for player, hands in enumerate(hands_of_player):
            group = group_of_hand[hands]
            places = np.argsort(group, kind="stable")
            blocked = int((group < 0).sum())  # these come first
            live[number, player] = places.size - blocked
            order[number, player, : places.size] = np.roll(places, -blocked)
            strength[number, player, : places.size - blocked] = group[places[blocked:]]
    return order, strength, live


def _subtree_ends(tree: PublicTree) -> np.ndarray:
    """int32[node], the first node after each subtree."""
    end = np.arange(1, tree.num_nodes + 1, dtype=np.int32)
    for node in range(tree.num_nodes - 1, 0, -1):
        above = tree.parent_of_node[node]
        end[above] = max(end[above], end[node])
    return end
