"""Arguments of the Python API: what people write is taken, and what cannot be is told in one line."""

import pytest

import holdem_mpi as hm
from holdem_mpi.errors import UserError

NAME = "nolimit_hu_200bb"
SPOT = {
    "board": ["Qs", "Jh", "2h", "8h", "3c"],
    "pot": 50,
    "stacks": 200,
    "ranges": {"BB": "AA,KQs:0.5,QJs", "BTN": "KK,QTs,AKs"},
    "bet_sizes": "100%",
    "raise_sizes": 0.6,
}


@pytest.fixture(scope="module")
def policy() -> hm.load_policy:
    return hm.load_policy(NAME)


@pytest.fixture(scope="module")
def solution():
    return hm.solve_spot(SPOT, iterations=8)


@pytest.fixture
def kuhn() -> hm.MCCFRSolver:
    return hm.MCCFRSolver("kuhn", lanes=2, seed=3)


def test_cards_and_bettings_as_people_write_them(policy):
    expected = policy.action_probabilities("AhKh", board="Qh7h2c", betting="r300c/c")
    for hand, board, betting in (
        (["Ah", "Kh"], ["Qh", "7h", "2c"], "R300C/C"),
        (("Ah", "Kh"), "Qh,7h,2c", "r300c/k"),
        ("ah kh", ("Qh 7h", "2c"), " r300c / x "),
    ):
        assert policy.action_probabilities(hand, board=board, betting=betting) == expected
    first = policy.action_probabilities("AhKh")
    assert policy.action_probabilities("AhKh", board=None, betting=None) == first
    agent = hm.Agent(NAME, seed=4)
    assert agent.strategy("AhKh", board=None, betting=None) == pytest.approx(first)
    assert policy.decision(["Qh", "7h", "2c"], "R300C/K").betting == "r300c/c"
    assert repr(policy) == f"Policy('{NAME}', of {NAME}, 20000000 iterations)"


def test_a_game_s_name_does_for_a_game(kuhn):
    kuhn.run(1e3)  # a whole number, as people write it
    same, average = hm.MCCFRSolver(hm.load_game("kuhn"), lanes=2, seed=3), kuhn.average_policy()
    same.run(1000)
    assert same.digest == kuhn.digest and type(kuhn.config.iters) is int
    assert hm.nash_conv("kuhn", average) == hm.nash_conv(kuhn.game, average) == 2 * hm.exploitability("kuhn", average)
    assert repr(average).endswith(", of kuhn, 1200 iterations)")
    assert hm.match("random", "random", game="kuhn", hands=4).hands == 4


def test_positions_by_any_of_their_names(solution, tmp_path):
    assert solution.positions == ("BB", "BTN")
    assert solution.spot["bet_sizes"] == {"flop": [1.0], "turn": [1.0], "river": [1.0]}
    for hand, names in (("AcAs", ("BB", "bb", " Bb")), ("KcKs", ("BTN", "btn", "button", "Dealer", "bu"))):
        assert {solution.ev(hand, name) for name in names} == {solution.ev([hand[:2], hand[2:]], names[0])}
    assert solution.hands("button").size == solution.weights("BTN").size
    solution.save(tmp_path / "kept")
    solution.save(tmp_path / "kept")
    assert hm.open_solution(tmp_path / "kept").ev("KcKs", "bu") == solution.ev("KcKs", "BTN")


def test_a_folder_of_something_else_is_never_replaced(solution, tmp_path, monkeypatch):
    (tmp_path / "thesis.txt").write_text("mine")
    monkeypatch.chdir(tmp_path)
    for folder in (".", tmp_path, "thesis.txt"):
        with pytest.raises(UserError, match="holds no solution; expected the name of a new folder"):
            solution.save(folder)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda it: it.decision(5), "board 5: expected names of cards"),
        (lambda it: it.decision([1, 2, 3]), r"board \[1, 2, 3\]: expected names of cards"),
        (lambda it: it.decision("", 5), "betting 5: expected a text such as r300c/c"),
        (lambda it: it.decision("", ["r300"]), r"betting \['r300'\]: expected a text"),
        (lambda it: it.decision("", "k"), "at the start expected f, c, r200 to r20000, got 'k'"),
        (lambda it: it.decision("", "b300"), "at the start expected f, c, r200 to r20000, got 'b'"),
        (lambda it: it.action_probabilities(None), "hand nothing: expected names of cards"),
        (
            lambda it: it.decision("", "r300r900r2700r8100r20000"),
            r"after 'r300r900r2700r8100' expected f, c \(no raise: max_raises is 4 here\), got 'r20000'",
        ),
        (lambda it: hm.match(it, "random", hands=0), "^hands 0: expected an even number of at least 4"),
        (lambda it: hm.match(it, "random", hands=-2), "^hands -2: expected an even number of at least 4"),
        (lambda it: hm.match(it, "random", hands="x"), "^hands 'x': expected a whole number"),
        (lambda it: hm.match(it, "random", seed=-1), "^seed -1: expected a number of 0 to"),
        (lambda it: hm.match(it, "random", search_ms="x"), "^search_ms 'x': expected at least 1"),
        (lambda it: hm.match(None, it), "None: no such folder"),
        (lambda it: hm.match(it, it, game=5), "game 5: expected a Game, a shipped game's name"),
        (lambda it: hm.nash_conv(5, it), "game 5: expected a Game, a shipped game's name"),
        (lambda it: hm.nash_conv("kuhm", it), "unknown game 'kuhm' .did you mean kuhn"),
        (lambda it: hm.Agent(None), "None: no such folder; expected .* nolimit_hu_200bb"),
        (lambda it: hm.Agent(it, search_ms="x"), "search_ms 'x': expected at least 1"),
        (lambda it: hm.Agent(it, seed=-1), "seed -1: expected a number of 0 to"),
        (lambda it: hm.Agent(it).act("AhKh", hand_number="x"), "hand_number 'x': expected a whole number"),
        (lambda it: hm.load_game(None), "game nothing: expected a Game, a shipped game's name"),
        (lambda it: hm.load_game("kuhn", 5), "parameters 5: expected a dict"),
        (lambda it: hm.load_game("kuhn", {5: 1}), "parameters {5: 1}: expected a dict"),
        (lambda it: hm.MCCFRSolver("kuhn", settings=5), "settings 5: expected a dict"),
        (lambda it: hm.MCCFRSolver("kuhn", buckets=5), "buckets 5: expected numbers by street"),
        (
            lambda it: hm.open_solution("."),
            r"\.: no solution here; expected a folder that resolve --out or Solution.save",
        ),
        (lambda it: hm.solve_spot("river", time="x"), "time: expected a number, got 'x'"),
        (lambda it: hm.solve_spot(None), "unknown spot 'None'; spots: flop, river, river_3way, turn"),
    ],
)
def test_what_cannot_be_is_one_line(policy, call, text):
    with pytest.raises(UserError, match=text) as caught:
        call(policy)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("iterations", "seconds", "text"),
    [
        ("x", None, "iterations 'x': expected a whole number of at least 1"),
        (1.5, None, "iterations 1.5: expected a whole number of at least 1"),
        (float("nan"), None, "iterations nan: expected a whole number"),
        (float("inf"), None, "iterations inf: expected a whole number"),
        (True, None, "iterations True: expected a whole number"),
        (-3, None, "iterations -3: expected a number of at least 1"),
        (100, 0, "time_budget 0: expected seconds above 0"),
        (100, -1, "time_budget -1: expected seconds above 0"),
        (100, "x", "time_budget 'x': expected seconds above 0"),
        (100, float("nan"), "time_budget nan: expected seconds above 0"),
    ],
)
def test_a_run_that_cannot_be_is_refused_before_it_begins(kuhn, iterations, seconds, text):
    with pytest.raises(UserError, match=text):
        kuhn.run(iterations, time_budget=seconds)
    assert kuhn.iterations == 0


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda it: it.ev("AcAs", "UTG"), "position 'UTG': expected BB or BTN"),
        (lambda it: it.ev("AcAs", "somebody"), "position 'somebody': expected BB or BTN"),
        (lambda it: it.ev("AcAs", 5), "position 5: expected BB or BTN"),
        (lambda it: it.ev(5), "hand 5: expected names of cards"),
        (lambda it: it.strategy("AcAs", 5), "line 5: expected actions such as 'check, bet 50'"),
        (lambda it: it.strategy("AcAs", [5]), r"line \[5\]: expected actions"),
    ],
)
def test_what_a_solution_cannot_be_asked(solution, call, text):
    with pytest.raises(UserError, match=text):
        call(solution)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            {"bord": 3, "pot": "x", "stacks": None},
            "spot: unknown key bord (did you mean board?); pot: expected a number, got 'x'; stacks: expected a list, "
            "got nothing",
        ),
        ({"bet_sizes": "half"}, "spot: bet_sizes[0]: expected a number or a size, a share of the pot such as 0.5"),
        (
            {"bet_sizes": [1, "x"], "donk_sizes": {"flop": 1}, "pot": "a"},
            "spot: pot: expected a number, got 'a'; bet_sizes[1]: expected a number or a size, a share of the pot such "
            "as 0.5 or 50%, 2.5x, 25c, e, 3e or a, got 'x'; donk_sizes.flop: no street of the spot comes before;",
        ),
        (
            {"pot": "a", "min_bet": "b", "merge": "c", "chip": "d", "max_raises": "e", "all_in": "f"},
            "all_in: expected true or false, got 'f'; merge: expected a number, got 'c'; min_bet: expected a number, "
            "got 'b' (and 2 more)",
        ),
        (
            {"max_raises": 1, "actions": ["bet 50", "raise 200"]},
            "actions[1]: 'raise 200': BTN cannot bet or raise so much or so little; no raise is possible: "
            "max_raises is 1",
        ),
    ],
)
def test_every_mistake_of_a_spot_is_told(change, text):
    with pytest.raises(UserError) as caught:
        hm.solve_spot({**SPOT, **change})
    assert text in str(caught.value) and "\n" not in str(caught.value)
