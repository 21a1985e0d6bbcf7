"""Some of a subgame's next public cards in one call."""

from numba import njit

from holdem_mpi.kernels.subgame import sweep_branch


@njit(cache=True, _nrt=False)
def sweep_branches(game, sums, room, player, mode, branches):
    """``sweep_branch`` on each of ``branches`` (int64[n], places among the cards to come)."""
    for place in range(branches.size):
        sweep_branch(game, sums, room, player, mode, branches[place])
