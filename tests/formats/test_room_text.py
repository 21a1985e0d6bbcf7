"""Text of poker rooms: random hands that pokerkit has played come out as it paid them; one line for the rest."""

import random
import subprocess
import sys
from collections import Counter
from decimal import Decimal

import phevaluator
import pytest
from helpers.room_hands import HAND, room_text

from holdem_mpi.cards import card_name
from holdem_mpi.errors import ProtocolError
from holdem_mpi.formats.room_amounts import Amounts
from holdem_mpi.formats.room_text import decoded, read_room_hand, room_of, split_room_hands
from holdem_mpi.game.pots import payoffs
from holdem_mpi.game.rules import BettingState, Rules


def paid(room):
    """Net chips by seat by our rules: who mucks loses to who shows."""
    hand, state = room.hand, BettingState.start(room.hand.rules)
    for action in hand.actions:
        state = state.apply(action)
    assert state.is_over
    strengths = [0] * hand.rules.num_players
    if state.is_showdown:
        board = [card_name(card) for card in hand.board]
        for seat, cards in enumerate(hand.hole):
            if not state.folded[seat] and (cards is not None or not room.mucked[seat]):
                strengths[seat] = 8000 - phevaluator.evaluate_cards(*map(card_name, cards), *board)
    return payoffs(state.contributions, state.folded, strengths, odd_chips="seat"), state


def read_one(text):
    (section,) = split_room_hands(text)
    return read_room_hand(section)


def test_hands_that_pokerkit_played_come_out_as_it_paid_them():
    """300 hands, thirty a file, with side pots, posts, antes, mucked hands, rake, chat, odd names and currencies."""
    rng, seen = random.Random(5), Counter()
    for file in range(10):
        hands = [room_text(rng, 1000 * file + number, rng.choice((2, 2, 3, 4, 5, 6))) for number in range(30)]
        text = "\n\n\n".join(hand.text for hand in hands) + "\n"
        text = text.replace("\n", "\r\n") if file % 2 else text
        sections = split_room_hands(text)
        assert [section.header for section in sections] == [str(1000 * file + number) for number in range(30)]
        for made, section in zip(hands, sections):
            room = read_room_hand(section)
            got, state = paid(room)
            chip = max(room.hand.rules.blinds) / made.big_blind
            assert got == [pay * chip for pay in made.state.payoffs], made.text
            assert room.hand.names == tuple(made.names) and room.dealt == made.hero
            assert text.splitlines()[section.line - 1] == made.text.split("\n")[0]
            all_in = {chips for chips, out in zip(state.contributions, state.folded) if not out}
            seen["side pots"] += state.is_showdown and len(all_in) > 2
            seen["uncalled"] += "Uncalled bet" in made.text
            seen["mucked"] += any(room.mucked)
            seen["known though mucked"] += any(m and c is not None for m, c in zip(room.mucked, room.hand.hole))
            seen["posts"] += room.hand.rules.blinds.count(max(room.hand.rules.blinds)) > 1
            seen["antes"] += room.hand.rules.ante > 0
            seen["split"] += state.is_showdown and sum(pay > 0 for pay in got) > 1
    kinds = ("side pots", "uncalled", "mucked", "known though mucked", "posts", "antes", "split")
    assert all(seen[key] >= 5 for key in kinds), seen


def test_what_a_text_says():
    room = read_one(HAND)
    hand = room.hand
    assert hand.rules == Rules((301, 400), (2, 1)) and hand.names == ("Bob", "Ann") and hand.name == "4711"
    assert hand.actions == (6, 0, 0, 14, 0, 0, 0, 34, 0) and room.dealt == 0 and room.mucked == (False, True)
    assert ["".join(map(card_name, cards)) for cards in (*hand.hole, hand.board)] == ["AhKd", "9c9d", "2c3d4h5s9s"]


def test_what_other_rooms_write_otherwise():
    """GGPoker: hands named by letters too, fees beside the rake, the ante in the level."""
    text = HAND.replace("PokerStars Hand #4711:", "Poker Hand #RC4711:").replace(
        "Rake $1", "Rake $0.50 | Jackpot $0.50 | Tax $0"
    )
    text = text.replace("Dealt to Bob", "Dealt to Ann \nDealt to Bob")
    assert read_one(text).hand == read_one(HAND).hand._replace(name="RC4711")
    level = "Tournament #7, Big $5 Hold'em No Limit - Level5(0.50/1(0.10))"
    assert (
        read_one(text.replace("Hold'em No Limit ($0.50/$1.00 USD)", level)).hand.actions == read_one(HAND).hand.actions
    )


@pytest.mark.parametrize(
    "old, new, line, words",
    [
        (
            "Ann: posts small",
            "Cid: posts straddle $2\nAnn: posts straddle $2\nAnn: posts small",
            6,
            "got 'posts straddle $2'",
        ),
        (
            "big blind $1\n",
            "big blind $1\nAnn: posts small & big blinds $1.50\n",
            7,
            "got 'posts small & big blinds $1.50'",
        ),
        ("big blind $1\n", "big blind $1\nBob: posts big blind $1\n", 7, "dead blind"),
        ("big blind $1\n", "big blind $2\n", 6, "a big blind of 1"),
        ("*** TURN ***", "*** FIRST TURN ***", 15, "one board dealt once, got '*** FIRST TURN ***"),
        ("*** SUMMARY ***", "", 1, "expected a finished hand, with its summary"),
        ("Hold'em No Limit", "Hold'em Limit", 1, "expected no-limit hold'em, got"),
        ("Hold'em No Limit", "Omaha Pot Limit", 1, "expected no-limit hold'em, got"),
        ("($0.50/$1.00 USD)", "", 1, "expected the blinds as in (1/2)"),
        ("Total pot $34", "Total pot $33", 1, "expected a pot of 66 chips as the summary says, betting comes to 68"),
        ("collected $33", "collected $30", 1, "expected 66 chips collected, pot less rake, got 60"),
        ("Bob collected", "Ann: calls $9\nBob collected", 1, "expected a hand that pokerkit can read"),
        ("Bob: calls $2\n", "Bob: calls\n", 10, "expected an action with its chips, got 'Bob: calls'"),
        ("Bob: calls $2\n", "", 1, "expected"),
        ("Dealt to Bob [Ah Kd]", "Dealt to Bob [Ah Kd Qs]", 8, "expected two cards"),
        ("Dealt to Bob", "Dealt to Cid", 8, "expected one of the players at the table, got 'Cid'"),
        ("Seat 2: Bob (", "Seat 1: Bob (", 4, "each seat once"),
        ("Seat #1 is the button", "", 2, "expected the button's seat"),
        ("[Ah Kd] (a straight", "[As Kd] (a straight", 1, "expected the cards dealt to him"),
        ("$150.50", "$150,50", 1, "one decimal mark"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(old, new, line, words):
    assert old in HAND
    with pytest.raises(ProtocolError) as caught:
        read_one("\n\n" + HAND.replace(old, new))
    assert words in str(caught.value) and "\n" not in str(caught.value)
    assert caught.value.line == line + 2


def test_blinds_and_antes_that_are_not_the_usual_ones():
    """A small blind that nobody posts, a blind and an ante with the last chips, an ante of one player only."""
    four = """\
PokerStars Hand #5: Tournament #5, $1+$0.10 USD Hold'em No Limit - Level II (15/30) - 2016/01/01 12:00:00 ET
Table '5 1' 6-max Seat #3 is the button
Seat 1: P1 (1500 in chips)
Seat 2: P2 (20 in chips)
Seat 3: P3 (2 in chips)
P1: posts the ante 5
P2: posts the ante 5
P3: posts the ante 2 and is all-in
P1: posts small blind 15
P2: posts big blind 15 and is all-in
*** HOLE CARDS ***
*** FLOP *** [2c 3d 4h]
*** TURN *** [2c 3d 4h] [5s]
*** RIVER *** [2c 3d 4h 5s] [9s]
*** SHOW DOWN ***
P1: shows [9h 9d] (three of a kind)
P2: shows [Ah Kd] (a straight)
P2 collected 36 from side pot
P3: shows [Ac Kc] (a straight)
P2 collected 3 from main pot
P3 collected 3 from main pot
*** SUMMARY ***
Total pot 42 | Rake 0
"""
    room = read_one(four)
    assert room.hand.rules == Rules((1500, 20, 2), (15, 30, 0), 5)
    assert paid(room)[0] == [-20, 19, 1]
    with pytest.raises(ProtocolError, match=r"antes: expected the same ante of every player"):
        read_one(four.replace("P1: posts the ante 5\n", "").replace("pot 42", "pot 37"))
    dead = four.replace("P1: posts small blind 15\nP2: posts big blind 15 and is all-in", "P1: posts big blind 30")
    dead = dead.replace("CARDS ***\n", "CARDS ***\nP2: calls 15 and is all-in\nUncalled bet (15) returned to P1\n")
    room = read_one(dead)
    assert room.hand.rules.blinds == (30, 0, 0) and room.hand.rules.first_to_act == (1, 0, 0, 0)
    assert paid(room)[0] == [-20, 19, 1]


@pytest.mark.parametrize(
    "texts, values",
    [
        (["$2.50", "$1,000"], ["2.50", "1000"]),
        (["2,50 €", "1.000 €"], ["2.50", "1000"]),
        (["0,125", "12"], ["0.125", "12"]),
        (["1,000", "20\u00a0000"], ["1000", "20000"]),
        (["1.234.567"], ["1234567"]),
        (["R$2,5", "US$3", "zł4", "Rs.5", "CHF 6"], ["2.5", "3", "4", "5", "6"]),
    ],
)
def test_amounts(texts, values):
    amounts = Amounts(texts)
    assert [amounts.read(text) for text in texts] == list(map(Decimal, values))


def test_amounts_that_are_none():
    for texts in (["1,50", "1.50"], ["1,00,000"], ["x"], ["10,0000"]):
        with pytest.raises(ProtocolError):
            [Amounts(texts).read(text) for text in texts]


def test_rooms_are_known_by_how_they_begin():
    assert room_of("\ufeff\n\nPokerStars Zoom Hand #1: ") == "PokerStars" and room_of("Poker Hand #RC1: ") == "GGPoker"
    assert room_of("***** Hand History for Game 1 *****") == "PartyPoker" and not room_of("STATE:0:cc")
    assert decoded("€".encode("cp1252")) == decoded("\ufeff€".encode()) == decoded("€".encode("utf-16")) == "€"


def test_damaged_text_gives_a_line_and_no_crash():
    rng, fragments = (
        random.Random(3),
        ("", "[", "Ah", "$", ": folds", "\n", "9999999999999", ".", ",", "Ann", "***", "\x00"),
    )
    seen = Counter()
    for _ in range(150):
        text = HAND
        for _ in range(rng.randint(1, 3)):
            place = rng.randrange(len(text))
            text = text[:place] + rng.choice(fragments) + text[place + rng.choice((0, 1, 3, 8)) :]
        for section in split_room_hands(text):
            try:
                read_room_hand(section)
                seen["read"] += 1
            except ProtocolError as error:
                assert "\n" not in str(error) and error.line and len(str(error)) < 600
                seen["refused"] += 1
    assert seen["read"] > 20 < seen["refused"]


def test_without_pokerkit_a_line_says_what_to_install():
    code = f"""
import sys
sys.modules["pokerkit"] = None
from holdem_mpi.formats.room_text import read_room_hand, split_room_hands
try:
    read_room_hand(split_room_hands({HAND!r})[0])
except Exception as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.startswith("UserError") and "pip install 'holdem_mpi[phh]'" in done.stdout, done.stderr
    assert done.stdout.count("\n") == 1 and not done.stderr
