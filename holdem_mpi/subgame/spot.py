"""A spot file made ready to solve: cards, ranges, betting tree and solver."""

import functools
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from holdem_mpi.cards import CLASS_OF_HAND, parse_cards
from holdem_mpi.config.spot_config import SpotConfig, load_spot
from holdem_mpi.config.spot_sizes import STREETS, SpotSizes
from holdem_mpi.errors import ConfigError
from holdem_mpi.formats.range_text import RangeError, parse_range
from holdem_mpi.game.rules import CALL, FOLD, BettingState
from holdem_mpi.game.tree import MAX_NODES, PublicTree, build_tree
from holdem_mpi.game.tree_size import TreeSize, count_tree, size_of
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.subgame.find_locks import lock_of
from holdem_mpi.subgame.locks import Lock, marks_of
from holdem_mpi.subgame.rake import Rake
from holdem_mpi.subgame.solver import SubgameSolver
from holdem_mpi.subgame.spot_menu import SpotMenu
from holdem_mpi.subgame.spot_start import after_actions, begin_of, unit_of
from holdem_mpi.subgame.subgame_arrays import bytes_of
from holdem_mpi.subgame.subgame_deck import holdem_deck
from holdem_mpi.subgame.three_way_arrays import bytes_of_three
from holdem_mpi.subgame.three_way_solver import ThreeWaySolver
from holdem_mpi.subgame.weights import Weights
from holdem_mpi.text import gibibytes

AnySolver = SubgameSolver | ThreeWaySolver


@dataclass(frozen=True)
class Spot:
    """What a spot file means. Its tree is counted, and built when it is asked for.

    source: the file.
    config: what stands in it.
    board: the public cards.
    ranges: float64[player, 1326], hands that overlap the board included.
    unit: the rules' chips in one chip of the file.
    begin: the state before the file's actions.
    state: the state after them, at node ``now``.
    menu: the actions of its tree.
    size: of the tree, counted.
    """

    source: str
    config: SpotConfig
    board: list[int]
    ranges: np.ndarray
    unit: int
    begin: BettingState
    state: BettingState
    menu: SpotMenu
    size: TreeSize

    @functools.cached_property
    def tree(self) -> PublicTree:
        """The betting from the start of the street on, or with ``ranges_now`` from now on."""
        return build_tree(self.begin.rules, self.menu, self.start)

    @functools.cached_property
    def now(self) -> int:
        """The node of the decision that is printed."""
        node = 0
        for action in () if self.config.ranges_now else self.state.history[-1]:
            node = int(self.tree.children(node)[self.tree.actions(node).tolist().index(action)])
        return node

    @functools.cached_property
    def notes(self) -> tuple[str, ...]:
        """A line for each thing that is not as written: sizes, chips that are not at risk."""
        return (*_stack_notes(self.config), *_donk_notes(self.config, len(self.board)), *self.menu.notes)

    @property
    def start(self) -> BettingState:
        """The state at the root of the tree, to which ``ranges``, EVs and the pot belong."""
        return self.state if self.config.ranges_now else self.begin

    @property
    def pot(self) -> float:
        """Chips in the pot at the root of the tree."""
        return sum(self.start.contributions) / self.unit

    def chips(self, amount: float) -> str:
        """The rules' chips as the file's, without needless digits."""
        return f"{amount / self.unit:.10g}"

    def action_names(self, state: BettingState, actions: Iterable[int]) -> list[str]:
        """The usual names of actions: ``check``, ``bet 50``, ``raise to 140``; chips in all on the state's street."""
        return [self._name(state, int(action)) for action in actions]

    def _name(self, state: BettingState, action: int) -> str:
        legal = state.legal()
        if action in (FOLD, CALL):
            return "fold" if action == FOLD else "call" if legal.call_amount else "check"
        earlier = (each for of_street in state.history[:-1] for each in of_street)
        paid = self.chips(action - max([self.begin.contributions[0], *earlier]))
        if action == legal.max_raise_to:
            return f"all-in {paid}"
        return ("raise to " if legal.call_amount else "bet ") + paid

    def action_texts(self, state: BettingState, actions: np.ndarray) -> list[str]:
        """The names for people, bets with their share of the pot: ``bet 50 (100 % of the pot)``."""
        pot, texts = sum(state.contributions), self.action_names(state, actions)
        for place, action in enumerate(actions.tolist()):
            if action > CALL and not state.legal().call_amount:
                texts[place] += f" ({100 * (action - state.contributions[state.player]) / pot:.3g} % of the pot)"
        return texts

    def decisions(self) -> Iterator[tuple[int, BettingState, list[str]]]:
        """(node, state, names of the actions that led there from the root) of each decision of this street."""
        pending: list[tuple[int, BettingState, list[str]]] = [(0, self.start, [])]
        while pending:
            node, state, line = pending.pop()
            if self.tree.kind_of_node[node] != KIND_DECISION or state.street != self.start.street:
                continue
            yield node, state, line
            actions = self.tree.actions(node)
            names = self.action_names(state, actions)
            below = zip(self.tree.children(node).tolist(), actions.tolist(), names)
            pending.extend(reversed([(child, state.apply(action), [*line, name]) for child, action, name in below]))

    @property
    def memory(self) -> int:
        """Bytes that a solver takes, as far as they grow with the spot."""
        return self._memory_of(self.ranges)

    def _memory_of(self, ranges: np.ndarray) -> int:
        if len(ranges) == 3:
            return bytes_of_three(self.size, self.board, ranges)
        return bytes_of(self.size, self.start.street, self.board, ranges, marks=marks_of(self.locks, holdem_deck()))

    @functools.cached_property
    def locks(self) -> tuple[Lock, ...]:
        """The file's locks. ConfigError where one names what is not there."""
        found = []
        for place, given in enumerate(self.config.locks):
            where = f"{self.source}: locks[{place}]"
            lock, state = lock_of(where, given, self.start, self.menu, self.action_names, self.board)
            if not (self.ranges[state.player] * lock.hands * ~holdem_deck().blocked(self.board)).any():
                who = self.config.positions[state.player]
                raise ConfigError(f"{where}.hands: none of them is in {who}'s range on this board")
            found.append(lock)
        return tuple(found)

    def solver(self, comm: Communicator | None = None) -> AnySolver:
        """A fresh solver over all ranks of ``comm`` (collective). ConfigError where no hands of all ranges can meet, or
        memory does not suffice.
        """
        settings = self.config.solver
        weights = Weights(settings.alpha, settings.beta, settings.gamma, settings.algorithm == "cfr+", settings.restart)
        self._refuse_too_large(comm or Communicator())
        try:
            if len(self.ranges) == 3:
                return ThreeWaySolver(self.tree, self.board, self.ranges, weights, comm=comm)
            given = self.tree, self.board, self.ranges, weights
            return SubgameSolver(*given, rake=self.rake, locks=self.locks, comm=comm)
        except ValueError as error:
            raise ConfigError(f"{self.source}: ranges: {error} on this board") from None

    @property
    def rake(self) -> Rake:
        """What the house takes, in the rules' chips."""
        cap = self.config.rake_cap
        return Rake(self.config.rake, math.inf if cap is None else cap * self.unit)

    def _refuse_too_large(self, comm: Communicator) -> None:
        needed = self.memory // comm.hosts
        least = np.array([-os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")], np.int64)
        comm.allreduce_max(least)
        there = -int(least[0])
        if needed > there:
            sizes = f"{gibibytes(needed)} of memory, this machine has {gibibytes(there)}"
            saved = ", ".join(f"{knob} {100 * share:.0f} %" for knob, share in self._savings(self.memory).items())
            expected = f"expected fewer sizes or hands (what would be saved: {saved})"
            raise ConfigError(f"{self.source}: bet_sizes: the spot needs {sizes}; {expected}")

    def _savings(self, needed: int) -> dict[str, float]:
        """Share of the bytes ``needed`` that each knob saves: one size a street, fewer raises, half the hands."""
        config, halved = self.config, self.ranges.copy()
        for of_player in halved:
            classes = np.unique(CLASS_OF_HAND[of_player > 0])  # whole ones, which leave suits as much alike as they are
            of_player[np.isin(CLASS_OF_HAND, classes[::2])] = 0.0
        left = {"half the hands": self._memory_of(halved)}
        bets, raises = (_first_sizes(sizes) for sizes in (config.bet_sizes, config.raise_sizes))
        changes = {"one bet size a street": {"bet_sizes": bets}, "one raise size a street": {"raise_sizes": raises}}
        for most in (2, 1):
            if any(cap is None or cap > most for cap in config.caps):
                changes[f"max_raises: {most}"] = {"max_raises": most}
        for knob, change in changes.items():
            try:
                left[knob] = _opened(self.source, config.model_copy(update=change), MAX_NODES).memory
            except ConfigError:  # the spot's own actions need more than that
                continue
        return {knob: 1 - size / needed for knob, size in left.items() if size < needed}


def _first_sizes(sizes: SpotSizes) -> SpotSizes:
    """The first size of each list."""
    of_streets = {street: getattr(sizes, street) for street in STREETS}
    return SpotSizes(
        **{
            street: {who: each[:1] for who, each in of_street.items()} if isinstance(of_street, dict) else of_street[:1]
            for street, of_street in of_streets.items()
        }
    )


def open_spot(
    described: str | Mapping[str, Any], overrides: dict[str, Any] | None = None, most_nodes: int = MAX_NODES
) -> Spot:
    """The spot of a file, a shipped one by name, or that of a file's keys. UserError, one line, on what cannot be
    solved, or where its betting tree has more than ``most_nodes`` nodes, which is known before it is built.
    """
    return _opened(*load_spot(described, overrides), most_nodes)


def _opened(source: str, config: SpotConfig, most_nodes: int) -> Spot:
    board = parse_cards(config.board)
    ranges = np.stack([_range(source, position, text) for position, text in config.ranges.items()])
    unit = unit_of(source, config)
    try:
        begin = begin_of(config, unit, len(board) - 2)
    except ConfigError as error:
        raise ConfigError(f"{source}: {error}") from None
    state, taken = after_actions(source, config, unit, begin)
    menu = SpotMenu(config, unit, begin.contributions[0], begin.street, () if config.ranges_now else taken)
    size = _counted(source, begin, menu, state if config.ranges_now else begin, most_nodes)
    spot = Spot(
        source=source,
        config=config,
        board=board,
        ranges=ranges,
        unit=unit,
        begin=begin,
        state=state,
        menu=menu,
        size=size,
    )
    _ = spot.locks  # what is wrong with them is told at once
    return spot


def _counted(source: str, begin: BettingState, menu: SpotMenu, start: BettingState, most_nodes: int) -> TreeSize:
    """The size of a spot's tree. ConfigError where it has more nodes than that, or a decision too many actions."""
    try:
        size = count_tree(begin.rules, menu, start)
        if size is None:  # too many different states to be counted; it is built only as far as it may be
            size = size_of(build_tree(begin.rules, menu, start, most_nodes))
    except ConfigError as error:
        raise ConfigError(f"{source}: bet_sizes: {str(error).partition(': ')[2]}") from None
    if size.nodes > most_nodes:
        text = f"its betting tree has {size.nodes} nodes; expected at most {most_nodes} (fewer sizes or raises)"
        raise ConfigError(f"{source}: bet_sizes: {text}")
    return size


def _stack_notes(config: SpotConfig) -> list[str]:
    """Whose chips are not at risk."""
    least, most = sorted(config.stacks)[-2:]
    if least == most:
        return []
    deep = config.positions[config.stacks.index(most)]
    return [f"stacks: {least:g} chips are played; {most - least:g} of {deep}'s {most:g} are not at risk"]


def _donk_notes(config: SpotConfig, cards: int) -> list[str]:
    """Which donk sizes are never asked for: those of the spot's own street and of streets before it."""
    asked = [street for street in STREETS[1 : cards - 2] if getattr(config.donk_sizes, street) is not None]
    return [f"donk_sizes.{street}: no street of the spot comes before; bet_sizes are taken" for street in asked[-1:]]


def _range(source: str, position: str, text: str) -> np.ndarray:
    try:
        return parse_range(text)
    except RangeError as error:
        raise ConfigError(f"{source}: ranges.{position}: {error}") from None
