"""The 13 x 13 grid as a picture: shown by notebooks, and saved as SVG, or by matplotlib as PNG."""

import importlib.util
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.cards import NUM_CLASSES, class_name
from holdem_mpi.errors import SaveError, UserError
from holdem_mpi.storage.result_file import check_result_file, write_result_file
from holdem_mpi.text import one_line

_CELL, _GAP, _TOP, _LINE = 40, 1, 26, 20
_FOLD, _CALL, _INK, _GROUND, _PAPER = "#b4bec9", "#4a90d9", "#17202a", "#e9ecf0", "#ffffff"
# Of bets, the smallest first; their lightness tells them apart where colours do not.
_BETS = ("#ffd08a", "#fbaa4e", "#ee8126", "#cf5a10", "#9c3b06", "#641f03")
_FONT = "system-ui, 'DejaVu Sans', sans-serif"


class Box(NamedTuple):
    """A rectangle. told: what a pointer over it is told; empty: nothing."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    told: str = ""


class Label(NamedTuple):
    """A text; y is its base line."""

    x: float
    y: float
    text: str
    size: float
    bold: bool = False


class HandChart:
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
        """By action, ``#rrggbb``: grey folds, blue checks and calls, and bets get darker as they grow."""
        bets = [name for name in self.actions if _kind(name) == "bet"]
        steps = np.floor(np.linspace(0, len(_BETS) - 1, len(bets)) + 0.5).astype(int) if len(bets) > 1 else [2]
        of_bet = dict(zip(bets, (_BETS[step] for step in steps)))
        return [of_bet.get(name, _FOLD if _kind(name) == "fold" else _CALL) for name in self.actions]

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
            yield Label(x + 17, y + 10.5, f"{name} {_percent(mean)}", 11)

    def _cell(self, each: int, x: float, y: float, height: float) -> Iterator[Box | Label]:
        side, told = _CELL - _GAP, f"{class_name(each)}: {self.told(each)}"
        yield Box(x, y, side, side, _GROUND, told=told)
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
        shares = [f"{name} {_percent(share)}" for name, share in zip(self.actions, self.play[each])]
        return f"{', '.join(shares)}; here with {_percent(self.reach[each])}"

    def svg(self) -> str:
        """The picture as one SVG element."""
        width, height = self.size
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'role="img" aria-label="{escape(self.title)}" font-family="{_FONT}">',
            f'<rect width="{width}" height="{height}" fill="{_PAPER}"/>',
        ]
        return "\n".join([*parts, *map(_element, self.shapes()), "</svg>"])

    def _repr_html_(self) -> str:
        """The chart as SVG text, which Jupyter shows in place of ``repr``."""
        return self.svg()

    def save(self, path: str | Path) -> None:
        """Write ``NAME.svg``, or ``NAME.png``, for which matplotlib must be installed (``holdem_mpi[plot]``).

        UserError on another ending or without matplotlib, SaveError where the disk refuses.
        """
        name = str(path)
        if Path(name).suffix not in (".svg", ".png"):
            raise UserError(f"{name}: expected a file that ends in .svg or .png")
        check_result_file("chart", name)
        if name.endswith(".svg"):
            write_result_file("chart", name, self.svg() + "\n", "the chart was not written")
            return
        if importlib.util.find_spec("matplotlib") is None:
            raise UserError(f"{name}: PNG needs matplotlib; expected it (pip install 'holdem_mpi[plot]'), or .svg")
        self._paint(name)

    def _paint(self, path: str) -> None:
        from matplotlib.figure import Figure
        from matplotlib.patches import Rectangle

        width, height = self.size
        figure = Figure(figsize=(width / 72, height / 72), facecolor=_PAPER)
        axes: Any = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
        axes.set_axis_off()
        for shape in self.shapes():
            if isinstance(shape, Box):
                axes.add_patch(Rectangle((shape.x, shape.y), shape.width, shape.height, facecolor=shape.fill))
            else:
                weight = "bold" if shape.bold else "normal"
                axes.text(shape.x, shape.y, shape.text, fontsize=shape.size, weight=weight, color=_INK)
        try:
            figure.savefig(path, dpi=144)
        except OSError as error:
            raise SaveError(f"{path}: {error.strerror or error}; the chart was not written") from None

    def __repr__(self) -> str:
        return f"HandChart({self.title!r}, {', '.join(self.actions)})"


def _kind(name: str) -> str:
    """``fold``, ``call`` or ``bet`` of an action's name, be it ``r300`` or ``bet 50``."""
    word = name.split()[0] if name.strip() else ""
    return "fold" if word in ("f", "fold") else "call" if word in ("c", "call", "check") else "bet"


def _percent(share: float) -> str:
    return "-" if np.isnan(share) else f"{100 * share:.1f} %"


def _element(shape: Box | Label) -> str:
    if isinstance(shape, Label):
        weight = ' font-weight="600"' if shape.bold else ""
        halo = f' paint-order="stroke" stroke="{_PAPER}" stroke-opacity=".7" stroke-width="2.4"' if shape.bold else ""
        place = f'x="{shape.x:g}" y="{shape.y:g}" font-size="{shape.size:g}" fill="{_INK}" pointer-events="none"'
        return f"<text {place}{weight}{halo}>{escape(shape.text)}</text>"
    numbers = (("x", shape.x), ("y", shape.y), ("width", shape.width), ("height", shape.height))
    place = " ".join(f'{name}="{number:.6g}"' for name, number in numbers)
    told = f"<title>{escape(shape.told)}</title>" if shape.told else ""
    return f'<rect {place} fill="{shape.fill}">{told}</rect>'
