"""Spot files: the public state, the ranges and the sizes of one spot to solve; YAML, read strictly."""

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from holdem_mpi.cards import NUM_HANDS, parse_cards
from holdem_mpi.config.load import model_of
from holdem_mpi.config.section import CrossCheckError, Seconds, Section, pot_fractions
from holdem_mpi.config.shipped import config_folder, one_of_the_shipped
from holdem_mpi.config.spot_locks import SpotLock
from holdem_mpi.config.spot_menus import MENUS
from holdem_mpi.config.spot_positions import KNOWN, UNKNOWN, one_of_positions, place_of
from holdem_mpi.config.spot_sizes import STREETS, DonkSizes, Size, SpotSizes, Wrong, read_sizes, refuse_wrong, share_of
from holdem_mpi.config.strict_yaml import read_yaml
from holdem_mpi.errors import ConfigError, UserError
from holdem_mpi.text import shown

__all__ = ["SpotConfig", "SpotSolver", "load_spot", "shipped_spots", "stop_overrides"]

_MOST_WEIGHT = 1e6  # that is told as a number; those above 1 are refused
Amount = Annotated[float, Field(ge=0, le=1e6)]  # chips, parts of chips allowed
Share = Annotated[float, Field(ge=0, le=100)]
_SIZE_KEYS, _SHARE_KEYS = (
    ("bet_sizes", "raise_sizes", "donk_sizes"),
    ("merge", "add_allin", "force_allin", "merge_sizes", "rake"),
)
RANGE_FILES = (".txt", ".csv", ".range")


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
        for key in ("alpha", "beta", "gamma", "restart") if self.algorithm != "dcfr" else ():
            if getattr(self, key) != type(self).model_fields[key].default:
                raise CrossCheckError(key, f"only of dcfr, algorithm is {self.algorithm}")
        return self


def _check_caps(caps: Any) -> Any:
    by_street = caps if isinstance(caps, dict) else {"": caps}
    for street, cap in by_street.items():
        if street not in ("", *STREETS):
            raise CrossCheckError(str(street), f"unknown; expected {', '.join(STREETS)}")
        if cap is not None and (type(cap) is not int or cap < 0):
            text = f"expected a whole number of bets and raises a street, got {shown(cap)}"
            raise CrossCheckError(street, text)
    return caps


class SpotConfig(Section):
    """A spot. Positions are the keys of ``ranges``, the first to act on each street first however they are written.

    board: the public cards.
    pot: chips, before the actions of this street.
    dead_money: chips in the middle beside ``pot``.
    stacks: chips left behind by position, before the actions of this street; the smaller counts for both.
    ranges: of hands, by position.
    menu: what sizes, all-in, thresholds and ``max_raises`` are where they are not written. None once it is read.
    bet_sizes, raise_sizes: on the menu, by street and position.
    donk_sizes: of the first player's bets after it has called on the street before; None: its bet sizes.
    all_in: whether it is always on the menu.
    add_allin: all-in is added where it is at most so many pots.
    force_allin: a size whose call leaves at most so many pots behind becomes all-in.
    merge: a size of this share of all chips, or more, becomes all-in.
    merge_sizes: of two sizes the smaller goes where the pot after it, times one plus this, is that after the larger.
    min_bet: chips, of a bet or raise; see ``least_bet``.
    chip: sizes are multiples of it.
    max_raises: bets and raises a street, one number or by street; None for no cap.
    rake: share of the pot that the house takes at its end, without chips that nobody has called.
    rake_cap: chips that it takes at most.
    actions: taken on this street: check, call, fold, bet N, raise N, all-in; N chips in all on the street.
    to_act: checked against actions; without those, a later position's means checks before it.
    ranges_now: whether ranges are those after the actions; else those at the start of the street.
    short_stacks: whether stacks below the pot are meant.
    locks: strategies that are fixed.
    solver: how it is solved.
    """

    board: str
    pot: float = Field(gt=0, le=1e6)
    dead_money: Amount = 0.0
    stacks: list[Amount]
    ranges: dict[str, str]
    menu: Literal["lean", "standard", "rich"] | None = None
    bet_sizes: Annotated[SpotSizes, BeforeValidator(refuse_wrong)] = SpotSizes()
    raise_sizes: Annotated[SpotSizes, BeforeValidator(refuse_wrong)] = SpotSizes()
    donk_sizes: Annotated[DonkSizes, BeforeValidator(refuse_wrong)] = DonkSizes()
    all_in: bool = True
    add_allin: Share | None = None
    force_allin: Share | None = None
    merge: float = Field(default=1.0, gt=0, le=1)
    merge_sizes: float = Field(default=0.0, ge=0, le=1)
    min_bet: float | None = Field(default=None, gt=0, le=1e6)
    chip: float | None = Field(default=None, gt=0, le=1e6)
    max_raises: Annotated[int | dict[str, int] | None, BeforeValidator(_check_caps)] = None
    rake: float = Field(default=0.0, ge=0, le=0.5)
    rake_cap: float | None = Field(default=None, ge=0, le=1e6)
    actions: list[str] = Field(default=[])
    to_act: str | None = None
    ranges_now: bool = False
    short_stacks: bool = False
    locks: list[SpotLock] = Field(default=[])
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

    @property
    def caps(self) -> tuple[int | None, ...]:
        """Most bets and raises of the flop, turn and river."""
        if isinstance(self.max_raises, dict):
            return tuple(self.max_raises.get(street) for street in STREETS)
        return (self.max_raises,) * 3

    def sizes(self, key: str, street: str, position: str) -> list[Size]:
        """A list of sizes; key: bet_sizes, raise_sizes or donk_sizes (by default those of bets)."""
        found = getattr(getattr(self, key), street, None)
        if found is None:
            return self.sizes("bet_sizes", street, position)
        return found[position] if isinstance(found, dict) else found

    @model_validator(mode="before")
    @classmethod
    def _spread(cls, data: Any) -> Any:
        """Order the positions; write out what stands for more: a menu, single stacks and sizes, percent."""
        if not isinstance(data, dict):
            return data
        data = dict(data)
        ranges, stacks, board = data.get("ranges"), data.get("stacks"), data.get("board")
        if isinstance(board, list) and all(isinstance(card, str) for card in board):
            data["board"] = " ".join(board)
        if isinstance(data.get("actions"), str):
            data["actions"] = [name.strip() for name in data["actions"].split(",")]
        if isinstance(ranges, dict):
            texts = {position: _range_text(position, each) for position, each in ranges.items()}
            data["ranges"] = ranges = dict(sorted(texts.items(), key=lambda item: place_of(item[0])))
        elif "ranges" in data:
            text = f"expected a range by position, such as {{oop: AA, ip: KK}}, got {shown(ranges)}"
            raise CrossCheckError("ranges", text)
        if type(stacks) in (int, float):
            data["stacks"] = [stacks] * (len(ranges) if isinstance(ranges, dict) else 2)
        elif isinstance(stacks, dict) and isinstance(ranges, dict):
            by_place = {place_of(position): stack for position, stack in stacks.items()}
            if len(by_place) == len(stacks) and by_place.keys() == {place_of(position) for position in ranges}:
                data["stacks"] = [by_place[place_of(position)] for position in ranges]
        if "stacks" in data and isinstance(data["stacks"], str | Mapping | bool):
            who = ", ".join(map(str, ranges)) if isinstance(ranges, dict) else "oop, ip"
            raise CrossCheckError("stacks", f"expected chips: a number, a list, or by {who}, got {shown(stacks)}")
        positions = [name for name in ranges if isinstance(name, str)] if isinstance(ranges, dict) else []
        if isinstance(data.get("to_act"), str):
            data["to_act"] = one_of_positions(data["to_act"], positions) or data["to_act"]
        return _with_menu(data, positions)

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
        if self.all_in and self.add_allin is not None:
            raise CrossCheckError("add_allin", "all-in is always on the menu; expected all_in: false beside it")
        if self.rake_cap is not None and not self.rake:
            raise CrossCheckError("rake_cap", "there is no rake; expected it beside rake, such as rake: 5%")
        if players == 3 and (self.rake or self.locks):
            key = "rake" if self.rake else "locks"
            raise CrossCheckError(key, "three players are solved without; expected two players beside it")
        if self.to_act is not None and self.to_act not in self.ranges:
            raise CrossCheckError("to_act", f"expected {' or '.join(self.ranges)}, got {self.to_act!r}")
        return self


def _with_menu(data: dict[str, Any], positions: list[str]) -> dict[str, Any]:
    """``data`` with the keys of its menu written out, its sizes read, and shares of percent as numbers."""
    if isinstance(menu := data.get("menu"), str) and menu.strip().lower() in MENUS:
        usual = MENUS[menu.strip().lower()]
        if data.get("all_in") is True and "add_allin" not in data:
            usual = usual | {"add_allin": None}
        data = {**usual, **data, "menu": None}
        if data["donk_sizes"] is usual["donk_sizes"]:  # those of the spot's own street mean nothing
            donks = read_sizes("donk_sizes", data["donk_sizes"], positions)
            data["donk_sizes"] = {street: donks[street] for street in _streets_to_come(data.get("board"))}
    if data.get("add_allin") is not None:
        data.setdefault("all_in", False)
    for key in _SIZE_KEYS:
        if key in data and not (key == "donk_sizes" and data[key] is None):
            try:
                data[key] = read_sizes(key, data[key], positions)
            except CrossCheckError as error:  # told by the field's own check, beside what else is wrong
                data[key] = Wrong(CrossCheckError(error.key.removeprefix(key).removeprefix("."), str(error)))
    for key in _SHARE_KEYS:
        if key in data:
            data[key] = share_of(key, data[key])
            _check_percent(key, data[key])
    if data.get("donk_sizes", 0) is None:
        del data["donk_sizes"]
    return data


def _check_percent(key: str, share: Any) -> None:
    """CrossCheckError, with how percent are written, where a share so large mostly means them."""
    if type(share) not in (int, float):
        return
    if key in ("add_allin", "force_allin"):
        pot_fractions(key, share)
    elif share > 2 or (key == "rake" and share >= 1):
        share = float(min(share, 10**300))  # an int may be larger than floats are
        text = f"{share:g} % is written {share / 100:g} or {share:g}%"
        raise CrossCheckError(key, f"expected a share, at most {0.5 if key == 'rake' else 1}, got {share:g}; {text}")


def _streets_to_come(board: Any) -> tuple[str, ...]:
    """Streets after the board's; none where there is no such board."""
    try:
        return STREETS[max(1, len(parse_cards(board)) - 2) :]
    except (UserError, TypeError, AttributeError):
        return ()


def _range_text(position: Any, given: Any) -> Any:
    """A range as text: of a list the numbers. CrossCheckError where those are not one for each hand."""
    numbers = given.tolist() if hasattr(given, "tolist") else given
    if not isinstance(numbers, list):
        return given
    fit = all(type(each) in (int, float) and abs(each) < _MOST_WEIGHT for each in numbers)
    if len(numbers) != NUM_HANDS or not fit:
        expected = f"expected a range, or a list of {NUM_HANDS} numbers from 0 to 1"
        raise CrossCheckError(f"ranges.{position}", f"{expected}, got a list of {len(numbers)}")
    return " ".join(f"{each:g}" if each == float(f"{each:g}") else repr(each) for each in numbers)


def _check_positions(positions: list[str]) -> None:
    for position in positions:
        if place_of(position) == UNKNOWN:
            raise CrossCheckError("ranges", f"unknown position {shown(position)}; expected {KNOWN}")
    for first, second in itertools.pairwise(positions):
        if place_of(first) == place_of(second):
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

    A text with a slash or a YAML ending is a file, and a range in it may name a file beside it; ``overrides`` as in
    ``load_config``. ConfigError, one line, on anything amiss.
    """
    if isinstance(source, Mapping):
        return "spot", model_of(SpotConfig, source, "spot", overrides)
    path_or_name = source
    if "/" in path_or_name or path_or_name.endswith((".yaml", ".yml")):
        path = Path(path_or_name)
    else:
        path = config_folder() / "spots" / f"{one_of_the_shipped('spot', path_or_name, shipped_spots())}.yaml"
    data = read_yaml(path, "board")
    if isinstance(data.get("ranges"), dict):
        data["ranges"] = {position: _from_file(path, position, each) for position, each in data["ranges"].items()}
    return str(path), model_of(SpotConfig, data, str(path), overrides)


def _from_file(spot: Path, position: Any, given: Any) -> Any:
    """The text of the file that a range names, or the range."""
    if not isinstance(given, str) or not given.strip().lower().endswith(RANGE_FILES):
        return given
    path = spot.parent / given.strip()
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        problem = (error.strerror if isinstance(error, OSError) else None) or "no text"
        raise ConfigError(f"{spot}: ranges.{position}: {path}: {problem}, expected a file with a range") from None
