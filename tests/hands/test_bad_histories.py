"""Hands that are left out of a stream: one clear line each, and the rest goes on."""

import random
from pathlib import Path

import pytest
from helpers.hand_histories import dealt, messages_of, without_source
from helpers.make_examples import example_files

from holdem_mpi.formats.phh_writer import format_hands
from holdem_mpi.hands.dealing import to_phh
from holdem_mpi.hands.profile import open_profile

EXAMPLES = Path(__file__).parents[2] / "examples"
GOOD = "STATE:30:cr300c/r600f:AhKd|QsQc/2h3d4c:300|-300:hero|Bob"


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
    text = format_hands([to_phh(hands[0]), to_phh(raised), to_phh(hands[1])])
    first, second, third = (part for part in text.replace("[2]", "\0[2]").replace("[3]", "\0[3]").split("\0"))
    raise_to = next(step.action for step in raised.steps if step.action > 0)
    cases = [
        (second.replace("[2000, 2000]", "[9000, 3000]"), ["stacks: expected [2000, 2000]", "got [9000, 3000]"]),
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


def test_illegal_action_in_phh_names_its_own_line(stream, table_of_examples):
    text = (EXAMPLES / "hands.phhs").read_text()
    spread = text.replace("', '", "',\n'")
    lines = spread.splitlines()
    line = next(number for number, each in enumerate(lines) if "cbr 300" in each)
    lines[line] = lines[line].replace("cbr 300", "cbr 101")
    hands, (report,) = stream("\n".join(lines), "table.phhs", table_of_examples)
    assert len(hands) == 11 and report.startswith(f"table.phhs:{line + 1}: hand 1: action 'p2 cbr 101'"), report


def test_caps_on_raises_are_the_tables_in_limit_and_the_blueprints_in_no_limit(stream):
    """A no-limit config caps raises to keep its tree small; tables have no such rule."""
    (hand,), reports = stream("STATE:1:r200r300r400r500f:AhKd|QsQc:-400|400:hero|Bob")
    assert hand.final.contributions == (500, 400) and not reports
    cards, end = "AhKd|QsQc", "-25|25:hero|Bob"
    (hand,), reports = stream(f"STATE:1:rrrf:{cards}:{end}", profile=open_profile("limit_holdem"))
    assert hand.final.num_raises == 3 and not reports
    _, (report,) = stream(f"STATE:1:rrrrf:{cards}:{end}", profile=open_profile("limit_holdem"))
    assert "cannot bet or raise; legal: call or fold" in report


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


TEXT = "' [ ] [1]\n cbr p1 p3 f # = nan inf -1 1e400 sm ?? AhAh 9999 1.5 true {} , / : | r c MATCHSTATE TO"
FRAGMENTS = tuple(TEXT.split(" "))


@pytest.mark.parametrize("name", ["hands.phhs", "acpc.log", "messages.log"])
def test_damaged_files_give_lines_and_no_crash(stream, table_of_examples, name):
    profile = table_of_examples
    if name == "messages.log":
        source = "\n".join(line for hand in dealt(profile, range(1, 6)) for line in messages_of(hand))
    else:
        source = example_files()[name]
    source, rng, count = source[:3000].encode(), random.Random(name), 0
    for _ in range(120):
        damaged = bytearray(source)
        for _ in range(rng.randint(1, 4)):
            place = rng.randrange(len(damaged))
            damaged[place : place + rng.choice((0, 1, 3, 8))] = rng.choice(FRAGMENTS).encode()
        hands, reports = stream(bytes(damaged), name, profile)
        assert hands or reports
        assert all(report.startswith(f"{name}:") and len(report) < 600 for report in reports)
        count += len(hands)
    assert count > 100
