"""What the ranks of a search say to each other, as bytes."""

import json
from typing import NamedTuple

import numpy as np

from holdem_mpi.cards import NUM_HANDS
from holdem_mpi.drivers.search_plan import Way
from holdem_mpi.game.rules import BettingState, Rules
from holdem_mpi.solver.gadget import Gadget
from holdem_mpi.solver.root_search import RootSearch, Spot

# Kinds of messages: rank 0 asks, has a step of a divided search done, or sends home; the others answer, say that they
# are ready to share, or send a step's values. Sums of the whole street are asked for and sent under one name.
ASK, STEP, LEAVE, ANSWER, READY, VALUES, SUMS = range(7)


class Question(NamedTuple):
    """A decision to be searched, the seconds that there are for it, and how."""

    spot: Spot
    seconds: float
    way: Way


def pack_question(question: Question) -> np.ndarray:
    """uint8[bytes]."""
    gadget = question.spot.gadget
    head = {
        "history": question.spot.state.history,
        "board": question.spot.board,
        "seconds": question.seconds,
        "way": question.way,
        "gadget": gadget and (gadget.kind, gadget.player),
    }
    text = np.frombuffer(json.dumps(head).encode(), np.uint8)
    numbers = np.concatenate([question.spot.weight.reshape(-1), gadget.alternative if gadget else []])
    body = numbers.astype(np.float32).view(np.uint8)
    return np.concatenate([np.array([text.size], np.int64).view(np.uint8), text, body])


def unpack_question(rules: Rules, body: np.ndarray) -> Question:
    """What ``pack_question`` packed, in a game by ``rules``."""
    length = int(body[:8].copy().view(np.int64)[0])
    head = json.loads(body[8 : 8 + length].tobytes())
    numbers = body[8 + length :].copy().view(np.float32)
    weight = numbers[: 2 * NUM_HANDS].reshape(2, NUM_HANDS).astype(np.float64)
    gadget = head["gadget"] and Gadget(*head["gadget"], numbers[2 * NUM_HANDS :])
    state = BettingState.start(rules)
    for action in (action for actions in head["history"] for action in actions):
        state = state.apply(action)
    return Question(Spot(state, tuple(head["board"]), weight, gadget), head["seconds"], Way(*head["way"]))


def pack_answer(search: RootSearch) -> np.ndarray:
    """float32: the iterations, then the root's sums."""
    return np.concatenate([[search.iterations], search.root_sums().ravel()]).astype(np.float32)


def unpack_answer(body: np.ndarray) -> tuple[int, np.ndarray]:
    """(iterations, float64[1326, action])."""
    numbers = body.copy().view(np.float32)
    return int(numbers[0]), numbers[1:].reshape(NUM_HANDS, -1).astype(np.float64)


def pack_step(step: int, values: np.ndarray, branches: list[int]) -> np.ndarray:
    """A step's number, the cards that the receiver is to do, and float32 values."""
    head = np.array([step, len(branches), *branches], np.int32).view(np.uint8)
    return np.concatenate([head, np.ascontiguousarray(values, np.float32).reshape(-1).view(np.uint8)])


def unpack_step(body: np.ndarray) -> tuple[int, np.ndarray, list[int]]:
    """(step, values, branches)."""
    step, count = body[:8].copy().view(np.int32).tolist()
    end = 8 + 4 * count
    return step, body[end:].copy().view(np.float32), body[8:end].copy().view(np.int32).tolist()
