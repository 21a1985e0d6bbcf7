"""Search from a decision on before a deadline, over the ranks of a sub-communicator; rank 0's side.

Rank 0 asks the others, works itself, and takes what has arrived when the time is up. Nothing on that path waits for
another rank: a stopped one costs its share of the work, never the answer.
"""

import time
from collections.abc import Callable

import numpy as np

from holdem_mpi.cards import NUM_HANDS
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.game.rules import Rules
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.mailbox import Mailbox
from holdem_mpi.search.begin_search import new_search
from holdem_mpi.search.crew import Crew, whole_crew
from holdem_mpi.search.messages import ANSWER, ASK, LEAVE, SUMS, SearchRequest, pack_request, unpack_answer
from holdem_mpi.search.planner import Planner, SearchMethod, search_tree
from holdem_mpi.search.ring_root import RingRoot
from holdem_mpi.search.ring_search import at_leaves
from holdem_mpi.search.root_search import (
    CardAbstraction,
    EnumeratedSearch,
    RootSearch,
    SearchRoot,
    cards_to_come,
)
from holdem_mpi.search.search_result import SearchResult, Solved, least_of
from holdem_mpi.search.sharing import SearchLimits, lead
from holdem_mpi.subgame.alternatives import Alternatives
from holdem_mpi.subgame.gadget import Gadget
from holdem_mpi.subgame.setting_up import left_at

# What ``auto`` is, see docs/safe_resolving.md; the share of the time that finding the alternatives may take.
AUTO, _SHARE = "maxmargin", 0.25

# Seconds: of one step about; kept back of the deadline for what follows the gathering; between tries to post; that
# questions may need to go out before work goes on.
STEP_SECONDS, _LAST, _RETRY, _FLUSH = 2e-3, 5e-3, 5e-3, 2e-3


def run_until(search: RootSearch, end: float, most: int, is_stale=lambda: False) -> None:
    """Short steps until one more, as long as the longest so far, would be late, or ``most`` iterations are done."""
    longest, chunk = 0.0, 1
    while search.iterations < most and (now := time.perf_counter()) + longest < end and not is_stale():
        search.run(min(chunk, most - search.iterations))
        took = time.perf_counter() - now
        longest = max(longest, took)
        chunk = max(1, min(2 * chunk, int(chunk * STEP_SECONDS / max(took, 1e-6))))
        longest = min(longest, 4 * max(took, STEP_SECONDS))


def worth_adding(found: list[tuple[int, np.ndarray]], least: int) -> list[tuple[int, np.ndarray]]:
    """Of what ranks have ``found`` (iterations, sums) all; where they have done fewer than ``least`` iterations on
    average, those alone that have done as many, if any have. One that was asleep for a while spoils no answer.
    """
    enough = [each for each in found if each[0] >= least]
    counts = [count for count, _ in found if count]
    return enough if enough and sum(counts) < least * len(counts) else found


def send_home(mail: Mailbox, ranks: list[int], patience: float = 2.0) -> list[int]:
    """Tell ``ranks`` to leave; those that did not say goodbye within ``patience`` seconds."""
    left, until = set(ranks), time.perf_counter() + patience
    to_tell = list(ranks)
    while left and (now := time.perf_counter()) < until:
        # One that has just woken up may not have taken its earlier mail yet.
        to_tell = [rank for rank in to_tell if not mail.post(rank, -1, LEAVE, np.zeros(0, np.uint8))]
        look = mail.wait(min(until, now + _RETRY) if to_tell else until)
        left -= {message.rank for message in look if message.kind == LEAVE}
    return sorted(left)


class SearchService:
    """Rank 0 of ``team`` (whose other ranks are in ``serve``). ``close`` sends them home.

    crew: says which of them search a decision; by default all.
    """

    def __init__(
        self,
        team: Communicator,
        config: SearchConfig,
        rules: Rules,
        abstraction: CardAbstraction,
        crew: Crew | None = None,
    ) -> None:
        self.config, self._rules, self._abstraction = config, rules, abstraction
        self._team, self.mail, self._crew = team, Mailbox(team), crew or whole_crew(team)
        self._planner = Planner(config, self._crew)
        self._asked: set[int] = set()  # ranks besides this one that search the last decision
        self._number, self._chosen = 0, 0.0  # of the last decision; when it was clear how that is searched
        self._is_stopped: Callable[[], bool] = lambda: False
        self.silent: set[int] = set()  # ranks that had no part in the last answer, and have not been heard of since

    @property
    def _limits(self) -> SearchLimits:
        return SearchLimits(self.config.most_iterations, self._is_stopped)

    def stop_when(self, is_stopped: Callable[[], bool]) -> None:
        """From now on ask ``is_stopped`` now and then: a search that is told to stop answers at once."""
        self._is_stopped = is_stopped

    @property
    def size(self) -> int:
        """Number of ranks that search at a time, this one included."""
        return self._crew.size

    @property
    def others(self) -> list[int]:
        """Numbers of the ranks of the team besides this one."""
        return list(range(1, self._team.size))

    def search(
        self, root: SearchRoot | RingRoot, deadline: float, alternatives: Alternatives | None = None
    ) -> SearchResult:
        """Search until ``deadline`` (of time.perf_counter), with the ranks of the crew. ValueError: no hands, or
        no time to set the search up.

        alternatives: what a gadget needs, where it is to be had.
        """
        self._number += 1
        # As they travel: all ranks must see the same hands, and the same cards to come as equal.
        root = root._replace(weight=root.weight.astype(np.float32).astype(np.float64))
        end = deadline - self.config.margin_ms / 1e3
        with left_at(end):
            root, method, own = self._begin(root, alternatives, end)
        self.last, self.method = own, method
        begin = time.perf_counter()
        setting_up = begin - self._chosen
        if method.divided and isinstance(own, EnumeratedSearch):
            expected = self._asked - self.silent
            used, heard, values = lead(own, self.mail, self._number, expected, end, self._limits)
            self.silent = (self.silent | self._asked) - heard
            self._planner.learn(root, method, own.iterations, time.perf_counter() - begin, setting_up)
            return self._found(own, (own.iterations, own.root_sums()), 1 + len(used), own.by_hand(values))
        run_until(own, end, self.config.most_iterations, self._is_stopped)
        self._planner.learn(root, method, own.iterations, time.perf_counter() - begin, setting_up)
        return self._gather(own, end, deadline)

    def _begin(
        self, root: SearchRoot | RingRoot, alternatives: Alternatives | None, end: float
    ) -> tuple[SearchRoot | RingRoot, SearchMethod, RootSearch]:
        """(root, how it is searched, this rank's search), once the other ranks have been asked."""
        margin = self.config.margin_ms / 1e3
        if not isinstance(root, RingRoot):
            root = made_safe(root, self.config, self._planner, alternatives, end)
        method = self._planner.choose(root, end - time.perf_counter())
        self._chosen = time.perf_counter()
        root = at_leaves(root, self.config, method.sampled)
        body = pack_request(SearchRequest(root, end - time.perf_counter() - margin, method), self._rules)
        self.silent -= {message.rank for message in self.mail.collect()}
        self._asked = set(self._crew.to_ask(self.silent))
        self.silent |= {rank for rank in self._asked if not self.mail.post(rank, self._number, ASK, body)}
        self.mail.flush(time.perf_counter() + _FLUSH)
        tree = search_tree(root, self.config, method.deepest, method.extra)
        stream = (self.config.seed, self._number, 0)
        return root, method, new_search(root, tree, self._abstraction, stream, method.sampled)

    def _gather(self, own: RootSearch, end: float, deadline: float) -> SearchResult:
        """Add up what the others have found, as far as it is here in time."""
        arrived: dict[int, np.ndarray] = {}

        def look(until: float) -> None:
            for message in self.mail.wait(until):
                if message.number == self._number and message.kind == ANSWER:
                    arrived[message.rank] = message.body

        last, expected = max(end, deadline - _LAST), set(self._asked)
        if own.iterations >= self.config.most_iterations:  # long before the time is up: not for those that are silent
            expected -= self.silent
        look(0.0)
        while expected - arrived.keys() and time.perf_counter() < last:
            look(last)
        self.silent = (self.silent | self._asked) - arrived.keys()
        found = [(own.iterations, own.root_sums()), *map(unpack_answer, arrived.values())]
        found = worth_adding(found, least_of(self.config, own.exact))
        total = sum(count for count, _ in found), np.sum([sums for _, sums in found], axis=0)
        return self._found(own, total, sum(count > 0 for count, _ in found))

    def _found(
        self, own: RootSearch, found: tuple[int, np.ndarray], answered: int, shared: np.ndarray | None = None
    ) -> SearchResult:
        """found: iterations, and sums at the root. shared: values of its actions, where ranks shared each iteration."""
        iterations, sums = found
        values = shared
        if values is None:
            values = own.root_values() if own.iterations else np.full(sums.shape, np.nan)
        return SearchResult(
            actions=own.actions,
            sums=sums,
            values=values,
            asked=1 + len(self._asked),
            answered=answered,
            iterations=iterations,
            shared=shared is not None,
            gadget=own.gadget,
            exact=own.exact,
            solved=Solved(own, tuple(range(len(own.solver.hands)))),
        )

    def street_sums(self, patience: float = 60.0) -> np.ndarray:
        """float32: ``RootSearch.street_sums`` of the last decision over all ranks, asked for once more and waited for:
        for whoever measures, not for answers.
        """
        sums = self.last.street_sums()
        if self.method.divided:
            return sums
        waiting = {rank for rank in self._asked if self.mail.post(rank, self._number, SUMS, sums[:0])}
        until = time.perf_counter() + patience
        while waiting and time.perf_counter() < until:
            for message in self.mail.wait(until):
                if message.number == self._number and message.kind == SUMS:
                    sums = sums + message.body.view(np.float32)
                    waiting.discard(message.rank)
        return sums

    def close(self) -> list[int]:
        """Send all other ranks home; the numbers of those that did not go."""
        return send_home(self.mail, self.others)


def made_safe(
    root: SearchRoot, config: SearchConfig, planner: Planner, alternatives: Alternatives | None, end: float
) -> SearchRoot:
    """``root`` with a gadget, where the alternatives are at hand and the time (until ``end``) is enough for them and
    for searching every hand and card apart then.
    """
    if alternatives is None or config.safe == "unsafe" or cards_to_come(root) > 1:
        return root
    kind = AUTO if config.safe == "auto" else config.safe
    left, takes = end - time.perf_counter(), alternatives.expected_seconds()
    guarded = root._replace(gadget=Gadget(kind, alternatives.opponent, np.zeros(NUM_HANDS, np.float32)))
    if takes > _SHARE * left or planner.choose(guarded, left - takes).sampled:
        return root
    return root._replace(gadget=Gadget(kind, alternatives.opponent, alternatives.find()))
