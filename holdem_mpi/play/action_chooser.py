"""An action for whoever must act, whatever happens: search, else the blueprint, else check or call; always legal."""

import time
from typing import NamedTuple

import numpy as np

from holdem_mpi.game.rules import CALL, BettingState, IllegalAction, Rules
from holdem_mpi.kernels import rng
from holdem_mpi.policy.players import Player, chosen
from holdem_mpi.search.agent import LEAST_SEARCH_MS, Agent, Decision, Situation
from holdem_mpi.search.search_audit import BLUEPRINT


class ChosenAction(NamedTuple):
    """An action, and how it came about.

    action: a legal one.
    decision: what the agent or the player would do, by action.
    fault: what went wrong on the way, for the log; may be empty.
    """

    action: int
    decision: Decision
    fault: str


class ActionChooser:
    """Chooses actions for ``player``, by ``agent`` where there is one.

    seed: of the random draws among the actions.
    """

    def __init__(self, player: Player, agent: Agent | None, seed: int) -> None:
        self._player, self.agent, self._seed = player, agent, seed
        self._stream = np.zeros(10, np.uint64)

    def choose(self, at: Situation, deadline_ms: float) -> ChosenAction:
        """An action within ``deadline_ms``. The draw depends on (seed, hand, number of the action) alone."""
        begin, fault, decision = time.perf_counter(), "", None
        if self.agent is not None:
            try:
                decision = self.agent.decide(at, deadline_ms)
            except Exception as error:  # a fault of ours must not cost the hand
                fault = f"the agent failed ({type(error).__name__}: {error})"
        if decision is None:
            try:
                actions, probabilities = self._of_player(at)
            except Exception as error:
                fault = f"{fault}; the player failed ({type(error).__name__}: {error}): check or call".lstrip("; ")
                actions, probabilities = (CALL,), np.ones(1)
            decision = Decision(
                actions=actions,
                probabilities=probabilities,
                source=BLUEPRINT,
                reason=fault or "no search",
                ev=None,
                ev_gain=None,
                worst_case_gain=None,
                asked=0,
                answered=0,
                iterations=0,
                milliseconds=1e3 * (time.perf_counter() - begin),
                allowed_ms=deadline_ms,
                translated=(),
            )
        action = self._drawn(at, decision)
        try:
            at.state.apply(action)
        except IllegalAction as error:
            return ChosenAction(CALL, decision, f"{error}: check or call")
        return ChosenAction(action, decision, fault)

    def warm_up(self, rules: Rules) -> None:
        """Choose an action on each street of a hand, so that all code is compiled before the first real decision."""
        if self.agent is not None:
            self.agent.warm_up(rules)
        self.choose(Situation(0, BettingState.start(rules), (), 0), LEAST_SEARCH_MS - 1)

    def _of_player(self, at: Situation) -> tuple[tuple[int, ...], np.ndarray]:
        """The player's own strategy at the end of the betting so far."""
        memo, state = self._player.start(), BettingState.start(at.state.rules)
        for action in (each for street in at.state.history for each in street):
            memo = self._player.follow(memo, state, action, 0.5)
            state = state.apply(action)
        return self._player.strategy_of_hand(memo, at.state, at.board, at.hand)

    def _drawn(self, at: Situation, decision: Decision) -> int:
        count = sum(map(len, at.state.history))
        rng.open_stream(
            self._stream, np.uint64(self._seed), rng.DOMAIN_MATCH_ACTION, at.number, 0, count, at.state.player
        )
        return int(decision.actions[chosen(decision.probabilities, float(rng.draw_unit(self._stream)))])
