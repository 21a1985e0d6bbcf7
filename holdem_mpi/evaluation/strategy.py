"""``evaluate strategy``: what a policy does at one point of a hand, with every hand it may hold, as JSON and as CSV."""

import csv
import io
import json
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.cards import CLASS_OF_HAND, NUM_CLASSES, card_name, class_name, hands_holding
from holdem_mpi.config.profile_config import STREETS
from holdem_mpi.evaluation.strategy_lines import strategy_lines
from holdem_mpi.game.rules import CALL, FOLD
from holdem_mpi.game.seat_names import seat_names
from holdem_mpi.hands.action_text import action_in_words
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.names import hand_names, hand_of, rank_name, states_of_betting
from holdem_mpi.policy.open_player import load_policy
from holdem_mpi.policy.policy import PolicyDecision
from holdem_mpi.reporting.hand_grid import class_means
from holdem_mpi.storage.result_file import check_result_file, write_result_file


class StrategyOptions(NamedTuple):
    """What is asked, and how it is told.

    policy: folder of a run or of a policy, or a checkpoint (``RUN@250``).
    board: the public cards, ``Qh7h2c``, blanks allowed.
    betting: before the decision, ``r300c/c``.
    hand: the one hand that is asked for; None for all of them.
    csv: a file for all hands, also where one is asked for; None for none.
    as_json: one JSON object instead of text.
    """

    policy: str
    board: str = ""
    betting: str = ""
    hand: str | None = None
    csv: str | None = None
    as_json: bool = False


def strategy_text(comm: Communicator, options: StrategyOptions) -> str:
    """What ``evaluate strategy`` prints, on every rank; the CSV is written on the way. Collective.

    UserError where there is no such policy, board, betting or hand; SaveError where the CSV cannot be written.
    """
    if options.csv is not None:
        comm.on_root(lambda: check_result_file("--csv", options.csv))
    policy = load_policy(options.policy, comm)

    def work() -> str:
        found = policy.decision(options.board, options.betting)
        hand = None if options.hand is None else hand_of(policy.game, options.hand, found.board)
        result = {"policy": options.policy} | strategy_json(found, hand)
        if options.csv is not None:
            every = csv_of(result if hand is None else strategy_json(found))
            write_result_file("--csv", options.csv, every, "the hands were not written")
        return json.dumps(result) if options.as_json else "\n".join(strategy_lines(result, options.hand))

    return comm.on_root(work)


def strategy_json(found: PolicyDecision, hand: int | None = None) -> dict[str, Any]:
    """A decision as JSON can hold it, with all hands or with one; docs/measures.md explains the keys.

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
            {
                "action": name,
                "text": text,
                "mean": None if mean is None else float(mean),
                "next": child,
                "deal": _deal(found, child),
            }
            for name, text, mean, child in zip(found.actions, _in_words(found), means, found.children)
        ],
        "classes": {} if game.is_toy else _classes(found, free),
        "hands": _rows(found, _listed(found, free) if hand is None else [hand]),
    }


def _in_words(found: PolicyDecision) -> list[str]:
    """The actions as people say them: ``bet 300 (3 bb, 50 % of the pot)``."""
    state = states_of_betting(found.game, found.betting)[-1]
    of_name = {"f": FOLD, "c": CALL}
    return [action_in_words(state, of_name[name] if name in of_name else int(name[1:])) for name in found.actions]


def _deal(found: PolicyDecision, child: str | None) -> int:
    """Public cards that are dealt before the betting goes on to ``child``."""
    street = found.street if child is None else child.count("/")
    return sum(found.game.rules.board_cards[found.street + 1 : street + 1])


def _classes(found: PolicyDecision, free: np.ndarray) -> dict[str, dict[str, Any]]:
    """By name of the preflop classes that the board (bool[hand], ``free`` of it) leaves: their hands' means."""
    reach = found.reach[found.player]
    mean_reach, unvisited = class_means(reach, free), class_means(~found.visited, reach)
    columns = [class_means(column, reach) for column in found.probabilities.T]
    rows = {}
    for each in range(NUM_CLASSES):
        if np.isnan(mean_reach[each]):
            continue
        empty = np.isnan(unvisited[each])
        rows[class_name(each)] = {
            "reach": float(mean_reach[each]),
            "visited": None if empty else 1.0 - float(unvisited[each]),
            "probabilities": {
                name: None if empty else float(column[each]) for name, column in zip(found.actions, columns)
            },
        }
    return rows


def _listed(found: PolicyDecision, free: np.ndarray) -> list[int]:
    """The hands that have a row: in the order of the grid, best first; of a toy deck one card of each rank."""
    hands = np.flatnonzero(free)
    if found.game.is_toy:
        first_of_rank = {rank_name(found.game, card): card for card in hands[::-1].tolist()}
        return sorted(first_of_rank.values())
    return hands[np.lexsort((-hands, CLASS_OF_HAND[hands]))].tolist()


def _rows(found: PolicyDecision, hands: list[int]) -> list[dict[str, Any]]:
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


def csv_of(result: dict[str, Any]) -> str:
    """The hands of a result, one a row; ``visited`` is yes or no, and each action has a column."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["hand", "class", "bucket", "visited", "reach", *(each["action"] for each in result["actions"])])
    for row in result["hands"]:
        known = (row["hand"], row.get("class", row["hand"]), row["bucket"], "yes" if row["visited"] else "no")
        writer.writerow([*known, row["reach"], *row["probabilities"].values()])
    return text.getvalue()
