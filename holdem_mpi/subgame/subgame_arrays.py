"""The arrays of a subgame: its tree, its hands, the cards to come, and which of those stand for others."""

import itertools
from collections.abc import Iterable, Sequence

import numpy as np

from holdem_mpi.game.tree import PublicTree
from holdem_mpi.game.tree_size import TreeSize, size_of
from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_FOLD, KIND_SHOWDOWN
from holdem_mpi.kernels.simd import WIDTH as BLOCK
from holdem_mpi.kernels.subgame.subgame_types import (
    E_SHOWDOWN,
    LAST,
    MIDDLE,
    NUM_WEIGHTS,
    UPPER,
    WIDTH,
    Locks,
    Subgame,
    SubgameWorkspace,
)
from holdem_mpi.subgame.rake import NO_RAKE, Rake
from holdem_mpi.subgame.strengths import Standing, rank_all
from holdem_mpi.subgame.subgame_deck import SubgameDeck, holdem_deck
from holdem_mpi.subgame.tree_parts import (
    counts_of,
    deals_of,
    ends_of,
    families_of,
    offsets_of,
    parts_of,
    reach_rows_of,
    subtree_ends,
)


def symmetries_of(board: list[int], ranges: Iterable[np.ndarray], deck: SubgameDeck) -> list[tuple[int, ...]]:
    """Renamings of suits that change neither the board nor the ranges, the identity first."""
    found = []
    for suits in itertools.permutations(range(deck.suits)):
        if {deck.renamed_card(card, suits) for card in board} != set(board):
            continue
        if all((of_player[deck.renamed_hands(suits)] == of_player).all() for of_player in ranges):
            found.append(suits)
    return found


def runouts_of(board: list[int], ranges: np.ndarray, deck: SubgameDeck | None = None) -> Standing:
    """The next cards to come that are kept, and those that they stand for; {-1: {-1: ...}} on a complete board.

    deck: hold'em's by default.
    """
    deck = deck or holdem_deck()
    if len(board) == deck.complete:
        return {-1: {-1: tuple(range(deck.suits))}}
    return _standing(board, symmetries_of(board, ranges, deck), deck)


def later_runouts_of(board: list[int], ranges: np.ndarray, deck: SubgameDeck | None = None) -> dict[int, Standing]:
    """On a flop, what may come after each card of ``runouts_of``: under the renamings that change neither that card,
    nor board and ranges. (One that exchanges it with a card of the board would not keep what was done before.)
    """
    deck = deck or holdem_deck()
    symmetries = symmetries_of(board, ranges, deck)
    later = {}
    for card in runouts_of(board, ranges, deck):
        kept = [suits for suits in symmetries if suits[card % deck.suits] == card % deck.suits]
        later[card] = _standing([*board, card], kept, deck)
    return later


def _standing(board: list[int], symmetries: list[tuple[int, ...]], deck: SubgameDeck) -> Standing:
    standing: Standing = {}
    seen = set(board)
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
    standing: Standing,
    later: dict[int, Standing],
    deck: SubgameDeck | None = None,
    own: range | None = None,
    rake: Rake = NO_RAKE,
) -> Subgame:
    """The arrays of a subgame. hands_of_player: the deck's hands (0..1325 in hold'em, the default) of each player;
    standing: ``runouts_of``; later: ``later_runouts_of`` where two cards are to come, else empty. own: which cards of
    ``standing``, by place, have their branches here; default all.
    """
    deck = deck or holdem_deck()
    decision = tree.kind_of_node == KIND_DECISION
    entries, part = parts_of(tree)
    count = counts_of(hands_of_player)
    offset, block = offsets_of(tree, count, decision, part)
    reach_row, sources = reach_rows_of(tree, entries)
    player, stake, taken = _players_and_stakes(tree, decision, rake)
    own = range(len(standing)) if own is None else own
    here = {card: images for place, (card, images) in enumerate(standing.items()) if place in own}
    later = {card: later[card] for card in here} if later else {}
    order, strength, live = rank_all(board, hands_of_player, here, later, deck)
    index, card, twin = _cards(hands_of_player, deck)
    runouts = list(later.values()) if deals_of(tree) == 2 else [{card: images} for card, images in here.items()]
    return Subgame(
        kind=tree.kind_of_node.copy(),  # writeable: kernels are compiled for such arrays
        **families_of(tree, reach_row),
        end=subtree_ends(tree),
        player=player,
        rake=taken,
        offset=offset,
        block=block,
        upper=np.flatnonzero(part == UPPER).astype(np.int32),
        middle=np.flatnonzero(part == MIDDLE).astype(np.int32),
        entry=entries[0],
        source=sources[0],
        last_entry=entries[-1],
        last_source=sources[-1],
        count=count,
        card=card,
        twin=twin,
        **ends_of(tree, part, reach_row, stake, taken),
        order=order,
        strength=strength,
        live=live,
        branch_card=np.array(list(here), np.int32),
        runout_card=np.array([card for of_branch in runouts for card in of_branch], np.int32),
        first_runout=_firsts(runouts),
        own=np.array(own, np.int64),
        every_branch=np.arange(len(standing)),
        every_entry=np.arange(entries[0].size, dtype=np.int32),
        share=_shares(board, deals_of(tree), deck),
        locks=_no_locks(tree),
        **_images(standing, runouts, hands_of_player, index, deck),
    )


def workspace_of(game: Subgame) -> SubgameWorkspace:
    """Scratch for sweeps over a subgame."""
    nodes, starts, last_starts = game.kind.size, game.entry.size, game.last_entry.size
    most, renamings, widest = int(game.count.max()), len(game.renamed), int(np.diff(game.first_row).max()) - 1
    return SubgameWorkspace(
        reach=np.zeros((nodes + starts + last_starts, most), np.float32),
        value=np.zeros((nodes + 1, most), np.float32),
        passed=np.zeros((game.every_branch.size, starts, most), np.float32),
        total=np.zeros((renamings, starts, most), np.float32),
        last_total=np.zeros((renamings, last_starts, most), np.float32),
        scratch=np.zeros((2, most), np.float32),
        weight=np.zeros(NUM_WEIGHTS, np.float32),
        unkept=np.zeros(widest * most, np.float32),
        side_by_side=np.zeros((most, WIDTH), np.float32),
        by_card=np.zeros((53, WIDTH)),
        gain=np.zeros((most, WIDTH), np.float32),
        every=np.zeros((most, WIDTH), np.float32),
    )


def showdown_of(game: Subgame) -> Subgame:
    """The same hands and cards to come, and one node, where all cards are dealt and hands are shown."""
    only, none, row = np.zeros(1, np.int32), np.zeros((2, 1), np.int32), game.share.size
    return game._replace(
        kind=np.array([KIND_SHOWDOWN], np.uint8),
        player=np.array([-1], np.int8),
        first_row=np.array([0, 1], np.int32),
        row=only,
        sent=none + row,
        end=only + 1,
        rake=np.zeros(0, np.float32),
        **_one_end(row),
        num_ends=np.array([[[0, 0, 0]] * 2, [[1, 1, 1]] * 2, [[0, 0, 0]] * 2], np.int32),
        entry=only,
        every_entry=only,
        source=none,
        last_entry=only,
        last_source=none + row - 1,
        upper=only[:0],
        middle=only[:0],
    )


def _one_end(row: int) -> dict[str, np.ndarray]:
    """end_row, ends, end_stake of a showdown in node 0, after all cards, for the reach of that row."""
    rows, ends = np.zeros((3, 2, BLOCK), np.int64), np.ones((3, 2, 2, BLOCK), np.int64)
    stakes = np.zeros((3, 2, 2, BLOCK), np.float32)
    rows[LAST, :, 0], ends[LAST, :, E_SHOWDOWN, 0], stakes[LAST, :, E_SHOWDOWN, 0] = row, 0, 1.0
    return {"end_row": rows, "ends": ends, "end_stake": stakes}


def _no_locks(tree: PublicTree) -> Locks:
    none = np.zeros(0, np.int32)
    share = np.zeros((0, int(tree.num_actions().max())), np.float32)
    return Locks(np.full(tree.num_nodes, -1, np.int32), none, np.zeros(1, np.int32), none, share)


def _players_and_stakes(
    tree: PublicTree, decision: np.ndarray, rake: Rake
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(player and rake: see ``Subgame``; between them float64[node], chips that a player wins or loses at an end)."""
    player, folds = tree.player_of_node.copy(), tree.kind_of_node == KIND_FOLD
    player[folds] = (tree.folded_of_terminal[tree.terminal_of_node[folds]] >> 1) & 1
    stake = np.zeros(tree.num_nodes)
    stake[~decision] = tree.stake_of_terminal[tree.terminal_of_node[~decision]].min(axis=1)
    taken = np.zeros(tree.num_nodes if rake.share else 0, np.float32)
    if rake.share:
        taken[~decision] = rake.at_ends(tree)[tree.terminal_of_node[~decision]]
    return player, stake, taken


def bytes_needed(tree: PublicTree, board: list[int], ranges: np.ndarray, deck: SubgameDeck | None = None) -> int:
    """Bytes of a subgame's sums, scratch and orders of hands; the arrays that do not grow with the hands left out."""
    return bytes_of(size_of(tree), int(tree.street_of_node[0]), board, ranges, deck)


def bytes_of(
    size: TreeSize,
    first: int,
    board: list[int],
    ranges: np.ndarray,
    deck: SubgameDeck | None = None,
    marks: Sequence[np.ndarray] = (),
) -> int:
    """``bytes_needed`` for a tree of that size whose first street is ``first``; it need not be built.

    marks: float[hand], what renamings of suits have to leave as it is beside board and ranges.
    """
    everywhere, of_branch, _ = bytes_by_branch(size, first, board, ranges, deck, marks)
    return everywhere + int(of_branch.sum())


def bytes_by_branch(
    size: TreeSize,
    first: int,
    board: list[int],
    ranges: np.ndarray,
    deck: SubgameDeck | None = None,
    marks: Sequence[np.ndarray] = (),
) -> tuple[int, np.ndarray, list[int]]:
    """What ``bytes_of`` sums up: (bytes that each rank has; int64[branch], those of the rank that a first card to come
    is of; the work of each branch by which ranks divide them).
    """
    deck = deck or holdem_deck()
    known = [*ranges, *marks]
    blocked = deck.blocked(board)
    hands = counts_of([np.flatnonzero((of_player > 0) & ~blocked) for of_player in ranges]).astype(np.int64)
    block = (size.pairs @ hands)[first:]  # entries of a street's decisions, wherever they come once
    deals = len(block) - 1
    branches = runouts_of(board, known, deck)
    runouts = np.ones(len(branches), np.int64)
    if deals == 2:
        runouts = np.array([len(each) for each in later_runouts_of(board, known, deck).values()])
    # Where streets begin, or hands are shown before they do.
    starts = [
        size.street_ends[street].sum() + size.showdowns[: street + 1].sum() for street in range(first, first + deals)
    ]
    rows = 2 * size.nodes + 2 * (sum(starts) if deals else 1)
    # Orders and strengths of both players are built in pieces, then joined.
    of_runout = 8 * (block[-1] if deals else 0) + 4 * hands.max() * 2 * 4
    of_branch = runouts * of_runout + (8 * block[1] if deals == 2 else 0)
    work = [int(each) + 1 for each in (runouts if deals == 2 else 0 * runouts)]
    return int(8 * block[0] + 4 * hands.max() * rows), of_branch, work


def _cards(hands_of_player: list[np.ndarray], deck: SubgameDeck) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(int32[player, hand of the deck], place of each hand or -1; card and twin: see ``Subgame``)."""
    most = int(counts_of(hands_of_player).max())
    index = np.full((2, len(deck.card)), -1, np.int32)
    card, twin = np.zeros((2, most, 2), np.int32), np.full((2, most), -1, np.int32)
    for seat, hands in enumerate(hands_of_player):
        index[seat, hands] = np.arange(hands.size)
        card[seat, : hands.size] = deck.card[hands]
    for seat, hands in enumerate(hands_of_player):
        twin[seat, : hands.size] = index[1 - seat, hands]
    return index, card, twin


def _firsts(lists: Iterable) -> np.ndarray:
    """int32[list + 1], where each list would begin if they were joined, and where the last one would end."""
    return np.cumsum([0, *map(len, lists)]).astype(np.int32)


def _shares(board: list[int], deals: int, deck: SubgameDeck) -> np.ndarray:
    """See ``Subgame``; two hands, the board and cards dealt before are out of the deck."""
    if not deals:
        return np.ones(1, np.float32)
    return np.array([1 / (deck.runouts(board) - deal) for deal in range(deals)], np.float32)


def _images(
    standing: Standing, runouts: list[Standing], hands_of_player: list[np.ndarray], index: np.ndarray, deck: SubgameDeck
) -> dict[str, np.ndarray]:
    """branch_image, runout_image, image and renamed: see ``Subgame``. index: int32[player, hand of the deck], place of
    a hand.
    """
    of_runout = [images for of_branch in runouts for images in of_branch.values()]
    number: dict[tuple[int, ...], int] = {}
    image = [
        number.setdefault(suits, len(number))
        for images in itertools.chain(standing.values(), of_runout)
        for suits in images.values()
    ]
    most = int(counts_of(hands_of_player).max())
    renamed = np.broadcast_to(np.arange(most, dtype=np.int32), (len(number), 2, most)).copy()
    for suits, place in number.items():
        for seat, hands in enumerate(hands_of_player):
            renamed[place, seat, : hands.size] = index[seat, deck.renamed_hands(suits)[hands]]
    branch_image = _firsts(standing.values())
    return {
        "branch_image": branch_image,
        "runout_image": branch_image[-1] + _firsts(of_runout),
        "image": np.array(image, np.int32),
        "renamed": renamed,
    }
