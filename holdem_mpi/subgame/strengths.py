"""How strong the hands of a subgame are on each board that may come, and which of them a card to come blocks."""

import numpy as np

from holdem_mpi.subgame.subgame_deck import SubgameDeck
from holdem_mpi.subgame.tree_parts import counts_of

# {card to come: {each card that it stands for: the renaming of suits that leads there}}, itself first.
Standing = dict[int, dict[int, tuple[int, ...]]]


def rank_all(
    board: list[int],
    hands_of_player: list[np.ndarray],
    standing: Standing,
    later: dict[int, Standing],
    deck: SubgameDeck,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(order, strength, live) of all rows: see ``Subgame``."""
    if not later:
        return _rank(board, hands_of_player, list(standing), deck)
    parts = [_rank([*board, card], hands_of_player, list(cards), deck) for card, cards in later.items()]
    order, strength, live = (np.concatenate([part[place][:-1] for part in parts]) for place in range(3))
    every = tuple(of_part[-1] for of_part in parts[0])
    rows = [_left_by(card, hands_of_player, every[0], deck) for card in standing]
    return (
        np.stack([*order, *(of_branch for of_branch, _ in rows), every[0]]),
        np.concatenate([strength, np.broadcast_to(every[1], (len(rows) + 1, *every[1].shape))]),
        np.stack([*live, *(left for _, left in rows), every[2]]),
    )


def _left_by(
    card: int, hands_of_player: list[np.ndarray], every: np.ndarray, deck: SubgameDeck
) -> tuple[np.ndarray, np.ndarray]:
    """(int32[player, place], int32[player]): hands without the card before those with it, and how many are without."""
    order, live = every.copy(), np.zeros(2, np.int32)
    for player, hands in enumerate(hands_of_player):
        blocked = deck.blocked([card])[hands]
        order[player, : hands.size] = np.argsort(blocked, kind="stable")
        live[player] = (~blocked).sum()
    return order, live


def _rank(
    board: list[int], hands_of_player: list[np.ndarray], cards: list[int], deck: SubgameDeck
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(order, strength, live): see ``Subgame``."""
    shape = len(cards) + 1, 2, int(counts_of(hands_of_player).max())
    order = np.broadcast_to(np.arange(shape[-1], dtype=np.int32), shape).copy()
    strength, live = np.zeros(shape, np.int32), np.zeros(shape[:2], np.int32)
    live[-1] = [hands.size for hands in hands_of_player]
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
