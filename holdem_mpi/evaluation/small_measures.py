"""What measures compile, compiled on a small game whose arrays have the types of a large one's.

So other processes can compile for a measure whose policies and bucket tables are still being opened.
"""

import numpy as np

from holdem_mpi.best_response.flop_response import FlopResponder
from holdem_mpi.best_response.preflop_response import class_values
from holdem_mpi.config.game_config import GameConfig
from holdem_mpi.evaluation.aivat import Aivat
from holdem_mpi.evaluation.blueprint_values import BlueprintValues
from holdem_mpi.evaluation.exact_policies import baseline, measured
from holdem_mpi.evaluation.head_to_head import DuplicateDealer, play_pairs
from holdem_mpi.evaluation.local_best_response import LIMIT_ACTIONS, LbrSettings, LocalBestResponse, ShowdownMargins
from holdem_mpi.evaluation.pair_values import pair_values
from holdem_mpi.game.game import Game
from holdem_mpi.kernels.values.equity import matchup_sums, settled_margins
from holdem_mpi.policy.players import BaselinePlayer
from holdem_mpi.policy.policy import Policy
from holdem_mpi.policy.tabular import TabularPolicy
from holdem_mpi.training.stand_in import empty_tables, small_game

_BASELINE = "always-call"
_FLOP = (0, 4, 8)


def _policy(board_cards: list[int], dtypes: list[str], precision: str) -> Policy:
    """One bucket a street, all rows uniform."""
    game = Game(GameConfig.model_validate(small_game(board_cards)))
    layout = game.layout((169, *[1] * len(dtypes)))
    probability = np.ones(layout.num_pairs, precision)
    rows = TabularPolicy(layout, probability, np.ones(layout.num_rows, bool))
    return Policy(game, rows, empty_tables(game.config, dtypes))


def compile_match(board_cards: list[int], dtypes: list[str], precision: str) -> None:
    """Compile, or load, what a match of two calls once its players are opened, AIVAT included.

    board_cards: by street. dtypes: of the buckets, by street from the flop on. precision: of the probabilities.
    """
    policy = _policy(board_cards, dtypes, precision)
    deck, players = policy.game.deck, (policy.player, BaselinePlayer(_BASELINE, policy.game.num_hands))
    values = pair_values((policy.blueprint, policy.blueprint), deals=64)
    estimates = tuple(Aivat(deck, BlueprintValues(values, deck, seat), (seat == 0, seat == 1)) for seat in range(2))
    play_pairs(DuplicateDealer(policy.game.rules, deck, 0, ranges=True), players, estimates, range(2))


def compile_lbr(board_cards: list[int], dtypes: list[str], precision: str) -> None:
    """Compile, or load, what local best response against a policy calls once that is opened; arguments as above."""
    policy, total = _policy(board_cards, dtypes, precision), sum(board_cards)
    margins = ShowdownMargins(total, settled_margins(matchup_sums(total, 0, 1)))
    settings = LbrSettings(LIMIT_ACTIONS["fcr"], 1, policy.game.num_streets)
    response = LocalBestResponse(policy.player, policy.game.rules, settings, margins)
    for number in range(4):
        response.play(0, number)


def compile_exploitability(board_cards: list[int], dtypes: list[str], precision: str) -> None:
    """Compile, or load, what exact best responses call on a flop; arguments as above, without dtypes of a baseline."""
    if dtypes:
        found = measured(_policy(board_cards, dtypes, precision))
    else:
        found = baseline(_BASELINE, Game(GameConfig.model_validate(small_game(board_cards))))
    class_values(FlopResponder(found.policy), _FLOP)
