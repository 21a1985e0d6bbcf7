"""The indexer against the published counts and a naive canonical form."""

import itertools
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from holdem_mpi.kernels.cards.isomorphism import (
    build_indexer,
    index_board,
    index_hand,
    indexer_size,
    orbit_size,
    unindex_hand,
)

SIZES = {
    (2,): 169,
    (2, 3): 1286792,
    (2, 4): 13960050,
    (2, 5): 123156254,
    (2, 3, 1): 55190538,
    (2, 3, 1, 1): 2428287420,
    (3,): 1755,
    (4,): 16432,
    (5,): 134459,
}
ROUNDS = list(SIZES)


def split(cards, rounds):
    ends = list(itertools.accumulate(rounds))
    return [cards[end - count : end] for end, count in zip(ends, rounds)]


def naive_form(cards, rounds):
    """Smallest tuple of sorted rounds over the 24 renamings of suits: equal exactly for isomorphic deals."""
    return min(
        tuple(tuple(sorted(4 * (c // 4) + suits[c % 4] for c in part)) for part in split(cards, rounds))
        for suits in itertools.permutations(range(4))
    )


def number_of_deals(rounds):
    deals, left = 1, 52
    for count in rounds:
        deals *= comb(left, count)
        left -= count
    return deals


@njit
def first_broken(ix, start, end, step, num_cards):
    """First index of the range that does not come back, or whose cards are not different; -1 if none."""
    cards = np.empty(num_cards, np.int64)
    for index in range(start, end, step):
        unindex_hand(ix, index, cards)
        seen = 0
        for card in cards:
            seen |= 1 << card
        bits = 0
        while seen:
            seen &= seen - 1
            bits += 1
        if bits != num_cards or index_hand(ix, cards) != index:
            return index
    return -1


@njit
def sum_of_orbits(ix, size):
    deals = 0
    for index in range(size):
        deals += orbit_size(ix, index)
    return deals


@pytest.mark.parametrize("rounds", ROUNDS)
def test_number_of_indices(rounds):
    assert indexer_size(build_indexer(rounds)) == SIZES[rounds]


@pytest.mark.parametrize("rounds", [(2,), (3,), (4,), (5,), (2, 3), (2, 4)])
def test_every_index_comes_back(rounds):
    assert first_broken(build_indexer(rounds), 0, SIZES[rounds], 1, sum(rounds)) == -1


@pytest.mark.parametrize("rounds", [(2, 5), (2, 3, 1), (2, 3, 1, 1)])
def test_sampled_indices_come_back(rounds):
    size = SIZES[rounds]
    assert first_broken(build_indexer(rounds), 0, size, size // 1000003, sum(rounds)) == -1
    assert first_broken(build_indexer(rounds), size - 1000, size, 1, sum(rounds)) == -1


@pytest.mark.parametrize("rounds", [(2,), (3,), (4,), (5,), (2, 3)])
def test_orbits_sum_to_all_deals(rounds):
    assert sum_of_orbits(build_indexer(rounds), SIZES[rounds]) == number_of_deals(rounds)


@pytest.mark.kernels
@pytest.mark.parametrize("rounds", ROUNDS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_index_does_not_see_suits_or_order(rounds, data):
    deck = data.draw(st.permutations(range(52)))
    suits = data.draw(st.permutations(range(4)))
    ix = build_indexer(rounds)
    cards = list(deck[: sum(rounds)])
    renamed = []
    for part in split(cards, rounds):
        renamed += data.draw(st.permutations([4 * (c // 4) + suits[c % 4] for c in part]))
    assert index_hand(ix, np.array(cards, dtype=np.uint8)) == index_hand(ix, np.array(renamed))


@pytest.mark.kernels
@pytest.mark.parametrize("rounds", ROUNDS)
def test_canonical_deal_is_isomorphic_and_map_leads_to_it(rounds):
    rng = np.random.default_rng(7)
    ix = build_indexer(rounds)
    n = sum(rounds)
    canonical = np.empty(n, dtype=np.int64)
    suit_map = np.empty(4, dtype=np.uint8)
    for _ in range(150):
        cards = rng.permutation(52)[:n]
        index = index_board(ix, cards, suit_map)
        assert index == index_hand(ix, cards)
        unindex_hand(ix, index, canonical)
        mapped = [4 * (int(c) // 4) + int(suit_map[c % 4]) for c in cards]
        assert [sorted(part) for part in split(mapped, rounds)] == [sorted(p) for p in split(canonical, rounds)]
        assert sorted(suit_map) == [0, 1, 2, 3]
        assert naive_form(mapped, rounds) == naive_form([int(c) for c in cards], rounds)


@pytest.mark.parametrize(("rounds", "step"), [((2,), 1), ((3,), 1), ((4,), 11), ((2, 3), 997)])
def test_equal_index_means_equal_naive_form(rounds, step):
    """Different indices have different forms, so with the right number of indices each form has one."""
    ix = build_indexer(rounds)
    cards = np.empty(sum(rounds), dtype=np.int64)
    forms = set()
    indices = range(0, SIZES[rounds], step)
    for index in indices:
        unindex_hand(ix, index, cards)
        forms.add(naive_form(cards.tolist(), rounds))
    assert len(forms) == len(indices)


@pytest.mark.kernels
@pytest.mark.parametrize("rounds", [(3,), (2, 3), (2, 5)])
def test_orbit_size_is_the_number_of_renamings(rounds):
    ix = build_indexer(rounds)
    cards = np.empty(sum(rounds), dtype=np.int64)
    for index in np.random.default_rng(1).integers(0, SIZES[rounds], 100):
        unindex_hand(ix, index, cards)
        deals = {
            tuple(tuple(sorted(4 * (c // 4) + suits[c % 4] for c in part)) for part in split(cards.tolist(), rounds))
            for suits in itertools.permutations(range(4))
        }
        assert orbit_size(ix, index) == len(deals)
