"""The action menu: which of the legal actions a tree has, as bet sizes in fractions of the pot.

A menu is anything that gives the actions of a state. Those here have ``numbers`` besides, by which kernels offer the
same actions: both ask ``menu_actions`` in kernels/betting/menu_actions.py.
"""

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from holdem_mpi.game.rules import MAX_STREETS, BettingState
from holdem_mpi.kernels.betting.menu_actions import ANY_NUMBER, menu_actions
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
        return _numbers((), (), (), (0.0, math.inf), (True, None, self.deepest, self.most_to_flop))


limit_menu = LimitMenu()


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

    def __call__(self, state: BettingState) -> list[int]:
        """Actions of the menu that are legal in ``state``, in order of size."""
        return self.numbers.actions(state)

    @functools.cached_property
    def numbers(self) -> MenuNumbers:
        """The menu for kernels."""
        caps = self.limp, self.most_raises, self.deepest, self.most_to_flop
        return _numbers(self.bets, self.raises, self.all_in, (self.merge, self.all_in_pots), caps)


def _numbers(
    bets: Sequence[Sequence[float]],
    raises: Sequence[Sequence[float]],
    all_in: Sequence[bool],
    shares: tuple[float, float],
    caps: tuple[bool, int | None, int | None, int | None],
) -> MenuNumbers:
    """The places that kernels/betting/menu_actions.py names, filled."""
    first, sizes = [0], []
    for of_street in (bets, raises):
        for street in range(MAX_STREETS):
            sizes += [float(size) for size in of_street[street]] if street < len(of_street) else []
            first.append(len(sizes))
    everywhere = [int(there) for there in (*all_in, *[False] * MAX_STREETS)][:MAX_STREETS]
    limp, *most = caps
    limits = (*first, *everywhere, int(limp), *(ANY_NUMBER if cap is None else cap for cap in most))
    return MenuNumbers(limits, (*map(float, shares), *sizes), 3 + max(map(len, (*bets, *raises)), default=0))


Menu = Callable[[BettingState], list[int]]
