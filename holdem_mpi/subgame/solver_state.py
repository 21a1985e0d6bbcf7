"""What a solver has learnt: where its parts lie, its digest, and an iteration that was given up half-way."""

import hashlib
from typing import NamedTuple

import numpy as np

from holdem_mpi.kernels.subgame.subgame_types import LAST, MIDDLE, UPPER, Subgame, Sums
from holdem_mpi.subgame.branch_team import BranchTeam


class Halfway(NamedTuple):
    """A sweep that was given up between two cards to come, of an iteration whose sweeps before it are complete.

    player: whose sweep it is.
    done: bool[own branch], those whose sums it has changed; the first street's are as they were before it.
    passed: float32[own branch, entry, hand], values of the branches that are done, as ``SubgameWorkspace.passed``.
    """

    player: int
    done: np.ndarray
    passed: np.ndarray


class SumsParts(NamedTuple):
    """One table of sums by part, as views.

    upper: float32[entries], the first street.
    last: float32[runout, entries], the last street; of a single street that is all.
    middle: float32[branch, entries], the one between.
    """

    upper: np.ndarray
    last: np.ndarray
    middle: np.ndarray


def parts_of_sums(game: Subgame, table: np.ndarray) -> SumsParts:
    """The parts of one of the ``Sums`` of a game."""
    block, runouts, branches = game.block.tolist(), game.runout_card.size, game.branch_card.size
    middle = block[UPPER] + runouts * block[LAST]
    return SumsParts(
        table[: block[UPPER]],
        table[block[UPPER] : middle].reshape(runouts, block[LAST]),
        table[middle:].reshape(branches, block[MIDDLE]),
    )


def digest_of(game: Subgame, sums: Sums, team: BranchTeam) -> str:
    """SHA-256 of all sums, branch by branch in the order of cards: the same on any number of ranks. Collective."""
    parts = [parts_of_sums(game, table) for table in sums]
    of_branch = np.zeros((game.every_branch.size, 32), np.uint8)
    for branch, place in enumerate(game.own):
        here = slice(game.first_runout[branch], game.first_runout[branch + 1])
        pieces = [piece.tobytes() for part in parts for piece in (part.last[here], part.middle[branch])]
        of_branch[place] = np.frombuffer(hashlib.sha256(b"".join(pieces)).digest(), np.uint8)
    team.exchange(of_branch)
    above = b"".join(part.upper.tobytes() for part in parts)
    return hashlib.sha256(above + of_branch.tobytes()).hexdigest()
