"""What the ranks of a search say to each other, as bytes."""

import dataclasses
from typing import NamedTuple

import numpy as np

from holdem_mpi.cards import NUM_HANDS
from holdem_mpi.game.rules import BettingState, Rules
from holdem_mpi.search.planner import SearchMethod
from holdem_mpi.search.root_search import RootSearch, SearchRoot
from holdem_mpi.subgame.gadget import KINDS, Gadget

# Kinds of messages: rank 0 asks, has a step of a divided search done, or sends home; the others answer, say that they
# are ready to share, or send a step's values. Sums of the whole street are asked for and sent under one name.
ASK, STEP, LEAVE, ANSWER, READY, VALUES, SUMS = range(7)
# A request names its gadget by the place in this; 0 is none.
_GADGETS = ("", *KINDS)


class SearchRequest(NamedTuple):
    """What rank 0 asks of the others.

    root: the decision to be searched.
    seconds: the time that there is for it.
    method: how it is searched.
    """

    root: SearchRoot
    seconds: float
    method: SearchMethod


def pack_request(request: SearchRequest) -> np.ndarray:
    """uint8[bytes]: seconds, whole numbers (method, gadget, stacks, whether the last action is the root's, board,
    actions), and float32 numbers by hand.
    """
    root, method = request.root, request.method
    gadget = root.gadget
    actions = [action for street in root.decision.history for action in street]
    deepest = -1 if method.deepest is None else method.deepest
    kind, player = (_GADGETS.index(gadget.kind), gadget.player) if gadget else (0, 0)
    sizes = [method.sampled, method.divided, deepest, kind, player, *root.state.rules.stacks]
    sizes += [root.taken is not None, len(root.board), len(actions)]
    head = [np.array([request.seconds]), np.array([*sizes, *root.board, *actions], np.int64)]
    numbers = np.concatenate([root.weight.reshape(-1), gadget.alternative if gadget else []])
    return np.concatenate([part.view(np.uint8) for part in (*head, numbers.astype(np.float32))])


def unpack_request(rules: Rules, body: np.ndarray) -> SearchRequest:
    """The request that ``pack_request`` packed, in a game by ``rules``, whose stacks may be others."""
    seconds = float(body[:8].copy().view(np.float64)[0])
    sampled, divided, deepest, kind, player, *stacks, answers, seen, played = body[8:88].copy().view(np.int64).tolist()
    end = 88 + 8 * (seen + played)
    listed = body[88:end].copy().view(np.int64).tolist()
    numbers = body[end:].copy().view(np.float32)
    weight = numbers[: 2 * NUM_HANDS].reshape(2, NUM_HANDS).astype(np.float64)
    gadget = Gadget(_GADGETS[kind], player, numbers[2 * NUM_HANDS :]) if kind else None
    state = BettingState.start(dataclasses.replace(rules, stacks=tuple(stacks)))
    actions = listed[seen:]
    taken = actions.pop() if answers else None
    for action in actions:
        state = state.apply(action)
    method = SearchMethod(bool(sampled), bool(divided), None if deepest < 0 else deepest)
    return SearchRequest(SearchRoot(state, tuple(listed[:seen]), weight, gadget, taken), seconds, method)


def pack_answer(search: RootSearch) -> np.ndarray:
    """float32[1 + 1326 * actions]: the iterations, then the root's sums."""
    return np.concatenate([[search.iterations], search.root_sums().ravel()]).astype(np.float32)


def unpack_answer(body: np.ndarray) -> tuple[int, np.ndarray]:
    """What ``pack_answer`` packed: (iterations, root sums float64[1326, action])."""
    numbers = body.copy().view(np.float32)
    return int(numbers[0]), numbers[1:].reshape(NUM_HANDS, -1).astype(np.float64)


def pack_step(step: int, values: np.ndarray, branches: list[int]) -> np.ndarray:
    """A step's number, the cards that the receiver is to do, and float32 values."""
    head = np.array([step, len(branches), *branches], np.int32).view(np.uint8)
    return np.concatenate([head, np.ascontiguousarray(values, np.float32).reshape(-1).view(np.uint8)])


def unpack_step(body: np.ndarray) -> tuple[int, np.ndarray, list[int]]:
    """What ``pack_step`` packed: (number of the step, float32 values, cards that the receiver is to do)."""
    step, count = body[:8].copy().view(np.int32).tolist()
    end = 8 + 4 * count
    return step, body[end:].copy().view(np.float32), body[8:end].copy().view(np.int32).tolist()
