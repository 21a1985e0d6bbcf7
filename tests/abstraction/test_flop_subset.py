"""Names of textures against counts that are known, and the few flops that stand for all."""

import itertools
from collections import Counter

import numpy as np
import pytest

from holdem_mpi.abstraction.board_names import board_text, texture_of, usual_suits
from holdem_mpi.abstraction.canonical_flops import canonical_flops
from holdem_mpi.abstraction.flop_subset import choose_flops, flop_points
from holdem_mpi.cards import parse_cards


def test_textures_of_all_flops_come_as_often_as_is_known():
    flops, weights = canonical_flops()
    suits, pairs, open_ended = Counter(), Counter(), 0
    for flop, weight in zip(flops.tolist(), weights.tolist()):
        texture = texture_of(flop)
        suits[texture.suits] += weight
        pairs[texture.pairs] += weight
        open_ended += weight * (texture.straights > 0)
    assert suits == {"monotone": 1144, "two-tone": 12168, "rainbow": 8788}
    assert pairs == {"unpaired": 18304, "paired": 3744, "trips": 52}
    # Sets of three ranks within a straight, times suits: 10 straights hold 100 triples, of which many hold several.
    assert open_ended == 64 * len({frozenset(t) for t in _triples_of_straights()})


def _triples_of_straights():
    for low in range(-1, 9):
        yield from itertools.combinations([rank % 13 for rank in range(low, low + 5)], 3)


@pytest.mark.parametrize(
    "board, texture",
    [
        ("Ks7h2h", ("unpaired", "two-tone", "K", 0)),
        ("As2d3c", ("unpaired", "rainbow", "A", 1)),
        ("9s8s7s", ("unpaired", "monotone", "9", 3)),
        ("QsQh4d", ("paired", "rainbow", "Q", 0)),
        ("2s2h2d", ("trips", "rainbow", "2", 0)),
        ("KsKh7s7d", ("two pairs", "2 of a suit", "K", 0)),
        ("JsTs8h2s", ("unpaired", "3 of a suit", "J", 2)),
        ("AsAhAd7s7h", ("full house", "2 of a suit", "A", 0)),
        ("9s9h9d9c2s", ("quads", "2 of a suit", "9", 0)),
    ],
)
def test_textures_by_hand(board, texture):
    assert texture_of(parse_cards(board)) == texture


def test_suits_as_people_write_them():
    names = {board_text(usual_suits(flop)) for flop in canonical_flops()[0].tolist()}
    assert len(names) == 1755 and all(name[1] == "s" for name in names)
    for board, shown in (("Kc7d2d", "Ks7h2h"), ("7cKdKh", "KsKh7d"), ("KcKh7c", "KsKh7s"), ("Ac7c2d", "As7s2h")):
        assert board_text(usual_suits(parse_cards(board))) == shown


@pytest.mark.parametrize("number", [1, 30])
def test_the_chosen_stand_for_all(number):
    _, weights = canonical_flops()
    chosen, stands_for = choose_flops(number)
    assert len(set(chosen.tolist())) == number and (stands_for[chosen] == np.arange(number)).all()
    assert np.bincount(stands_for, weights, number).sum() == 22100 and np.bincount(stands_for).min() > 0
    points = flop_points()
    distance = np.linalg.norm(points[:, None] - points[chosen][None], axis=2)
    assert np.allclose(distance[np.arange(1755), stands_for], distance.min(axis=1))

    def missed(places):
        return weights @ np.linalg.norm(points[:, None] - points[places][None], axis=2).min(axis=1)

    rng = np.random.default_rng(0)
    drawn = [missed(rng.choice(1755, number, replace=False, p=weights / 22100)) for _ in range(5)]
    assert missed(chosen) < (1.0 if number == 1 else 0.8) * min(drawn)


def test_thirty_flops_have_every_kind_of_texture_about_as_often_as_it_comes():
    flops, weights = canonical_flops()
    chosen, stands_for = choose_flops(30)
    for of in (lambda each: each.suits, lambda each: each.pairs):
        real, shown = Counter(), Counter()
        for place, weight in enumerate(weights.tolist()):
            real[of(texture_of(flops[place].tolist()))] += weight
            shown[of(texture_of(flops[chosen[stands_for[place]]].tolist()))] += weight
        assert all(abs(shown[name] - real[name]) < 0.02 * 22100 for name in real)
