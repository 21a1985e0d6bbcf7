"""A policy's decision as JSON can hold it: the way on, the means of the 169 classes, and every hand."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from holdem_mpi.cards import CLASS_NAMES, CLASS_OF_HAND, card_name, class_name, hands_holding
from holdem_mpi.config.profile_config import STREETS
from holdem_mpi.game.seat_names import seat_names
from holdem_mpi.policy.names import hand_names, rank_name
from holdem_mpi.policy.policy import PolicyDecision
from holdem_mpi.reporting.hand_grid import class_means


def decision_json(found: PolicyDecision, hands: Sequence[int] | None = None) -> dict[str, Any]:
    """A decision as JSON can hold it, with all hands or with those given; docs/measures.md explains the keys.

    Means are over the range: the hands of the player to act, each with the probability that it gets here by its own
    actions. None stands for a mean over no hands, and for the bucket of a hand where the tree has no place.
    """
    game, reach = found.game, found.reach[found.player]
    free = ~hands_holding(found.board, game.num_hands)
    total = float(reach.sum())
    means = reach @ found.probabilities / total if total > 0 else [None] * len(found.actions)
    name_of_card = (lambda card: rank_name(game, card)) if game.is_toy else card_name
    return {
        "game": game.name,
        "board": "".join(map(name_of_card, found.board)),
        "betting": found.betting,
        "on_tree": found.node >= 0,
        "translated": [
            each._asdict() | {"taken": each.taken or None, "candidates": dict(each.candidates)}
            for each in found.translated
        ],
        "street": STREETS[found.street],
        "player": found.player,
        "positions": list(seat_names(game.rules)),
        "pot": found.pot,
        "big_blind": max(game.rules.blinds),
        "to_call": found.to_call,
        "stacks": list(found.stacks),
        "free_hands": int(free.sum()),
        "reach": total / int(free.sum()),
        "visited": 1.0 - float(reach @ ~found.visited) / total if total > 0 else None,
        "actions": [
            {"action": name, "mean": None if mean is None else float(mean), "next": child, "deal": _deal(found, child)}
            for name, mean, child in zip(found.actions, means, found.children)
        ],
        "classes": {} if game.is_toy else _classes(found, free),
        "hands": _rows(found, _listed(found, free) if hands is None else hands),
    }


def _deal(found: PolicyDecision, child: str | None) -> int:
    """Public cards that are dealt before the betting goes on to ``child``."""
    street = found.street if child is None else child.count("/")
    return sum(found.game.rules.board_cards[found.street + 1 : street + 1])


def _classes(found: PolicyDecision, free: np.ndarray) -> dict[str, dict[str, Any]]:
    """By name of the preflop classes that the board (bool[hand], ``free`` of it) leaves: their hands' means."""
    reach = found.reach[found.player]
    mean_reach, unvisited = class_means(reach, free), class_means(~found.visited, reach)
    play = np.stack([class_means(column, reach) for column in found.probabilities.T], axis=1)
    comes, nothing = ~np.isnan(unvisited), [None] * len(found.actions)
    rows = {}
    told = zip(CLASS_NAMES, mean_reach.tolist(), (1.0 - unvisited).tolist(), play.tolist(), comes.tolist())
    for name, own_reach, visited, probabilities, any_comes in told:
        if own_reach == own_reach:  # else the board leaves none of its hands, and the mean is NaN
            rows[name] = {
                "reach": own_reach,
                "visited": visited if any_comes else None,
                "probabilities": dict(zip(found.actions, probabilities if any_comes else nothing)),
            }
    return rows


def _listed(found: PolicyDecision, free: np.ndarray) -> list[int]:
    """The hands that have a row: in the order of the grid, best first; of a toy deck one card of each rank."""
    hands = np.flatnonzero(free)
    if found.game.is_toy:
        first_of_rank = {rank_name(found.game, card): card for card in hands[::-1].tolist()}
        return sorted(first_of_rank.values())
    return hands[np.lexsort((-hands, CLASS_OF_HAND[hands]))].tolist()


def _rows(found: PolicyDecision, hands: Sequence[int]) -> list[dict[str, Any]]:
    if not hands:
        return []
    names, reach = hand_names(found.game), found.reach[found.player]
    rows = []
    for hand in hands:
        bucket = int(found.buckets[hand])
        row: dict[str, Any] = {"hand": names[hand]}
        if not found.game.is_toy:
            row["class"] = class_name(int(CLASS_OF_HAND[hand]))
        row |= {"bucket": bucket if bucket >= 0 else None, "visited": bool(found.visited[hand])}
        rows.append(row | {"reach": float(reach[hand]), "probabilities": found.by_action(hand)})
    return rows
