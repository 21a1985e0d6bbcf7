"""ACPC lines: to text and back for thousands of hands, as pokerkit reads them, and one clear line for each bad one."""

import random
from decimal import Decimal

import pokerkit
import pytest
from helpers.random_hands import random_hand, random_rules
from hypothesis import given, settings
from hypothesis import strategies as st

from holdem_mpi.cards import parse_cards
from holdem_mpi.errors import ProtocolError
from holdem_mpi.formats.acpc import (
    MAX_LINE,
    RAISE,
    AcpcMessage,
    HandLine,
    MatchState,
    format_answer,
    format_betting,
    format_line,
    format_match_state,
    parse_answer,
    parse_line,
    parse_match_state,
)
from holdem_mpi.formats.phh import read_hand, split_hands
from holdem_mpi.game.rules import CALL, FOLD, Rules
from holdem_mpi.hands.acpc_hands import actions_of, flat_betting
from holdem_mpi.hands.dealing import acpc_betting

STATE = "STATE:30:cr300c/r600f:AhKd|QsQc/2h3d4c:300|-300:Ann|Bob"
TO, FROM = "TO 1 at 123.4 MATCHSTATE:0:30:cr300:AhKd|", "FROM 1 at 124.75 MATCHSTATE:0:30:cr300:AhKd|:r900"


def grouped(board):
    """The board of a hand by street after the first."""
    return tuple(board[start:end] for start, end in ((0, 3), (3, 4), (4, 5)) if end <= len(board))


def line_of(number, hand, won):
    board = grouped(hand.board)
    betting = acpc_betting(hand.final, len(board) + 1)
    return HandLine(number, betting, hand.hole, board, (Decimal(won), Decimal(-won)), ("Ann", "Bob"))


def test_what_lines_say():
    hole = (tuple(parse_cards("AhKd")), tuple(parse_cards("QsQc")))
    flop = tuple(parse_cards("2h3d4c"))
    hand = HandLine(30, ((CALL, 300, CALL), (600, FOLD)), hole, (flop,), (Decimal(300), Decimal(-300)), ("Ann", "Bob"))
    assert parse_line(STATE.encode()) == parse_line(STATE.encode() + b"\r\n") == hand
    seen = MatchState(0, 30, ((CALL, 300),), (hole[0], None), ())
    assert parse_line(TO.encode()) == AcpcMessage(1, Decimal("123.4"), seen, None)
    assert parse_line(FROM.encode()) == AcpcMessage(1, Decimal("124.75"), seen, 900)
    assert parse_match_state(format_match_state(seen).encode()) == seen
    assert parse_answer(format_answer(seen, 900).encode()) == (seen, 900)
    assert parse_answer(b"# no\r\n") is parse_match_state(b"VERSION:2.0.0\r\n") is None
    limit = parse_line(b"STATE:0:crrc/cr/:|:1.5|-1.5:a|b")
    assert limit.betting == ((CALL, RAISE, RAISE, CALL), (CALL, RAISE), ()) and limit.hole == (None, None)
    assert format_betting(limit.betting) == "crrc/cr/"
    assert parse_line(b"STATE:0:cr0rc/cr/:|:1.5|-1.5:a|b") == limit


@pytest.mark.parametrize(
    "line", ["", "\n", "  \r\n", "# name/game/hands/seed", " ; remark", "SCORE:-15|15:a|b", "VERSION:2.0.0"]
)
def test_lines_without_a_hand(line):
    assert parse_line(line.encode()) is None


def test_thousands_of_random_hands_to_text_and_back():
    rng = random.Random(5)
    for number in range(4000):
        rules = random_rules(rng, 2, fixed=number % 2 == 0)
        hand = random_hand(rules, rng)
        line = line_of(number, hand, rng.randint(-500, 500))
        text = format_line(line)
        assert parse_line(text.encode()) == line and format_line(parse_line(text.encode())) == text
        tokens = flat_betting(rules, line.betting)
        actions, lines = actions_of(rules, tokens, [7] * len(tokens))
        assert actions == hand.actions and lines == (7,) * len(actions)


def test_pokerkit_reads_the_same_hands():
    rng = random.Random(6)
    for number in range(150):
        fixed = number % 3 == 0
        sizes = {"betting": "fixed_limit", "raise_sizes": (100, 100, 200, 200), "max_raises": (4,) * 4} if fixed else {}
        hand = random_hand(Rules((2000, 2000), (100, 50), **sizes), rng)
        text = format_line(line_of(number, hand, 0))
        kind = pokerkit.FixedLimitTexasHoldem if fixed else pokerkit.NoLimitTexasHoldem
        game = kind((), True, 0, (50, 100), *((100, 200) if fixed else (100,)))
        (history,) = pokerkit.HandHistory.from_acpc_protocol(game, 2000, text, error_status=True)
        (section,) = split_hands(history.dumps())
        theirs, _ = read_hand(section)
        assert (theirs.name, theirs.names) == (str(number), ("Ann", "Bob"))
        assert (theirs.actions, theirs.hole, theirs.board) == (hand.actions, hand.hole, hand.board)


CARDS = st.lists(st.integers(0, 51), min_size=9, max_size=9, unique=True)
ACTIONS = st.lists(st.one_of(st.sampled_from([FOLD, CALL, RAISE]), st.integers(1, 10**10 - 1)), max_size=6).map(tuple)
NAMES = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters=":|"), min_size=1, max_size=12)
CHIPS = st.decimals(-(10**6), 10**6, places=3)
BETTING = st.lists(ACTIONS, min_size=1, max_size=4).map(tuple)


@st.composite
def match_states(draw):
    cards, shown = draw(CARDS), draw(st.sampled_from([(0,), (1,), (0, 1), ()]))
    hole = tuple((cards[2 * seat], cards[2 * seat + 1]) if seat in shown else None for seat in range(2))
    board = grouped(tuple(cards[4 : draw(st.sampled_from([4, 7, 8, 9]))]))
    return MatchState(draw(st.integers(0, 1)), draw(st.integers(0, 10**10 - 1)), draw(BETTING), hole, board)


@given(match_states(), st.tuples(CHIPS, CHIPS), st.tuples(NAMES, NAMES))
@settings(deadline=None, max_examples=300)
def test_any_finished_hand_round_trips(state, result, names):
    line = HandLine(*state[1:], result, names)
    assert parse_line(format_line(line).encode()) == line


@given(
    match_states(),
    st.integers(1, 9),
    st.decimals(0, 10**9, places=6),
    st.one_of(st.none(), st.sampled_from([FOLD, CALL, RAISE, 300])),
)
@settings(deadline=None, max_examples=300)
def test_any_message_round_trips(state, player, at, action):
    message = AcpcMessage(player, at, state, action)
    assert parse_line(format_line(message).encode()) == message


@given(st.one_of(st.binary(max_size=200), st.text(max_size=100).map(str.encode), st.integers(0, 60)))
@settings(deadline=None, max_examples=500)
def test_whatever_comes_is_a_value_or_a_protocol_error(line):
    if isinstance(line, int):  # a good line, cut short
        line = STATE.encode()[:line]
    try:
        value = parse_line(line)
    except ProtocolError as error:
        assert str(error).startswith("expected ") and "\n" not in str(error)
    else:
        assert value is None or parse_line(format_line(value).encode()) == value


@pytest.mark.parametrize(
    "line, words",
    [
        ("STAT:1:c:|:0|0:a|b", ["STATE:number:betting:cards:result:names", "TO or FROM", "'STAT:1"]),
        ("STATE:30:cr300c:AhKd|QsQc:300|-300", ["STATE:number:betting:cards:result:names", "5"]),
        ("STATE:x:cc:AhKd|QsQc:0|0:a|b", ["number of a hand", "'x'"]),
        ("STATE:1:cr00c:AhKd|QsQc:0|0:a|b", ["betting of f, c, rCHIPS and /", "'cr00c'"]),
        ("STATE:1:ck:AhKd|QsQc:0|0:a|b", ["betting of f, c, rCHIPS and /", "'ck'"]),
        ("STATE:1:cr99999999999:AhKd|QsQc:0|0:a|b", ["betting"]),
        ("STATE:1:cc:AhKdQsQc:0|0:a|b", ["cards such as AhKd|QsQc", "'AhKdQsQc'"]),
        ("STATE:1:cc:AhK|QsQc:0|0:a|b", ["cards such as"]),
        ("STATE:1:cc:AhKx|QsQc:0|0:a|b", ["cards such as"]),
        ("STATE:1:cc:AhKdQd|QsQc:0|0:a|b", ["cards such as"]),
        ("STATE:1:cc/:AhKd|QsQc/:0|0:a|b", ["cards such as"]),
        ("STATE:1:cc/:AhKd|QsQc/2h3dAh:0|0:a|b", ["different cards", "Ah twice"]),
        ("STATE:1:cc:AhKd|QsQc:0:a|b", ["chips won, such as", "2 players", "'0'"]),
        ("STATE:1:cc:AhKd|QsQc:nan|0:a|b", ["chips won, such as"]),
        ("STATE:1:cc:AhKd|QsQc:0|0:ab", ["names, such as Ann|Bob", "2 players", "'ab'"]),
        ("STATE:1:cc:AhKd|QsQc:0|0:a|", ["names, such as"]),
        ("TO 1 at noon MATCHSTATE:0:30:c:AhKd|", ["TO or FROM", "seconds"]),
        ("TO 1 at 1.5 MATCHSTATE:2:30:c:AhKd|", ["seat 0 to 1 of 2", "'2'"]),
        ("TO 1 at 1.5 MATCHSTATE:0:30:c:AhKd|:c", ["MATCHSTATE:seat:number:betting:cards", "6"]),
        ("FROM 1 at 1.5 MATCHSTATE:0:30:c:AhKd|", [":action after FROM"]),
        ("FROM 1 at 1.5 MATCHSTATE:0:30:c:AhKd|:x", ["action f, c or rCHIPS", "'x'"]),
        ("FROM 1 at 1.5 MATCHSTATE:0:30:c:AhKd|:", ["action f, c or rCHIPS", "''"]),
        ("TO 0 at 1.5 MATCHSTATE:0:30:c:AhKd|", ["TO or FROM"]),
        ("STATE:1:cc:AhKd|QsQc|:0|0|0:a|b", ["names, such as", "3 players"]),
        ("STATE:1:cc:AhKd|QsQc|:0|0:a|b|c", ["chips won, such as", "3 players"]),
        ("STATE:1:cc:" + "|" * 6 + ":0:a", ["cards such as"]),
        ("TO 1 at 1.5 MATCHSTATE:3:30:c:AhKd||", ["seat 0 to 2 of 3", "'3'"]),
        ("VERSION:1.0.0", ["STATE:", "'VERSION:1.0.0'"]),
        ("STATE:1:cc:AhKd|QsQc:0|0:Zoë|b", ["printable ASCII", "0xc3", "column 28"]),
        ("STATE:1:cc:AhKd|QsQc:0|0:a\0|b", ["printable ASCII", "0x00"]),
        ("# " + "x" * MAX_LINE, [f"at most {MAX_LINE} bytes"]),
    ],
)
def test_one_line_for_each_bad_line(line, words):
    with pytest.raises(ProtocolError) as caught:
        parse_line(line.encode())
    text = str(caught.value)
    assert "\n" not in text and len(text) < 300 and all(word in text for word in words), text


def test_three_players():
    """The states that the protocol's own document shows, and a log's line."""
    for text in (
        "MATCHSTATE:2:55:rcc/rfc/rc/rf:||AsTs/4cJh8h/Kd/8c",
        "MATCHSTATE:0:90:crfc/rc/rc/rc:Ad6h||Td2h/TsKd7h/Kh/6d",
    ):
        state = parse_match_state(text.encode())
        assert len(state.hole) == 3 and format_match_state(state) == text
    line = parse_line(b"STATE:7:cr300ff:AhKd|QsQc|2c2d:-50|400|-350:Ann|Bob|Cid")
    assert (
        line.names == ("Ann", "Bob", "Cid")
        and line.result == (-50, 400, -350)
        and parse_line(format_line(line).encode()) == line
    )


def test_what_could_not_be_read_back_is_not_written():
    line = parse_line(STATE.encode())
    for change in ({"names": ("a:b", "c")}, {"names": ("", "c")}, {"betting": ((-7,),)}, {"number": -1}):
        with pytest.raises(ValueError):
            format_line(line._replace(**change))
