"""Pictures of rectangles and texts: shown by notebooks, saved as SVG, or by matplotlib as PNG."""

import importlib.util
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.errors import SaveError, UserError
from holdem_mpi.storage.result_file import check_result_file, write_result_file

INK, GROUND, PAPER = "#17202a", "#e9ecf0", "#ffffff"
_FOLD, _CALL = "#b4bec9", "#4a90d9"
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
    ink: str = INK


class Picture(ABC):
    """What is painted of ``shapes``, the texts over the rectangles. In a notebook it shows itself."""

    title = ""

    @property
    @abstractmethod
    def size(self) -> tuple[int, int]:
        """Width and height in points."""

    @abstractmethod
    def shapes(self) -> Iterator[Box | Label]:
        """All of the picture, in the order in which it is painted."""

    def svg(self) -> str:
        """The picture as one SVG element."""
        width, height = self.size
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'role="img" aria-label="{escape(self.title)}" font-family="{_FONT}">',
            f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
        ]
        return "\n".join([*parts, *map(_element, self.shapes()), "</svg>"])

    def _repr_html_(self) -> str:
        """The picture as SVG text, which Jupyter shows in place of ``repr``."""
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
        if not can_paint():
            raise UserError(f"{name}: PNG needs matplotlib; expected it (pip install 'holdem_mpi[plot]'), or .svg")
        self._paint(name)

    def _paint(self, path: str) -> None:
        from matplotlib.collections import PolyCollection
        from matplotlib.figure import Figure

        width, height = self.size
        figure = Figure(figsize=(width / 72, height / 72), facecolor=PAPER)
        axes: Any = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
        axes.set_axis_off()
        shapes = list(self.shapes())
        boxes = [shape for shape in shapes if isinstance(shape, Box)]
        corners = [[(x, y), (x + w, y), (x + w, y + h), (x, y + h)] for x, y, w, h, *_ in boxes]
        axes.add_collection(PolyCollection(corners, facecolors=[box.fill for box in boxes], edgecolors="none"))
        for shape in shapes:
            if isinstance(shape, Label):
                weight = "bold" if shape.bold else "normal"
                axes.text(shape.x, shape.y, shape.text, fontsize=shape.size, weight=weight, color=shape.ink)
        try:
            figure.savefig(path, dpi=144)
        except OSError as error:
            raise SaveError(f"{path}: {error.strerror or error}; the chart was not written") from None


def can_paint() -> bool:
    """Whether matplotlib is there, for PNG."""
    return importlib.util.find_spec("matplotlib") is not None


def colours_of(actions: Sequence[str]) -> list[str]:
    """By action, ``#rrggbb``: grey folds, blue checks and calls, and bets get darker as they grow."""
    bets = [name for name in actions if _kind(name) == "bet"]
    steps = np.floor(np.linspace(0, len(_BETS) - 1, len(bets)) + 0.5).astype(int) if len(bets) > 1 else [2]
    of_bet = dict(zip(bets, (_BETS[step] for step in steps)))
    return [of_bet.get(name, _FOLD if _kind(name) == "fold" else _CALL) for name in actions]


def ink_on(colour: str) -> str:
    """The colour of a text on ``#rrggbb``."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return PAPER if 0.3 * red + 0.59 * green + 0.11 * blue < 110 else INK


def percent(share: float) -> str:
    """``12.3 %``; ``-`` of NaN."""
    return "-" if np.isnan(share) else f"{100 * share:.1f} %"


def _kind(name: str) -> str:
    """``fold``, ``call`` or ``bet`` of an action's name, be it ``r300`` or ``bet 50``."""
    word = name.split()[0] if name.strip() else ""
    return "fold" if word in ("f", "fold") else "call" if word in ("c", "call", "check") else "bet"


def _element(shape: Box | Label) -> str:
    if isinstance(shape, Label):
        weight = ' font-weight="600"' if shape.bold else ""
        halo = (
            f' paint-order="stroke" stroke="{PAPER}" stroke-opacity=".7" stroke-width="2.4"'
            if shape.bold and shape.ink == INK
            else ""
        )
        place = f'x="{shape.x:g}" y="{shape.y:g}" font-size="{shape.size:g}" fill="{shape.ink}" pointer-events="none"'
        return f"<text {place}{weight}{halo}>{escape(shape.text)}</text>"
    numbers = (("x", shape.x), ("y", shape.y), ("width", shape.width), ("height", shape.height))
    place = " ".join(f'{name}="{number:.6g}"' for name, number in numbers)
    told = f"<title>{escape(shape.told)}</title>" if shape.told else ""
    return f'<rect {place} fill="{shape.fill}">{told}</rect>'
