"""Table profiles: the shipped ones, what is spread out, and one clear line for each mistake."""

import dataclasses

import pytest

from holdem_mpi.config.load import load_config
from holdem_mpi.config.profile_config import load_profile, shipped_profiles
from holdem_mpi.config.shipped import config_folder
from holdem_mpi.errors import ConfigError, ProtocolError
from holdem_mpi.game.betting import SizeMenu, limit_menu
from holdem_mpi.game.game import Game
from holdem_mpi.game.rules import CALL, FOLD, BettingState, Rules
from holdem_mpi.hands.profile import open_profile

BASE = (config_folder() / "profiles" / "nolimit_hu_20bb.yaml").read_text()
SHIPPED = ["flop_holdem", "limit_holdem", "nolimit_hu_200bb", "nolimit_hu_20bb"]


@pytest.fixture
def profile(tmp_path):
    """``profile(old, new, ...)``: the shipped profile with texts replaced, opened."""

    def profile(*changes):
        text = BASE
        for old, new in zip(changes[::2], changes[1::2]):
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "table.yaml").write_text(text)
        return open_profile(tmp_path / "table.yaml")

    return profile


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_profiles_are_of_their_games(name):
    assert shipped_profiles() == SHIPPED
    source, config = load_profile(name)
    assert source.endswith(f"profiles/{name}.yaml") and config.game == load_config(name).game
    opened, game = open_profile(name), Game(config.game)
    assert opened.deadline(1) == 1.0
    if name.startswith("nolimit"):  # the cap on raises is the blueprint's tree's
        assert opened.rules.max_raises == (None,) * 4
        assert dataclasses.replace(opened.rules, max_raises=game.rules.max_raises) == game.rules
    else:
        assert opened.rules == game.rules
    assert isinstance(opened.menu, SizeMenu) == name.startswith("nolimit")
    opened.menu(BettingState.start(opened.rules))


def test_single_values_are_spread_out(profile):
    assert profile("stacks: 2000", "stacks: [2000, 2000]").config == profile().config
    times = profile("deadline_ms: 1000", "deadline_ms: {preflop: 100, flop: 500}")
    assert [times.deadline(street) for street in range(4)] == [0.1, 0.5, 1.0, 1.0]


def test_sizes_in_percent(tmp_path):
    text = BASE[: BASE.index("menu:")] + "menu: {bet_sizes: [33%, 0.75], raise_sizes: {river: [100%]}}\n"
    (tmp_path / "table.yaml").write_text(text)
    menu = load_profile(tmp_path / "table.yaml")[1].menu
    assert menu.bet_sizes.turn == [0.33, 0.75] and menu.raise_sizes.river == [1.0] and menu.raise_sizes.flop == []


def test_a_game_in_the_profile_itself_or_in_a_file(profile):
    game = load_config("nolimit_hu_20bb").game
    inline = profile("game: nolimit_hu_20bb", f"game: {game.model_dump()}".replace("None", "null"))
    assert inline.config.game == game
    path = config_folder() / "nolimit_hu_20bb.yaml"
    assert profile("game: nolimit_hu_20bb", f"game: {path}").config.game == game


def test_menus(profile):
    start = BettingState.start(profile().rules)
    assert profile().menu(start) == [FOLD, CALL, 200, 300, 2000]
    only = "bet_sizes: {river: [0.5]}"
    own = profile(BASE[BASE.index("menu:") :], f"menu:\n  {only}\n  all_in: false\n")
    assert own.menu.bets == own.menu.raises == ((), (), (), (0.5,)) and own.menu.all_in == (False,) * 4
    everywhere = profile(BASE[BASE.index("menu:") :], "menu: {bet_sizes: [2.0], raise_sizes: []}\n")
    assert everywhere.menu.bets == ((2.0,),) * 4 and everywhere.menu.raises == ((),) * 4
    # Without any, the game's, and extra ones for a search go with those.
    assert profile(BASE[BASE.index("menu:") :], "").menu.bets == ((0.5, 1.0),) * 4
    extra = profile(BASE[BASE.index("menu:") :], "menu: {extra_bet_sizes: [33%], extra_raise_sizes: []}\n")
    searched = extra.search_config({}).menu
    assert extra.menu.bets == ((0.5, 1.0),) * 4 and searched.bet_sizes.river == [0.5, 1.0]
    assert searched.extra_bet_sizes == [0.33] and searched.extra_raise_sizes == []
    assert open_profile("limit_holdem").menu == limit_menu


def test_the_hero_by_name_or_by_seat(profile):
    by_name = profile("hero_names: []", "hero_names: [Ann, '1']")
    assert (
        by_name.hero_seat(["hero", "Bob"]) == by_name.hero_seat(["1", "2"]) == 0
        and by_name.hero_seat(("x", "Ann")) == 1
    )
    for names, words in ((["Cid", "Bob"], "none of them plays"), (["Ann", "hero"], "both are his names")):
        with pytest.raises(ProtocolError, match=words):
            by_name.hero_seat(names)
    by_seat = profile("hero: hero", "hero: 1")
    assert by_seat.hero_seat(["Cid", "Bob"]) == 1
    # Names say more than a seat.
    assert profile("hero: hero", "hero: 1", "hero_names: []", "hero_names: [Ann]").hero_seat(["Ann", "Bob"]) == 0


@pytest.mark.parametrize(
    "rules, words",
    [
        (Rules((2000, 2000, 2000), (50, 100, 0)), "players: expected 2 .*got 3"),
        (
            Rules((2000, 1599), (100, 50)),
            r"stacks: expected \[2000, 2000\].* or up to 1.25 times more or less, got \[2000, 1599\]",
        ),
        (Rules((2501, 9000), (100, 50)), r"stacks: .*got \[2501, 9000\]"),
        (Rules((2000, 2000), (20, 10)), r"blinds: expected \[100, 50\].*got \[20, 10\]"),
        (Rules((2000, 2000), (50, 100)), r"blinds: expected \[100, 50\].*got \[50, 100\]"),
        (Rules((2000, 2000), (100, 50), 5), "ante: expected 0 .*got 5"),
        (Rules((2000, 2000), (100, 50), antes=(5, 0)), r"antes: expected \[\] .*got \[5, 0\]"),
        (Rules((2000, 2000), (100, 50), board_cards=(0, 3)), "board_cards"),
        (Rules((2000, 2000), (100, 50), min_bet=200), "min_bet: expected 100 .*got 200"),
        (
            Rules((2000, 2000), (100, 50), 0, "fixed_limit", raise_sizes=(100, 100, 200, 200)),
            "betting: expected no_limit",
        ),
    ],
)
def test_another_game_is_refused(profile, rules, words):
    table = profile()
    table.refuse_other_game(table.rules)
    table.refuse_other_game(Rules((2000, 2000), (100, 50)))
    with pytest.raises(ProtocolError, match=words):
        table.refuse_other_game(rules)


@pytest.mark.parametrize(
    "stacks, words",
    [
        ((2000, 2000), ""),
        ((2000, 9000), "20 big blinds count, as many as the 20 of nolimit_hu_20bb"),
        ((1800, 2200), "18 big blinds count, 10 % less than the 20 of nolimit_hu_20bb"),
        ((2500, 2500), "25 big blinds count, 25 % more than the 20 of nolimit_hu_20bb"),
    ],
)
def test_stacks_that_are_near_are_taken_and_said(profile, stacks, words):
    table, rules = profile(), Rules(stacks, (100, 50))
    table.refuse_other_game(rules)
    assert table.depth_of(rules) == (words and f"stacks {list(stacks)}: {words}")


MISTAKES = [
    ("game: nolimit_hu_20bb", "game: nolimit_hu_2bb", ["game: unknown game", "did you mean nolimit_hu_20bb"]),
    ("game: nolimit_hu_20bb", "game: kuhn", ["game: expected a game of hold'em"]),
    (
        "game: nolimit_hu_20bb",
        "game: nolimit_3max_20bb",
        ["players: expected 3 as in the game nolimit_3max_20bb, got 2"],
    ),
    ("game: nolimit_hu_20bb", "game: limit_holdem", ["blinds: expected [10, 5] as in the game limit_holdem"]),
    ("game: nolimit_hu_20bb", "game: 5", ["game: expected the name of a shipped game"]),
    ("game: nolimit_hu_20bb", "game: {name: x, deck: holdem, playrs: 2}", ["unknown key game.playrs", "players"]),
    ("game: nolimit_hu_20bb", "game: nowhere/x.yaml", ["game: nowhere/x.yaml: No such file"]),
    ("game: nolimit_hu_20bb", "#", ["missing key game"]),
    ("players: 2", "players: 3", ["players: expected 2 as in the game nolimit_hu_20bb, got 3"]),
    ("players: 2", "players: two", ["players: expected an integer, got 'two'"]),
    ("[100, 50]", "[50, 100]", ["blinds: expected [100, 50]"]),
    ("stacks: 2000", "stacks: 20000", ["stacks: expected [2000, 2000]", "another"]),
    ("hero: hero", "hero: 2", ["hero: expected a name or a seat 0 to 1, got 2"]),
    ("hero: hero", "hero: true", ["hero: expected a player's name or a seat, got True"]),
    ("hero: hero", "hero: [a]", ["hero: expected a player's name or a seat"]),
    ("hero: hero", "hero:", ["hero: expected a player's name or a seat"]),
    ("hero: hero", "hro: hero", ["unknown key hro (did you mean hero?)"]),
    ("hero: hero", "hero: hero\nhero: x", [":7: duplicate key hero"]),
    ("hero_names: []", "hero_names: [1]", ["hero_names[0]: expected a text, got 1"]),
    ("deadline_ms: 1000", "deadline_ms: 0", ["deadline_ms.preflop: expected a number of at least 1, got 0"]),
    ("deadline_ms: 1000", "deadline_ms: fast", ["deadline_ms: expected"]),
    ("deadline_ms: 1000", "deadline_ms: {flp: 500}", ["unknown key deadline_ms.flp (did you mean flop?)"]),
    ("all_in: true", "all_inn: true", ["unknown key menu.all_inn (did you mean all_in?)"]),
    (
        ", flop: [0.5, 1.0]",
        ", flop: [0.33, 0.25]",
        ["menu.bet_sizes.flop: expected rising pot fractions, got"],
    ),
    (", flop: [0.5, 1.0]", ", flop: [0.33, x]", ["menu.bet_sizes.flop[1]: expected a number, got 'x'"]),
    ("all_in: true", "extra_bet_sizes: 0.33", ["menu.extra_bet_sizes: expected a list, got 0.33"]),
    ("all_in: true", "extra_bet_sizes: [2, 1]", ["menu.extra_bet_sizes: expected rising pot fractions, got"]),
    ("all_in: true", "extra_raise_sizes: [33]", ["extra_raise_sizes: expected at most 10 pots, got 33 pots"]),
    ("all_in: true", "extra_bet_sizes: [1, 2, 3, 4, 5]", ["menu.extra_bet_sizes: expected at most 4 sizes, got 5"]),
]


@pytest.mark.parametrize("old, new, words", MISTAKES, ids=[new[:40] for _, new, _ in MISTAKES])
def test_one_line_for_each_mistake(profile, old, new, words):
    with pytest.raises(ConfigError) as caught:
        profile(old, new)
    text = str(caught.value)
    assert "table.yaml" in text and "\n" not in text and all(word in text for word in words), text


def test_sizes_are_not_for_limit_games(tmp_path):
    text = (config_folder() / "profiles" / "limit_holdem.yaml").read_text()
    (tmp_path / "table.yaml").write_text(text + "menu: {bet_sizes: [1.0]}\n")
    with pytest.raises(ConfigError, match="menu: only for no_limit"):
        open_profile(tmp_path / "table.yaml")


def test_unknown_profiles():
    with pytest.raises(ConfigError, match=r"unknown profile 'nolimit_hu_2bb'.*did you mean nolimit_hu_20bb"):
        open_profile("nolimit_hu_2bb")
