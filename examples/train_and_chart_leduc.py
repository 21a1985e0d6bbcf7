"""Train Leduc poker and draw what it does before the public card.

    python examples/train_and_chart_leduc.py
    mpirun -n 4 python examples/train_and_chart_leduc.py      # the same digest, sooner

Four lanes a batch, whatever the number of ranks: so the result does not depend on it.
"""

import argparse

import holdem_mpi as hm

WIDTH = 40
LINES = {"": "first to act", "c": "after a check", "r3": "facing a bet", "cr3": "after a check and a bet"}


def bar(probabilities: dict[str, float]) -> str:
    """Such as ``ccccccrrr``: a letter for each fortieth of the time."""
    return "".join(name[0] * round(WIDTH * probability) for name, probability in probabilities.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--iterations", type=int, default=1_000_000)
    arguments = parser.parse_args()

    game = hm.load_game("leduc")
    solver = hm.MCCFRSolver(game, sampler="external", algorithm="linear", lanes=4, seed=0)
    solver.run(arguments.iterations)  # collective: all ranks
    policy = solver.average_policy()
    nash_conv = hm.nash_conv(game, policy)
    if solver.rank:
        return
    print(f"{solver.iterations} iterations, NashConv {nash_conv:.4f} chips, digest {solver.digest}")
    for betting, title in LINES.items():
        print(f"\n{title} (f fold, c check or call, r bet or raise)")
        for card in "KQJ":
            print(f"  {card}  {bar(policy.action_probabilities(card, betting=betting))}")


if __name__ == "__main__":
    main()
