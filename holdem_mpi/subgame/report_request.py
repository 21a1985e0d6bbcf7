"""What a report is asked for, read and understood before anything is solved."""

from typing import Any, NamedTuple

from holdem_mpi.errors import ConfigError
from holdem_mpi.subgame.board_choice import BoardChoice, chosen_boards
from holdem_mpi.subgame.report_row import keys_of
from holdem_mpi.subgame.spot import Spot, open_spot


class ReportRequest(NamedTuple):
    """What a report is asked for.

    source: the template: a spot file, or a shipped spot's name. overrides: of its stops.
    flops, turns: which boards, see ``chosen_boards``.
    """

    source: str
    overrides: dict[str, Any]
    flops: str | None
    turns: str | None


class OpenedReport(NamedTuple):
    """A request understood: the template on one of its boards, and all of them."""

    template: Spot
    choice: BoardChoice

    def manifest(self) -> dict[str, Any]:
        """What the report's folder says of itself."""
        spot = self.template
        names = spot.action_names(spot.state, spot.tree.actions(spot.now))
        return {
            "spot": keys_of(spot.config),
            "told": self.choice.told,
            "positions": list(spot.config.positions),
            "pot": spot.pot,
            "player": spot.config.positions[spot.state.player],
            "line": next(line for node, _, line in spot.decisions() if node == spot.now),
            "actions": names,
            "boards": [{"board": each.name, "weight": each.weight, "share": each.share} for each in self.choice.boards],
            "impossible": list(self.choice.impossible),
        }


def open_request(request: ReportRequest) -> OpenedReport:
    """Read the template and choose the boards. UserError, one line, on anything amiss.

    The template's own board does not matter; a file without one does as well.
    """
    template = _opened(request, ["Ks 7h 2d", "8s 6h 5d", None])
    choice = chosen_boards(template, request.flops, request.turns)
    # Read once more on a board of the street: what a menu stands for depends on it.
    boards = choice.boards
    places = dict.fromkeys((0, len(boards) // 2, len(boards) - 1))
    return OpenedReport(_opened(request, [boards[place].name for place in places]), choice)


def _opened(request: ReportRequest, boards: list[str | None]) -> Spot:
    """The template on the first of some boards (None: its own) that its locks, which name hands, allow."""
    first: ConfigError | None = None
    for board in boards:
        try:
            return open_spot(request.source, {**request.overrides, **({"board": board} if board else {})})
        except ConfigError as error:
            first = first or error
    assert first is not None
    raise first
