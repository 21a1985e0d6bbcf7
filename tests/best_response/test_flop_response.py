"""Best responses in hold'em are those of a plain enumeration of a small deck, and of dense matrices on a real flop."""

import itertools

import numpy as np
import phevaluator
import pytest
from helpers.small_decks import (
    CLASS_OF_HAND,
    Buckets,
    enumerated_best_response,
    layout_of,
    policy_on_cards,
    random_policy,
    small_deck,
)

from holdem_mpi.abstraction.canonical_flops import canonical_flops
from holdem_mpi.best_response import flop_response
from holdem_mpi.best_response.flop_response import FlopResponder
from holdem_mpi.best_response.policy_on_cards import PolicyOnCards
from holdem_mpi.best_response.preflop_response import PreflopResponse, class_values
from holdem_mpi.cards import hand_of_cards, parse_cards
from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_FOLD


def best_responses(policy):
    responder = FlopResponder(policy)
    flops, weights = canonical_flops(policy.deck)
    total = sum(weight * class_values(responder, tuple(flop)) for flop, weight in zip(flops.tolist(), weights))
    return [PreflopResponse(responder, player).best(total[player])[0] for player in (0, 1)]


@pytest.mark.parametrize(
    ("max_raises", "stacks", "deck"),
    [
        ((2, 2), (1000, 1000), small_deck((0, 1, 2, 3, 12), (0, 2))),
        ((1, 3), (9, 9), small_deck((3, 7, 8), (0, 1, 2))),
        ((1, 1, 2), (1000, 1000), small_deck((3, 7, 8), (0, 1, 2))),
        ((1, 1, 1, 1), (1000, 1000), small_deck((3, 7, 8), (1, 2, 3))),
        ((1, 1, 1, 1), (6, 9), small_deck((3, 7, 8), (0, 1, 2))),
    ],
)
def test_best_responses_on_a_small_deck_are_those_of_enumeration(max_raises, stacks, deck):
    policy, buckets = policy_on_cards(layout_of(max_raises, stacks), deck, seed=len(max_raises))
    expected = [enumerated_best_response(policy, buckets, player) for player in (0, 1)]
    np.testing.assert_allclose(best_responses(policy), expected, rtol=0, atol=1e-9)
    assert sum(expected) > 0


def dense_values(policy, buckets, responder, flop, entry, reach):
    """float64[hand of ``live``]: values on a complete flop by matrices of all hands against all hands."""
    layout, tree = policy.layout, policy.layout.tree
    live = list(itertools.combinations(sorted(set(policy.deck) - set(flop)), 2))
    strength = np.array([-phevaluator.evaluate_cards(*flop, *hand) for hand in live])
    holds = np.zeros((len(live), 52))
    for row, hand in enumerate(live):
        holds[row, hand] = 1
    apart = holds @ holds.T == 0
    wins = apart * np.sign(strength[:, None] - strength[None, :])
    bucket = np.array([buckets[1].of(flop, hand) for hand in live])

    def walk(node, reach):
        terminal = tree.terminal_of_node[node]
        if tree.kind_of_node[node] != KIND_DECISION:
            stake = tree.stake_of_terminal[terminal]
            if tree.kind_of_node[node] == KIND_FOLD:
                folded = tree.folded_of_terminal[terminal] >> responder & 1
                return (-stake[responder] if folded else stake[1 - responder]) * (apart @ reach)
            return stake.min() * (wins @ reach)
        children = tree.children(node)
        if tree.player_of_node[node] == responder:
            return np.max([walk(child, reach) for child in children], axis=0)
        sigma = policy.probability[layout.pairs_of_node(node)].astype(np.float64)[bucket]
        sigma /= sigma.sum(axis=1, keepdims=True)
        return sum(walk(child, reach * sigma[:, action]) for action, child in enumerate(children))

    numbers = np.array([hand_of_cards(*hand) for hand in live])
    return numbers, walk(entry, reach[numbers])


@pytest.mark.parametrize(("flop", "dtype", "at_once"), [("2c 7c Kc", np.float64, 20_000), ("Ah As 9d", np.float32, 3)])
def test_values_on_a_real_flop_are_those_of_dense_matrices(flop, dtype, at_once, monkeypatch):
    # With 3 the policy is laid out for the buckets of each flop alone, as for tables with a million of them.
    monkeypatch.setattr(flop_response, "_BUCKETS_AT_ONCE", at_once)
    flop = tuple(sorted(parse_cards(flop)))
    layout, deck = layout_of((2, 3), buckets=(169, 40)), range(52)
    buckets = [None, Buckets(3, 5, 40)]
    buckets[1].deck = set(deck)
    tables = (np.zeros((0, 1326), np.uint16), buckets[1].table([flop], np.uint32))
    policy = PolicyOnCards(layout, random_policy(layout, 1, dtype), CLASS_OF_HAND, tables)
    responder = FlopResponder(policy)
    for _ in range(2):
        found = responder.values(flop)
    for player in (0, 1):
        for place, entry in enumerate(responder.entries):
            reach = responder.preflop_reach[player][place]
            numbers, expected = dense_values(policy, buckets, player, flop, entry, reach)
            np.testing.assert_allclose(found[player, place, numbers], expected, rtol=0, atol=1e-9)
            blocked = np.setdiff1d(np.arange(1326), numbers)
            assert not found[player, place, blocked].any()


def test_there_are_1755_flops():
    flops, weights = canonical_flops()
    assert len(flops) == 1755 and weights.sum() == 22_100 and sorted(set(weights.tolist())) == [4, 12, 24]
    assert (np.diff(flops, axis=1) > 0).all()
