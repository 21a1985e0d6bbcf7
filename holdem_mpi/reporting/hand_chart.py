"""The 13 x 13 grid as a picture."""

from collections.abc import Iterator, Sequence

import numpy as np

from holdem_mpi.cards import NUM_CLASSES, class_name
from holdem_mpi.reporting.picture import GROUND, Box, Label, Picture, colours_of, percent
from holdem_mpi.text import one_line

_CELL, _GAP, _TOP, _LINE = 40, 1, 26, 20


class HandChart(Picture):
    """What a decision does with each class of hands: its actions side by side, as wide as they are often, as high as
    the class is there, compared with the one that is there most.

    In a notebook it shows itself; a pointer over a class is told the numbers. ``save`` writes it to a file.

    title: above the grid.
    actions: names of the actions.
    play: float64[169, action], means over each class's hands; NaN where none gets here.
    reach: float64[169], how much of each class gets here; NaN where the board leaves none of its hands.
    means: float64[action], over the whole range; NaN where there is none.
    """

    def __init__(
        self, title: str, actions: Sequence[str], play: np.ndarray, reach: np.ndarray, means: np.ndarray
    ) -> None:
        self.title, self.actions = one_line(title), tuple(actions)
        self.play, self.reach, self.means = np.asarray(play), np.asarray(reach), np.asarray(means)
        shape = (NUM_CLASSES, len(self.actions))
        if self.play.shape != shape or self.reach.shape != shape[:1] or self.means.shape != shape[1:]:
            raise ValueError(f"expected play of shape {shape}, reach and means like it, got {self.play.shape}")

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in points."""
        return 13 * _CELL + 2, _TOP + 13 * _CELL + _LINE * (1 + (len(self.actions) - 1) // 4) + 10

    @property
    def colours(self) -> list[str]:
        """By action, ``#rrggbb``."""
        return colours_of(self.actions)

    def shapes(self) -> Iterator[Box | Label]:
        """All of the picture, in the order in which it is painted."""
        yield Label(1, _TOP - 10, self.title, 13, bold=True)
        most = np.nanmax(self.reach, initial=0.0) or 1.0
        for each in range(NUM_CLASSES):
            x, y = 1 + _CELL * (each % 13), _TOP + _CELL * (each // 13)
            yield from self._cell(each, x, y, 0.0 if np.isnan(self.reach[each]) else self.reach[each] / most)
        for place, (name, mean) in enumerate(zip(self.actions, self.means)):
            x, y = 1 + (place % 4) * 13 * _CELL / 4, _TOP + 13 * _CELL + _LINE * (place // 4) + 8
            yield Box(x, y, 12, 12, self.colours[place])
            yield Label(x + 17, y + 10.5, f"{name} {percent(mean)}", 11)

    def _cell(self, each: int, x: float, y: float, height: float) -> Iterator[Box | Label]:
        side, told = _CELL - _GAP, f"{class_name(each)}: {self.told(each)}"
        yield Box(x, y, side, side, GROUND, told=told)
        if not np.isnan(self.play[each]).any():
            ends = np.concatenate([[0.0], np.cumsum(self.play[each])]) * side
            for start, end, colour in zip(ends, ends[1:], self.colours):
                if end - start > 0.05 and height > 0.002:
                    yield Box(x + start, y + side * (1 - height), end - start, side * height, colour, told=told)
        yield Label(x + 3, y + 12.5, class_name(each), 11, bold=True)

    def told(self, each: int) -> str:
        """A class (0..168) in words: the share of each action, and how much of the class gets here."""
        if np.isnan(self.reach[each]):
            return "the board leaves none of its hands"
        if np.isnan(self.play[each]).any():
            return "never here"
        shares = [f"{name} {percent(share)}" for name, share in zip(self.actions, self.play[each])]
        return f"{', '.join(shares)}; here with {percent(self.reach[each])}"

    def __repr__(self) -> str:
        return f"HandChart({self.title!r}, {', '.join(self.actions)})"
