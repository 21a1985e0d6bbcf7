"""AIVAT of many players has the expectation of the game, by enumeration, and takes luck off."""

import itertools

import numpy as np
import pytest
from best_response.test_enumerated import random
from phevaluator import evaluate_cards

from holdem_mpi.best_response.enumerated import enumerate_deals, exploitability
from holdem_mpi.cards import card_name, hand_of_cards, parse_cards
from holdem_mpi.config.load import load_config
from holdem_mpi.evaluation.aivat import PlayedAction, PlayedHand
from holdem_mpi.evaluation.ring_aivat import RingAivat
from holdem_mpi.game.deck import Deck
from holdem_mpi.game.game import Game
from holdem_mpi.game.rules import CALL, FOLD, BettingState, Rules
from holdem_mpi.policy.policy import Policy
from holdem_mpi.policy.tabular import TabularPolicy


def all_hands(game, player):
    """(probability, hand) of all deals and all actions of ``player`` in every seat."""

    def play(probability, hands, board, state, memo, decisions):
        if state.is_over:
            yield probability, PlayedHand(hands, board, decisions, state, 0)
            return
        shown = board[: game.deck.seen[state.street]]
        actions, sigma = player.strategy_of_hand(memo, state, shown, hands[state.player])
        for action, weight in zip(actions, sigma.tolist()):
            if weight > 0.0:
                mixture = tuple(actions), tuple(sigma.tolist())
                decision = PlayedAction(state, shown, None, action, 0.5, mixture=mixture)
                after = player.follow(memo, state, action, 0.5)
                yield from play(probability * weight, hands, board, state.apply(action), after, (*decisions, decision))

    deals = game.toy_deck.deals().tolist()
    for cards in deals:
        hands, board = tuple(cards[: game.num_players]), tuple(cards[game.num_players :])
        yield from play(1 / len(deals), hands, board, BettingState.start(game.rules), player.start(), ())


@pytest.mark.parametrize(("name", "players", "seats"), [("kuhn", 3, (0, 1, 2)), ("leduc", 2, (1,))])
def test_unbiased_by_enumeration(name, players, seats):
    game = Game(load_config(name, {"game.players": players}).game)
    layout = game.layout()
    probability = random(layout)
    exact = exploitability(layout, probability, enumerate_deals(game.toy_deck)).values
    policy = Policy(game, TabularPolicy(layout, probability, np.ones(layout.num_rows, bool)))
    aivat, sums = RingAivat(game.deck), np.zeros((len(seats), 4))
    mass = 0.0
    for weight, hand in all_hands(game, policy.player):
        mass += weight
        won = game.deck.winnings(hand.end, hand.board, hand.hands)
        for at, seat in enumerate(seats):
            estimate = aivat.estimate(hand, seat, won[seat])
            sums[at] += weight * np.array([estimate, estimate**2, won[seat], won[seat] ** 2])
    assert mass == pytest.approx(1, abs=1e-12)
    for (mean, square, chips, square_of_chips), seat in zip(sums, seats):
        assert (mean, chips) == pytest.approx((exact[seat], exact[seat]), abs=1e-9)
        assert square - mean**2 < 0.9 * (square_of_chips - chips**2)


def test_all_in_on_the_flop_is_worth_its_equity():
    """Three players and a side pot: whatever turn and river come, the estimate is the mean over all of them."""
    rules = Rules((1000, 1000, 400), (50, 100, 0))
    deck, state, decisions = Deck(rules.board_cards), BettingState.start(rules), []
    cards = parse_cards("AhKhQcQd7s7c")
    hands = tuple(hand_of_cards(*cards[at : at + 2]) for at in (0, 2, 4))
    flop = tuple(parse_cards("Qh7h2c"))
    for action in (CALL, CALL, CALL, 1000, CALL, CALL):
        board = flop if state.street else ()
        decisions.append(PlayedAction(state, board, None, action, 0.5, mixture=((action,), (1.0,))))
        state = state.apply(action)
    assert state.is_showdown and FOLD not in state.history
    left = [card for card in range(52) if card not in (*cards, *flop)]
    values, estimates = [], []
    for river in itertools.combinations(left, 2):
        board = (*flop, *river)
        ranks = [evaluate_cards(*(card_name(card) for card in (*cards[at : at + 2], *board))) for at in (0, 2, 4)]
        main, side = [rank == min(ranks) for rank in ranks], [rank == min(ranks[:2]) for rank in ranks[:2]]
        values.append(1200 * main[0] / sum(main) + 1200 * side[0] / sum(side) - 1000)
        if len(values) % 150 == 1:
            hand = PlayedHand(hands, board, tuple(decisions), state, 0)
            estimates.append(RingAivat(deck).estimate(hand, 0, deck.winnings(state, board, hands)[0]))
    assert len(values) == 903 and estimates == pytest.approx([np.mean(values)] * len(estimates), abs=1e-9)
