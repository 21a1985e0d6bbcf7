"""Slumbot's actions and answers: there and back, and one line for each that cannot be."""

import random

import pytest
from helpers.random_hands import random_hand

from holdem_mpi.cards import card_name
from holdem_mpi.errors import ProtocolError
from holdem_mpi.formats.slumbot import (
    SLUMBOT_RULES,
    SessionTotals,
    format_action,
    format_actions,
    parse_actions,
    parse_answer_to,
)
from holdem_mpi.game.rules import CALL, FOLD, BettingState, IllegalAction

# As the interface's own sample has them.
TURN = {
    "old_action": "",
    "action": "b200c/kk/k",
    "client_pos": 1,
    "hole_cards": ["Ac", "9d"],
    "board": ["2c", "3d", "4h", "Ts"],
    "token": "a2f42f44-7ff6-40dd-906b-4c2f03fcee57",
}
END = {
    "old_action": "b200c/kb200c/",
    "action": "b200c/kb200c/b400f",
    "client_pos": 0,
    "hole_cards": ["Ac", "8d"],
    "board": ["Ks", "Ts", "4h", "6d"],
    "bot_hole_cards": ["Jc", "3s"],
    "winnings": 400,
    "won_pot": 1200,
    "session_num_hands": 13,
    "baseline_winnings": 800,
    "session_total": -800,
    "session_baseline_total": 600,
}


def test_what_the_interface_s_samples_say():
    at = parse_answer_to(TURN)
    assert (at.seat, at.state.player, at.state.contributions, at.winnings) == (1, 1, (200, 200), None)
    at = parse_answer_to(END)
    assert at.state.contributions == (800, 400) and at.state.is_over and (at.winnings, at.baseline) == (400, 800)
    assert at.totals == SessionTotals(13, -800, 600) and [card_name(card) for card in at.bot_hole] == ["Jc", "3s"]
    for text in ("b20000c///", "b20000c", "b200c/kb19800c//"):
        assert parse_actions(text).is_showdown and parse_actions(text).contributions == (20_000, 20_000)
    assert parse_actions("b200c/kk/kk/kb200").player == 0 == parse_actions("b200c").player
    assert parse_actions("ck").street == 1 and parse_actions("ck/kb100").contributions == (100, 200)


def test_thousands_of_hands_there_and_back():
    rng, showdowns = random.Random(1), 0
    for _ in range(2000):
        hand = random_hand(SLUMBOT_RULES, rng)
        text, street = "", 0
        for state, action in zip(hand.states, hand.actions):
            text += "/" * (state.street - street) + format_action(state, action)
            street = state.street
            after = state.apply(action)
            assert parse_actions(text) == after
            if not after.is_over:
                assert parse_actions(format_actions(after)) == after and format_actions(after).rstrip("/") == text
        assert parse_actions(format_actions(hand.final)) == hand.final
        showdowns += hand.final.is_showdown
    assert showdowns > 500


def test_no_illegal_action_has_a_text():
    start = BettingState.start(SLUMBOT_RULES)
    assert [format_action(start, action) for action in (FOLD, CALL, 200, 20_000)] == ["f", "c", "b200", "b20000"]
    limped = start.apply(CALL)
    assert format_action(limped, CALL) == "k" and format_action(limped.apply(CALL), 300) == "b200"
    for state, action in ((start, 150), (start, 20_001), (limped, FOLD), (start, -5), (start.apply(FOLD), CALL)):
        with pytest.raises(IllegalAction):
            format_action(state, action)


@pytest.mark.parametrize(
    "answer, change, words",
    [
        (TURN, {"client_pos": None}, "client_pos: expected 0 or 1"),
        (TURN, {"client_pos": True}, "client_pos: expected 0 or 1"),
        (TURN, {"client_pos": 0}, "expected the client's turn"),
        (TURN, {"action": None}, "action: expected k, c, f, b"),
        (TURN, {"action": "b200c/kx"}, "action: expected k, c, f, b"),
        (TURN, {"action": "b200k"}, "expected c where it has k"),
        (TURN, {"action": "b200c/c"}, "expected k where it has c"),
        (TURN, {"action": "b200c/f"}, "cannot fold"),
        (TURN, {"action": "b200ck"}, "expected 1 slashes before k"),
        (TURN, {"action": "b200c//k"}, "expected 1 slashes before k"),
        (TURN, {"action": "b200c/kk/kb50"}, "cannot bet or raise to 250"),
        (TURN, {"action": "b200b250"}, "cannot bet or raise to 250"),
        (TURN, {"action": "b30000"}, "cannot bet or raise to 30000"),
        (TURN, {"action": "b200c/kk//"}, "slashes"),
        (TURN, {"hole_cards": ["Ac"]}, "hole_cards: expected a list of 2"),
        (TURN, {"hole_cards": ["Ac", "2c"]}, "different cards"),
        (TURN, {"hole_cards": ["Ac", 7]}, "hole_cards: expected cards such as Ah"),
        (TURN, {"board": ["2c", "3d", "4h"]}, "board: expected 4 cards"),
        (TURN, {"winnings": 5}, "winnings: expected none yet"),
        (END, {"winnings": None}, "winnings: expected chips"),
        (END, {"winnings": 4.5}, "winnings: expected whole chips"),
        (END, {"session_total": "x"}, "session_total: expected whole chips"),
        (
            END,
            {"action": "b200c/kb200c/b400c/kk", "bot_hole_cards": [], "board": ["Ks", "Ts", "4h", "6d", "2c"]},
            "bot_hole_cards: expected two cards at a showdown",
        ),
    ],
)
def test_answers_that_cannot_be(answer, change, words):
    with pytest.raises(ProtocolError) as caught:
        parse_answer_to(answer | change)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_what_is_no_object():
    for answer in (None, [], "x", 7):
        with pytest.raises(ProtocolError, match="expected a JSON object"):
            parse_answer_to(answer)
