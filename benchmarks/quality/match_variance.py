"""What each part of AIVAT is worth: the variance of matches between two policies of one tree, part by part.

python -m benchmarks.quality.match_variance RUN_A RUN_B --deals 1000
"""

import argparse
import time

from holdem_mpi.evaluation.aivat import Aivat, ZeroValues
from holdem_mpi.evaluation.blueprint_values import BlueprintValues
from holdem_mpi.evaluation.head_to_head import (
    AIVAT,
    PLAIN,
    DuplicateDealer,
    estimate_pairs,
    play_pairs,
    variance_of_hands,
    variance_of_pairs,
)
from holdem_mpi.evaluation.match import open_match
from holdem_mpi.evaluation.pair_values import pair_values
from holdem_mpi.parallel.communicator import Communicator

# Deals far from those that are measured, on which kernels are compiled.
_WARM_UP = range(1_000_000, 1_000_002)


def main() -> None:
    """Measure and print one line for each way to estimate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs=2)
    parser.add_argument("--deals", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=5)
    arguments = parser.parse_args()
    game, players = open_match(Communicator(), *arguments.runs)
    rules, deck = game.rules, game.deck
    both = players[0].blueprint, players[1].blueprint
    against = [pair_values(both), pair_values(both[::-1])]
    itself = [pair_values((both[0], both[0]))] * 2
    first_known = [(True, False), (False, True)]
    ways = {
        "both known, no baseline": [Aivat(deck, ZeroValues())] * 2,
        "both known, first against itself": [Aivat(deck, BlueprintValues(values, deck)) for values in itself],
        "both known, against each other": [Aivat(deck, BlueprintValues(values, deck)) for values in against],
        "first known, against each other": [
            Aivat(deck, BlueprintValues(values, deck, known.index(True)), known)
            for values, known in zip(against, first_known)
        ],
    }
    dealer = DuplicateDealer(rules, deck, arguments.seed, ranges=True)
    for name, estimators in ways.items():
        play_pairs(dealer, players, estimators, _WARM_UP)
        began = time.process_time()
        results = play_pairs(dealer, players, estimators, range(arguments.deals))
        each = 1000 * (time.process_time() - began) / (2 * arguments.deals)
        plain, duplicate = variance_of_hands(results[:, PLAIN]), variance_of_pairs(results[:, PLAIN])
        estimate, variance = estimate_pairs(results[:, AIVAT], "chips/h"), variance_of_pairs(results[:, AIVAT])
        print(
            f"{name}: {estimate}, variance {plain / variance:.1f} times less than plain, "
            f"{duplicate / variance:.1f} than duplicate; {each:.1f} ms a hand",
            flush=True,
        )


if __name__ == "__main__":
    main()
