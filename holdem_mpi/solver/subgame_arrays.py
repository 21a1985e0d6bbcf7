"""The arrays of a subgame: its tree, its hands, the cards to come, and which of those stand for others."""

import itertools
from collections.abc import Iterable

import numpy as np

from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_FOLD
from holdem_mpi.kernels.evaluator import evaluator_tables
from holdem_mpi.kernels.showdown import sweep_space
from holdem_mpi.kernels.subgame_arrays import LAST, MIDDLE, UPPER, Subgame
from holdem_mpi.kernels.sweep import rank_hands, ranked_hands
from holdem_mpi.solver.subgame_tree import deals_of, ends_of, offsets_of, parts_of, reach_rows_of, subtree_ends

HIGH, LOW = np.tril_indices(52, -1)  # cards of each hand
_HAND_OF_CARDS = np.zeros((52, 52), np.int64)
_HAND_OF_CARDS[HIGH, LOW] = _HAND_OF_CARDS[LOW, HIGH] = np.arange(1326)

# {card to come: {each card that it stands for: the renaming of suits that leads there}}, itself first.
Standing = dict[int, dict[int, tuple[int, ...]]]


def permuted_hands(suits: tuple[int, ...]) -> np.ndarray:
    """int64[1326], the hand that each becomes when suit s is renamed ``suits[s]``."""
    card = np.array([card & ~3 | suits[card & 3] for card in range(52)])
    return _HAND_OF_CARDS[card[HIGH], card[LOW]]


def symmetries_of(board: list[int], ranges: np.ndarray) -> list[tuple[int, ...]]:
    """Renamings of suits that change neither the board nor the ranges, the identity first."""
    found = []
    for suits in itertools.permutations(range(4)):
        if {card & ~3 | suits[card & 3] for card in board} != set(board):
            continue
        if all((of_player[permuted_hands(suits)] == of_player).all() for of_player in ranges):
            found.append(suits)
    return found


def runouts_of(board: list[int], ranges: np.ndarray) -> Standing:
    """The next cards to come that are kept, and those that they stand for; {-1: {-1: ...}} on a full board."""
    if len(board) == 5:
        return {-1: {-1: (0, 1, 2, 3)}}
    return _standing(board, symmetries_of(board, ranges))


def later_runouts_of(board: list[int], ranges: np.ndarray) -> dict[int, Standing]:
    """On a flop, what may come after each card of ``runouts_of``: under the renamings that change neither that card,
    nor board and ranges. (One that exchanges it with a card of the board would not keep what was done before.)
    """
    symmetries = symmetries_of(board, ranges)
    later = {}
    for card in runouts_of(board, ranges):
        kept = [suits for suits in symmetries if suits[card & 3] == card & 3]
        later[card] = _standing([*board, card], kept)
    return later


def _standing(board: list[int], symmetries: list[tuple[int, ...]]) -> Standing:
    standing: Standing = {}
    seen = set(board)
    for card in range(52):
        if card not in seen:
            images: dict[int, tuple[int, ...]] = {}
            for suits in symmetries:
                images.setdefault(card & ~3 | suits[card & 3], suits)
            standing[card] = images
            seen |= images.keys()
    return standing


def build_subgame(
    tree: PublicTree,
    board: list[int],
    hands_of_player: list[np.ndarray],
    standing: Standing,
    later: dict[int, Standing],
) -> Subgame:
    """The arrays of a subgame. hands_of_player: hands (0..1325) of each; standing: ``runouts_of``; later:
    ``later_runouts_of`` where two cards are to come, else empty.
    """
    most = max(hands.size for hands in hands_of_player)
    decision = tree.kind_of_node == KIND_DECISION
    entries, part = parts_of(tree)
    offset, block = offsets_of(tree, hands_of_player, decision, part)
    reach_row, sources = reach_rows_of(tree, entries)
    ends, num_ends = ends_of(tree, part, reach_row)
    order, strength, live = _rank_all(board, hands_of_player, standing, later)
    player = tree.player_of_node.copy()
    folds = tree.kind_of_node == KIND_FOLD
    player[folds] = (tree.folded_of_terminal[tree.terminal_of_node[folds]] >> 1) & 1
    stake = np.zeros(tree.num_nodes, np.float32)
    stake[~decision] = tree.stake_of_terminal[tree.terminal_of_node[~decision]].min(axis=1)
    index = np.full((2, 1326), -1, np.int32)
    card, twin = np.zeros((2, most, 2), np.int32), np.full((2, most), -1, np.int32)
    for seat, hands in enumerate(hands_of_player):
        index[seat, hands] = np.arange(hands.size)
        card[seat, : hands.size] = np.stack([HIGH[hands], LOW[hands]], axis=1)
    for seat, hands in enumerate(hands_of_player):
        twin[seat, : hands.size] = index[1 - seat, hands]
    runouts = list(later.values()) if later else [{card: images} for card, images in standing.items()]
    return Subgame(
        kind=tree.kind_of_node,
        player=player,
        first_edge=tree.first_edge_of_node.astype(np.int32),
        child=tree.child_of_edge.astype(np.int32),
        end=subtree_ends(tree),
        stake=stake,
        offset=offset,
        block=block,
        reach_row=reach_row,
        upper=np.flatnonzero(part == UPPER).astype(np.int32),
        middle=np.flatnonzero(part == MIDDLE).astype(np.int32),
        entry=entries[0],
        source=sources[0],
        last_entry=entries[-1],
        last_source=sources[-1],
        count=np.array([hands.size for hands in hands_of_player], np.int32),
        card=card,
        twin=twin,
        ends=ends,
        num_ends=num_ends,
        order=order,
        strength=strength,
        live=live,
        branch_card=np.array(list(standing), np.int32),
        runout_card=np.array([card for of_branch in runouts for card in of_branch], np.int32),
        first_runout=_firsts(runouts),
        share=_shares(board, deals_of(tree)),
        **_images(standing, runouts, hands_of_player, index),
    )


def bytes_needed(tree: PublicTree, board: list[int], ranges: np.ndarray) -> int:
    """Bytes of a subgame's sums, scratch and orders of hands; the arrays that do not grow with the hands left out."""
    held = np.isin(HIGH, board) | np.isin(LOW, board)
    hands_of_player = [np.flatnonzero((of_player > 0) & ~held) for of_player in ranges]
    entries, part = parts_of(tree)
    block = offsets_of(tree, hands_of_player, tree.kind_of_node == KIND_DECISION, part)[1]
    branches = runouts_of(board, ranges)
    runouts = len(branches)
    if deals_of(tree) == 2:
        runouts = sum(map(len, later_runouts_of(board, ranges).values()))
    sums = block[UPPER] + runouts * block[LAST] + len(branches) * block[MIDDLE]
    rows = 2 * tree.num_nodes + 2 * sum(of_deal.size for of_deal in entries)
    # Orders and strengths of both players are built in pieces, then joined.
    return int(8 * sums + 4 * max(map(len, hands_of_player)) * (rows + 2 * 4 * runouts))


def _firsts(lists: Iterable) -> np.ndarray:
    """int32[list + 1], where each list would begin if they were joined, and where the last one would end."""
    return np.cumsum([0, *map(len, lists)]).astype(np.int32)


def _shares(board: list[int], deals: int) -> np.ndarray:
    """See ``Subgame``; two hands, the board and cards dealt before are out of the deck of 52."""
    if not deals:
        return np.ones(1, np.float32)
    return np.array([1 / (48 - len(board) - deal) for deal in range(deals)], np.float32)


def _images(
    standing: Standing, runouts: list[Standing], hands_of_player: list[np.ndarray], index: np.ndarray
) -> dict[str, np.ndarray]:
    """branch_image, runout_image, image and renamed: see ``Subgame``. index: int32[player, 1326], place of a hand."""
    of_runout = [images for of_branch in runouts for images in of_branch.values()]
    number: dict[tuple[int, ...], int] = {}
    image = [
        number.setdefault(suits, len(number))
        for images in itertools.chain(standing.values(), of_runout)
        for suits in images.values()
    ]
    renamed = np.zeros((len(number), 2, max(hands.size for hands in hands_of_player)), np.int32)
    for suits, place in number.items():
        for seat, hands in enumerate(hands_of_player):
            renamed[place, seat, : hands.size] = index[seat, permuted_hands(suits)[hands]]
    branch_image = _firsts(standing.values())
    return {
        "branch_image": branch_image,
        "runout_image": branch_image[-1] + _firsts(of_runout),
        "image": np.array(image, np.int32),
        "renamed": renamed,
    }


def _rank_all(
    board: list[int], hands_of_player: list[np.ndarray], standing: Standing, later: dict[int, Standing]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(order, strength, live) of all rows: see ``Subgame``."""
    if not later:
        return _rank(board, hands_of_player, list(standing))
    parts = [_rank([*board, card], hands_of_player, list(cards)) for card, cards in later.items()]
    order, strength, live = (np.concatenate([part[place][:-1] for part in parts]) for place in range(3))
    every = parts[0][0][-1], parts[0][1][-1], parts[0][2][-1]
    rows = [_left_by(card, hands_of_player, every[0]) for card in standing]
    return (
        np.stack([*order, *(of_branch for of_branch, _ in rows), every[0]]),
        np.concatenate([strength, np.broadcast_to(every[1], (len(rows) + 1, *every[1].shape))]),
        np.stack([*live, *(left for _, left in rows), every[2]]),
    )


def _left_by(card: int, hands_of_player: list[np.ndarray], every: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(int32[player, place], int32[player]): hands without the card before those with it, and how many are without."""
    order, live = every.copy(), np.zeros(2, np.int32)
    for player, hands in enumerate(hands_of_player):
        blocked = (HIGH[hands] == card) | (LOW[hands] == card)
        order[player, : hands.size] = np.argsort(blocked, kind="stable")
        live[player] = (~blocked).sum()
    return order, live


def _rank(
    board: list[int], hands_of_player: list[np.ndarray], cards: list[int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(order, strength, live): see ``Subgame``."""
    most = max(hands.size for hands in hands_of_player)
    order, strength = np.zeros((len(cards) + 1, 2, most), np.int32), np.zeros((len(cards) + 1, 2, most), np.int32)
    live = np.zeros((len(cards) + 1, 2), np.int32)
    order[-1], live[-1] = np.arange(most), [hands.size for hands in hands_of_player]
    ranked, space, tables = ranked_hands(), sweep_space(), evaluator_tables()
    for number, card in enumerate(cards):
        full = np.array(board + ([card] if card >= 0 else []), np.int64)
        rank_hands(tables, full, 5, space, ranked)
        group_of_hand = np.full(1326, -1)
        starts = ranked.first_of_group[: ranked.count[1] + 1]
        group_of_hand[ranked.hand[: ranked.count[0]]] = np.repeat(np.arange(ranked.count[1]), np.diff(starts))
        for player, hands in enumerate(hands_of_player):
            group = group_of_hand[hands]
            places = np.argsort(group, kind="stable")
            blocked = int((group < 0).sum())  # these come first
            live[number, player] = places.size - blocked
            order[number, player, : places.size] = np.roll(places, -blocked)
            strength[number, player, : places.size - blocked] = group[places[blocked:]]
    return order, strength, live
