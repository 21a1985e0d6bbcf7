"""Hand histories out of files: the shipped examples, the same hands from every source, our own deals."""

import dataclasses
from pathlib import Path

import pytest
from helpers.hand_histories import dealt, messages_of, without_source
from helpers.make_examples import example_files, example_hands

from holdem_mpi.cards import hand_of_cards
from holdem_mpi.errors import UserError
from holdem_mpi.formats.acpc import format_line
from holdem_mpi.formats.phh import read_hand, split_hands
from holdem_mpi.formats.phh_writer import format_hands
from holdem_mpi.game.deck import Deck
from holdem_mpi.game.rules import IllegalAction
from holdem_mpi.hands.dealing import dealt_hands, to_acpc, to_phh
from holdem_mpi.hands.histories import hand_histories
from holdem_mpi.hands.profile import open_profile

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_examples_are_what_the_script_makes_and_both_say_the_same(table_of_examples):
    made = example_files()
    assert (EXAMPLES / "acpc.log").read_text() == made["acpc.log"]
    sections = (split_hands(text) for text in ((EXAMPLES / "hands.phhs").read_text(), made["hands.phhs"]))
    old, new = ([read_hand(section)[0] for section in each] for each in sections)
    assert old == new and len(new) == 12
    expected = [without_source(hand) for hand in example_hands()]
    reports = []
    for file in ("acpc.log", "hands.phhs"):
        hands = list(hand_histories([EXAMPLES / file], table_of_examples, reports.append, reports.append))
        assert [without_source(hand) for hand in hands] == expected and not reports
        for hand in hands:
            path, line = hand.source.rsplit(":", 1)
            assert path == str(EXAMPLES / file) and hand.name in Path(path).read_text().splitlines()[int(line) - 1]
    assert {hand.hero for hand in hands} == {0, 1}


@pytest.mark.parametrize("name", ["nolimit_hu_20bb", "limit_holdem"])
def test_hands_from_every_source_are_the_same(stream, name):
    profile = open_profile(name)
    hands, deck = dealt(profile, range(1, 201)), Deck(profile.rules.board_cards)
    expected = [without_source(hand) for hand in hands]
    lines = [format_line(to_acpc(hand, hand.winnings(deck))) for hand in hands]
    got, reports = stream("\n".join(lines) + "\n", profile=profile)
    assert [without_source(hand) for hand in got] == expected and not reports
    got, reports = stream(format_hands(map(to_phh, hands[:40])), "table.phhs", profile)
    assert [without_source(hand) for hand in got] == expected[:40] and not reports


def test_a_short_game_in_acpc_lines(stream):
    profile = open_profile("flop_holdem")
    hands, deck = dealt(profile, range(1, 101)), Deck(profile.rules.board_cards)
    got, reports = stream("\n".join(format_line(to_acpc(hand, hand.winnings(deck))) for hand in hands), profile=profile)
    assert [without_source(hand) for hand in got] == [without_source(hand) for hand in hands] and not reports


@pytest.mark.parametrize("players", [(1,), (1, 2)])
def test_messages_make_hands(stream, tmp_path, profile, players):
    named = tmp_path / "named.yaml"
    text = Path(profile.source).read_text().replace("hero_names: []", "hero_names: ['1']")
    named.write_text(text)
    hands = dealt(profile, range(1, 151))
    got, reports = stream(
        "\n".join(line for hand in hands for line in messages_of(hand, players)), "t.log", open_profile(named)
    )
    # A single viewer does not see a hand in which he never was told anything.
    assert not reports and len(got) == len(hands)
    for ours, theirs in zip(got, hands):
        assert (ours.steps, ours.final, ours.board, ours.hero) == (theirs.steps, theirs.final, theirs.board, 0)
        assert ours.hand_of(0) == theirs.hand_of(0)
        if theirs.final.is_showdown or len(players) == 2:
            assert ours.hand_of(1) == theirs.hand_of(1)
        else:
            assert ours.hand_of(1) is None
    alone, _ = stream("\n".join(line for hand in hands for line in messages_of(hand, (2,))))
    assert len(alone) == len(hands) and {hand.hero for hand in alone} == {1}


LIMIT_LOG = """\
TO 1 at 1700000000.100000 MATCHSTATE:0:0::Ts9s|
TO 2 at 1700000000.100001 MATCHSTATE:1:0::|QdQc
FROM 2 at 1700000000.200000 MATCHSTATE:1:0::|QdQc:r400
TO 1 at 1700000000.300000 MATCHSTATE:0:0:r:Ts9s|
TO 2 at 1700000000.300001 MATCHSTATE:1:0:r:|QdQc
FROM 1 at 1700000000.400000 MATCHSTATE:0:0:r:Ts9s|:f
TO 1 at 1700000000.500000 MATCHSTATE:0:0:rf:Ts9s|
TO 2 at 1700000000.500001 MATCHSTATE:1:0:rf:|QdQc
"""


@pytest.mark.parametrize("told, size", [("r400", "r"), ("r0", "r"), ("r", "r30"), ("r7", "r999"), ("r", "r")])
def test_sizes_in_fixed_limit_are_nothing(stream, told, size):
    """Whatever chips a player or a dealer gives, a raise is that of the rules: seat 0 loses its big blind."""
    text = LIMIT_LOG.replace(":r400", f":{told}").replace(":0:r:", f":0:{size}:").replace(":0:rf:", f":0:{size}f:")
    (hand,), reports = stream(text, profile=open_profile("limit_holdem", {"hero": "1"}))
    assert not reports and [step.action for step in hand.steps] == [20, -1]
    assert hand.winnings(Deck(hand.rules.board_cards)) == (-10, 10)
    line = f"STATE:0:{size}f:Ts9s|QdQc:-10|10:hero|Bob"
    (same,), reports = stream(line, profile=open_profile("limit_holdem"))
    assert not reports and same.steps == hand.steps


def test_the_dealer_decides_what_a_player_did(stream):
    """An illegal action is changed by the dealer, a second answer and one to an old state are left out."""
    text = """\
TO 1 at 1.1 MATCHSTATE:0:0::Ts9s|
TO 2 at 1.2 MATCHSTATE:1:0::|QdQc
FROM 2 at 1.3 MATCHSTATE:1:0::|QdQc:r30000
FROM 2 at 1.3 MATCHSTATE:1:0::|QdQc:f
TO 1 at 1.4 MATCHSTATE:0:0:r2000:Ts9s|
TO 2 at 1.5 MATCHSTATE:1:0:r2000:|QdQc
FROM 2 at 1.3 MATCHSTATE:1:0::|QdQc:c
FROM 1 at 1.6 MATCHSTATE:0:0:r2000:Ts9s|:f
TO 1 at 1.7 MATCHSTATE:0:0:r2000f:Ts9s|
"""
    table = open_profile("nolimit_hu_20bb", {"hero": "1"})
    (hand,), reports = stream(text, profile=table)
    assert not reports and [step.action for step in hand.steps] == [2000, -1]
    # Where the log ends before the dealer has told, what the player asked for is all there is.
    (hand,), reports = stream(text[: text.index("TO 1 at 1.7")], profile=table)
    assert not reports and [step.action for step in hand.steps] == [2000, -1]


ABORTED = """\
TO 1 at 1.1 MATCHSTATE:0:0::Ts9s|
TO 2 at 1.2 MATCHSTATE:1:0::|QdQc
FROM 2 at 1.3 MATCHSTATE:1:0::|QdQc:c
TO 1 at 1.4 MATCHSTATE:0:0:c:Ts9s|
ERROR: could not get action from seat 1
10.1 seconds spent waiting; timeout 10.0
"""
AGAIN = """\
TO 1 at 2.1 MATCHSTATE:0:0::Ts9s|
TO 2 at 2.2 MATCHSTATE:1:0::|QdQc
FROM 2 at 2.3 MATCHSTATE:1:0::|QdQc:r300
TO 1 at 2.4 MATCHSTATE:0:0:r300:Ts9s|
FROM 1 at 2.5 MATCHSTATE:0:0:r300:Ts9s|:f
TO 1 at 2.6 MATCHSTATE:0:0:r300f:Ts9s|
TO 2 at 2.7 MATCHSTATE:1:0:r300f:|QdQc
"""
HEADER = "# name/game/hands/seed again holdem.nolimit.2p.reverse_blinds.game 1000 0\n"


@pytest.mark.parametrize("begin", [HEADER + "STARTED at 2.0\n", HEADER, "STARTED at 2.0\n", "\ufeff" + HEADER])
def test_a_new_match_begins_new_hands_whatever_their_numbers(stream, begin):
    table = open_profile("nolimit_hu_20bb", {"hero": "1"})
    (hand,), reports = stream(HEADER + ABORTED + begin + AGAIN, profile=table)
    assert [step.action for step in hand.steps] == [300, -1] and hand.winnings(Deck((0, 3, 1, 1))) == (-100, 100)
    assert reports == ["table.log:2: hand 0: expected a finished hand, seat 0 is still to act"]
    # Both stay where both are over, and so do equal hands.
    hands, reports = stream(AGAIN + begin + AGAIN.replace("r300", "c").replace("cf", "cr400"), profile=table)
    assert [len(hand.steps) for hand in hands] == [2, 2] and hands[1].steps[0].action == 0 and not reports


def test_what_the_dealer_says_of_a_match_is_no_hand_that_is_left_out(stream):
    said = """\
16177 48777
STARTED at 1.000001
WARNING: bad state format in response
FROM 2 at 1.2 # thinking
Seconds cumulatively spent in match for seat 0: 3
FINISHED at 9.700000
SCORE:600|-600:Ann|hero
TOTAL:600|-600:Ann|hero
"""
    line = "STATE:0:r300c/cr600r1800f:9c9d|AsKd/2h7s9h:600|-600:Ann|hero\n"
    hands, reports = stream(said + line + "  " + line + "\ufeff" + line + said)
    assert len(hands) == 3 and not reports


@pytest.mark.parametrize(
    "line, told, right",
    [
        ("STATE:9:cc/cc/cc/cc:9c9d|AsKd/2h7s9h/3c/3d:-100|100:Ann|hero", "-100|100", "100|-100"),
        ("STATE:10:f:9c9d|AsKd:7|-7:Ann|hero", "7|-7", "50|-50"),
        ("STATE:1:r200r900f:9c9d|AsKd:-200|200:hero|Ann", "-200|200", "200|-200"),
        ("STATE:6:r2000c///:9c9d|9h9s/2h7sTh/3c/3d:0.5|-0.5:Ann|hero", "", ""),
        ("STATE:8:cc/cc/cc/cc:9c9d|AsKd/2h7s9h/3c/3d:100|-100:Ann|hero", "", ""),
        ("STATE:8:cc/cc/cc/cc:|AsKd/2h7s9h/3c/3d:7|-7:Ann|hero", "", ""),
    ],
)
def test_a_result_that_contradicts_cards_and_betting_is_told(tmp_path, profile, line, told, right):
    log, reports, remarks = tmp_path / "table.log", [], []
    log.write_text(line)
    (hand,) = hand_histories([log], profile, reports.append, remarks.append)
    text = f"{log}:1: hand {hand.name}: result {told} contradicts cards and betting, recomputed: {right}"
    assert not reports and remarks == ([text] if told else [])
    if told:
        assert hand.winnings(Deck(hand.rules.board_cards)) == tuple(map(int, right.split("|")))


def test_text_of_a_room_that_is_not_read_is_said_to_be_one(tmp_path, profile):
    for text, room in (
        ("\ufeff\n\nWinamax Poker - CashGame\n", "Winamax"),
        ("***** Hand History for Game 123 *****\n", "PartyPoker"),
    ):
        for name in ("room.txt", "room.phh"):
            (tmp_path / name).write_text(text)
            with pytest.raises(UserError) as caught:
                list(hand_histories([tmp_path / name], profile, lambda text: None, lambda text: None))
            expected = "expected ACPC logs, PHH in .phh or .phhs files, or text of PokerStars or GGPoker"
            assert str(caught.value) == f"{tmp_path / name}: a hand history of {room} as text; {expected}"


def test_a_log_may_end_anywhere(stream, profile):
    hand = next(each for each in dealt(profile, range(1, 99)) if len(each.steps) > 6 and each.final.street == 3)
    lines = messages_of(hand)
    for cut in range(1, len(lines) + 1):
        got, reports = stream("\n".join(lines[:cut]))
        assert not reports and len(got) == 1, (cut, reports)
        steps = list(got[0].decisions())
        whole = [step for step in hand.steps if step.state.player == 0]
        assert [step._replace(action=None) for step in steps] == [
            step._replace(action=None) for step in whole[: len(steps)]
        ]
        assert all(step.action is not None for step in steps[:-1])
        told = lines[cut - 1].startswith("TO")
        assert not told or not steps or (steps[-1].action is None) == (got[0].final.player == 0)


def test_hands_in_dollars_are_those_of_the_table(stream, table_of_examples):
    """Cents, a byte-order mark, stacks that nobody knows: the same hands as in the table's chips."""
    text = """\
variant = 'NT'
antes = [0, 0]
blinds_or_straddles = [50, 100]
min_bet = 100
starting_stacks = [20000, 20000]
actions = ['d dh p1 AhKd', 'd dh p2 ????', 'p2 cbr 300', 'p1 cc', 'd db 2h3d4c', 'p1 cc', 'p2 cbr 475', 'p1 f']
players = ['hero', 'Bob']
"""
    dollars = text.replace("[50, 100]", "[0.5, 1]").replace("= 100", "= 1").replace("300", "3").replace("475", "4.75")
    dollars = "\ufeff" + dollars.replace("20000, 20000", "200.0, 200")
    unknown = dollars.replace("200.0, 200", "inf, inf")
    (expected,), _ = stream(text, "a.phh", table_of_examples)
    for each in (dollars, unknown, dollars.replace("'p1 f']", "'p1 f'] # 0.1")):
        (hand,), reports = stream(each, "a.phh", table_of_examples)
        assert without_source(hand) == without_source(expected) and not reports


def test_folders_and_files_that_cannot_be_used(tmp_path, table_of_examples):
    profile = table_of_examples

    def refused(path, words):
        with pytest.raises(UserError) as caught:
            list(hand_histories([path], profile, lambda text: None, lambda text: None))
        assert str(path) in str(caught.value) and words in str(caught.value) and "\n" not in str(caught.value)

    refused(tmp_path / "nowhere.log", "No such file")
    refused(tmp_path / "nowhere.phh", "No such file")
    refused(tmp_path, ".phh")
    (tmp_path / "empty.log").write_text("")
    refused(tmp_path / "empty.log", "at least one hand")
    stranger = dataclasses.replace(profile, config=profile.config.model_copy(update={"hero": "Zoe"}))
    with pytest.raises(UserError, match=r"yaml: hero Zoe: not among the players of .*phhs; expected hero or villain$"):
        list(hand_histories([EXAMPLES / "hands.phhs"], stranger, lambda text: None, lambda text: None))
    (tmp_path / "latin.phh").write_bytes(b"# \xe9\n")
    refused(tmp_path / "latin.phh", "UTF-8")
    reports = []
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "hands.phhs").write_text((EXAMPLES / "hands.phhs").read_text())
    (tmp_path / "bad.phh").write_text("variant = 'NT'\n")
    hands = list(hand_histories([tmp_path], profile, reports.append, reports.append))
    assert len(hands) == 12 and len(reports) == 2
    assert "bad.phh:1: " in reports[0] and "latin.phh" in reports[1]


def test_our_own_deals(profile):
    asked = []

    def caller(state, board, hand):
        asked.append((state.player, board, hand))
        return 0

    hands = dealt_hands(profile.rules, 3, range(5), (caller, caller), 1, ("a", "b"))
    first = next(hands)
    assert len(asked) == len(first.steps) == 8  # nothing is dealt ahead
    drawn, board = Deck(profile.rules.board_cards).draw(3, 0)
    assert first.board == board and tuple(hand_of_cards(*cards) for cards in first.hole) == drawn
    assert all(hand == drawn[seat] and shown == board[: len(shown)] for seat, shown, hand in asked)
    assert [step.state.player for step in first.decisions()] == [1] * 4 and len(list(hands)) == 4
    with pytest.raises(IllegalAction):
        next(dealt_hands(profile.rules, 3, [0], (lambda *_: 1, lambda *_: 1), 0, ("a", "b")))
