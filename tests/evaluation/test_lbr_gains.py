"""Where local best response gains: what its steps come to adds up, whatever the lines, and travels as numbers."""

import numpy as np
import pytest
from helpers.lbr_players import RandomPlayer, response_to

from holdem_mpi.config.load import load_config
from holdem_mpi.evaluation.estimate import Estimate
from holdem_mpi.evaluation.lbr_gains import COLUMNS, _line_of, _numbers_of, gains_lines, gains_of, hand_row
from holdem_mpi.evaluation.local_best_response import LIMIT_ACTIONS, LbrHand, LbrStep
from holdem_mpi.game.game import Game
from holdem_mpi.game.rules import CALL, FOLD, BettingState


def estimate(values):
    return Estimate.of_values(values, "mbb/h")


@pytest.mark.parametrize("line", ["", "f", "a", "rc/cc/cra", "/".join(["crrrrc"] * 4), "cr" * 19 + "/a"])
def test_lines_travel_as_numbers(line):
    numbers = _numbers_of(line)
    assert all(number == int(number) < 2**53 for number in numbers) and _line_of(*numbers) == line


def test_of_a_line_too_long_the_end_stays():
    line = "cr" * 30
    assert _line_of(*_numbers_of(line)) == line[-40:]


def test_steps_add_up_to_the_hand_and_the_tables_to_all_hands():
    rules = Game(load_config("flop_holdem").game).rules
    table = np.zeros((1326, 1326), np.int32)
    response = response_to(RandomPlayer(), rules, LIMIT_ACTIONS["fcr"], (1, 2), table)
    hands = [response.played(3, number) for number in range(40)]
    for number, hand in enumerate(hands):
        assert hand.value == response.play(3, number) == pytest.approx(sum(step.taken for step in hand.steps))
        assert all(step.over_calling >= 0 for step in hand.steps) and hand.steps[0].line == ""
        assert [hand.line.startswith(step.line) for step in hand.steps] == [True] * len(hand.steps)
    assert {step.line[-1:] for hand in hands for step in hand.steps} >= {"", "c", "r"}
    rows = np.stack([hand_row(hand) for hand in hands])
    assert rows.shape == (40, COLUMNS) and rows[:, 0].tolist() == [hand.value for hand in hands]
    found = gains_of(rows, estimate)
    for table in (found["by_street"], found["by_line"]):
        assert sum(row["mean"] for row in table) == pytest.approx(rows[:, 0].mean())
    means = [row["mean"] for row in found["by_line"]]
    assert means == sorted(means, reverse=True)
    first = found["by_line"][0]
    taken = [step.taken for hand in hands for step in hand.steps if step.line[:-1] == first["line"]]
    assert first["hands"] >= 1 and first["mean"] <= max(taken)
    text = gains_lines(found, 3)
    assert len(text) == 2 + len(found["by_street"]) + 2 + 3 and all(len(line) <= 110 for line in text)


def test_what_is_left_of_many_lines_is_one_row():
    rows = np.zeros((200, COLUMNS))
    for number in range(200):
        hand = LbrHand(0, 1, 0, None, {})
        hand.steps = [LbrStep("", 0.0, 0.0), LbrStep(f"{number:08b}".translate({48: "c", 49: "r"}), number - 50.0, 1.0)]
        hand.value = number - 50.0
        rows[number] = hand_row(hand)
    found = gains_of(rows, estimate)
    named = [row for row in found["by_line"] if row["street"]]
    others = [row for row in found["by_line"] if not row["street"]]
    assert len(named) == 60 and len(others) == 1 and others[0]["hands"] == 140
    assert named[0]["mean"] == pytest.approx(149 / 200) and named[0]["over_calling"] == pytest.approx(1 / 200)
    assert sum(row["mean"] for row in found["by_line"]) == pytest.approx(rows[:, 0].mean())


def test_a_hand_of_very_many_steps_keeps_its_sum():
    hand = LbrHand(0, 1, 0, None, {})
    hand.steps += [LbrStep("r" * count, float(count), 0.5) for count in range(1, 31)]
    hand.value = sum(step.taken for step in hand.steps)
    row = hand_row(hand)
    assert row[1:].reshape(-1, 4)[:, 2].sum() == hand.value and row[1:].reshape(-1, 4)[:, 3].sum() == 15.0


def test_letters_of_actions():
    rules = Game(load_config("nolimit_hu_20bb").game).rules
    hand, state = LbrHand(0, 1, 0, None, {}), BettingState.start(rules)
    for action in (state.legal().min_raise_to, CALL, CALL, max(rules.stacks), FOLD):
        hand.write(state, action)
        state = state.apply(action)
    assert hand.line == "rc/caf"
