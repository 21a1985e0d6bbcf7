"""NashConv of a policy that is at hand, wherever it came from."""

import numpy as np

from holdem_mpi.best_response.enumerated import enumerate_deals, exploitability
from holdem_mpi.evaluation.exact_policies import measured
from holdem_mpi.evaluation.exploitability import HoldemEvaluation
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.policy import Policy


def nash_conv_of(comm: Communicator, policy: Policy) -> float:
    """Sum over players of what a best response gains against ``policy``, in chips a hand; zero at an equilibrium.

    Toy games by enumeration; heads-up limit hold'em flop by flop, shared by the ranks, and kept beside the policy's
    folder or in the cache, so that a call that was stopped goes on. UserError on any other game. Collective.
    """
    if policy.game.is_toy:
        tabular, deals = policy.tabular, enumerate_deals(policy.game.toy_deck)
        return exploitability(tabular.layout, np.asarray(tabular.probability, np.float64), deals).nash_conv
    run = policy.name if "arrays" in policy.manifest else None
    return HoldemEvaluation(comm, measured(policy), None, run).run(None, 0)["nash_conv"]
