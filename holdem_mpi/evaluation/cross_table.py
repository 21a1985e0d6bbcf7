"""``evaluate cross``: several players of one game, each against each, as a table of matches with intervals."""

import itertools
from typing import Any

from holdem_mpi.errors import UserError
from holdem_mpi.evaluation.estimate import Estimate
from holdem_mpi.evaluation.match import match_of
from holdem_mpi.parallel.communicator import Communicator

_MOST = 12


def cross_table(comm: Communicator, names: list[str], hands: int, seed: int, game: str | None) -> dict[str, Any]:
    """Matches of each of ``names`` with each other one, in the order given: policies or baselines, as ``match_of``
    takes them. Of two players a pair meets once; of more the row sits alone and the column has all other seats, so both
    ways are played. On every rank. Collective.
    """
    if not 2 <= len(set(names)) == len(names) <= _MOST:
        raise UserError(f"cross {' '.join(names)}: expected 2 to {_MOST} players, none of them twice")
    cells: list[dict[str, Any]] = []
    for row, column in itertools.permutations(names, 2):
        mirrored = [cell for cell in cells if (cell["row"], cell["column"]) == (column, row) and "seats" not in cell]
        if not mirrored:
            found = match_of(comm, row, column, hands=hands, seed=seed, game=game)
            kept = {key: found[key] for key in ("duplicate", "aivat", "seats") if key in found}
            cells.append({"row": row, "column": column, **kept})
            head = {key: found[key] for key in ("game", "unit", "hands", "deals", "seed")}
    return {**head, "players": names, "cells": cells}


def cross_lines(result: dict[str, Any]) -> list[str]:
    """The table as text: what the row wins a hand, with half the width of its 95 % interval."""
    many = any("seats" in cell for cell in result["cells"])
    who = "the row alone, the column in all other seats" if many else "the row against the column"
    names, unit = result["players"], result["unit"]
    words = {name: f"({number + 1})" for number, name in enumerate(names)}
    lines = [
        f"{result['game']}, {result['hands']} hands a match ({result['deals']} deals), seed {result['seed']}",
        f"{who}: what the row wins, {unit}, +- half of the 95 % interval",
        *(f"  {words[name]} {name}" for name in names),
        "        " + "".join(f"{words[name]:>20}" for name in names),
    ]
    text = {}
    for cell in result["cells"]:
        estimate = Estimate.from_json(cell.get("aivat", cell["duplicate"]))
        text[cell["row"], cell["column"]] = f"{estimate.mean:+.1f} +- {estimate.half_width:.1f}"
        if not many:
            text[cell["column"], cell["row"]] = f"{-estimate.mean:+.1f} +- {estimate.half_width:.1f}"
    for row in names:
        lines.append(f"  {words[row]:<6}" + "".join(f"{text.get((row, column), '-'):>20}" for column in names))
    if not many:
        lines.append("by AIVAT where strategies are known, else by duplicate deals")
    return lines
