"""A game of one's own from a YAML file: train it, play it against a baseline, keep its policy.

python examples/custom_game.py
mpirun -n 4 python examples/custom_game.py --iterations 10000000
"""

import argparse
from pathlib import Path

import holdem_mpi as hm
from holdem_mpi.errors import UserError


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--game", default=str(Path(__file__).with_suffix(".yaml")), help="YAML config")
    parser.add_argument("--iterations", type=int, default=1_000_000)
    parser.add_argument("--hands", type=int, default=2000, help="of the match")
    parser.add_argument("--out", default="runs/short_flop", help="folder for the policy")
    arguments = parser.parse_args()

    game = hm.load_game(arguments.game)
    solver = hm.MCCFRSolver(game, lanes=4, seed=0)  # buckets and the rest come from the file
    solver.run(arguments.iterations)
    policy = solver.average_policy()
    result = hm.match(policy, "random", hands=arguments.hands, aivat=False)
    solver.save(arguments.out)
    if solver.rank:
        return
    print(result)
    print(f"Aces on the button: {policy.action_probabilities('AhAs')}")
    print(f"Seven-deuce facing all-in: {policy.action_probabilities('7h2s', betting='r1000')}")
    try:
        policy.decision(betting="r120")
    except UserError as error:  # one line that says what would be legal
        print(f"r120: {error}")


if __name__ == "__main__":
    main()
