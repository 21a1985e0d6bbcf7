"""Time that decisions leave, and what later ones get of it, by a clock of the test's own."""

from types import SimpleNamespace

import numpy as np
import pytest
from helpers.search_roots import hand
from helpers.small_blueprints import RULES, holdem_blueprint

from holdem_mpi.cards import parse_cards
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.game.rules import CALL, BettingState
from holdem_mpi.policy.players import BlueprintPlayer
from holdem_mpi.search.agent import Agent, Situation
from holdem_mpi.search.search_audit import BLUEPRINT, SEARCH
from holdem_mpi.search.search_result import SearchResult
from holdem_mpi.search.time_bank import SHARE, TimeBank

BOARD = tuple(parse_cards("Qs Jh 2h"))
PREFLOP, FLOP = BettingState.start(RULES), BettingState.start(RULES).apply(CALL).apply(CALL)


def test_no_decisions_take_longer_than_their_deadlines_together():
    random, bank = np.random.default_rng(0), TimeBank(700.0)
    deadlines, taken, most = 0.0, 0.0, 0.0
    for number in range(2000):
        own = random.choice([50.0, 300.0])
        allowed = bank.allowed(own)
        assert own <= allowed == own + SHARE * bank.in_bank <= own + 350
        spent = allowed * random.choice([0.0, 0.6, 1.0])
        bank.settle(own, spent)
        deadlines, taken, most = deadlines + own, taken + spent, max(most, bank.in_bank)
        assert 0 <= bank.in_bank <= 700 and taken + bank.in_bank <= deadlines + 1e-6, number
    assert most == 700
    bank.settle(300.0, 2000.0)
    assert bank.in_bank == 0 and bank.allowed(300.0) == 300


class Clock:
    """A service of search that takes what it is allowed to, or ``takes_ms``; and the clock by which it does."""

    def __init__(self, monkeypatch, takes_ms=None):
        self.now, self.takes_ms = 100.0, takes_ms
        monkeypatch.setattr("holdem_mpi.search.agent.time", SimpleNamespace(perf_counter=lambda: self.now))

    def search(self, root, deadline, alternatives=None):
        self.now = deadline if self.takes_ms is None else self.now + self.takes_ms / 1e3
        return SearchResult(
            actions=(CALL,),
            sums=np.ones((1326, 1)),
            values=np.zeros((1326, 1)),
            asked=1,
            answered=1,
            iterations=50,
            shared=False,
        )


def decide(agent, state, number=1):
    return agent.decide(Situation(number, state, BOARD if state.street else (), hand("AhKc")), 300.0)


def test_cheap_decisions_leave_time_for_searches(monkeypatch):
    clock = Clock(monkeypatch)
    agent = Agent(BlueprintPlayer("b", holdem_blueprint()), clock, SearchConfig(bank_ms=1000.0))
    for number in range(5):  # the blueprint's, in no time: the bank is full after four
        cheap = decide(agent, PREFLOP, number)
        assert cheap.source == BLUEPRINT and cheap.milliseconds == 0
    allowed = []
    for _ in range(4):
        found = decide(agent, FLOP)
        assert found.source == SEARCH and found.milliseconds == pytest.approx(found.allowed_ms)
        allowed.append(found.allowed_ms)
    assert allowed == pytest.approx([800, 550, 425, 362.5])
    clock.takes_ms = 5000.0  # a late one leaves nothing behind
    assert decide(agent, FLOP).milliseconds == pytest.approx(5000) and decide(agent, FLOP).allowed_ms == 300


def test_without_a_bank_every_deadline_is_its_own(monkeypatch):
    agent = Agent(BlueprintPlayer("b", holdem_blueprint()), Clock(monkeypatch), SearchConfig())
    decide(agent, PREFLOP)
    assert decide(agent, FLOP).allowed_ms == 300


def test_what_a_warm_up_leaves_is_not_the_matchs(monkeypatch):
    agent = Agent(BlueprintPlayer("b", holdem_blueprint()), Clock(monkeypatch), SearchConfig(bank_ms=1000.0))
    agent.warm_up(RULES)
    assert agent.bank.in_bank == 0 and decide(agent, FLOP).allowed_ms == 300
