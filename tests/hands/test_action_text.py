"""Amounts as people read them: chips of the street, the same word for the same chips wherever a hand is told."""

import re

import pytest
from helpers.playing import agent_chooser
from helpers.small_blueprints import RULES, holdem_blueprint

from holdem_mpi.evaluation.pair_values import pair_values
from holdem_mpi.evaluation.review import Reviewer
from holdem_mpi.evaluation.review_report import record_of
from holdem_mpi.formats.acpc import parse_line
from holdem_mpi.game.deck import Deck
from holdem_mpi.game.rules import CALL, FOLD, BettingState, Rules
from holdem_mpi.hands.action_text import action_in_words, action_text, paid_before_street, pot_text
from holdem_mpi.hands.hand import HandHistory, HandRecord, Step, history_of
from holdem_mpi.play.autoplayer import PlayerSettings
from holdem_mpi.play.decision_report import decision_line, decision_record
from holdem_mpi.play.human import HumanMatch
from holdem_mpi.policy.players import BlueprintPlayer
from holdem_mpi.search.agent import Situation

DEEP = Rules((20_000, 20_000), (100, 50))


def state(rules, *actions):
    at = BettingState.start(rules)
    for action in actions:
        at = at.apply(action)
    return at


@pytest.mark.parametrize(
    ("at", "action", "text", "words"),
    [
        (state(DEEP), FOLD, "fold", "fold"),
        (state(DEEP), CALL, "call", "call"),
        (state(DEEP, CALL), CALL, "check", "check"),
        (state(DEEP), 300, "raise to 300", "raise to 300 (3 bb)"),
        (state(DEEP, 300, CALL), 600, "bet 300", "bet 300 (3 bb, 50 % of the pot)"),
        (state(DEEP, 300, CALL, 500), 1150, "raise to 850", "raise to 850 (8.5 bb)"),
        (state(DEEP, 300, CALL, CALL, CALL), 350, "bet 50", "bet 50 (0.5 bb, 8 % of the pot)"),
        (
            state(DEEP, 300, CALL, 600, CALL, CALL, CALL),
            20_000,
            "bet 19400 all-in",
            "bet 19400 all-in (194 bb, 1617 % of the pot)",
        ),
        # An ante is no bet: before the flop a raise counts the blind, after it what was paid on the street.
        (state(Rules((1000,) * 3, (50, 100, 0), 10)), 310, "raise to 300", "raise to 300 (3 bb)"),
        (
            state(Rules((1000,) * 3, (50, 100, 0), 10), CALL, CALL, CALL),
            275,
            "bet 165",
            "bet 165 (1.65 bb, 50 % of the pot)",
        ),
    ],
)
def test_an_amount_is_that_of_its_street(at, action, text, words):
    assert action_text(at, action) == text and action_in_words(at, action) == words


def test_a_pot_is_in_chips_and_big_blinds():
    assert pot_text(state(DEEP, 300, CALL)) == "pot 600 (6 bb)"
    short = state(Rules((1000, 60), (100, 50), 20))  # antes of 20, and a blind that the short stack can hardly pay
    assert paid_before_street(short) == 20 and pot_text(short) == "pot 180 (1.8 bb)"


def test_ten_hands_are_told_in_one_way(tmp_path):
    """The terminal of a human's game, dry_run, review and the hands' ACPC log: the same pots and the same bets."""
    log, said = tmp_path / "log", []
    words = ["r 30", "c", "r 40", "a", "c", "r 25", "f", "c"] * 20
    typed = iter(words)

    def ask(text):
        said.append(text)
        if text.startswith("Enter"):
            return ""
        return next(typed) if said[-2].startswith("  ") and "expected" not in said[-2] else "c"

    settings = PlayerSettings(policy=None, profile=None, search={}, searches=False, seed=3, log=str(log))
    HumanMatch(RULES, agent_chooser("small_nolimit.game", 4), lambda street: 1000.0, ask, said.append, settings).play(
        10
    )

    player = BlueprintPlayer("b", holdem_blueprint(1))
    deck = Deck(RULES.board_cards)
    reviewer = Reviewer(player, pair_values((player.blueprint,) * 2, 0), deck, 0)
    agent = agent_chooser("small_nolimit.game", 1).agent
    shown, bets = [], []
    for number, line in enumerate(log.read_text().splitlines()):
        parsed = parse_line(line.encode())
        actions = tuple(action for street in parsed.betting for action in street)
        hero = parsed.names.index("you")
        board = tuple(card for street in parsed.board for card in street)
        record = HandRecord(1, str(number), parsed.names, hero, parsed.hole, board, actions, (1,) * len(actions), True)
        hand = history_of(record, RULES, "log")
        reviewed = [record_of(each) for each in reviewer.review([hand])]
        assert len(reviewed) == len(list(hand.decisions()))
        for step, other in zip(hand.decisions(), reviewed):
            watched = _watched(agent, hand, number, step)
            assert (watched["pot"], watched["taken"]) == (other["pot"], other["taken"])
            assert f"({other['position']}), {pot_text(step.state)}: " in decision_line(watched, {})
            assert watched["pot"] == sum(step.state.contributions) and other["position"] == ("BB", "BTN")[hero]
            shown.append(pot_text(step.state))
        bets += [action_in_words(step.state, step.action) for step in hand.steps if step.state.player != hero]
        # The log counts over the hand: less what was paid on earlier streets, that is what is said.
        for step in hand.steps:
            if step.action > CALL:
                chips = step.action - paid_before_street(step.state)
                assert re.search(r"[0-9]+", action_text(step.state, step.action))[0] == str(chips)
    text = "\n".join(said)
    assert re.findall(r"pot \d+ \([0-9.]+ bb\)", text) == shown and len(shown) > 15
    assert re.findall(r"^  bot: (.*)$", text, re.MULTILINE) == bets and any(bet.startswith("raise to") for bet in bets)


def _watched(agent, hand: HandHistory, number: int, step: Step):
    decision = agent.decide(Situation(number, step.state, step.board, hand.hand_of(hand.hero)), 1000.0)
    return decision_record(hand, step, decision)
