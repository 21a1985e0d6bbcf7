"""The menu of a spot: its file's sizes as written, and a line for each that cannot be had so."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

from holdem_mpi.config.spot_config import STREETS, SpotConfig
from holdem_mpi.game.rules import CALL, FOLD, BettingState, Legal


@dataclass(frozen=True)
class SpotMenu:
    """State -> its actions, in order of size.

    unit: the rules' chips in one chip of the file; all sizes are whole in them, or multiples of the file's ``chip``.
    half: the rules' chips that each player has put in before this street. notes: filled while a tree is built; a line
    for each size that became the smallest allowed or another's, and on the spot's own street all-in. taken: what was
    done on that street before now; each action is on the menu where it was taken.
    """

    config: SpotConfig
    unit: int
    half: int
    street: int
    taken: tuple[int, ...] = ()
    notes: dict[tuple[str, ...], str] = field(default_factory=dict)

    def __call__(self, state: BettingState) -> list[int]:
        legal = state.legal()
        actions = [FOLD] if legal.can_fold else []
        actions.append(CALL)
        if not legal.max_raise_to:
            return actions
        key, name = "raise_sizes" if legal.call_amount else "bet_sizes", STREETS[state.street - 1]
        fraction_of: dict[int, float] = {}
        for fraction in getattr(getattr(self.config, key), name):
            size = self._size(f"{key}.{name}", fraction, state, legal)
            if size in fraction_of and size < legal.max_raise_to:
                self._note(
                    f"{key}.{name}",
                    (fraction_of[size], fraction),
                    f"{fraction_of[size]:g} and {fraction:g} of the pot are both {self._paid(size):.10g} chips",
                )
            fraction_of.setdefault(size, fraction)
        if self.config.all_in or not fraction_of:
            fraction_of.setdefault(legal.max_raise_to, 0.0)
        done = state.history[-1]
        on_line = state.street == self.street and done == self.taken[: len(done)] and len(done) < len(self.taken)
        if on_line and self.taken[len(done)] > CALL:
            fraction_of.setdefault(self.taken[len(done)], 0.0)
        return actions + sorted(fraction_of)

    def _size(self, key: str, fraction: float, state: BettingState, legal: Legal) -> int:
        pot = sum(state.contributions) + legal.call_amount
        exact = state.contributions[state.player] + legal.call_amount + Fraction(str(fraction)) * pot
        size, least = self._whole(exact, nearest=True), self._whole(legal.min_raise_to, nearest=False)
        if size < least:
            text = f"{fraction:g} of the pot is {self._paid(exact):.10g} chips, below the smallest of"
            self._note(key, (fraction,), f"{text} {self._paid(min(least, legal.max_raise_to)):.10g}, which is taken")
            size = least
        if size < self.config.merge * legal.max_raise_to:
            return size
        if exact > legal.max_raise_to and not legal.call_amount and state.street == self.street:
            text = f"{fraction:g} of the pot is {self._paid(exact):.10g} chips, more than are left"
            self._note(key, (fraction, 1.0), f"{text}: all-in is taken")
        return legal.max_raise_to

    def _whole(self, amount: Fraction | int, nearest: bool) -> int:
        """A multiple of the smallest chip near ``amount``, or not below it; chips of this street are counted."""
        chip = round(Fraction(str(self.config.chip)) * self.unit) if self.config.chip else 1
        count = Fraction(amount - self.half) / chip
        return self.half + chip * (floor(count + Fraction(1, 2)) if nearest else ceil(count))

    def _paid(self, size: Fraction | int) -> float:
        return float(size - self.half) / self.unit

    def _note(self, key: str, about: Iterable[float], text: str) -> None:
        self.notes.setdefault((key, *map(str, about)), f"{key}: {text}")
