"""Solve a river spot and plot how its hands are bet, by strength (pip install 'holdem_mpi[plot]').

python examples/solve_and_plot_river.py --out river.png
"""

import argparse

import numpy as np
from matplotlib.figure import Figure

import holdem_mpi as hm


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spot", default="river", help="a shipped spot, or a YAML file")
    parser.add_argument("--target-pct", type=float, default=0.25, help="exploitability, in percent of the pot")
    parser.add_argument("--line", default="", help="actions before the decision that is drawn, such as 'check'")
    parser.add_argument("--out", default="river.png")
    arguments = parser.parse_args()

    solution = hm.solve_spot(arguments.spot, target_pct=arguments.target_pct)
    at = solution.decision(arguments.line)
    order = np.argsort(solution.equities(at.player), kind="stable")
    print(f"{solution.iterations} iterations, exploitability {solution.exploitability_pct:.3f} % of the pot")

    figure = Figure(figsize=(9, 5), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    places = np.arange(order.size)
    above.stackplot(places, at.strategy[order].T, labels=at.actions, step="mid")
    above.set(ylabel="probability", ylim=(0, 1), title=f"{at.player} on {solution.spot['board']}, pot {solution.pot:g}")
    above.legend(loc="upper left", fontsize="small")
    below.plot(places, solution.evs(at.player)[order], ".", markersize=3)
    below.set(xlabel="hands, weakest first", ylabel="EV (chips)", xlim=(0, order.size - 1))
    figure.savefig(arguments.out, dpi=120)
    print(f"plot: {arguments.out}")


if __name__ == "__main__":
    main()
