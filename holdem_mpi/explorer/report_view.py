"""The report view: one spot on many boards, a table that the page sorts and filters; also while it is being solved."""

import os
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

from holdem_mpi.config.section import Section
from holdem_mpi.errors import DataError
from holdem_mpi.explorer.endpoint import NotFoundError
from holdem_mpi.explorer.policy_view import Name
from holdem_mpi.explorer.solution_view import kind_of
from holdem_mpi.explorer.sources import Sources, is_inside
from holdem_mpi.storage.report_folder import MANIFEST, ReportFolder
from holdem_mpi.subgame.report_table import Report
from holdem_mpi.text import shown

_KEPT = 3


class ReportAsked(Section):
    """of: the report's name."""

    of: Name


class ReportBook:
    """Reports by name; the last few are kept, as they were when last looked at."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._kept: OrderedDict[str, tuple[tuple[int, ...], Report]] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, name: str) -> Report:
        """The report of a name, as it is now. NotFoundError where there is none, DataError where it is damaged."""
        folder = ReportFolder(self._sources.get("report", name).path)
        with self._lock:
            stamp = _stamp(folder)
            kept = self._kept.get(name)
            if kept is None or kept[0] != stamp:
                _check_links(folder)
                self._kept[name] = kept = (stamp, Report(folder))
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(name)
            return kept[1]

    def board_of(self, name: str) -> tuple[Report, str] | None:
        """(report, board) of ``REPORT:BOARD``; None where that is the name of neither."""
        of, colon, board = name.rpartition(":")
        if not colon or of not in {each.name for each in self._sources.of_kind("report")}:
            return None
        report = self.open(of)
        if board not in report.boards:
            raise NotFoundError(f"board {shown(board)}: not among those that {of} has done")
        return report, board

    def solution_of(self, name: str) -> Path | None:
        """The folder of the solution ``REPORT:BOARD``; None where that is no such name, or it was not kept."""
        found = self.board_of(name)
        if found is None:
            return None
        report, board = found
        folder = report.folder.solution(board)
        if not is_inside(folder, report.folder.path):
            raise DataError(f"{folder}: a link out of {report.folder.path}; expected files of its own")
        return folder if folder.is_dir() else None


def _stamp(folder: ReportFolder) -> tuple[int, ...]:
    """Changes when a board is done."""
    try:
        return tuple((folder.path / each).stat().st_mtime_ns for each in (MANIFEST, "boards"))
    except OSError:
        return ()


def _check_links(folder: ReportFolder) -> None:
    """DataError where a link leads out of the report's folder."""
    paths = [folder.path / MANIFEST, folder.rows, folder.solutions]
    if folder.rows.is_dir():
        paths += [Path(entry.path) for entry in os.scandir(folder.rows) if entry.is_symlink()]
    for path in paths:
        if not is_inside(path, folder.path):
            raise DataError(f"{path}: a link out of {folder.path}; expected files of its own")


def report_view(report: Report, name: str) -> dict[str, Any]:
    """All that the page shows of a report; rows in the order of their texture."""
    rows = []
    solved = set(os.listdir(report.folder.solutions)) if report.folder.solutions.is_dir() else set()
    for place, (board, texture) in enumerate(zip(report.boards, report.textures)):
        row = {"board": board, **texture._asdict(), "group": texture.group, "weight": report.weight[place]}
        row |= {"share": report.share[place], "line_frequency": report.line_frequency[place]}
        row |= {"play": report.frequencies[place].tolist(), "bets": report.bets[place]}
        row |= {"ev": [column[place] for column in report.ev.values()]}
        row |= {"equity": [column[place] for column in report.equity.values()]}
        row |= {"exploitability_pct": report.exploitability_pct[place], "iterations": report.iterations[place]}
        rows.append(
            row | {"seconds": report.seconds[place], "solution": f"{name}:{board}" if board in solved else None}
        )
    return {
        "name": name,
        "told": report.told,
        "pot": report.pot,
        "positions": list(report.positions),
        "player": report.player,
        "line": list(report.line),
        "actions": [{"text": each, "kind": kind_of(each)} for each in report.actions],
        "rows": [{key: _plain(each) for key, each in row.items()} for row in rows],
        **report_state(report),
        "impossible": list(report.impossible),
    }


def report_state(report: Report) -> dict[str, Any]:
    """Boards that are done and that are missing, and the share of all boards that those done come to."""
    return {"done": len(report.boards), "missing": len(report.missing), "covered": report.covered}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [float(each) for each in value]
    return value.item() if hasattr(value, "item") else value
