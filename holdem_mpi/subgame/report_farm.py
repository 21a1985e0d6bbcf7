"""A report solved: boards go to whichever rank is free, each rank solves its own, and what is done stays done."""

import json
import sys
import time
from typing import Any, NoReturn

import numpy as np

from holdem_mpi.errors import UserError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.compile_once import compile_once
from holdem_mpi.parallel.work_queue import run_items
from holdem_mpi.reporting.progress import ItemDisplay
from holdem_mpi.storage.report_folder import ReportFolder, ReportWriter
from holdem_mpi.subgame.board_choice import Board
from holdem_mpi.subgame.report_plan import memory_of_boards, refuse_too_large
from holdem_mpi.subgame.report_request import OpenedReport, ReportRequest, open_request
from holdem_mpi.subgame.report_row import solve_board
from holdem_mpi.subgame.report_table import open_report
from holdem_mpi.subgame.report_text import report_lines, result_of_report, write_tables
from holdem_mpi.subgame.solution import solution_of
from holdem_mpi.subgame.spot import Spot, open_spot
from holdem_mpi.subgame.spot_report import warm_up_solver
from holdem_mpi.text import counted


class ReportFarm:
    """The solving of one report on a communicator. Collective; UserErrors on every rank alike."""

    def __init__(self, comm: Communicator, request: ReportRequest, out: str, solutions: bool) -> None:
        """out: the report's folder. solutions: whether each board's solution is kept."""
        self.comm, self.folder, self.keeps_solutions = comm, ReportFolder(out), solutions
        self._request = request
        self._opened: OpenedReport | None = None
        self._writer: ReportWriter | None = None
        self.template: Spot
        self.todo: list[Board]

    def run(self) -> None:
        """Solve what is not done yet; the folder then holds all of it.

        A signal ends it by KeyboardInterrupt with a line that says how to go on; what was done before is kept.
        """
        try:
            self._receive(self.comm.on_root(self._begin))
            self._check_folder()
            self._solve()
        finally:
            if self._writer:
                self._writer.close()

    def _begin(self) -> dict[str, Any]:
        """On rank 0: what the others need to know."""
        opened = self._opened = open_request(self._request)
        refuse_too_large(opened, self.comm)
        manifest = opened.manifest()
        self._writer = ReportWriter(self.folder, manifest)
        for note in opened.template.notes:
            print(f"{opened.template.source}: {note}", file=sys.stderr, flush=True)
        if opened.choice.impossible:
            which = ", ".join(opened.choice.impossible[:5]) + (" ..." if len(opened.choice.impossible) > 5 else "")
            number = counted(len(opened.choice.impossible), "board")
            print(f"left out: {number} that leave a player no hand ({which})", file=sys.stderr, flush=True)
        there = self.folder.names_done()
        done = {board.name for board in opened.choice.boards if board.name in there and self._is_done(board.name)}
        todo = [board for board in opened.choice.boards if board.name not in done]
        memory = memory_of_boards(opened)
        # The dearest first, so that all ranks finish together.
        todo.sort(key=lambda board: -memory[board.name])
        self._done = len(done)
        return {"spot": manifest["spot"], "board": opened.choice.boards[0].name, "todo": [list(each) for each in todo]}

    def _is_done(self, name: str) -> bool:
        """Whether a board needs no solving: it has a sound row, and a solution where those are kept."""
        return self.folder.read_row(name) is not None and (
            not self.keeps_solutions or self.folder.solution(name).exists()
        )

    def _receive(self, shared: dict[str, Any]) -> None:
        self.todo = [Board(name, tuple(cards), weight, share) for name, cards, weight, share in shared["todo"]]
        if self._opened:
            self.template = self._opened.template
        else:
            self.template = open_spot({**shared["spot"], "board": shared["board"]})

    def _check_folder(self) -> None:
        """UserError where a rank does not see the folder that rank 0 has made."""
        blind = np.array([0 if self.folder.wait_until_seen() else 1], np.int64)
        self.comm.allreduce_sum(blind)
        if blind[0]:
            number = counted(int(blind[0]), "rank")
            text = f"{number} of {self.comm.size} cannot see it; expected a folder that all hosts share"
            raise UserError(f"--out {self.folder.path}: {text}")

    def _solve(self) -> None:
        if not self.todo:
            return
        compile_once(self.comm, warm_up_solver)
        done = self._done if self.comm.rank == 0 else 0
        display = ItemDisplay(self.comm, "boards", done + len(self.todo), done=done)

        def work(item: int) -> np.ndarray:
            solved = solve_board(self.template, self.todo[item], lambda: display.advance(0))
            if solved is None:
                raise KeyboardInterrupt
            name = solved.row["board"]
            if self.keeps_solutions:
                self.folder.solutions.mkdir(exist_ok=True)
                solution_of(solved.spot, solved.solver, solved.solved, state=False).save(self.folder.solution(name))
            self.folder.write_row(name, solved.row)
            return np.zeros(1)

        with display:
            try:
                run_items(self.comm, range(len(self.todo)), work, lambda item, result: display.advance(1))
            except KeyboardInterrupt:
                _stopped(self.comm, self.folder)


def run_report(comm: Communicator, request: ReportRequest, out: str | None, solutions: bool, as_json: bool) -> None:
    """Solve a report on all ranks, write its tables, and print it on rank 0. Collective; UserError on bad input,
    SaveError where the disk refuses.
    """
    if out is None:
        raise UserError("report: expected --out DIR, the folder of the report")
    ReportFarm(comm, request, out, solutions).run()

    def finish() -> None:
        report = open_report(out)
        write_tables(report)
        print(json.dumps(result_of_report(report)) if as_json else "\n".join(report_lines(report)), flush=True)

    comm.on_root(finish)


def _stopped(comm: Communicator, folder: ReportFolder) -> NoReturn:
    """End by a signal. Rank 0 first, if it was told too; else the rank that was."""
    text = f"stopped by a signal; boards that were done are kept in {folder.path}: the same command goes on"
    if comm.rank:
        time.sleep(0.5)
        print(text, file=sys.stderr, flush=True)
    raise KeyboardInterrupt(text)
