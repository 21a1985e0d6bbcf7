"""Hands of poker rooms at the table of a policy: whose they are, stacks and units, names left out, what is refused."""

import re

import pytest
from helpers.room_hands import HAND

from holdem_mpi.errors import UserError
from holdem_mpi.game.deck import Deck
from holdem_mpi.hands.histories import hand_histories
from holdem_mpi.hands.profile import open_profile
from holdem_mpi.hands.room_records import AS_PLAYED, Reading, shorter_stacks

DECK = Deck((0, 3, 1, 1))
DEEP = HAND.replace("$150.50", "$203.07")  # 200 big blinds are what both have
ALL_IN = """\
PokerStars Hand #12:  Hold'em No Limit ($0.50/$1.00 USD) - 2016/01/01 12:00:00 ET
Table 'Test' 2-max Seat #1 is the button
Seat 1: Ann ($200 in chips)
Seat 2: Bob ($203.07 in chips)
Ann: posts small blind $0.50
Bob: posts big blind $1
*** HOLE CARDS ***
Dealt to Bob [Ah Kd]
Ann: raises $2 to $3
Bob: raises $200.07 to $203.07 and is all-in
Ann: calls $197 and is all-in
Uncalled bet ($3.07) returned to Bob
*** FLOP *** [2c 3d 4h]
*** TURN *** [2c 3d 4h] [5s]
*** RIVER *** [2c 3d 4h 5s] [9s]
*** SHOW DOWN ***
Bob: shows [Ah Kd] (a straight, Ace to Five)
Ann: shows [9c 9d] (three of a kind)
Bob collected $400 from pot
*** SUMMARY ***
Total pot $400 | Rake $0
"""


@pytest.fixture
def read(tmp_path, table_of_examples):
    """``read(text, reading, hero)``: (hands, reports) of a room's file with this text."""

    def read(text, reading=AS_PLAYED, hero=None):
        path, reports, hands = tmp_path / "room.txt", [], []
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        table = open_profile("nolimit_hu_200bb", {"hero": ("--hero", hero)}) if hero else table_of_examples
        try:
            for hand in hand_histories([path], table, reports.append, reports.append, reading):
                hands.append(hand)
        except UserError as error:
            reports.append(str(error))
        return hands, [each.removeprefix(f"{tmp_path}/") for each in reports]

    return read


def test_two_hands_in_one_file(read):
    """The hero is who is dealt cards; chips beyond the shorter stack play no part."""
    (first, second), reports = read(f"{DEEP}\n\n\n{ALL_IN}")
    assert not reports and (first.name, second.name) == ("4711", "12") and first.hero == second.hero == 0
    assert first.names == ("Bob", "Ann") and first.rules.stacks == (20_000, 20_000)
    assert [step.action for step in first.steps] == [300, 0, 0, 700, 0, 0, 0, 1700, 0]
    assert first.winnings(DECK) == (1700, -1700) and None not in first.hole
    assert [step.action for step in second.steps] == [300, 20_000, 0] and second.winnings(DECK) == (20_000, -20_000)


def test_a_hand_given_up_unseen_has_lost(read):
    (hand,), reports = read(DEEP.replace("mucked [9c 9d]", "mucked"))
    assert not reports and hand.hole[1] is None and hand.is_settled and hand.winnings(DECK) == (1700, -1700)
    (hand,), _ = read(DEEP.replace("mucked [9c 9d]", "mucked"), hero="Bob")
    assert hand.hero == 0 and hand.hand_of(0) is not None


def test_who_the_hero_is(read):
    (hand,), _ = read(DEEP, hero="Ann")  # his cards are known, though given up
    assert hand.hero == 1
    _, (skipped, none) = read(DEEP, hero="Zoe")
    assert skipped == "room.txt:1: hand 4711: expected the hero, Zoe, among Bob and Ann; none of them plays"
    assert none == "--hero Zoe: not among the players of " + none.split("players of ")[1] and "Ann or Bob" in none
    text = DEEP.replace("Ann", "hero")
    (hand,), _ = read(text)
    assert hand.names[hand.hero] == "hero"  # named so by the profile, whoever is dealt cards


def test_names_are_left_out(read):
    (hand,), _ = read(DEEP, Reading(anonymous=True), "Ann")
    assert hand.names == ("BB", "hero")
    for hero, text in ((None, DEEP), ("Zoe", DEEP), (None, DEEP.replace("Bob: calls $2\n", "Bob: calls\n"))):
        _, reports = read(text, Reading(anonymous=True), hero)
        assert not any(name in report for report in reports for name in ("Ann", "Bob"))


def test_other_stacks(read):
    hands, reports = read(HAND)
    assert not hands and "stacks: expected [20000, 20000] as in" in reports[0] and "[15050, 15050]" in reports[0]
    (hand,), reports = read(HAND, Reading(as_table=True))
    assert not reports and hand.rules.stacks == (20_000, 20_000) and hand.winnings(DECK) == (1700, -1700)
    short = ALL_IN.replace("($200 in", "($90 in").replace("calls $197", "calls $87").replace("$3.07", "$113.07")
    short = short.replace("$400", "$180")
    hands, reports = read(f"{HAND}\n\n{short}", Reading(as_table=True))
    assert len(hands) == 1 and reports == [
        f"room.txt:{HAND.count(chr(10)) + 3}: hand 12: expected nobody all-in who has not the stack of "
        + reports[0].split("the stack of ")[1]
    ]
    assert reports[0].endswith("got stacks of 20307 and 9000")
    _, reports = read(DEEP.replace("$0.50", "$0.25"), Reading(as_table=True))
    assert "blinds: expected [100, 50] as in" in reports[0] and reports[0].endswith("got 100, 25")


def test_odd_cents(read):
    """At blinds of 1 and 2 dollars a cent is half a chip of the table's."""
    text = DEEP.replace("$0.50", "$1").replace("$1.00", "$2").replace("blind $1\n*", "blind $2\n*")
    text = text.replace("raises $2 to $3", "raises $4.33 to $6.33").replace("calls $2", "calls $4.33")
    text = text.replace("$33", "$39.66").replace("$34", "$40.66")
    hands, reports = read(text)
    assert not hands and "blinds: expected [100, 50]" in reports[0]
    (hand,), reports = read(text, Reading(as_table=True))
    assert not reports and [step.action for step in hand.steps][:4] == [316, 0, 0, 516]


def test_blinds_that_are_no_even_part_of_the_table_s(read):
    """Levels of 15 and 30: a chip there is three and a third of the table's."""
    text = re.sub(r"\$([0-9.]+)", lambda amount: f"{30 * float(amount[1]):g}", DEEP.replace(" USD", ""))
    for reading, asked in ((AS_PLAYED, text), (Reading(as_table=True), text.replace("6092.1", "6000"))):
        (hand,), reports = read(asked.replace("6092.1", "6093"), reading)
        assert not reports and hand.rules.blinds == (100, 50) and hand.winnings(DECK) == (1700, -1700)


def test_old_codes_and_folders(read, tmp_path, table_of_examples):
    (hand,), _ = read(DEEP.replace("$", "€").encode("cp1252"))
    assert hand.winnings(DECK) == (1700, -1700)
    (hand,), _ = read(DEEP.encode("utf-16"))
    assert hand.winnings(DECK) == (1700, -1700)
    (tmp_path / "notes.txt").write_text("bring milk\n")
    (tmp_path / "party.txt").write_text("***** Hand History for Game 123 *****\n")
    reports = []
    hands = list(hand_histories([tmp_path], table_of_examples, reports.append, reports.append))
    assert len(hands) == 1 and len(reports) == 1 and "a hand history of PartyPoker as text" in reports[0]


def test_chips_that_nobody_can_call():
    assert shorter_stacks((5, 9)) == (5, 5) and shorter_stacks((7, 3, 9, 8)) == (7, 3, 8, 8)
