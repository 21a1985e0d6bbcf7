"""Ranges: every notation against pokerkit's reading of it, weights, errors, and back to text."""

import numpy as np
import pokerkit
import pytest
from helpers.range_text import format_range
from hypothesis import given, settings
from hypothesis import strategies as st

from holdem_mpi.cards import CLASS_OF_HAND, RANKS, class_name, hand_of_cards, parse_card
from holdem_mpi.formats.hand_order import CLASSES_BY_EQUITY
from holdem_mpi.formats.range_text import RangeError, parse_range
from holdem_mpi.game.deck import Deck
from holdem_mpi.policy.pot_odds import PotOddsPlayer

NOTATIONS = "22+ A2s+ KTo+ QQ-99 99-QQ JTs-54s T7s+ AK AJ+ AhKh JJ 72o Q8o-95o J8o-52o 32s+"


def pokerkit_range(text):
    weights = np.zeros(1326)
    for hand in pokerkit.parse_range(text):
        weights[hand_of_cards(*(parse_card(repr(card)) for card in hand))] = 1
    return weights


@pytest.mark.parametrize("text", [*NOTATIONS.split(), NOTATIONS, NOTATIONS.replace(" ", ","), "AA;KK , QQ"])
def test_notations_as_pokerkit_reads_them(text):
    ours = parse_range(text)
    assert ours.dtype == np.float64 and (ours == pokerkit_range(text)).all()


@pytest.mark.parametrize("high", range(13))
@pytest.mark.parametrize("suits", ["", "s", "o"])
def test_every_class_and_every_plus_as_pokerkit_reads_them(high, suits):
    for low in range(high + 1):
        if low == high and suits:
            continue
        name = RANKS[high] + RANKS[low] + suits
        for text in (name, name + "+"):
            assert (parse_range(text) == pokerkit_range(text)).all(), text


@pytest.mark.parametrize(
    "text, spelt_out",
    [("A5s-A2s", "A5s A4s A3s A2s"), ("K6o-K9o", "K9o K8o K7o K6o"), ("AK-AT", "AK AQ AJ AT"), ("T9s-T8s", "T9s T8s")],
)
def test_kicker_runs_which_pokerkit_does_not_know(text, spelt_out):
    assert (parse_range(text) == pokerkit_range(spelt_out)).all()


def test_every_hand():
    for text in ("random", "100%", "*"):
        assert (parse_range(text) == 1).all()
    assert (parse_range("random:0.25") == 0.25).all()


@pytest.mark.parametrize(
    "text, same",
    [
        ("AhAd:0.5, 9h8h:2.5E-03, TcTd:1.", "AhAd:0.5 9h8h:0.0025 TcTd"),
        ("AcKh:1e+0, KK:0., QQ:.5", "AcKh KK:0 QQ:0.5"),
        ("AA:50%, AKs@50, AKo@0.5%, KK@0, QQ@12.5", "AA:0.5 AKs:0.5 AKo:0.005 KK:0 QQ:0.125"),
        ("[50]AA[/50]", "AA:0.5"),
        ("[12.5]QQ+,AKs:0.25[/12.5],JJ [100.0] TT [/100]", "QQ+:0.125 AKs:0.25 JJ TT"),
        ("aks kqO a2S+ qq-99 aHkd", "AKs KQo A2s+ QQ-99 AhKd"),
        ("1010+ A10s 10h10s K10o+", "TT+ ATs ThTs KTo+"),
        ("A♠K♠ q♡q♢ 99\u201366 88\u221255 AKs\u2013ATs", "AsKs QhQd 99-66 88-55 AKs-ATs"),
        ("ATC", "random"),
    ],
)
def test_what_other_programs_write(text, same):
    assert (parse_range(text) == parse_range(same)).all()


def test_the_order_of_the_classes_is_that_of_their_equities():
    equity = PotOddsPlayer(Deck((0, 3, 1, 1))).equity(())
    of_class = [equity[np.flatnonzero(place == CLASS_OF_HAND)[0]] for place in range(169)]
    assert list(CLASSES_BY_EQUITY) == [class_name(place) for place in sorted(range(169), key=lambda c: -of_class[c])]
    assert of_class[0] == pytest.approx(0.8520, abs=1e-4)


@pytest.mark.parametrize(
    "text, same",
    [
        ("15%", "55+ A5s+ A9o+ K9s+ KJo+ QJs"),
        ("top 15%", "15%"),
        ("TOP15.0%", "15%"),
        ("0.1%", "AA"),
        ("1%", "KK+"),
        ("5%", "77+ AJs+ AKo"),
        ("100%", "random"),
        ("99.95%", "random"),
        ("99%", "random 32o:0"),
        ("5%:0.5 72o", "77+:0.5 AJs+:0.5 AKo:0.5 72o"),
    ],
)
def test_a_share_of_the_hands(text, same):
    assert (parse_range(text) == parse_range(same)).all()


def test_weights_and_order():
    weights = parse_range("QQ+:0.5, KhKd:0.25 AKs AhKh:0")
    assert weights.sum() == 0.5 * 17 + 0.25 + 3
    assert weights[hand_of_cards(parse_card("Ah"), parse_card("Kh"))] == 0
    # The last entry that has a hand counts.
    assert parse_range("AA:0.5 AA").sum() == 6 and parse_range("AA AA:1e-3").sum() == pytest.approx(0.006)


@pytest.mark.parametrize(
    "text, words",
    [
        ("", ["empty range"]),
        (" , ", ["empty range"]),
        ("22+,AZs,KK", ["'AZs'", "character 5", "22+"]),
        ("22+,AXs,KK", ["'AXs'", "character 5", "A2s+ for every kicker"]),
        ("K*", ["K2+"]),
        ("2xo", ["'2xo'", "22+"]),
        ("AKx", ["'AKx'", "character 1"]),
        ("AKs@0.5", ["AKs:0.5", "AKs@0.5%"]),
        ("AKs@101", ["0 to 100 after @", "'101'"]),
        ("AA:50", ["from 0 to 1", "50%", "'50'"]),
        ("[50]AA", ["[/50]"]),
        ("[50]AA[/60]", ["[/50]"]),
        ("AA[/60]", ["no such end"]),
        ("[50]AA,[60]KK[/60]", ["[/50] first"]),
        ("[150]AA[/150]", ["0 to 100"]),
        ("[x]AA", ["[50]AA,KK[/50]"]),
        ("101%", ["at most 100%"]),
        ("0%", ["above 0%"]),
        ("AAs", ["'AAs'", "pair"]),
        ("AhAh", ["'AhAh'", "different"]),
        ("AKs:1.5", ["'AKs:1.5'", "from 0 to 1", "'1.5'"]),
        ("AKs:", ["weight"]),
        ("AKs:-1", ["weight"]),
        ("AKs:nan", ["weight"]),
        ("AKs-QJo", ["both ends"]),
        ("AKs-QTs", ["same gap"]),
        ("AA-KQs", ["both ends"]),
        ("AA-AK", ["same gap"]),
        ("AhK", ["'AhK'"]),
        ("+", ["'+'"]),
        ("-", ["'-'"]),
        ("AK-", ["'AK-'"]),
    ],
)
def test_errors_name_the_entry_and_its_place(text, words):
    with pytest.raises(RangeError) as error:
        parse_range(text)
    assert "\n" not in str(error.value)
    for word in words:
        assert word in str(error.value)


@pytest.mark.parametrize("text", ["random", "22+", "QQ-99,A5s-A2s,KTo+", "AA:0.5,KQs,AhKh:0.125", "22+:0.1,T8s,98s"])
def test_compact_text_is_the_one_a_person_writes(text):
    assert format_range(parse_range(text)) == text


def test_nothing_is_an_empty_text():
    assert format_range(np.zeros(1326)) == ""


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.integers(0, 1325), st.sampled_from([1.0, 0.5, 1 / 3, 1e-7]), min_size=1, max_size=200))
def test_back_and_forth(weight_of_hand):
    weights = np.zeros(1326)
    weights[list(weight_of_hand)] = list(weight_of_hand.values())
    assert (parse_range(format_range(weights)) == weights).all()
