"""``evaluate strategy``: what a policy plays at any decision, as a match plays it; text, JSON, CSV, bad input."""

import csv
import json
import re

import numpy as np
import pytest
from helpers.launching import run_here
from helpers.line_player import play_line
from helpers.mistakes import refused
from helpers.small_blueprints import NO_LIMIT, holdem_blueprint, set_row

from holdem_mpi.cards import CLASS_OF_HAND, class_name, hand_of_cards, parse_cards
from holdem_mpi.evaluation.match import open_match
from holdem_mpi.evaluation.strategy import strategy_json
from holdem_mpi.evaluation.strategy_lines import strategy_lines
from holdem_mpi.game.game import Game
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.names import action_name
from holdem_mpi.policy.open_player import load_policy
from holdem_mpi.policy.policy import Policy

STRATEGY = ("-m", "holdem_mpi.evaluate", "strategy", "--policy")
BOARD = "Qh 7h 2c 5s Td"
# Betting, and the bets in it that the tree of nolimit_hu_20bb lacks.
SPOTS = [
    ("", []),
    ("c", []),
    ("r300", []),
    ("r250", ["r250"]),
    ("r300c/", []),
    ("cc/c", []),
    ("cr300c/cr600", []),
    ("r200c/r400c/", []),
    ("cc/cc/cc/", []),
    ("r300c/cc/r600c/r2000", []),
    ("r300c/r750", ["r750"]),
    ("r300c/r750c/c", ["r750"]),
]


def board_at(betting):
    return BOARD[: (0, 8, 11, 14)[betting.count("/")]]


def told(folder, *options):
    """The JSON that the command prints."""
    done = run_here((*STRATEGY, *options, "--json"), folder)
    assert done.returncode == 0 and done.stdout.count("\n") == 1, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with ``run``, a blueprint of 20 big blinds heads-up with 5 buckets a street, after a short training."""
    folder = tmp_path_factory.mktemp("trained")
    buckets = ("--buckets", "169,5,5,5")
    done = run_here(("-m", "holdem_mpi.abstract", *buckets, "--out", "tables"), folder)
    assert done.returncode == 0, done.stderr
    options = ("--game", "nolimit_hu_20bb", *buckets, "--bucket-dir", "tables", "--iters", 4000, "--lanes", 1)
    done = run_here(("-m", "holdem_mpi.train", *options, "--logdir", "run"), folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def policy(trained, monkeypatch):
    monkeypatch.chdir(trained)
    return load_policy("run", Communicator())


@pytest.mark.parametrize(("betting", "off_tree"), SPOTS)
def test_it_is_what_a_match_plays(trained, policy, betting, off_tree):
    """Hand by hand, bit by bit: a match of the policy against itself, led along the betting by its own loop."""
    result = told(trained, "run", "--board", board_at(betting), "--betting", betting)
    assert result["betting"] == betting and result["on_tree"] and result["board"] == board_at(betting).replace(" ", "")
    assert [each["action"] for each in result["translated"]] == off_tree
    game, players = open_match(Communicator(), "run", "run")
    line = [int(name[1:]) if name[0] == "r" else 0 for name in re.findall(r"c|r\d+", betting)]
    node = policy.decision(board_at(betting), betting).node
    # A match draws what a bet off the tree is taken for; the command takes the more probable one.
    deals = (play_line(game.rules, players, line, tuple(parse_cards(BOARD)), number) for number in range(50))
    played = next(each for each in deals if each.memo.node == node)
    state = played.state
    assert (result["player"], result["pot"]) == (state.player, sum(state.contributions))
    assert result["to_call"] == state.legal().call_amount and result["stacks"] == [state.stack(0), state.stack(1)]
    assert result["free_hands"] == len(result["hands"]) == len(played.plays) == (1326, 1176, 1128, 1081)[state.street]
    buckets = policy.blueprint.buckets(state.street, played.board)
    for row in result["hands"]:
        hand = hand_of_cards(*parse_cards(row["hand"]))
        actions, sigma = played.plays.pop(hand)
        assert row["probabilities"] == dict(zip(map(action_name, actions), sigma.tolist()))
        assert row["bucket"] == buckets[hand] and row["visited"] == policy.tabular.of_row(node, row["bucket"])[1]
        assert row["class"] == class_name(int(CLASS_OF_HAND[hand])) and 0 <= row["reach"] <= 1


def test_one_walks_on_by_the_next_bettings(trained):
    """From the first decision to the river, by ``next`` and ``deal`` alone; reach is multiplied on the way."""
    betting, board, before = "", "", {}
    for _ in range(20):
        result = told(trained, "run", "--board", board, "--betting", betting)
        reach = {row["hand"]: row["reach"] for row in result["hands"]}
        for hand, probability in before.get(result["player"], {}).items():
            assert hand not in reach or reach[hand] == pytest.approx(probability, rel=1e-12)
        onward = [each for each in result["actions"] if each["next"] is not None]
        if not onward:
            break
        call = onward[0]
        before[result["player"]] = {
            row["hand"]: row["reach"] * row["probabilities"][call["action"]] for row in result["hands"]
        }
        betting, board = call["next"], BOARD[: len(board) + 3 * call["deal"]].strip()
        if result["street"] == "river":
            break
    assert betting == "cc/cc/cc/c" and board == BOARD


def test_means_of_classes_and_of_the_range(trained):
    result = told(trained, "run", "--board", "Qh7h2c", "--betting", "r300c/")
    total = sum(row["reach"] for row in result["hands"])
    assert result["reach"] == pytest.approx(total / 1176)
    for each in result["actions"]:
        mean = sum(row["reach"] * row["probabilities"][each["action"]] for row in result["hands"]) / total
        assert each["mean"] == pytest.approx(mean)
    for name, of_class in result["classes"].items():
        rows = [row for row in result["hands"] if row["class"] == name]
        weight = sum(row["reach"] for row in rows)
        assert of_class["reach"] == pytest.approx(weight / len(rows))
        for action, mean in of_class["probabilities"].items():
            own = sum(row["reach"] * row["probabilities"][action] for row in rows)
            assert mean is None if weight == 0 else mean == pytest.approx(own / weight)
    assert len(result["classes"]) == 169


def test_a_checkpoint_and_one_hand(trained):
    options = ("--board", BOARD, "--betting", "cc/cc/cc/")
    whole = told(trained, "run", *options)
    assert told(trained, "run@20", *options)["hands"] == whole["hands"]
    one = told(trained, "run", *options, "--hand", "Kh Ah")
    assert one["hands"] == [row for row in whole["hands"] if row["hand"] == "AhKh"] and len(one["hands"]) == 1
    assert one | {"hands": whole["hands"]} == whole
    text = run_here((*STRATEGY, "run", *options, "--hand", "AhKh"), trained).stdout.splitlines()
    row = one["hands"][0]
    assert f"AhKh: bucket {row['bucket']}, " in text[-len(row["probabilities"]) - 3]
    assert text[-len(row["probabilities"]) - 1].split() == ["action", "range", "%", "AhKh", "%", "then"]
    for line, (name, probability) in zip(text[-len(row["probabilities"]) :], row["probabilities"].items()):
        assert line.split()[0] == name and line.split()[2] == f"{100 * probability:.1f}"
    for line, each in zip(text[-len(row["probabilities"]) :], one["actions"]):
        assert f"  {each['text']}  " in line and each["text"].split()[0] in ("check", "bet"), line


@pytest.mark.parametrize(("betting", "off_tree"), [SPOTS[0], SPOTS[3], SPOTS[6], SPOTS[8], SPOTS[9], SPOTS[11]])
def test_the_text(trained, betting, off_tree):
    done = run_here((*STRATEGY, "run", "--board", board_at(betting), "--betting", betting), trained)
    lines, result = done.stdout.splitlines(), told(trained, "run", "--board", board_at(betting), "--betting", betting)
    assert done.returncode == 0 and max(map(len, lines)) <= 100, done.stderr
    name, blinds = ("BB", "BTN")[result["player"]], result["pot"] / 100
    pot = f"pot {result['pot']} ({blinds:.4g} bb), {result['to_call']} to call; stacks: BB "
    assert f"seat {result['player']} ({name}) to act; {pot}" in lines[1]
    assert ("taken for" in lines[2]) == bool(off_tree)
    grids = [place for place, line in enumerate(lines) if line.split() == list("AKQJT98765432")]
    heads = [f"{each['action']}, {each['text']}" for each in result["actions"]]
    assert [lines[place - 1].split(":")[0] for place in grids] == heads
    for place, each in zip(grids, result["actions"]):
        cell = lines[place + 2][3:][5:10].strip("? ")  # KK
        mean = result["classes"]["KK"]["probabilities"][each["action"]]
        assert cell == ("-" if mean is None else f"{100 * mean:.0f}")
        assert f"  --betting {each['next']}" in done.stdout or each["next"] is None
    assert ("Buckets" in done.stdout) == bool(board_at(betting))


def test_csv(trained):
    options = ("--board", "Qh7h2c", "--betting", ["cr300c", "cr600"][0] + "/")
    done = run_here((*STRATEGY, "run", *options, "--csv", "hands.csv"), trained)
    assert done.returncode == 0 and "Grids" in done.stdout, done.stderr
    with open(trained / "hands.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    result = told(trained, "run", *options)
    names = [each["action"] for each in result["actions"]]
    assert list(rows[0]) == ["hand", "class", "bucket", "visited", "reach", *names] and len(rows) == 1176
    for row, other in zip(rows, result["hands"]):
        assert (row["hand"], row["class"], int(row["bucket"])) == (other["hand"], other["class"], other["bucket"])
        assert row["visited"] == ("yes" if other["visited"] else "no") and float(row["reach"]) == other["reach"]
        assert {name: float(row[name]) for name in names} == other["probabilities"]
    done = run_here((*STRATEGY, "run", *options, "--hand", "AhKh", "--csv", "one.csv"), trained)
    assert "AhKh: bucket" in done.stdout and (trained / "one.csv").read_text() == (trained / "hands.csv").read_text()
    refused(run_here((*STRATEGY, "run", *options, "--csv", "none/hands.csv"), trained), "--csv none/hands.csv")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--board", "Qh 7h 2x", "--betting", "cc"), ("card '2x'", "expected a rank")),
        (("--board", "Qh 7h Qh", "--betting", "cc"), ("a card appears twice",)),
        (("--board", "Qh 7h 2c", "--betting", "cc", "--hand", "QhAs"), ("hand 'QhAs'", "Qh lies on the board")),
        (("--board", "Qh 7h 2c", "--betting", "cc", "--hand", "As"), ("hand 'As'", "two cards such as AhKh")),
        (("--hand", "AsAs"), ("a card appears twice",)),
        (("--betting", "r150"), ("betting 'r150'", "at the start expected f, c, r200 to r2000", "'r150'")),
        (("--betting", "r300r400"), ("after 'r300' expected f, c, r500 to r2000", "'r400'")),
        (("--betting", "call"), ("after 'c'", "expected c, r200 to r2000", "'a'")),
        (("--betting", "r2000r2000"), ("after 'r2000' expected f, c", "'r2000'")),
        (("--betting", "r300f"), ("ends the betting",)),
        (("--betting", "r2000cc"), ("the betting is over",)),
        (("--betting", "f/c"), ("the betting is over",)),
        (("--betting", "cc"), ("board ''", "expected 3 cards on this street")),
        (("--board", "Qh7h2c"), ("board 'Qh7h2c'", "expected no cards")),
        (("--board", "Qh7h2c", "--betting", "cc/cc"), ("expected 4 cards",)),
        (("--board", "Qh7h2c5", "--betting", "cc/"), ("card '5'", "expected a rank")),
        (("--board", "Qh7h2c", "--betting", "cc/cc//"), ("the street is not over",)),
    ],
)
def test_bad_input_is_an_error_of_one_line(trained, options, words):
    refused(run_here((*STRATEGY, "run", *options), trained), *words)


def small_policy():
    """A policy of random numbers on a small tree, whose rows can be changed."""
    blueprint = holdem_blueprint()
    return blueprint, Policy(Game(NO_LIMIT), blueprint.policy, blueprint.tables)


def cells_of(lines, action):
    """The grid of an action: 13 rows of 13 cells."""
    start = next(place for place, line in enumerate(lines) if re.match(rf"{action}, .* of the range", line)) + 2
    return [[line[3 + 5 * i : 8 + 5 * i].strip() for i in range(13)] for line in lines[start : start + 13]]


def test_blocked_hands_unreached_hands_and_unvisited_hands():
    blueprint, policy = small_policy()
    first = policy.decision()
    kings, queens = 13 + 1, 26 + 2
    set_row(blueprint, 0, kings, np.eye(len(first.actions))[first.actions.index("c")])  # kings never raise
    result = {"policy": "small"} | strategy_json(policy.decision("AhAdAcAs", "r30c/cc/c"))
    lines = strategy_lines(result)
    grid = cells_of(lines, "c")
    assert grid[0] == [""] * 13 and [row[0] for row in grid] == [""] * 13  # no ace is left
    assert grid[1][1] == "-" and grid[2][2].isdecimal() and "AA" not in result["classes"]
    assert result["classes"]["KK"] == {"reach": 0, "visited": None, "probabilities": dict.fromkeys(["c", "r90"])}
    policy.tabular.visited[policy.tabular.layout.row(0, queens)] = False
    opened = {"policy": "small"} | strategy_json(policy.decision())
    lines = strategy_lines(opened)
    assert cells_of(lines, "c")[2][2].startswith("?") and not cells_of(lines, "c")[1][1].startswith("?")
    assert opened["visited"] == pytest.approx(1 - 6 / 1326) and "never visited 0.5 % of that range" in lines[3]
    assert max(map(len, lines)) <= 100 and "Buckets" not in "\n".join(lines)


def test_a_line_that_the_policy_never_plays():
    blueprint, policy = small_policy()
    first = policy.decision()
    for bucket in range(169):
        set_row(blueprint, 0, bucket, np.eye(len(first.actions))[first.actions.index("c")])
    result = {"policy": "small"} | strategy_json(policy.decision("Qh7h2c", "r30c/c"))
    assert result["visited"] is None and result["reach"] == 0 and result["actions"][0]["mean"] is None
    lines = strategy_lines(result)
    assert "the policy never plays so" in lines[2] and lines[-4].split() == ["action", "range", "%", "then"]
    assert [line.split()[:2] for line in lines[-3:]] == [["c", "-"], ["r60", "-"], ["r90", "-"]]
    one = strategy_lines({"policy": "small"} | strategy_json(policy.decision("Qh7h2c", "r30c/c"), 1325), "AsAh")
    assert any(re.fullmatch(r"AsAh: bucket \d, visited; gets here 0 % of the time", line) for line in one)


def test_where_the_tree_has_no_place():
    _, policy = small_policy()
    result = {"policy": "small"} | strategy_json(policy.decision("", "r30r90r170r200"))
    assert not result["on_tree"] and result["hands"][0]["bucket"] is None and not result["hands"][0]["visited"]
    assert result["translated"][-1] == {"betting": "r30r90r170", "action": "r200", "taken": None, "candidates": {}}
    lines = strategy_lines(result)
    assert "has no place on the tree" in lines[-5] and "every hand checks or calls" in lines[-4]
    assert lines[-1].split()[:2] == ["c", "100.0"] and lines[-1].endswith("the betting ends")
    one = policy.decision("", "r30r90r170r200")
    hand = strategy_lines({"policy": "small"} | strategy_json(one, 1325), "AsAh")
    assert any(line.startswith("AsAh: no bucket, never visited") for line in hand)


def test_small_games(train, tmp_path, start):
    train(1, "--game", "leduc", "--iters", 20_000)
    result = told(tmp_path, "run", "--board", "Q", "--betting", "cr3c/")
    assert (result["board"], result["street"], result["player"], result["pot"]) == ("Q", "flop", 0, 6)
    assert [row["hand"] for row in result["hands"]] == ["J", "Q", "K"] and result["classes"] == {}
    assert "class" not in result["hands"][0] and result["free_hands"] == 5
    exported = json.loads((tmp_path / "run" / "avg_policy.json").read_text())["infosets"]
    for row in result["hands"]:
        name = next(key for key in exported if key.endswith(f"|{row['hand']}-Q|cr3c/"))
        assert list(row["probabilities"].values()) == pytest.approx(exported[name]["probabilities"], abs=1e-6)
    arguments = (*STRATEGY, "run", "--board", "Q", "--betting", "cr3c/")
    text = run_here(arguments, tmp_path).stdout
    assert [line.split()[0] for line in text.splitlines()[-3:]] == ["J", "Q", "K"] and "Grids" not in text
    one = run_here((*arguments, "--hand", "K"), tmp_path).stdout
    assert "\nK: bucket 7, visited" in one
    done = start(2, *arguments).finish()
    assert done.returncode == 0 and done.stdout == text, done.stderr


def test_three_players(train, tmp_path):
    train(1, "--game", "leduc_3p", "--iters", 4000)
    result = told(tmp_path, "run", "--betting", "cc")
    assert result["player"] == 2 and len(result["stacks"]) == 3 and len(result["hands"]) == 4
    assert result["actions"][0] | {"mean": 0} == {
        "action": "c",
        "text": "check",
        "mean": 0,
        "next": "ccc/",
        "deal": 1,
    }
    assert [each["text"] for each in result["actions"]] == ["check", "bet 2 (67 % of the pot)"]
