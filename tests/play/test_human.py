"""A human's game in the terminal, with a script for the human."""

import re

import pytest
from helpers.playing import LIMIT, agent_chooser, baseline_chooser, ring_chooser
from helpers.ring_games import THREE
from helpers.small_blueprints import RULES

from holdem_mpi.formats.acpc import parse_line
from holdem_mpi.game.rules import CALL, FOLD, BettingState
from holdem_mpi.play.autoplayer import PlayerSettings
from holdem_mpi.play.human import HumanMatch, parse_action


def game(chooser, words, log=None, hands=None, after=(), rules=RULES):
    """(the match, what was said) of a game in which the human types ``words``; calls of a string go on for ever."""
    said, left = [], list(after or words)

    def ask(text):
        said.append(text)
        if isinstance(words, str) and not text.startswith("Enter"):
            return words
        return left.pop(0) if left else None

    settings = PlayerSettings(policy=None, profile=None, search={}, searches=False, seed=3, log=log)
    match = HumanMatch(rules, chooser, lambda street: 1000.0, ask, said.append, settings)
    match.play(hands)
    return match, said


def test_a_game(tmp_path):
    log = tmp_path / "log"
    words = ["what", "r 1", "c", "c", "c", "c"] + ["r", "", "f"]
    match, said = game(baseline_chooser("always-call"), words, str(log), 2)
    text = "\n".join(said)
    assert "you have" in text and "pot 20" in text and "bot: call" in text
    assert "expected c: check, r N: raise to 20 .. 200, a: all-in, q: leave" in text
    assert text.count("expected c: check") == 2 and "the bot shows" in text
    assert "a baseline plays every hand alike" in text
    lines = [parse_line(line.encode()) for line in log.read_text().splitlines()]
    assert [line.names for line in lines] == [("you", "bot"), ("bot", "you")]
    assert lines[1].betting == ((FOLD,),) and lines[1].result == (5, -5)
    assert match.chips == lines[0].result[0] - 5 and said[-1].startswith("2 hands: you ")


def test_the_bots_range_is_that_of_its_blueprint():
    chooser = agent_chooser("small_nolimit.game", 4)
    said = game(chooser, "c", after=["r"])[1]
    grid = said[-17:-3]
    assert "percent of each hand" in said[-18] and len(grid) == 14 and grid[0].split() == list("AKQJT98765432")
    shown = [int(cell) for line in grid[1:] for cell in line.split()[1:] if cell != "."]
    assert max(shown) > 60 and min(shown) < 40 and all(0 <= each <= 100 for each in shown)


def test_a_game_of_three(tmp_path):
    """The bots play on when the human has folded, and all move on by a seat."""
    log = tmp_path / "log"
    match, said = game(ring_chooser(4), "c", str(log), 6, ["r", ""] + [""] * 4, rules=THREE)
    text = "\n".join(said)
    seats = ["the small blind (SB)", "the big blind (BB)", "the button (BTN)"] * 2
    assert re.findall(r"hand \d: you have .. .. and are (.*)", text) == seats
    assert {line.split(":")[0] for line in said if line.startswith("  bot")} == {"  bot 1", "  bot 2"}
    assert re.search(r"left, bot 1 \d+, bot 2 \d+", text) and re.search(r"bot [12] shows", text)
    for name in ("bot 1", "bot 2"):
        assert text.count(f"{name}: percent of each hand") == 1
    lines = [parse_line(line.encode()) for line in log.read_text().splitlines()]
    table = ("you", "bot 1", "bot 2")
    assert [line.names for line in lines] == [tuple(table[(seat - hand) % 3] for seat in range(3)) for hand in range(6)]
    assert match.chips == sum(line.result[line.names.index("you")] for line in lines)
    folds = game(ring_chooser(4), "f", None, 1, rules=THREE)[1]
    asked = next(place for place, line in enumerate(folds) if "f: fold" in line)
    assert any(line.startswith("  bot") for line in folds[asked + 1 :])


@pytest.mark.parametrize("words", [[], ["q"], ["c", "q"]])
def test_leaving_is_not_a_loss(words):
    match, said = game(agent_chooser("small_nolimit.game", 4), words)
    assert match.hands == 0 and said[-1] == "0 hands: you won 0 chips"


def test_words():
    state = BettingState.start(RULES)
    read = {word: parse_action(state, word) for word in ("f", "c", "a", "r 30", "b 30")}
    assert read == {"f": FOLD, "c": CALL, "a": 200, "r 30": 30, "b 30": 30}
    assert parse_action(BettingState.start(LIMIT), "r") == 20
    for word in ("", "r", "r x", "r -5", "r 0", "fold", "c c"):
        with pytest.raises(ValueError, match="expected f: fold, c: call 5, r N"):
            parse_action(state, word)
