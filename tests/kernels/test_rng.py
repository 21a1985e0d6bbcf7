"""Philox against Random123's published vectors, and streams that never meet."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdem_mpi.kernels import rng

# kat_vectors of Random123 1.14 (Salmon et al.), philox4x32 with 10 rounds: counter, key, result.
KNOWN_ANSWERS = [
    ([0] * 4, [0] * 2, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([0xFFFFFFFF] * 4, [0xFFFFFFFF] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    (
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
        [0xA4093822, 0x299F31D0],
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    ),
]


@pytest.mark.kernels
@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN_ANSWERS)
def test_philox_gives_the_published_words(counter, key, expected):
    state = np.array([*counter, *key, 0, 0, 0, 0], np.uint64)
    assert [int(rng.draw_word(state)) for _ in range(4)] == expected


@pytest.mark.kernels
def test_a_stream_goes_on_with_the_next_block():
    state = np.zeros(10, np.uint64)
    rng.open_stream(state, np.uint64(7), 1, 2, 3, 4, 5)
    words = [int(rng.draw_word(state)) for _ in range(12)]
    for block in range(3):
        fresh = np.zeros(10, np.uint64)
        rng.open_stream(fresh, np.uint64(7), 1, 2, 3, 4, 5)
        fresh[0] = np.uint64(block)
        assert [int(rng.draw_word(fresh)) for _ in range(4)] == words[4 * block : 4 * block + 4]


def test_no_two_streams_of_a_run_share_their_counter():
    spans = [(0, 1, 2), (0, 1, 255, 2**32 - 1), (0, 1, 15, 2**24 - 1), (0, 1, 256, 2**32 - 1), (0, 1, 5)]
    seen = {}
    for domain, batch, lane, iteration, player in itertools.product(*spans):
        words = tuple(int(word) for word in rng.stream_words(domain, batch, lane, iteration, player))
        assert all(0 <= word < 2**32 for word in words)
        assert seen.setdefault(words, (domain, batch, lane, iteration, player)) == (
            domain, batch, lane, iteration, player,
        )  # fmt: skip


stream = st.tuples(
    st.integers(0, 15),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**24 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 15),
)


@given(stream, stream)
def test_equal_counters_mean_equal_streams(first, second):
    assert (rng.stream_words(*first) == rng.stream_words(*second)) == (first == second)


def test_draws_are_uniform():
    state = np.zeros(10, np.uint64)
    rng.open_stream(state, np.uint64(1), 0, 0, 0, 0, 0)
    draws = np.array([rng.draw_unit(state) for _ in range(20_000)])
    assert draws.min() > 0 and draws.max() < 1
    # Mean and variance of a uniform within 5 standard errors.
    assert abs(draws.mean() - 0.5) < 5 * np.sqrt(1 / 12 / draws.size)
    assert abs(draws.var() - 1 / 12) < 5 * np.sqrt(1 / 180 / draws.size)
    below = np.bincount([rng.draw_below(state, 52) for _ in range(52_000)], minlength=52)
    assert ((below - 1000) ** 2 / 1000).sum() < 100  # chi-squared, 51 degrees of freedom: 1 in 20,000 exceeds
