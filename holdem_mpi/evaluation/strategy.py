"""``evaluate strategy``: what a policy does at one point of a hand, with every hand it may hold, as JSON and as CSV."""

import csv
import io
import json
from typing import Any, NamedTuple

from holdem_mpi.evaluation.strategy_lines import strategy_lines
from holdem_mpi.hands.action_text import names_in_words
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.decision_json import decision_json
from holdem_mpi.policy.names import hand_of, states_of_betting
from holdem_mpi.policy.open_player import load_policy
from holdem_mpi.policy.policy import PolicyDecision
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
    """``decision_json`` with all hands, or with one, and each action as people say it under ``text``."""
    result = decision_json(found, None if hand is None else [hand])
    state = states_of_betting(found.game, found.betting)[-1]
    for action, text in zip(result["actions"], names_in_words(state, list(found.actions))):
        action["text"] = text
    return result


def csv_of(result: dict[str, Any]) -> str:
    """The hands of a result, one a row; ``visited`` is yes or no, and each action has a column."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["hand", "class", "bucket", "visited", "reach", *(each["action"] for each in result["actions"])])
    for row in result["hands"]:
        known = (row["hand"], row.get("class", row["hand"]), row["bucket"], "yes" if row["visited"] else "no")
        writer.writerow([*known, row["reach"], *row["probabilities"].values()])
    return text.getvalue()
