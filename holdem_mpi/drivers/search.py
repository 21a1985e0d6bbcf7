"""Answers for the spot at hand before a deadline: the blueprint at once, search over ranks until the time is up.

Rank 0 owns the answer. It looks the blueprint up first, asks the other ranks of its team, searches too, and at the end
adds up what has arrived: strategy sums are sequence-form strategies weighted by iterations, so their sum over ranks is
the average of all iterations of all ranks. Nothing on that path waits for another rank.
"""

import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from pydantic import Field

from holdem_mpi.config_schema import Section
from holdem_mpi.game.betting import Menu
from holdem_mpi.game.rules import BettingState, Rules
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.team import Member, Team
from holdem_mpi.solver.root_search import RootSearch, new_search

BLUEPRINT, PARTIAL, SEARCH = "blueprint", "partial search", "search"


class SearchConfig(Section):
    """How decisions are searched.

    num_workers: ranks that search, rank 0 included; None for all. deadline_ms: from question to answer. margin_ms: kept
    back of it for gathering; members stop that much earlier once more. least_weight: hands below this share of their
    range's likeliest are left out. seed: of sampled public cards.
    """

    num_workers: int | None = Field(default=None, ge=1)
    deadline_ms: float = Field(default=1000.0, gt=0)
    margin_ms: float = Field(default=12.0, ge=0)
    least_weight: float = Field(default=1e-3, ge=0, lt=1)
    seed: int = Field(default=0, ge=0)


class Spot(NamedTuple):
    """A decision to be searched: actions by street, the board, and float32[player, hand] weights of both ranges."""

    history: tuple[tuple[int, ...], ...]
    board: tuple[int, ...]
    weight: np.ndarray

    def state(self, rules: Rules) -> BettingState:
        """The betting that the history comes to."""
        state = BettingState.start(rules)
        for action in (action for actions in self.history for action in actions):
            state = state.apply(action)
        return state


class Answer(NamedTuple):
    """What search found: the root's actions, their strategy sums float64[1326, action] over all ranks that answered,
    values float64[1326, action] of the actions by hand (NaN where unknown), in chips from the start of the hand; ranks
    and iterations behind it, and the seconds it took.
    """

    actions: tuple[int, ...]
    sums: np.ndarray
    values: np.ndarray
    asked: int
    answered: int
    iterations: int
    seconds: float

    @property
    def source(self) -> str:
        """``search`` where every rank asked has answered, ``partial search`` where some have."""
        if self.iterations == 0:
            return BLUEPRINT
        return SEARCH if self.answered == self.asked else PARTIAL

    def strategy(self, hand: int) -> np.ndarray | None:
        """float64[action] of a hand; None where search has nothing on it."""
        total = self.sums[hand].sum()
        return self.sums[hand] / total if total > 0 else None


def pruned(weight: np.ndarray, least: float, keep: int | None) -> np.ndarray:
    """``weight`` without the hands below ``least`` of their row's largest; ``keep`` (seat 0's or 1's own) stays."""
    cut = np.where(weight >= least * weight.max(axis=1, keepdims=True), weight, 0.0)
    if keep is not None:
        cut[:, keep] = np.maximum(cut[:, keep], np.where(weight[:, keep] > 0, least, 0.0))
    return cut.astype(np.float32)


class SearchService:
    """Rank 0's side. ``close`` ends the team."""

    def __init__(self, comm: Communicator, config: SearchConfig, rules: Rules, menu: Menu, tables: Any) -> None:
        """menu: of the subgames; tables: DealTables for streets to come, or None."""
        self.config, self._rules, self._menu, self._tables = config, rules, menu, tables
        self.team = Team(comm, team_members(comm, config))
        self._number = 0

    def search(self, spot: Spot, deadline: float) -> Answer:
        """Search until ``deadline`` (of time.perf_counter) less the margin, with every rank that takes part."""
        begin = time.perf_counter()
        number, self._number = self._number, self._number + 1
        end = deadline - self.config.margin_ms / 1e3
        asked = 1 + self.team.ask(number, _pack_question(spot, end - begin - self.config.margin_ms / 1e3))
        own = new_search(
            spot.state(self._rules), self._menu, spot.board, spot.weight, self._tables, self._stream(number)
        )
        arrived: list[tuple[int, np.ndarray]] = []

        def look() -> bool:
            arrived.extend(_unpack_answer(message.body) for message in self.team.answers(number))
            return len(arrived) + 1 == asked

        _run_until(own, end, lambda: False)
        while not look() and time.perf_counter() < end:
            time.sleep(2e-4)
        sums, iterations = own.root_sums(), own.iterations
        for count, others in arrived:
            iterations += count
            sums = sums + others.reshape(sums.shape)
        seconds = time.perf_counter() - begin
        answered = len(arrived) + (own.iterations > 0)
        return Answer(own.actions, sums, own.root_values(), asked, answered, iterations, seconds)

    def _stream(self, number: int) -> tuple[int, int, int]:
        return self.config.seed, number, 0

    def close(self, patience: float = 2.0) -> list[int]:
        """Send the team home; the ranks that did not go in time."""
        return self.team.dismiss(patience)


def team_members(comm: Communicator, config: SearchConfig) -> int:
    """Ranks beside rank 0 that search."""
    return min(config.num_workers or comm.size, comm.size) - 1


def serve(comm: Communicator, config: SearchConfig, rules: Rules, menu: Menu, tables: Any) -> None:
    """Every other rank's side: answer questions until rank 0 asks to leave."""
    member = Member(comm)
    while (question := member.next_question()) is not None:
        begin = time.perf_counter()
        spot, seconds = _unpack_question(question.body)
        stream = config.seed, question.number, comm.rank
        own = new_search(spot.state(rules), menu, spot.board, spot.weight, tables, stream)
        _run_until(own, begin + seconds, member.is_stale)
        if not member.is_stale() and own.iterations:
            member.answer(question.number, _pack_answer(own))


def _run_until(search: RootSearch, end: float, is_stale: Callable[[], bool]) -> None:
    """Short steps until another one as long as the longest so far would be late."""
    longest = 0.0
    while (now := time.perf_counter()) + longest < end and not is_stale():
        search.step()
        longest = max(longest, time.perf_counter() - now)


def _pack_question(spot: Spot, seconds: float) -> np.ndarray:
    head = json.dumps({"history": spot.history, "board": spot.board, "seconds": seconds}).encode()
    length = np.array([len(head)], np.int64).view(np.uint8)
    return np.concatenate(
        [length, np.frombuffer(head, np.uint8), spot.weight.astype(np.float32).view(np.uint8).ravel()]
    )


def _unpack_question(body: np.ndarray) -> tuple[Spot, float]:
    length = int(body[:8].view(np.int64)[0])
    head = json.loads(body[8 : 8 + length].tobytes())
    weight = np.frombuffer(body[8 + length :].tobytes(), np.float32).reshape(2, -1)
    history = tuple(tuple(actions) for actions in head["history"])
    return Spot(history, tuple(head["board"]), weight), head["seconds"]


def _pack_answer(search: RootSearch) -> np.ndarray:
    return np.concatenate([np.array([search.iterations], np.float64), search.root_sums().ravel()]).view(np.uint8)


def _unpack_answer(body: np.ndarray) -> tuple[int, np.ndarray]:
    numbers = np.frombuffer(body.tobytes(), np.float64)
    return int(numbers[0]), numbers[1:]
