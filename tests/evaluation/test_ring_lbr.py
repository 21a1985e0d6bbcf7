"""Local best response among several: on Kuhn it gains what it should and never more than a best response."""

import numpy as np
import pytest
from helpers.ring_games import toy_blueprint, toy_game
from helpers.small_blueprints import random_policy

from holdem_mpi.best_response.enumerated import enumerate_deals, exploitability
from holdem_mpi.errors import UserError
from holdem_mpi.evaluation.lbr import LbrOptions, lbr_lines, measure_lbr
from holdem_mpi.evaluation.local_best_response import LIMIT_ACTIONS, LbrSettings
from holdem_mpi.evaluation.ring_lbr import RingLbrPlayer
from holdem_mpi.evaluation.ring_lbr_hands import play_ring_lbr
from holdem_mpi.game.rules import BettingState
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.players import BlueprintPlayer
from holdem_mpi.policy.translation import start_place

OPTIONS = LbrOptions(actions="fcpa", rounds="2-4", hands=60, seed=0, half_width=20.0)


def kuhn_response(seed):
    """(game, probabilities of a random policy, its player, local best response to it)."""
    game = toy_game("kuhn")
    probability = random_policy(game.layout(), seed).probability
    player = BlueprintPlayer("random rows", toy_blueprint(game, probability))

    def margins(hand, board):
        return np.sign(hand - np.arange(game.num_hands)).astype(float)

    response = RingLbrPlayer(player, LbrSettings(LIMIT_ACTIONS["fcr"], 1, 1), margins, game.num_hands, (0,))
    return game, probability, player, response


def with_response(game, probability, response, seat):
    """float64[pairs]: ``probability``, but for the seat of local best response."""
    tree, layout, changed = game.tree, game.layout(), probability.copy()
    for node in np.flatnonzero((tree.kind_of_node == KIND_DECISION) & (tree.player_of_node == seat)).tolist():
        state, memo = BettingState.start(game.rules), response.start()
        for above, action in tree.line_to(node):
            taken = int(tree.actions(above)[action])
            memo, state = response.follow(memo, state, taken, 0.5), state.apply(taken)
        actions, sigma = response.strategy(memo, state, ())
        own = tree.actions(node).tolist()
        changed[layout.pairs_of_node(node)] = 0.0
        for column, action in enumerate(actions):
            changed[layout.pairs_of_node(node)[:, own.index(action)]] = sigma[:, column]
    return changed


def exact_gains(game, probability, response):
    """(float64[seat] of local best response, of the best one)."""
    deals, layout = enumerate_deals(game.toy_deck), game.layout()
    whole = exploitability(layout, probability, deals)
    own = [
        exploitability(layout, with_response(game, probability, response, seat), deals).values[seat]
        for seat in range(game.num_players)
    ]
    return np.array(own) - whole.values, whole.best_responses - whole.values


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_gains_at_most_what_a_best_response_does_and_most_of_it(seed):
    game, probability, _, response = kuhn_response(seed)
    assert response.start() == (start_place(game.tree),)
    gains, best = exact_gains(game, probability, response)
    assert (gains <= best + 1e-12).all() and gains.sum() > 0.5 * best.sum()


def test_hands_that_are_played_say_what_enumeration_does():
    game, probability, player, response = kuhn_response(2)
    gains, best = exact_gains(game, probability, response)
    found = play_ring_lbr(Communicator(), game, player, response, 900, 0)
    error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    assert found.shape == (300, 3) and (np.abs(found.mean(axis=0) - gains) < 4 * error).all()
    assert (found.mean(axis=0) - 2 * error < best).all()


def test_who_plays_as_the_policy_does_gains_nothing_in_any_seat():
    game, _, player, _ = kuhn_response(2)
    assert not play_ring_lbr(Communicator(), game, player, player, 60, 0).any()


def test_of_who_always_calls_a_seat_gains():
    from holdem_mpi.config.load import load_config
    from holdem_mpi.game.game import Game

    game = Game(load_config("nolimit_3max_20bb").game)
    result = measure_lbr("always-call", game, OPTIONS, Communicator())
    assert result["deals"] == 20 and len(result["seats"]) == 3 and result["mean"] > 0
    assert [seat["position"] for seat in result["seats"]] == ["SB", "BB", "BTN"]
    lines = lbr_lines(result, 5)
    assert "in one seat of nolimit_3max_20bb" in lines[0] and "rounds 2-4" in lines[0] and "at least" in lines[2]
    with pytest.raises(UserError, match="expects no search"):
        measure_lbr("always-call", game, OPTIONS._replace(search_iterations="5"), Communicator())
