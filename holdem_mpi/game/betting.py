"""The action menu: which of the legal actions a tree has, as bet sizes in fractions of the pot.

A menu is anything that gives the actions of a state. Those here have ``numbers`` besides, by which kernels offer the
same actions: both ask ``menu_actions`` in kernels/betting/menu_actions.py.
"""

import functools
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from holdem_mpi.game.rules import MAX_STREETS, BettingState
from holdem_mpi.kernels.betting.betting_rules import MAX_PLAYERS
from holdem_mpi.kernels.betting.menu_actions import ANY_NUMBER, MOST_TOLD, NUM_LEVELS, menu_actions
from holdem_mpi.kernels.betting.spot_actions import MenuArrays, SpotArrays

_NO_INTS, _NO_FLOATS = np.empty(0, np.int64), np.empty(0, np.float64)
_NO_SPOT = SpotArrays(
    *(_NO_FLOATS if name in ("numbers", "most", "shares", "notes") else _NO_INTS for name in SpotArrays._fields)
)


class MenuNumbers(NamedTuple):
    """A menu as ``menu_actions`` has it: limits, fractions, and the most actions that it may have to write."""

    limits: tuple[int, ...]
    fractions: tuple[float, ...]
    room: int

    def actions(self, state: BettingState) -> list[int]:
        """The actions of the player to act."""
        actions = [0] * self.room
        count = menu_actions(self.limits, self.fractions, state.rules.numbers, state.row(), actions)
        return actions[:count]

    def row(self, state: BettingState) -> list[int]:
        """A state as kernels that walk with this menu have it."""
        return state.row()

    @property
    def arrays(self) -> MenuArrays:
        """The menu as kernels have it."""
        return MenuArrays(np.array(self.limits), np.array(self.fractions), _NO_SPOT)


@dataclass(frozen=True)
class LimitMenu:
    """Every legal action of a fixed-limit game: fold when facing a bet, check or call, and the one raise.

    deepest: nobody bets on streets after it; None: on all.
    most_to_flop: as in ``SizeMenu``.
    """

    deepest: int | None = None
    most_to_flop: int | None = None

    def __call__(self, state: BettingState) -> list[int]:
        """Actions of the menu that are legal in ``state``."""
        return self.numbers.actions(state)

    @functools.cached_property
    def numbers(self) -> MenuNumbers:
        """The menu for kernels."""
        return _numbers(_SizeLists(), (), (0.0, math.inf), (True, None, self.deepest, self.most_to_flop))


limit_menu = LimitMenu()


class SizesAt(NamedTuple):
    """Sizes of some decisions alone.

    street: of the decision. seats: that decide; none: all. raises: how many bets and raises the street has seen before,
    3 for three or more; none: any number. sizes: pot fractions, of the pot after a call when facing a bet.
    """

    street: int
    seats: tuple[int, ...]
    raises: tuple[int, ...]
    sizes: tuple[float, ...]

    def is_for(self, seat: int, street: int, level: int) -> bool:
        """Whether it says the sizes of a level of kernels/betting/menu_actions.py: 0 a bet, else 1 + the raises."""
        fits = not self.raises or max(level - 1, 0) in self.raises
        return street == self.street and fits and (not self.seats or seat in self.seats)


@dataclass(frozen=True)
class SizeMenu:
    """Sizes of a no-limit game, by street.

    bets: pot fractions when nobody has bet on the street.
    raises: pot fractions when facing a bet, of the pot after a call.
    all_in: whether all-in is always on the menu, as it is where there is no size.
    merge: a size of this share of the stack, or more, becomes all-in; one below the minimum raise becomes the minimum.
    limp: whether the blind may be called before anybody has raised, by whoever can raise.
    most_raises: bets and raises of a street after which all-in alone is offered, where it is; None for no such cap.
    all_in_pots: no all-in of more than so many pots.
    deepest: nobody bets on streets after it; None: on all.
    most_to_flop: players that may see the second street: who would be one more by calling raises or folds. Who owes
        nothing may check. None: all.
    sizes_at: other sizes at some decisions; the first that is for a decision is taken.
    """

    bets: tuple[tuple[float, ...], ...]
    raises: tuple[tuple[float, ...], ...]
    all_in: tuple[bool, ...]
    merge: float = 0.8
    limp: bool = True
    most_raises: int | None = None
    all_in_pots: float = math.inf
    deepest: int | None = None
    most_to_flop: int | None = None
    sizes_at: tuple[SizesAt, ...] = ()

    def __call__(self, state: BettingState) -> list[int]:
        """Actions of the menu that are legal in ``state``, in order of size."""
        return self.numbers.actions(state)

    @functools.cached_property
    def numbers(self) -> MenuNumbers:
        """The menu for kernels."""
        caps = self.limp, self.most_raises, self.deepest, self.most_to_flop
        sizes = _SizeLists(self.bets, self.raises, self.sizes_at)
        return _numbers(sizes, self.all_in, (self.merge, self.all_in_pots), caps)


class _SizeLists(NamedTuple):
    """Sizes by street, and those of some decisions."""

    bets: Sequence[Sequence[float]] = ()
    raises: Sequence[Sequence[float]] = ()
    special: Sequence[SizesAt] = ()

    def at(self, seat: int, street: int, level: int) -> Sequence[float]:
        """The sizes of a level of kernels/betting/menu_actions.py; none on streets that there are not."""
        of_street = self.raises if level else self.bets
        usual = of_street[street] if street < len(of_street) else ()
        return next((each.sizes for each in self.special if each.is_for(seat, street, level)), usual)


def _numbers(
    lists: _SizeLists,
    all_in: Sequence[bool],
    shares: tuple[float, float],
    caps: tuple[bool, int | None, int | None, int | None],
) -> MenuNumbers:
    """The places that kernels/betting/menu_actions.py names, filled."""
    ends, begin_of, sizes, room = [], {}, [], 0
    for place in itertools.product(range(MAX_PLAYERS), range(MAX_STREETS), range(NUM_LEVELS)):
        found = tuple(float(size) for size in lists.at(*place))
        if found not in begin_of:
            begin_of[found] = len(sizes)
            sizes += found
        ends += [begin_of[found], begin_of[found] + len(found)]
        room = max(room, 3 + len(found))
    everywhere = [int(there) for there in (*all_in, *[False] * MAX_STREETS)][:MAX_STREETS]
    limp, *most = caps
    told = MOST_TOLD if any(each.raises for each in lists.special) else 1
    limits = (*ends, *everywhere, int(limp), *(ANY_NUMBER if cap is None else cap for cap in most), told)
    return MenuNumbers(limits, (*map(float, shares), *sizes), room)


Menu = Callable[[BettingState], list[int]]
