"""A human's game in the terminal, with a script for the human."""

import pytest
from helpers.playing import LIMIT, agent_chooser, baseline_chooser
from helpers.small_blueprints import RULES

from holdem_mpi.formats.acpc import parse_line
from holdem_mpi.game.rules import CALL, FOLD, BettingState
from holdem_mpi.play.autoplayer import PlayerSettings
from holdem_mpi.play.human import HumanMatch, parse_action


def game(chooser, words, log=None, hands=None, after=()):
    """(the match, what was said) of a game in which the human types ``words``; calls of a string go on for ever."""
    said, left = [], list(after or words)

    def ask(text):
        said.append(text)
        if isinstance(words, str) and not text.startswith("Enter"):
            return words
        return left.pop(0) if left else None

    settings = PlayerSettings(policy=None, profile=None, search={}, searches=False, seed=3, log=log)
    match = HumanMatch(RULES, chooser, lambda street: 1000.0, ask, said.append, settings)
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
