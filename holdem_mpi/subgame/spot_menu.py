"""The menu of a spot: its file's sizes as written, and a line for each that cannot be had so."""

import functools
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from holdem_mpi.config.spot_config import SpotConfig
from holdem_mpi.config.spot_sizes import STREETS, Size, size_parts, size_text
from holdem_mpi.game.betting import limit_menu
from holdem_mpi.game.rules import CALL, BettingState
from holdem_mpi.kernels.betting.betting_rules import MAX_PLAYERS, MAX_STREETS
from holdem_mpi.kernels.betting.spot_actions import (
    ALWAYS,
    BELOW,
    CHIPS_MORE,
    DONK,
    IF_EMPTY,
    NEVER,
    NOTE_WORDS,
    NUM_NOTES,
    SAME,
    MenuArrays,
    SpotArrays,
    spot_actions,
)

# By situation, in the order of spot_actions.py.
_KEYS = ("bet_sizes", "raise_sizes", "donk_sizes")
_WORDS = (np.int64, np.int64, np.int64, np.float64, np.float64, np.int64, np.float64, np.int64, np.float64)
_NEVER_MORE, _NEVER_LESS = -1.0, -1.0


@dataclass(frozen=True)
class SpotMenu:
    """State -> its actions, in order of size; what is noted of sizes while trees are walked is in ``notes``.

    unit: the rules' chips in one chip of the file; all sizes are whole in them, or multiples of the file's ``chip``.
    half: the rules' chips that each player has put in before this street. street: the spot's. taken: what was done on
    that street before now; each action is on the menu where it was taken.
    """

    config: SpotConfig
    unit: int
    half: int
    street: int
    taken: tuple[tuple[BettingState, int], ...] = ()

    def __call__(self, state: BettingState) -> list[int]:
        actions = [0] * self.room
        count = spot_actions(self._plain, state.rules.numbers, self.row(state), actions)
        return actions[:count]

    @property
    def numbers(self) -> "SpotMenu":
        """The menu for kernels, see ``MenuNumbers`` in game/betting.py."""
        return self

    @functools.cached_property
    def room(self) -> int:
        """The most actions that it may have to write."""
        return 5 + max(map(len, self._lists))

    def row(self, state: BettingState) -> list[int]:
        """A state as kernels/betting/spot_actions.py has it."""
        before = max((action for street in state.history[:-1] for action in street if action > CALL), default=self.half)
        last = state.history[-2] if state.street > self.street else ()
        called = len(last) > 1 and last[-2] > CALL and len(last) % 2 == 1
        return [*state.row(), before, int(called)]

    @functools.cached_property
    def arrays(self) -> MenuArrays:
        """The menu as kernels have it; they write into its notes."""
        spot = SpotArrays(*(np.array(values, kind) for values, kind in zip(self._plain, _WORDS)))
        return limit_menu.numbers.arrays._replace(spot=spot)

    @property
    def notes(self) -> tuple[str, ...]:
        """A line for each size that became the smallest allowed or another's, and on the spot's own street all-in."""
        found: dict[tuple[str, str, int], str] = {}
        noted = np.array(self._plain.notes), *([self.arrays.spot.notes] if "arrays" in self.__dict__ else [])
        for of_walk in noted:
            for place, (there, exact, instead) in enumerate(of_walk.reshape(-1, NOTE_WORDS).tolist()):
                size, about = divmod(place, NUM_NOTES)
                if there:
                    text = self._note(size, about, exact / self.unit, instead)
                    found.setdefault((self._sizes[size][0], size_text(self._sizes[size][1]), about), text)
        return tuple(found.values())

    def _note(self, number: int, about: int, exact: float, instead: float) -> str:
        key, size = self._sizes[number]
        if about == SAME:
            other = self._sizes[int(instead)][1]
            first = size_text(other) if isinstance(size, str) else size_text(other).removesuffix(" of the pot")
            return f"{key}: {first} and {size_text(size)} are both {exact:.10g} chips"
        text = f"{key}: {size_text(size)} is {exact:.10g} chips"
        if about == BELOW:
            return f"{text}, below the smallest of {instead / self.unit:.10g}, which is taken"
        return f"{text}, more than are left: all-in is taken"

    @functools.cached_property
    def _lists(self) -> list[list[tuple[str, Size]]]:
        """(key to blame, size) of each list, by place."""
        lists: list[list[tuple[str, Size]]] = []
        for key in _KEYS:
            for seat in range(MAX_PLAYERS):
                position = self.config.positions[seat] if seat < len(self.config.positions) else None
                for street in range(MAX_STREETS):
                    lists.append(self._list(key, STREETS[street - 1], position) if street and position else [])
        return lists

    def _list(self, key: str, street: str, position: str) -> list[tuple[str, Size]]:
        of_street = getattr(getattr(self.config, key), street, None)
        if of_street is None:  # donk sizes that are not written
            return self._list("bet_sizes", street, position)
        where = f"{key}.{street}" + (f".{position}" if isinstance(of_street, dict) else "")
        return [(where, size) for size in self.config.sizes(key, street, position)]

    @functools.cached_property
    def _sizes(self) -> list[tuple[str, Size]]:
        return [size for of_place in self._lists for size in of_place]

    def _all_in(self) -> list[int]:
        usual = ALWAYS if self.config.all_in else IF_EMPTY
        when = [usual] * len(self._lists)
        for street, name in enumerate(STREETS, 1):
            if getattr(self.config.donk_sizes, name, None) == []:
                when[DONK * MAX_PLAYERS * MAX_STREETS + street] = NEVER
        return when

    @functools.cached_property
    def _plain(self) -> SpotArrays:
        """The menu in lists, for plain Python."""
        config, parts = self.config, [size_parts(size) for _, size in self._sizes]
        add = _NEVER_MORE if config.add_allin is None else config.add_allin
        force = _NEVER_LESS if config.force_allin is None else config.force_allin
        chip = round(Fraction(str(config.chip)) * self.unit) if config.chip else 1
        line = [(state.player, *state.contributions, action) for state, action in self.taken if action > CALL]
        return SpotArrays(
            places=[0, *np.cumsum([len(of_place) for of_place in self._lists]).tolist()],
            all_in=self._all_in(),
            kinds=[part.kind for part in parts],
            numbers=[part.number * (self.unit if part.kind == CHIPS_MORE else 1) for part in parts],
            most=[part.most for part in parts],
            limits=[chip, self.half, self.street],
            shares=[config.merge, add, force, config.merge_sizes],
            line=[number for each in line for number in each],
            notes=[0.0] * (len(parts) * NUM_NOTES * NOTE_WORDS),
        )
