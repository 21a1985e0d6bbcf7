"""Players for local best response to play against, and local best response to them."""

import functools

import numpy as np

from holdem_mpi.cards import hands_holding
from holdem_mpi.evaluation.local_best_response import (
    NO_LIMIT_ACTIONS,
    LbrSettings,
    LocalBestResponse,
    ShowdownMargins,
)
from holdem_mpi.game.rules import CALL, FOLD, Rules

DEEP = Rules(stacks=(20000, 20000), blinds=(100, 50))


class RandomPlayer:
    """Another mixture for every hand in every place; its memo is a coin that it keeps from LBR's raises."""

    name = "random hands"

    def start(self):
        return 0

    def outcomes(self, memo, state, action):
        return ((0.25, memo), (0.75, memo + 1)) if action > CALL and memo < 2 else ((1.0, memo),)

    @functools.lru_cache(64)  # noqa: B019  (one object a test)
    def strategy(self, memo, state, board):
        actions = [CALL]
        legal = state.legal()
        if legal.can_fold:
            actions.insert(0, FOLD)
        if legal.max_raise_to:
            actions.append(legal.min_raise_to)
        key = [memo, *(action + 1 for street in state.history for action in (*street, 7)), *board]
        mixture = np.random.default_rng(key).dirichlet(np.full(len(actions), 0.5), 1326)
        return tuple(actions), mixture * ~hands_holding(board)[:, None]


def response_to(player, rules=DEEP, fractions=NO_LIMIT_ACTIONS["fcpa"], rounds=(1, 4), table=None, screen=None):
    margins = ShowdownMargins(sum(rules.board_cards), table)
    return LocalBestResponse(player, rules, LbrSettings(fractions, *rounds), margins, screen)
