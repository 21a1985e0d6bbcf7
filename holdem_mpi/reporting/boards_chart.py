"""Pictures of a report: what a decision does on each board, and by texture."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from holdem_mpi.reporting.picture import GROUND, INK, Box, Label, Picture, colours_of, ink_on, percent
from holdem_mpi.text import one_line

_WIDTH, _LEFT, _TOP, _LINE = 900, 12, 58, 18
# Of a strip of boards: its title, its columns, the bar of equity and EV below, and the names.
_TITLE, _HIGH, _EV, _NAMES = 20, 84, 30, 16
_WIDEST = 44.0  # points that a column has at most
_NAME_WIDTH = 34.0  # and as many that one must have for its board's name to be under it
_EV_FILL = "#7a8b99"


class Bar(NamedTuple):
    """A board, or some together.

    name, strip: its own, and of the strip that it is in (such as ``unpaired, rainbow``); mark: a letter under the first
    of those that share it.
    frequencies: float64[action]; NaN where the decision is never come to.
    ev, equity: of who acts, in parts of the pot.
    share: how often it comes.
    """

    name: str
    strip: str
    mark: str
    frequencies: np.ndarray
    ev: float
    equity: float
    share: float

    def told(self, actions: Sequence[str]) -> str:
        """A line for who points at the column: its name, frequencies, EV and equity."""
        shares = ", ".join(f"{name} {percent(share)}" for name, share in zip(actions, self.frequencies))
        return f"{self.name}: {shares}; EV {percent(self.ev)} of the pot, equity {percent(self.equity)}"


class _BarsPicture(Picture):
    def __init__(self, title: str, actions: Sequence[str], bars: Sequence[Bar], player: str) -> None:
        """player: whose EV and equity the bars tell."""
        self.title, self.actions, self.bars, self.player = one_line(title), tuple(actions), list(bars), player

    def _legend(self) -> Iterator[Box | Label]:
        yield Label(_LEFT, 20, self.title, 13, bold=True)
        x = float(_LEFT)
        for name, colour in zip((*self.actions, f"EV of {self.player}"), (*colours_of(self.actions), _EV_FILL)):
            yield Box(x, 34, 12, 12, colour)
            yield Label(x + 17, 44.5, name, 11)
            x += 34 + 6.4 * len(name)
        yield Box(x, 39, 12, 2, INK)
        yield Label(x + 17, 44.5, "its equity", 11)


class BoardsChart(_BarsPicture):
    """A column a board, its actions above one another, sorted by texture, in strips of alike boards; below each column
    the EV of who acts in parts of the pot, from 0 to 1, and a line at the equity. A pointer is told the numbers.
    """

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in points."""
        strips = len(dict.fromkeys(bar.strip for bar in self.bars))
        return _WIDTH, _TOP + strips * (_TITLE + _HIGH + _EV + _NAMES + 12)

    def shapes(self) -> Iterator[Box | Label]:
        """All of the picture, in the order in which it is painted."""
        yield from self._legend()
        y = _TOP
        for strip in dict.fromkeys(bar.strip for bar in self.bars):
            inside = [bar for bar in self.bars if bar.strip == strip]
            share = sum(bar.share for bar in inside)
            yield Label(_LEFT, y + 13, f"{strip}: {len(inside)}, {percent(share)} of what comes", 11)
            yield from self._strip(inside, y + _TITLE)
            y += _TITLE + _HIGH + _EV + _NAMES + 12

    def _strip(self, inside: list[Bar], y: float) -> Iterator[Box | Label]:
        width = min(_WIDEST, (_WIDTH - 2 * _LEFT) / len(inside))
        gap = min(1.0, 0.08 * width)
        last = ""
        for place, bar in enumerate(inside):
            x, told = _LEFT + place * width, bar.told(self.actions)
            yield Box(x, y, width - gap, _HIGH, GROUND, told=told)
            low = y + _HIGH
            for share, colour in zip(np.nan_to_num(bar.frequencies), colours_of(self.actions)):
                if share > 0.0005:
                    low -= _HIGH * share
                    yield Box(x, low, width - gap, _HIGH * share, colour, told=told)
            top = y + _HIGH + 3
            yield Box(x, top, width - gap, _EV - 3, GROUND, told=told)
            ev = min(max(bar.ev, 0.0), 1.0)
            yield Box(x, top + (_EV - 3) * (1 - ev), width - gap, (_EV - 3) * ev, _EV_FILL, told=told)
            yield Box(x, top + (_EV - 3) * (1 - bar.equity) - 0.7, width - gap, 1.4, INK)
            name = bar.name if width >= _NAME_WIDTH else bar.mark if bar.mark != last else ""
            if name:
                yield Label(x, y + _HIGH + _EV + 12, name, 9)
            last = bar.mark


class TexturesChart(_BarsPicture):
    """A bar a texture: its name, how often it comes, its actions side by side, and the EV of who acts below."""

    _NAMES, _ROW = 250, 30

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in points."""
        return _WIDTH, _TOP + len(self.bars) * self._ROW + 8

    def shapes(self) -> Iterator[Box | Label]:
        """All of the picture, in the order in which it is painted."""
        yield from self._legend()
        wide = _WIDTH - 2 * _LEFT - self._NAMES
        for place, bar in enumerate(self.bars):
            y, told = _TOP + place * self._ROW, bar.told(self.actions)
            yield Label(_LEFT, y + 13, f"{bar.name}, {percent(bar.share)}", 11)
            x = float(_LEFT + self._NAMES)
            yield Box(x, y, wide, 24, GROUND, told=told)
            for share, colour in zip(np.nan_to_num(bar.frequencies), colours_of(self.actions)):
                if share > 0.0005:
                    yield Box(x, y, wide * share, 17, colour, told=told)
                    if share > 0.06:
                        yield Label(x + 3, y + 12.5, f"{100 * share:.0f}", 10, bold=True, ink=ink_on(colour))
                    x += wide * share
            ev = min(max(bar.ev, 0.0), 1.0)
            yield Box(_LEFT + self._NAMES, y + 18.5, wide * ev, 5.5, _EV_FILL, told=told)
            yield Box(_LEFT + self._NAMES + wide * bar.equity - 0.7, y + 17, 1.4, 7, INK)
