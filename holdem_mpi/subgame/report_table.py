"""The table of a report: a row a board, sorted by texture, means by how often boards come, and the solutions kept."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from holdem_mpi.abstraction.board_names import Texture, board_text, texture_of, usual_suits
from holdem_mpi.cards import Cards, cards_text, parse_cards
from holdem_mpi.errors import DataError, UserError
from holdem_mpi.storage.report_folder import ReportFolder
from holdem_mpi.subgame.solution import Solution, open_solution
from holdem_mpi.text import one_line, shown

_MANIFEST_KEYS = ("spot", "told", "positions", "pot", "player", "line", "actions", "boards", "impossible")
_ROW_KEYS = (
    "frequencies",
    "line_frequency",
    "ev",
    "equity",
    "exploitability_pct",
    "iterations",
    "stopped_by",
    "seconds",
)


class Report:
    """A spot solved on many boards, in the spot's chips; a row for each board that is done so far.

    boards: names such as ``Ks7h2h``, by texture; all arrays are in their order.
    textures: of each.
    weight: float64[board], real boards that each stands for (of a list: what the list says).
    share: float64[board], how often one of those comes, by ranges and blockers; of those done together 1.
    player, line, actions: the decision that the spot asks for: who acts, after which actions, what may be done.
    frequencies: float64[board, action], means over the range there; NaN where the line is never come to.
    line_frequency: float64[board], how often the line is come to on that board.
    ev, equity: {position: float64[board]}, of the whole street from its start: chips, and shares of the pot.
    exploitability_pct, iterations, seconds: float64[board], of each solve.
    positions: the first to act first. pot: chips at the start. spot: the template's keys.
    told: which boards were asked for. missing: names of those not done yet. impossible: of those that leave a player
        no hand.
    """

    def __init__(self, folder: ReportFolder) -> None:
        """DataError where there is no report, or it is damaged."""
        self.folder, manifest = folder, folder.read_manifest()
        try:
            self._take(manifest)
        except (KeyError, TypeError, ValueError, UserError) as error:
            raise DataError(f"{folder.path}: not a report of this version ({one_line(repr(error))})") from None

    def _take(self, manifest: dict[str, Any]) -> None:
        given = {key: manifest[key] for key in _MANIFEST_KEYS}
        self.spot: dict[str, Any] = dict(given["spot"])
        self.told, self.player, self.pot = str(given["told"]), str(given["player"]), float(given["pot"])
        self.positions: tuple[str, ...] = tuple(given["positions"])
        self.line: tuple[str, ...] = tuple(given["line"])
        self.actions: tuple[str, ...] = tuple(given["actions"])
        self.impossible: tuple[str, ...] = tuple(given["impossible"])
        asked = [(each["board"], texture_of(parse_cards(each["board"])), each) for each in given["boards"]]
        asked.sort(key=lambda each: (each[1].order, [-card for card in parse_cards(each[0])]))
        there = self.folder.names_done()
        read = [(*each, self.folder.read_row(each[0]) if each[0] in there else None) for each in asked]
        done = [(name, texture, about, row) for name, texture, about, row in read if row is not None]
        self.missing: tuple[str, ...] = tuple(name for name, _, _, row in read if row is None)
        self.boards: tuple[str, ...] = tuple(name for name, *_ in done)
        self.textures: tuple[Texture, ...] = tuple(texture for _, texture, *_ in done)
        self.weight = np.array([about["weight"] for _, _, about, _ in done], np.float64)
        self.covered = float(sum(about["share"] for _, _, about, _ in done))
        self.share = np.array([about["share"] for _, _, about, _ in done], np.float64) / (self.covered or 1.0)
        rows = [{key: row[key] for key in _ROW_KEYS} for *_, row in done]
        numbers = [[np.nan if each is None else each for each in row["frequencies"]] for row in rows]
        self.frequencies = np.array(numbers, np.float64).reshape(len(rows), len(self.actions))
        self.line_frequency = _column(row["line_frequency"] for row in rows)
        self.ev = {each: _column(row["ev"][each] for row in rows) for each in self.positions}
        self.equity = {each: _column(row["equity"][each] for row in rows) for each in self.positions}
        self.exploitability_pct = _column(row["exploitability_pct"] for row in rows)
        self.iterations = _column(row["iterations"] for row in rows)
        self.seconds = _column(row["seconds"] for row in rows)
        self.stopped_by: tuple[str, ...] = tuple(row["stopped_by"] for row in rows)

    @property
    def bets(self) -> np.ndarray:
        """float64[board], how often the decision bets, raises or moves all-in."""
        aggressive = [name.startswith(("bet", "raise", "all-in")) for name in self.actions]
        return self.frequencies[:, aggressive].sum(axis=1)

    def means(self, some: np.ndarray | None = None) -> dict[str, Any]:
        """Means over the boards of ``some`` (bool[board]; None: all), as often as each comes: ``boards`` and ``share``
        of them, ``frequencies`` (given that the line is come to), ``line_frequency``, ``ev``, ``equity``, ``weight``
        and ``seconds`` in all, and the largest ``exploitability_pct``. Without boards, NaN.
        """
        some = np.ones(len(self.boards), bool) if some is None else some
        share, come = self.share[some], (self.share * self.line_frequency)[some]
        return {
            "boards": int(some.sum()),
            "weight": float(self.weight[some].sum()),
            "share": float(share.sum()),
            "frequencies": _mean(np.nan_to_num(self.frequencies[some]), come).tolist(),
            "line_frequency": float(_mean(self.line_frequency[some], share)),
            "ev": {each: float(_mean(column[some], share)) for each, column in self.ev.items()},
            "equity": {each: float(_mean(column[some], share)) for each, column in self.equity.items()},
            "exploitability_pct": float(self.exploitability_pct[some].max(initial=0.0)),
            "seconds": float(self.seconds[some].sum()),
        }

    def groups(self) -> dict[str, np.ndarray]:
        """{texture in words: bool[board]}, in the order of the boards."""
        names = [texture.group for texture in self.textures]
        return {name: np.array([each == name for each in names]) for name in dict.fromkeys(names)}

    def row(self, board: Cards) -> dict[str, Any]:
        """A board's row: the columns of ``to_csv`` by name. UserError where it is not in the report, or not done."""
        return self.rows()[self.place(board)]

    def rows(self) -> list[dict[str, Any]]:
        """All rows, as ``row``."""
        found = []
        for place, (name, texture) in enumerate(zip(self.boards, self.textures)):
            row = {"board": name, **texture._asdict(), "weight": self.weight[place], "share": self.share[place]}
            row |= dict(zip(self.actions, self.frequencies[place].tolist()))
            row["line_frequency"] = self.line_frequency[place]
            row |= {f"ev_{each}": column[place] for each, column in self.ev.items()}
            row |= {f"equity_{each}": column[place] for each, column in self.equity.items()}
            row |= {"exploitability_pct": self.exploitability_pct[place], "iterations": int(self.iterations[place])}
            row |= {"seconds": self.seconds[place], "stopped_by": self.stopped_by[place]}
            found.append({key: float(each) if isinstance(each, np.floating) else each for key, each in row.items()})
        return found

    def place(self, board: Cards) -> int:
        """The place of a board; of a flop, also under other suits. UserError where it is not in the report, or not
        done."""
        text = cards_text("board", board)
        cards = parse_cards(text)
        alike = [board_text(cards), *([board_text(usual_suits(cards))] if len(cards) == 3 else [])]
        for name in alike:
            if name in self.boards:
                return self.boards.index(name)
        if any(name in self.missing for name in alike):
            raise UserError(f"board {shown(text)}: not solved yet; expected one of {len(self.boards)} that are done")
        raise UserError(f"board {shown(text)}: not in this report ({self.told}); expected one of its boards")

    def solution(self, board: Cards) -> Solution:
        """The solution of a board, where the report has kept them. UserError or DataError where there is none."""
        name = self.boards[self.place(board)]
        if not self.folder.solution(name).exists():
            raise UserError(
                f"{self.folder.path}: the solution of {name} was not kept; expected a report made with --solutions"
            )
        return open_solution(self.folder.solution(name))

    def to_csv(self) -> str:
        """The table as CSV, a row a board."""
        text, rows = io.StringIO(), self.rows()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(rows[0] if rows else ["board"])
        for row in rows:
            writer.writerow(
                ["" if each != each else f"{each:.6g}" if type(each) is float else each for each in row.values()]
            )
        return text.getvalue()

    def __repr__(self) -> str:
        return f"Report({self.told}: {len(self.boards)} of {len(self.boards) + len(self.missing)} boards done)"


def open_report(folder: str | Path) -> Report:
    """The report of a folder, finished or not. DataError, one line, where there is none, or it is damaged."""
    return Report(ReportFolder(folder))


def _column(values: Iterable[float]) -> np.ndarray:
    return np.array(list(values), np.float64)


def _mean(values: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Weighted, over the first axis; NaN where nothing weighs."""
    total = share.sum()
    return share @ values / total if total > 0 else np.full(values.shape[1:], np.nan)
