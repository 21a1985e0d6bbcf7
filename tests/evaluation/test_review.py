"""ReviewedDecision hands: probabilities and EVs against plain computation, results against the hands' own."""

import csv
import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.launching import without_notices
from helpers.playing import RULES, agent_chooser, baseline_chooser
from helpers.room_hands import HAND
from helpers.small_blueprints import holdem_blueprint, random_policy

from holdem_mpi import evaluate
from holdem_mpi.api import load_policy
from holdem_mpi.cards import cards_of_hand, hand_of_cards, parse_card, parse_cards
from holdem_mpi.config.load import load_config
from holdem_mpi.errors import UserError
from holdem_mpi.evaluation.pair_values import pair_values
from holdem_mpi.evaluation.review import LEAST_VISITS, Reviewer
from holdem_mpi.evaluation.review_report import COLUMNS, record_of, review_lines
from holdem_mpi.evaluation.review_result import ResultOfMatch
from holdem_mpi.game.deck import Deck
from holdem_mpi.game.rules import CALL, FOLD
from holdem_mpi.hands.dealing import dealt_hands
from holdem_mpi.hands.hand import HandRecord, history_of
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.play.hero import open_hero
from holdem_mpi.policy.players import BaselinePlayer, BlueprintPlayer
from holdem_mpi.search.agent import Situation
from holdem_mpi.storage.policy_file import save_policy
from holdem_mpi.training.export import policy_manifest
from holdem_mpi.training.start import build_problem

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def deck():
    return Deck(RULES.board_cards)


@pytest.fixture(scope="module")
def player():
    return BlueprintPlayer("blueprint", holdem_blueprint(1))


@pytest.fixture(scope="module")
def values(player):
    return pair_values((player.blueprint, player.blueprint), 0, 1 << 14)


@pytest.fixture
def reviewer(player, values, deck):
    return Reviewer(player, values, deck, 1)


def choice(chooser, numbers):
    return lambda state, board, hand: chooser.choose(Situation(numbers[0], state, board, hand), 1000.0).action


def match(first, second, deals, names=("Ann", "Bob")):
    """Deals played twice with the seats changed, Ann the hero."""
    hands = []
    for swapped in range(2):
        for deal in range(deals):
            numbers = [deal + swapped * deals]
            choices = [choice(each, numbers) for each in (first, second)]
            hero, order = swapped, slice(None, None, -1 if swapped else 1)
            hands += dealt_hands(RULES, 3, [deal], choices[order], hero, names[order])
            hands[-1] = replace(hands[-1], name=str(numbers[0]))
    return hands


def test_who_plays_the_policy_loses_nothing(reviewer, player):
    """Probabilities are the policy's; EV lost has mean zero where actions are drawn from them."""
    chooser = agent_chooser("small_nolimit.game", 1)
    found = reviewer.review(match(chooser, chooser, 50))
    assert len(found) > 120 and all(each.off_tree == "" and each.probability > 0 for each in found)
    for each in found[:40]:
        memo = player.start()
        for step in each.hand.steps:
            if step.state == each.step.state:
                break
            memo = player.follow(memo, step.state, step.action, 0.5)
        own_hand = each.hand.hand_of(each.hand.hero)
        actions, expected = player.strategy_of_hand(memo, each.step.state, each.step.board, own_hand)
        assert actions == each.actions and each.probability == expected[actions.index(each.step.action)]
    lost = np.array([each.ev_lost for each in found])
    assert abs(lost.mean()) < 4 * lost.std() / len(lost) ** 0.5 and lost.std() > 1


def hand_of(actions, hole, board, hero=0):
    lines = (1,) * len(actions)
    cards = tuple(tuple(parse_cards(each)) for each in hole)
    record = HandRecord(1, "5", ("Ann", "Bob"), hero, cards, tuple(parse_cards(board)), actions, lines, finished=False)
    return history_of(record, RULES, "test")


@pytest.mark.parametrize("hero", [0, 1])
@pytest.mark.parametrize("last", [CALL, FOLD])
def test_ev_on_the_river_against_the_range(reviewer, deck, last, hero):
    """Closing the betting: fold is 0, a call is worth what the other one's range gives it."""
    actions = (CALL,) * (7 - hero) + (20, last)
    hand = hand_of(actions, ("AhKc", "QcQd"), "Qs Jh 2h 8h 3c", hero)
    reviewed = reviewer.review([hand])[-1]
    assert reviewed.step.action == last and FOLD in reviewed.actions
    if last == FOLD:
        assert reviewed.ev_taken == pytest.approx(0.0, abs=1e-6)
        return
    own_hand, weight = hand.hand_of(hero), reviewer.tracker.ranges(5, reviewed.step.state, hand.board).weight[1 - hero]
    total = won = 0.0
    for other in np.flatnonzero(weight):
        cards = set(cards_of_hand(other))
        if not cards & set(hand.hole[hero]):
            total += weight[other]
            won += weight[other] * deck.result(hand.board, (own_hand, int(other)))
    assert reviewed.ev_taken == pytest.approx(20 * won / total + 10, abs=1e-6)


def test_actions_that_the_tree_lacks(reviewer, player):
    """A size between two of the tree's has the probability of both; after the last raise there is no place."""
    hand = hand_of((CALL, CALL, 23, CALL), ("AhKc", "QcQd"), "Qs Jh 2h")
    between = reviewer.review([hand])[-1]
    assert between.off_tree == "bet 13 taken for bet 10 or bet 20" and between.ev_lost is not None
    node = reviewer.tracker.ranges(5, between.step.state, hand.board[:3]).place.node
    sigma = player.blueprint.strategy_of_hand(node, hand.board[:3], hand.hand_of(0))
    low = (1.0 - 0.65) * (1 + 0.5) / ((1.0 - 0.5) * (1 + 0.65))  # pseudo-harmonic: 13 of 20 between a half and 1
    tree = [int(action) for action in player.blueprint.tree.actions(node)]
    assert between.probability == pytest.approx(low * sigma[tree.index(20)] + (1 - low) * sigma[tree.index(30)])
    assert record_of(between).keys() == set(COLUMNS) and record_of(between)["taken"] == "bet 13"  # to 23 in all


def test_visits_are_those_that_training_makes(reviewer, player, monkeypatch):
    """Iterations, times the chances of what both did before, times that of a bucket; none where it never was."""
    hand = hand_of((CALL, CALL, 20, CALL), ("AhKc", "QcQd"), "Qs Jh 2h")
    monkeypatch.setattr(player, "iterations", None)
    assert [each.visits for each in reviewer.review([hand])] == [None, None]
    monkeypatch.setattr(player, "iterations", 10**6)
    first, second = reviewer.review([hand])
    place, chance = player.start(), 1.0
    weight = {0: np.ones(1326), 1: np.ones(1326)}
    for step, after in zip(hand.steps[:2], hand.steps[1:3]):
        actions, sigma = player.strategy(place, step.state, step.board)
        taken = sigma[:, actions.index(step.action)]
        seat = step.state.player
        chance *= taken[hand.hand_of(0)] if seat == 0 else weight[seat] @ taken / weight[seat].sum()
        if seat == 1 and after is hand.steps[1]:
            layout = player.blueprint.policy.layout
            assert first.visits == pytest.approx(1e6 * chance / layout.num_buckets[0])
        place = player.follow(place, step.state, step.action, 0.5)
    assert second.visits == pytest.approx(1e6 * chance / layout.num_buckets[1])
    node = reviewer.tracker.ranges(5, second.step.state, hand.board[:3]).place.node
    policy = player.blueprint.policy
    seen = policy.visited_of_node
    monkeypatch.setattr(type(policy), "visited_of_node", lambda _, asked: seen(asked) & (asked != node))
    assert [each.visits for each in reviewer.review([hand])] == [first.visits, 0.0]


def test_results(player, values, deck, reviewer):
    """Chips are the hands' own; AIVAT agrees, and with a known strategy the interval is narrower."""
    hands = match(agent_chooser("small_nolimit.game", 1), baseline_chooser("always-call"), 80)
    chips = sum(hand.winnings(deck)[hand.hero] for hand in hands)
    plain = ResultOfMatch(values, deck, {}, reviewer.tracker).result(hands, 10)
    assert (plain["hands"], plain["chips"], plain["pairs"]) == (160, chips, 80)
    hidden = [replace(hand, hole=(None, hand.hole[1])) for hand in hands if not hand.final.is_showdown]
    assert "aivat" not in ResultOfMatch(values, deck, {}, reviewer.tracker).result(hidden, 10)
    assert plain["plain"]["mean"] == pytest.approx(1000 * chips / 10 / 160)
    for known in ({}, {"Ann": player}, {"Bob": BaselinePlayer("always-call", 1326)}):
        found = ResultOfMatch(values, deck, known, reviewer.tracker).result(hands, 10)
        assert found["plain"] == plain["plain"]
        error = found["aivat"]["standard_error"]
        # The random blueprint's buckets say nothing of cards, so without a strategy there is little to take off.
        assert error < plain["plain"]["standard_error"] or not known
        assert abs(found["aivat"]["mean"] - plain["plain"]["mean"]) < 4 * (error + plain["plain"]["standard_error"])
    with pytest.raises(UserError, match="--known Bob: hand 0: Bob took an action that always-fold never takes"):
        ResultOfMatch(values, deck, {"Bob": BaselinePlayer("always-fold", 1326)}, reviewer.tracker).result(hands, 10)


def review(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["evaluate", "review", *map(str, arguments)])
    return evaluate.main(Communicator())


def test_reasons_come_before_the_end(monkeypatch, capsys, tmp_path):
    """A file without a hand that can be used: why each is none, and only then that there is none."""
    policy, log = ROOT / "configs" / "blueprints" / "nolimit_hu_200bb", tmp_path / "table.log"
    for text, reason in (
        ("STATE:5:f:|AsKd:50|-50:Ann|Bob\n", "hand 5: expected the cards of the hero, Ann, got none"),
        ("STATE:5:r150f:9c9d|AsKd:50|-50:Ann|Bob\n", "hand 5: action 1: seat 1 cannot bet or raise to 150"),
    ):
        log.write_text(text)
        with pytest.raises(UserError, match="expected at least one hand"):
            review(monkeypatch, "--hands", log, "--policy", policy, "--hero", "Ann")
        told = capsys.readouterr()
        out, err = told.out, without_notices(told.err)
        assert not out and err.startswith(f"skipped: {log}:1: {reason}") and err.count("\n") == 1


def test_a_result_that_contradicts_the_cards_is_told(monkeypatch, capsys, tmp_path):
    policy, log = ROOT / "configs" / "blueprints" / "nolimit_hu_200bb", tmp_path / "table.log"
    log.write_text("STATE:9:cc/cc/cc/cc:9c9d|AsKd/2h7s9h/3c/3d:-100|100:Ann|Bob\n")
    review(monkeypatch, "--hands", log, "--policy", policy, "--hero", "Ann")
    out, err = capsys.readouterr()
    assert "result: +100 chips in 1 hand\n(1 result in the files contradicts cards and betting" in out
    assert err == f"note: {log}:1: hand 9: result -100|100 contradicts cards and betting, recomputed: 100|-100\n"


def test_command(monkeypatch, capsys, tmp_path):
    """The examples, as an ACPC log and as PHH, against the blueprint that comes along: the same decisions."""
    policy, files = ROOT / "configs" / "blueprints" / "nolimit_hu_200bb", ("acpc.log", "hands.phhs")
    files, out = [ROOT / "examples" / name for name in files], tmp_path / "out.csv"
    review(monkeypatch, "--hands", *files, "--policy", policy, "--csv", out, "--json", "--top", 3)
    result = json.loads(capsys.readouterr().out)
    rows = list(csv.DictReader(io.StringIO(out.read_text())))
    assert result["decisions"] == len(rows) == result["streets"]["all"]["decisions"] > 60
    assert result["hands"] == result["result"]["hands"] == 24 and len(result["dearest"]) == 3
    known = [row for row in rows if row["ev_lost"] and float(row["visits"]) >= LEAST_VISITS]
    lost = [float(row["ev_lost"]) for row in known]
    assert result["dearest"][0]["ev_lost"] == max(lost)
    everything, hidden = result["streets"]["all"], sum(bool(row["visits"]) for row in rows) - len(known)
    assert everything["ev_lost_mbb"] == pytest.approx(10 * sum(lost) / len(lost), abs=0.1)
    # What is hidden, where training hardly was, would be most of what there is to add up.
    assert 0 < everything["hardly_visited"] <= hidden
    mean, (low, high) = result["ev_lost_mbb_a_hand"]["mean"], result["ev_lost_mbb_a_hand"]["interval_95"]
    assert mean == pytest.approx(10 * sum(lost) / 24, abs=0.1) and low < 0 < high and abs(mean) < 2000
    assert abs(sum(float(row["ev_lost"]) for row in rows if row["ev_lost"]) - sum(lost)) > 10_000
    half = len(rows) // 2
    assert [row | {"file": ""} for row in rows[:half]] == [row | {"file": ""} for row in rows[half:]]
    lines = "\n".join(review_lines(result))
    assert (
        "24 hands" in lines
        and "hardly visited: fewer than 100 times" in lines
        and "(AIVAT for luck of cards alone" in lines
        and "the dearest" in lines
    )


def test_hands_of_a_room_without_names(monkeypatch, capsys, tmp_path):
    """Text as PokerStars writes it: the hero is who is dealt cards, and nobody is named in what is told."""
    policy, file, out = "nolimit_hu_200bb", tmp_path / "room.txt", tmp_path / "out.csv"
    second = HAND.replace("4711", "4712").replace("Bob: posts big blind", "Bob: posts straddle")
    file.write_text(f"{HAND}\n\n{second}")
    arguments = ("--hands", file, "--policy", policy, "--as-table", "--csv", out)
    review(monkeypatch, *arguments, "--json")
    told = capsys.readouterr()
    result = json.loads(told.out)
    assert (result["hands"], result["decisions"], result["skipped"], result["result"]["chips"]) == (1, 5, 1, 1700)
    line = HAND.count("\n") + 8
    reason = "expected antes, a small and a big blind, got 'posts straddle $1'"
    assert told.err.splitlines()[-1] == f"skipped: {file}:{line}: hand 4712: {reason}"
    rows = list(csv.DictReader(io.StringIO(out.read_text())))
    assert [row["taken"] for row in rows] == ["call", "check", "call", "check", "bet 1000"]
    assert all(row["position"] == "BB" and row["cards"] == "Ah Kd" for row in rows)
    review(monkeypatch, *arguments, "--anonymous", "--hero", "Bob")
    told = capsys.readouterr()
    everything = told.out + told.err + out.read_text()
    assert "nolimit_hu_200bb: hero by" in told.out and "Ann" not in everything and "Bob" not in everything


OF_THREE = """
game: {name: of3, deck: holdem, players: 3, betting: no_limit, stacks: 2000, blinds: [50, 100, 0], board_cards: [0, 3],
       bet_sizes: [1.0], max_raises: [1, 1]}
abstraction: {buckets: [169, 1]}
"""


def policy_of_three(folder):
    """A folder with a random policy of a game of three that ends on the flop, with one bucket there."""
    (folder / "game.yaml").write_text(OF_THREE)
    problem = build_problem(load_config(folder / "game.yaml").completed(1), Communicator())
    probability = random_policy(problem.layout).probability
    visited = np.ones(problem.layout.num_rows, bool)
    save_policy(folder / "policy", probability, visited, policy_manifest(problem, "0" * 64, 1000))
    return folder / "policy"


def test_hands_of_three(monkeypatch, capsys, tmp_path):
    """A policy of three players: its probabilities, bets between two of its sizes, and the chips; no EVs."""
    log, run = tmp_path / "table.log", str(policy_of_three(tmp_path))
    log.write_text(
        "STATE:0:r350cc/ccc:9c9d|AsKd|2c2d/2h7s9h:700|-350|-350:Ann|Bob|Cid\n"
        "STATE:1:fr300f:9c9d|AsKd|2c2d:100|-100|0:Bob|Cid|Ann\n"
        "STATE:2:r300ff:9c9d|AsKd|:-50|-100|150:Bob|Cid|Ann\n"
        "STATE:3:ccc/r200ff:9c9d|AsKd|2c2d/2h7s9h:200|-100|-100:Ann|Bob|Cid\n"
    )
    review(monkeypatch, "--hands", log, "--policy", run, "--hero", "Ann", "--json", "--csv", tmp_path / "out.csv")
    told = capsys.readouterr()
    result = json.loads(told.out)
    assert (result["hands"], result["skipped"], result["result"]["chips"]) == (3, 1, 900)
    assert told.err.count("\n") == 1 and "hand 2: expected the cards of the hero, Ann, got none" in told.err
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text())))
    assert [(row["position"], row["taken"]) for row in rows] == [
        *[("SB", "call"), ("SB", "check"), ("BTN", "fold"), ("SB", "call"), ("SB", "bet 100")]
    ]
    policy = load_policy(run)
    for row, board, betting, name in (
        *[(rows[0], "", "r350", "c"), (rows[1], "2h7s9h", "r350cc/", "c"), (rows[2], "", "", "f")],
        *[(rows[3], "", "c", "c"), (rows[4], "2h7s9h", "ccc/", "r400")],
    ):
        hand = hand_of_cards(*map(parse_card, row["cards"].split()))
        expected = policy.decision(board, betting).by_action(hand)[name]
        assert float(row["probability"]) == pytest.approx(expected, abs=1e-6) and not row["ev_taken"]
    assert rows[4]["off_tree"] == "bet 100 taken for bet 300"
    assert result["ev_lost_mbb_a_hand"] is None and not result["dearest"]
    with pytest.raises(UserError, match="--known Bob: AIVAT is for two players"):
        review(monkeypatch, "--hands", log, "--policy", run, "--hero", "Ann", "--known", "Bob")
    assert open_hero(Communicator(), run, None, {}).profile.rules.num_players == 3


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("--policy", "always-call"), "--policy always-call: a baseline has no values"),
        (("--policy", "nowhere"), "nowhere: no such folder"),
        (("--policy", "POLICY", "--hero", "Zoe"), "--hero Zoe: not among the players of"),
        (("--policy", "POLICY", "--hero", "Zoe"), "acpc.log; expected hero or villain"),
        (("--policy", "POLICY", "--known", "=x"), "--known =x: expected NAME or NAME=PLAYER"),
        (("--policy", "nowhere", "--csv", "/nowhere/out.csv"), "--csv /nowhere/out.csv: expected a file in a folder"),
        (("--policy", "POLICY", "--top", "-1"), "--top -1: expected 0 to"),
        (("--policy", "POLICY", "--profile", "nolimit_hu_20bb"), "expected one of nolimit_hu_20bb"),
    ],
)
def test_mistakes(monkeypatch, arguments, words):
    policy = str(ROOT / "configs" / "blueprints" / "nolimit_hu_200bb")
    arguments = [policy if each == "POLICY" else each for each in arguments]
    with pytest.raises(UserError) as caught:
        review(monkeypatch, "--hands", ROOT / "examples" / "acpc.log", *arguments)
    assert words in str(caught.value) and "\n" not in str(caught.value)
