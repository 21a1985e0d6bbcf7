"""Game definitions of the ACPC: the shipped ones are the games that we train, and one clear line for each bad one."""

from pathlib import Path

import pytest

from holdem_mpi.config.load import load_config
from holdem_mpi.config.shipped import config_folder
from holdem_mpi.errors import ProtocolError
from holdem_mpi.formats.acpc_game import ENDLESS, parse_game
from holdem_mpi.hands.profile import table_rules

FILES = sorted(Path(config_folder() / "acpc").glob("*.game"))
GOOD = (config_folder() / "acpc" / "holdem_limit_2p.game").read_text()


def shipped(name):
    return parse_game((config_folder() / "acpc" / f"{name}.game").read_text())


def test_shipped_games():
    assert [path.stem for path in FILES] == [f"holdem_{kind}_{n}p" for kind in ("limit", "nolimit") for n in (2, 3)]
    assert all(parse_game(path.read_text()).is_holdem for path in FILES)
    assert shipped("holdem_nolimit_2p").rules == table_rules(load_config("nolimit_hu_200bb").game)
    limit, trained = shipped("holdem_limit_2p").rules, table_rules(load_config("limit_holdem").game)
    assert limit.stacks == (ENDLESS, ENDLESS)
    for key in ("blinds", "betting", "raise_sizes", "max_raises", "first_to_act", "board_cards"):
        assert getattr(limit, key) == getattr(trained, key)
    three = shipped("holdem_nolimit_3p").rules
    assert three.blinds == (50, 100, 0) and three.first_to_act == (2, 0, 0, 0) and three.min_bet == 100


def test_spelling_does_not_matter():
    text = "\n# a remark\n" + GOOD.upper().replace("= ", "").replace("END GAMEDEF", "end  gamedef\nanything\n")
    assert parse_game(text) == parse_game(GOOD)
    assert parse_game(GOOD.replace("blind = 10 5", "blind = 10 5 7 # of more seats")) == parse_game(GOOD)


def test_another_deck():
    kuhn = "gamedef\nlimit\nnumplayers 2\nnumrounds 1\nblind 1 1\nraisesize 1\nmaxraises 1\nfirstplayer 1\n"
    game = parse_game(kuhn + "numsuits 1\nnumranks 3\nnumholecards 1\nnumboardcards 0\nend gamedef")
    assert game.deck == (1, 3, 1) and not game.is_holdem and game.rules.raise_sizes == (1,)


@pytest.mark.parametrize(
    "change, line, words",
    [
        (("limit\n", ""), 14, "limit or nolimit"),
        (("limit\n", "limit\nnolimit\n"), 5, "once"),
        (("END GAMEDEF\n", ""), 14, "END GAMEDEF"),
        (("numPlayers = 2", "numPlayers = 7"), 5, "numPlayers: expected 2 to 6, got 7"),
        (("numPlayers = 2", "numPlayers = two"), 5, "numPlayers: expected one whole number, got two"),
        (("numPlayers = 2", "players = 2"), 5, "expected a field of limit, nolimit, numPlayers"),
        (("numRounds = 4", "numRounds = 5"), 6, "numRounds: expected 1 to 4, got 5"),
        (("blind = 10 5", "blind = 10"), 7, "blind: expected 2 numbers, got 1"),
        (("blind = 10 5", "blind = 0 0"), 7, "blind: expected a blind or an ante above 0"),
        (("blind = 10 5", "blind = 10 -5"), 7, "blind: expected whole numbers, got 10 -5"),
        (("blind = 10 5", "blind ="), 7, "blind: expected whole numbers, got nothing"),
        (("blind = 10 5", "blind = 10 5\nblind = 10 5"), 8, "blind: expected once, it is on line 7 too"),
        (("blind = 10 5", "blind = 10 5\nstack = 5 5"), 7, "blind: expected at most the stack, 5, of seat 1, got 10"),
        (("blind = 10 5\n", ""), 14, "blind: expected this field, got none"),
        (("raiseSize = 10 10 20 20\n", ""), 14, "raiseSize: expected this field"),
        (("raiseSize = 10 10 20 20", "raiseSize = 10 10 0 20"), 8, "raiseSize: expected 4 whole numbers >= 1"),
        (("limit\n", "nolimit\n"), 15, "stack: expected this field"),
        (("firstPlayer = 2 1 1 1", "firstPlayer = 3 1 1 1"), 9, "firstPlayer: expected 1 to 2, got [3, 1, 1, 1]"),
        (("maxRaises = 3 4 4 4", "maxRaises = 3 4"), 10, "maxRaises: expected 4 numbers, got 2"),
        (("numBoardCards = 0 3 1 1", "numBoardCards = 0 3 1 2"), 14, "numBoardCards: expected 1 to 4 streets"),
        (("numBoardCards = 0 3 1 1", "numBoardCards = 99999999999"), 14, "at most 10 digits"),
    ],
)
def test_one_line_for_each_mistake(change, line, words):
    text = GOOD.replace(*change)
    assert text != GOOD
    with pytest.raises(ProtocolError) as caught:
        parse_game(text)
    assert words in str(caught.value) and caught.value.line == line and "\n" not in str(caught.value)
