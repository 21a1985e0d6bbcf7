"""One subgame over ranks: each values its own cards to come in every sweep, rank 0 adds up.

Values travel point to point twice an iteration. A rank that misses a step is dropped, and its cards are taken over.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from holdem_mpi.parallel.mailbox import Mailbox, Message
from holdem_mpi.search.messages import READY, STEP, VALUES, pack_step, unpack_step
from holdem_mpi.search.root_search import EnumeratedSearch
from holdem_mpi.subgame.divided import DividedSweeps
from holdem_mpi.subgame.solver import SubgameSolver

# Seconds to wait at least for a step's values, and at most in steps as long as the longest so far.
_LEAST_PATIENCE, _PATIENCE = 0.05, 8
# Iterations after which cards are shared out anew by the times so far: early, since what was learnt on cards
# that change hands is lost.
_BALANCE_AFTER = 3
# Seconds that a message may need to go out before work goes on.
_FLUSH = 2e-3
# Shares of the time: to wait for ranks to be ready, where they were alive last time; in which a late one may join.
_READY_SHARE, _JOIN_SHARE = 0.12, 0.5


class SearchLimits(NamedTuple):
    """Where a search ends before its time is up.

    most: iterations.
    is_stopped: whether a signal has come.
    """

    most: int
    is_stopped: Callable[[], bool]


class _Leader:
    """Rank 0's side of one decision. cards_of: who values which cards; alive: heard of since their last missed step."""

    def __init__(self, search: EnumeratedSearch, mail: Mailbox, number: int, end: float) -> None:
        self._solver, self._sweeps = search.solver, DividedSweeps(search.solver, search.node)
        self._mail, self._number, self._end = mail, number, end
        self.cards_of: dict[int, list[int]] = {0: list(range(self._sweeps.num_branches))}
        self.alive: set[int] = set()
        self._ready: set[int] = set()
        self._lost: set[int] = set()
        self._step, self._longest, self._begin = 0, 0.0, time.perf_counter()
        self._times: list[tuple[float, float]] = []  # of each sweep: rank 0's own cards, and the wait for others

    def gather_team(self, expected: set[int]) -> None:
        """Share the cards out among ranks that are ready, once all expected ones are, or a part of the time is up."""
        until = self._begin + _READY_SHARE * (self._end - self._begin)
        while expected - self._ready and time.perf_counter() < until:
            self._fresh(self._mail.wait(until))
        self._fresh(self._mail.collect())
        self._share_out()

    def _share_out(self) -> None:
        team = [0, *sorted(self._ready - self._lost)]
        cards = np.arange(self._sweeps.num_branches)
        self.cards_of = {rank: part.tolist() for rank, part in zip(team, np.array_split(cards[::-1], len(team)))}

    def listen(self) -> None:
        """Read the mail that is there, to know which ranks are alive."""
        self._fresh(self._mail.collect())

    def _fresh(self, messages: list[Message]) -> list[Message]:
        """Those of this decision; who says that it is ready is remembered."""
        self.alive |= {message.rank for message in messages}
        fresh = [message for message in messages if message.number == self._number]
        self._ready |= {message.rank for message in fresh if message.kind == READY}
        return fresh

    def _let_late_ones_join(self) -> None:
        """What was learnt on cards that change hands is lost, so early on only."""
        now = time.perf_counter()
        if now < self._begin + _JOIN_SHARE * (self._end - self._begin):
            self._fresh(self._mail.collect())
            if self._ready - self._lost - self.cards_of.keys():
                self._share_out()

    def sweep(self, iteration: int, player: int) -> bool:
        """Do one sweep with all ranks; False where the time ran out in it."""
        begin = time.perf_counter()
        self._step += 1
        reach = self._sweeps.descend(iteration, player)
        waiting = set()
        for rank, cards in list(self.cards_of.items()):
            if rank and cards:
                if self._mail.post(rank, self._number, STEP, pack_step(self._step, reach, cards)):
                    waiting.add(rank)
                else:
                    self._take_over(rank)
        self._mail.flush(time.perf_counter() + _FLUSH)
        started = time.perf_counter()
        self._sweeps.value(player, self.cards_of[0])
        valued = time.perf_counter()
        until = min(self._end, max(begin + _PATIENCE * self._longest, time.perf_counter() + _LEAST_PATIENCE))
        while waiting and time.perf_counter() < until:
            for message in self._fresh(self._mail.wait(until)):
                if message.kind == VALUES and message.rank in waiting:
                    step, values, _ = unpack_step(message.body)
                    if step == self._step:
                        totals = self._sweeps.totals
                        totals += values.reshape(totals.shape)
                        waiting.discard(message.rank)
        self._times.append((valued - started, time.perf_counter() - valued))
        if waiting and time.perf_counter() >= self._end:
            return False
        for rank in waiting:
            self._sweeps.value(player, self._take_over(rank))
        self._sweeps.ascend(player)
        if not waiting:
            self._longest = max(self._longest, time.perf_counter() - begin)
        return True

    def _take_over(self, rank: int) -> list[int]:
        self._lost.add(rank)
        self.alive.discard(rank)
        cards = self.cards_of.pop(rank)
        self.cards_of[0] = self.cards_of[0] + cards
        return cards

    def _balance(self) -> None:
        """Give rank 0 as many more cards as it waited for at least in each sweep: messages cost the others time."""
        others = [cards for rank, cards in self.cards_of.items() if rank and cards]
        own, waited = (min(times) for times in zip(*self._times[2:]))
        a_card = own / max(len(self.cards_of[0]), 1)
        if not others or a_card <= 0.0:
            return
        # One more card here is a part of a card less for each of the others.
        more = int(waited / (a_card * (1.0 + 1.0 / len(others))))
        for _ in range(min(more, sum(map(len, others)) // 2)):
            self.cards_of[0].append(max(others, key=len).pop())

    def action_values(self) -> np.ndarray:
        """float64[hand, action], chips of the decision's actions: ``DividedSweeps.action_values``."""
        return self._sweeps.action_values()

    def run(self, limits: SearchLimits) -> None:
        """Iterations until one more, as long as the longest so far, would be late."""
        longest = 0.0
        most = limits.most
        while (
            self._solver.iterations < most
            and not limits.is_stopped()
            and (begin := time.perf_counter()) + longest < self._end
        ):
            self._let_late_ones_join()
            if not all(self.sweep(self._solver.iterations, player) for player in range(2)):
                return
            self._sweeps.finish()
            if self._solver.iterations == _BALANCE_AFTER:
                self._balance()
            longest = max(longest, min(time.perf_counter() - begin, 2 * longest or 1.0))


def lead(
    search: EnumeratedSearch, mail: Mailbox, number: int, expected: set[int], end: float, limits: SearchLimits
) -> tuple[set[int], set[int], np.ndarray]:
    """Search until ``end`` with all ranks that take part, after waiting a little for the ``expected`` ones: (the other
    ranks that did to the last; those that were heard of since they last missed a step; values of the decision's
    actions, float64[hand, action]).
    """
    leader = _Leader(search, mail, number, end)
    leader.gather_team(expected)
    leader.run(limits)
    leader.listen()
    return {rank for rank in leader.cards_of if rank}, leader.alive, leader.action_values()


class Follower:
    """The side of every other rank in one decision: it does the steps that rank 0 asks for."""

    def __init__(self, solver: SubgameSolver, mail: Mailbox, number: int) -> None:
        self._sweeps, self._mail, self._number = DividedSweeps(solver), mail, number
        self._mail.post(0, number, READY, np.zeros(0, np.uint8))

    def follow(self, message: Message) -> None:
        """Do the step that ``message`` asks for, and send its values back."""
        step, reach, cards = unpack_step(message.body)
        iteration, player = divmod(step - 1, 2)
        self._sweeps.enter(iteration, player, reach)
        self._sweeps.value(player, cards)
        self._mail.post(0, self._number, VALUES, pack_step(step, self._sweeps.totals, []))
