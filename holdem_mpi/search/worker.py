"""The other ranks of a search: they answer what rank 0 asks until it sends them home."""

import os
import time

import numpy as np

from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.game.rules import Rules
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.mailbox import Mailbox, Message
from holdem_mpi.search.begin_search import new_search
from holdem_mpi.search.messages import ANSWER, ASK, LEAVE, STEP, SUMS, SearchRequest, pack_answer, unpack_request
from holdem_mpi.search.planner import search_tree
from holdem_mpi.search.root_search import CardAbstraction, EnumeratedSearch, RootSearch
from holdem_mpi.search.service import run_until
from holdem_mpi.search.sharing import Follower

# Seconds after which a rank that nobody asks looks up.
_PATIENCE = 3600.0
# Seconds that it tries to say goodbye: about as long as rank 0 waits for it.
_GOODBYE = 2.0
# Where ranks outnumber the cores, those that search give way to rank 0, which has the clock.
_NICENESS = 5


class Worker:
    """A rank other than 0 of a search: it takes requests from its mailbox, works on the newest, and sends what it
    found.
    """

    def __init__(self, team: Communicator, config: SearchConfig, rules: Rules, abstraction: CardAbstraction) -> None:
        self._rank, self._config, self._rules, self._abstraction = team.rank, config, rules, abstraction
        self._mail = Mailbox(team)
        self._todo: list[Message] = []
        self._follower: Follower | None = None
        self._last: RootSearch | None = None

    def _fetch(self, wait: float = 0.0) -> None:
        """Take the mail in; of several questions only the last one counts."""
        self._todo += self._mail.wait(time.perf_counter() + wait) if wait else self._mail.collect()
        asked = [message.number for message in self._todo if message.kind in (ASK, LEAVE)]
        if asked:
            newest = asked[-1]
            self._todo = [message for message in self._todo if message.number == newest]

    def _is_stale(self) -> bool:
        self._fetch()
        return any(message.kind in (ASK, LEAVE) for message in self._todo)

    def serve(self) -> None:
        """Work on what rank 0 asks for until it sends this rank home."""
        while True:
            if not self._todo:
                self._fetch(_PATIENCE)
                continue
            message = self._todo.pop(0)
            if message.kind == LEAVE:
                say_goodbye(self._mail)
                return
            if message.kind == ASK:
                self._answer(message.number, unpack_request(self._rules, message.body))
            elif message.kind == SUMS and self._last is not None:
                self._mail.post(0, message.number, SUMS, self._last.street_sums())
            elif message.kind == STEP and self._follower is not None:
                self._follower.follow(message)

    def _answer(self, number: int, request: SearchRequest) -> None:
        end = time.perf_counter() + request.seconds
        root, self._follower = request.root, None
        stream = (self._config.seed, number, self._rank)
        tree = search_tree(root, self._config, request.method.deepest, request.method.extra)
        try:
            search = new_search(root, tree, self._abstraction, stream, request.method.sampled)
        except ValueError:  # no hands that meet: rank 0 finds that too
            return
        if request.method.divided and isinstance(search, EnumeratedSearch):
            search.solver.sums.regret[:] = 0.0
            self._follower = Follower(search.solver, self._mail, number)
            return
        self._last = search
        run_until(search, end, self._config.most_iterations, self._is_stale)
        if search.iterations and not self._is_stale():
            self._mail.post(0, number, ANSWER, pack_answer(search))


def wait_for_leave(comm: Communicator) -> None:
    """Sleep until rank 0 of ``comm`` sends this rank home; for a rank that does not search."""
    mail = Mailbox(comm)
    while not any(message.kind == LEAVE for message in mail.wait(time.perf_counter() + _PATIENCE)):
        continue
    say_goodbye(mail)


def say_goodbye(mail: Mailbox) -> None:
    """Answer LEAVE, once rank 0 has taken an answer that may still be under way."""
    until = time.perf_counter() + _GOODBYE
    while not mail.post(0, -1, LEAVE, np.zeros(0, np.uint8)) and time.perf_counter() < until:
        time.sleep(1e-3)


def serve(team: Communicator, config: SearchConfig, rules: Rules, abstraction: CardAbstraction) -> None:
    """Answer rank 0 of ``team`` until it sends this rank home."""
    host_ranks = team.host.size
    if host_ranks > len(os.sched_getaffinity(0)):
        os.nice(_NICENESS)
    Worker(team, config, rules, abstraction).serve()
