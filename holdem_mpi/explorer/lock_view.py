"""Locks as the page paints them: what is fixed at one decision, hand by hand, and what solving with it would take."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from holdem_mpi.cards import CLASS_OF_HAND, NUM_CLASSES, card_name, cards_of_hand, class_name, hands_holding
from holdem_mpi.config.section import Section
from holdem_mpi.explorer.policy_view import Line, Name
from holdem_mpi.explorer.solution_view import Opened
from holdem_mpi.explorer.spot_editor import Ranks, opened_spot
from holdem_mpi.explorer.spot_jobs import job_plan
from holdem_mpi.subgame.locks import Lock
from holdem_mpi.subgame.spot import Spot


class LocksAsked(Section):
    """of: a solution's name. line: of the decision that is looked at. locks: as in a spot file; None: the solution's
    own. every: whether those are meant that count whichever cards come; else those of the line's own cards.
    """

    of: Name
    line: Line = ""
    locks: list[Any] | None = None
    every: bool = False
    ranks: Ranks = 1


def locks_view(opened: Opened, asked: LocksAsked, memory_limit: int) -> dict[str, Any]:
    """What the locks are at a decision, and what there is elsewhere. UserError on what is no lock of the spot.

    ``here``: by class or hand, the probabilities of the decision's actions; ``rest``: locks of other decisions as they
    stand in a spot file; ``told``: of all decisions that have locks, whose they are and how many hands they fix. What
    solving would take is told of ``asked.locks`` alone.
    """
    solution = opened.solution
    spot, plan = solution.opened, None
    if asked.locks is not None:
        spot = opened_spot({**solution.spot, "locks": asked.locks})
        plan = job_plan(spot, asked.ranks)
    at = solution.decision(asked.line)
    actions = tuple(int(solution.opened.tree.actions(node)[number]) for node, number, _ in at.place.taken)
    cards = tuple(None if asked.every else card for card in at.place.cards)
    mine = [_key(lock) == (actions, cards) for lock in spot.locks]
    strategy = np.full((CLASS_OF_HAND.size, len(at.actions)), -1.0)
    for lock, own in zip(spot.locks, mine, strict=True):
        if own:
            strategy[lock.hands] = lock.strategy[lock.hands]
    return {
        "line": list(at.line),
        "player": at.player,
        "actions": list(at.actions),
        "here": painted(strategy),
        "rest": [lock.model_dump(mode="json") for lock, own in zip(spot.config.locks, mine, strict=True) if not own],
        "told": _told(spot),
        "ranks": plan.ranks if plan else asked.ranks,
        "memory": plan.memory if plan else None,
        "fits": plan is None or plan.memory <= memory_limit,
        "can_go_on": solution.can_go_on,
    }


def painted(strategy: np.ndarray) -> dict[str, list[float]]:
    """By class, where all its hands are locked alike, else by hand. strategy: float64[hand, action]; -1: not locked."""
    found = {}
    for each in range(NUM_CLASSES):
        hands = np.flatnonzero(np.equal(CLASS_OF_HAND, each))
        rows = strategy[hands]
        if (rows == rows[0]).all():
            if rows[0, 0] >= 0:
                found[class_name(each)] = rows[0].tolist()
            continue
        for hand, row in zip(hands.tolist(), rows, strict=True):
            if row[0] >= 0:
                found["".join(map(card_name, cards_of_hand(hand)))] = row.tolist()
    return found


def _key(lock: Lock) -> tuple[tuple[int, ...], tuple[int | None, ...]]:
    return lock.actions, lock.cards


def _told(spot: Spot) -> list[dict[str, Any]]:
    """The decisions that have locks, in the order of the file."""
    hands_at: dict[tuple[Any, ...], np.ndarray] = {}
    for lock in spot.locks:
        hands_at.setdefault(_key(lock), np.zeros(CLASS_OF_HAND.size, bool))[lock.hands] = True
    found = []
    for (actions, cards), hands in hands_at.items():
        line, player = _line_of(spot, actions, cards)
        held = float(spot.ranges[player][hands & ~hands_holding(spot.board)].sum())
        found.append({"line": line, "player": spot.config.positions[player], "hands": held, "every": None in cards})
    return found


def _line_of(spot: Spot, actions: Iterable[int], cards: Iterable[int | None]) -> tuple[list[str], int]:
    """(names of actions and cards of a lock's line, who acts there); cards that may be any are left out."""
    state, line, left = spot.start, [], list(cards)
    for action in actions:
        line += spot.action_names(state, [action])
        street, state = state.street, state.apply(action)
        for card in left[: state.street - street]:
            line += [] if card is None else [f"card {card_name(card)}"]
        left = left[state.street - street :]
    return line, state.player
