"""What the ranks of a search say to each other, as bytes."""

import dataclasses
from typing import NamedTuple

import numpy as np

from holdem_mpi.cards import NUM_HANDS
from holdem_mpi.game.rules import BettingState, Rules
from holdem_mpi.search.planner import SearchMethod
from holdem_mpi.search.ring_root import RingRoot, after, rest_state
from holdem_mpi.search.root_search import RootSearch, SearchRoot
from holdem_mpi.subgame.gadget import KINDS, Gadget

# Kinds of messages: rank 0 asks, has a step of a divided search done, or sends home; the others answer, say that they
# are ready to share, or send a step's values. Sums of the whole street are asked for and sent under one name.
ASK, STEP, LEAVE, ANSWER, READY, VALUES, SUMS = range(7)
# A request names its gadget by the place in this; 0 is none.
_GADGETS = ("", *KINDS)
# Bytes of seconds and of twelve whole numbers.
_HEAD = 8 * 13


# Kinds of roots: of a game of two, of three and more players, and of two that are left of more.
_OF_TWO, _RING, _REST = range(3)


class SearchRequest(NamedTuple):
    """What rank 0 asks of the others.

    root: the decision to be searched.
    seconds: the time that there is for it.
    method: how it is searched.
    """

    root: SearchRoot | RingRoot
    seconds: float
    method: SearchMethod


def pack_request(request: SearchRequest, rules: Rules) -> np.ndarray:
    """uint8[bytes]: seconds, whole numbers (kind of root, method, gadget, how many there are of what follows; betting,
    board, actions), and float32 numbers by hand. rules: of the game.
    """
    root, method = request.root, request.method
    gadget = None if isinstance(root, RingRoot) else root.gadget
    actions = [action for street in root.decision.history for action in street]
    deepest = -1 if method.deepest is None else method.deepest
    kind, player = (_GADGETS.index(gadget.kind), gadget.player) if gadget else (0, 0)
    of_root, betting = _packed_root(root, rules)
    counts = [len(root.weight), len(root.line), len(betting), len(root.board), len(actions)]
    head = [of_root, method.sampled, method.divided, deepest, method.extra, kind, player, *counts]
    whole = np.array([*head, *betting, *root.board, *actions], np.int64)
    numbers = np.concatenate([root.weight.reshape(-1), gadget.alternative if gadget else []])
    parts = np.array([request.seconds]), whole, numbers.astype(np.float32)
    return np.concatenate([part.view(np.uint8) for part in parts])


def _packed_root(root: SearchRoot | RingRoot, rules: Rules) -> tuple[int, list[int]]:
    """(its kind, what its betting begins with)."""
    own = root.state.rules
    if isinstance(root, RingRoot):
        return _RING, [root.node, *own.stacks]
    if own.num_players == rules.num_players:
        return _OF_TWO, [*own.stacks]
    return _REST, [own.dead, *own.most, *root.state.row()]


def unpack_request(rules: Rules, body: np.ndarray) -> SearchRequest:
    """The request that ``pack_request`` packed, in a game by ``rules``, whose stacks may be others."""
    seconds = float(body[:8].copy().view(np.float64)[0])
    head = body[8:_HEAD].copy().view(np.int64).tolist()
    of_root, sampled, divided, deepest, extra, kind, player, players, answers, begins, seen, played = head
    end = _HEAD + 8 * (begins + seen + played)
    listed = body[_HEAD:end].copy().view(np.int64).tolist()
    betting, board, actions = listed[:begins], tuple(listed[begins : begins + seen]), listed[begins + seen :]
    numbers = body[end:].copy().view(np.float32)
    hands = players * NUM_HANDS
    weight = numbers[:hands].reshape(players, NUM_HANDS).astype(np.float64)
    gadget = Gadget(_GADGETS[kind], player, numbers[hands:]) if kind else None
    stacks = betting[1:] if of_root == _RING else betting
    if of_root == _REST:
        state = rest_state(rules, (betting[0], betting[1], betting[2]), betting[3:])
    else:
        state = BettingState.start(dataclasses.replace(rules, stacks=tuple(stacks)))
    before = len(actions) - answers
    state, line = after(state, actions[:before]), tuple(actions[before:])
    method = SearchMethod(bool(sampled), bool(divided), None if deepest < 0 else deepest, bool(extra))
    if of_root == _RING:
        return SearchRequest(RingRoot(state, board, weight, betting[0], line), seconds, method)
    return SearchRequest(SearchRoot(state, board, weight, gadget, line[0] if line else None), seconds, method)


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
