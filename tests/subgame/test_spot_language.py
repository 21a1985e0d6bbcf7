"""The language of spots: what each way of writing a size is in chips, and trees that are walked, grown and counted."""

from fractions import Fraction

import numpy as np
import pytest
from helpers.plain_spot import plain_sizes
from helpers.spot_files import SMALL, names_at, opener

from holdem_mpi.cards import hand_of_cards, parse_cards
from holdem_mpi.config.spot_config import load_spot
from holdem_mpi.formats.range_text import parse_range
from holdem_mpi.game import tree as trees
from holdem_mpi.game.rules import CALL
from holdem_mpi.game.tree import ARRAYS, build_tree
from holdem_mpi.game.tree_size import count_tree, size_of
from holdem_mpi.subgame.spot import open_spot
from holdem_mpi.subgame.subgame_arrays import bytes_needed

FLOP = {**SMALL, "board": "Qs Jh 2h", "pot": 100, "stacks": 1300, "all_in": False}


@pytest.fixture
def spot(tmp_path):
    return opener(tmp_path)


@pytest.mark.parametrize(
    "keys, line, names",
    [
        ({"raise_sizes": "60%"}, ["bet 50"], ["raise to 140", "all-in 200"]),
        ({"raise_sizes": "2.5x"}, ["bet 50"], ["raise to 125", "all-in 200"]),
        ({"raise_sizes": "2x, 3x"}, ["bet 50"], ["raise to 100", "raise to 150", "all-in 200"]),
        ({"raise_sizes": "2.5x", "stacks": 1000}, ["bet 50", "raise to 125"], ["raise to 312.5", "all-in 1000"]),
        ({"raise_sizes": "30c", "stacks": 1000}, ["bet 50"], ["raise to 100", "all-in 1000"]),  # below twice the bet
        ({"raise_sizes": "70c", "stacks": 1000}, ["bet 50"], ["raise to 120", "all-in 1000"]),
        ({"bet_sizes": "25c, 50%"}, [], ["bet 25", "all-in 200"]),
        ({"bet_sizes": "25.5c, 33%"}, [], ["bet 16.5", "bet 25.5", "all-in 200"]),
        ({"bet_sizes": ["a"], "all_in": False}, [], ["all-in 200"]),
        ({"bet_sizes": ["50%", "a"], "all_in": False}, [], ["bet 25", "all-in 200"]),
        ({"bet_sizes": "50%; 100%", "all_in": False}, [], ["bet 25", "bet 50"]),
        ({"bet_sizes": "50 % 100 %"}, [], ["bet 25", "bet 50", "all-in 200"]),
        ({"bet_sizes": "2e", "all_in": False}, [], ["bet 50"]),  # a pot, then a pot of 150 with 150 behind
        ({"bet_sizes": "2E60%", "all_in": False}, [], ["bet 30"]),
        ({"bet_sizes": "e", "all_in": False}, [], ["all-in 200"]),  # one street is left
        ({"bet_sizes": "e120%", "all_in": False}, [], ["bet 60"]),
        ({"raise_sizes": "2e", "all_in": False, "stacks": 650}, ["bet 50"], ["raise to 200"]),  # 1350 / 150 = 3 * 3
        ({"bet_sizes": {"oop": "50%", "ip": "75%"}}, [], ["bet 25", "all-in 200"]),
        ({"bet_sizes": {"oop": "50%", "ip": "75%"}}, ["check"], ["bet 37.5", "all-in 200"]),
        ({"bet_sizes": {"IP": {"river": ["75%"]}, "OOP": 0.5}}, ["check"], ["bet 37.5", "all-in 200"]),
        ({"bet_sizes": {"river": {"oop": [], "ip": "75%"}}, "all_in": False}, [], ["all-in 200"]),
        ({"bet_sizes": {"ip": "75%"}}, [], ["all-in 200"]),
        ({"bet_sizes": "50%", "add_allin": 4}, [], ["bet 25", "all-in 200"]),
        ({"bet_sizes": "50%", "add_allin": "399%"}, [], ["bet 25"]),
        ({"bet_sizes": "50%, 150%", "all_in": False, "force_allin": 0.625}, [], ["bet 25", "all-in 200"]),  # 125 : 200
        ({"bet_sizes": "50%, 150%", "all_in": False, "force_allin": "62%"}, [], ["bet 25", "bet 75"]),
        ({"bet_sizes": "50%, 60%, 100%", "all_in": False, "merge_sizes": 0.1}, [], ["bet 30", "bet 50"]),
        ({"bet_sizes": "50%, 60%, 100%", "all_in": False, "merge_sizes": "6%"}, [], ["bet 25", "bet 30", "bet 50"]),
        ({"bet_sizes": "50%, 300%", "merge_sizes": 0.25}, [], ["bet 25", "all-in 200"]),  # 200 : 250
        ({"dead_money": 30, "pot": 20, "bet_sizes": 1}, [], ["bet 50", "all-in 200"]),
        ({"dead_money": 0.5, "pot": 1, "stacks": 9, "bet_sizes": "50%"}, [], ["bet 0.75", "all-in 9"]),
        ({"max_raises": {"river": 1}}, ["bet 50"], []),
        ({"max_raises": {"river": 2, "turn": 0}}, ["bet 50"], ["raise to 140", "all-in 200"]),
    ],
)  # fmt: skip
def test_sizes_in_chips(spot, keys, line, names):
    offered = [name for name in names_at(spot(**keys), *line) if name not in ("fold", "call", "check")]
    assert offered == names


@pytest.mark.parametrize("text, chips", [("bet 50", (100, 5)), ("bet 25", (50, 2.5))])
def test_bets_are_told_with_their_share_of_the_pot(spot, text, chips):
    opened = spot(bet_sizes=["50%", "100%"])
    texts = opened.action_texts(opened.state, opened.tree.actions(0))
    assert texts[0] == "check" and f"{text} ({chips[0]} % of the pot)" in texts
    assert texts[-1] == "all-in 200 (400 % of the pot)"


def street_of(spot, *names):
    """Names at a decision, streets apart by ``/``; chips of each street."""
    node, state = 0, spot.start
    for name in names:
        actions = spot.tree.actions(node)
        place = spot.action_names(state, actions).index(name)
        node, state = int(spot.tree.children(node)[place]), state.apply(int(actions[place]))
    return [
        (int(action) - state.contributions[state.player]) / spot.unit
        for action in spot.tree.actions(node)
        if action > CALL
    ]


def test_geometric_bets_end_all_in_on_the_river():
    """A pot of 100 and 1,300 behind: a pot on each of three streets, 100 + 300 + 900."""
    opened = open_spot({**FLOP, "bet_sizes": "e", "raise_sizes": "a"})
    assert street_of(opened)[0] == 100
    assert street_of(opened, "bet 100", "call")[0] == 300
    assert street_of(opened, "bet 100", "call", "bet 300", "call") == [900]
    as_two = open_spot({**FLOP, "bet_sizes": "2e"})
    assert street_of(as_two)[0] == pytest.approx(100 * (27**0.5 - 1) / 2, abs=1e-3)


def test_donk_bets_are_those_after_a_call():
    opened = open_spot({**FLOP, "bet_sizes": "50%", "donk_sizes": {"turn": "20%", "river": []}, "raise_sizes": "a"})
    called = ("check", "bet 50", "call")
    assert street_of(opened, *called) == [40] and street_of(opened, *called, "check") == [100]
    assert street_of(opened, "check", "check") == [50] and street_of(opened, "bet 50", "call") == [100]
    assert street_of(opened, *called, "check", "bet 100", "call") == []  # check alone
    assert street_of(opened, *called, "check", "check") == [100]
    assert opened.notes == ()
    river = open_spot({**SMALL, "donk_sizes": "50%"})
    assert names_at(river) == names_at(open_spot(SMALL))
    assert river.notes == ("donk_sizes.river: no street of the spot comes before; bet_sizes are taken",)


def test_chips_not_at_risk_are_told(spot):
    assert spot(stacks={"ip": 150, "oop": 90}).notes == ("stacks: 90 chips are played; 60 of ip's 150 are not at risk",)


@pytest.mark.parametrize("name", ["lean", "standard", "rich"])
def test_menus_stand_for_keys(name):
    keys = {key: value for key, value in FLOP.items() if key not in ("bet_sizes", "raise_sizes", "all_in")}
    opened, bets = open_spot({**keys, "menu": name}), open_spot({**keys, "menu": name.upper(), "bet_sizes": "80%"})
    assert street_of(bets)[0] == 80 and bets.config.raise_sizes == opened.config.raise_sizes
    assert open_spot(opened.config.model_dump(mode="json")).config == opened.config
    given = {key: value for key, value in bets.config.model_dump(mode="json").items() if value is not None}
    assert load_spot(given)[1] == bets.config
    assert not any(note.startswith("donk") for note in opened.notes)
    always = open_spot({**keys, "menu": name, "all_in": True})
    assert street_of(always)[-1] == 1300


def test_menus_cost_more_the_richer_they_are():
    keys = {key: value for key, value in FLOP.items() if key not in ("bet_sizes", "raise_sizes", "all_in")}
    sizes = [open_spot({**keys, "menu": name}) for name in ("lean", "standard", "rich")]
    assert sizes[0].size.nodes < sizes[1].size.nodes < sizes[2].size.nodes
    assert sizes[0].memory < sizes[1].memory < sizes[2].memory


@pytest.mark.parametrize("form", ["list", "text", "file", "notation in a file"])
def test_ranges_as_1326_numbers(tmp_path, form):
    hands, weights = ["AhKh", "AsAd", "7c7d"], [1, 0.5, 0.125]
    numbers = [0] * 1326
    for name, weight in zip(hands, weights):
        numbers[hand_of_cards(*parse_cards(name))] = weight
    keys, text = {**SMALL, "ranges": {"oop": "AA", "ip": numbers}}, " ".join(map(str, numbers))
    if form == "list":
        opened = open_spot(keys)
    elif form == "text":
        opened = open_spot({**keys, "ranges": {"oop": "AA", "ip": text.replace(" ", ", ")}})
    else:
        (tmp_path / "ip.txt").write_text(text if form == "file" else "AhKh,AsAd:0.5\n7c7d:0.125")
        opened = opener(tmp_path)(ranges={"oop": "AA", "ip": "ip.txt"})
    assert (opened.ranges[1] == np.array(numbers)).all() and opened.ranges[0].sum() == 6


def test_numbers_are_in_the_order_that_others_write():
    first = [1.0, 0.5, 0.25] + [0.0] * 1323
    assert (parse_range(" ".join(map(str, first))) == parse_range("2d2c, 2h2c:0.5, 2h2d:0.25")).all()


def random_keys(seed):
    """(keys of a spot file, the same for ``plain_sizes``)."""
    draw = np.random.default_rng(seed)

    def some(kinds, most):
        shares = sorted(draw.choice([20, 33, 50, 75, 100, 150], draw.integers(0, most + 1), replace=False).tolist())
        return [f"{share}%" for share in shares] + draw.choice(kinds, draw.integers(0, 2), replace=False).tolist()

    bets = [{street: some(["e", "2e", "7c", "a"], 2) for street in range(3)} for _ in range(2)]
    raises = [{street: some(["2.5x", "3x", "e", "9c", "a"], 1) for street in range(3)} for _ in range(2)]
    donks = {street: some(["e", "3c"], 1) for street in (1, 2) if draw.random() < 0.6}
    plain = {"bet_sizes": bets, "raise_sizes": raises, "donk_sizes": donks}
    plain |= {"pot": int(draw.integers(5, 60)), "stack": int(draw.integers(20, 300)), "near": 0}
    plain |= {"add": None, "force": None, "all_in": bool(draw.random() < 0.3), "caps": [2, 3, None]}
    if not plain["all_in"] and draw.random() < 0.6:
        plain["add"] = 1.5
    plain |= {"force": 0.25} if draw.random() < 0.5 else {}
    plain |= {"near": 0.1} if draw.random() < 0.5 else {}
    names = ("flop", "turn", "river")
    keys = {"board": ["Qs Jh 2h", "Qs Jh 2h 8h"][seed % 2], "ranges": {"oop": "AA", "ip": "KK"}, "short_stacks": True}
    for key in ("bet_sizes", "raise_sizes"):
        keys[key] = {who: {names[s]: plain[key][p][s] for s in range(3)} for p, who in enumerate(("oop", "ip"))}
    keys["donk_sizes"] = {names[street]: sizes for street, sizes in donks.items()}
    keys |= {"pot": plain["pot"], "stacks": plain["stack"], "all_in": plain["all_in"], "merge_sizes": plain["near"]}
    keys |= {"add_allin": plain["add"], "force_allin": plain["force"]}
    keys["max_raises"] = {name: cap for name, cap in zip(names, plain["caps"]) if cap is not None}
    return keys, plain


@pytest.mark.parametrize("seed", range(24))
def test_trees_are_those_of_the_plain_menu(monkeypatch, seed):
    """Grown by the kernel, walked in Python and counted: one tree, and its sizes are those of exact fractions."""
    keys, plain = random_keys(seed)
    opened = open_spot(keys)
    walked = build_tree(opened.begin.rules, lambda state: opened.menu(state), opened.start, 30_000)
    monkeypatch.setattr(trees, "SMALL", 0)
    grown = build_tree(opened.begin.rules, opened.menu, opened.start)
    for name in ARRAYS:
        assert (getattr(grown, name) == getattr(walked, name)).all()
    counted = count_tree(opened.begin.rules, opened.menu, opened.start)
    for one, other in zip(vars(counted).values(), vars(size_of(walked)).values()):
        assert np.array_equal(one, other)
    assert opened.memory == bytes_needed(walked, opened.board, opened.ranges)
    first, compared = opened.start.street, 0
    pending = [(0, opened.start, [[]], Fraction(0))]
    while pending and compared < 1500:
        node, state, line, before = pending.pop()
        if state.is_over:
            continue
        compared += 1
        street, chips = state.street - 1, Fraction(opened.begin.contributions[0], opened.unit)
        actions = [int(action) for action in walked.actions(node)]
        found = [Fraction(action, opened.unit) - chips - before for action in actions if action > CALL]
        # The bets of streets before the spot are not known: as none.
        expected = plain_sizes(plain, [*line[:-1], line[-1]], street) or []
        assert len(found) == len(expected), (state.history, [*map(float, found)], [*map(float, expected)])
        assert all(abs(one - other) <= Fraction(1, 400) for one, other in zip(found, expected))
        for child, action in zip(walked.children(node).tolist(), actions):
            after = state.apply(action)
            amount = Fraction(action, opened.unit) - chips - before if action > CALL else Fraction(0)
            lines = [*line[:-1], [*line[-1], amount]]
            moved = after.street > state.street
            paid = max(lines[-1]) if moved else 0
            pending.append((child, after, [*lines, []] if moved else lines, before + paid))
    assert first in (1, 2) and compared > 5
