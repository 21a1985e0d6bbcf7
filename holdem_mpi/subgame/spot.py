"""A spot file made ready to solve: cards, ranges, betting tree and solver."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from holdem_mpi.cards import CLASS_OF_HAND, parse_cards
from holdem_mpi.config.spot_config import STREETS, SpotConfig, SpotSizes, load_spot
from holdem_mpi.errors import ConfigError
from holdem_mpi.formats.range_text import RangeError, parse_range
from holdem_mpi.game.rules import CALL, FOLD, BettingState, IllegalAction, Rules
from holdem_mpi.game.tree import MAX_NODES, PublicTree, build_tree
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.subgame.solver import SubgameSolver
from holdem_mpi.subgame.spot_menu import SpotMenu
from holdem_mpi.subgame.subgame_arrays import bytes_needed
from holdem_mpi.subgame.three_way_arrays import bytes_of_three
from holdem_mpi.subgame.three_way_solver import ThreeWaySolver
from holdem_mpi.subgame.weights import Weights

_ACTION = re.compile(
    r"(?:(bet|raise|b|r)\s*([0-9]+(?:\.[0-9]+)?)|(check|call|x|c)|(all-?in|a)|(fold|f))", re.IGNORECASE
)
# Chips are internally whole: amounts of a file have at most four decimals, of which half is still whole; sizes may be
# finer. The most that a file may hold (a million chips) is then below 2**43: exact as int64 and float64.
_MAX_UNITS, _MAX_FINE_UNITS = 20_000, 2_000_000
_UNITS = (1, 2, 10, 20, 100, 200, 1000, 2000, 10_000, _MAX_UNITS, 100_000, 200_000, 1_000_000, _MAX_FINE_UNITS)
AnySolver = SubgameSolver | ThreeWaySolver
# A size is off by half a unit at most, and the smallest amount has this many units where so many are allowed.
_FINENESS = 1000


@dataclass(frozen=True)
class Spot:
    """What a spot file means.

    source: the file.
    config: what stands in it.
    board: the public cards.
    ranges: float64[player, 1326], hands that overlap the board included.
    unit: the rules' chips in one chip of the file.
    begin: the state before the file's actions.
    state: the state after them, at node ``now``.
    tree: the betting from the start of the street on, or with ``ranges_now`` from now on.
    now: the node of the decision that is printed.
    notes: a line for each size that is not as written.
    """

    source: str
    config: SpotConfig
    board: list[int]
    ranges: np.ndarray
    unit: int
    begin: BettingState
    state: BettingState
    tree: PublicTree
    now: int
    notes: tuple[str, ...]

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

    def action_names(self, state: BettingState, actions: np.ndarray) -> list[str]:
        """The usual names of actions, such as ``check`` and ``bet 50``: chips in all on this street."""
        return [self._name(state, int(action)) for action in actions]

    def _name(self, state: BettingState, action: int) -> str:
        legal = state.legal()
        if action in (FOLD, CALL):
            return "fold" if action == FOLD else "call" if legal.call_amount else "check"
        paid = self.chips(action - self.begin.contributions[0])
        if action == legal.max_raise_to:
            return f"all-in {paid}"
        return ("raise " if legal.call_amount else "bet ") + paid

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
        return self._memory_of(self.tree, self.ranges)

    def _memory_of(self, tree: PublicTree, ranges: np.ndarray) -> int:
        return (bytes_needed if len(ranges) == 2 else bytes_of_three)(tree, self.board, ranges)

    def solver(self, comm: Communicator | None = None) -> AnySolver:
        """A fresh solver, over all ranks of ``comm`` (collective) or on this process. ConfigError where no hands of all
        ranges can meet, or memory does not suffice.
        """
        settings = self.config.solver
        weights = Weights(settings.alpha, settings.beta, settings.gamma, settings.algorithm == "cfr+", settings.restart)
        self._refuse_too_large(comm or Communicator())
        try:
            if len(self.ranges) == 3:
                return ThreeWaySolver(self.tree, self.board, self.ranges, weights, comm=comm)
            return SubgameSolver(self.tree, self.board, self.ranges, weights, comm=comm)
        except ValueError as error:
            raise ConfigError(f"{self.source}: ranges: {error} on this board") from None

    def _refuse_too_large(self, comm: Communicator) -> None:
        needed = self.memory // comm.hosts
        least = np.array([-os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")], np.int64)
        comm.allreduce_max(least)
        there = -int(least[0])
        if needed > there:
            sizes = f"{needed / 2**30:.1f} GiB of memory, this machine has {there / 2**30:.1f}"
            saved = ", ".join(f"{knob} {100 * share:.0f} %" for knob, share in self._savings(self.memory).items())
            expected = f"expected fewer sizes or hands (what would be saved: {saved})"
            raise ConfigError(f"{self.source}: bet_sizes: the spot needs {sizes}; {expected}")

    def _savings(self, needed: int) -> dict[str, float]:
        """Share of the bytes ``needed`` that each knob saves: one size a street, fewer raises, half the hands."""
        config, halved = self.config, self.ranges.copy()
        for of_player in halved:
            classes = np.unique(CLASS_OF_HAND[of_player > 0])  # whole ones, which leave suits as much alike as they are
            of_player[np.isin(CLASS_OF_HAND, classes[::2])] = 0.0
        bets, raises = (
            SpotSizes(**{street: getattr(sizes, street)[:1] for street in STREETS})
            for sizes in (config.bet_sizes, config.raise_sizes)
        )
        left = {"half the hands": self._memory_of(self.tree, halved)}
        changes = {"one bet size a street": {"bet_sizes": bets}, "one raise size a street": {"raise_sizes": raises}}
        for most in (2, 1):
            if config.max_raises is None or config.max_raises > most:
                changes[f"max_raises: {most}"] = {"max_raises": most}
        for knob, change in changes.items():
            try:
                other = _opened(self.source, config.model_copy(update=change), MAX_NODES)
            except ConfigError:  # the spot's own actions need more than that
                continue
            left[knob] = self._memory_of(other.tree, self.ranges)
        return {knob: 1 - size / needed for knob, size in left.items() if size < needed}


def open_spot(
    described: str | Mapping[str, Any], overrides: dict[str, Any] | None = None, most_nodes: int = MAX_NODES
) -> Spot:
    """The spot of a file, a shipped one by name, or that of a file's keys. UserError, one line, on what cannot be
    solved, or where its betting tree has more than ``most_nodes`` nodes.
    """
    return _opened(*load_spot(described, overrides), most_nodes)


def _opened(source: str, config: SpotConfig, most_nodes: int) -> Spot:
    board = parse_cards(config.board)
    ranges = np.stack([_range(source, position, text) for position, text in config.ranges.items()])
    unit = _unit(source, config)
    try:
        begin = _begin(config, unit, len(board) - 2)
    except ConfigError as error:
        raise ConfigError(f"{source}: {error}") from None
    state = _after_actions(source, config, unit, begin)
    menu = SpotMenu(config, unit, begin.contributions[0], begin.street, () if config.ranges_now else state.history[-1])
    tree = build_tree(begin.rules, menu, state if config.ranges_now else begin, most_nodes)
    now = 0
    for action in menu.taken:
        now = int(tree.children(now)[tree.actions(now).tolist().index(action)])
    notes = tuple(menu.notes.values())
    return Spot(
        source=source,
        config=config,
        board=board,
        ranges=ranges,
        unit=unit,
        begin=begin,
        state=state,
        tree=tree,
        now=now,
        notes=notes,
    )


def _range(source: str, position: str, text: str) -> np.ndarray:
    try:
        return parse_range(text)
    except RangeError as error:
        raise ConfigError(f"{source}: ranges.{position}: {error}") from None


def _unit(source: str, config: SpotConfig) -> int:
    """The rules' chips in one chip: all amounts become whole, and each player's part of the pot, which all have put in.

    A unit is a thousandth of the smallest amount or less, unless the file says what the smallest chip is.
    """
    amounts = [config.pot, *config.stacks, config.least_bet, config.chip or 0.0]
    amounts += [float(match[2]) for text in config.actions if (match := _ACTION.fullmatch(text.strip())) and match[2]]
    exact = [Fraction(str(amount)) for amount in amounts]
    fine = 0 if config.chip else _FINENESS / min(amount for amount in exact if amount)
    exact[0] /= len(config.positions)
    odd = 3 if len(config.positions) == 3 else 1  # thirds of what decimals there may be
    units = [odd * unit for unit in _UNITS]
    whole = [unit for unit in units if all((amount * unit).denominator == 1 for amount in exact)]
    if not whole or whole[0] > odd * _MAX_UNITS:
        raise ConfigError(
            f"{source}: pot: expected chips with at most four decimals in pot, stacks, min_bet, chip and actions"
        )
    return next((unit for unit in whole if unit >= fine), whole[-1])


def _begin(config: SpotConfig, unit: int, street: int) -> BettingState:
    """The state at the start of the street. Nobody has more than another one can call."""
    players = len(config.positions)
    each, stacks = round(Fraction(str(config.pot)) * unit / players), [round(stack * unit) for stack in config.stacks]
    rules = Rules(
        stacks=tuple(each + min(stack, sorted(stacks)[-2]) for stack in stacks),
        blinds=(each,) * players,
        first_to_act=(0,) * 4,
        max_raises=(config.max_raises,) * 4,
        min_bet=max(1, round(config.least_bet * unit)),
    )
    history = ((),) * (street + 1)
    return BettingState(
        rules=rules,
        street=street,
        player=0,
        contributions=rules.blinds,
        folded=(False,) * players,
        num_raises=0,
        largest_raise=0,
        acted=(False,) * players,
        to_act=tuple(range(players)),
        history=history,
    )


def _after_actions(source: str, config: SpotConfig, unit: int, begin: BettingState) -> BettingState:
    """The state after the file's actions, checked against ``to_act``."""
    state, positions = begin, config.positions
    texts = list(config.actions)
    if not texts and config.to_act is not None:
        texts = ["check"] * positions.index(config.to_act)
    for place, text in enumerate(texts):
        where = f"{source}: actions[{place}]"
        try:
            state = state.apply(_action(text, state, unit))
        except IllegalAction as error:
            raise ConfigError(f"{where}: {text!r}: {_in_chips(str(error), state, unit, positions)}") from None
        except ValueError:
            raise ConfigError(f"{where}: expected check, call, fold, bet N, raise N or all-in, got {text!r}") from None
        if state.is_over or state.street != begin.street:
            raise ConfigError(f"{where}: {text!r} ends the betting of this street; nothing is left to decide on it")
    if config.to_act is not None and positions[state.player] != config.to_act:
        raise ConfigError(f"{source}: to_act: after the actions it is {positions[state.player]}, not {config.to_act}")
    return state


def _action(text: str, state: BettingState, unit: int) -> int:
    match = _ACTION.fullmatch(text.strip())
    if not match:
        raise ValueError
    legal = state.legal()
    if match[4]:
        return legal.max_raise_to or CALL
    if match[5]:
        return FOLD
    word = (match[3] or match[1]).lower()
    facing = {"check": False, "x": False, "call": True, "bet": False, "raise": True}.get(word)
    if facing is not None and facing != (legal.call_amount > 0):
        raise IllegalAction("there is a bet to call" if legal.call_amount else "there is no bet yet")
    if match[3]:
        return CALL
    # Each player had put in his part of the pot before this street.
    amount = round(Fraction(match[2]) * unit)
    return _put_in(state) + amount if amount else _refuse("expected more than 0 chips")


def _put_in(state: BettingState) -> int:
    return state.rules.blinds[0]


def _refuse(text: str) -> int:
    raise IllegalAction(text)


def _in_chips(problem: str, state: BettingState, unit: int, positions: tuple[str, ...]) -> str:
    """An illegal size in the file's chips of this street."""
    if "cannot bet" not in problem:
        return problem
    legal, before = state.legal(), _put_in(state)
    low, high = ((total - before) / unit for total in (legal.min_raise_to, legal.max_raise_to))
    none = "no raise is possible" + (f": max_raises is {state.num_raises}" if state.is_capped else "")
    allowed = f"expected {low:g} to {high:g}" if legal.max_raise_to else none
    return f"{positions[state.player]} cannot bet or raise so much or so little; {allowed}"
