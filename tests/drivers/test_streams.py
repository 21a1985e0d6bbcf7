"""Streams of observed hands: the shipped examples, the same hands from every source, and what is left out and why."""

import random
from pathlib import Path

import pytest
from make_examples import example_files, example_hands

from holdem_mpi.cards import hand_of_cards
from holdem_mpi.drivers.dealing import betting_of, dealt_hands, to_acpc, to_phh, winnings
from holdem_mpi.drivers.observed import seen
from holdem_mpi.drivers.profiles import open_profile
from holdem_mpi.drivers.streams import observed_hands
from holdem_mpi.errors import UserError
from holdem_mpi.evaluation.deck import Deck
from holdem_mpi.formats.acpc import MatchState, Message, format_line
from holdem_mpi.formats.phh import read_hand, split_hands
from holdem_mpi.formats.phh_writer import dumps
from holdem_mpi.game.rules import IllegalAction

EXAMPLES = Path(__file__).parents[2] / "examples"
GOOD = "STATE:30:cr300c/r600f:AhKd|QsQc/2h3d4c:300|-300:hero|Bob"


@pytest.fixture(scope="module")
def profile():
    return open_profile("nolimit_hu_20bb")


@pytest.fixture
def stream(tmp_path, profile):
    """``stream(text, name=...)``: (hands, reports) of a file with this text; paths shortened to the file's name."""

    def stream(text, name="table.log", profile=profile):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        reports = []
        hands = []
        try:
            for hand in observed_hands([path], profile, reports.append):
                hands.append(hand)
        except UserError as error:
            assert not hands and "expected at least one hand" in str(error)
        assert all("\n" not in each for each in reports)
        return hands, [each.removeprefix(f"{tmp_path}/") for each in reports]

    return stream


def without_source(hand):
    hole = tuple(cards and tuple(sorted(cards)) for cards in hand.hole)
    return hand.name, hand.names, hand.hero, hole, hand.board, hand.steps, hand.final


def random_choice(rng):
    """A choice that plays all legal sizes, folds rarely."""

    def choose(state, board, hand):
        legal = state.legal()
        if legal.can_fold and rng.random() < 0.1:
            return -1
        if not legal.max_raise_to or rng.random() < 0.5:
            return 0
        return rng.randint(legal.min_raise_to, min(legal.max_raise_to, 2 * legal.min_raise_to))

    return choose


def dealt(profile, numbers, seed=1, hero=0):
    choose = random_choice(random.Random(seed))
    return list(dealt_hands(profile.rules, seed, numbers, (choose, choose), hero, ("hero", "Bob")[:: 1 - 2 * hero]))


def messages_of(hand, players=(1,)):
    """The messages that a dealer and the players exchange about a hand; player p sits in seat p - 1."""
    rules, number, at = hand.rules, int(hand.name), 0
    lines = []

    def send(state, board, action=None):
        groups = tuple(
            board[seen(rules, street - 1) : seen(rules, street)]
            for street in range(1, rules.num_streets)
            if seen(rules, street) <= len(board)
        )
        for player in players:
            if action is None or state.player == player - 1:
                hole = tuple(
                    cards if seat == player - 1 or state.is_showdown else None for seat, cards in enumerate(hand.hole)
                )
                seat_view = MatchState(player - 1, number, betting_of(state, len(groups) + 1), hole, groups)
                lines.append(format_line(Message(player, len(lines) + at, seat_view, action)))

    for step in hand.steps:
        send(step.state, step.board)
        send(step.state, step.board, step.action)
    send(hand.final, hand.board)
    return lines


def test_examples_are_what_the_script_makes_and_both_say_the_same(profile):
    made = example_files()
    assert (EXAMPLES / "acpc.log").read_text() == made["acpc.log"]
    sections = (split_hands(text) for text in ((EXAMPLES / "hands.phhs").read_text(), made["hands.phhs"]))
    old, new = ([read_hand(section)[0] for section in each] for each in sections)
    assert old == new and len(new) == 12
    expected = [without_source(hand) for hand in example_hands()]
    reports = []
    for file in ("acpc.log", "hands.phhs"):
        hands = list(observed_hands([EXAMPLES / file], profile, reports.append))
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
    lines = [format_line(to_acpc(hand, winnings(hand, deck))) for hand in hands]
    got, reports = stream("\n".join(lines) + "\n", profile=profile)
    assert [without_source(hand) for hand in got] == expected and not reports
    got, reports = stream(dumps(map(to_phh, hands[:40])), "table.phhs", profile)
    assert [without_source(hand) for hand in got] == expected[:40] and not reports


def test_a_short_game_in_acpc_lines(stream):
    profile = open_profile("flop_holdem")
    hands, deck = dealt(profile, range(1, 101)), Deck(profile.rules.board_cards)
    got, reports = stream(
        "\n".join(format_line(to_acpc(hand, winnings(hand, deck))) for hand in hands), profile=profile
    )
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


@pytest.mark.parametrize(
    "changes, words",
    [
        (("cr300c", "cr150c"), ["action 2", "seat 0 cannot bet or raise to 150", "200 to 2000"]),
        (("cr300c", "cr30000c"), ["action 2", "200 to 2000"]),
        (("r600f", "ff"), ["action 4", "seat 0 cannot fold"]),
        (("r600f", "rf"), ["chips after r"]),
        (("r600f", "r600"), ["expected a finished hand", "seat 1"]),
        (("r600f", "r600ff"), ["action 6", "betting is over"]),
        (("cr300c/", "cr300/c"), ["expected 0 streets ended by / before action 3"]),
        (("cr300c/", "cr300c"), ["expected 1 streets ended by / before action 4"]),
        (("r600f", "r600f/"), ["expected at most 1 streets ended by /, got 2"]),
        (("2h3d4c", "2h3d"), ["expected 3 cards on the board at the end, got 2"]),
        (("2h3d4c", "2h3d4c/5s"), ["expected 3 cards", "got 4"]),
        (("2h3d4c", "2h3dAh"), ["different cards", "Ah"]),
        (("AhKd|", "|"), ["cards of the hero, hero, got none"]),
        (("hero|Bob", "Ann|Bob"), ["expected the hero, hero, among Ann and Bob"]),
        (("STATE", "STAT"), ["STATE:number:betting"]),
        (("hero", "h\xe9ro"), ["printable ASCII"]),
        ((":cr300c", ":" + "c" * 5000), ["at most 4096 bytes"]),
        (("r600f:AhKd|QsQc/2h3d4c", "r2000c//:AhKd|QsQc/2h3d4c/5s"), ["expected 5 cards", "got 4"]),
    ],
)
def test_what_is_left_out_is_reported_with_its_line_and_the_rest_goes_on(stream, changes, words):
    old, new = changes
    assert old in GOOD
    bad = GOOD.replace(old, new)
    hands, reports = stream(f"# log\n\n{GOOD}\n{bad}\r\n{GOOD.replace(':30:', ':31:')}")
    assert [(hand.name, hand.source[-2:]) for hand in hands] == [("30", ":3"), ("31", ":5")]
    (report,) = reports
    assert report.startswith("table.log:4: ") and all(word in report for word in words), report
    assert stream(bad)[0] == []


def test_hands_of_another_game_and_illegal_ones_in_phh(stream, profile):
    hands = dealt(profile, range(1, 30))
    raised = next(hand for hand in hands if any(step.action > 0 for step in hand.steps))
    text = dumps([to_phh(hands[0]), to_phh(raised), to_phh(hands[1])])
    first, second, third = (part for part in text.replace("[2]", "\0[2]").replace("[3]", "\0[3]").split("\0"))
    raise_to = next(step.action for step in raised.steps if step.action > 0)
    cases = [
        (second.replace("[2000, 2000]", "[2000, 3000]"), ["stacks: expected [2000, 2000]", "got [2000, 3000]"]),
        (second.replace("'hero', 'Bob'", "'Ann', 'Bob'"), ["expected the hero, hero, among Ann and Bob"]),
        (second.replace("antes = [0, 0]", "antes = [1, 1]"), ["ante: expected 0"]),
        (second.replace("[50, 100]", "[100, 50]"), ["blinds: expected"]),
        (second.replace(f"cbr {raise_to}'", "cbr 9999'"), ["cbr 9999", "expected"]),
        (second.replace("variant", "varian"), ["missing 'variant'"]),
        (second.replace("antes = ", "antes == "), ["expected a hand in PHH"]),
    ]
    for bad, words in cases:
        got, reports = stream(first + bad + third, "table.phhs")
        assert [without_source(hand) for hand in got] == [without_source(hand) for hand in hands[:2]]
        (report,) = reports
        begin, end = first.count("\n") + 1, (first + bad).count("\n")
        line = int(report.split(":")[1])
        assert report.startswith("table.phhs:") and begin <= line <= end and all(word in report for word in words), (
            report
        )


def test_illegal_action_in_phh_names_its_own_line(stream):
    text = (EXAMPLES / "hands.phhs").read_text()
    spread = text.replace("', '", "',\n'")
    lines = spread.splitlines()
    line = next(number for number, each in enumerate(lines) if "cbr 300" in each)
    lines[line] = lines[line].replace("cbr 300", "cbr 101")
    hands, (report,) = stream("\n".join(lines), "table.phhs")
    assert len(hands) == 11 and report.startswith(f"table.phhs:{line + 1}: hand 1: action 'p2 cbr 101'"), report


def test_a_fourth_raise_is_against_the_rules_of_the_profile(stream):
    _, (report,) = stream("STATE:1:r200r300r400r500f:AhKd|QsQc:-400|400:hero|Bob")
    assert "action 4: seat 0 cannot bet or raise to 500" in report and "legal: none" in report


def test_contradicting_messages(stream):
    first = "TO 1 at 1 MATCHSTATE:0:7:r300:AhKd|"
    for second, words in (
        ("TO 1 at 2 MATCHSTATE:0:7:r400c/:AhKd|/2c3c4c", "goes on from the lines before"),
        ("TO 1 at 2 MATCHSTATE:0:7:r300c/:AhKs|/2c3c4c", "same cards of seat 0"),
        ("TO 1 at 2 MATCHSTATE:1:7:r300c/:|AhKd/2c3c4c", "seat of his own"),
        ("TO 2 at 2 MATCHSTATE:0:7:r300c/:AhKd|/2c3c4c", "seat of his own"),
        ("TO 1 at 2 MATCHSTATE:0:7:r300c/:|/2c3c4c", "cards of his own seat"),
    ):
        hands, (report,) = stream(f"{first}\n{second}\n{first.replace(':7:', ':8:')}")
        assert [hand.name for hand in hands] == ["8"] and report.startswith("table.log:2: hand 7: ") and words in report


def test_folders_and_files_that_cannot_be_used(tmp_path, profile):
    def refused(path, words):
        with pytest.raises(UserError) as caught:
            list(observed_hands([path], profile, lambda text: None))
        assert str(path) in str(caught.value) and words in str(caught.value) and "\n" not in str(caught.value)

    refused(tmp_path / "nowhere.log", "No such file")
    refused(tmp_path / "nowhere.phh", "No such file")
    refused(tmp_path, ".phh")
    (tmp_path / "empty.log").write_text("")
    refused(tmp_path / "empty.log", "at least one hand")
    (tmp_path / "latin.phh").write_bytes(b"# \xe9\n")
    refused(tmp_path / "latin.phh", "UTF-8")
    reports = []
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "hands.phhs").write_text((EXAMPLES / "hands.phhs").read_text())
    (tmp_path / "bad.phh").write_text("variant = 'NT'\n")
    hands = list(observed_hands([tmp_path], profile, reports.append))
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
