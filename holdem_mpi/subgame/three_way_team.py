"""Three players' solver on many ranks: rank 0 says what comes next, and the others do their share of it."""

from collections.abc import Callable

import numpy as np

from holdem_mpi.subgame.three_way_solver import ThreeWaySolver

_WARM_UP, _ITERATE, _CHECK, _GATHER = range(4)


class ThreeWayLeader:
    """Rank 0's side: what ``solve`` asks of a solver, said to the others before it is done with them."""

    def __init__(self, solver: ThreeWaySolver) -> None:
        self._solver, self.team = solver, solver.team

    @property
    def iterations(self) -> int:
        return self._solver.iterations

    def warm_up(self) -> None:
        """Compile or load everywhere what iterations call."""
        self._say(_WARM_UP)
        self._solver.warm_up()

    def run(self, iterations: int, stop: Callable[[], bool] = lambda: False) -> None:
        """Go on for ``iterations``; ``stop`` is asked between them."""
        for number in range(iterations):
            if number and stop():
                return
            self._say(_ITERATE)
            self._solver.run(1)

    def exploitability(self) -> float:
        """The solver's."""
        self._say(_CHECK)
        return self._solver.exploitability()

    def finish(self) -> None:
        """Have all that was learnt here, and let the others go."""
        self._say(_GATHER)
        self._solver.gather()

    def _say(self, order: int) -> None:
        self._solver.comm.bcast(np.array([order]))


def follow(solver: ThreeWaySolver) -> None:
    """The side of the other ranks, until the leader has finished."""
    order = np.zeros(1, np.int64)
    while order[0] != _GATHER:
        solver.comm.bcast(order)
        if order[0] == _WARM_UP:
            solver.warm_up()
        elif order[0] == _ITERATE:
            solver.run(1)
        elif order[0] == _CHECK:
            solver.exploitability()
    solver.gather()
