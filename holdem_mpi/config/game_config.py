"""The rules of a game, as a config holds them."""

import itertools
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    model_validator,
)

from holdem_mpi.config.section import Chips, CrossCheckError, Fraction, Section, _check_length, pot_fractions

SIZED_STREETS = ("preflop", "flop", "turn", "river")


class SizesAtConfig(Section):
    """Bet sizes of some decisions alone, no-limit only.

    street: preflop, flop, turn or river, by their order. seats: that decide; none: all. raises: how many bets and
    raises the street has seen before, 3 for three or more; none: any number. sizes: pot fractions, of the pot after a
    call when facing a bet; none: all-in alone.
    """

    street: Literal["preflop", "flop", "turn", "river"]
    seats: list[Annotated[int, Field(ge=0)]] = []
    raises: list[Annotated[int, Field(ge=0, le=3)]] = []
    sizes: list[Fraction]

    @model_validator(mode="before")
    @classmethod
    def _spread(cls, data: Any) -> Any:
        """One seat, one number of raises and one size need no list; percent are fractions."""
        if not isinstance(data, dict):
            return data
        alone = {key: [data[key]] for key in ("seats", "raises") if type(data.get(key)) is int}
        sizes = data.get("sizes")
        if sizes is not None:
            alone["sizes"] = pot_fractions("sizes", [sizes] if type(sizes) in (int, float, str) else sizes)
        return {**data, **alone}


class GameConfig(Section):
    """The rules. Chips are ints; seats follow the ACPC (seat 0 first to act after the flop, heads-up the big blind).

    ``kuhn`` and ``leduc`` have their betting built in and take only ``name``, ``deck`` and ``players``.

    name: what reports call the game.
    deck: the cards.
    players: seats, all of them taken.
    betting: no_limit or fixed_limit.
    stacks: chips by seat.
    blinds: chips by seat.
    ante: chips of every seat, part of what it puts in.
    antes: chips by seat where they differ, as a big-blind ante: dead, in the pot and in nobody's bets. One number, or
        the same for all, is taken for ``ante``.
    board_cards: dealt at the start of each street.
    first_to_act: seat by street; empty: the usual order.
    raise_sizes: chips by street, fixed limit only.
    max_raises: by street; None or an empty list: no cap.
    bet_sizes: pot fractions by street, no-limit only; none: all-in alone.
    raise_bet_sizes: likewise when facing a bet; left out: as bet_sizes.
    all_in: by street, no-limit only; left out: everywhere.
    limp: whether the blind may be called before anybody has raised, no-limit only.
    most_to_flop: players that may see the second street: who would be one more by calling raises or folds. None: all.
    sizes_at: other sizes at some decisions, no-limit only; the first that is for a decision is taken.
    """

    name: str = Field(min_length=1)
    deck: Literal["holdem", "kuhn", "leduc"]
    players: int = Field(ge=2, le=6)
    betting: Literal["no_limit", "fixed_limit"] | None = None
    stacks: list[Annotated[Chips, Field(ge=1)]] = []
    blinds: list[Chips] = []
    ante: Chips = 0
    antes: list[Chips] = []
    board_cards: list[Annotated[int, Field(ge=0, le=5)]] = []
    first_to_act: list[Annotated[int, Field(ge=0)]] = []
    raise_sizes: list[Annotated[Chips, Field(ge=1)]] = []
    max_raises: list[Annotated[int, Field(ge=0)] | None] = []
    bet_sizes: list[list[Fraction]] = []
    raise_bet_sizes: list[list[Fraction]] = []
    all_in: list[bool] = []
    limp: bool = True
    most_to_flop: Annotated[int, Field(ge=2, le=6)] | None = None
    sizes_at: list[SizesAtConfig] = []

    @property
    def streets(self) -> int:
        """Number of betting rounds of the game."""
        return {"kuhn": 1, "leduc": 2}.get(self.deck, len(self.board_cards))

    @model_validator(mode="before")
    @classmethod
    def _spread(cls, data: Any) -> Any:
        """Write single values out by seat or by street, and the defaults that depend on other keys."""
        if not isinstance(data, dict):
            return data
        data = dict(data)
        players, board = data.get("players"), data.get("board_cards")
        if type(data.get("stacks")) is int and type(players) is int and 2 <= players <= 6:
            data["stacks"] = [data["stacks"]] * players
        data = _same_antes(data)
        if not isinstance(board, list):
            return data
        if data.get("betting") == "no_limit":
            data.setdefault("all_in", True)
        if type(data.get("all_in")) is bool:
            data["all_in"] = [data["all_in"]] * len(board)
        for key in ("bet_sizes", "raise_bet_sizes"):
            sizes = [data[key]] if type(data.get(key)) in (int, float, str) else data.get(key)
            if not isinstance(sizes, list) or (not sizes and data.get("betting") != "no_limit"):
                continue
            data[key] = sizes = pot_fractions(key, sizes)
            if not any(isinstance(size, list) for size in sizes):
                data[key] = [sizes] * len(board)
        if _is_menu(data.get("bet_sizes")):  # else the fault is told of the key that was written, once
            data.setdefault("raise_bet_sizes", data["bet_sizes"])
        return data

    @model_validator(mode="after")
    def _check(self) -> "GameConfig":
        _check_toy(self) if self.deck != "holdem" else _check_holdem(self)
        return self


def _same_antes(data: dict[str, Any]) -> dict[str, Any]:
    """The same keys with antes that are alike as ``ante``."""
    antes, players = data.get("antes"), data.get("players")
    if isinstance(antes, list):
        alike = len(antes) == players and all(type(ante) is int and ante == antes[0] for ante in antes)
        antes = antes[0] if alike else None
    if type(antes) is not int:
        return data
    ante = data.get("ante", 0)
    if antes not in (0, ante) and ante != 0:
        raise CrossCheckError("antes", f"expected no second ante beside ante: {ante}, got {data['antes']}")
    return {key: value for key, value in data.items() if key != "antes"} | {"ante": antes or ante}


def _check_toy(game: GameConfig) -> None:
    for key, field in GameConfig.model_fields.items():
        if not field.is_required() and getattr(game, key) != field.default:
            raise CrossCheckError(key, f"not for the deck {game.deck}, whose betting is built in")
    if game.deck == "leduc" and game.players > 3:
        raise CrossCheckError("players", f"expected 2 or 3 for the deck leduc, got {game.players}")


def _check_holdem(game: GameConfig) -> None:
    for key in ("betting", "stacks", "blinds", "board_cards"):
        if not getattr(game, key):
            raise CrossCheckError(key, "missing, the deck holdem needs it")
    _check_board(game)
    for key in ("stacks", "blinds"):
        _check_length(key, getattr(game, key), game.players, "seat")
    for key in ("first_to_act", "max_raises", "bet_sizes", "raise_bet_sizes", "raise_sizes", "all_in"):
        if getattr(game, key):
            _check_length(key, getattr(game, key), game.streets, "street")
    for seat in game.first_to_act:
        if seat >= game.players:
            raise CrossCheckError("first_to_act", f"expected seats 0 to {game.players - 1}, got {seat}")
    if max(game.blinds) == 0:
        raise CrossCheckError("blinds", "expected at least one above 0, the smallest bet follows from it")
    if game.antes:
        _check_length("antes", game.antes, game.players, "seat")
        if game.ante:
            raise CrossCheckError("antes", f"expected none beside an ante of {game.ante}, got {game.antes}")
    antes = game.antes or [game.ante] * game.players
    for seat, (blind, ante, stack) in enumerate(zip(game.blinds, antes, game.stacks)):
        if blind + ante > stack:
            raise CrossCheckError("blinds", f"seat {seat} posts {blind + ante}, above its stack of {stack}")
    if game.most_to_flop and game.most_to_flop > game.players:
        raise CrossCheckError("most_to_flop", f"expected at most {game.players} players, got {game.most_to_flop}")
    _check_betting(game)


def _check_board(game: GameConfig) -> None:
    cards = game.board_cards
    if len(cards) > 4:
        raise CrossCheckError("board_cards", f"expected 1 to 4 streets, got {len(cards)}")
    if 0 in cards[1:] or not 3 <= sum(cards) <= 5:
        raise CrossCheckError("board_cards", f"expected 3 to 5 cards in all and some on each later street, got {cards}")


def _check_betting(game: GameConfig) -> None:
    if game.betting == "fixed_limit":
        for key in ("bet_sizes", "raise_bet_sizes", "all_in", "sizes_at"):
            if getattr(game, key):
                raise CrossCheckError(key, "only for no_limit, betting is fixed_limit")
        if not game.limp:
            raise CrossCheckError("limp", "only for no_limit, betting is fixed_limit")
        if not game.raise_sizes:
            raise CrossCheckError("raise_sizes", "missing, fixed_limit needs it")
        return
    if game.raise_sizes:
        raise CrossCheckError("raise_sizes", "only for fixed_limit, betting is no_limit")
    if not game.bet_sizes:
        raise CrossCheckError("bet_sizes", "missing, no_limit needs it")
    for key in ("bet_sizes", "raise_bet_sizes"):
        for sizes in getattr(game, key):
            _check_rising(key, sizes)
    for number, at in enumerate(game.sizes_at):
        key = f"sizes_at[{number}]"
        _check_rising(f"{key}.sizes", at.sizes)
        if SIZED_STREETS.index(at.street) >= game.streets:
            raise CrossCheckError(f"{key}.street", f"expected a street of the game, which has {game.streets}")
        if max(at.seats, default=0) >= game.players:
            raise CrossCheckError(f"{key}.seats", f"expected seats 0 to {game.players - 1}, got {max(at.seats)}")


def _is_menu(by_street: Any) -> bool:
    """Whether these are lists of numbers above 0, by street."""
    return isinstance(by_street, list) and all(
        isinstance(sizes, list) and all(type(size) in (int, float) and size > 0 for size in sizes)
        for sizes in by_street
    )


def _check_rising(key: str, sizes: list[float]) -> None:
    if any(low >= high for low, high in itertools.pairwise(sizes)):
        raise CrossCheckError(key, f"expected rising pot fractions, got {sizes}")
