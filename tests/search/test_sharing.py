"""How rank 0 shares cards out once it knows how long it waits."""

import pytest

from holdem_mpi.search.sharing import _Leader


def leader_of(sizes, own, waited):
    """One whose last sweeps took so long for its own cards, and for the others' values after that."""
    leader = _Leader.__new__(_Leader)
    cards = iter(range(sum(sizes)))
    leader.cards_of = {rank: [next(cards) for _ in range(size)] for rank, size in enumerate(sizes)}
    leader._times = [(9.0, 9.0), (9.0, 9.0), *zip(own, waited)]
    return leader


@pytest.mark.parametrize(
    "sizes, own, waited, expected",
    [
        ((9, 9, 9), (0.9, 1.2), (0.35, 0.31), (11, 8, 8)),  # 0.1 a card; each costs the others half a card
        ((10, 10), (1.0, 1.0), (0.9, 0.2), (11, 9)),  # one sweep was late by chance
        ((10, 10), (1.0, 1.0), (0.0, 0.0), (10, 10)),
        ((10, 4), (1.0, 1.0), (50.0, 50.0), (12, 2)),  # never more than half of what they have
        ((10,), (1.0, 1.0), (1.0, 1.0), (10,)),
    ],
)
def test_rank_0_takes_cards_for_the_time_that_it_waits(sizes, own, waited, expected):
    leader = leader_of(sizes, own, waited)
    leader._balance()
    assert tuple(len(cards) for cards in leader.cards_of.values()) == expected
    assert sorted(card for cards in leader.cards_of.values() for card in cards) == list(range(sum(sizes)))
