"""Spot files: the public state, the ranges and the sizes of one spot to solve; YAML, read strictly."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from holdem_mpi.cards import parse_cards
from holdem_mpi.config.load import model_of, read_model
from holdem_mpi.config.section import CrossCheckError, Fraction, Seconds, Section, pot_fractions
from holdem_mpi.config.shipped import config_folder, one_of_the_shipped
from holdem_mpi.errors import UserError
from holdem_mpi.text import shown

__all__ = ["SpotConfig", "SpotSizes", "SpotSolver", "load_spot", "one_of_positions", "shipped_spots", "stop_overrides"]

STREETS = ("flop", "turn", "river")
Amount = Annotated[float, Field(ge=0, le=1e6)]  # chips, parts of chips allowed
# Who acts first after the flop; names in one group are of one seat.
_ORDER = (
    ("oop",),
    ("sb",),
    ("bb",),
    ("utg", "ep"),
    ("utg+1", "utg1"),
    ("utg+2", "utg2"),
    ("mp", "mp1"),
    ("lj", "mp2"),
    ("hj", "mp3"),
    ("co",),
    ("btn", "bu", "button", "dealer"),
    ("ip",),
)
_PLACE = {name: place for place, names in enumerate(_ORDER) for name in names}


class SpotSizes(Section):
    """Pot fractions by street, rising; none: all-in alone. A list, or a single size, stands for every street."""

    flop: list[Fraction] = Field(default=[])
    turn: list[Fraction] = Field(default=[])
    river: list[Fraction] = Field(default=[])

    @model_validator(mode="before")
    @classmethod
    def _read_sizes(cls, data: Any) -> Any:
        """Fractions of percent, which are written ``50%``; one size stands for a list of it."""
        if not isinstance(data, dict):
            return data
        read = {}
        for street, sizes in data.items():
            sizes = [sizes] if type(sizes) in (int, float, str) else sizes
            read[street] = pot_fractions(str(street), sizes) if isinstance(sizes, list) else sizes
        return read


class SpotSolver(Section):
    """When to stop, whichever comes first, and the algorithm.

    target_pct: exploitability, in percent of the pot.
    time: in seconds.
    iterations: in all.
    algorithm: dcfr or cfr+.
    alpha, beta, gamma: of dcfr, exponents of the discounts of positive regrets, negative regrets and strategy sums.
    restart: of dcfr, strategy sums begin anew at every power of 4.
    """

    target_pct: float | None = Field(default=0.25, gt=0)
    time: Seconds | None = None
    iterations: int | None = Field(default=10_000, ge=1, le=10**7)
    algorithm: Literal["dcfr", "cfr+"] = "dcfr"
    alpha: float = Field(default=1.5, ge=0)
    beta: float = 0.0
    gamma: float = Field(default=5.0, ge=0)
    restart: bool = False

    @model_validator(mode="after")
    def _check(self) -> "SpotSolver":
        if self.target_pct is None and self.time is None and self.iterations is None:
            raise CrossCheckError("iterations", "expected a target_pct, a time or iterations to stop at, got none")
        return self


class SpotConfig(Section):
    """A spot. Positions are the keys of ``ranges``, the first to act on each street first however they are written.

    board: the public cards.
    pot: chips, before the actions of this street.
    stacks: chips left behind by position, before the actions of this street.
    ranges: of hands, by position.
    bet_sizes, raise_sizes: on the menu, by street.
    all_in: whether it is always on the menu.
    merge: a size of this share of all chips, or more, becomes all-in.
    min_bet: chips, of a bet or raise; see ``least_bet``.
    chip: sizes are multiples of it.
    max_raises: bets and raises a street; None for no cap.
    actions: taken on this street: check, call, fold, bet N, raise N, all-in; N chips in all on the street.
    to_act: checked against actions; without those, a later position's means checks before it.
    ranges_now: whether ranges are those after the actions; else those at the start of the street.
    short_stacks: whether stacks below the pot are meant.
    solver: how it is solved.
    """

    board: str
    pot: float = Field(gt=0, le=1e6)
    stacks: list[Amount]
    ranges: dict[str, str]
    bet_sizes: SpotSizes = SpotSizes()
    raise_sizes: SpotSizes = SpotSizes()
    all_in: bool = True
    merge: float = Field(default=1.0, gt=0, le=1)
    min_bet: float | None = Field(default=None, gt=0, le=1e6)
    chip: float | None = Field(default=None, gt=0, le=1e6)
    max_raises: int | None = Field(default=None, ge=0)
    actions: list[str] = Field(default=[])
    to_act: str | None = None
    ranges_now: bool = False
    short_stacks: bool = False
    solver: SpotSolver = SpotSolver()

    @property
    def positions(self) -> tuple[str, ...]:
        """Names of the players, the first to act first."""
        return tuple(self.ranges)

    @property
    def least_bet(self) -> float:
        """Chips of the smallest bet or raise: by default 1, or nothing where the pot is below two such bets."""
        if self.min_bet is not None:
            return self.min_bet
        return max(self.chip or 0.0, 1.0 if self.pot >= 2 else 0.0)

    @model_validator(mode="before")
    @classmethod
    def _spread(cls, data: Any) -> Any:
        """Order the positions; write out single stacks and sizes."""
        if not isinstance(data, dict):
            return data
        data = dict(data)
        ranges, stacks, board = data.get("ranges"), data.get("stacks"), data.get("board")
        if isinstance(board, list) and all(isinstance(card, str) for card in board):
            data["board"] = " ".join(board)
        if isinstance(ranges, dict):
            data["ranges"] = ranges = dict(sorted(ranges.items(), key=lambda item: _place(item[0])))
        if type(stacks) in (int, float):
            data["stacks"] = [stacks] * (len(ranges) if isinstance(ranges, dict) else 2)
        elif isinstance(stacks, dict) and isinstance(ranges, dict):
            by_place = {_place(position): stack for position, stack in stacks.items()}
            if len(by_place) == len(stacks) and by_place.keys() == {_place(position) for position in ranges}:
                data["stacks"] = [by_place[_place(position)] for position in ranges]
        if isinstance(data.get("to_act"), str) and isinstance(ranges, dict):
            data["to_act"] = one_of_positions(data["to_act"], list(ranges)) or data["to_act"]
        for key in ("bet_sizes", "raise_sizes"):
            if isinstance(data.get(key), list) or type(data.get(key)) in (int, float, str):
                data[key] = dict.fromkeys(STREETS, data[key])
        return data

    @model_validator(mode="after")
    def _check(self) -> "SpotConfig":
        _check_board(self.board)
        players = len(self.ranges)
        if players != 2 and (players, len(parse_cards(self.board))) != (3, 5):
            text = f"expected two players, or three on the river, got {players}"
            raise CrossCheckError("ranges", f"{text}; spots of other numbers are not supported")
        if len(self.stacks) != players:
            raise CrossCheckError("stacks", f"expected one for each of {players} players, got {len(self.stacks)}")
        _check_positions(list(self.ranges))
        if min(self.stacks) <= 0:
            raise CrossCheckError("stacks", "expected chips left behind for every player, got a stack of 0")
        if min(self.stacks) < self.pot and not self.short_stacks:
            text = f"{min(self.stacks):g} is below the pot of {self.pot:g}"
            raise CrossCheckError("stacks", f"{text}; expected at least the pot, or short_stacks: true if it is meant")
        for key in ("bet_sizes", "raise_sizes"):
            for street in STREETS:
                sizes = getattr(getattr(self, key), street)
                if any(low >= high for low, high in itertools.pairwise(sizes)):
                    raise CrossCheckError(f"{key}.{street}", f"expected rising pot fractions, got {sizes}")
        if self.to_act is not None and self.to_act not in self.ranges:
            raise CrossCheckError("to_act", f"expected {' or '.join(self.ranges)}, got {self.to_act!r}")
        return self


def _place(position: Any) -> int:
    """When a position acts after the flop; names that nobody knows come last."""
    return _PLACE.get(position.strip().lower(), len(_ORDER)) if isinstance(position, str) else len(_ORDER)


def one_of_positions(name: str, positions: Sequence[str]) -> str | None:
    """The one of ``positions`` that ``name`` means, in any case and by any of its names (BTN, button); None if none."""
    place = _place(name)
    return next((each for each in positions if place < len(_ORDER) and _place(each) == place), None)


def _check_positions(positions: list[str]) -> None:
    for position in positions:
        if _place(position) == len(_ORDER):
            known = "oop, ip, SB, BB, UTG, UTG+1, UTG+2, MP, LJ, HJ, CO or BTN"
            raise CrossCheckError("ranges", f"unknown position {shown(position)}; expected {known}")
    for first, second in itertools.pairwise(positions):
        if _place(first) == _place(second):
            raise CrossCheckError("ranges", f"{first} and {second} are one position; expected {len(positions)}")


def _check_board(text: str) -> None:
    try:
        cards = parse_cards(text)
    except UserError as error:
        raise CrossCheckError("board", str(error)) from None
    if not cards:
        raise CrossCheckError("board", "expected the cards of a flop, turn or river; spots before it are not supported")
    if not 3 <= len(cards) <= 5:
        raise CrossCheckError("board", f"expected 3 to 5 cards, got {len(cards)}")


def shipped_spots() -> list[str]:
    """Names of the spots that come with the package, sorted."""
    return sorted(path.stem for path in (config_folder() / "spots").glob("*.yaml"))


def stop_overrides(given: Mapping[str, Any]) -> dict[str, Any]:
    """Overrides of a spot's stops: those ``given`` (target_pct, time, iterations) replace all of them; the spot's
    iterations stay the last resort of a target.
    """
    if not given:
        return {}
    none = ["target_pct", "time"] + (["iterations"] if "time" in given else [])
    return {f"solver.{key}": None for key in none} | {f"solver.{key}": value for key, value in given.items()}


def load_spot(source: str | Mapping[str, Any], overrides: dict[str, Any] | None = None) -> tuple[str, SpotConfig]:
    """(file, spot) of a YAML file, of a shipped spot by its name, or of a mapping of the keys that such a file has.

    A text with a slash or a YAML ending is a file; ``overrides`` as in ``load_config``. ConfigError, one line, on
    anything amiss.
    """
    if isinstance(source, Mapping):
        return "spot", model_of(SpotConfig, source, "spot", overrides)
    path_or_name = source
    if "/" in path_or_name or path_or_name.endswith((".yaml", ".yml")):
        path = Path(path_or_name)
    else:
        path = config_folder() / "spots" / f"{one_of_the_shipped('spot', path_or_name, shipped_spots())}.yaml"
    return str(path), read_model(SpotConfig, path, "board", overrides)
