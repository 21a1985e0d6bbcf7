"""Ask the blueprint that comes with the package what it does after a flop, and walk on from there.

python examples/ask_a_blueprint.py
"""

import argparse

import numpy as np

import holdem_mpi as hm
from holdem_mpi.policy.names import hand_names


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--policy", default="nolimit_hu_200bb", help="a run's folder, or a shipped blueprint")
    parser.add_argument("--board", default="Qh7h2c")
    parser.add_argument("--betting", default="r300c/c", help="as ACPC writes it; rN is N chips in all over the hand")
    parser.add_argument("--hand", default="AhKh")
    arguments = parser.parse_args()

    policy = hm.load_policy(arguments.policy)
    at = policy.decision(arguments.board, arguments.betting)
    print(f"seat {at.player} acts; pot {at.pot}, {at.to_call} to call, stacks {at.stacks}")
    for translation in at.translated:
        print(f"note: {translation}")
    print(f"{arguments.hand}: {policy.action_probabilities(arguments.hand, board=arguments.board, betting=at.betting)}")

    reach = at.reach[at.player]
    mean = reach @ at.probabilities / reach.sum()  # over the range that the player comes with
    names = hand_names(policy.game)
    for action, child, share, column in zip(at.actions, at.children, mean, at.probabilities.T):
        most = np.argsort(-column * (reach > 0), kind="stable")[:5]
        hands = ", ".join(f"{names[hand]} {column[hand]:.2f}" for hand in most)
        print(f"{action:>8} {share:6.1%} of the range, most with {hands}; then {child or 'the betting is over'}")


if __name__ == "__main__":
    main()
