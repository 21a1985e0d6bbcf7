"""What search gains over the blueprint at a decision of the last street: both strategies against the same opponents.

Both go on from the decision in the tree that was searched, with the whole range of the player to act, and the others'
ranges as the agent knows them there. Bets of that tree that the blueprint's lacks are taken for the likelier one.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from holdem_mpi.game.rules import CALL
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.policy.players import BlueprintPlayer
from holdem_mpi.policy.ranges import Ranges
from holdem_mpi.search.decision_root import in_actions
from holdem_mpi.search.search_result import Solved
from holdem_mpi.subgame.solver import SubgameSolver
from holdem_mpi.subgame.three_way_solver import ThreeWaySolver

Strategies = Mapping[int, np.ndarray]
"""By decision: float[hand, action], of the hands of its player that the search knows."""


class Gains(NamedTuple):
    """Chips that the range wins more, on average, by what search found than by the blueprint.

    goes_on: against opponents who go on by the blueprint.
    worst: where each is answered by the best response to it; None with more than one opponent.
    """

    goes_on: float
    worst: float | None


def gains_over_blueprint(
    player: BlueprintPlayer, solved: Solved, at: Ranges, board: tuple[int, ...], played: np.ndarray
) -> Gains | None:
    """``Gains`` of a search of the last street with every hand apart; None for other searches, and where no hands meet.

    at: the ranges at the decision. board: complete. played: float64[1326, action], what the agent plays there; later
    it is taken to go on by what rank 0 found.
    """
    search = solved.search
    solver, node = search.solver, search.node
    if not isinstance(solver, SubgameSolver | ThreeWaySolver) or len(board) < sum(at.state.rules.board_cards):
        return None
    hero = int(solver.tree.player_of_node[node])
    blueprint = _of_blueprint(solved, player, at, board)
    own = [each for each in blueprint if solver.tree.player_of_node[each] == hero]
    new = {each: solver.strategy(each) for each in own} | {node: played[solver.hands[hero]]}
    ranges = np.zeros(solver.ranges.shape, solver.ranges.dtype)
    for row, seat, hands in zip(ranges, solved.seats, solver.hands):
        row[: hands.size] = at.weight[seat, hands]
    with solver.narrowed_to(node, ranges), _restored(solver.sums.strategy):
        if not solver.meetings > 0:
            return None
        _lead_to(solver, node)
        _write(solver, blueprint)
        goes_on, worst = -_worth(solver, node, hero, False), None
        if isinstance(solver, SubgameSolver):
            worst = _worth(solver, node, 1 - hero, True)
        _write(solver, new)
        goes_on += _worth(solver, node, hero, False)
        if worst is not None:
            worst -= _worth(solver, node, 1 - hero, True)
    return Gains(goes_on, worst)


@contextmanager
def _restored(table: np.ndarray) -> Iterator[None]:
    before = table.copy()
    try:
        yield
    finally:
        table[:] = before


def _of_blueprint(solved: Solved, player: BlueprintPlayer, at: Ranges, board: tuple[int, ...]) -> Strategies:
    """The blueprint at all decisions from the searched one on."""
    tree, hands = solved.search.solver.tree, solved.search.solver.hands
    found, todo = {}, [(solved.search.node, at.state, at.place)]
    while todo:
        node, state, place = todo.pop()
        if tree.kind_of_node[node] != KIND_DECISION:
            continue
        actions = [_real(action, solved.base) for action in tree.actions(node).tolist()]
        known = player.strategy(place, state, board)
        found[node] = in_actions(known, state, actions)[hands[int(tree.player_of_node[node])]]
        for child, action in zip(tree.children(node).tolist(), actions):
            todo.append((child, state.apply(action), player.follow(place, state, action, 0.5)))
    return found


def _real(action: int, base: int) -> int:
    return action + base if action > CALL else action


def _lead_to(solver: SubgameSolver | ThreeWaySolver, node: int) -> None:
    """Have all take the way to ``node`` with every hand: what they took to get there is in their ranges."""
    for above, action in solver.tree.line_to(node):
        rows = np.zeros(solver.strategy(above).shape)
        rows[:, action] = 1.0
        solver.set_strategy(above, rows)


def _write(solver: SubgameSolver | ThreeWaySolver, strategies: Strategies) -> None:
    for node, rows in strategies.items():
        solver.set_strategy(node, rows)


def _worth(solver: SubgameSolver | ThreeWaySolver, node: int, player: int, best: bool) -> float:
    """Mean chips of ``player`` from a node on that all come to, by his strategy or (``best``) his best response."""
    solver.value_sums(player, best)
    hands = solver.hands[player].size
    value = solver.workspace.value[node, :hands].astype(np.float64)
    return float(solver.ranges[player, :hands] @ value) / solver.meetings
