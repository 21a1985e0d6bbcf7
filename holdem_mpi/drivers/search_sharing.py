"""One subgame over ranks: each values its own cards to come in every sweep, rank 0 adds up.

Values travel point to point twice an iteration. A rank that misses a step is dropped, and its cards are taken over.
"""

import time

import numpy as np

from holdem_mpi.drivers.search_messages import READY, STEP, VALUES, pack_step, unpack_step
from holdem_mpi.parallel.mailbox import Mailbox, Message
from holdem_mpi.solver.divided import DividedSweeps
from holdem_mpi.solver.subgame import SubgameSolver

# Seconds to wait for ranks that answered last time to be ready, and for a step's values at least; in steps, at most.
_READY_SECONDS, _LEAST_PATIENCE, _PATIENCE = 0.03, 0.05, 8


class _Leader:
    """Rank 0's side of one decision. cards_of: who values which cards; late: ranks heard of too late to have any."""

    def __init__(self, solver: SubgameSolver, mail: Mailbox, number: int, end: float) -> None:
        self._solver, self._sweeps = solver, DividedSweeps(solver)
        self._mail, self._number, self._end = mail, number, end
        self.cards_of: dict[int, list[int]] = {0: list(range(self._sweeps.num_branches))}
        self.late: set[int] = set()
        self._step, self._longest = 0, 0.0

    def gather_team(self, others: list[int], silent: set[int]) -> None:
        """Share the cards out among the ranks that are ready, once those not known to be silent are."""
        ready: set[int] = set()
        until = min(self._end, time.perf_counter() + _READY_SECONDS)
        while True:
            expected = set(others) - silent - ready
            messages = self._mail.wait(until if expected else 0.0)
            silent -= {message.rank for message in messages}  # late mail too: the rank is there
            ready |= {message.rank for message in self._fresh(messages) if message.kind == READY}
            if not set(others) - silent - ready or time.perf_counter() >= until:
                break
        silent |= set(others) - ready
        team = [0, *sorted(ready)]
        cards = np.arange(self._sweeps.num_branches)
        self.cards_of = {rank: part.tolist() for rank, part in zip(team, np.array_split(cards[::-1], len(team)))}
        self.late.clear()

    def listen(self) -> None:
        """Take in what is there, for ``late``."""
        self._fresh(self._mail.collect())

    def _fresh(self, messages: list[Message]) -> list[Message]:
        self.late |= {message.rank for message in messages if message.rank not in self.cards_of}
        return [message for message in messages if message.number == self._number]

    def sweep(self, iteration: int, player: int) -> bool:
        """One sweep; False where the time ran out in it."""
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
        self._sweeps.value(player, self.cards_of[0])
        until = min(self._end, max(begin + _PATIENCE * self._longest, time.perf_counter() + _LEAST_PATIENCE))
        while waiting and time.perf_counter() < until:
            for message in self._fresh(self._mail.wait(until)):
                if message.kind == VALUES and message.rank in waiting:
                    step, values, _ = unpack_step(message.body)
                    if step == self._step:
                        totals = self._sweeps.totals
                        totals += values.reshape(totals.shape)
                        waiting.discard(message.rank)
        if waiting and time.perf_counter() >= self._end:
            return False
        for rank in waiting:
            self._sweeps.value(player, self._take_over(rank))
        self._sweeps.ascend(player)
        if not waiting:
            self._longest = max(self._longest, time.perf_counter() - begin)
        return True

    def _take_over(self, rank: int) -> list[int]:
        cards = self.cards_of.pop(rank)
        self.cards_of[0] = self.cards_of[0] + cards
        return cards

    def action_values(self) -> np.ndarray:
        """See ``DividedSweeps``."""
        return self._sweeps.action_values()

    def run(self, most: int) -> None:
        """Iterations until one more, as long as the longest so far, would be late."""
        longest = 0.0
        while self._solver.iterations < most and (begin := time.perf_counter()) + longest < self._end:
            if not all(self.sweep(self._solver.iterations, player) for player in range(2)):
                return
            self._sweeps.finish()
            longest = max(longest, min(time.perf_counter() - begin, 2 * longest or 1.0))


def lead(
    solver: SubgameSolver, mail: Mailbox, number: int, others: list[int], silent: set[int], end: float, most: int
) -> tuple[int, np.ndarray]:
    """Solve until ``end`` with all ranks that take part: how many others did to the last, and the values of the root's
    actions (float64[hand, action]). ``silent``: changed.
    """
    leader = _Leader(solver, mail, number, end)
    leader.gather_team(others, silent)
    leader.run(most)
    leader.listen()
    used = sum(1 for rank in leader.cards_of if rank)
    silent |= set(others) - leader.cards_of.keys()
    silent -= leader.late  # they are there: the next decision waits for them
    return used, leader.action_values()


class Follower:
    """Another rank's side: it does the steps that come."""

    def __init__(self, solver: SubgameSolver, mail: Mailbox, number: int) -> None:
        self._sweeps, self._mail, self._number = DividedSweeps(solver), mail, number
        self._mail.post(0, number, READY, np.zeros(0, np.uint8))

    def follow(self, message: Message) -> None:
        """Do a step and send its values."""
        step, reach, cards = unpack_step(message.body)
        iteration, player = divmod(step - 1, 2)
        self._sweeps.enter(iteration, player, reach)
        self._sweeps.value(player, cards)
        self._mail.post(0, self._number, VALUES, pack_step(step, self._sweeps.totals, []))
